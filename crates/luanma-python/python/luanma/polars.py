"""For Polars: a namespace on expressions and series. Import it once, and it is there.

>>> import polars as pl, luanma.polars
>>> pl.DataFrame({"t": ["浠婂勾鐨勬熆瀛愮啛寰楁棭", None]}).select(pl.col("t").luanma.repair())["t"].to_list()
['今年的柿子熟得早', None]

Works row by row, so it runs in lazy queries and in the streaming engine, which calls it from several threads: `threads` is
what one such call may use. Keyword arguments are those of `luanma.Repairer`.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import polars as pl

from luanma import _columns
from luanma._luanma import Repairer

_ALTERNATIVES = pl.List(pl.Struct({"character": pl.String, "probability": pl.Float64}))
_GAP = {"at": pl.Int64, "loss": pl.String, "alternatives": _ALTERNATIVES}
_RESTORED = {
    "at": pl.Int64,
    "loss": pl.String,
    "character": pl.String,
    "probability": pl.Float64,
    "alternatives": _ALTERNATIVES,
}
_REPAIR = {
    "start": pl.Int64,
    "end": pl.Int64,
    "text": pl.String,
    "chain": pl.String,
    "treatment": pl.String,
    "verdict": pl.String,
    "confidence": pl.Float64,
    "gain": pl.Float64,
    "gaps": pl.List(pl.Struct(_GAP)),
    "restored": pl.List(pl.Struct(_RESTORED)),
}
REPORT = pl.Struct(
    {
        "text": pl.String,
        "verdict": pl.String,
        "confidence": pl.Float64,
        "repairs": pl.List(pl.Struct(_REPAIR)),
    }
)
"""The type of ``report()``."""


@pl.api.register_expr_namespace("luanma")
class ExprNamespace:
    """``pl.col("t").luanma``.

    >>> import polars as pl, luanma.polars
    >>> t = pl.col("t").luanma
    >>> query = pl.LazyFrame({"t": ["浠婂勾鐨勬熆瀛愮啛寰楁棭", "晴"]}).select(
    ...     t.repair(), found=t.is_suspect(), verdict=t.report().struct.field("verdict")
    ... )
    >>> query.collect(engine="streaming").rows()
    [('今年的柿子熟得早', True, 'repaired'), ('晴', False, 'clean')]
    """

    def __init__(self, expr: pl.Expr) -> None:
        self._expr = expr

    def repair(self, *, threads: int = 1, **settings: Any) -> pl.Expr:
        """The repaired text; of the same type."""
        work = partial(_columns.repair_array, repairer=Repairer(**settings), threads=threads)
        return self._expr.map_batches(work, return_dtype=pl.self_dtype(), is_elementwise=True)

    def report(self, *, threads: int = 1, **settings: Any) -> pl.Expr:
        """The report of each text, of type `REPORT`."""
        work = partial(_columns.report_array, repairer=Repairer(**settings), threads=threads)
        return self._expr.map_batches(work, return_dtype=REPORT, is_elementwise=True)

    def is_suspect(self, *, threads: int = 1, **settings: Any) -> pl.Expr:
        """Whether the scan finds anything worth a closer look."""
        work = partial(_columns.suspect_array, repairer=Repairer(**settings), threads=threads)
        return self._expr.map_batches(work, return_dtype=pl.Boolean, is_elementwise=True)


@pl.api.register_series_namespace("luanma")
class SeriesNamespace:
    """``series.luanma``; works on all threads unless told.

    >>> import polars as pl, luanma.polars
    >>> series = pl.Series(["浠婂勾鐨勬熆瀛愮啛寰楁棭", "晴"])
    >>> series.luanma.repair().to_list(), series.luanma.is_suspect().to_list()
    (['今年的柿子熟得早', '晴'], [True, False])
    >>> series.luanma.report().struct.field("verdict").to_list()
    ['repaired', 'clean']
    """

    def __init__(self, series: pl.Series) -> None:
        self._series = series

    def repair(self, *, threads: int | None = None, **settings: Any) -> pl.Series:
        """The repaired series; the same memory where nothing changed."""
        return _columns.repair_array(self._series, repairer=Repairer(**settings), threads=threads)

    def report(self, *, threads: int | None = None, **settings: Any) -> pl.Series:
        """The reports, of type `REPORT`."""
        out: pl.Series = _columns.report_array(self._series, repairer=Repairer(**settings), threads=threads)
        return out

    def is_suspect(self, *, threads: int | None = None, **settings: Any) -> pl.Series:
        """Whether the scan finds anything worth a closer look."""
        out: pl.Series = _columns.suspect_array(self._series, repairer=Repairer(**settings), threads=threads)
        return out
