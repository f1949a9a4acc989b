"""For datatrove: a formatter that takes the place of ``FTFYFormatter``.

It repairs text that was decoded wrongly and touches nothing else: no punctuation, no width, no normalisation. Put it after
text extraction and before the filters, which drop damaged Chinese as not Chinese.
"""

from __future__ import annotations

from typing import Any

from datatrove.pipeline.formatters.base import BaseFormatter

from luanma._luanma import Repairer


class LuanmaFormatter(BaseFormatter):  # type: ignore[misc]
    """``LuanmaFormatter(**settings)``, with the settings of `luanma.Repairer`.

    Its stats count documents by verdict (``clean``, ``repaired``, ``lossy``, ``unrepaired``), and ``repairs``.

    >>> LuanmaFormatter(min_confidence=0.9).format("浠婂勾鐨勬熆瀛愮啛寰楁棭")
    '今年的柿子熟得早'
    """

    name = "🧩 luanma"

    def __init__(self, **settings: Any) -> None:
        super().__init__()
        self.repairer = Repairer(**settings)

    def format(self, text: str) -> str:
        """The repaired text."""
        report = self.repairer.report(text)
        self.stat_update(report.verdict)
        if report.repairs:
            self.stat_update("repairs", value=len(report.repairs))
        return report.text
