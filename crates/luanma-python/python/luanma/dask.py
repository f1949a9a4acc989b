"""For Dask: a column, partition by partition.

>>> import dask.dataframe as dd, pandas as pd
>>> from luanma import dask as luanma_dask
>>> column = dd.from_pandas(pd.Series(["浠婂勾鐨勬熆瀛愮啛寰楁棭", "晴"]), npartitions=2)
>>> luanma_dask.repair(column).compute(scheduler="sync").tolist()
['今年的柿子熟得早', '晴']
"""

from __future__ import annotations

from typing import Any

from luanma._luanma import Repairer


def _partition(series: Any, repairer: Repairer) -> Any:
    from luanma.pandas import repair as repair_series

    return repair_series(series, repairer, threads=1)


def repair(column: Any, **settings: Any) -> Any:
    """The repaired column, lazily. `settings` are those of `luanma.Repairer`; each partition works on one thread.

    >>> import dask.dataframe as dd, pandas as pd
    >>> frame = dd.from_pandas(pd.DataFrame({"t": ["浠婂勾鐨勬熆瀛愮啛寰楁棭"]}), npartitions=1)
    >>> frame["t"] = repair(frame["t"], min_confidence=0.9)
    >>> frame.compute(scheduler="sync")["t"].tolist()
    ['今年的柿子熟得早']
    """
    return column.map_partitions(_partition, Repairer(**settings), meta=column._meta)
