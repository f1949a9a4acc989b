"""What comes back of every chain: python3 crates/luanma-dev/scripts/chains.py PROGRAM [-v] [--steps 1|2]

Clean lines of ../shared/text/dev (LUANMA_SHARED names another place for ../shared), and pieces of 8 to 14 characters of them, in each codec that
their language is written in and read in every other, as far as nothing is lost; with --steps 2 read once more, but for one byte a
character read as another. Python's tables damage them, not luanma's. Prints how many come back and how many are changed into something else, then the rows of six and more that fall below
nine in ten; -v prints what is changed into something else.
"""

import argparse
import collections
import random

from evaluation import DEV, lines, repaired
from vendor_tables import python

# Languages and what they are written in besides UTF-8, by the names of Python's codecs.
TRUTHS = {
    "zh-hans": ["gb18030"],
    "zh-hant": ["big5hkscs", "gb18030"],
    "ja": ["cp932", "euc_jp"],
    "ko": ["cp949"],
    "ru": ["cp1251", "koi8_r"],
    "uk": ["cp1251"],
    "pl": ["cp1250"],
    "cs": ["cp1250"],
    "de": ["cp1252"],
    "es": ["cp1252"],
    "fr": ["cp1252"],
    "pt": ["cp1252"],
    "el": ["cp1253"],
    "tr": ["cp1254"],
    "ar": ["cp1256"],
    "he": [],
    "hi": [],
    "th": [],
    "vi": [],
}
# Languages most letters of which are ASCII.
LATIN = {"pl", "cs", "de", "es", "fr", "pt", "tr", "vi"}
DOUBLE = ["gb18030", "big5hkscs", "cp950", "cp932", "cp949", "euc_jp"]
SINGLE = [
    *(f"cp125{n}" for n in (0, 1, 2, 3, 4, 6, 7)),
    *("latin-1", "iso8859_2", "iso8859_15", "koi8_r", "mac_roman", "mac_cyrillic"),
    *("cp437", "cp850", "cp852", "cp857", "cp866"),
]
MISREADS = DOUBLE + SINGLE
EACH = {1: 30, 2: 6}


def table(codec):
    """What a codec reads one and two bytes as. Undefined bytes of Windows' pages are C1 controls."""
    one = {a: python(codec, bytes([a])) or (chr(a) if codec.startswith("cp125") else None) for a in range(0x80, 0x100)}
    pairs = ((a, b) for a in range(0x80, 0x100) for b in range(0x40, 0x100)) if codec in DOUBLE else ()
    return {a: c for a, c in one.items() if c}, {pair: c for pair in pairs if (c := python(codec, bytes(pair)))}


def misread(raw, tables):
    """Bytes read with a codec; None where some are no character of it."""
    one, two = tables
    out, at = [], 0
    while at < len(raw):
        byte = raw[at]
        if byte < 0x80:
            c, takes = chr(byte), 1
        elif c := two.get((byte, raw[at + 1]) if at + 1 < len(raw) else None):
            takes = 2
        else:
            c, takes = one.get(byte), 1
        if c is None:
            return None
        out.append(c)
        at += takes
    return "".join(out)


def damage(text, truth, steps):
    """Text written in `truth` and read with the first of `steps`, then written in UTF-8 and read with each other."""
    try:
        for tables in steps:
            text = misread(text.encode(truth), tables)
            if text is None:
                return None
            truth = "utf-8"
    except UnicodeEncodeError:
        return None
    return text


def without_loss(line, truth, steps):
    """Damage and what it is of, which is cut short until no bytes are lost; None where that does not help."""
    for end in range(len(line), max(6, len(line) - 6), -1):
        text = damage(line[:end], truth, steps)
        if text and text != line[:end]:
            return text, line[:end]
    return None


def samples(depth):
    """Language, chain, damaged text and clean text."""
    rng = random.Random(5)
    tables = {codec: table(codec) for codec in MISREADS}
    for language, truths in TRUTHS.items():
        high = 3 if language in LATIN else 6
        clean = [line for path in sorted(DEV.glob(f"{language}*.txt.xz")) for line in lines(path)]
        clean = [line for line in clean if 8 <= len(line) <= 80 and sum(c > "\x7f" for c in line) >= high]
        for truth in ["utf-8", *truths]:
            for read in MISREADS:
                if depth == 2 and truth in SINGLE and read in SINGLE:
                    continue
                for again in MISREADS if depth == 2 else [None]:
                    chain = f"{truth}>{read}" + (f",utf-8>{again}" if again else "")
                    made, steps = 0, [tables[codec] for codec in (read, again) if codec]
                    for _ in range(EACH[depth] * 30):
                        line = rng.choice(clean)
                        if made % 2:
                            size = rng.randrange(8, 15)
                            begin = rng.randrange(max(1, len(line) - size))
                            line = line[begin : begin + size].strip()
                        if pair := without_loss(line, truth, steps):
                            yield language, chain, *pair
                            made += 1
                        if made == EACH[depth]:
                            break


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--steps", type=int, choices=(1, 2), default=1)
    parser.add_argument("-v", "--verbose", action="store_true")
    args = parser.parse_args()
    made = list(samples(args.steps))
    rows, wrong = collections.defaultdict(lambda: [0, 0]), []
    for (language, chain, text, clean), out in zip(made, repaired(args.program, [text for _, _, text, _ in made])):
        row = rows[f"{language:8} {chain}"]
        row[0] += 1
        row[1] += out == clean
        if out not in (clean, text):
            wrong.append(f"{language} {chain}\n  - {text}\n  + {out}\n  = {clean}\n")
    right = sum(right for _, right in rows.values())
    print(f"{len(made)} of {len(rows)} rows: {right} back, {len(wrong)} changed into something else")
    low = [(right / count, name, right, count) for name, (count, right) in rows.items() if count >= 6 and right * 10 < count * 9]
    for _, name, right, count in sorted(low):
        print(f"{name:40} {right:4} of {count}")
    if args.verbose:
        print("".join(wrong), end="")


if __name__ == "__main__":
    main()
