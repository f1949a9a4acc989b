"""Finds and repairs mojibake (乱码): text that was written in one character set and read with another.

>>> import luanma
>>> luanma.repair("浠婂勾鐨勬熆瀛愮啛寰楁棭")
'今年的柿子熟得早'

Clean text comes back as the same object, not even copied:

>>> text = "今年的柿子熟得早"
>>> luanma.repair(text) is text
True

Offsets count code points, as Python's own do. A ``str`` with lone surrogates is no error: they stay where they are, and
the text between two of them is repaired by itself.

Columns (`repair_array`, `report_array`) are anything with Arrow's PyCapsule interface. For the idiom of a tool import the
module with its name: ``luanma.polars``, ``luanma.pandas``, ``luanma.hf``, ``luanma.datatrove``, ``luanma.nemo_curator``,
``luanma.data_juicer``, ``luanma.duckdb``, ``luanma.sklearn``, ``luanma.scrapy``, ``luanma.spark``, ``luanma.dask``.
``luanma.ftfy`` has the functions of ftfy.
"""

from luanma import hf
from luanma._columns import report_array, repair_array, suspect_array
from luanma._luanma import MODEL, Repairer, __version__, decode, garble, is_suspect, repair, report
from luanma._report import Decoded, Gap, Piece, Repair, Report, Restored, Undecodable, apply

__all__ = [
    "MODEL",
    "Decoded",
    "Gap",
    "Piece",
    "Repair",
    "Repairer",
    "Report",
    "Restored",
    "Undecodable",
    "__version__",
    "apply",
    "decode",
    "garble",
    "hf",
    "is_suspect",
    "repair",
    "repair_array",
    "report",
    "report_array",
    "suspect_array",
]
