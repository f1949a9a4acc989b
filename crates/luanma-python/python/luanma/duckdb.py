"""For DuckDB: functions for SQL.

>>> import duckdb, luanma.duckdb
>>> con = duckdb.connect()
>>> luanma.duckdb.register(con)
>>> con.sql("SELECT luanma_repair('浠婂勾鐨勬熆瀛愮啛寰楁棭')").fetchall()
[('今年的柿子熟得早',)]

A result (``con.sql(…)``) of one column can also go straight to `luanma.repair_array`.
"""

from __future__ import annotations

from typing import Any

from luanma._columns import repair_array, suspect_array
from luanma._luanma import Repairer


def register(con: Any, *, prefix: str = "luanma_", threads: int = 1, **settings: Any) -> None:
    """Makes ``luanma_repair(VARCHAR)`` and ``luanma_is_suspect(VARCHAR)`` known to a connection.

    Needs pyarrow, by which DuckDB hands over columns. It calls the functions from one thread at a time: `threads` is what
    such a call may use. `settings` are those of `luanma.Repairer`.

    >>> import duckdb
    >>> con = duckdb.connect()
    >>> register(con, prefix="careful_", min_confidence=0.99)
    >>> con.sql("SELECT careful_repair('浠婂勾鐨勬熆瀛愮啛寰楁棭'), careful_is_suspect('晴')").fetchall()
    [('今年的柿子熟得早', False)]
    """
    repairer = Repairer(**settings)

    def repair(column: Any) -> Any:
        return repair_array(column, repairer=repairer, threads=threads)

    def is_suspect(column: Any) -> Any:
        return suspect_array(column, repairer=repairer, threads=threads)

    for name, function, returns in (("repair", repair, "VARCHAR"), ("is_suspect", is_suspect, "BOOLEAN")):
        con.create_function(prefix + name, function, ["VARCHAR"], returns, type="arrow")
