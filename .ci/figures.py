"""Measures the program and holds it to .ci/thresholds.toml. Run by .ci/run.

Samples and scoring come from luanma_eval.py in the evaluation data. Prints every figure, one line for each bar that is
missed, and exits 1 if any is.
"""

import argparse
import contextlib
import io
import pathlib
import re
import resource
import subprocess
import sys
import tempfile
import time

COLUMNS = ("exact", "CER", "wrong", "unmarked", "invented")
JSON_LINES = ["fix", "-f", "jsonl", "-c", "text", "-"]
FTFY = (
    "import sys, json, ftfy\n"
    "for line in sys.stdin:\n"
    "    r = json.loads(line); r['text'] = ftfy.fix_encoding(r['text']); print(json.dumps(r))\n"
)


def rows(judge, samples, command, name):
    """What `command` scores: {(set, chain, loss): {"n": …, "exact": …, …}}."""
    start = time.time()
    with contextlib.redirect_stdout(io.StringIO()):
        out = judge.run(samples, command)
        scored = judge.score(samples, out)
    print(f"{name}: {len(samples)} samples, {time.time() - start:.1f} s with scoring")
    return {key: {"n": n, **dict(zip(COLUMNS, values))} for key, n, *values in scored}


def samples_table(judge, shared, program, ftfy, wanted):
    """Rows of luanma, and of ftfy where there is one, side by side; yields what missed its bar."""
    sets = {row["set"] for row in wanted}
    samples = [s for s in judge.read(shared / "eval/dev.jsonl") if s["set"] in sets]
    own = rows(judge, samples, [program, *JSON_LINES], "luanma")
    peer = rows(judge, samples, [ftfy, "-c", FTFY], "ftfy") if ftfy else {}
    print(f"\n{'set':10} {'chain':28} {'loss':10} {'n':>6} {'exact%':>7} {'CER%':>7} {'wrong%':>7}   {'ftfy exact%':>11} {'CER%':>7}")
    for row in wanted:
        key = row["set"], row["chain"], row["loss"]
        r = own.get(key)
        if r is None:
            yield f"{' / '.join(key)}: there is no such row"
            continue
        p = peer.get(key)
        beside = f"{p['exact']:11.2f} {p['CER']:7.2f}" if p else f"{'-':>11} {'-':>7}"
        print(f"{key[0]:10} {key[1]:28} {key[2]:10} {r['n']:6} {r['exact']:7.2f} {r['CER']:7.2f} {r['wrong']:7.2f}   {beside}")
        for column, bar in row.get("least", {}).items():
            if r[column] < bar:
                yield f"{' / '.join(key)}: {column} {r[column]:.2f}, at least {bar} wanted"
        for column, bar in row.get("most", {}).items():
            if r[column] > bar:
                yield f"{' / '.join(key)}: {column} {r[column]:.2f}, at most {bar} wanted"


def page(judge, shared, program, bars):
    """The real page against its gold."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        judge.page(str(shared / "pages/news-page.txt"), str(shared / "pages/news-page.gold.txt"), [program, "fix", "-"])
    line = out.getvalue().strip()
    print(f"news page: {line}")
    found = re.search(r"kept (\d+)/(\d+);.*\((\d+) filled without a mark\), edit distance (\d+)", line)
    if not found:
        yield "news page: the figures were not understood"
        return
    kept, clean, guessed, distance = map(int, found.groups())
    if kept < clean or clean < bars["clean_lines"]:
        yield f"news page: {kept} of {clean} clean lines kept, {bars['clean_lines']} wanted"
    if distance > bars["most_distance"]:
        yield f"news page: edit distance {distance}, at most {bars['most_distance']} wanted"
    if guessed > bars["most_guessed"]:
        yield f"news page: {guessed} lost places filled without a mark, at most {bars['most_guessed']} wanted"


def start_up(program, bars):
    """Wall time on an empty input, the best of several runs."""
    best = float("inf")
    for _ in range(20):
        start = time.perf_counter()
        subprocess.run([program, "fix", "-"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)
        best = min(best, (time.perf_counter() - start) * 1000)
    print(f"start-up on an empty input: {best:.1f} ms (at most {bars['most_start_ms']})")
    if best > bars["most_start_ms"]:
        yield f"start-up: {best:.1f} ms, at most {bars['most_start_ms']} wanted"


def memory(program, bars):
    """Peak memory and speed on a large file: the corpus's pages and clean text, over and over."""
    sources = sorted(pathlib.Path("corpus").glob("**/*.txt"))
    text = b"".join(p.read_bytes() + b"\n" for p in sources)
    if not text:
        print("memory: no corpus/**/*.txt to make a large file of")
        return
    size = bars["file_mb"] * 1_000_000
    with tempfile.NamedTemporaryFile(suffix=".txt") as large:
        for _ in range(size // len(text) + 1):
            large.write(text)
        large.flush()
        start = time.perf_counter()
        with subprocess.Popen([program, "fix", large.name], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as run:
            status = run.wait()
        seconds = time.perf_counter() - start
    # Kilobytes on Linux, bytes on macOS; the largest of all children, and the others were small.
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
    print(f"{bars['file_mb']} MB of the corpus's pages: {peak:.1f} MB of memory (at most {bars['most_memory_mb']}), {size / 1e6 / seconds:.1f} MB/s")
    if status != 0:
        yield f"large file: exit status {status}"
    if peak > bars["most_memory_mb"]:
        yield f"memory: {peak:.1f} MB, at most {bars['most_memory_mb']} wanted"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--thresholds", required=True)
    parser.add_argument("--shared", required=True, type=pathlib.Path)
    parser.add_argument("--ftfy", default="", help="a Python that has ftfy; none: its columns stay empty")
    args = parser.parse_args()
    try:
        import tomllib
    except ImportError:
        sys.exit("figures: Python 3.11 or newer is needed")
    bars = tomllib.loads(pathlib.Path(args.thresholds).read_text(encoding="utf-8"))
    sys.path.insert(0, str(args.shared / "eval"))
    sys.dont_write_bytecode = True
    import luanma_eval as judge

    missed = []
    # Memory first: the peak is that of the largest child so far.
    missed += memory(args.program, bars["program"])
    missed += start_up(args.program, bars["program"])
    missed += page(judge, args.shared, args.program, bars["page"])
    missed += samples_table(judge, args.shared, args.program, args.ftfy, bars["row"])
    print()
    for what in missed:
        print(f"MISSED {what}")
    print(f"{len(missed)} figures missed their bars" if missed else "every figure is within its bars")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
