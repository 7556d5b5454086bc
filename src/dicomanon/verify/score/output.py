"""The output: which file stands for which source instance, and what is in one.

Strategy: one quick pass reads each file's SOP Instance UID and joins it to the map; a
file is opened again only when its row of the answer key is scored.

Invariants: a file that is not DICOM, has no UID or one that the map does not know, is
counted and not scored. Two files of one UID are both scored. Nothing is written.
"""

from __future__ import annotations

import hashlib
import os
import warnings
from collections import defaultdict
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pydicom import dcmread
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.filereader import read_partial
from pydicom.uid import DeflatedExplicitVRLittleEndian

from dicomanon.dicom.source import FileSource
from dicomanon.verify.levels import BROKEN, HEADER_BYTES
from dicomanon.verify.reader import read
from dicomanon.verify.score.answers import Identity
from dicomanon.verify.score.path import find, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydicom.dataset import FileDataset
    from pydicom.tag import BaseTag

SOP_INSTANCE_UID = 0x00080018
PIXEL_DATA = 0x7FE00010
DEFERRED_BYTES = 1 << 20
BLOCK_BYTES = 1 << 20
UNREADABLE = (*BROKEN, BytesLengthException, InvalidDicomError)
"""What pydicom raises on a file or a value that it cannot read."""
_IDENTITY = (
    "SOPInstanceUID",
    "SeriesInstanceUID",
    "StudyInstanceUID",
    "PatientID",
    "Modality",
    "SOPClassUID",
)


class Index:
    """Where the outputs are, by source SOP Instance UID.

    unmapped: DICOM files that the map does not lead to a source instance; other: files
    that are not DICOM.
    """

    def __init__(self, folder: Path, uids: Mapping[str, str]) -> None:
        self.unmapped = 0
        self.other = 0
        self._files: defaultdict[str, list[Path]] = defaultdict(list)
        before = {new: old for old, new in uids.items()}
        for path in _files(folder):
            try:
                uid = _sop_instance_uid(path)
            except UNREADABLE:
                self.other += 1
                continue
            old = before.get(uid)
            if old is None or uids[old] != uid:
                self.unmapped += 1
            else:
                self._files[old].append(path)

    def of(self, source_uid: str) -> list[Path]:
        """The files that stand for a source instance."""
        return self._files.get(source_uid, [])


class OutputFile:
    """One file of the output, as pydicom reads it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @cached_property
    def _data_set(self) -> FileDataset:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd values are what is looked for
            data_set = dcmread(self.path, defer_size=DEFERRED_BYTES)
            if data_set.file_meta.get("TransferSyntaxUID") == DeflatedExplicitVRLittleEndian:
                return dcmread(self.path)  # a deferred value could not be found again
            return data_set

    def text(self, path: str) -> str | None:
        """The value at a path, in brackets; None if there is no such element."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            element = find(self._data_set, path)
            return None if element is None else text_of(element)

    @cached_property
    def identity(self) -> Identity:
        """What it calls itself; what cannot be read is empty."""
        return Identity(*map(self._named, _IDENTITY))

    def _named(self, keyword: str) -> str:
        try:
            return str(self._data_set.get(keyword, ""))
        except UNREADABLE:
            return ""

    def digest(self) -> str:
        """MD5 of the pixel data's value as stored, without a delimiter; `None` if absent."""
        with self.path.open("rb") as stream:
            reading = read(FileSource(stream.fileno()))
            pixels = reading.pixels
            if pixels is None or pixels.tag != PIXEL_DATA:
                return "None"
            stop = pixels.stop - (0 if pixels.fragments is None else HEADER_BYTES)
            found = hashlib.md5(usedforsecurity=False)
            for start in range(pixels.start, stop, BLOCK_BYTES):
                found.update(reading.source.read(start, min(start + BLOCK_BYTES, stop)))
            return found.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    """All files of a folder, in order of names."""
    for parent, names, files in os.walk(folder):
        names.sort()
        yield from (
            path for path in (Path(parent, name) for name in sorted(files)) if path.is_file()
        )


def _sop_instance_uid(path: Path) -> str:
    """A file's SOP Instance UID, read no further than that."""

    def behind(tag: BaseTag, _vr: str | None, _length: int) -> bool:
        return int(tag) > SOP_INSTANCE_UID

    with path.open("rb") as stream, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return str(read_partial(stream, stop_when=behind).get("SOPInstanceUID", ""))
