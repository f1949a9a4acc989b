#!/usr/bin/env python3
"""The program in a pipeline: memory and throughput on clean text.

    cargo build --release --package luanma-cli
    python3 crates/luanma-dev/scripts/pipeline.py [--megabytes 2000] [--file-megabytes 400] [target/release/luanma]

First streams JSON lines that are made on the fly through `luanma fix -f jsonl`, and prints the most memory that it ever
had. Then reads a file of the same from memory, and prints how fast that goes beside `jq -c .` and `cat`, each the best
of three; and the same records in the other formats (Parquet where this Python has pyarrow). The records are made here, from a few sentences written for this project; every twentieth line is not UTF-8
or no JSON in the stream, so that what cannot be worked on is passed as well.
"""

import argparse
import csv
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time

SENTENCES = [
    "清晨的渡口很安静，船夫把缆绳系在石桩上。",
    "她把昨天的报纸叠好，放进抽屉里。",
    "今年的柿子熟得早，院子里落了一地。",
    "The ferry leaves at six, and the market opens soon after.",
    "他说：“价格是128元，比去年便宜。”",
    "雨停以后，孩子们跑到河边去看水。",
]


def records(damaged_lines):
    """Some megabytes of records, of 100 to 2,000 bytes each."""
    lines = []
    for n in range(4000):
        text = "".join(SENTENCES[(n * 7 + k * k) % len(SENTENCES)] for k in range(1 + n * 13 % 24))
        record = {"id": n, "url": f"https://example.org/{n}", "text": text + "\n", "score": n / 7, "tags": ["a", None]}
        lines.append((json.dumps(record, ensure_ascii=False) + "\n").encode())
        if damaged_lines and n % 20 == 0:
            lines.append(b'{"text":"\xce\xc4\xd7\xd6"}\n' if n % 40 else b"no JSON\n")
    return b"".join(lines)


def in_format(name):
    """The records of some megabytes, in another format: what stands before them, they themselves, what stands after."""
    rows = [json.loads(line) for line in records(False).splitlines()]
    if name == "text":
        return b"", "".join(row["text"] for row in rows).encode(), b""
    if name == "json":
        return b"[\n", b",\n".join(records(False).splitlines()) + b",\n", b'{"text":""}]\n'
    if name == "csv":
        head, out = io.StringIO(), io.StringIO()
        csv.DictWriter(head, rows[0]).writeheader()
        csv.DictWriter(out, rows[0]).writerows(rows)
        return head.getvalue().encode(), out.getvalue().encode(), b""
    out = []
    for row in rows:
        text = row["text"].encode()
        head = f"WARC/1.0\r\nWARC-Type: conversion\r\nWARC-Target-URI: {row['url']}\r\nContent-Type: text/plain\r\n"
        out.append(head.encode() + f"Content-Length: {len(text)}\r\n\r\n".encode() + text + b"\r\n\r\n")
    return b"", b"".join(out), b""


def other_formats(program, megabytes, directory):
    """Prints the throughput in each of the other formats, in bytes of the file."""
    for name in ("text", "csv", "json", "warc"):
        head, rows, tail = in_format(name)
        count = -(-megabytes * 1_000_000 // len(rows))
        with tempfile.NamedTemporaryFile(dir=directory) as file:
            file.write(head)
            for _ in range(count):
                file.write(rows)
            file.write(tail)
            file.flush()
            size = len(head) + count * len(rows) + len(tail)
            speed = best([program, "fix", "-f", name, "-c", "text"], file.name, size)
            print(f"fix -f {name} on {size / 1e6:.0f} MB: {speed:.0f} MB/s")
    try:
        import pyarrow as pa
        import pyarrow.parquet
    except ImportError:
        print("pyarrow is missing: Parquet is not measured")
        return
    rows = [json.loads(line) for line in records(False).splitlines()]
    table = pa.Table.from_pylist(rows)
    count = -(-megabytes * 1_000_000 // len(records(False)))
    with tempfile.NamedTemporaryFile(dir=directory, suffix=".parquet") as file:
        pa.parquet.write_table(pa.concat_tables([table] * count), file.name, use_dictionary=False, compression="zstd")
        texts = count * sum(len(row["text"].encode()) for row in rows)
        command = [program, "fix", "-f", "parquet", "-c", "text", file.name]
        speed = best(command, os.devnull, texts)
        packed = os.path.getsize(file.name) / 1e6
        print(f"fix -f parquet on {packed:.0f} MB that hold {texts / 1e6:.0f} MB of texts: {speed:.0f} MB/s of texts")


def stream(program, megabytes):
    chunk = records(True)
    count = -(-megabytes * 1_000_000 // len(chunk))
    child = subprocess.Popen(
        [program, "fix", "-f", "jsonl", "-c", "text"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    wrong = []

    def compare():
        """What comes out is what goes in."""
        for n in range(count):
            if child.stdout.read(len(chunk)) != chunk:
                wrong.append(n)
        if child.stdout.read(1):
            wrong.append(count)

    reader = threading.Thread(target=compare)
    reader.start()
    start = time.monotonic()
    for _ in range(count):
        child.stdin.write(chunk)
    child.stdin.flush()
    with open(f"/proc/{child.pid}/status") as status:
        peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
    child.stdin.close()
    reader.join()
    child.wait()
    seconds = time.monotonic() - start
    print(f"stream of {count * len(chunk) / 1e9:.2f} GB: {peak / 1000:.1f} MB resident at most, {seconds:.1f} s, ", end="")
    print("byte for byte" if not wrong else f"CHANGED in {len(wrong)} places")
    return not wrong and peak * 1024 <= 64 << 20


def best(command, path, size):
    """The throughput of the best of three runs, in MB/s."""
    seconds = []
    for _ in range(3):
        with open(path, "rb") as file:
            start = time.monotonic()
            subprocess.run(command, stdin=file, stdout=subprocess.DEVNULL, check=True)
            seconds.append(time.monotonic() - start)
    return size / 1e6 / min(seconds)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=2000)
    parser.add_argument("--file-megabytes", type=int, default=400)
    parser.add_argument("program", nargs="?", default="target/release/luanma")
    args = parser.parse_args()
    fine = stream(args.program, args.megabytes)
    directory = "/dev/shm" if os.path.isdir("/dev/shm") else None
    with tempfile.NamedTemporaryFile(dir=directory, suffix=".jsonl") as file:
        chunk = records(False)
        count = -(-args.file_megabytes * 1_000_000 // len(chunk))
        for _ in range(count):
            file.write(chunk)
        file.flush()
        size = count * len(chunk)
        speed = best([args.program, "fix", "-f", "jsonl", "-c", "text"], file.name, size)
        one = best([args.program, "fix", "-f", "jsonl", "-c", "text", "-j", "1"], file.name, size)
        print(f"fix -f jsonl on {size / 1e6:.0f} MB of clean records: {speed:.0f} MB/s, {one:.0f} MB/s in one thread")
        for peer in (["cat"], ["jq", "-c", "."]):
            if shutil.which(peer[0]):
                other = best(peer, file.name, size)
                print(f"{' '.join(peer)}: {other:.0f} MB/s; luanma is {speed / other:.2f} times as fast")
            else:
                print(f"{peer[0]} is missing: not measured")
    other_formats(args.program, args.file_megabytes, directory)
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
