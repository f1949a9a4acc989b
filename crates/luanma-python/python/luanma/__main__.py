"""``python -m luanma``: repairs files and streams. ``python -m luanma --help`` says how.

The small sister of the program ``luanma``: text and JSON lines, no reports. What is not repaired is written byte for byte.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO

from luanma._luanma import MODEL, Repairer, __version__

# As much of a text as is one document.
WINDOW_BYTES = 256 * 1024

FINE, FOUND, FAILED = 0, 1, 2


def windows(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """The lines of `stream` in documents of about `WINDOW_BYTES`, each with the number of the first line."""
    line = 1
    while lines := stream.readlines(WINDOW_BYTES):
        yield line, b"".join(lines)
        line += len(lines)


def fixed_text(window: bytes, repairer: Repairer) -> bytes:
    # Bytes that are not UTF-8 become lone surrogates, which stay, and go back to what they were.
    text = window.decode("utf-8", "surrogateescape")
    new = repairer.repair(text)
    return window if new is text else new.encode("utf-8", "surrogateescape")


def texts(record: Any, columns: list[str]) -> Iterator[tuple[Any, str, str]]:
    """Each named text of a record, with the object that it stands in; names are dotted paths."""
    for column in columns:
        holder, *path = record, *column.split(".")
        for name in path[:-1]:
            holder = holder.get(name) if isinstance(holder, dict) else None
        if isinstance(holder, dict) and isinstance(holder.get(path[-1]), str):
            yield holder, path[-1], holder[path[-1]]


def fixed_record(line: bytes, repairer: Repairer, columns: list[str]) -> bytes:
    record = json.loads(line)
    changed = False
    for holder, name, text in texts(record, columns):
        new = repairer.repair(text)
        if new is not text:
            holder[name] = new
            changed = True
    if not changed:
        return line
    end = line[len(line.rstrip(b"\r\n")) :]
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass") + end


def each_line(stream: BinaryIO, name: str) -> Iterator[tuple[int, bytes, bool]]:
    """Each line with its number and whether it is a JSON record; says on standard error which are not."""
    for number, line in enumerate(stream, 1):
        good = True
        if line.strip():
            try:
                json.loads(line)
            except ValueError as error:
                good = False
                print(f"luanma: {name}:{number}: not a JSON record: {error}", file=sys.stderr)
        yield number, line, good and bool(line.strip())


def fix(args: argparse.Namespace, repairer: Repairer) -> int:
    outcome = FINE
    out = sys.stdout.buffer
    for name, stream in sources(args.files):
        if args.format == "text":
            for _, window in windows(stream):
                out.write(fixed_text(window, repairer))
            continue
        for _, line, good in each_line(stream, name):
            if not good and line.strip():
                outcome = FAILED
            out.write(fixed_record(line, repairer, args.column) if good else line)
    return outcome


def check(args: argparse.Namespace, repairer: Repairer) -> int:
    outcome = FINE

    def tell(where: str, text: str) -> None:
        nonlocal outcome
        for repair in repairer.report(text).repairs:
            if repair.verdict == "unrepaired":
                continue
            outcome = max(outcome, FOUND)
            old = text[repair.start : repair.end]
            place = where
            if args.format == "text":
                before = text[: repair.start]
                line = int(where) + before.count("\n")
                place = f"{line}:{repair.start - before.rfind(chr(10))}"
            print(f"{name}:{place}: {old!r} -> {repair.text!r} ({repair.chain}, {repair.confidence:.2f})")

    for name, stream in sources(args.files):
        if args.format == "text":
            for line, window in windows(stream):
                tell(str(line), window.decode("utf-8", "surrogateescape"))
            continue
        for number, line_, good in each_line(stream, name):
            if good:
                for _, column, text in texts(json.loads(line_), args.column):
                    tell(f"{number}: {column}", text)
            elif line_.strip():
                outcome = FAILED
    return outcome


def sources(files: list[str]) -> Iterator[tuple[str, BinaryIO]]:
    for name in files or ["-"]:
        if name == "-":
            yield "<stdin>", sys.stdin.buffer
        else:
            with open(name, "rb") as stream:
                yield name, stream


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m luanma", description="Finds and repairs mojibake (乱码).")
    top.add_argument("--version", action="version", version=f"luanma {__version__} (model {MODEL})")
    commands = top.add_subparsers(dest="command", required=True)
    for name, what, run in (
        ("fix", "write the repaired text to standard output", fix),
        ("check", "list damage; exit status 1 if some can be repaired", check),
    ):
        command = commands.add_parser(name, help=what, description=what)
        command.set_defaults(run=run)
        command.add_argument("files", nargs="*", metavar="FILE", help="- or none is standard input")
        command.add_argument("-f", "--format", choices=("text", "jsonl"), default="text")
        command.add_argument(
            "-c", "--column", action="append", help="column of JSON records, a dotted path; text unless told"
        )
        command.add_argument("--min-confidence", type=float, metavar="P")
        command.add_argument("--gaps", choices=("infer", "mark", "refuse"))
        command.add_argument("--gap-char", metavar="CHAR")
        command.add_argument("--expect", action="append", metavar="CHAIN", help="damage that the data is known to have")
        command.add_argument("--escapes", action="store_true", help="also repair damage that was escaped afterwards")
        command.add_argument("--chain", metavar="CHAIN", help="undo this and nothing else")
    return top


def main(argv: list[str] | None = None) -> int:
    args = parser().parse_args(argv)
    args.column = args.column or ["text"]
    try:
        repairer = Repairer(
            min_confidence=args.min_confidence,
            gaps=args.gaps,
            gap_char=args.gap_char,
            expect=args.expect,
            only=args.chain,
            escapes=args.escapes,
        )
        outcome: int = args.run(args, repairer)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read it has seen enough. Python would complain when it closes the stream.
        sys.stderr.close()
        return FINE
    except (OSError, ValueError) as error:
        print(f"luanma: {error}", file=sys.stderr)
        return FAILED
    return outcome


if __name__ == "__main__":
    sys.exit(main())
