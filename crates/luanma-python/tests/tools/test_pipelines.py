"""Hugging Face datasets, datatrove and Scrapy with the real thing; NeMo-Curator and data-juicer by their base classes.

nemo-curator brings torch, Ray and transformers, py-data-juicer some thirty packages with versions of its own: too heavy to be
installed for two subclasses of a dozen lines. What they promise about their base classes stands in for them below.
"""

from __future__ import annotations

import importlib
import json
import pickle
import sys
from abc import ABC, abstractmethod
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from examples import run_module
from samples import BAD, CLEAN, GOOD, LOSSY

import luanma


def rows(n: int) -> dict[str, list[Any]]:
    texts = [BAD if i % 50 == 7 else f"{CLEAN[0]} {i}" for i in range(n)]
    return {"text": texts, "n": list(range(n))}


def gold(n: int) -> list[str]:
    return [GOOD if i % 50 == 7 else f"{CLEAN[0]} {i}" for i in range(n)]


@pytest.mark.parametrize("options", [{}, {"batched": True}, {"batched": True, "num_proc": 2}], ids=str)
def test_datasets_map(options: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    import datasets

    # Used before the fork: a child must not wait for threads that it does not have.
    luanma.Repairer().repair_list([BAD, *CLEAN] * 4)
    data = datasets.Dataset.from_dict(rows(120))
    out = data.map(luanma.hf.repair("text"), **options)
    assert out["text"] == gold(120)
    assert out["n"] == list(range(120))


def test_datasets_arrow_tables_streams_and_fingerprints() -> None:
    import datasets
    from datasets.fingerprint import Hasher

    data = datasets.Dataset.from_dict(rows(60))
    out = data.with_format("arrow").map(luanma.hf.repair("text"), batched=True).with_format(None)
    assert out["text"] == gold(60)
    stream = data.to_iterable_dataset().map(luanma.hf.repair("text"), batched=True)
    assert [row["text"] for row in stream] == gold(60)
    assert Hasher.hash(luanma.hf.repair("text")) == Hasher.hash(luanma.hf.repair("text"))
    assert Hasher.hash(luanma.hf.repair("text")) != Hasher.hash(luanma.hf.repair("text", gaps="mark"))


def test_datatrove_pipeline(tmp_path: Path) -> None:
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.readers import JsonlReader
    from datatrove.pipeline.writers import JsonlWriter

    from luanma.datatrove import LuanmaFormatter

    (tmp_path / "in").mkdir()
    texts = [CLEAN[0], BAD, LOSSY, "锟斤拷锟斤拷锟斤拷"]
    lines = [json.dumps({"id": str(i), "text": text}) + "\n" for i, text in enumerate(texts)]
    (tmp_path / "in" / "a.jsonl").write_text("".join(lines), encoding="utf-8")
    pipeline = [
        JsonlReader(str(tmp_path / "in")),
        LuanmaFormatter(gap_char="□"),
        JsonlWriter(str(tmp_path / "out"), output_filename="${rank}.jsonl", compression=None),
    ]
    stats = LocalPipelineExecutor(pipeline=pipeline, logging_dir=str(tmp_path / "log")).run()
    out = [json.loads(line)["text"] for line in (tmp_path / "out" / "00000.jsonl").open(encoding="utf-8")]
    assert out == [luanma.Repairer(gap_char="□").repair(text) for text in texts]
    assert out[1] == GOOD
    counted = stats.stats[1].stats
    assert {name: counted[name].total for name in ("clean", "repaired", "lossy", "unrepaired")} == {
        "clean": 1,
        "repaired": 1,
        "lossy": 1,
        "unrepaired": 1,
    }
    assert counted["repairs"].total == 3
    assert counted["total"].total == 4
    assert pickle.loads(pickle.dumps(pipeline[1])).format(BAD) == GOOD


@pytest.mark.parametrize("name", ["datatrove", "scrapy"])
def test_examples(name: str) -> None:
    run_module(importlib.import_module(f"luanma.{name}"))


SPIDER = """
import scrapy

class Spider(scrapy.Spider):
    name = "s"
    custom_settings = {
        "ITEM_PIPELINES": {"luanma.scrapy.LuanmaPipeline": 300},
        "LUANMA_FIELDS": %(fields)s,
        "FEEDS": {%(feed)r: {"format": "jsonlines"}},
        "TELNETCONSOLE_ENABLED": False,
        "LOG_LEVEL": "WARNING",
    }

    async def start(self):
        yield {"title": %(bad)r, "tags": [%(bad)r, "x"], "n": 3}
        yield {"title": "x", "tags": [], "n": 4}

    def closed(self, reason):
        stats = self.crawler.stats
        print(stats.get_value("luanma/items"), stats.get_value("luanma/fields"))
"""


@pytest.mark.parametrize("fields", [None, ["title"]], ids=str)
def test_scrapy_crawl(fields: list[str] | None, tmp_path: Path) -> None:
    import subprocess

    feed = tmp_path / "items.jsonl"
    spider = tmp_path / "spider.py"
    spider.write_text(SPIDER % {"fields": fields, "feed": str(feed), "bad": BAD}, encoding="utf-8")
    crawl = [sys.executable, "-m", "scrapy", "runspider", str(spider)]
    ran = subprocess.run(crawl, capture_output=True, text=True, cwd=tmp_path, timeout=120)
    assert ran.returncode == 0, ran.stderr
    assert "eprecat" not in ran.stderr, ran.stderr
    items = [json.loads(line) for line in feed.read_text(encoding="utf-8").splitlines()]
    assert items[0] == {"title": GOOD, "tags": [BAD if fields else GOOD, "x"], "n": 3}
    assert items[1] == {"title": "x", "tags": [], "n": 4}
    assert ran.stdout.split() == (["1", "1"] if fields else ["1", "2"])


class DocumentModifier(ABC):
    """What NeMo-Curator 1.4 says of its base class: a name after the class, and one method that must be there."""

    def __init__(self) -> None:
        super().__init__()
        self._name = self.__class__.__name__

    @abstractmethod
    def modify_document(self, *args: object, **kwargs: object) -> object:
        raise NotImplementedError


def module(monkeypatch: pytest.MonkeyPatch, name: str, **content: object) -> None:
    """Puts a module, and the packages that it is in, where `import` finds them."""
    whole = ""
    for part in name.split("."):
        whole = f"{whole}.{part}" if whole else part
        monkeypatch.setitem(sys.modules, whole, ModuleType(whole))
    for key, value in content.items():
        setattr(sys.modules[name], key, value)


def test_nemo_curator_modifier(monkeypatch: pytest.MonkeyPatch) -> None:
    module(monkeypatch, "nemo_curator.stages.text.modifiers", DocumentModifier=DocumentModifier)
    from luanma.nemo_curator import MojibakeModifier

    modifier = MojibakeModifier(gap_char="□")
    assert isinstance(modifier, DocumentModifier)
    assert modifier._name == "MojibakeModifier"
    assert modifier.modify_document(BAD) == GOOD
    assert modifier.modify_document("“全角，标点”") == "“全角，标点”"
    assert pickle.loads(pickle.dumps(modifier)).modify_document(BAD) == GOOD
    run_module(sys.modules["luanma.nemo_curator"])


class Mapper:
    """What data-juicer 1.6 says of its mappers: `process` must not be overridden, batches are dicts of lists."""

    _batched_op = False

    def __init_subclass__(cls, **kwargs: object) -> None:
        assert "process" not in cls.__dict__

    def __init__(self, *args: object, text_key: str = "text", **kwargs: object) -> None:
        assert not args and not kwargs, "settings of luanma's are not handed on"
        self.text_key = text_key

    def process(self, samples: Any) -> Any:
        assert self._batched_op
        return self.process_batched(samples)  # type: ignore[attr-defined]


class Registry:
    """data-juicer's register of operators."""

    def __init__(self) -> None:
        self.modules: dict[str, type] = {}

    def register_module(self, name: str) -> Any:
        return lambda cls: self.modules.setdefault(name, cls)


def test_data_juicer_mapper(monkeypatch: pytest.MonkeyPatch) -> None:
    operators = Registry()
    module(monkeypatch, "data_juicer.ops.base_op", OPERATORS=operators, Mapper=Mapper)
    from luanma.data_juicer import LuanmaRepairMapper

    assert operators.modules == {"luanma_repair_mapper": LuanmaRepairMapper}
    mapper = LuanmaRepairMapper(text_key="t", gap_char="□")
    assert mapper.process({"t": [CLEAN[0], BAD], "n": [1, 2]}) == {"t": [CLEAN[0], GOOD], "n": [1, 2]}
    run_module(sys.modules["luanma.data_juicer"])
