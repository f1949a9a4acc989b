"""What was found and what was done: a plan that turns the input into the output."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

# The worst last.
_VERDICTS = ("clean", "repaired", "lossy", "unrepaired")


@dataclass(frozen=True, slots=True)
class Gap:
    """A character that nothing can tell.

    >>> import luanma
    >>> repair = luanma.Repairer(gaps="mark").report("涓嬪崍2鐐归泦鍚堬紝鍦扮偣鍦?鍙烽棬銆?").repairs[0]
    >>> repair.text[repair.gaps[0].at], repair.gaps[0].loss
    ('\ufffd', 'question-mark')
    """

    at: int
    """Where its mark stands, in code points of `Repair.text`."""
    loss: str
    """How it was lost: ``question-mark``, ``replacement``, ``dropped`` …"""
    alternatives: tuple[tuple[str, float], ...] = ()
    """What it may have been, likeliest first, with probabilities; empty where no byte is left."""


@dataclass(frozen=True, slots=True)
class Restored:
    """A character that lost bytes and was told from the rest of them and its context.

    >>> import luanma
    >>> repair = luanma.report("浠婂勾鐨勬熆瀛愮啛寰楁棭锛岄櫌瀛愰噷钀戒簡涓€鍦般€?").repairs[0]
    >>> [(it.character, it.loss, repair.text[it.at]) for it in repair.restored]
    [('。', 'question-mark', '。')]
    """

    at: int
    """Where it stands, in code points of `Repair.text`."""
    loss: str
    """How its bytes were lost."""
    character: str
    """The character itself."""
    probability: float
    """How likely it is the right one, 0 to 1."""
    alternatives: tuple[tuple[str, float], ...] = ()
    """What else it may have been, likeliest first, with probabilities."""


@dataclass(frozen=True, slots=True)
class Repair:
    """One damaged stretch of the input and what takes its place.

    >>> import luanma
    >>> found = luanma.report("文件名：Çå³¿µÄ¶É¿Ú.mp3").repairs[0]
    >>> found.start, found.end, found.text, found.verdict
    (4, 14, '清晨的渡口', 'repaired')
    """

    start: int
    """Where the stretch begins, in code points of the input."""
    end: int
    """The first code point after it."""
    text: str
    """What takes its place. With the verdict ``unrepaired``, the stretch as it is."""
    chain: str | None = None
    """How the damage came about, as ``utf-8>gbk``; none where it cannot be told."""
    treatment: str | None = None
    """What was done to the damaged text afterwards and had to be undone as well: ``ftfy`` or ``nfkc``."""
    verdict: str = "repaired"
    """``repaired``, ``lossy`` or ``unrepaired``."""
    confidence: float = 1.0
    """The probability that the repair is right, 0 to 1."""
    gain: float = 0.0
    """By how much the repair is likelier than leaving the text alone, in nats."""
    gaps: tuple[Gap, ...] = ()
    """Characters that could not be told, in order."""
    restored: tuple[Restored, ...] = ()
    """Characters that were restored, in order."""


@dataclass(frozen=True, slots=True)
class Report:
    """The repaired text and its repairs.

    >>> import luanma
    >>> report = luanma.report("浠婂勾鐨勬熆瀛愮啛寰楁棭锛岄櫌瀛愰噷钀戒簡涓€鍦般€?")
    >>> report.text
    '今年的柿子熟得早，院子里落了一地。'
    >>> report.verdict, len(report.repairs)
    ('lossy', 1)
    """

    text: str
    """The repaired text; the input itself where nothing changed."""
    repairs: tuple[Repair, ...] = ()
    """The damaged stretches, in order and disjoint, unrepaired ones too."""

    @classmethod
    def _of(cls, text: str, repairs: tuple[Repair, ...]) -> Report:
        return cls(text, repairs)

    @property
    def verdict(self) -> str:
        """The worst verdict of the repairs; ``clean`` where there are none."""
        return max((r.verdict for r in self.repairs), key=_VERDICTS.index, default="clean")

    @property
    def confidence(self) -> float:
        """The least confidence of the repairs; 1 where there are none."""
        return min((r.confidence for r in self.repairs), default=1.0)

    def as_dict(self) -> dict[str, Any]:
        """The report as plain values, with the field names of ``luanma fix --annotate``.

        >>> import luanma
        >>> luanma.report("今年的柿子熟得早").as_dict()
        {'text': '今年的柿子熟得早', 'verdict': 'clean', 'confidence': 1.0, 'repairs': []}
        """
        repairs = [asdict(repair) for repair in self.repairs]
        return {"text": self.text, "verdict": self.verdict, "confidence": self.confidence, "repairs": repairs}


def apply(text: str, repairs: Iterable[Repair]) -> str:
    """The text that `repairs` make of `text`; the same object where there is nothing to do.

    The repairs must be in order and disjoint, as a `Report` of that text has them; one that is not is passed over.

    >>> import luanma
    >>> damaged = "文件名：Çå³¿µÄ¶É¿Ú.mp3"
    >>> luanma.apply(damaged, luanma.report(damaged).repairs)
    '文件名：清晨的渡口.mp3'
    """
    out: list[str] = []
    done = 0
    for repair in repairs:
        if done <= repair.start <= repair.end <= len(text):
            out += text[done : repair.start], repair.text
            done = repair.end
    if not out:
        return text
    out.append(text[done:])
    new = "".join(out)
    return text if new == text else new


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of bytes that is in one codec.

    >>> import luanma
    >>> piece = luanma.decode("今年的柿子熟得早".encode("gbk")).pieces[0]
    >>> piece.start, piece.end, piece.at, piece.codec
    (0, 16, 0, 'gbk')
    """

    start: int
    """Where it begins, in bytes of the input."""
    end: int
    """The first byte after it."""
    at: int
    """Where its text begins, in code points of `Decoded.text`."""
    codec: str
    """The codec: ``gbk``, ``utf-8``, ``big5`` …, or ``hz``, ``iso-2022-cn``, ``iso-2022-kr``."""
    confidence: float
    """How likely its text is right, 0 to 1, as far as the codec decides it."""


@dataclass(frozen=True, slots=True)
class Undecodable:
    """Bytes that mean nothing in the codec of their piece; U+FFFD stands for them.

    >>> import luanma
    >>> decoded = luanma.decode("院子里的柿子".encode() + b"\\xff" + "熟得早，落了一地".encode())
    >>> decoded.undecodable, decoded.text[6]
    ((Undecodable(start=18, end=19, at=6),), '\ufffd')
    """

    start: int
    """Where they begin, in bytes of the input."""
    end: int
    """The first byte after them."""
    at: int
    """Where their U+FFFD stands, in code points of `Decoded.text`."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """What bytes of an unknown codec, or of several, say.

    >>> import luanma
    >>> luanma.decode("今年的柿子熟得早".encode("gbk")).codec
    'gbk'
    """

    text: str
    """The text, without a byte order mark. It is not repaired."""
    codec: str
    """What most of the bytes are written in."""
    confidence: float
    """The least confidence of the pieces."""
    pieces: tuple[Piece, ...] = ()
    """Which bytes are in which codec, in order."""
    undecodable: tuple[Undecodable, ...] = ()
    """The bytes that could not be read, in order."""
