"""For pandas: an accessor on series. Import it once, and it is there.

>>> import pandas as pd, luanma.pandas
>>> pd.Series(["浠婂勾鐨勬熆瀛愮啛寰楁棭", None, "晴"], index=[3, 5, 7]).luanma.repair().tolist()[0]
'今年的柿子熟得早'

Index, name and type stay. In a column of objects, what is no ``str`` stays as it is.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from luanma._columns import repair_array
from luanma._luanma import Repairer


@pd.api.extensions.register_series_accessor("luanma")
class SeriesAccessor:
    """``series.luanma``; keyword arguments are those of `luanma.Repairer`.

    >>> import pandas as pd, luanma.pandas
    >>> series = pd.Series(["浠婂勾鐨勬熆瀛愮啛寰楁棭", "晴"])
    >>> series.luanma.repair().tolist(), series.luanma.is_suspect().tolist()
    (['今年的柿子熟得早', '晴'], [True, False])
    >>> series.luanma.report()["verdict"].tolist()
    ['repaired', 'clean']
    """

    def __init__(self, series: pd.Series) -> None:
        self._series = series

    def repair(self, *, threads: int | None = None, **settings: Any) -> pd.Series:
        """The repaired series; the same object where nothing changed."""
        return repair(self._series, Repairer(**settings), threads=threads)

    def report(self, **settings: Any) -> pd.DataFrame:
        """A frame of ``text``, ``verdict``, ``confidence`` and ``repairs``, with the index of the series."""
        repairer = Repairer(**settings)
        reports = [repairer.report(text) if isinstance(text, str) else None for text in self._series]
        names = ("text", "verdict", "confidence", "repairs")
        columns = {name: [getattr(report, name, None) for report in reports] for name in names}
        return pd.DataFrame(columns, index=self._series.index)

    def is_suspect(self, **settings: Any) -> pd.Series:
        """Whether the scan finds anything worth a closer look; false for what is no text."""
        repairer = Repairer(**settings)
        found = [isinstance(text, str) and repairer.is_suspect(text) for text in self._series]
        return pd.Series(found, index=self._series.index, name=self._series.name, dtype=bool)


def repair(series: pd.Series, repairer: Repairer, *, threads: int | None = None) -> pd.Series:
    """The repaired series; the same object where nothing changed.

    >>> import luanma, pandas as pd
    >>> repair(pd.Series(["浠婂勾鐨勬熆瀛愮啛寰楁棭"]), luanma.Repairer()).tolist()
    ['今年的柿子熟得早']
    """
    if isinstance(series.dtype, pd.ArrowDtype):
        # A column of Arrow's stays one, without a Python object for each text.
        return repair_array(series, repairer=repairer, threads=threads)
    items = series.tolist()
    texts = [item if isinstance(item, str) else None for item in items]
    repaired = repairer.repair_list(texts, threads=threads)
    changed = [i for i, (old, new) in enumerate(zip(texts, repaired, strict=True)) if old is not new]
    if not changed:
        return series
    out = series.copy()
    for i in changed:
        items[i] = repaired[i]
    out.iloc[:] = pd.Series(items, index=series.index, dtype=series.dtype)
    return out
