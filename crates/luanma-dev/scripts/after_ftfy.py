"""luanma and ftfy on the same text, in either order, once and twice.

usage: python3 crates/luanma-dev/scripts/after_ftfy.py SAMPLES.jsonl LUANMA [EVERY]
SAMPLES: JSON objects with "text" (damaged) and "gold". LUANMA: the program. Needs ftfy 6.3.1 (pip install ftfy).
"""
import json, subprocess, sys
import ftfy

def luanma(texts):
    lines = "".join(json.dumps({"text": t}) + "\n" for t in texts)
    out = subprocess.run([sys.argv[2], "fix", "-f", "jsonl", "-c", "text", "-"], input=lines, capture_output=True, encoding="utf-8", check=True).stdout
    return [json.loads(line)["text"] for line in out.split("\n") if line]

def repairer(texts): return [ftfy.fix_text(t) for t in texts]
def hanzi(t): return [c for c in t if "\u3400" <= c <= "\u9fff" or "\uac00" <= c <= "\ud7a3" or "\u3041" <= c <= "\u30ff"]

samples = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")][:: int(sys.argv[3]) if len(sys.argv) > 3 else 1]
texts, gold = [s["text"] for s in samples], [s["gold"] for s in samples]
def same(a, b): return sum(hanzi(x) == hanzi(y) for x, y in zip(a, b))
first = luanma(texts); before = repairer(first)
second = repairer(texts); after = luanma(second)
print(f"{len(texts)} samples; figures count those whose Hanzi, kana and Hangul are the same")
print("luanma alone = gold                           ", same(first, gold))
print("luanma, then ftfy = luanma alone              ", same(before, first))
print("ftfy alone = gold                             ", same(second, gold))
print("ftfy, then luanma = gold                      ", same(after, gold))
print("luanma, ftfy, luanma, ftfy = luanma, ftfy     ", same(repairer(luanma(before)), before))
print("ftfy, luanma, ftfy, luanma = ftfy, luanma     ", same(luanma(repairer(after)), after))
