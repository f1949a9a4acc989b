# Steps of .ci/run and .ci/full; sourced, with the repository's root as the working directory.

# No step reads standard input.
exec </dev/null
export CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-never}

shared=${LUANMA_SHARED:-../shared}
target=${CARGO_TARGET_DIR:-target}
work=$target/ci
program=$target/release/luanma
mkdir -p "$work"
tests_log=$work/tests.log
failed=()
started=$SECONDS

# step HEADING COMMAND…: runs the command, says how long it took, remembers whether it failed.
step() {
    local heading=$1 from=$SECONDS status
    shift
    printf '\n== %s\n' "$heading"
    # A subshell of its own: inside of a condition, `set -e` would not hold.
    set +e
    (
        set -e
        "$@"
    )
    status=$?
    set -e
    if [ "$status" -eq 0 ]; then
        printf -- '-- %s: ok, %d s\n' "$heading" $((SECONDS - from))
    else
        printf -- '-- %s: FAILED (status %d), %d s\n' "$heading" "$status" $((SECONDS - from))
        failed+=("$heading")
    fi
}

# The last lines: what failed, and how many tests passed.
finish() {
    printf '\n== done in %d s\n' $((SECONDS - started))
    if [ "${#failed[@]}" -gt 0 ]; then
        printf 'failed: %s\n' "${failed[@]}"
    else
        echo "every step passed"
    fi
    if [ -f "$tests_log" ]; then
        awk '/^test result: / {
                for (i = 2; i <= NF; i++) {
                    if ($i == "passed;") passed += $(i - 1)
                    if ($i == "failed;") failed += $(i - 1)
                }
            }
            END { printf "%d passed, %d failed\n", passed, failed }' "$tests_log"
    fi
    [ "${#failed[@]}" -eq 0 ]
}

have() {
    command -v "$1" >/dev/null 2>&1
}

shared_is_here() {
    [ -r "$shared/eval/luanma_eval.py" ] && have python3
}

# Fails unless both READMEs tell the reader to type exactly this.
in_readme() {
    local file
    for file in README.md README.zh.md; do
        if ! grep -qxF "$1" "$file"; then
            echo "$file does not have the line: $1" >&2
            return 1
        fi
    done
}

readme_first() {
    local page=corpus/pages/market.txt
    in_readme "cargo run --release -- fix $page"
    cargo run --release -- fix "$page" >"$work/market.txt"
    if cmp -s "$page" "$work/market.txt"; then
        echo "$page came out as it went in" >&2
        return 1
    fi
    echo "the first of the repaired lines:"
    { diff "$page" "$work/market.txt" || true; } | grep -a '^>' | sed -n '1,4p' | cut -c 1-240
}

readme_tests() {
    in_readme "cargo test --workspace"
    cargo test --workspace 2>&1 | tee "$tests_log"
}

formatting() {
    if ! cargo fmt --version >/dev/null 2>&1; then
        echo "rustfmt is missing: rustup component add rustfmt" >&2
        return 1
    fi
    cargo fmt --all --check
}

documentation() {
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --workspace --locked
}

# The examples in the scripts.
scripts() {
    if ! have python3; then
        echo "python3 is missing: the scripts are not tried"
        return
    fi
    python3 -m doctest crates/luanma-dev/scripts/{packages,translations}.py
}

generated() {
    if ! have python3; then
        echo "python3 is missing: its code tables are half of what the generator reads" >&2
        return 1
    fi
    if cargo dev --help | grep -q '^  generate-all'; then
        cargo dev generate-all --mode check
    else
        cargo dev tables --mode check
    fi
}

# The features of the root crate, one a line.
root_features() {
    awk '/^\[/ { inside = $0 == "[features]" } inside && /^[a-z][a-z0-9_-]* *=/ && $1 != "default" { print $1 }' Cargo.toml
}

# What the pages under docs/ use besides the program; installed where that can be done.
doc_programs() {
    local venv=$work/duckdb
    if ! have parallel && have apt-get; then
        apt-get update -qq && apt-get install -qq -y --no-install-recommends parallel >/dev/null
    fi
    have duckdb || [ -x "$venv/bin/duckdb" ] ||
        { python3 -m venv "$venv" && timeout 180 "$venv/bin/pip" install --quiet --disable-pip-version-check duckdb-cli; }
}

# The pages under docs/, as a reader would type them.
doc_examples() {
    cargo build --release --package luanma-cli --locked
    doc_programs || echo "some programs cannot be had: their pages are passed over" >&2
    PATH="$PATH:$(cd "$work" && pwd)/duckdb/bin" python3 -u .ci/docs.py "$program"
}

# The page of `--html` in a browser; its picture stays in the work directory, to be looked at.
page() {
    local name browser=
    for name in chromium chromium-browser google-chrome; do
        if have "$name"; then
            browser=$name
            break
        fi
    done
    if [ -z "$browser" ]; then
        echo "no Chromium: the page was not opened (apt-get install chromium fonts-noto-cjk)"
        return
    fi
    cargo build --release --package luanma-cli --locked
    python3 -u .ci/page.py "$program" "$browser" "$work"
}

# Who names the codec of short pieces right.
codecs() {
    if ! [ -d "$shared/text/dev" ]; then
        echo "no texts in $shared/text/dev: nothing to measure"
        return
    fi
    local venv=$work/chardet peer=()
    if [ -x "$venv/bin/python" ] || { python3 -m venv "$venv" && "$venv/bin/pip" install --quiet --disable-pip-version-check chardet; }; then
        peer=(--python "$venv/bin/python")
    else
        echo "chardet cannot be had: it is not measured"
    fi
    cargo dev decode --text "$shared/text/dev" "${peer[@]}" --require
}

# All tests run with every feature together; with none, all that are left; with each alone, those inside the library.
features() {
    local feature only=()
    for feature in "" $(root_features); do
        echo "-- ${feature:-no feature}"
        cargo clippy --package luanma --all-targets --no-default-features --features "$feature" --locked -- -D warnings
        cargo test --package luanma --no-default-features --features "$feature" --locked --quiet "${only[@]}"
        only=(--lib)
    done
    echo "-- the program without Parquet"
    cargo clippy --package luanma-cli --all-targets --no-default-features --locked -- -D warnings
}

# What Spark runs on; installed where that can be done.
java_is_here() {
    if ! have java && have apt-get; then
        apt-get update -qq && apt-get install -qq -y --no-install-recommends openjdk-17-jre-headless
    fi
    have java
}

# Pipelines and clusters, on the extension that the tests of the workspace have built.
python_tools() {
    java_is_here || echo "there is no Java runtime: Spark's tests will fail" >&2
    python3 crates/luanma-python/scripts/run_tests.py tools --extension "$target/debug/deps/lib_luanma.so"
}

# A wheel built as pip builds it from the source distribution, tested, and measured.
python_wheel() {
    local here
    here=$(cd "$target" && pwd)
    local out=$here/ci/wheels venv=$here/ci/maturin
    rm -rf "$out"
    [ -x "$venv/bin/maturin" ] || {
        python3 -m venv "$venv"
        "$venv/bin/pip" install --quiet --disable-pip-version-check "maturin>=1.16,<2"
    }
    "$venv/bin/maturin" sdist --manifest-path crates/luanma-python/Cargo.toml --out "$out"
    PATH="$venv/bin:$PATH" CARGO_TARGET_DIR="$here/python/sdist" \
        "$venv/bin/pip" wheel --quiet --no-deps --no-build-isolation --wheel-dir "$out" "$out"/luanma-*.tar.gz
    python3 crates/luanma-python/scripts/run_tests.py core --wheel "$out"/luanma-*.whl -k "not fuzz"
    "$here/python/venv-core/bin/python" -u crates/luanma-python/scripts/measure.py --rows 200000 --damaged 100
    "$here/python/venv-core/bin/python" -u crates/luanma-python/scripts/measure.py --memory --calls 200000 --check
}

# The benches are a package of their own, because of the peers in it.
benches() {
    cargo bench --manifest-path benches/Cargo.toml -- --test
}

instructions() {
    if ! have valgrind; then
        echo "valgrind is missing: skipped"
        return
    fi
    cargo build --release --package luanma-cli --locked
    python3 -u .ci/instructions.py "$program"
}

# A Python that has ftfy, to be measured beside luanma; nothing where it cannot be had.
ftfy_python() {
    local venv=$work/ftfy
    if ! [ -x "$venv/bin/python" ] || ! "$venv/bin/python" -c 'import ftfy' 2>/dev/null; then
        rm -rf "$venv"
        timeout 180 python3 -m venv "$venv" >/dev/null 2>&1 || return 0
        timeout 180 "$venv/bin/pip" install --quiet --disable-pip-version-check ftfy >/dev/null 2>&1 || return 0
    fi
    printf '%s\n' "$venv/bin/python"
}

figures() {
    if ! shared_is_here; then
        echo "no evaluation data in $shared: nothing to measure"
        return
    fi
    cargo build --release --package luanma-cli --locked
    local peer status=0
    peer=$(ftfy_python)
    python3 -u .ci/figures.py --thresholds .ci/thresholds.toml --shared "$shared" --ftfy "$peer" "$program" || status=$?
    echo
    cargo dev eval --brief "$shared/eval/dev.jsonl"
    return "$status"
}

dependencies() {
    if ! have cargo-deny; then
        echo "cargo-deny is not installed: skipped (cargo install cargo-deny --locked)"
        return
    fi
    # The database of advisories is fetched, which not every machine can.
    cargo deny --all-features check licenses bans sources
    if cargo deny fetch db; then
        cargo deny --all-features check advisories
    else
        echo "the database of advisories cannot be had: not checked"
    fi
}

# What the library, the program and the Python package are made of, as CycloneDX.
sbom() {
    if ! have cargo-cyclonedx; then
        echo "cargo-cyclonedx is not installed: skipped (cargo install cargo-cyclonedx --locked)"
        return
    fi
    local name=sbom.cdx out=$work/sbom package
    rm -rf "$out"
    mkdir -p "$out"
    # It writes one beside every manifest of the workspace.
    cargo cyclonedx --quiet --format json --spec-version 1.5 --no-build-deps --override-filename "$name"
    for package in luanma:. luanma-cli:crates/luanma-cli luanma-python:crates/luanma-python; do
        cp "${package#*:}/$name.json" "$out/${package%%:*}.cdx.json"
    done
    git ls-files --others --exclude-standard -- "*$name.json" | xargs rm
    python3 - "$out"/*.json <<'END'
import json, sys
for path in sys.argv[1:]:
    bom = json.load(open(path))
    name = bom["metadata"]["component"]["name"]
    parts = [part for part in bom["components"] if not part["name"].startswith("luanma")]
    unlicensed = [part["name"] for part in parts if not part.get("licenses")]
    assert parts and not unlicensed, (name, unlicensed)
    print(f"{name}: {len(parts)} packages of others")
END
}

# Public calls against those of the last version that is tagged, or of LUANMA_BASELINE (any revision).
semver() {
    if ! have cargo-semver-checks; then
        echo "cargo-semver-checks is not installed: skipped (cargo install cargo-semver-checks --locked)"
        return
    fi
    local base=${LUANMA_BASELINE:-$(git describe --tags --abbrev=0 --match 'v[0-9]*' 2>/dev/null || true)}
    if [ -z "$base" ]; then
        echo "no version is tagged: nothing was promised yet (LUANMA_BASELINE=REVISION compares with that)"
        return
    fi
    cargo semver-checks --package luanma --package luanma-model --baseline-rev "$base"
}

# The oldest version of each direct dependency that the manifests allow, in a copy.
minimal_versions() {
    if ! cargo +nightly --version >/dev/null 2>&1; then
        echo "there is no nightly Rust: not checked"
        return
    fi
    local copy=$work/minimal
    rm -rf "$copy"
    mkdir -p "$copy"
    git archive HEAD | tar -x -C "$copy"
    export CARGO_TARGET_DIR=$PWD/$target/minimal
    cd "$copy"
    cargo +nightly update --quiet -Z direct-minimal-versions
    cargo test --locked --quiet --package luanma --all-features --lib --test bytes --test chain --test corpus
    cargo test --locked --quiet --package luanma-cli --bins --test csv --test document --test jsonl --test parquet \
        --test program --test text --test train --test warc
}

# What an interpreter that knows undefined behaviour says of what ends in minutes under it: what makes the tables of codecs of two
# bytes, or reads all of the model, does not.
miri() {
    if ! cargo +nightly miri --version >/dev/null 2>&1; then
        echo "miri is missing: rustup +nightly component add miri"
        return
    fi
    CARGO_TARGET_DIR=$target/miri MIRIFLAGS=-Zmiri-disable-isolation \
        cargo +nightly miri test --locked --package luanma --lib --features bytes -- --exact \
        codec::tests::holes_of_windows_pages_pass codec::tests::iso_2022_jp_in_whole_texts \
        repairer::small::what_lost_nothing_comes_back repairer::small::a_lost_byte_is_restored_or_a_gap
}

# The oldest Rust that Cargo.toml promises.
oldest_rust() {
    local version
    version=$(awk -F'"' '/^rust-version/ { print $2; exit }' Cargo.toml)
    if ! have rustup || ! rustup toolchain install "$version" --profile minimal >/dev/null 2>&1; then
        echo "Rust $version cannot be had: not checked"
        return
    fi
    export CARGO_TARGET_DIR=$target/oldest
    cargo "+$version" check --locked --package luanma --no-default-features
    cargo "+$version" check --locked --package luanma --all-features
    cargo "+$version" check --locked --package luanma-cli
}

# A machine without an operating system, and one that a browser has.
webassembly() {
    if ! have rustup || ! rustup target add wasm32-unknown-unknown >/dev/null 2>&1; then
        echo "the target wasm32-unknown-unknown cannot be had: not checked"
        return
    fi
    cargo check --locked --package luanma --target wasm32-unknown-unknown --no-default-features
    cargo check --locked --package luanma --target wasm32-unknown-unknown --all-features
}

# What would be published is packed, and built from its package; then the program is installed from the packages alone, and the
# library's corpus is read in its own.
packages() {
    local published=(--package luanma-model --package luanma --package luanma-train --package luanma-cli)
    cargo publish --dry-run --locked "${published[@]}"
    cargo package --no-verify --locked "${published[@]}"
    # Outside of the repository, so that nothing of it is found.
    local room file name patches=()
    room=$(mktemp -d)
    trap 'rm -rf "$room"' EXIT
    for file in "$target"/package/luanma*.crate; do
        tar -xzf "$file" -C "$room"
    done
    for name in luanma luanma-model luanma-train; do
        patches+=(--config "patch.crates-io.$name.path='$(echo "$room/$name"-[0-9]*)'")
    done
    export CARGO_TARGET_DIR=$PWD/$target/packages
    cargo install --quiet --locked --root "$room" --path "$(echo "$room"/luanma-cli-*)" "${patches[@]}"
    test "$(printf '娓″彛鐨勭伅杩樹寒鐫€' | "$room/bin/luanma" fix)" = 渡口的灯还亮着
    "$room/bin/luanma" --version
    cargo test --quiet --manifest-path "$(echo "$room"/luanma-[0-9]*)/Cargo.toml" --features garble --test corpus_data \
        "${patches[@]}"
}

# Every target of fuzz/ for so many seconds, from its corpus; and as long, texts of every kind through `repair`.
fuzz() {
    cargo run --release --package luanma-fuzz --bin mutate --locked -- "$1"
    cargo run --release --package luanma-fuzz --bin hammer --locked -- "$1"
}

clean_text() {
    cargo build --release --package luanma-cli --locked
    local short=()
    if [ "${1-}" = --short ]; then
        short=(--short)
    fi
    python3 -u "$shared/eval/luanma_eval.py" clean "${short[@]}" "$shared/text/dev" "$program" fix -f jsonl -c text -
}

model_again() {
    python3 crates/luanma-dev/scripts/packages.py make target/packages
    python3 crates/luanma-dev/scripts/translations.py make target/packages
    cargo dev lm train --text "$shared/text/train,target/packages/train" --out "$work/model.bin"
    if ! cmp "$work/model.bin" crates/luanma-model/data/model.bin; then
        echo "the embedded model is not what its texts and this program make" >&2
        return 1
    fi
}
