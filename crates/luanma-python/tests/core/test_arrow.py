from __future__ import annotations

from typing import Any

import duckdb
import nanoarrow as na
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from samples import BAD, CLEAN, DAMAGED, GOOD, LOSSY

import luanma

TYPES = [pa.string(), pa.large_string(), pa.string_view()]
COLUMN = [CLEAN[0], BAD, None, "", CLEAN[1]]
REPAIRED = [CLEAN[0], GOOD, None, "", CLEAN[1]]


def addresses(array: Any) -> list[int | None]:
    return [buffer.address if buffer is not None else None for buffer in array.buffers()]


@pytest.mark.parametrize("type_", TYPES, ids=str)
@pytest.mark.parametrize("threads", [1, 3, None])
def test_strings_of_each_layout(type_: pa.DataType, threads: int | None) -> None:
    array = pa.array(COLUMN, type_)
    out = luanma.repair_array(array, threads=threads)
    assert out.type == type_
    out.validate(full=True)
    assert out.to_pylist() == REPAIRED
    assert luanma.suspect_array(array).to_pylist() == [False, True, None, False, False]


@pytest.mark.parametrize("type_", TYPES, ids=str)
def test_slices(type_: pa.DataType) -> None:
    array = pa.array(["x", *COLUMN, BAD, "y"], type_).slice(1, len(COLUMN))
    assert luanma.repair_array(array).to_pylist() == REPAIRED


@pytest.mark.parametrize("type_", TYPES, ids=str)
def test_a_clean_column_is_the_same_object(type_: pa.DataType) -> None:
    array = pa.array([*CLEAN, None], type_)
    assert luanma.repair_array(array) is array
    chunked = pa.chunked_array([array, array])
    assert luanma.repair_array(chunked) is chunked
    empty = pa.array([], type_)
    assert luanma.repair_array(empty) is empty


@pytest.mark.parametrize("type_", TYPES, ids=str)
def test_a_clean_chunk_is_not_copied(type_: pa.DataType) -> None:
    chunked = pa.chunked_array([pa.array([*CLEAN, None], type_), pa.array(COLUMN, type_)])
    out = luanma.repair_array(chunked)
    assert out.type == type_
    assert out.num_chunks == 2
    assert out.to_pylist() == [*CLEAN, None, *REPAIRED]
    # The buffers with offsets, views and texts; that of nulls may be made anew.
    assert addresses(out.chunk(0))[1:] == addresses(chunked.chunk(0))[1:]


def test_views_keep_the_texts_that_did_not_change() -> None:
    array = pa.array([CLEAN[1] * 3, BAD], pa.string_view())
    out = luanma.repair_array(array)
    assert out.to_pylist() == [CLEAN[1] * 3, GOOD]
    assert addresses(out)[2] == addresses(array)[2]


@pytest.mark.parametrize("values", TYPES[:2], ids=str)
def test_dictionaries_are_repaired_by_their_values(values: pa.DataType) -> None:
    array = pa.DictionaryArray.from_arrays(pa.array([0, 1, None, 1, 0], pa.int8()), pa.array([CLEAN[0][:2], BAD], values))
    out = luanma.repair_array(array)
    assert out.type == array.type
    assert out.dictionary.to_pylist() == [CLEAN[0][:2], GOOD]
    assert out.to_pylist() == [CLEAN[0][:2], GOOD, None, GOOD, CLEAN[0][:2]]
    assert luanma.report_array(array)[1]["text"].as_py() == GOOD
    clean = pa.array(CLEAN).dictionary_encode()
    assert luanma.repair_array(clean) is clean


def test_a_value_of_a_dictionary_stands_there_once() -> None:
    out = luanma.repair_array(pa.array([BAD, GOOD, None, BAD]).dictionary_encode())
    assert out.dictionary.to_pylist() == [GOOD]
    assert out.to_pylist() == [GOOD, GOOD, None, GOOD]


def test_a_table_of_one_column_is_that_column() -> None:
    table = pa.table({"t": COLUMN})
    assert luanma.repair_array(table).to_pylist() == REPAIRED
    assert luanma.repair_array(pa.table({"t": CLEAN})).to_pylist() == CLEAN
    with pytest.raises(TypeError, match="one column of strings"):
        luanma.repair_array(pa.table({"t": COLUMN, "u": COLUMN}))


@pytest.mark.parametrize("column", [pa.array([1, 2]), pa.array([b"x"]), pa.array([["x"]])], ids=lambda c: str(c.type))
def test_other_columns_are_type_errors(column: Any) -> None:
    for function in (luanma.repair_array, luanma.report_array, luanma.suspect_array):
        with pytest.raises(TypeError, match="not text"):
            function(column)


def test_what_is_no_arrow_is_a_type_error() -> None:
    for function in (luanma.repair_array, luanma.report_array, luanma.suspect_array):
        with pytest.raises(TypeError, match="PyCapsule interface, and list has none; for a list of texts there is repair_list"):
            function([BAD])
    with pytest.raises(ValueError, match="threads must be 1 or more"):
        luanma.repair_array(pa.array(COLUMN), threads=0)


def test_nothing_but_nulls() -> None:
    array = pa.nulls(3)
    assert luanma.repair_array(array) is array
    assert luanma.report_array(array).to_pylist() == [None] * 3


def test_reports_say_the_same_as_those_of_single_texts() -> None:
    texts = [*CLEAN, *DAMAGED, LOSSY, None, "🙂" + BAD]
    for array in (pa.array(texts), pa.array(texts, pa.string_view()), pa.chunked_array([texts[:3], texts[3:]])):
        out = luanma.report_array(array)
        assert len(out) == len(texts)
        for text, row in zip(texts, out.to_pylist(), strict=True):
            if text is None:
                assert row is None
                continue
            expected = luanma.report(text).as_dict()
            for repair in expected["repairs"]:
                for mark in (*repair["gaps"], *repair["restored"]):
                    pairs = mark["alternatives"]
                    mark["alternatives"] = [{"character": c, "probability": p} for c, p in pairs]
                repair["gaps"], repair["restored"] = list(repair["gaps"]), list(repair["restored"])
            assert row == expected


def test_polars_series() -> None:
    series = pl.Series("t", COLUMN)
    out = luanma.repair_array(series)
    assert isinstance(out, pl.Series)
    assert (out.name, out.dtype, out.to_list()) == ("t", pl.String, REPAIRED)
    categories = luanma.repair_array(pl.Series("t", COLUMN, dtype=pl.Categorical))
    assert (categories.dtype, categories.to_list()) == (pl.Categorical, REPAIRED)
    clean = pl.Series("t", CLEAN)
    assert luanma.repair_array(clean) is clean


def test_pandas_series() -> None:
    assert luanma.repair_array(pd.Series(COLUMN, dtype=object)).tolist() == REPAIRED
    for dtype in ("str", pd.ArrowDtype(pa.string()), "category"):
        series = pd.Series(COLUMN, dtype=dtype, name="t", index=list("abcde"))
        if dtype == "category":
            out = luanma.repair_array(pa.chunked_array([pa.array(series)]))
            assert out.to_pylist() == REPAIRED
            continue
        out = luanma.repair_array(series)
        assert isinstance(out, pd.Series)
        assert (out.name, out.dtype, list(out.index)) == ("t", series.dtype, list("abcde"))
        assert [None if pd.isna(x) else x for x in out] == REPAIRED


def test_nanoarrow() -> None:
    out = luanma.repair_array(na.Array(COLUMN, na.string()))
    assert isinstance(out, na.Array)
    assert out.to_pylist() == REPAIRED


def test_duckdb_results() -> None:
    relation = duckdb.connect().sql(f"SELECT unnest(['{BAD}', NULL, '晴']) AS t")
    out = luanma.repair_array(relation)
    assert pa.chunked_array(out).to_pylist() == [GOOD, None, "晴"]
    assert len(out) == 3


class Foreign:
    """An array of a library that luanma has never heard of."""

    def __init__(self, array: pa.Array) -> None:
        self.array = array

    def __arrow_c_array__(self, requested_schema: object = None) -> Any:
        return self.array.__arrow_c_array__(requested_schema)


def test_anything_with_the_interface() -> None:
    out = luanma.repair_array(Foreign(pa.array(COLUMN)))
    assert pa.array(out).to_pylist() == REPAIRED
    clean = Foreign(pa.array(CLEAN))
    assert luanma.repair_array(clean) is clean


def test_many_rows_on_many_threads() -> None:
    rows = [f"{text} {i}" for i in range(20_000) for text in CLEAN[:2]]
    places = (0, 17_000, 39_999)
    for place in places:
        rows[place] = BAD
    gold = list(rows)
    for place in places:
        gold[place] = GOOD
    for threads in (1, 2, 7):
        assert luanma.repair_array(pa.array(rows), threads=threads).to_pylist() == gold
        assert luanma.Repairer().repair_list(rows, threads=threads) == gold
