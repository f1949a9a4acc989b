"""Columns of text: anything that exports Arrow data by the PyCapsule interface."""

from __future__ import annotations

import sys
from typing import Any, TypeVar

from luanma._luanma import Repairer

_Column = TypeVar("_Column")

STANDARD = Repairer()


class ArrowArray:
    """An array of no library in particular: whatever takes Arrow's PyCapsule interface takes it.

    >>> import pyarrow as pa
    >>> pa.array(ArrowArray(pa.array(["晴"]))).to_pylist()
    ['晴']
    """

    __slots__ = ("_inner",)

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __len__(self) -> int:
        return len(self._inner)

    def __arrow_c_schema__(self) -> object:
        return self._inner.__arrow_c_schema__()

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]:
        capsules: tuple[object, object] = self._inner.__arrow_c_array__(requested_schema)
        return capsules


class ArrowStream:
    """A chunked array of no library in particular.

    >>> import pyarrow as pa
    >>> pa.chunked_array(ArrowStream(pa.chunked_array([["晴"], ["雨"]]))).to_pylist()
    ['晴', '雨']
    """

    __slots__ = ("_inner",)

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __len__(self) -> int:
        return len(self._inner)

    def __arrow_c_schema__(self) -> object:
        return self._inner.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._inner.__arrow_c_stream__(requested_schema)


def repair_array(array: _Column, *, repairer: Repairer | None = None, threads: int | None = None) -> _Column:
    """The repaired column: strings of any layout, dictionaries, chunked or not. Nulls stay.

    The very same object comes back where nothing changed. Else it is one of the same library (pyarrow, Polars, pandas,
    nanoarrow; for any other, an object with Arrow's PyCapsule interface), in which clean chunks are the memory that came
    in. Of a dictionary the values are repaired, each once. A table of a single column counts as that column.

    Chunks and rows are shared among `threads`; all that the machine has, where nothing is said.

    >>> import luanma, pyarrow as pa
    >>> luanma.repair_array(pa.array(["浠婂勾鐨勬熆瀛愮啛寰楁棭", None, "晴"])).to_pylist()
    ['今年的柿子熟得早', None, '晴']
    """
    changed, out = (repairer or STANDARD)._repair_array(array, threads=threads)
    return _like(array, out) if changed else array


def report_array(array: Any, *, repairer: Repairer | None = None, threads: int | None = None) -> Any:
    """For each text a struct of ``text``, ``verdict``, ``confidence`` and ``repairs``; null where it is null.

    The fields of a repair are those of `luanma.Repair`; offsets count code points.

    >>> import luanma, pyarrow as pa
    >>> luanma.report_array(pa.array(["文件名：Çå³¿µÄ¶É¿Ú.mp3"]))[0]["repairs"][0]["end"].as_py()
    14
    """
    return _like(array, (repairer or STANDARD)._report_array(array, threads=threads))


def suspect_array(array: Any, *, repairer: Repairer | None = None, threads: int | None = None) -> Any:
    """For each text whether the scan finds anything worth a closer look; null where it is null.

    >>> import luanma, pyarrow as pa
    >>> luanma.suspect_array(pa.array(["晴", "Çå³¿µÄ¶É¿Ú", None])).to_pylist()
    [False, True, None]
    """
    return _like(array, (repairer or STANDARD)._suspect_array(array, threads=threads))


def _like(given: Any, out: Any) -> Any:
    """`out`, an Arrow object, as one of the library that `given` is of."""
    library = type(given).__module__.partition(".")[0]
    if library == "pyarrow":
        pa = sys.modules["pyarrow"]
        return pa.chunked_array(out) if hasattr(out, "__arrow_c_stream__") else pa.array(out)
    if library == "polars":
        pl = sys.modules["polars"]
        return pl.Series(getattr(given, "name", None), out)
    if library == "pandas":
        import pyarrow

        pd = sys.modules["pandas"]
        values = pyarrow.chunked_array(out)
        series = isinstance(given, pd.Series)
        # A column that stays text keeps its type; a report has one of its own.
        text = pyarrow.types.is_string(values.type) or pyarrow.types.is_large_string(values.type)
        dtype = given.dtype if series and text else pd.ArrowDtype(values.type)
        more = {"index": given.index, "name": given.name} if series else {}
        if dtype == object:
            return pd.Series(values.to_pylist(), dtype=dtype, **more)
        return pd.Series(pd.array(values, dtype=pd.ArrowDtype(values.type)), **more).astype(dtype)
    if library == "nanoarrow":
        return sys.modules["nanoarrow"].Array(out)
    return ArrowStream(out) if hasattr(out, "__arrow_c_stream__") else ArrowArray(out)
