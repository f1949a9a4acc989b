"""Polars, pandas, DuckDB, scikit-learn and Hugging Face's function, each with the real thing."""

from __future__ import annotations

import pickle

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from samples import BAD, CLEAN, GOOD
from sklearn.base import clone
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.pipeline import make_pipeline

import luanma
import luanma.duckdb
import luanma.pandas
import luanma.polars
from luanma.sklearn import MojibakeRepairer

COLUMN = [CLEAN[0], BAD, None, CLEAN[1]]
REPAIRED = [CLEAN[0], GOOD, None, CLEAN[1]]


@pytest.mark.parametrize("engine", ["in-memory", "streaming"])
def test_polars_lazy_and_streaming(engine: str) -> None:
    frame = pl.LazyFrame({"t": COLUMN * 50, "n": range(200)})
    query = frame.filter(pl.col("n") < 100).with_columns(
        r=pl.col("t").luanma.repair(), s=pl.col("t").luanma.is_suspect(), p=pl.col("t").luanma.report()
    )
    out = query.collect(engine=engine)  # type: ignore[call-overload]
    assert query.collect_schema() == out.schema
    assert out.schema["p"] == luanma.polars.REPORT
    assert out["r"].to_list() == REPAIRED * 25
    assert out["s"].to_list() == [False, True, None, False] * 25
    assert out["p"].struct.field("verdict").to_list() == ["clean", "repaired", None, "clean"] * 25


def test_polars_groups_types_and_settings() -> None:
    frame = pl.DataFrame({"t": COLUMN, "g": [1, 1, 2, 2]})
    grouped = frame.group_by("g", maintain_order=True).agg(pl.col("t").luanma.repair())
    assert grouped["t"].to_list() == [[CLEAN[0], GOOD], [None, CLEAN[1]]]
    categories = frame.select(pl.col("t").cast(pl.Categorical).luanma.repair())
    assert categories["t"].dtype == pl.Categorical
    assert categories["t"].to_list() == REPAIRED
    kept = frame.select(pl.col("t").luanma.repair(only="gbk>latin-1"))
    assert kept["t"].to_list() == COLUMN
    with pytest.raises(ValueError):
        pl.col("t").luanma.repair(only="nonsense")


def test_polars_series() -> None:
    series = pl.Series("t", COLUMN)
    assert series.luanma.repair().to_list() == REPAIRED
    assert series.luanma.is_suspect().to_list() == [False, True, None, False]
    assert series.luanma.report().dtype == luanma.polars.REPORT
    clean = pl.Series(CLEAN)
    assert clean.luanma.repair() is clean


@pytest.mark.parametrize("dtype", ["str", object, "string", pd.ArrowDtype(pa.string())], ids=str)
def test_pandas_accessor(dtype: object) -> None:
    series = pd.Series(COLUMN, dtype=dtype, name="t", index=list("wxyz"))
    out = series.luanma.repair()
    assert out.dtype == series.dtype
    assert (out.name, list(out.index)) == ("t", list("wxyz"))
    assert [None if pd.isna(x) else x for x in out] == REPAIRED
    assert series["x"] == BAD, "the series itself stays"
    assert series.luanma.is_suspect().tolist() == [False, True, False, False]
    report = series.luanma.report()
    assert list(report.index) == list("wxyz")
    assert report["verdict"].tolist()[:2] == ["clean", "repaired"]
    assert report["repairs"]["x"][0].chain == "utf-8>gbk"


def test_pandas_leaves_what_is_no_text() -> None:
    series = pd.Series([BAD, 3, None, 2.5, ["list"]], dtype=object)
    assert series.luanma.repair().tolist() == [GOOD, 3, None, 2.5, ["list"]]
    clean = pd.Series(CLEAN)
    assert clean.luanma.repair() is clean


def test_pandas_twice_the_same_index() -> None:
    series = pd.Series([BAD, "晴", BAD], index=[1, 1, 1])
    assert series.luanma.repair().tolist() == [GOOD, "晴", GOOD]


def test_duckdb_functions() -> None:
    con = duckdb.connect()
    luanma.duckdb.register(con)
    luanma.duckdb.register(con, prefix="careful_", only="gbk>latin-1")
    con.execute("CREATE TABLE t AS SELECT unnest(?) AS x", [COLUMN])
    rows = con.sql("SELECT luanma_repair(x), luanma_is_suspect(x), careful_repair(x) FROM t").fetchall()
    assert rows == list(zip(REPAIRED, [False, True, None, False], COLUMN, strict=True))
    many = con.sql(f"SELECT luanma_repair('晴' || (i % 7)) AS x FROM range(10000) r(i)").fetchall()
    assert len(many) == 10000
    assert {x for (x,) in many} == {f"晴{i}" for i in range(7)}


def test_sklearn() -> None:
    texts = [CLEAN[0], BAD]
    pipeline = make_pipeline(MojibakeRepairer(), CountVectorizer(analyzer="char"))
    counts = pipeline.fit_transform(texts)
    assert (counts[0] != counts[1]).nnz == 0, "damaged and clean text count the same characters"
    assert pickle.loads(pickle.dumps(pipeline)).transform([BAD]).shape[0] == 1

    repairer = MojibakeRepairer(only="gbk>latin-1")
    assert clone(repairer).get_params() == repairer.get_params()
    assert repairer.transform(texts) == texts
    repairer.set_params(only=None)
    assert repairer.transform(texts) == [CLEAN[0], GOOD]
    series = pd.Series(texts, index=[5, 6])
    assert repairer.fit_transform(series).tolist() == [CLEAN[0], GOOD]
    array = series.to_numpy(dtype=object).reshape(2, 1)
    assert repairer.fit_transform(array).tolist() == [[CLEAN[0]], [GOOD]]
    assert array.tolist() == [[CLEAN[0]], [BAD]], "the input stays"
    frame = pd.DataFrame({"t": texts, "n": [1, 2]})
    out = repairer.fit_transform(frame)
    assert out["t"].tolist() == [CLEAN[0], GOOD]
    assert out["n"].tolist() == [1, 2]
    with pytest.raises(ValueError):
        MojibakeRepairer(only="nonsense").fit(texts)


def test_hugging_face_function() -> None:
    fix = luanma.hf.repair("t", "u")
    one = {"t": BAD, "u": None, "n": 1}
    assert fix(one) == {"t": GOOD, "u": None}
    batch = {"t": COLUMN, "u": [[BAD], [], None, ["晴"]], "n": [1] * 4}
    assert fix(batch) == {"t": REPAIRED, "u": [[GOOD], [], None, ["晴"]]}
    again = pickle.loads(pickle.dumps(fix))
    assert again(one) == fix(one)
    table = pa.table({"n": [1] * 4, "t": COLUMN, "u": COLUMN})
    assert fix(table).column_names == ["n", "t", "u"]
    assert fix(table)["u"].to_pylist() == REPAIRED
    with pytest.raises(TypeError):
        luanma.hf.repair()
    with pytest.raises(KeyError):
        fix({"t": BAD})
