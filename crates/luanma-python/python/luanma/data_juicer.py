"""For data-juicer: the mapper ``luanma_repair_mapper``, to be run before ``fix_unicode_mapper`` (which is ftfy) or instead.

Import this module, and a recipe may name the mapper; its arguments are the settings of `luanma.Repairer`::

    process:
      - luanma_repair_mapper:
          min_confidence: 0.9
"""

from __future__ import annotations

from typing import Any

from data_juicer.ops.base_op import OPERATORS, Mapper

from luanma._luanma import Repairer

OP_NAME = "luanma_repair_mapper"


@OPERATORS.register_module(OP_NAME)
class LuanmaRepairMapper(Mapper):  # type: ignore[misc]
    """Repairs text that was decoded with the wrong character set, and touches nothing else.

    >>> LuanmaRepairMapper(min_confidence=0.9).process_batched({"text": ["浠婂勾鐨勬熆瀛愮啛寰楁棭", "晴"]})
    {'text': ['今年的柿子熟得早', '晴']}
    """

    _batched_op = True

    def __init__(
        self,
        *args: Any,
        min_confidence: float | None = None,
        gaps: Any = None,
        gap_char: str | None = None,
        expect: Any = None,
        only: str | None = None,
        escapes: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.repairer = Repairer(
            min_confidence=min_confidence,
            gaps=gaps,
            gap_char=gap_char,
            expect=expect,
            only=only,
            escapes=escapes,
        )

    def process_batched(self, samples: Any) -> Any:
        """The samples with their texts repaired."""
        # data-juicer starts a process for each core.
        samples[self.text_key] = self.repairer.repair_list(samples[self.text_key], threads=1)
        return samples
