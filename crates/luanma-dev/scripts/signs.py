#!/usr/bin/env python3
"""Signs and emoji, each alone in a line of ASCII, damaged and repaired.

    python3 crates/luanma-dev/scripts/signs.py target/release/luanma [-v]

They stand before a heading, behind one, between words and alone, in UTF-8 read as pages of one byte and as GBK; what a page cannot read is left
out. Prints for each page how many there are, how many come back and how many become something else; -v prints those that do not come back.
"""

import argparse
import pathlib

from evaluation import repaired
from languages import misread

SIGNS = (
    "✔✓✅❌★☆♥❤♦♣♠•·→←↑↓⇒▶►◄●○■□▪◆◇©®™€£¥°±×÷½¼¾²³µ¶§…–—‘’“”«»¿¡†‡‰‹›♪♫☺☻☎✉⚠⚡"
    "🔥😀😂👍🎉🚀💡📌🙏😊✨"
)
PLACES = (
    "{} Free shipping on all orders",
    "Click here {} to read more",
    "All done {}",
    "Price {}25 only",
    "{}",
    "- {} first item",
    "Livraison gratuite {} dès demain",
    "Best of 2020 {} 10% off",
)
CODECS = ("cp1252", "latin-1", "mac_roman", "cp437", "cp1251", "gbk")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("-v", "--verbose", action="store_true", help="print what does not come back")
    args = parser.parse_args()
    lines = [place.format(sign) for sign in SIGNS for place in PLACES]
    for codec in CODECS:
        damaged = [(line, read) for line in lines if (read := misread(line, codec)) is not None]
        out = list(repaired(args.program, [read for _, read in damaged]))
        missed = [(line, read, text) for (line, read), text in zip(damaged, out) if text != line]
        wrong = sum(text != read for _, read, text in missed)
        print(f"{codec:10} {len(damaged):5} {len(damaged) - len(missed):5} come back, {wrong} wrong")
        if args.verbose:
            print("".join(f"  - {line}\n  + {text}\n" for line, _, text in missed), end="")


if __name__ == "__main__":
    main()
