from __future__ import annotations

import copy
import multiprocessing
import os
import pickle
import signal
import sys
import sysconfig
import threading
import time
from typing import Any

import pytest
from samples import BAD, CLEAN, DAMAGED, GOOD, LOSSY

import luanma


@pytest.mark.parametrize("text", CLEAN)
def test_clean_text_comes_back_as_the_same_object(text: str) -> None:
    assert luanma.repair(text) is text
    assert luanma.Repairer().repair(text) is text
    assert luanma.report(text).text is text
    assert luanma.report(text) == luanma.Report(text, ())
    assert luanma.report(text).verdict == "clean"


@pytest.mark.parametrize(("damaged", "gold"), DAMAGED.items())
def test_damaged_text_is_repaired(damaged: str, gold: str) -> None:
    assert luanma.repair(damaged) == gold
    assert luanma.is_suspect(damaged)
    report = luanma.report(damaged)
    assert report.text == gold
    assert report.verdict in ("repaired", "lossy")
    assert 0.8 <= report.confidence <= 1
    assert luanma.apply(damaged, report.repairs) == gold


def test_offsets_count_code_points() -> None:
    # Characters beyond the basic plane are one code point each, four bytes in UTF-8.
    for before in ("", "🙂🙂", "文件："):
        repair = luanma.report(before + BAD).repairs[0]
        assert (before + BAD)[repair.start : repair.end] == BAD
        assert repair.text == GOOD


def test_a_report_tells_what_was_lost() -> None:
    report = luanma.report(LOSSY)
    assert report.verdict == "lossy"
    marks = [mark for repair in report.repairs for mark in (*repair.gaps, *repair.restored)]
    assert marks
    for repair in report.repairs:
        assert all(repair.text[gap.at] == "\ufffd" for gap in repair.gaps)
        assert all(repair.text[it.at] == it.character for it in repair.restored)
    assert {mark.loss for mark in marks} <= {"question-mark", "dropped", "cut"}


def test_reports_are_values() -> None:
    report = luanma.report(LOSSY)
    assert pickle.loads(pickle.dumps(report)) == report
    assert copy.deepcopy(report) == report
    assert hash(report) == hash(luanma.report(LOSSY))
    assert set(report.as_dict()) == {"text", "verdict", "confidence", "repairs"}
    assert report.as_dict()["repairs"][0]["chain"] == "utf-8>gbk"


def test_apply_passes_over_what_does_not_fit() -> None:
    inner = luanma.Repair(1, 2, "x")
    assert luanma.apply("abc", [inner]) == "axc"
    assert luanma.apply("abc", [inner, luanma.Repair(0, 1, "y")]) == "axc"
    assert luanma.apply("abc", [luanma.Repair(2, 9, "y")]) == "abc"
    text = "abc"
    assert luanma.apply(text, []) is text


def test_a_subclass_of_str_stays_what_it_is_when_clean() -> None:
    class Name(str):
        __slots__ = ()

    name = Name("今年")
    assert luanma.repair(name) is name
    assert luanma.report(name).text is name
    for out in (luanma.repair(Name(BAD)), luanma.report(Name(BAD)).text, *luanma.Repairer().repair_list([Name(BAD)])):
        assert (type(out), out) == (str, GOOD)


def test_long_texts() -> None:
    clean = CLEAN[0] * 500_000
    assert luanma.repair(clean) is clean
    damaged = f"{clean}\n{BAD}\n{clean}"
    report = luanma.report(damaged)
    assert report.text == f"{clean}\n{GOOD}\n{clean}"
    assert damaged[report.repairs[0].start : report.repairs[0].end] == BAD


@pytest.mark.parametrize("value", [None, 3, b"bytes", ["text"]])
def test_what_is_no_text_is_a_type_error(value: object) -> None:
    for function in (luanma.repair, luanma.report, luanma.is_suspect):
        with pytest.raises(TypeError, match="is not an instance of 'str'"):
            function(value)  # type: ignore[arg-type]


def test_lone_surrogates_stay_and_the_rest_is_repaired() -> None:
    text = f"\ud800{BAD}\udcff"
    assert luanma.repair(text) == f"\ud800{GOOD}\udcff"
    report = luanma.report(text)
    assert report.text == f"\ud800{GOOD}\udcff"
    repair = report.repairs[0]
    assert text[repair.start : repair.end] == BAD
    assert luanma.apply(text, report.repairs) == report.text
    assert luanma.is_suspect(text)


def test_a_surrogate_alone_comes_back_as_the_same_object() -> None:
    for text in ("\ud83d", "晴\udc80晴", "\ude00\ud83d"):
        assert luanma.repair(text) is text
        assert luanma.report(text).text is text
        assert not luanma.is_suspect(text)
        assert luanma.Repairer().repair_list([text])[0] is text


def test_settings() -> None:
    assert luanma.Repairer(only="gbk>latin-1").repair(BAD) == BAD
    assert luanma.Repairer(gaps="refuse").repair(LOSSY) == LOSSY
    assert "□" in luanma.Repairer(gap_char="□").repair(LOSSY)
    assert luanma.Repairer(min_confidence=1.0).report(LOSSY).verdict in ("clean", "unrepaired")
    assert luanma.Repairer(expect=["utf-8>gbk", "gbk>latin-1"]).repair(BAD) == GOOD
    assert luanma.Repairer(expect={"utf-8>gbk"}) == luanma.Repairer(expect="utf-8>gbk")


def test_escapes_are_read_where_that_is_asked_for() -> None:
    escaped = "<b>&aelig;&ndash;&Dagger;&aring;&shy;&mdash;</b> caf&eacute; %E4%B8%AD"
    assert luanma.repair(escaped) is escaped
    repairer = luanma.Repairer(escapes=True)
    assert repairer.is_suspect(escaped)
    assert not luanma.is_suspect(escaped)
    assert repairer.repair(escaped) == "<b>文字</b> caf&eacute; %E4%B8%AD"
    repair = repairer.report(escaped).repairs[0]
    assert escaped[repair.start : repair.end] == "&aelig;&ndash;&Dagger;&aring;&shy;&mdash;"
    clean = "caf&eacute; %E4%B8%AD \\u4e2d"
    assert repairer.repair(clean) is clean
    assert pickle.loads(pickle.dumps(repairer)) == repairer != luanma.Repairer()
    assert repr(repairer) == "luanma.Repairer(escapes=True)"


@pytest.mark.parametrize(
    "settings",
    [
        {"only": "nonsense"},
        {"expect": "utf-8>nonsense"},
        {"gaps": "guess"},
        {"gap_char": "ab"},
        {"min_confidence": 2.0},
        {"min_confidence": float("nan")},
        {"model": b"no model"},
    ],
)
def test_settings_that_mean_nothing_are_value_errors(settings: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        luanma.Repairer(**settings)  # type: ignore[arg-type]


def test_settings_of_another_type_are_type_errors() -> None:
    with pytest.raises(TypeError, match="'speed'"):
        luanma.Repairer(speed="high")  # type: ignore[call-arg]
    for several in (3, ["utf-8>gbk", 3]):
        with pytest.raises(TypeError, match="expect is .*3.*; it must be a chain such as 'utf-8>gbk', or several"):
            luanma.Repairer(expect=several)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="gap_char is 'ab'; it must be one character"):
        luanma.Repairer(gap_char="ab")
    for threads in (0, -1):
        with pytest.raises(ValueError, match="threads must be 1 or more"):
            luanma.Repairer().repair_list([], threads=threads)


def test_repairers_are_pickled_with_their_settings() -> None:
    made = luanma.Repairer(min_confidence=0.9, gaps="mark", gap_char="□", expect=("utf-8>gbk",), only="utf-8>gbk")
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        again = pickle.loads(pickle.dumps(made, protocol))
        assert again == made
        assert hash(again) == hash(made)
        assert again.repair(LOSSY) == made.repair(LOSSY)
    assert made != luanma.Repairer()
    assert copy.deepcopy(made) == made
    assert repr(made).startswith("luanma.Repairer(min_confidence=0.9, gaps='mark', gap_char='□'")


def test_repair_list() -> None:
    texts = [*CLEAN, *DAMAGED, None, f"\udcff{BAD}"]
    for threads in (1, 2, None):
        out = luanma.Repairer().repair_list(texts, threads=threads)
        assert out == [*CLEAN, *DAMAGED.values(), None, f"\udcff{GOOD}"]
        assert all(a is b for a, b in zip(texts[: len(CLEAN)], out, strict=False))
    assert luanma.Repairer().repair_list(text for text in [BAD]) == [GOOD]
    with pytest.raises(TypeError):
        luanma.Repairer().repair_list([3])  # type: ignore[list-item]
    with pytest.raises(TypeError, match="one text"):
        luanma.Repairer().repair_list("text")


def test_one_repairer_serves_many_threads() -> None:
    repairer = luanma.Repairer()
    wrong: list[str] = []

    def work() -> None:
        for damaged, gold in DAMAGED.items():
            if repairer.repair(damaged) != gold or luanma.repair(damaged) != gold:
                wrong.append(damaged)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.skipif(not sysconfig.get_config_var("Py_GIL_DISABLED"), reason="the interpreter has a global lock")
def test_an_interpreter_without_a_lock_stays_so() -> None:
    assert not sys._is_gil_enabled()  # type: ignore[attr-defined]


def child(repairer: luanma.Repairer, number: int) -> list[str]:
    return repairer.repair_list([BAD, CLEAN[number]], threads=2)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_after_a_fork_it_works_as_before() -> None:
    repairer = luanma.Repairer(min_confidence=0.9)
    assert child(repairer, 0) == [GOOD, CLEAN[0]]
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.starmap(child, [(repairer, 0), (repairer, 1)]) == [[GOOD, CLEAN[0]], [GOOD, CLEAN[1]]]


class Stop(Exception):
    pass


@pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="no such signals")
@pytest.mark.parametrize("what", ["list", "column"])
def test_a_signal_ends_the_work_on_many_texts(what: str) -> None:
    # As Ctrl-C does. Each signal is sent when the one before was handled, and only the fourth ends the work: where the work handles
    # none, one at most waits for its end, and the fourth is never sent.
    handled = [threading.Event() for _ in range(4)]
    over = threading.Event()

    def handle(*_: object) -> None:
        next(event for event in handled if not event.is_set()).set()
        if handled[-1].is_set():
            raise Stop

    def send() -> None:
        for event in handled:
            if over.wait(0.02):
                break
            os.kill(os.getpid(), signal.SIGUSR1)
            event.wait()

    texts: Any = [BAD] * 2_000_000
    work: Any = luanma.Repairer().repair_list
    if what == "column":
        import pyarrow as pa

        texts, work = pa.array(texts), luanma.repair_array
    before = signal.signal(signal.SIGUSR1, handle)
    sender = threading.Thread(target=send)
    try:
        sender.start()
        with pytest.raises(Stop):
            work(texts)
            over.set()
    finally:
        over.set()
        sender.join()
        signal.signal(signal.SIGUSR1, before)
    assert luanma.Repairer().repair_list([BAD]) == [GOOD]


def test_the_lock_is_given_up_while_a_text_is_searched() -> None:
    # Long enough for many of the interpreter's turns.
    text = "。".join([BAD] * 40)
    done = threading.Event()

    def work() -> None:
        luanma.repair(text)
        done.set()

    thread = threading.Thread(target=work)
    interval = sys.getswitchinterval()
    # Nobody is made to give the lock up: what runs here meanwhile, runs because it was given up.
    sys.setswitchinterval(60)
    try:
        thread.start()
        turns = 0
        while not done.is_set():
            turns += 1
            time.sleep(0.0005)
    finally:
        sys.setswitchinterval(interval)
    thread.join()
    assert turns > 3


def test_garble() -> None:
    assert luanma.garble(GOOD, "utf-8>gbk") == BAD
    assert luanma.garble("在3月24日", "utf-8>gbk", loss="windows") == "鍦?鏈?4鏃?"
    cut = {luanma.garble(GOOD * 3, "utf-8>gbk", loss="cut-start", seed=seed) for seed in range(8)}
    assert len(cut) > 1
    for text, chain, loss in (
        ("你好吗", "utf-8>gbk", "none"),
        ("你好吗", "nonsense", "none"),
        ("你好", "utf-8>gbk", "nonsense"),
        ("\ud800", "utf-8>gbk", "none"),
    ):
        with pytest.raises(ValueError):
            luanma.garble(text, chain, loss=loss)


def test_identity() -> None:
    assert luanma.__version__.count(".") == 2
    assert len(luanma.MODEL) == 16
    assert set(luanma.__all__) <= set(dir(luanma))


def test_bytes_of_any_codec_are_decoded() -> None:
    data = "清晨的渡口，雾还没有散。🙂\n".encode() + "院子里的柿子熟得早\n".encode("gbk")
    decoded = luanma.decode(data)
    assert decoded.text == "清晨的渡口，雾还没有散。🙂\n院子里的柿子熟得早\n"
    assert [piece.codec for piece in decoded.pieces] == ["utf-8", "gbk"]
    first, second = decoded.pieces
    assert (first.start, first.end, second.end) == (0, second.start, len(data))
    # Places in the text count code points.
    assert decoded.text[second.at :] == "院子里的柿子熟得早\n"
    assert decoded.confidence == min(piece.confidence for piece in decoded.pieces)
    assert luanma.Repairer().decode(data) == decoded == pickle.loads(pickle.dumps(decoded))
    assert luanma.decode(b"") == luanma.Decoded("", "utf-8", 1.0)
    for other in (bytearray(data), memoryview(data), memoryview(bytes(2 * len(data)))[::2]):
        assert luanma.decode(other) == luanma.decode(bytes(other))


def test_bytes_that_mean_nothing_are_told() -> None:
    data = "🙂清晨的渡口，雾还没有散".encode() + b"\xff" + "，院子里的柿子熟得早".encode()
    decoded = luanma.decode(data)
    assert [data[it.start : it.end] for it in decoded.undecodable] == [b"\xff"]
    assert all(decoded.text[it.at] == "\ufffd" for it in decoded.undecodable)
    for wrong in ("text", None, [1]):
        with pytest.raises(TypeError, match="decode takes bytes, not"):
            luanma.decode(wrong)  # type: ignore[arg-type]
