"""Instructions a byte on damage that keeps saying something else: python3 crates/luanma-dev/scripts/dense.py PROGRAM

Clean lines of ../shared/text/dev (LUANMA_SHARED names another place for ../shared) are damaged by the evaluation's own code, not by luanma's, and
every line says something else, as no benchmark over a few pages does. Counted by valgrind, so the figures are the same on a
busy machine. --time measures seconds instead, of five times as much text where none are lost, and --errors what does not come out as it was, as one document,
and of fifteen times as much text where bytes are lost; what nobody can know counts for nothing there.
"""

import argparse
import random
import subprocess
import tempfile
import time

from evaluation import DEV, ROOT, judge, lines, load

# Name, what the names of the files begin with, chain, loss, bytes of damage.
CASES = (
    ("UTF-8 read as GBK", ("zh-hans",), "utf-8>gbk", "none", 200_000),
    ("GBK read as Latin-1", ("zh-hans",), "gbk>latin-1", "none", 200_000),
    ("Big5 read as Latin-1", ("zh-hant",), "big5>latin-1", "none", 200_000),
    ("UTF-8 read as Windows-1252, de es fr pt", ("de", "es", "fr", "pt"), "utf-8>cp1252", "none", 200_000),
    ("UTF-8 read as GBK, `?` for lost bytes", ("zh-hans",), "utf-8>gbk", "windows", 20_000),
    ("UTF-8 read as GBK, lost bytes gone", ("zh-hans",), "utf-8>gbk", "ignore", 20_000),
    ("UTF-8 read as GBK, `?`, then folded", ("zh-hans",), "utf-8>gbk", "windows+fold", 20_000),
    ("GBK read as Big5, `?` for lost bytes", ("zh-hans",), "gbk>big5", "windows", 20_000),
    ("UTF-8 read as Big5, `?` for lost bytes", ("zh-hant",), "utf-8>big5", "windows", 20_000),
)


def damaged(garble, files, chain, loss, size):
    """Different lines of that chain, about `size` bytes of them, the same ones each time; with what each should become."""
    clean = []
    for name in sorted(name for prefix in files for name in DEV.glob(f"{prefix}*.txt.xz")):
        clean += [line for line in lines(name) if len(line) >= 12]
    random.Random(7).shuffle(clean)
    out, total = [], 0
    for line in clean:
        # What loses bytes is cut short until it does not.
        shorter = range(len(line), max(11, len(line) - 8), -1) if loss == "none" else [len(line)]
        made = next(filter(None, (garble(line[:end], chain, loss) for end in shorter)), None)
        if made and made[0] != line:
            out.append(made[:2])
            total += len(made[0].encode()) + 1
        if total >= size:
            break
    return out


def joined(made):
    return "".join(text + "\n" for text, _ in made).encode()


def seconds(program, text):
    best = float("inf")
    with tempfile.NamedTemporaryFile(suffix=".txt") as file:
        file.write(text)
        file.flush()
        for _ in range(3):
            begin = time.perf_counter()
            subprocess.run([program, "fix", "-j1", file.name], stdout=subprocess.DEVNULL, check=True)
            best = min(best, time.perf_counter() - begin)
    return best


def errors(program, distance, made):
    """How many lines come out as they should, of how many, and how many of a hundred characters are wrong."""
    made = [pair for pair in made if not {"\n", "\r"} & set("".join(pair))]
    # As text, in which the number of lines stays; in a record a line break may be restored.
    run = subprocess.run([program, "fix", "-f", "text", "-"], input=joined(made), stdout=subprocess.PIPE, check=True)
    out = run.stdout.decode().removesuffix("\n").split("\n")
    wrong = [distance(gold, said) for (_, gold), said in zip(made, out, strict=True) if said != gold]
    return len(made) - len(wrong), len(made), 100 * sum(wrong) / sum(len(gold) for _, gold in made)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument("--time", action="store_true", help="seconds instead of instructions")
    instead.add_argument("--errors", action="store_true", help="errors instead of instructions")
    args = parser.parse_args()
    evaluation = judge()
    count = load(ROOT / ".ci" / "instructions.py").count
    for name, files, chain, loss, size in CASES:
        more = (5 if args.time else 1) if loss == "none" else 15 if args.errors else 1
        made = damaged(evaluation.garble, files, chain, loss, size * more)
        text = joined(made)
        if args.errors:
            exact, of, wrong = errors(args.program, evaluation.distance, made)
            said = f"{exact:5} of {of:5} lines {wrong:7.2f} % of characters wrong"
        elif args.time:
            took = seconds(args.program, text)
            said = f"{took:7.3f} s {len(text) / took / 1e6:8.3f} MB/s"
        else:
            said = f"{count(args.program, text) / len(text):10,.0f} instructions a byte"
        print(f"{name:42} {len(text):8} bytes {said}", flush=True)


if __name__ == "__main__":
    main()
