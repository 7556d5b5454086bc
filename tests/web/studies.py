"""Folders of DICOM files for the browser tests: patients, studies and series, and what is none.

Invariants: every file names its patient as `instances.patient` does; UIDs are unique.
"""

from __future__ import annotations

import zipfile
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

import pydicom

from tests.web import instances

if TYPE_CHECKING:
    from pathlib import Path


class Person(NamedTuple):
    """A patient as files name them."""

    identifier: str
    name: str


YAMADA = Person("0012345678", "Yamada^Tarou=山田^太郎=やまだ^たろう")
NAMESAKE = Person("0099999999", "Yamada^Tarou=山田^太郎=やまだ^たろう")
SATO = Person("0077777777", "Sato^Hanako=佐藤^花子=さとう^はなこ")
NO_IMAGES = ("notes.txt", "empty.dcm", "DICOMDIR")
"""What `folder` puts beside the images: text, nothing, an index."""


def image(person: Person, series: int, number: int) -> bytes:
    """A CT slice in series 1, an ultrasound with burned-in text in series 2."""
    data = pydicom.dcmread(BytesIO(instances.ct() if series == 1 else instances.ultrasound()))
    data.PatientID, data.PatientName = person
    data.StudyInstanceUID = f"1.2.3.{int(person.identifier)}"
    data.SeriesInstanceUID = f"{data.StudyInstanceUID}.{series}"
    data.SOPInstanceUID = f"{data.SeriesInstanceUID}.{number}"
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID
    data.StudyDescription, data.SeriesDescription = "CHEST", f"Series {series} 胸部"
    data.SeriesNumber, data.InstanceNumber = series, number
    data.Manufacturer, data.ManufacturerModelName = "ACME", f"Scanner {series}"
    return instances.written(data)


def directory() -> bytes:
    """A DICOMDIR without records."""
    data = pydicom.Dataset()
    data.file_meta = pydicom.dataset.FileMetaDataset()
    data.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    data.file_meta.MediaStorageSOPClassUID = pydicom.uid.MediaStorageDirectoryStorage
    data.file_meta.MediaStorageSOPInstanceUID = pydicom.uid.UID("1.2.3.9")
    data.FileSetID = "NONE"
    return instances.written(data)


def contents(persons: tuple[Person, ...], images: int) -> dict[str, bytes]:
    """Name -> bytes: two series of so many images a person, a cut one, and what is no image."""
    files = {
        f"{person.identifier}/S{series}/I{number}.dcm": image(person, series, number)
        for person in persons
        for series in (1, 2)
        for number in range(1, images + 1)
    }
    return files | {
        "cut.dcm": image(persons[0], 1, 99)[:2000],
        **dict(zip(NO_IMAGES, (b"hello", b"", directory()), strict=True)),
    }


def folder(root: Path, persons: tuple[Person, ...] = (YAMADA,), images: int = 2) -> list[Path]:
    """Write `contents` below `root`."""
    for name, content in contents(persons, images).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return sorted(path for path in root.rglob("*") if path.is_file())


def zipped(files: dict[str, bytes]) -> bytes:
    """The files as a deflated ZIP."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()
