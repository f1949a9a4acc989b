"""Runs the examples in docstrings, and tells where there is none."""

from __future__ import annotations

import doctest
import inspect
from types import ModuleType
from typing import Any


def run(examples: doctest.DocTest) -> int:
    """How many examples there were; all of them hold."""
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    assert runner.run(examples).failed == 0, examples.name
    return runner.tries


def run_module(module: ModuleType, **names: Any) -> None:
    """Runs the examples of a module, which may use `names`; each public function and class has one, each method says what it does."""
    examples = doctest.DocTestFinder().find(module, extraglobs=names)
    assert sum(run(test) for test in examples) > 0
    for name, thing in vars(module).items():
        if name.startswith("_") or getattr(thing, "__module__", None) != module.__name__ or not callable(thing):
            continue
        assert ">>>" in (inspect.getdoc(thing) or ""), f"{module.__name__}.{name} has no example"
        for method, function in vars(thing).items() if inspect.isclass(thing) else ():
            if inspect.isfunction(function) and not method.startswith("_"):
                assert inspect.getdoc(function), f"{module.__name__}.{name}.{method} has no docstring"
