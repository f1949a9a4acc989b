"""For NeMo-Curator: a modifier of the shape of ``UnicodeReformatter`` (which is ftfy), to be run before it or instead.

``Modify(modifier_fn=MojibakeModifier(), input_fields="text")``
"""

from __future__ import annotations

from typing import Any

from nemo_curator.stages.text.modifiers import DocumentModifier

from luanma._luanma import Repairer


class MojibakeModifier(DocumentModifier):  # type: ignore[misc]
    """``MojibakeModifier(**settings)``, with the settings of `luanma.Repairer`.

    >>> MojibakeModifier(min_confidence=0.9).modify_document("浠婂勾鐨勬熆瀛愮啛寰楁棭")
    '今年的柿子熟得早'
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__()
        self.repairer = Repairer(**settings)

    def modify_document(self, text: str) -> str:
        """The repaired text."""
        return self.repairer.repair(text)
