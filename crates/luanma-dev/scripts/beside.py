"""Clean lines that change beside damage: python3 crates/luanma-dev/scripts/beside.py PROGRAM [-v]

Documents of twelve lines of ../shared/text/dev (LUANMA_SHARED names another place for ../shared). Two lines of each are damaged by one
chain, which they may prove; the others are clean, or have lost characters that no chain explains: some are U+FFFD, `?` or other
Hanzi. Nothing of those is to change, and no line break is to go. Prints how many lines change; -v prints them.
"""

import argparse
import random

from evaluation import DEV, judge, lines, repaired

FILES = (
    "zh-hans_news_features", "zh-hans_tech", "zh-hans_social_weibo", "zh-hans_essays", "gnarly_mixed_zh_en", "zh-hans_reviews",
    "zh-hant_transcripts", "ja", "ko", "gnarly_names", "ru", "fr",
)
CHAINS = (
    "utf-8>gbk", "utf-8>big5", "gbk>big5", "gbk>latin-1", "utf-8>cp1252", "gbk>euc-kr", "gbk>shift_jis", "big5>gbk",
    "utf-8>shift_jis", "shift_jis>gbk", "gbk>cp1251", "euc-kr>gbk", "cp1251>latin-1",
)
LINES, EACH = 12, 900


def worn(line, rng):
    """The line as it is, or with characters lost."""
    kind = rng.choice(("\ufffd", "?", "one", "other", "none"))
    if kind in "\ufffd?":
        return "".join(kind if ord(c) > 127 and rng.random() < 0.15 else c for c in line)
    if kind == "one":
        at = rng.randrange(len(line))
        return line[:at] + "\ufffd" + line[at + 1 :]
    if kind == "other":
        hanzi = lambda c: "\u4e00" <= c < "\u9fa5" and rng.random() < 0.1  # noqa: E731
        return "".join(chr(rng.randrange(0x4E00, 0x9FA5)) if hanzi(c) else c for c in line)
    return line


def documents(garble, rng):
    """Each as its lines, with the clean ones again; None for those that were damaged."""
    all_lines = []
    for name in FILES:
        all_lines += [line for line in lines(DEV / f"{name}.txt.xz") if 8 <= len(line) <= 120][:EACH]
    rng.shuffle(all_lines)
    for at in range(0, len(all_lines) - LINES + 1, LINES):
        chain, made, clean = rng.choice(CHAINS), [], []
        for line in all_lines[at : at + LINES]:
            damaged = garble(line, chain, rng.choice(("none", "windows"))) if clean.count(None) < 2 else None
            if damaged and damaged[0] != line and len(damaged[0]) > 16:
                made.append(damaged[0])
                clean.append(None)
            else:
                made.append(worn(line, rng))
                clean.append(made[-1])
        yield chain, made, clean


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("-v", "--verbose", action="store_true")
    args = parser.parse_args()
    made = list(documents(judge().garble, random.Random(11)))
    outs = repaired(args.program, ["\n".join(damaged) for _, damaged, _ in made])
    count = changed = broken = 0
    for (chain, damaged, clean), out in zip(made, outs):
        said = out.split("\n")
        if len(said) != len(damaged):
            broken += 1
            continue
        for before, after in zip(clean, said):
            count += before is not None
            if before is not None and before != after:
                changed += 1
                if args.verbose:
                    print(f"{chain}\n  - {before}\n  + {after}")
    print(f"{count} clean lines, {changed} changed; {len(made)} documents, {broken} with another number of lines")


if __name__ == "__main__":
    main()
