"""Every figure of the Python package in one run, on this machine.

    python3 measure.py [--rows 1000000] [--damaged 300] [--calls 1000000] [--check]

Needs luanma (a release build), ftfy and pyarrow, and cargo for the speed of the library alone. `--check` ends with 1 where
a figure misses its bar. ftfy is run on every `--every`-th text, and its time is scaled up.
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
LEAK_BYTES = 16 * 1024 * 1024


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
        cargo = ["cargo", "run", "--quiet", "--release", "--locked", "--package", "luanma-python"]
        run = [*cargo, "--example", "rust_speed", "--", file.name, str(threads), str(rounds)]
        return float(subprocess.run(run, cwd=ROOT, check=True, capture_output=True, text=True).stdout)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--damaged", type=int, default=300)
    parser.add_argument("--calls", type=int, default=1_000_000)
    parser.add_argument("--every", type=int, default=20)
    parser.add_argument("--no-rust", action="store_true", help="leave out the speed of the library alone: no cargo")
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    threads = len(os.sched_getaffinity(0))
    missed = []

    def figure(name: str, value: str, good: bool | None = None) -> None:
        print(f"{name:<64} {value:>14} {'' if good is None else 'ok' if good else 'MISSED'}")
        if good is False:
            missed.append(name)

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
    theirs = best(lambda: [ftfy.fix_text(text) for text in sample], 1) * args.every
    figure(f"{args.rows} clean texts in Arrow, {size / 1e6:.0f} MB, {threads} threads, s", f"{all_threads:.3f}")
    figure("of them suspect at first sight, and searched in vain, %", f"{100 * suspects / len(column):.2f}")
    figure("the same by ftfy.fix_text, s", f"{theirs:.1f}")
    figure("times as fast as ftfy", f"{theirs / all_threads:.0f}", theirs / all_threads >= CLEAN_TIMES_FTFY)
    if not args.no_rust:
        for name, number, seconds in (("all threads", threads, all_threads), ("one thread", 1, one)):
            share = rust_seconds(clean, number, 5) / seconds
            figure(f"of the speed of Rust, {name}, %", f"{100 * share:.0f}", share >= OF_RUST)

    damaged = []
    for text in texts(args.damaged):
        try:
            damaged.append(luanma.garble(text, "utf-8>gbk", loss="whatwg"))
        except ValueError:
            continue
    bad = pa.array(damaged)
    bad_size = sum(len(text.encode()) for text in damaged)
    repaired = luanma.repair_array(bad).to_pylist()
    bad_seconds = best(lambda: luanma.repair_array(bad), 2)
    bad_one = best(lambda: luanma.repair_array(bad, threads=1), 1)
    ftfy_bad = best(lambda: [ftfy.fix_text(text) for text in damaged], 3)
    figure("damaged texts in Arrow", f"{len(damaged)}")
    figure("of them changed by luanma", f"{sum(a != b for a, b in zip(damaged, repaired, strict=True))}")
    figure("of them changed by ftfy", f"{sum(ftfy.fix_text(t) != t for t in damaged)}")
    figure("a damaged text, ms", f"{1000 * bad_seconds / len(damaged):.2f}")
    times = ftfy_bad / bad_seconds
    figure("times as fast as ftfy, which leaves them as they are", f"{times:.3f}", times >= DAMAGED_TIMES_FTFY)

    repair, counted = luanma.repair, clean[0]
    references = sys.getrefcount(counted)
    for _ in range(args.calls // 10):
        repair(counted + "！")
    gc.collect()
    before = resident_bytes()
    for _ in range(args.calls):
        repair(counted + "！")
        repair(counted)
    gc.collect()
    grown = resident_bytes() - before
    even = sys.getrefcount(counted) == references
    figure(f"memory grown over {2 * args.calls} calls, KB", f"{grown / 1024:.0f}", grown < LEAK_BYTES)
    figure("references to a text after them", "as before" if even else "more", even)

    print("\na terabyte (10^12 bytes of UTF-8), hours of one core")
    for name, mb_a_second in (("clean", size / one / 1e6), ("damaged, all of it", bad_size / bad_one / 1e6)):
        figure(f"  {name}, at {mb_a_second:.3g} MB/s", f"{1e6 / mb_a_second / 3600:,.1f}")
    for name in missed:
        print(f"missed: {name}", file=sys.stderr)
    return 1 if missed and args.check else 0


if __name__ == "__main__":
    sys.exit(main())
