"""Examples in docstrings and documents, types, and the command."""

from __future__ import annotations

import doctest
import importlib
import inspect
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from examples import run, run_module
from samples import BAD, CLEAN, GOOD, LOSSY

import luanma

PACKAGE = Path(luanma.__file__).parent
ROOT = Path(__file__).resolve().parents[4]
MODULES = ["luanma._report", "luanma.hf", "luanma.ftfy", "luanma.polars", "luanma.pandas"]
MODULES += ["luanma.duckdb", "luanma.sklearn", "luanma._columns", "luanma"]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_modules(name: str) -> None:
    run_module(importlib.import_module(name))


def documented() -> list[object]:
    """What the extension documents: doctest does not look into it."""
    own = [luanma.repair, luanma.report, luanma.is_suspect, luanma.decode, luanma.garble, luanma.Repairer]
    names = ["repair", "report", "decode", "is_suspect", "repair_list"]
    return [*own, *(inspect.getattr_static(luanma.Repairer, name) for name in names)]


@pytest.mark.parametrize("thing", documented(), ids=lambda t: getattr(t, "__qualname__", str(t)))
def test_examples_in_the_extension(thing: object) -> None:
    doc = inspect.getdoc(thing)
    assert doc
    test = doctest.DocTestParser().get_doctest(doc, {}, str(thing), None, 0)
    assert run(test) > 0


@pytest.mark.parametrize("page", ["docs/python.md", "docs/from-ftfy.md"])
def test_examples_in_documents(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    # What ends an example in Markdown is no part of it.
    test = doctest.DocTestParser().get_doctest(re.sub(r"\n *```\w*", "\n\n", text), {}, page, page, 0)
    assert run(test) > 3


def test_everything_public_is_documented() -> None:
    for name in luanma.__all__:
        if name not in ("MODEL", "__version__"):
            assert ">>>" in (inspect.getdoc(getattr(luanma, name)) or ""), name


def checked(tool: list[str], place: Path) -> None:
    """Runs one of mypy's tools, away from the directory of the package: mypy refuses to stand among installed ones."""
    env = dict(os.environ)
    if "site-packages" not in PACKAGE.parts:
        env["MYPYPATH"] = str(PACKAGE.parent)
    ran = subprocess.run([sys.executable, "-m", *tool], cwd=place, env=env, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_types(tmp_path: Path) -> None:
    assert (PACKAGE / "py.typed").is_file()
    config = Path(__file__).resolve().parents[2] / "pyproject.toml"
    checked(["mypy", "--config-file", str(config), "-p", "luanma", "--cache-dir", os.devnull], tmp_path)


def test_stubs_say_what_is_there(tmp_path: Path) -> None:
    checked(["mypy.stubtest", "luanma._luanma", "--ignore-missing-stub"], tmp_path)


def command(*args: str, stdin: bytes = b"") -> tuple[int, bytes, str]:
    ran = subprocess.run([sys.executable, "-m", "luanma", *args], input=stdin, capture_output=True)
    return ran.returncode, ran.stdout, ran.stderr.decode()


def test_command_fix(tmp_path: Path) -> None:
    # Line ends, and bytes that are not UTF-8, stay.
    data = f"{CLEAN[0]}\r\n{BAD}\n".encode() + b"\xff\xfe\n"
    gold = f"{CLEAN[0]}\r\n{GOOD}\n".encode() + b"\xff\xfe\n"
    assert command("fix", stdin=data) == (0, gold, "")
    (tmp_path / "a.txt").write_bytes(data)
    assert command("fix", str(tmp_path / "a.txt"), "-", stdin=b"x") == (0, gold + b"x", "")
    assert command("fix", "--gaps", "refuse", stdin=LOSSY.encode()) == (0, LOSSY.encode(), "")


def test_command_json_lines() -> None:
    odd = '{ "text" : "晴\\u0031",  "n": 1.50 }\n'
    bad = json.dumps({"n": 1, "text": BAD, "deep": {"t": BAD}}, ensure_ascii=False) + "\r\n"
    lines = (odd + bad + "no json\n").encode()
    status, out, err = command("fix", "-f", "jsonl", "-c", "text", "-c", "deep.t", stdin=lines)
    first, second, third = out.decode().splitlines(keepends=True)
    assert first == odd, "byte for byte"
    assert json.loads(second) == {"n": 1, "text": GOOD, "deep": {"t": GOOD}}
    assert second.endswith("\r\n")
    assert third == "no json\n"
    assert status == 2
    assert err.startswith("luanma: <stdin>:3: not a JSON record")


def test_command_check() -> None:
    status, out, err = command("check", stdin=f"{CLEAN[0]}\n晴。{BAD}\n".encode())
    assert (status, err) == (1, "")
    assert out.decode().startswith("<stdin>:2:")
    assert GOOD in out.decode()
    assert command("check", stdin=CLEAN[0].encode()) == (0, b"", "")
    record = json.dumps({"text": BAD}).encode()
    assert command("check", "-f", "jsonl", stdin=record)[0] == 1


def test_command_errors() -> None:
    assert command("fix", "/no/such/file")[0] == 2
    assert command("fix", "--chain", "nonsense")[0] == 2
    assert command("nonsense")[0] == 2
    assert command("--version")[1].decode().startswith(f"luanma {luanma.__version__} (model ")
