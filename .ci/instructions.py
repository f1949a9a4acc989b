"""Counts the instructions of the main cases with valgrind and holds them to .ci/instructions.toml. Run by .ci/full.

Instructions are the same on a busy machine, so a regression shows that no clock would tell. --write keeps the counts.
"""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

# A count may be this much greater than the one that is kept, in percent.
TOLERANCE = 10
CLEAN = ("zh-hans", "zh-hant", "ja", "ko", "ru", "en", "mixed")
LINES = ("浣犲ソ涓栫晫鏂囧瓧涔辩爜锛岀湅涓嶆噦浜嗐€\n", "ÎÒÃÇ½ñÌìºÜºÃ£¬Ã÷Ìì¸üºÃ¡£\n")

# Of so many clean lines one is followed by a damaged one.
EVERY = 6


def cases():
    """Name → bytes of a text file."""
    yield "start-up", b""
    for name in CLEAN:
        yield f"clean {name}", pathlib.Path(f"corpus/clean/{name}.txt").read_bytes()
    yield "page", pathlib.Path("corpus/pages/market.txt").read_bytes()
    clean = [line for line in pathlib.Path("corpus/clean/zh-hans.txt").read_text().splitlines() if line]
    for number, line in enumerate(LINES, 1):
        yield f"one string, {number}", line.encode()
        yield f"100 strings, {number}", line.encode() * 100
        every = range(0, len(clean), EVERY)
        among = [part for at in every for part in (*clean[at:at + EVERY], line.strip())]
        yield f"among clean lines, {number}", ("\n".join(among) + "\n").encode()
        within = [line.strip().join((text[: len(text) // 2], text[len(text) // 2:])) for text in clean]
        yield f"within clean lines, {number}", ("\n".join(within) + "\n").encode()


def count(program, text):
    with tempfile.NamedTemporaryFile(suffix=".txt") as file:
        file.write(text)
        file.flush()
        run = subprocess.run(
            ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", program, "fix", "-j1", file.name],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=True,
        )
    return int(re.search(r"Collected : (\d+)", run.stderr)[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--kept", default=".ci/instructions.toml", type=pathlib.Path)
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    import tomllib
    kept = tomllib.loads(args.kept.read_text()) if args.kept.exists() else {}
    counts = {name: count(args.program, text) for name, text in cases()}
    missed = 0
    for name, n in counts.items():
        before = kept.get(name)
        change = f"{100 * (n - before) / before:+6.1f} %" if before else "new"
        more = before is not None and n > before * (100 + TOLERANCE) / 100
        missed += more
        print(f"{name:24} {n / 1e6:10.2f} million instructions  {change}{'  MISSED' if more else ''}")
    if args.write:
        head = "# Instructions of the main cases, as .ci/instructions.py counts them: python3 .ci/instructions.py PROGRAM --write\n"
        args.kept.write_text(head + "".join(f'"{name}" = {n}\n' for name, n in counts.items()))
    return 1 if missed and not args.write else 0


if __name__ == "__main__":
    sys.exit(main())
