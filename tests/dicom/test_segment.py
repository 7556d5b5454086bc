"""The rewriter: what stays is identical, what changes is where it should be."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import pydicom
import pytest
from pydicom.filebase import DicomBytesIO

from dicomanon.dicom.ranges import JOIN_BYTES, SourceRange
from dicomanon.dicom.scan import scan
from dicomanon.dicom.segment import (
    DROP,
    Edit,
    InstanceEdit,
    LevelEdit,
    NewElement,
    Patches,
    rewrite,
    to_bytes,
)
from dicomanon.dicom.source import BytesSource
from dicomanon.dicom.transfer_syntax import (
    DEFLATED_LE,
    EXPLICIT_BE,
    EXPLICIT_LE,
    TransferSyntax,
)
from tests import builders, pydicom_files
from tests.builders import CLASS, NAME, STUDY, SYNTAXES, Delimited, part10

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dicomanon.dicom.instance import DataSet, Instance

PATIENT_NAME = 0x00100010


def read(data: bytes) -> Instance:
    return scan(BytesSource(data))


def edited(instance: Instance, data_set: LevelEdit, file_meta: LevelEdit | None = None) -> bytes:
    """The instance with these edits, as bytes."""
    meta = file_meta or LevelEdit(instance.file_meta)
    edit = InstanceEdit(preamble=False, file_meta=meta, drop_command_set=False, data_set=data_set)
    return to_bytes(instance.original, rewrite(instance, edit))


def everywhere(level: DataSet, choose: Callable[[int, str], Edit | None]) -> LevelEdit:
    """Edits of one level and all levels inside."""
    edit = LevelEdit(level)
    for index, element in enumerate(level.elements):
        chosen = choose(element.tag, element.vr)
        if chosen is not None:
            edit.edits[index] = chosen
        elif element.items is not None:
            edit.edits[index] = [everywhere(item, choose) for item in element.items]
    return edit


def keep(_tag: int, _vr: str) -> None:
    return None


def pydicom_read(data: bytes) -> pydicom.Dataset:
    return pydicom.dcmread(DicomBytesIO(data), force=True)


@pytest.mark.parametrize("path", pydicom_files.dicom_files(), ids=pydicom_files.name)
def test_keep_all_is_byte_identical(path: Path) -> None:
    """No edits, no change; edits that change nothing change nothing either."""
    data = path.read_bytes()
    instance = read(data)
    assert edited(instance, LevelEdit(instance.data_set)) == data
    if instance.deflated_start is None and instance.truncated_at is None:
        rewritten = edited(instance, everywhere(instance.data_set, keep))
        assert rewritten == data


@pytest.mark.parametrize("syntax", SYNTAXES, ids=lambda s: s.name)
@pytest.mark.parametrize("vr", ["SQ", "UN"])
@pytest.mark.parametrize("form", ["defined", "undefined", "mixed"])
def test_edits_at_depth(syntax: TransferSyntax, vr: str, form: str) -> None:
    """What changes three levels down changes the lengths around it, and nothing beside it."""
    make: dict[str, Callable[[Any], Any]] = {
        "defined": lambda items: items,
        "undefined": Delimited,
        "mixed": lambda items: Delimited(items, items=False),
    }
    inner = ("ReferencedImageSequence", "SQ", make[form]([[STUDY, NAME], [STUDY]]))
    middle = ("ReferencedSeriesSequence", "SQ", make[form]([[inner], [NAME]]))
    outer = ("ReferencedStudySequence", vr, make[form]([[middle, STUDY]]))
    data = part10(syntax, CLASS, outer, NAME, ("PixelData", "OW", b"\1\2"))
    instance = read(data)

    def rename(tag: int, _vr: str) -> Edit | None:
        return NewElement(tag, "PN", b"LONGER^NAME^THAN^BEFORE ") if tag == PATIENT_NAME else None

    renamed = edited(instance, everywhere(instance.data_set, rename))
    before = {str(p.path): p.context.text(p.element) for p in instance.places()}
    after = {str(p.path): p.context.text(p.element) for p in read(renamed).places()}
    assert after == {
        path: "LONGER^NAME^THAN^BEFORE" if path.endswith("00100010") else text
        for path, text in before.items()
    }
    if vr == "SQ" or syntax is not EXPLICIT_BE:  # there pydicom expects big endian inside UN
        found = pydicom_read(renamed)
        series = found.ReferencedStudySequence[0].ReferencedSeriesSequence
        images = series[0].ReferencedImageSequence
        names = [images[0].PatientName, series[1].PatientName, found.PatientName]
        assert [str(n) for n in names] == ["LONGER^NAME^THAN^BEFORE"] * 3
        assert found.PixelData == b"\1\2"

    def drop(tag: int, _vr: str) -> Edit | None:
        return DROP if tag == PATIENT_NAME else None

    dropped = edited(instance, everywhere(instance.data_set, drop))
    if syntax is not DEFLATED_LE:
        assert b"Yamada" not in dropped
    paths = [str(p.path) for p in read(dropped).places() if p.element.tag == PATIENT_NAME]
    assert paths == []


def test_un_sequence_in_big_endian_ends_in_little_endian() -> None:
    """Inside UN everything is Implicit VR Little Endian, the delimiter too."""
    outer = ("ReferencedStudySequence", "UN", Delimited([[NAME]]))
    instance = read(part10(EXPLICIT_BE, CLASS, outer, STUDY))
    edit = everywhere(instance.data_set, lambda tag, _: DROP if tag == PATIENT_NAME else None)
    assert builders.Form(explicit=False, little=True).item(builders.SEQUENCE_END) in edited(
        instance, edit
    )
    assert [p.element.tag for p in read(edited(instance, edit)).places()][-1] == 0x0020000D


def test_insertions_stand_in_order_of_tags() -> None:
    """What is inserted stands before the first greater tag."""
    instance = read(part10(EXPLICIT_LE, CLASS, NAME, STUDY))
    edit = LevelEdit(instance.data_set)
    edit.insertions = [
        NewElement(0x00280303, "CS", b"REMOVED "),
        NewElement(0x00080005, "CS", b"ISO_IR 100"),
        NewElement(0x00120062, "CS", b"YES "),
    ]
    tags = [e.tag for e in read(edited(instance, edit)).data_set.elements]
    assert tags == sorted(tags)
    assert len(tags) == 6


def test_patches_keep_the_length() -> None:
    """Patches replace parts of a value where they stand."""
    data = part10(EXPLICIT_LE, CLASS, ("PixelData", "OW", bytes(range(20))))
    instance = read(data)
    pixels = instance.data_set.elements[-1]
    at = pixels.value_start
    edit = LevelEdit(instance.data_set)
    edit.edits[1] = Patches(((at + 2, b"\xaa\xbb"), (at + 10, SourceRange(at, at + 4))))
    expected = bytes([0, 1, 0xAA, 0xBB, *range(4, 10), 0, 1, 2, 3, *range(14, 20)])
    assert edited(instance, edit) == data[:at] + expected


def test_group_length_of_file_meta_is_made_anew() -> None:
    """(0002,0000) counts the bytes that follow it, whatever the source said."""
    instance = read(part10(EXPLICIT_LE, CLASS, meta=[(0x00020016, "AE", "SOMEWHERE ")]))
    meta = LevelEdit(instance.file_meta)
    meta.edits[len(instance.file_meta.elements) - 1] = DROP
    found = edited(instance, LevelEdit(instance.data_set), meta)
    assert struct.unpack("<L", found[140:144])[0] == read(found).file_meta.stop - 144
    assert b"SOMEWHERE" not in found


def test_large_ranges_stay_ranges() -> None:
    """However many edits there are, what is large is copied as one range."""
    large = ("PixelData", "OW", bytes(3 * JOIN_BYTES))
    instance = read(part10(EXPLICIT_LE, CLASS, *[NAME] * 200, large, (0xFFFCFFFC, "OB", b"\0\0")))
    edit = everywhere(
        instance.data_set,
        lambda tag, _: NewElement(tag, "PN", b"") if tag == PATIENT_NAME else None,
    )
    parts = rewrite(
        instance,
        InstanceEdit(
            preamble=True,
            file_meta=LevelEdit(instance.file_meta),
            drop_command_set=False,
            data_set=edit,
        ),
    )
    assert [type(part) for part in parts] in ([bytes, SourceRange], [bytes, SourceRange, bytes])
    assert sum(len(p) for p in parts if isinstance(p, bytes)) < JOIN_BYTES


def test_value_too_long_for_its_vr_becomes_un() -> None:
    """What 16 bits cannot count is written as UN. Standard: PS3.5 §6.2.2 Note 1."""
    data = part10(EXPLICIT_LE, CLASS, NAME)
    instance = read(data)
    edit = LevelEdit(instance.data_set)
    edit.edits[1] = NewElement(0x00081155, "UI", b"1.2\\" * 20_000)
    found = read(edited(instance, edit)).data_set.elements[1]
    assert (found.vr, found.value_bytes) == ("UN", 80_000)
