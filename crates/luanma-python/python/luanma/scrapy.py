"""For Scrapy: an item pipeline.

In ``settings.py``::

    ITEM_PIPELINES = {"luanma.scrapy.LuanmaPipeline": 300}
    LUANMA_FIELDS = ["title", "body"]           # all fields that hold texts, unless told
    LUANMA_SETTINGS = {"min_confidence": 0.9}   # those of luanma.Repairer

Items of every kind that ``itemadapter`` knows. Lists of texts are repaired text by text. The crawler's stats count
``luanma/items`` (items with a changed field) and ``luanma/fields``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from itemadapter import ItemAdapter

from luanma._luanma import Repairer


class LuanmaPipeline:
    """Repairs the fields of items.

    >>> LuanmaPipeline(["title"]).process_item({"title": "浠婂勾鐨勬熆瀛愮啛寰楁棭", "n": 3})
    {'title': '今年的柿子熟得早', 'n': 3}
    """

    def __init__(self, fields: Iterable[str] | None = None, stats: Any = None, **settings: Any) -> None:
        self.fields = None if fields is None else tuple(fields)
        self.stats = stats
        self.repairer = Repairer(**settings)

    @classmethod
    def from_crawler(cls, crawler: Any) -> LuanmaPipeline:
        """As Scrapy makes it, from the crawler's settings."""
        fields = crawler.settings.getlist("LUANMA_FIELDS") or None
        return cls(fields, crawler.stats, **crawler.settings.getdict("LUANMA_SETTINGS"))

    def process_item(self, item: Any, spider: Any = None) -> Any:
        """The same item, its fields repaired."""
        adapter = ItemAdapter(item)
        changed = 0
        for field in adapter.keys() if self.fields is None else self.fields:
            old = adapter.get(field)
            new = self._repaired(old)
            if new is not old:
                adapter[field] = new
                changed += 1
        if self.stats is not None and changed:
            self.stats.inc_value("luanma/items")
            self.stats.inc_value("luanma/fields", count=changed)
        return item

    def _repaired(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.repairer.repair(value)
        if isinstance(value, list):
            new = [self._repaired(item) for item in value]
            return new if any(a is not b for a, b in zip(value, new, strict=True)) else value
        return value
