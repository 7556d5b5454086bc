"""Answer keys made by hand: real SQLite, real DICOM files through pydicom."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any, NamedTuple

from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian

from dicomanon.verify.score import Maps, Result, Score, score

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from dicomanon.verify.score import Reader

OLD_STUDY, OLD_SERIES, OLD = "1.2.3.1", "1.2.3.2", "1.2.3.3"
NEW_STUDY, NEW_SERIES, NEW = "2.25.1", "2.25.2", "2.25.3"
MAPS = Maps({OLD_STUDY: NEW_STUDY, OLD_SERIES: NEW_SERIES, OLD: NEW}, {"KX-774": "P1"})
PIXELS = bytes(range(16))
COLUMNS = (
    '"index" INTEGER, "group" INTEGER, Modality TEXT, SOPClassUID TEXT, PatientID INTEGER, '
    "StudyInstanceUID TEXT, SeriesInstanceUID TEXT, SOPInstanceUID TEXT, Digest TEXT, "
    "AnswerData TEXT"
)
REVIEWED: dict[str, Any] = {"tcia": {"rev": "TCIA-REV"}}
REMOVAL: dict[str, Any] = {"hipaa": {"m": None, "z": "HIPAA-A"}}


class Row(NamedTuple):
    """A row of the key; checks: as the JSON has them."""

    checks: Sequence[Mapping[str, object]]
    instance: str = OLD
    series: str = OLD_SERIES
    patient: str = "KX-774"


def check(
    action: str,
    path: str = "<(0010,0010)>",
    value: str = "<>",
    text: str = "<>",
    **more: Any,  # noqa: ANN401 - categories
) -> dict[str, object]:
    """A check in the key's form."""
    return {
        "scope": "<Instance>",
        "tag": path,
        "tag_ds": path,
        "tag_name": "<A Name>",
        "value": value,
        "action": f"<{action}>",
        "action_text": text,
        "answer_category_v2": {"hipaa": {}, "dicom": {"iod": "DICOM-IOD-1"}, "tcia": {}, **more},
    }


def key_of(path: Path, rows: Sequence[Row], columns: str = COLUMNS) -> Path:
    """An answer key with these rows."""
    with closing(sqlite3.connect(path)) as opened, opened:
        opened.execute(f"CREATE TABLE answer_data ({columns})")
        for number, row in enumerate(rows):
            data = json.dumps({str(n): each for n, each in enumerate(row.checks)})
            opened.execute(
                f"INSERT INTO answer_data VALUES ({', '.join('?' * (columns.count(',') + 1))})",  # noqa: S608 - marks only
                (
                    *(number, 0, "CT", CTImageStorage, row.patient),
                    *(OLD_STUDY, row.series, row.instance, "None", data),
                    *["<Series>"] * (columns.count(",") - 9),
                ),
            )
    return path


def data_set(**more: object) -> Dataset:
    """The output of the only instance of `MAPS`; more: by keyword, None for none."""
    found = Dataset()
    values: dict[str, object] = {
        "SOPClassUID": CTImageStorage,
        "SOPInstanceUID": NEW,
        "StudyInstanceUID": NEW_STUDY,
        "SeriesInstanceUID": NEW_SERIES,
        "Modality": "CT",
        "PatientID": "P1",
        "PixelData": PIXELS,
        **more,
    }
    for keyword, value in values.items():
        if value is not None:
            setattr(found, keyword, value)
    if "PixelData" in found:
        found["PixelData"].VR = "OW"
    return found


def write(path: Path, data: Dataset, syntax: UID = ExplicitVRLittleEndian) -> Path:
    """A file of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = syntax
    data.save_as(path, enforce_file_format=True)
    return path


class Scored(NamedTuple):
    """A score, and every result that counted."""

    score: Score
    results: list[Result]

    @property
    def verdicts(self) -> list[str]:
        """The verdicts in turn."""
        return [str(result.judged.verdict) for result in self.results]


def scored(
    folder: Path,
    rows: Sequence[Row],
    outputs: Sequence[Dataset] = (),
    *,
    maps: Maps = MAPS,
    reader: Reader | None = None,
    **options: Any,  # noqa: ANN401 - what score takes
) -> Scored:
    """What these outputs score against these rows."""
    target = folder / "out"
    target.mkdir(exist_ok=True)
    for number, data in enumerate(outputs):
        write(target / f"{number}.dcm", data)
    results: list[Result] = []
    key = key_of(folder / "key.db", rows)
    found = score(key, target, maps, reader=reader, each=results.append, **options)
    return Scored(found, results)
