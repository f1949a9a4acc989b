"""Anything in, no crash; what comes out keeps its promises; nothing is leaked.

`LUANMA_PYTHON_CALLS` says how many calls the tests of memory make: 200,000 unless told, 10,000,000 before a release.
`LUANMA_PYTHON_EXAMPLES` says how many texts are tried.
"""

from __future__ import annotations

import gc
import os
import sys

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import BAD, CLEAN, LOSSY

import luanma

CALLS = int(os.environ.get("LUANMA_PYTHON_CALLS", "200_000"))
EXAMPLES = int(os.environ.get("LUANMA_PYTHON_EXAMPLES", "60"))
# What the process may grow by: arenas of the allocators, not texts. A leak of one text a call would be far more.
GROWTH_BYTES = 12 * 1024 * 1024

# Short: damage is slow. Lone surrogates too.
ANY = st.text(st.characters(), max_size=40)
# What looks like damage: Latin-1 and rare Hanzi, marks, private use, cut pieces of real damage.
ODD = st.lists(
    st.one_of(
        st.text(st.characters(min_codepoint=0x80, max_codepoint=0xFF), max_size=8),
        st.sampled_from(["?", "\ufffd", "\ud800", "\udcff", "锟斤拷", "\ue5e5", " ", "\n", "$"]),
        st.builds(lambda i, n: LOSSY[i : i + n], st.integers(0, 20), st.integers(1, 8)),
        st.builds(lambda i, n: BAD[i : i + n], st.integers(0, 8), st.integers(1, 8)),
    ),
    max_size=5,
).map("".join)
TEXT = st.one_of(ANY, ODD)


@settings(max_examples=EXAMPLES, deadline=None)
@given(TEXT)
def test_any_text(text: str) -> None:
    repaired = luanma.repair(text)
    report = luanma.report(text)
    assert isinstance(repaired, str)
    assert report.text == repaired
    assert luanma.apply(text, report.repairs) == repaired
    if repaired == text:
        assert repaired is text
    if not luanma.is_suspect(text):
        assert repaired is text
    done = 0
    for repair in report.repairs:
        assert done <= repair.start < repair.end <= len(text)
        done = repair.end
        assert 0 <= repair.confidence <= 1
    assert sum(c in text for c in "\ud800\udcff") == sum(c in repaired for c in "\ud800\udcff")


@settings(max_examples=EXAMPLES // 4, deadline=None)
@given(st.lists(st.one_of(st.none(), TEXT), max_size=6), st.integers(0, 3))
def test_columns_say_the_same_as_single_texts(texts: list[str | None], cut: int) -> None:
    expected = [None if text is None else luanma.repair(text) for text in texts]
    assert luanma.Repairer().repair_list(texts) == expected
    clean = [None if t is None else t.encode("utf-8", "ignore").decode() for t in texts]
    expected = [None if text is None else luanma.repair(text) for text in clean]
    for type_ in (pa.string(), pa.string_view(), pa.large_string()):
        column = pa.chunked_array([pa.array(clean[:cut], type_), pa.array(clean[cut:], type_)])
        assert luanma.repair_array(column).to_pylist() == expected
    words = pa.array(clean, pa.string()).dictionary_encode()
    assert luanma.repair_array(words).to_pylist() == expected


def resident_bytes() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def flat(work: object, calls: int) -> None:
    """Runs `work` `calls` times and holds the process to its size after the first tenth."""
    for _ in range(calls // 10):
        work()  # type: ignore[operator]
    gc.collect()
    before = resident_bytes()
    for _ in range(calls):
        work()  # type: ignore[operator]
    gc.collect()
    grown = resident_bytes() - before
    assert grown < GROWTH_BYTES, f"{grown} bytes more after {calls} calls"


memory = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc/self/statm")


@memory
def test_memory_is_flat_over_many_calls() -> None:
    # A new object each time, so that what the interpreter keeps of a string goes with it.
    flat(lambda: luanma.repair(CLEAN[1] + "晴" * 40), CALLS)
    flat(lambda: luanma.is_suspect("\ud800" + CLEAN[1]), CALLS // 10)
    flat(lambda: luanma.report(CLEAN[1] + "晴" * 40), CALLS // 10)


@memory
def test_memory_is_flat_over_columns_damage_and_errors() -> None:
    clean = pa.array(CLEAN * 20)
    damaged = pa.array([CLEAN[0], "Çå³¿µÄ¶É¿Ú"])
    repairer = luanma.Repairer(only="gbk>latin-1")

    def wrong() -> None:
        with pytest.raises(TypeError):
            luanma.repair(3)  # type: ignore[arg-type]
        with pytest.raises(ValueError):
            luanma.Repairer(only="x")

    flat(lambda: luanma.repair_array(clean, threads=1), CALLS // 100)
    flat(lambda: repairer.repair_list(CLEAN), CALLS // 20)
    flat(lambda: repairer._repair_array(damaged), 100)
    flat(lambda: repairer.report("Çå³¿µÄ¶É¿Ú"), 100)
    flat(wrong, CALLS // 100)


def test_reference_counts_are_even() -> None:
    text = "".join(CLEAN)
    damaged = "".join([BAD, "。"])
    listed = [text, damaged, None]
    repairer = luanma.Repairer()
    before = [sys.getrefcount(x) for x in (text, damaged, listed, repairer, luanma.Report)]
    for _ in range(8):
        luanma.repair(text)
        luanma.repair(damaged)
        luanma.report(text)
        luanma.report(damaged)
        repairer.repair_list(listed)
        repairer.__getnewargs_ex__()
        luanma.is_suspect(text)
    after = [sys.getrefcount(x) for x in (text, damaged, listed, repairer, luanma.Report)]
    assert before == after
