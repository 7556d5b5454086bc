"""Cells of CSV files: never a formula, and the value again when read back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomanon.spreadsheet import bare, cell


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_no_formula(start: str) -> None:
    """What a spreadsheet would run is marked as text; nothing else is touched."""
    assert cell(f"{start}1+1") == f"'{start}1+1"
    assert (cell(None), cell(3), cell("a=b")) == ("", "3", "a=b")


@given(st.text().filter(lambda text: text == bare(text)))
def test_read_back(text: str) -> None:
    """A text comes back, with the mark and after a spreadsheet took it off."""
    assert bare(cell(text)) == text
