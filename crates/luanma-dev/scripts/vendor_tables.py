"""Where vendors' double-byte code pages differ from the WHATWG tables: writes src/codec/data/vendor.rs.

Reads `cargo dev tables --mode dump` from standard input and writes the Rust source to standard output;
`cargo dev tables --mode write` runs it so. Standard library only. The vendor tables are those of
CPython 3.11's codecs; where CPython has none (private-use areas) Microsoft's documented layout.
"""

import sys

LEADS = range(0x81, 0xFF)
TRAILS = [t for t in range(0x40, 0xFF) if t != 0x7F]


def python(codec, data):
    """The one character that CPython decodes `data` to, or None."""
    try:
        text = data.decode(codec)
    except UnicodeDecodeError:
        return None
    if len(text) != 1:
        return None
    return text


def table(codec):
    """All two-byte sequences of CPython's `codec`."""
    out = {}
    for lead in LEADS:
        for trail in TRAILS:
            c = python(codec, bytes([lead, trail]))
            if c is not None:
                out[lead, trail] = c
    return out


def area(leads, trails, first):
    """A user-defined area: code points in the order of the bytes."""
    out = {}
    for lead in leads:
        for trail in trails:
            out[lead, trail] = chr(first)
            first += 1
    return out


def span(first, last):
    return range(first, last + 1)


HALF = [t for t in span(0x40, 0xA0) if t != 0x7F]
HIGH = list(span(0xA1, 0xFE))
BIG5_TRAILS = [*span(0x40, 0x7E), *HIGH]


def cp950_private():
    out = area(span(0xFA, 0xFE), BIG5_TRAILS, 0xE000)
    out |= area(span(0x8E, 0xA0), BIG5_TRAILS, 0xE311)
    out |= area(span(0x81, 0x8D), BIG5_TRAILS, 0xEEB8)
    out |= area([0xC6], HIGH, 0xF6B1)
    out |= area([0xC7, 0xC8], BIG5_TRAILS, 0xF70F)
    return out


def cp936_private(assigned):
    """The user-defined areas 1 to 3, then what GBK leaves free, in the order of the bytes."""
    out = area(span(0xAA, 0xAF), HIGH, 0xE000)
    out |= area(span(0xF8, 0xFE), HIGH, 0xE234)
    out |= area(span(0xA1, 0xA7), HALF, 0xE4C6)
    first = 0xE766
    for lead in [*span(0xA1, 0xA9), 0xD7, 0xFE]:
        for trail in TRAILS:
            if (lead, trail) in assigned or (lead, trail) in out:
                continue
            out[lead, trail] = chr(first)
            first += 1
    assert first == 0xE865, hex(first)
    return out


def cp949_private():
    return area([0xC9], HIGH, 0xE000) | area([0xFE], HIGH, 0xE05E)


def runs(pairs):
    """(bytes, character code) -> (first bytes, how many, first code)."""
    out = []
    for key, code in sorted(pairs, key=lambda pair: (pair[1] - pair[0] if pair[1] else 0, pair[0])):
        if out:
            first, count, start = out[-1]
            step = 0 if start == 0 else count
            if key == first + count and key >> 8 == first >> 8 and code == start + step:
                out[-1] = (first, count + 1, start)
                continue
        out.append((key, 1, code))
    return sorted(out)


def fnv(pairs):
    h = 0xCBF29CE484222325
    for a, b in pairs:
        for value in (a, b):
            for byte in value.to_bytes(4, "little"):
                h = (h ^ byte) * 0x100000001B3 % 2**64
    return h


def main():
    base = {}
    for line in sys.stdin:
        codec, data, *codes = line.split()
        data = tuple(bytes.fromhex(data))
        if len(data) == 2:
            base.setdefault(codec, {})[data] = "".join(chr(int(code, 16)) for code in codes)

    py950 = table("cp950")
    private950 = cp950_private()
    kana = {k: c for k, c in py950.items() if k in private950}  # left over from an early Unicode table
    cp950 = {k: c for k, c in py950.items() if k not in private950} | private950
    cp949 = table("cp949") | cp949_private()
    cp936 = table("cp936")
    cp936 |= cp936_private(cp936)

    def key(pair):
        return pair[0] << 8 | pair[1]

    def delta(codec, target):
        out = []
        for lead in LEADS:
            for trail in range(256):
                old = base[codec].get((lead, trail))
                new = target.get((lead, trail))
                if old != new:
                    out.append((lead << 8 | trail, ord(new) if new else 0))
        return runs(out)

    def aliases(codec, *others):
        """What other tables make of the same bytes."""
        out = set()
        for other in others:
            for k, c in other.items():
                if k in codec and codec[k] != c:
                    out.add((key(k), ord(c)))
        return sorted(out)

    def given(**pairs):
        return {(int(k[1:3], 16), int(k[3:5], 16)): chr(c) for k, c in pairs.items()}

    big5_private = {k: c for k, c in private950.items() if 0xC6 <= k[0] <= 0xC8}  # glibc has them in BIG5 too
    # GB18030-2005 as glibc has it.
    gb2005 = given(xFE51=0x20087, xFE52=0x20089, xFE53=0x200CC, xFE6C=0x215D7, xFE76=0x2298F, xFE91=0x241FE)
    # Java's and IBM's Shift_JIS.
    ibm943 = given(x815C=0x2014, xEEFA=0xA6, xFA55=0xA6)
    apple_euc_jp = given(xA1BD=0x2014)
    shift_jis = base["shift_jis"]
    alias_tables = {
        "GBK": aliases(base["gbk"], table("gb18030"), table("gb2312"), cp936, gb2005),
        "CP936": aliases(cp936, base["gbk"], table("gb18030"), table("gb2312"), gb2005),
        "BIG5": aliases(base["big5"], table("big5"), table("big5hkscs"), py950, big5_private)
        + sorted((key(k), ord(c)) for k, c in big5_private.items() if k not in base["big5"]),
        "CP950": aliases(cp950, kana, table("big5"), {k: c for k, c in table("big5hkscs").items() if k[0] < 0xA4 and k[0] > 0xA0}),
        # JIS X 0201 has the yen sign and the overline where ASCII has 5C and 7E.
        "SHIFT_JIS": [(0x5C, 0xA5), (0x7E, 0x203E)] + aliases(shift_jis, table("shift_jis"), ibm943),
        "EUC_JP": [(0x5C, 0xA5), (0x7E, 0x203E)] + aliases(base["euc-jp"], table("euc_jp"), apple_euc_jp),
        "EUC_KR": [(0xA2E8, 0x327E)],
    }

    print("// Made by `cargo dev tables --mode write` from encoding_rs 0.8.44 and CPython 3.11. Do not edit.")
    print("//! Where vendors' double-byte code pages differ from the WHATWG tables.")
    print()
    print("/// Sequences that a code page reads otherwise than the WHATWG table it is built on:")
    print("/// first bytes, how many sequences in a row, first code point (the next ones follow; 0 for none of them).")
    print("pub(crate) type Delta = &'static [(u16, u16, u16)];")
    print()
    print("/// Characters that other tables in use give the same bytes: first bytes (below 0x100: one byte),")
    print("/// how many in a row, first code point.")
    print("pub(crate) type Aliases = &'static [(u16, u16, u32)];")

    def emit(doc, name, kind, rows):
        print(f"\n/// {doc}\n#[rustfmt::skip]\npub(crate) static {name}: {kind} = &[", end="")
        for i, (a, b, c) in enumerate(rows):
            print("\n   " if i % 6 == 0 else "", f"(0x{a:04X}, {b}, 0x{c:04X}),", end="")
        print("\n];")

    emit("Code page 950 over Big5.", "CP950", "Delta", delta("big5", cp950))
    emit("Code page 949 over EUC-KR.", "CP949", "Delta", delta("euc-kr", cp949))
    emit("Code page 936 over GBK.", "CP936", "Delta", delta("gbk", cp936))
    for name, pairs in alias_tables.items():
        emit(f"Other readings of {name}.", f"{name}_ALIASES", "Aliases", runs(pairs))

    # What the tests compare: every two-byte sequence, and CPython's choice of bytes for every character.
    print("\n/// Name, how many two-byte sequences the vendor decodes, FNV-1a of (bytes, code point), how many characters")
    print("/// CPython encodes in two bytes, FNV-1a of (code point, bytes).")
    print("#[cfg(test)]\npub(crate) static CHECKS: &[(&str, usize, u64, usize, u64)] = &[")
    tables = {"cp950": cp950, "cp949": cp949, "cp936": cp936, "cp932": table("cp932")}
    for name, target in tables.items():
        decoded = [(key(k), ord(c)) for k, c in sorted(target.items())]
        encoded = []
        for code in [*range(0x80, 0xD800), *range(0xE000, 0x10000)]:
            try:
                data = chr(code).encode(name)
            except UnicodeEncodeError:
                continue
            if name == "cp950" and chr(code) in "═╞╡╪":
                continue  # Microsoft and the WHATWG standard take the last of two, CPython the first
            if name == "cp932" and data[0] in (0xED, 0xEE):
                continue  # Microsoft and the WHATWG standard take IBM's rows, CPython NEC's copies
            if len(data) == 2 and target.get(tuple(data)) == chr(code):
                encoded.append((code, data[0] << 8 | data[1]))
        print(f'    ("{name}", {len(decoded)}, {fnv(decoded):#018x}, {len(encoded)}, {fnv(encoded):#018x}),')
    print("];")


if __name__ == "__main__":
    main()
