"""What the scripts beside this one share: the evaluation's own code and its clean text."""

import importlib.util
import lzma
import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[3]
SHARED = pathlib.Path(os.environ.get("LUANMA_SHARED", "../shared"))
DEV = SHARED / "text" / "dev"


def load(path):
    """A script as a module."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def judge():
    """What damages, pipes and scores, written by others than luanma."""
    return load(SHARED / "eval" / "luanma_eval.py")


def lines(path):
    """The lines of a file of clean text."""
    with lzma.open(path, "rt", encoding="utf-8", newline="\n") as file:
        return file.read().split("\n")


def repaired(program, texts, arguments=()):
    """What the program makes of each text, as a record of its own."""
    records = [{"id": at, "text": text} for at, text in enumerate(texts)]
    return judge().pipe(records, [program, "fix", "-f", "jsonl", "-c", "text", *arguments, "-"])[0]


def wide(text):
    """ASCII at full width."""
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)
