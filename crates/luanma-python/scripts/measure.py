"""Every figure of the Python package in one run, on this machine.

    python3 measure.py [--rows 1000000] [--damaged 300] [--check]
    python3 measure.py --memory [--calls 10000000]

Needs luanma (a release build), ftfy and pyarrow, and cargo for the speed of the library alone. `--check` ends with 1 where
a figure misses its bar. ftfy is run on every `--every`-th clean text, and its time is scaled up. `--memory` measures nothing but
what the process grows by.
"""

from __future__ import annotations

import argparse
import gc
import os
import random
import subprocess
import sys
import tempfile
import time
import timeit
from collections.abc import Callable
from pathlib import Path

import ftfy
import pyarrow as pa

import luanma

ROOT = Path(__file__).resolve().parents[3]

# Written for this. Texts are made of them, so that no two are the same.
WHO = ["渡口的老船夫", "楼上的邻居", "城南的裁缝", "新来的老师", "图书馆的管理员", "卖豆腐的大娘", "我的表弟", "山里的护林员"]
WHEN = ["清早", "傍晚", "下雨的时候", "过了立秋", "上个星期三", "2019年冬天", "每逢赶集", "天刚亮"]
WHAT = ["把旧书晒在院子里", "沿着河岸慢慢走回家", "修好了那台收音机", "在门口贴了一张告示", "给窗台上的花浇水", "数了数口袋里的零钱", "写信告诉家里人", "打开了仓库的大门"]
END = ["。", "，谁也没有看见。", "，风正好停了！", "，后来再也没有提起过。", "，你说奇怪不奇怪？"]

# The bars of the package.
OVER_AN_EMPTY_CALL_NS = 150
CLEAN_TIMES_FTFY = 50
DAMAGED_TIMES_FTFY = 20
OF_RUST = 0.8
# Arenas of the allocators, not texts: a leak of one text a call would be gigabytes.
LEAK_BYTES = 16 * 1024 * 1024

# What is damaged here, with the chain and the losses. ftfy undoes most of the second, and leaves the first.
DAMAGE = [("UTF-8 read as GBK", "utf-8>gbk", "whatwg"), ("UTF-8 read as Windows-1252", "utf-8>cp1252", "none")]


def texts(n: int) -> list[str]:
    chance = random.Random(7)
    pick = chance.choice
    return [f"{pick(WHEN)}，{pick(WHO)}{pick(WHAT)}{pick(END)}（{i}）" for i in range(n)]


def best(work: Callable[[], object], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return min(times)


def resident_bytes() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def rust_seconds(column: list[str], threads: int, rounds: int) -> float:
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".txt") as file:
        file.write("\n".join(column) + "\n")
        file.flush()
        cargo = ["cargo", "run", "--quiet", "--release", "--locked", "--package", "luanma"]
        run = [*cargo, "--example", "rust_speed", "--", file.name, str(threads), str(rounds)]
        return float(subprocess.run(run, cwd=ROOT, check=True, capture_output=True, text=True).stdout)


def garbled(chain: str, loss: str, n: int) -> list[str]:
    damaged = []
    for text in texts(n):
        try:
            damaged.append(luanma.garble(text, chain, loss=loss))
        except ValueError:
            continue  # The chain has no such damage for this text.
    return damaged


class Figures:
    def __init__(self) -> None:
        self.missed: list[str] = []

    def __call__(self, name: str, value: str, good: bool | None = None) -> None:
        print(f"{name:<72} {value:>14} {'' if good is None else 'ok' if good else 'MISSED'}", flush=True)
        if good is False:
            self.missed.append(name)


def memory(calls: int, figure: Figures) -> None:
    """What the process grows by over `calls` calls of every kind, after a tenth as many to warm up."""
    clean, damaged, lone = "院子里落了一地，扫也扫不完", "浠婂勾鐨勬熆瀛愮啛寰楁棭", "晴\udcff雨"
    repairer = luanma.Repairer(min_confidence=0.9)
    column, kept = pa.array([clean, None, lone[0]]), [clean, damaged, None]
    counted = [clean, damaged, lone, repairer, column, kept, luanma.Report, luanma.Repair, None]
    refused = 0

    def hundred(number: int) -> None:
        nonlocal refused
        # Made anew at each call, so that what the interpreter keeps of a text goes with it.
        tail = str(number)
        for _ in range(60):
            luanma.repair(clean + tail)
        for _ in range(10):
            luanma.repair(clean)
            repairer.is_suspect(lone + tail)
        for _ in range(5):
            luanma.repair(lone + tail)
            repairer.report(clean + tail)
        for _ in range(2):
            repairer.repair_list([clean + tail, None, lone + tail], threads=1)
            luanma.repair_array(column, threads=1)
        for wrong in (None, 3, b"x"):
            try:
                luanma.repair(wrong)  # type: ignore[arg-type]
            except TypeError:
                refused += 1
        luanma.repair(damaged + tail)
        luanma.report(f"{damaged}\udcff{tail}")
        repairer.repair_list(kept, threads=1)

    def run(first: int, last: int) -> None:
        for number in range(first, last):
            hundred(number)
        gc.collect()

    def state() -> tuple[int, int, list[int]]:
        return resident_bytes(), sys.getallocatedblocks(), [sys.getrefcount(x) for x in counted]

    rounds = calls // 100
    run(0, rounds // 10)
    before, blocks, references = state()
    run(rounds // 10, rounds // 10 + rounds)
    after, blocks_after, references_after = state()
    assert refused == 3 * (rounds + rounds // 10)
    # None is counted by the interpreter's own work as well, if it is counted at all.
    even = references[:-1] == references_after[:-1] and abs(references[-1] - references_after[-1]) < 100
    figure(f"memory grown over {100 * rounds:,} calls, KB", f"{(after - before) / 1024:.0f}", after - before < LEAK_BYTES)
    figure("blocks of the interpreter's allocator, more by", f"{blocks_after - blocks}", blocks_after - blocks < 1000)
    figure("references to texts, settings, columns, classes and None", "as before" if even else "changed", even)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--damaged", type=int, default=300)
    parser.add_argument("--calls", type=int, default=10_000_000)
    parser.add_argument("--memory", action="store_true", help="memory and nothing else")
    parser.add_argument("--every", type=int, default=5)
    parser.add_argument("--no-rust", action="store_true", help="leave out the speed of the library alone: no cargo")
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    figure = Figures()
    (memory(args.calls, figure) if args.memory else speed(args, figure))
    for name in figure.missed:
        print(f"missed: {name}", file=sys.stderr)
    return 1 if figure.missed and args.check else 0


def speed(args: argparse.Namespace, figure: Figures) -> None:
    threads = len(os.sched_getaffinity(0))
    figure("luanma, model", f"{luanma.__version__} {luanma.MODEL[:6]}")
    short = "今年的柿子熟得早"
    number = 200_000
    empty = min(timeit.repeat("len(text)", globals={"text": short}, number=number, repeat=7)) / number * 1e9
    call = "repair(text)"
    ours = min(timeit.repeat(call, globals={"text": short, "repair": luanma.repair}, number=number, repeat=7))
    over = ours / number * 1e9 - empty
    figure("repair of a short clean text, over an empty C call, ns", f"{over:.0f}", over <= OVER_AN_EMPTY_CALL_NS)

    clean = texts(args.rows)
    column = pa.array(clean, pa.large_string())
    size = column.nbytes - 8 * len(column)
    assert luanma.repair_array(column) is column, "the texts are clean"
    suspects = luanma.suspect_array(column).to_pylist().count(True)
    all_threads = best(lambda: luanma.repair_array(column), 5)
    one = best(lambda: luanma.repair_array(column, threads=1), 3)
    sample = clean[:: args.every]
    theirs = best(lambda: [ftfy.fix_text(text) for text in sample], 3) * args.every
    figure(f"{args.rows} clean texts in Arrow, {size / 1e6:.0f} MB, {threads} threads, s", f"{all_threads:.3f}")
    figure("of them suspect at first sight, and searched in vain, %", f"{100 * suspects / len(column):.2f}")
    figure("the same by ftfy.fix_text, s", f"{theirs:.1f}")
    figure("times as fast as ftfy", f"{theirs / all_threads:.0f}", theirs / all_threads >= CLEAN_TIMES_FTFY)
    figure("  on one thread", f"{theirs / one:.0f}")
    if not args.no_rust:
        for name, number, seconds in (("all threads", threads, all_threads), ("one thread", 1, one)):
            share = rust_seconds(clean, number, 5) / seconds
            figure(f"of the speed of Rust, {name}, %", f"{100 * share:.0f}", share >= OF_RUST)

    hours = [("clean", size / one / 1e6)]
    for kind, chain, loss in DAMAGE:
        damaged = garbled(chain, loss, args.damaged)
        bad = pa.array(damaged)
        repaired = luanma.repair_array(bad).to_pylist()
        by_ftfy = [ftfy.fix_text(text) for text in damaged]
        bad_seconds = best(lambda: luanma.repair_array(bad), 3)
        bad_one = best(lambda: luanma.repair_array(bad, threads=1), 2)
        ftfy_bad = best(lambda: [ftfy.fix_text(text) for text in damaged], 5)
        changed = [sum(a != b for a, b in zip(damaged, out, strict=True)) for out in (repaired, by_ftfy)]
        figure(f"{kind}: texts, changed by luanma, changed by ftfy", f"{len(damaged)} {changed[0]} {changed[1]}")
        figure("  a damaged text, one thread, ms", f"{1000 * bad_one / len(damaged):.2f}")
        figure("  the same by ftfy, ms", f"{1000 * ftfy_bad / len(damaged):.3f}")
        times = ftfy_bad / bad_seconds
        figure("  times as fast as ftfy", f"{times:.3f}", times >= DAMAGED_TIMES_FTFY)
        hours.append((kind, sum(len(text.encode()) for text in damaged) / bad_one / 1e6))

    print("\na terabyte (10^12 bytes of UTF-8), hours of one core")
    for name, mb_a_second in hours:
        figure(f"  {name}, at {mb_a_second:.3g} MB/s", f"{1e6 / mb_a_second / 3600:,.1f}")


if __name__ == "__main__":
    sys.exit(main())
