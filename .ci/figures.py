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
PAGES = ("corpus/clean/zh-hans.txt", "corpus/pages/market.txt")
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


def wanted_rows(bars):
    """The rows of the thresholds: those of [exact], where only this column has a bar, and those that stand alone."""
    for group, chains in bars["exact"].items():
        of_set, loss = group.split(" / ")
        for chain, least in chains.items():
            yield {"set": of_set, "chain": chain, "loss": loss, "least": {"exact": least}}
    yield from bars.get("row", [])


def samples_table(judge, shared, program, ftfy, wanted):
    """Rows of luanma, and of ftfy where there is one, side by side; yields what missed its bar."""
    sets = {row["set"] for row in wanted}
    files = [judge.read(shared / "eval" / name) for name in ("dev.jsonl", "wild-dev.jsonl")]
    samples = [s for file in files for s in file if s["set"] in sets]
    own = rows(judge, samples, [program, *JSON_LINES], "luanma")
    peer = rows(judge, samples, [ftfy, "-c", FTFY], "ftfy") if ftfy else {}
    print(f"\n{'set':13} {'chain':36} {'loss':10} {'n':>6} {'exact%':>7} {'CER%':>7} {'wrong%':>7}   {'ftfy exact%':>11} {'CER%':>7}")
    for row in wanted:
        key = row["set"], row["chain"], row["loss"]
        r = own.get(key)
        if r is None:
            yield f"{' / '.join(key)}: there is no such row"
            continue
        p = peer.get(key)
        beside = f"{p['exact']:11.2f} {p['CER']:7.2f}" if p else f"{'-':>11} {'-':>7}"
        print(f"{key[0]:13} {key[1]:36} {key[2]:10} {r['n']:6} {r['exact']:7.2f} {r['CER']:7.2f} {r['wrong']:7.2f}   {beside}")
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


def clean(judge, shared, program, bars):
    """Clean lines, and pieces of 2 to 8 characters of them: how many are changed."""
    for name, short in (("lines", False), ("pieces", True)):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            judge.clean(str(shared / "text/dev"), [program, *JSON_LINES], short)
        total = out.getvalue().strip().splitlines()[-1]
        print(f"clean {name}: {total}")
        found = re.search(r"(\d+) (?:lines|pieces) changed", total)
        most = bars[f"most_{name}"]
        if not found:
            yield f"clean {name}: the figures were not understood"
        elif int(found.group(1)) > most:
            yield f"clean {name}: {found.group(1)} changed, at most {most} wanted"


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


def timed(program, name):
    """Seconds and exit status of a run over a file."""
    start = time.perf_counter()
    run = subprocess.run([program, "fix", name], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start, run.returncode


def memory(program, bars):
    """Peak memory on a large file: log lines in ASCII, and all through it a clean and a damaged page."""
    pages = b"".join(pathlib.Path(name).read_bytes() for name in PAGES)
    line = b"2023-10-18 07:42:05 INFO worker-7 batch=18362 rows=4096 elapsed=118ms status=ok\n"
    megabytes = bars["file_mb"]
    with tempfile.NamedTemporaryFile(suffix=".txt") as large:
        for at in range(megabytes):
            large.write(line * (1_000_000 // len(line)))
            if at % bars["pages_every_mb"] == 0:
                large.write(pages)
        large.flush()
        seconds, status = timed(program, large.name)
    # Kilobytes on Linux, bytes on macOS; the largest of all children so far.
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
    print(f"a file of {megabytes} MB: {peak:.1f} MB of memory at the peak (at most {bars['most_memory_mb']}), {seconds:.1f} s")
    if status != 0:
        yield f"large file: exit status {status}"
    if peak > bars["most_memory_mb"]:
        yield f"memory: {peak:.1f} MB, at most {bars['most_memory_mb']} wanted"


def speed(program):
    """Kilobytes a second on a clean and on a damaged page, with all threads; printed only."""
    for name in PAGES:
        text = pathlib.Path(name).read_bytes()
        with tempfile.NamedTemporaryFile(suffix=".txt") as file:
            file.write(text * (100_000 // len(text)))
            file.flush()
            seconds, _ = timed(program, file.name)
            print(f"{name}, over and over: {file.tell() / 1e3 / seconds:.0f} kB/s")
    return []


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
    missed += speed(args.program)
    missed += start_up(args.program, bars["program"])
    missed += page(judge, args.shared, args.program, bars["page"])
    missed += clean(judge, args.shared, args.program, bars["clean"])
    missed += samples_table(judge, args.shared, args.program, args.ftfy, list(wanted_rows(bars)))
    print()
    for what in missed:
        print(f"MISSED {what}")
    print(f"{len(missed)} figures missed their bars" if missed else "every figure is within its bars")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
