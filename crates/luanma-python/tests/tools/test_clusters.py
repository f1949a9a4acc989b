"""PySpark and Dask, each as a cluster of several processes on this machine."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from examples import run_module
from samples import BAD, CLEAN, GOOD

ROWS = 400


def text(i: int) -> str | None:
    if i % 100 == 3:
        return None
    return BAD if i % 100 == 7 else f"{CLEAN[0]} {i}"


def gold(i: int) -> str | None:
    old = text(i)
    return GOOD if old == BAD else old


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        pytest.fail("Spark needs a Java runtime, 17 or newer: apt-get install openjdk-17-jre-headless")
    import pyspark
    from pyspark.sql import SparkSession

    # What `local-cluster` starts its workers from.
    os.environ["SPARK_HOME"] = str(Path(pyspark.__file__).parent)
    os.environ["PYSPARK_PYTHON"] = sys.executable
    session = (
        SparkSession.builder.master("local-cluster[2,1,1024]")
        .appName("luanma")
        .config("spark.ui.enabled", "false")
        .config("spark.executor.memory", "512m")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.task.maxFailures", "2")
        .config("spark.sql.shuffle.partitions", "4")
        .config("spark.sql.adaptive.enabled", "false")
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", "50")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


def frame(spark: Any, partitions: int) -> Any:
    return spark.createDataFrame([(i, text(i)) for i in range(ROWS)], "n INT, text STRING").repartition(partitions)


def collected(frame: Any) -> list[str | None]:
    return [row["text"] for row in sorted(frame.collect(), key=lambda row: row["n"])]


GOLD = [gold(i) for i in range(ROWS)]


def test_spark_has_several_executors_that_all_work(spark: Any) -> None:
    from luanma import spark as luanma_spark

    def where(batches: Iterator[Any]) -> Iterator[Any]:
        import time

        import pyarrow as pa

        for batch in luanma_spark.repair_batches("text")(batches):
            time.sleep(0.2)
            yield pa.RecordBatch.from_pydict({"directory": [os.getcwd()] * batch.num_rows, "text": batch["text"]})

    out = frame(spark, 8).mapInArrow(where, "directory STRING, text STRING").collect()
    # Each executor of a local cluster works in a directory of its own.
    assert len({row["directory"] for row in out}) == 2
    assert sorted(str(row["text"]) for row in out) == sorted(map(str, GOLD))


def test_spark_pandas_udf(spark: Any) -> None:
    from luanma import spark as luanma_spark

    data = frame(spark, 4)
    assert collected(data.withColumn("text", luanma_spark.repair("text"))) == GOLD
    kept = collected(data.withColumn("text", luanma_spark.repair(data.text, only="gbk>latin-1")))
    assert kept == [text(i) for i in range(ROWS)]


def test_spark_map_in_arrow(spark: Any) -> None:
    from luanma import spark as luanma_spark

    data = frame(spark, 4)
    out = data.mapInArrow(luanma_spark.repair_batches("text"), data.schema)
    assert out.columns == ["n", "text"]
    assert collected(out) == GOLD


def test_spark_sql(spark: Any) -> None:
    from luanma import spark as luanma_spark

    luanma_spark.register(spark)
    frame(spark, 4).createOrReplaceTempView("t")
    assert collected(spark.sql("SELECT n, luanma_repair(text) AS text FROM t")) == GOLD
    assert spark.sql(f"SELECT luanma_repair('{BAD}') AS x").first()["x"] == GOOD


def test_spark_examples(spark: Any) -> None:
    from luanma import spark as luanma_spark

    run_module(luanma_spark, session=spark)


def test_spark_skewed_partitions(spark: Any) -> None:
    from luanma import spark as luanma_spark

    # Nine rows of ten have one key, and so stand in one partition.
    skewed = frame(spark, 4).selectExpr("n", "text", "IF(n % 10 = 0, n, 0) AS k").repartition(4, "k")
    sizes = skewed.rdd.mapPartitions(lambda rows: [sum(1 for _ in rows)]).collect()
    assert max(sizes) > ROWS * 0.8
    assert collected(skewed.withColumn("text", luanma_spark.repair("text"))) == GOLD
    assert collected(skewed.mapInArrow(luanma_spark.repair_batches("text"), skewed.schema)) == GOLD


def test_spark_does_a_failed_partition_again(spark: Any, tmp_path: Path) -> None:
    from luanma import spark as luanma_spark

    repaired = luanma_spark.repair_batches("text")
    marks = str(tmp_path)

    def failing(batches: Iterator[Any]) -> Iterator[Any]:
        from pyspark import TaskContext

        context = TaskContext.get()
        assert context is not None
        if context.partitionId() == 1:
            Path(marks, f"attempt-{context.attemptNumber()}").touch()
            if context.attemptNumber() == 0:
                # As a worker ends that the system has killed.
                os._exit(1)
        yield from repaired(batches)

    data = frame(spark, 4)
    assert collected(data.mapInArrow(failing, data.schema)) == GOLD
    assert sorted(os.listdir(marks)) == ["attempt-0", "attempt-1"]


def test_spark_tells_of_a_partition_that_cannot_be_done(spark: Any) -> None:
    from luanma import spark as luanma_spark

    data = frame(spark, 2)
    with pytest.raises(Exception, match="there is no column 'body'"):
        data.mapInArrow(luanma_spark.repair_batches("body"), data.schema).collect()
    # And the cluster is there still.
    assert spark.sql("SELECT 1 AS x").first()["x"] == 1


@pytest.fixture(scope="module")
def dask() -> Iterator[Any]:
    from distributed import Client, LocalCluster

    cluster = LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    )
    with cluster, Client(cluster) as client:
        yield client


def test_dask_examples() -> None:
    from luanma import dask as luanma_dask

    run_module(luanma_dask)


def test_dask_workers(dask: Any) -> None:
    import dask.dataframe as dd
    import pandas as pd

    from luanma import dask as luanma_dask

    series = pd.Series([text(i) for i in range(ROWS)], name="text")
    # One partition has nine rows of ten.
    column = dd.concat(
        [dd.from_pandas(series[: ROWS * 9 // 10], npartitions=1), dd.from_pandas(series[ROWS * 9 // 10 :], npartitions=5)]
    )
    lazy = luanma_dask.repair(column)
    assert (lazy.dtype, lazy.name) == (column.dtype, "text")
    out = lazy.compute()
    assert [None if pd.isna(x) else x for x in out] == GOLD
    pids = dask.run(os.getpid)
    assert len(set(pids.values())) == 2
    frame = dd.from_pandas(pd.DataFrame({"text": series}), npartitions=4)
    frame["text"] = luanma_dask.repair(frame["text"])
    assert [None if pd.isna(x) else x for x in frame.compute()["text"]] == GOLD


def test_dask_does_a_failed_partition_again(dask: Any, tmp_path: Path) -> None:
    import dask.dataframe as dd
    import pandas as pd

    from luanma import dask as luanma_dask

    def failing(part: Any, mark: str) -> Any:
        if len(part) and part.index[0] == 0 and not os.path.exists(mark):
            Path(mark).touch()
            raise OSError("the partition fails once")
        return part

    series = pd.Series([text(i) for i in range(ROWS)], name="text")
    column = dd.from_pandas(series, npartitions=4)
    column = column.map_partitions(failing, str(tmp_path / "failed"), meta=column._meta)
    out = dask.compute(luanma_dask.repair(column), retries=2).result()
    assert [None if pd.isna(x) else x for x in out] == GOLD
    assert (tmp_path / "failed").exists()
