"""For PySpark: a column function, a function for ``mapInArrow``, and one for SQL.

::

    from luanma import spark as luanma_spark

    df.withColumn("text", luanma_spark.repair("text"))
    df.mapInArrow(luanma_spark.repair_batches("text"), df.schema)
    luanma_spark.register(session)              # SELECT luanma_repair(text) FROM …

The package must be installed where the executors run. Each task works on one thread, as Spark counts its cores.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from luanma._luanma import Repairer


def _udf(repairer: Repairer) -> Any:
    import pandas as pd
    from pyspark.sql.functions import pandas_udf

    from luanma.pandas import repair as repair_series

    # Spark reads the types of the arguments from the function itself.
    def luanma_repair(texts: pd.Series) -> pd.Series:
        return repair_series(texts, repairer, threads=1)

    luanma_repair.__annotations__ = {"texts": pd.Series, "return": pd.Series}
    return pandas_udf(luanma_repair, "string")


def repair(column: Any, **settings: Any) -> Any:
    """The repaired column, by a pandas UDF. `column` is a name or a column; `settings` are those of `luanma.Repairer`.

    >>> frame = session.createDataFrame([("浠婂勾鐨勬熆瀛愮啛寰楁棭",)], "t STRING")
    >>> frame.select(repair("t").alias("t")).collect()
    [Row(t='今年的柿子熟得早')]
    """
    return _udf(Repairer(**settings))(column)


def repair_batches(*columns: str, **settings: Any) -> Callable[[Iterator[Any]], Iterator[Any]]:
    """A function for ``DataFrame.mapInArrow``: record batches with `columns` repaired and the others as they are.

    The cheapest way: no Python object is made for a text, and a clean batch is handed on as it came.

    >>> frame = session.createDataFrame([(1, "浠婂勾鐨勬熆瀛愮啛寰楁棭")], "n INT, t STRING")
    >>> frame.mapInArrow(repair_batches("t"), frame.schema).collect()
    [Row(n=1, t='今年的柿子熟得早')]
    """
    if not columns:
        raise TypeError("repair_batches needs the name of a column")
    repairer = Repairer(**settings)

    def repaired(batches: Iterator[Any]) -> Iterator[Any]:
        from luanma._columns import repair_array

        for batch in batches:
            for column in columns:
                at = batch.schema.get_field_index(column)
                if at < 0:
                    raise KeyError(f"there is no column {column!r}; there are {batch.schema.names}")
                old = batch.column(at)
                new = repair_array(old, repairer=repairer, threads=1)
                if new is not old:
                    batch = batch.set_column(at, batch.schema.field(at), new)
            yield batch

    return repaired


def register(session: Any, name: str = "luanma_repair", **settings: Any) -> None:
    """Makes ``luanma_repair(text)`` known to a session's SQL.

    >>> register(session, "mend", min_confidence=0.9)
    >>> session.sql("SELECT mend('浠婂勾鐨勬熆瀛愮啛寰楁棭') AS t").collect()
    [Row(t='今年的柿子熟得早')]
    """
    session.udf.register(name, _udf(Repairer(**settings)))
