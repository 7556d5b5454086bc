"""The answers of a set: an SQLite key in the form that MIDI-B has, and a table to read.

Strategy: one row an instance, its checks as JSON. The table has one row a check.

Invariants: the same answers make the same bytes, also of the database: it is written in one
transaction, and the number of the library that wrote it, which it would hold, is blanked.
"""

from __future__ import annotations

import csv
import hashlib
import json
import sqlite3
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dicomanon.synth.demand import Check

_COLUMNS = (
    '"index" INTEGER, "group" INTEGER, "Modality" TEXT, "SOPClassUID" TEXT, "PatientID" TEXT, '
    '"StudyInstanceUID" TEXT, "SeriesInstanceUID" TEXT, "SOPInstanceUID" TEXT, "Digest" TEXT, '
    '"AnswerData" TEXT'
)
"""Patient IDs are text: as numbers they would lose their leading zeros."""
_VERSION_BYTES = slice(96, 100)
_NO_PIXELS = "None"


class Answer(NamedTuple):
    """One instance and what is asked of it; file: its name in the set; patient: which one."""

    file: str
    patient: int
    modality: str
    sop_class: str
    patient_id: str
    study: str
    series: str
    instance: str
    digest: str
    checks: tuple[Check, ...]


def digest(pixels: bytes | None) -> str:
    """The MD5 of the value of Pixel Data as it stands in the file."""
    if pixels is None:
        return _NO_PIXELS
    return hashlib.md5(pixels, usedforsecurity=False).hexdigest()


def write_key(path: Path, answers: Sequence[Answer]) -> None:
    """Write the database; the file must not exist."""
    with sqlite3.connect(path) as database:
        database.execute(f"CREATE TABLE answer_data ({_COLUMNS})")
        database.executemany(
            "INSERT INTO answer_data VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (index, a.patient, *a[2:9], json.dumps(_answer_data(a), ensure_ascii=False))
                for index, a in enumerate(answers)
            ],
        )
    database.close()
    written = bytearray(path.read_bytes())
    written[_VERSION_BYTES] = bytes(4)
    path.write_bytes(written)


def _answer_data(answer: Answer) -> dict[str, object]:
    return {str(index): _check(check) for index, check in enumerate(answer.checks)}


def _check(check: Check) -> dict[str, object]:
    last = None if check.path is None else check.path.rpartition("]")[2]
    return {
        "scope": "<Instance>",
        "tag": last,
        "tag_ds": check.path,
        "tag_name": _bracketed(check.name),
        "value": _bracketed(check.value),
        "action": _bracketed(check.action),
        "action_text": _bracketed(check.text),
        "answer_category": [],
        "answer_category_v2": check.category(),
    }


def _bracketed(text: str | None) -> str | None:
    return None if text is None else f"<{text}>"


_HEADINGS = (
    "file", "patient", "modality", "instance", "element", "name", "action", "text", "code",
)  # fmt: skip


def write_truth(path: Path, answers: Sequence[Answer]) -> None:
    """Write the table, UTF-8; values stand in angle brackets, so none is a formula."""
    with path.open("x", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(_HEADINGS)
        for a in answers:
            for c in a.checks:
                row = (c.path or "pixels", c.name, c.action, _bracketed(c.text), c.code)
                table.writerow((a.file, a.patient, a.modality, a.instance, *row))
