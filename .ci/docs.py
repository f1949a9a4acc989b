"""Runs the examples of the pages under docs/: python3 .ci/docs.py LUANMA [PAGE…]

In a page that has `<!-- examples: run -->`, each block of `sh` is run by bash in a directory of the page's own, with the
program as `luanma`, and a block of `text` right behind it must be what it prints, on both channels; confidences (four digits)
may differ, for a new model has others. `<!-- setup … -->` is run
and not shown, `<!-- needs NAME -->` names a program without which the page is passed over, which is said.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

CONFIDENCE = re.compile(r"\b[01]\.\d{4}\b")
PART = re.compile(r"^```(\w*)\n(.*?)^```$|<!-- (setup|needs)\s(.*?)-->", re.M | re.S)


def run(script: str, place: str, path: str) -> subprocess.CompletedProcess:
    environment = os.environ | {"PATH": path + os.pathsep + os.environ["PATH"], "LC_ALL": "C.UTF-8", "NO_COLOR": "1"}
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=place, env=environment, text=True, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300,
    )


def page(file: Path, path: str) -> tuple[int, int]:
    """How many examples were run and how many failed."""
    text = file.read_text(encoding="utf-8")
    if "<!-- examples: run -->" not in text:
        return 0, 0
    parts = [m.groups() for m in PART.finditer(text)]
    for _, _, kind, what in parts:
        if kind == "needs" and not shutil.which(what.strip()):
            print(f"{file}: {what.strip()} is missing: its examples are skipped")
            return 0, 0
    count = failed = 0
    with tempfile.TemporaryDirectory() as place:
        last = None
        for language, body, kind, what in parts:
            if kind == "setup" or language == "sh":
                done = run(what if kind == "setup" else body, place, path)
                count += 1
                last = done.stdout if language == "sh" else None
                if done.returncode != 0:
                    failed += 1
                    print(f"{file}: status {done.returncode}:\n{body or what}{done.stdout}")
            elif language == "text" and last is not None:
                if CONFIDENCE.sub("P", last) != CONFIDENCE.sub("P", body):
                    failed += 1
                    print(f"{file}: expected:\n{body}but it printed:\n{last}")
                last = None
    print(f"{file}: {count} run, {failed} failed")
    return count, failed


def main() -> None:
    program, *pages = sys.argv[1:]
    files = [Path(p) for p in pages] or sorted(Path("docs").glob("*.md"))
    with tempfile.TemporaryDirectory() as path:
        os.symlink(Path(program).resolve(), Path(path) / "luanma")
        results = [page(file, path) for file in files]
    if not any(count for count, _ in results) or any(failed for _, failed in results):
        sys.exit(1)


main()
