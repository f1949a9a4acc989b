"""Runs the tests of the Python package in a virtual environment under target/.

    python3 run_tests.py core --extension PATH    tests/core, on an extension that cargo has built
    python3 run_tests.py tools --extension PATH   tests/tools: pipelines and clusters, which bring much with them
    python3 run_tests.py core --wheel PATH        the same on a wheel

What follows `--` goes to pytest. The environment is kept, and made anew when the requirements change. Ends with 77 where
the interpreter is too old or the packages cannot be had.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

CRATE = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)
NOT_TO_BE_HAD = 77
# A registry that says nothing for so long will not.
INSTALL_SECONDS = 900


def environment(group: str, target: Path) -> Path:
    """The interpreter of an environment that has what `group` needs."""
    files = [CRATE / "tests" / "requirements-core.txt"]
    if group == "tools":
        files.append(CRATE / "tests" / "requirements-tools.txt")
    wanted = hashlib.sha256(b"".join(f.read_bytes() for f in files) + sys.version.encode()).hexdigest()
    venv = target / f"venv-{group}"
    python = venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = venv / "requirements.sha256"
    if stamp.is_file() and stamp.read_text() == wanted and python.exists():
        return python
    shutil.rmtree(venv, ignore_errors=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--prefer-binary"]
    for file in files:
        pip += ["-r", str(file)]
    try:
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
        subprocess.run(pip, check=True, timeout=INSTALL_SECONDS)
    except (OSError, subprocess.SubprocessError) as error:
        print(f"the packages of the tests cannot be installed: {error}", file=sys.stderr)
        sys.exit(NOT_TO_BE_HAD)
    stamp.write_text(wanted)
    return python


def stage(extension: Path, target: Path) -> Path:
    """A directory that has the package with this extension."""
    place = target / "stage"
    shutil.rmtree(place, ignore_errors=True)
    package = place / "luanma"
    shutil.copytree(CRATE / "python" / "luanma", package, ignore=shutil.ignore_patterns("*.so", "*.pyd", "__pycache__"))
    shutil.copy2(extension, package / ("_luanma.pyd" if os.name == "nt" else "_luanma.abi3.so"))
    return place


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("group", choices=("core", "tools"))
    given = parser.add_mutually_exclusive_group(required=True)
    given.add_argument("--extension", type=Path)
    given.add_argument("--wheel", type=Path)
    args, more = parser.parse_known_args()
    if sys.version_info < OLDEST:
        print(f"the tests need Python {OLDEST[0]}.{OLDEST[1]}, this is {sys.version}", file=sys.stderr)
        return NOT_TO_BE_HAD
    root = CRATE.parent.parent
    target = Path(os.environ.get("CARGO_TARGET_DIR") or root / "target") / "python"
    target.mkdir(parents=True, exist_ok=True)
    python = environment(args.group, target)
    env = dict(os.environ, PYTHONDONTWRITEBYTECODE="1")
    if args.extension:
        env["PYTHONPATH"] = str(stage(args.extension, target))
    else:
        env.pop("PYTHONPATH", None)
        install = [str(python), "-m", "pip", "install", "--quiet", "--no-deps", "--force-reinstall", str(args.wheel)]
        subprocess.run(install, check=True)
    tests = str(CRATE / "tests" / args.group)
    command = [str(python), "-m", "pytest", "-p", "no:cacheprovider", tests, *(a for a in more if a != "--")]
    return subprocess.run(command, cwd=CRATE, env=env).returncode


if __name__ == "__main__":
    sys.exit(main())
