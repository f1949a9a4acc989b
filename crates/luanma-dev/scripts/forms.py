"""Clean words in other forms that are changed: python3 crates/luanma-dev/scripts/forms.py PROGRAM [-v] [FORM ...]

Takes the words and phrases of ../shared/text (LUANMA_SHARED names another place for ../shared), each once and as a record of its own, as
the columns of tables have them: as they are, in capitals, decomposed, at another width, with a sign before, in or behind them. None is
damaged but for a few that were so in the corpus. Prints for each form how many there are and how many are changed; -v prints those.
"""

import argparse
import random
import re
import unicodedata

from evaluation import SHARED, lines, repaired, wide

PARTS = re.compile("[\\s,，、;；。:：!！?？/|()（）\"“”]+")
KATAKANA = re.compile("[ァ-ヺー]{3,}")
NARROW = {unicodedata.normalize("NFKC", chr(c)): chr(c) for c in range(0xFF61, 0xFFA0)}
NARROW |= {"\u3099": "\uff9e", "\u309a": "\uff9f"}


def narrow(text):
    """Katakana at half width, the marks of voiced sounds behind them."""
    return "".join(NARROW.get(c, c) for c in unicodedata.normalize("NFD", text))


FORMS = {
    "as they are": lambda s: s,
    "capitals": lambda s: s.upper() if any("\u00c0" <= c < "\u0530" for c in s) else "",
    "small letters": str.lower,
    "title": str.title,
    "decomposed": lambda s: unicodedata.normalize("NFD", s),
    "full width": wide,
    "half width": lambda s: narrow(s) if KATAKANA.fullmatch(s) else "",
    "soft hyphen": lambda s: s[:2] + "\u00ad" + s[2:],
    "joiner": lambda s: s[:1] + "\u200b" + s[1:],
    "spaced": " ".join,
    "backwards": lambda s: s[::-1],
    "guillemets": lambda s: f"«{s}»",
    "brackets": lambda s: f"（{s}）",
    "copyright": lambda s: f"©{s}",
    "trademark": lambda s: f"{s}™",
    "degrees": lambda s: f"{s}°",
    "half": lambda s: f"{s}½",
    "bullet": lambda s: f"•\t{s}",
}
MOST = 400_000


def words():
    """Each word or phrase of the clean texts once, in a random order that is always the same."""
    found = set()
    for path in sorted((SHARED / "text").glob("*/*.txt.xz")):
        for line in lines(path):
            found.update(part for part in PARTS.split(line) if 2 <= len(part) <= 16 and not part.isascii())
            found.update(KATAKANA.findall(line))
    out = sorted(found)
    random.Random(9).shuffle(out)
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("forms", nargs="*", metavar="FORM", help="of: " + ", ".join(FORMS))
    parser.add_argument("-v", "--verbose", action="store_true")
    args = parser.parse_args()
    all_words = words()
    for name in args.forms or FORMS:
        form = FORMS[name]
        made = (form(word) for word in all_words)
        texts = list(dict.fromkeys(text for text in made if text))[:MOST]
        changed = [(a, b) for a, b in zip(texts, repaired(args.program, texts)) if a != b]
        print(f"{name:16} {len(texts):8} {len(changed):6} changed, {1e6 * len(changed) / len(texts):8.1f} in a million")
        if args.verbose:
            print("".join(f"  - {before}\n  + {after}\n" for before, after in changed), end="")


if __name__ == "__main__":
    main()
