"""Characters wrong in damaged tables, source code and pages: python3 crates/luanma-dev/scripts/documents.py PROGRAM [-v]

The documents of corpus/documents, with LF and with CR LF, are damaged by the evaluation's own code (../shared; LUANMA_SHARED names another
place for it), not by luanma's, and repaired as records of JSON lines. For each chain and kind of loss: the edits from the document
to what comes out, and in parentheses those that no gap stands for. -v prints the lines that differ.
"""

import argparse

from evaluation import ROOT, judge, repaired

CASES = (
    ("utf-8>gbk", "windows"),
    ("utf-8>gbk", "whatwg"),
    ("utf-8>gbk", "windows+fold"),
    ("utf-8>cp1252", "none"),
    ("utf-8>cp1252", "none+strip"),
    ("gbk>latin-1", "none"),
    ("gbk>cp1252", "none"),
    ("gbk>big5", "windows"),
    ("utf-8>shift_jis", "windows"),
    ("utf-8>euc-kr", "windows"),
    ("utf-8>big5", "windows"),
)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("-v", "--verbose", action="store_true")
    args = parser.parse_args()
    evaluation = judge()
    documents = {p.name: p.read_text(encoding="utf-8") for p in sorted((ROOT / "corpus" / "documents").iterdir())}
    for end, name in (("\n", "LF"), ("\r\n", "CR LF")):
        for chain, loss in CASES:
            rows = []
            for document, text in documents.items():
                text = text.replace("\n", end)
                made = evaluation.garble(text, chain, loss)
                if made is not None:
                    rows.append((document, text, made[0]))
            edits, silent = 0, 0
            for (document, text, damaged), out in zip(rows, repaired(args.program, [row[2] for row in rows])):
                wrong = evaluation.distance(text, out)
                edits += wrong
                silent += evaluation.distance(text, out, "forgive") if wrong else 0
                if wrong and args.verbose:
                    lines = [document_lines.split(end) for document_lines in (text, out, damaged)]
                    if len(lines[0]) != len(lines[1]) or len(lines[0]) != len(lines[2]):
                        lines = [[text], [out], [damaged]]
                    for right, said, line in zip(*lines):
                        if right != said:
                            print(f"  {document}\n    - {right!r}\n    + {said!r}\n    < {line!r}")
            print(f"{name:5} {chain:16} {loss:14} {len(rows):3} documents, {edits:4} edits ({silent})", flush=True)


if __name__ == "__main__":
    main()
