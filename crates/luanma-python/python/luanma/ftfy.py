"""The functions of ftfy, for what luanma repairs.

``from luanma import ftfy`` in the place of ``import ftfy``: same names, same shapes. Text decoded with the wrong character
set is repaired, Chinese first; nothing else is changed. docs/from-ftfy.md lists the differences.

>>> from luanma import ftfy
>>> ftfy.fix_text("dÃ©jÃ  vu, Ã©tÃ©")
'déjà vu, été'
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

from luanma._luanma import Repairer, decode
from luanma._report import Repair, Report, apply

__all__ = [
    "ExplainedText",
    "ExplanationStep",
    "apply_plan",
    "fix_and_explain",
    "fix_encoding",
    "fix_encoding_and_explain",
    "fix_text",
    "guess_bytes",
]

# What luanma's repairer is told; any other option is one of ftfy's.
_SETTINGS = frozenset({"min_confidence", "gaps", "gap_char", "expect", "only", "escapes", "model"})
# Options of ftfy that say how encodings are repaired, or how much text is worked on at once. Luanma weighs these itself.
_WEIGHED = frozenset(
    {
        "explain",
        "restore_byte_a0",
        "replace_lossy_sequences",
        "decode_inconsistent_utf8",
        "fix_c1_controls",
        "max_decode_length",
    }
)
# Options of ftfy for work that is no repair of encodings.
_OUT_OF_SCOPE = frozenset(
    {
        "unescape_html",
        "remove_terminal_escapes",
        "fix_latin_ligatures",
        "fix_character_width",
        "uncurl_quotes",
        "fix_line_breaks",
        "fix_surrogates",
        "remove_control_chars",
        "normalization",
    }
)


class ExplanationStep(NamedTuple):
    """One step of a plan: ``encode`` and ``decode`` with a codec, or ``repair`` with the places as JSON.

    >>> apply_plan("abc", [ExplanationStep("repair", '[[1, 2, "x"]]')])
    'axc'
    """

    action: str
    parameter: str


class ExplainedText(NamedTuple):
    """A repaired text, and the plan that repairs it.

    >>> text, plan = fix_and_explain("今年的柿子熟得早")
    >>> plan
    []
    """

    text: str
    explanation: list[ExplanationStep] | None


@lru_cache(maxsize=8)
def _made(settings: tuple[tuple[str, Any], ...]) -> Repairer:
    return Repairer(**dict(settings))


def _repairer(config: Any, options: dict[str, Any]) -> Repairer | None:
    """The repairer that the options ask for; none where they say that encodings stay."""
    if config is not None and not getattr(config, "fix_encoding", True):
        return None
    settings: dict[str, Any] = {}
    repairs = True
    for name, value in options.items():
        if name in _SETTINGS:
            settings[name] = tuple(value) if isinstance(value, list) else value
        elif name == "fix_encoding":
            repairs = bool(value)
        elif name in _OUT_OF_SCOPE:
            if value and value != "auto":
                warnings.warn(f"luanma repairs encodings only: {name} does nothing", UserWarning, stacklevel=3)
        elif name not in _WEIGHED:
            raise TypeError(f"there is no option {name!r}")
    return _made(tuple(sorted(settings.items()))) if repairs else None


def fix_text(text: str, config: Any = None, **options: Any) -> str:
    """The text with its mojibake repaired, as `luanma.repair` does it.

    Unlike ftfy's, it takes the text as a whole: what one line proves helps the others. ftfy's options are understood;
    those that ask for anything else than repair of encodings give a warning and do nothing.

    >>> fix_text("浠婂勾鐨勬熆瀛愮啛寰楁棭")
    '今年的柿子熟得早'
    """
    repairer = _repairer(config, options)
    return text if repairer is None else repairer.repair(text)


def fix_encoding(text: str, config: Any = None, **options: Any) -> str:
    """As `fix_text`: with luanma there is nothing else to fix.

    >>> fix_encoding("Çå³¿µÄ¶É¿Ú")
    '清晨的渡口'
    """
    repairer = _repairer(config, options)
    return text if repairer is None else repairer.repair(text)


def fix_and_explain(text: str, config: Any = None, **options: Any) -> ExplainedText:
    """The repaired text, and a plan for `apply_plan`; an empty one where nothing changed.

    Where the whole text is one chain that lost nothing, the plan says which codecs undo it, and fits other texts with the
    same damage. Else it says what to put where, and fits this text alone.

    >>> fix_and_explain("浠婂勾鐨勬熆瀛愮啛寰楁棭").explanation
    [ExplanationStep(action='encode', parameter='gbk'), ExplanationStep(action='decode', parameter='utf-8')]
    """
    repairer = _repairer(config, options)
    if repairer is None:
        return ExplainedText(text, [])
    report = repairer.report(text)
    return ExplainedText(report.text, _plan(text, report))


def fix_encoding_and_explain(text: str, config: Any = None, **options: Any) -> ExplainedText:
    """As `fix_and_explain`.

    >>> fix_encoding_and_explain("Çå³¿µÄ¶É¿Ú").text
    '清晨的渡口'
    """
    repairer = _repairer(config, options)
    if repairer is None:
        return ExplainedText(text, [])
    report = repairer.report(text)
    return ExplainedText(report.text, _plan(text, report))


def apply_plan(text: str, plan: Iterable[tuple[str, str]]) -> str:
    """The text that a plan makes of `text`, without looking for damage.

    >>> damaged = "文件名：Çå³¿µÄ¶É¿Ú.mp3"
    >>> apply_plan(damaged, fix_and_explain(damaged).explanation)
    '文件名：清晨的渡口.mp3'
    """
    value: str | bytes = text
    for action, parameter in plan:
        if action == "encode" and isinstance(value, str):
            value = value.encode(parameter)
        elif action == "decode" and isinstance(value, bytes):
            value = value.decode(parameter)
        elif action == "repair" and isinstance(value, str):
            value = apply(value, [Repair(start, end, new) for start, end, new in json.loads(parameter)])
        else:
            raise ValueError(f"step {action!r} is not one of luanma's, or stands in the wrong place")
    if isinstance(value, bytes):
        raise ValueError("the plan ends in bytes: a decode step is missing")
    return value


def _plan(text: str, report: Report) -> list[ExplanationStep]:
    if report.text == text:
        return []
    chains = {repair.chain for repair in report.repairs}
    if len(chains) == 1 and (chain := chains.pop()) is not None:
        steps: list[ExplanationStep] = []
        for step in reversed(chain.split(",")):
            truth, misread = step.split(">")
            steps += ExplanationStep("encode", misread), ExplanationStep("decode", truth)
        try:
            if apply_plan(text, steps) == report.text:
                return steps
        except (UnicodeError, LookupError):
            pass  # Something was lost, or only part of the text is damaged, or Python lacks the codec.
    places = [[r.start, r.end, r.text] for r in report.repairs if r.verdict != "unrepaired"]
    return [ExplanationStep("repair", json.dumps(places, ensure_ascii=False))]


def guess_bytes(bstring: bytes) -> tuple[str, str]:
    """The text that bytes of unknown codec stand for, and the codec.

    It is that of `luanma.decode`; where the bytes are in several codecs, their names with ``+`` between. Bytes that mean
    nothing become U+FFFD. Nothing is repaired, as in ftfy.

    >>> guess_bytes("清晨的渡口，雾还没有散。".encode("gbk"))
    ('清晨的渡口，雾还没有散。', 'gbk')
    """
    if isinstance(bstring, str):
        raise TypeError("guess_bytes takes bytes; this is a text already")
    decoded = decode(bstring)
    codecs = {piece.codec for piece in decoded.pieces}
    return decoded.text, "+".join(sorted(codecs)) if len(codecs) > 1 else decoded.codec
