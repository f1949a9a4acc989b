"""For Hugging Face ``datasets``.

>>> import luanma
>>> fix = luanma.hf.repair("text")
>>> fix({"text": ["浠婂勾鐨勬熆瀛愮啛寰楁棭", "晴"]})
{'text': ['今年的柿子熟得早', '晴']}

``ds.map(luanma.hf.repair("text"), batched=True)``; without ``batched`` it works as well, and slower. It can be pickled and
always gives the same fingerprint, so ``datasets`` caches its result and runs it in many processes (``num_proc=``).
"""

from __future__ import annotations

from typing import Any

from luanma._luanma import Repairer

__all__ = ["repair"]


class repair:
    """A function for ``Dataset.map`` that repairs `columns`.

    `threads` is for one process: leave it at 1 with ``num_proc=``. `settings` are those of `luanma.Repairer`.

    >>> repair("text", gap_char="□")({"text": "Çå³¿µÄ¶É¿Ú", "n": 1})
    {'text': '清晨的渡口'}
    """

    def __init__(self, *columns: str, threads: int = 1, **settings: Any) -> None:
        if not columns:
            raise TypeError("luanma.hf.repair needs the name of a column")
        self.columns = columns
        self.threads = threads
        self.repairer = Repairer(**settings)

    def __call__(self, examples: Any) -> Any:
        """The repaired columns of one example, of a batch, or of a table (``with_format("arrow")``)."""
        if hasattr(examples, "column_names"):
            return self._table(examples)
        return {column: self._value(examples[column]) for column in self.columns}

    def _table(self, table: Any) -> Any:
        from luanma._columns import repair_array

        for column in self.columns:
            new = repair_array(table[column], repairer=self.repairer, threads=self.threads)
            table = table.set_column(table.column_names.index(column), column, new)
        return table

    def _value(self, value: Any) -> Any:
        if value is None:
            return None
        if isinstance(value, str):
            return self.repairer.repair(value)
        if any(isinstance(item, list) for item in value):
            # A column of lists of texts.
            return [self._value(item) for item in value]
        return self.repairer.repair_list(value, threads=self.threads)
