"""Cells of CSV files that people open in a spreadsheet.

Strategy: a text that a spreadsheet would run as a formula gets the apostrophe with which
spreadsheets mark text. Whoever reads such a file takes the mark off again.

Invariants: no cell begins a formula, in half or full width; `bare(cell(text)) == text`
for a text that carries no such mark itself.
"""

from __future__ import annotations

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def cell(value: object) -> str:
    """A cell that a spreadsheet takes for text; None is an empty one."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def bare(text: str) -> str:
    """What `cell` was given, whether or not a spreadsheet took its mark off."""
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text
