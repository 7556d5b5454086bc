"""The two maps of a participant: which new UID and patient ID stands for which old one.

Strategy: CSV `id_old,id_new`, read as text; what our own crosswalk quoted against
spreadsheets is unquoted.

Invariants: of an old value's rows the first counts, of a new value's the last. A map
measures consistency with what was claimed, not secrecy.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, NamedTuple

from dicomanon.errors import ProfileError
from dicomanon.spreadsheet import bare

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

COLUMNS = ["id_old", "id_new"]


class Maps(NamedTuple):
    """Old values to new ones."""

    uids: Mapping[str, str]
    patients: Mapping[str, str]


def read_map(path: Path) -> dict[str, str]:
    """A map's rows.

    Raises:
        ProfileError: it is not such a CSV; it carries the line.
    """
    found: dict[str, str] = {}
    line = 0
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = csv.reader(stream, strict=True)
            for row in rows:
                line = rows.line_num
                if line == 1:
                    _require(row == COLUMNS, line)
                elif row:
                    _require(len(row) == len(COLUMNS), line)
                    found.setdefault(*map(bare, row))
    except (UnicodeDecodeError, csv.Error):
        raise ProfileError("map", where=f"line {line + 1}") from None
    _require(line > 0, 1)
    return found


def _require(holds: bool, line: int) -> None:  # noqa: FBT001 - the one thing it is about
    if not holds:
        raise ProfileError("map", where=f"line {line}")
