"""Clean words of many languages that are changed: python3 crates/luanma-dev/scripts/words.py PROGRAM [-v] [--most N]

Takes the words of the frequency lists of the Python package wordfreq, of 40 languages, and the names of places, languages, currencies
and times that the package babel has in 300 (`pip install wordfreq babel`), each once and as a record of its own. Prints for
each language how many there are and how many are changed; -v prints those. Some were damaged before they were counted:
`większość` as `wiêkszoœæ`. luanma has learnt from neither.
"""

import argparse
import random

from evaluation import repaired

MOST = 100_000


def texts_in(data):
    """The strings in what babel knows of a language."""
    if isinstance(data, str):
        yield data
    elif hasattr(data, "values"):
        for value in data.values():
            yield from texts_in(value)
    elif isinstance(data, (list, tuple)):
        for value in data:
            yield from texts_in(value)


def sources():
    """The name of each list, and what is in it."""
    from babel import localedata
    from wordfreq import available_languages, get_frequency_list

    for language in sorted(available_languages()):
        yield language, (word for group in get_frequency_list(language, "best") for word in group)
    locales = localedata.locale_identifiers()
    yield "names", (text for locale in locales for text in texts_in(dict(localedata.load(locale, merge_inherited=False))))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("-v", "--verbose", action="store_true")
    parser.add_argument("--most", type=int, default=MOST, help=f"words of each list; {MOST} unless told")
    args = parser.parse_args()
    total = wrong = 0
    for name, words in sources():
        words = sorted({word.strip() for word in words if not word.isascii() and "\n" not in word})
        random.Random(9).shuffle(words)
        words = words[: args.most]
        changed = [(a, b) for a, b in zip(words, repaired(args.program, words)) if a != b]
        total, wrong = total + len(words), wrong + len(changed)
        print(f"{name:6} {len(words):8} {len(changed):6} changed")
        if args.verbose:
            print("".join(f"  - {before}\n  + {after}\n" for before, after in changed), end="")
    print(f"all    {total:8} {wrong:6} changed, {1e6 * wrong / total:8.1f} in a million")


if __name__ == "__main__":
    main()
