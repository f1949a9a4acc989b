"""What is changed of clean text that was worked over in ways that are no mojibake: python3 crates/luanma-dev/scripts/noise.py PROGRAM [KIND …]

Lines of ../shared/text/dev (LUANMA_SHARED names another place for ../shared), as many of each file, the same ones each time.
Prints for each kind how many lines there are and how many were changed; -v prints those. A line may be one that was really damaged.
"""

import argparse
import random
import unicodedata

from evaluation import DEV, lines, repaired, wide

LINES = 400
LENGTHS = range(8, 121)
ACCENTED = str.maketrans("aceinouyACEINOU", "àçéîñôüýÀÇÈÎÑÔÛ")
GREEK = str.maketrans("aeiouABEHIKMNOPTXYZ", "αειουΑΒΕΗΙΚΜΝΟΡΤΧΥΖ")
CYRILLIC = str.maketrans("aceopxyABEKMHOPCTX", "асеорхуАВЕКМНОРСТХ")


def clean():
    """Lines of text, those of each file together."""
    for name in sorted(DEV.glob("*.txt.xz")):
        some = [line for line in lines(name) if len(line) in LENGTHS]
        yield random.sample(some, min(len(some), LINES))


def each(share, change):
    """Changes a share of the characters."""
    return lambda line: "".join(change(c) if random.random() < share else c for c in line)


def shuffled(line):
    return "".join(random.sample(line, len(line)))


def typo(c):
    return chr(random.randrange(0x4E00, 0x9FA6)) if "\u4e00" <= c <= "\u9fff" else c


def rows():
    """The characters beyond ASCII of one row of Unicode after the other, those of Hanzi and Hangul left out."""
    for first in (*range(0x80, 0x3400, 0x40), *range(0xA000, 0xAC00, 0x40), *range(0xF900, 0x20000, 0x40)):
        row = [chr(first + k) for k in range(0x40) if unicodedata.category(chr(first + k))[0] in "LMNPS"]
        if row:
            yield row


ROWS = list(rows())


def a_few(line):
    """A few characters of one row in a line, some beside a mark."""
    few = random.choices(random.choice(ROWS), k=random.choice((1, 2, 3, 4, 6)))
    mark, at = random.choice(("", "", "?", "\ufffd")), random.randrange(len(line))
    return line[:at] + random.choice((mark + "".join(few), "".join(few) + mark)) + line[at + random.choice((0, len(few))):]


def strangers():
    """U+FFFD and a Hanzi or more that stand for nothing, the same one again among them."""
    some = [chr(random.randrange(0x4E00, 0x9FA6)) for _ in range(random.choice((1, 2, 3)))]
    return "\ufffd" + random.choice(("".join(some), some[0] * 2))


# Kind → what is done to a line.
KINDS = {
    "one U+FFFD for a character": each(0.25, lambda c: "\ufffd"),
    "U+FFFD for each byte": each(0.15, lambda c: "\ufffd" * len(c.encode())),
    "one or two U+FFFD": each(0.15, lambda c: "\ufffd" * random.choice((1, 2)) if c > "\x7f" else c),
    "question marks": each(0.25, lambda c: "?"),
    "other Hanzi": each(0.2, typo),
    "other Hanzi behind U+FFFD": each(0.05, lambda c: strangers() if c > "\x7f" else c),
    "characters dropped": each(0.25, lambda c: ""),
    "a few of one row of Unicode": a_few,
    "shuffled": shuffled,
    "spaced out": " ".join,
    "backwards": lambda line: line[::-1],
    "emoji strewn in": each(0.2, lambda c: chr(0x1F300 + random.randrange(0x300))),
    "combining marks": each(0.4, lambda c: c + chr(0x300 + random.randrange(0x70))),
    "private-use signs": each(0.15, lambda c: chr(0xE000 + random.randrange(0x1900))),
    "full width": wide,
    "Cyrillic look-alikes": lambda line: line.translate(CYRILLIC),
    "Greek look-alikes": lambda line: line.translate(GREEK),
    "accents on every vowel": lambda line: line.translate(ACCENTED),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("kinds", nargs="*", metavar="KIND", default=list(KINDS))
    parser.add_argument("-v", "--verbose", action="store_true")
    args = parser.parse_args()
    for kind in args.kinds:
        random.seed(11)
        worn = [KINDS[kind](line) for some in clean() for line in some]
        said = repaired(args.program, worn)
        changed = [(line, text) for line, text in zip(worn, said, strict=True) if line != text]
        print(f"{kind:28} {len(worn):6} lines, {len(changed):4} changed", flush=True)
        for line, text in changed if args.verbose else ():
            print(f"  {line}\n  {text}")


if __name__ == "__main__":
    main()
