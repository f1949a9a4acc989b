"""`luanma.ftfy` beside ftfy itself."""

from __future__ import annotations

import inspect

import ftfy
import pytest
from samples import BAD, CLEAN, DAMAGED, GOOD, LOSSY

from luanma import ftfy as ours

# Damage that ftfy repairs as well.
COMMON = ["dÃ©jÃ\xa0 vu", "l’Ã©tÃ© et lâ€™hiver", "schÃ¶n grÃ¼n", "ÐŸÑ€Ð¸Ð²ÐµÑ‚, Ð¼Ð¸Ñ€"]


@pytest.mark.parametrize("name", ["fix_text", "fix_encoding", "fix_and_explain", "apply_plan", "guess_bytes"])
def test_names_and_first_arguments_are_those_of_ftfy(name: str) -> None:
    theirs = list(inspect.signature(getattr(ftfy, name)).parameters)
    mine = list(inspect.signature(getattr(ours, name)).parameters)
    assert mine[:2] == theirs[:2]


@pytest.mark.parametrize("text", COMMON)
def test_what_both_repair_comes_out_the_same(text: str) -> None:
    assert ours.fix_encoding(text) == ftfy.fix_encoding(text)
    assert ours.fix_text(text) == ftfy.fix_text(text, uncurl_quotes=False)


@pytest.mark.parametrize(("damaged", "gold"), DAMAGED.items())
def test_what_only_luanma_repairs(damaged: str, gold: str) -> None:
    assert ours.fix_text(damaged) == gold
    assert ours.fix_encoding(damaged) == gold


@pytest.mark.parametrize("text", CLEAN)
def test_clean_text_stays(text: str) -> None:
    assert ours.fix_text(text) is text
    assert ours.fix_and_explain(text) == (text, [])


@pytest.mark.parametrize("text", [*DAMAGED, *COMMON, LOSSY, "晴\n" + BAD])
def test_a_plan_gives_the_text(text: str) -> None:
    explained = ours.fix_and_explain(text)
    assert explained.text == ours.fix_text(text)
    assert explained.explanation
    assert ours.apply_plan(text, explained.explanation) == explained.text
    assert ours.fix_encoding_and_explain(text) == explained


def test_a_plan_of_codecs_fits_other_texts_and_ftfy() -> None:
    plan = ours.fix_and_explain(BAD).explanation
    assert plan == [("encode", "gbk"), ("decode", "utf-8")]
    other = "夜航".encode("utf-8").decode("gbk")
    assert ours.apply_plan(other, plan) == "夜航"
    assert ftfy.apply_plan(other, plan) == "夜航"


def test_plans_that_make_no_sense() -> None:
    for plan in ([("apply", "unescape_html")], [("decode", "utf-8")], [("encode", "utf-8")]):
        with pytest.raises(ValueError):
            ours.apply_plan("x", plan)


def test_options_of_ftfy() -> None:
    assert ours.fix_text(BAD, fix_encoding=False) == BAD
    assert ours.fix_text(BAD, ftfy.TextFixerConfig(fix_encoding=False)) == BAD
    assert ours.fix_text(BAD, ftfy.TextFixerConfig()) == GOOD
    assert ours.fix_text(BAD, unescape_html=False, normalization=None) == GOOD
    assert ours.fix_text(LOSSY, gaps="refuse") == LOSSY
    with pytest.warns(UserWarning, match="uncurl_quotes does nothing"):
        assert ours.fix_text("“" + CLEAN[0] + "”", uncurl_quotes=True) == "“" + CLEAN[0] + "”"
    with pytest.raises(TypeError, match="nonsense"):
        ours.fix_text(BAD, nonsense=True)


@pytest.mark.parametrize(
    ("codec", "text"),
    [
        ("utf-8", "清晨的渡口，雾还没有散。"),
        ("utf-16", "清晨的渡口"),
        ("gbk", "清晨的渡口，雾还没有散。"),
        ("ascii", "plain"),
    ],
)
def test_guess_bytes(codec: str, text: str) -> None:
    found, name = ours.guess_bytes(text.encode(codec))
    assert found == text
    assert name == {"ascii": "utf-8", "utf-16": "utf-16le"}.get(codec, codec)


def test_guess_bytes_takes_anything() -> None:
    for data in (b"", b"\xff", b"\x81\x8d\x8f\x90\x9d", bytes(range(256))):
        text, name = ours.guess_bytes(data)
        assert isinstance(text, str)
        assert name
    assert ours.guess_bytes(b"d\xe9j\xe0 vu, \x93\xe9t\xe9\x94")[0] == "déjà vu, “été”"
    with pytest.raises(TypeError):
        ours.guess_bytes("text")  # type: ignore[arg-type]
