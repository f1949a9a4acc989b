"""What becomes of lines of packages, damaged and clean: python3 crates/luanma-dev/scripts/in_packages.py PROGRAM [ARGUMENT …]

Of the lines that packages.py has written to target/packages: how well those come back that the model has not counted (dev, simplified
Chinese), damaged in ten ways with losses, and how many of all are changed as they are, with -v which. ARGUMENTs go to `fix`, such as
`--model FILE`. Damage and scores are those of ../shared/eval (LUANMA_SHARED names another place for ../shared).
"""

import argparse
import pathlib
import re

from evaluation import judge, repaired

PACKAGES = pathlib.Path("target/packages")
HANZI = re.compile("[\u4e00-\u9fff]")
LEAST_HANZI = 4
LONGEST = 60
EACH = 200
DAMAGE = [("utf-8>gbk", loss) for loss in ("windows", "whatwg", "ignore", "windows+fold")]
DAMAGE += [(chain, "windows") for chain in ("utf-8>big5", "utf-8>euc-kr", "utf-8>shift_jis", "gbk>big5")]
DAMAGE += [("utf-8>cp1252", loss) for loss in ("none+strip", "none+collapse")]


def damaged(lines, evaluation):
    """As many lines for each kind of damage as there are to be, each line for one."""
    lines = iter(lines)
    for chain, loss in DAMAGE:
        made = 0
        while made < EACH:
            line = next(lines)[:LONGEST].strip()
            if len(HANZI.findall(line)) < LEAST_HANZI:
                continue
            whole, lossy = evaluation.garble(line, chain), evaluation.garble(line, chain, loss)
            if not lossy or lossy[0] in (line, whole and whole[0]) or lossy[0] != lossy[0].strip():
                continue
            made += 1
            yield {"text": lossy[0], "gold": lossy[1], "chain": chain, "loss": loss.removeprefix("none+")}


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("program")
    arguments.add_argument("-v", "--verbose", action="store_true")
    given, more = arguments.parse_known_args()
    evaluation = judge()

    def fixed(texts):
        return repaired(given.program, texts, more)

    samples = list(damaged((PACKAGES / "dev" / "zh-hans_packages.txt").read_text().split("\n"), evaluation))
    scores = {}
    for sample, out in zip(samples, fixed([sample["text"] for sample in samples])):
        errors = evaluation.distance(sample["gold"], out)
        for row in (f"{sample['chain']} {sample['loss']}", "all"):
            n, exact, wrong, length = scores.get(row, (0, 0, 0, 0))
            scores[row] = (n + 1, exact + (errors == 0), wrong + errors, length + len(sample["gold"]))
    for row, (n, exact, wrong, length) in scores.items():
        print(f"{row:28} {n:5} lines, {100 * exact / n:5.1f} % exact, {100 * wrong / length:5.2f} % of characters wrong")

    clean = [line for path in sorted(PACKAGES.glob("*/*.txt")) for line in path.read_text().split("\n") if line]
    changed = [(was, out) for was, out in zip(clean, fixed(clean)) if was != out]
    print(f"clean: {len(clean)} lines, {sum(map(len, clean))} characters, {len(changed)} lines changed")
    if given.verbose:
        for was, out in changed:
            print(f"  {was}\n  → {out}")


if __name__ == "__main__":
    main()
