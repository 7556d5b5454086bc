"""The answer key: an SQLite table with one row a source instance, and checks as JSON in it.

Strategy: the small columns are sorted once, so that a series' rows follow each other;
the checks are read row by row.

Invariants: the key is opened for reading only. What is not such a key is refused with its
row, never read in part.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing, contextmanager
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from dicomanon.errors import ProfileError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ORDER = """
    SELECT rowid, SOPInstanceUID, SeriesInstanceUID, StudyInstanceUID, PatientID,
           Modality, SOPClassUID
    FROM answer_data ORDER BY PatientID, StudyInstanceUID, SeriesInstanceUID, rowid
"""
_CHECKS = "SELECT AnswerData FROM answer_data WHERE rowid = ?"
_SCOPES = "SELECT 1 FROM pragma_table_info('answer_data') WHERE name = 'scope'"
_ROW_SCOPES = "SELECT rowid FROM answer_data WHERE scope <> '<Instance>' LIMIT 1"


class Identity(NamedTuple):
    """Which instance it is; all are text."""

    instance: str
    series: str
    study: str
    patient: str
    modality: str = ""
    sop_class: str = ""


class Check(NamedTuple):
    """One check.

    path: where to look, "" for pixels; value, text: in brackets, as the key has them;
    categories: the key's own, by family and code.
    """

    number: str
    action: str
    path: str
    tag: str
    name: str
    value: str
    text: str
    categories: dict[str, dict[str, str | None]]


class Answers(NamedTuple):
    """The answers for one source instance."""

    identity: Identity
    checks: list[Check]


class AnswerKey:
    """An answer key that is open."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def series(self) -> Iterator[Iterator[Answers]]:
        """The answers of each source series in turn.

        Raises:
            ProfileError: a row is not as an answer key has it.
        """
        rows = self._connection.execute(_ORDER)
        for _, group in groupby(rows, key=lambda row: row[2:5]):
            yield map(self._answers, group)

    def _answers(self, row: tuple[object, ...]) -> Answers:
        rowid, *identity = row
        (text,) = self._connection.execute(_CHECKS, (rowid,)).fetchone()
        try:
            checks = [_check(number, item) for number, item in json.loads(text).items()]
        except (ValueError, TypeError, AttributeError, KeyError):
            raise ProfileError("answers", where=f"row {rowid}") from None
        return Answers(Identity(*("" if i is None else str(i) for i in identity)), checks)


@contextmanager
def answer_key(path: Path) -> Iterator[AnswerKey]:
    """An answer key, open as long as the context lasts.

    Raises:
        ProfileError: it is no answer key, or its rows are for more than one instance each.
    """
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as opened:
            if opened.execute(_SCOPES).fetchone():
                for (rowid,) in opened.execute(_ROW_SCOPES):
                    raise ProfileError("answers", where=f"row {rowid}: scope")
            yield AnswerKey(opened)
    except sqlite3.DatabaseError:
        raise ProfileError("answers") from None


def _check(number: str, item: dict[str, object]) -> Check:
    categories = item.get("answer_category_v2") or {}
    if not isinstance(categories, dict):
        raise TypeError
    return Check(
        number=number,
        action=bare(str(item["action"])),
        path=str(item.get("tag_ds") or ""),
        tag=str(item.get("tag") or ""),
        name=bare(str(item.get("tag_name") or "")),
        value=str(item.get("value") or ""),
        text=str(item.get("action_text") or ""),
        categories={
            family: {code: None if v is None else str(v) for code, v in values.items()}
            for family, values in categories.items()
            if isinstance(values, dict)
        },
    )


def bare(text: str) -> str:
    """A text without the brackets it is wrapped in."""
    return text.removeprefix("<").removesuffix(">")
