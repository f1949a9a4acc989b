"""Writes src/lattice/second_hand/tables.rs: what normalisation and ftfy make of characters, and how often ftfy fuses.

usage: python3 crates/luanma-dev/scripts/second_hand.py TEXTS >src/lattice/second_hand/tables.rs
TEXTS is a directory of training texts (*.txt.xz). Needs Python 3.11 and ftfy 6.3.1 (pip install ftfy). The tables
come from Python's Unicode data and ftfy's own; the costs are counted on lines of the texts, garbled, then given to
ftfy.fix_text. Nothing of the texts is written out but those counts.
"""
import collections, lzma, math, os, sys, unicodedata as u
import ftfy
from ftfy.chardata import LIGATURES, CHARMAP_ENCODINGS

PAGES = "latin-1 cp1252 iso8859-15 cp1250 cp1254 cp1257 iso8859-2 mac-roman cp437 cp850 cp852 cp857".split()
LINES = 600      # of each text
LENGTH = 60       # characters of a line

def rust(text):
    out = []
    for c in text:
        if u.combining(c) or u.category(c)[0] in "CZ" and c != " " or c in '"\\' or u.bidirectional(c) in ("R", "AL"):
            out.append("\\\\" if c == "\\" else '\\"' if c == '"' else "\\u{%X}" % ord(c))
        else: out.append(c)
    return "".join(out)

def compositions():
    """mark -> [(composed, base)], of canonical compositions whose parts UTF-8 spells in at most two bytes."""
    by = collections.defaultdict(list)
    for n in range(0x80, 0x2000):
        c = chr(n); d = u.decomposition(c)
        if not d or d.startswith("<") or u.normalize("NFC", c) != c: continue
        parts = [chr(int(x, 16)) for x in d.split()]
        if len(parts) == 2 and ord(parts[1]) < 0x800: by[parts[1]].append((c, parts[0]))
    return by

def singletons():
    """Characters of two bytes in UTF-8 that NFC replaces, and by what."""
    return [(chr(n), u.normalize("NFC", chr(n))) for n in range(0x80, 0x800) if u.normalize("NFC", chr(n)) != chr(n)]

def compatible():
    """What NFKC makes of the characters of single-byte pages."""
    chars = {c for p in PAGES for c in bytes(range(0x80, 0x100)).decode(p, "ignore")}
    return sorted(((u.normalize("NFKC", c), c) for c in chars if u.normalize("NFKC", c) != c), key=lambda x: x[1])

def align(raw, out):
    """Pairs (bytes, characters) of one garbled line and what ftfy made of it: the least edits, where a character may
    stand for its own byte, for the bytes that UTF-8 gives it, or for what is near."""
    n, m = len(raw), len(out)
    INF = 10**9
    best = [[INF] * (m + 1) for _ in range(n + 1)]; back = [[None] * (m + 1) for _ in range(n + 1)]
    best[0][0] = 0
    for i in range(n + 1):
        for j in range(max(0, i // 4 - 4), min(m, i * 3 + 3) + 1):
            b = best[i][j]
            if b >= INF: continue
            def go(k, l, cost):
                if i + k <= n and j + l <= m and b + cost < best[i + k][j + l]:
                    best[i + k][j + l] = b + cost; back[i + k][j + l] = (i, j)
            if j < m:
                c = out[j]
                own = i < n and (chr(raw[i]) == c or raw[i:i+1].decode("cp1252", "ignore") == c)
                if own: go(1, 1, 0)
                enc = c.encode("utf-8")
                if len(enc) > 1 and raw[i:i+len(enc)] == enc: go(len(enc), 1, 1)
                for k in range(1, 7):
                    go(k, 1, 4 + k)
                for l in (2, 3): go(2, l, 6)
            go(1, 0, 6)
    if best[n][m] >= INF: return []
    pairs, i, j = [], n, m
    while (i, j) != (0, 0):
        k, l = back[i][j]; pairs.append((raw[k:i], out[l:j])); i, j = k, l
    return pairs[::-1]

def lines(path):
    text = lzma.open(path, "rt", encoding="utf-8").read().split("\n")
    step = max(1, len(text) // LINES)
    return [t[:LENGTH] for t in text[::step] if len(t) >= 8]

def spelt(raw, i):
    """The length of the UTF-8 character that stands at raw[i], 0 where none does."""
    for n in (2, 3, 4):
        try:
            if len(raw[i:i+n].decode("utf-8")) == 1 and raw[i] >= 0x80 and len(raw[i:i+n]) == n: return n
        except UnicodeDecodeError: pass
    return 0

def count(texts):
    could, did, other = collections.Counter(), collections.Counter(), collections.Counter()
    chars = 0
    for name, truth in (("zh-hans_news_features", "gbk"), ("zh-hans_social_weibo", "gbk"), ("zh-hans_tech", "gbk"),
                        ("zh-hant_transcripts", "cp950"), ("ko", "euc-kr"), ("ja", "cp932")):
        for line in lines(os.path.join(texts, name + ".txt.xz")):
            for misread in ("latin-1", "cp1252"):
                try: raw = line.encode(truth)
                except UnicodeEncodeError: continue
                m = "".join(bytes([b]).decode(misread, "ignore") or chr(b) for b in raw)
                out = ftfy.fix_text(m)
                if out == line or "\ufffd" in out: continue
                at = 0; fused = {}
                for src, dst in align(raw, out):
                    chars += 1
                    if dst: fused[at] = (src, dst)
                    at += len(src)
                i = 0
                while i < len(raw):
                    n = spelt(raw, i)
                    if not n: i += 1; continue
                    kind = {2: "C2" if raw[i] == 0xC2 else "C3" if raw[i] == 0xC3 else "two", 3: "three", 4: "four"}[n]
                    could[truth, kind] += 1
                    src, dst = fused.get(i, (b"", ""))
                    if len(src) == 1 and dst and len(fused.get(i + 1, (b"", ""))[0]) == 1:
                        did[truth, kind + " stays"] += 1
                    else: did[truth, kind] += 1
                    i += n
                for src, dst in fused.values():
                    if len(src) > 1 and dst.encode("utf-8") != src: other[truth, len(src), dst if len(dst) > 1 else "twice-or-page"] += 1
    return could, did, other, chars

def nats(part, whole):
    """The cost of something that happens so often, at least 0.1: no count is beyond doubt."""
    return max(0.1, -math.log((part + 0.5) / (whole + 1)))

def main():
    could, did, other, chars = count(sys.argv[1])
    for k in sorted(could): print(k, could[k], did[k], file=sys.stderr)
    print(chars, other.most_common(60), file=sys.stderr)
    print("//! What normalisation and ftfy make of characters, and what it costs to assume that they did.")
    print("//!")
    print("//! Generated: python3 crates/luanma-dev/scripts/second_hand.py TEXTS >src/lattice/second_hand/tables.rs")
    print()
    print("use crate::codec::Codec;\nuse crate::cost::{Cost, nats};\n")
    def total(kind): return sum(v for k, v in did.items() if k[1] == kind), sum(v for k, v in could.items() if k[1] == kind)
    for name, doc, cost in (
        ("FUSED_C2", "C2 and a byte that became the character of that byte.", nats(*total("C2"))),
        ("FUSED_C3", "C3 and a byte that became the character of that byte and 40.", nats(*total("C3"))),
        ("FUSED_TWO", "Two other bytes that became one character.", nats(*total("two"))),
        ("FUSED_THREE", "Three bytes that became one character.", nats(*total("three"))),
        ("FUSED_FOUR", "Four bytes that became one character.", nats(*total("four"))),
    ):
        print("/// %s\npub(super) const %s: Cost = nats(%.2f);" % (doc, name, cost))
    print("/// Bytes that were fused, and what came of them once more, or by way of another page.")
    again = sum(v for (t, n, d), v in other.items() if n >= 3 and d == "twice-or-page" and t != "cp932")
    print("pub(super) const FUSED_AGAIN: Cost = nats(%.2f);" % nats(again, sum(v for k, v in could.items() if k[0] != "cp932" and k[1] in ("two", "C3"))))
    print("\n/// The pages by way of which ftfy fuses, beside those that everything else goes by.")
    ids = {"sloppy-windows-1251": "WINDOWS_1251", "sloppy-windows-1250": "WINDOWS_1250", "sloppy-windows-1252": "WINDOWS_1252", "sloppy-windows-1253": "WINDOWS_1253", "sloppy-windows-1254": "WINDOWS_1254", "sloppy-windows-1257": "WINDOWS_1257", "iso-8859-2": "ISO_8859_2", "macroman": "MACROMAN", "cp437": "CP437"}
    pages = [ids[e] for e in CHARMAP_ENCODINGS if e in ids]
    print("pub(super) const PAGES: [Codec; %d] = [%s];" % (len(pages), ", ".join("Codec::" + p for p in pages)))
    ligatures = sorted(((v, chr(k)) for k, v in LIGATURES.items()), key=lambda x: (-len(x[0]), x))
    print("\n/// What ligatures are spelt out as, the longest first.")
    print("pub(super) const SPELT: [(&str, char); %d] = [%s];" % (len(ligatures), ", ".join("(\"%s\", '%s')" % (rust(a), rust(b)) for a, b in ligatures)))
    quotes = [("'", c) for c in map(chr, range(0x80, 0x2100)) if ftfy.fixes.uncurl_quotes(c) == "'"]
    quotes += [('"', c) for c in map(chr, range(0x80, 0x2100)) if ftfy.fixes.uncurl_quotes(c) == '"']
    print("\n/// The quotes that ftfy straightens.")
    print("pub(super) const STRAIGHTENED: [(&str, char); %d] = [%s];" % (len(quotes), ", ".join("(\"%s\", '%s')" % (rust(a), rust(b)) for a, b in quotes)))
    print("\n/// What NFC replaces characters by that UTF-8 spells in two bytes.")
    s = singletons()
    print("pub(super) const REPLACED: [(&str, char); %d] = [%s];" % (len(s), ", ".join("(\"%s\", '\\u{%X}')" % (rust(u.normalize("NFC", c)), ord(c)) for c, _ in s)))
    print("\n/// What NFKC makes of the characters of single-byte pages, the longest first.")
    s = sorted(compatible(), key=lambda x: -len(x[0]))
    print("pub(super) const COMPATIBLE: [(&str, char); %d] = [%s];" % (len(s), ", ".join("(\"%s\", '%s')" % (rust(a), rust(b)) for a, b in s)))
    print("\n/// For each combining mark, the characters that NFC composes with it, and their bases in the same order.")
    by = sorted(compositions().items())
    print("pub(super) const COMPOSED: [(char, &str, &str); %d] = [" % len(by))
    for mark, pairs in by:
        print("    ('\\u{%X}', \"%s\", \"%s\")," % (ord(mark), rust("".join(c for c, _ in pairs)), rust("".join(b for _, b in pairs))))
    print("];")
    ccc = [u.combining(chr(n)) for n in range(0x300, 0x370)]
    print("\n/// The canonical combining classes of U+0300 to U+036F.")
    print("pub(super) const CLASSES: [u8; %d] = [%s];" % (len(ccc), ", ".join(map(str, ccc))))

if __name__ == "__main__":
    main()
