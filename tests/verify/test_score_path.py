"""Paths of the answer key in pydicom's data sets, and the text of what stands there."""

from __future__ import annotations

from io import BytesIO

import pytest
from pydicom import Dataset, dcmread
from pydicom.dataelem import DataElement

from dicomanon.dicom.transfer_syntax import EXPLICIT_LE
from dicomanon.verify.score.path import find, text_of
from tests.builders import part10


def example() -> Dataset:
    inner, data = Dataset(), Dataset()
    inner.ReferencedSOPInstanceUID = "1.2.3"
    inner.private_block(0x0019, "Acme Inner", create=True).add_new(0x0C, "LO", "deep")
    data.ReferencedImageSequence = [Dataset(), inner]
    data.PatientName = "Yamada^Tarou=山田^太郎"
    data.ImageType = ["ORIGINAL", "PRIMARY"]
    data.PixelSpacing = ["0.50", "1e0"]
    data.InstanceNumber = "007"
    data.SeriesNumber = None
    data.StudyID = ""
    data.PixelData = bytes(4)
    data.add_new(0x60003000, "OW", bytes(2))
    data.add_new(0x00420011, "OB", b"\x01\x02")
    data.private_block(0x0019, "Siemens MR HEADER", create=True).add_new(0x0C, "IS", "1000")
    data.add(DataElement(0x00291001, "LO", "orphan"))
    return data


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("<(0010,0010)>", "<Yamada^Tarou=山田^太郎>"),
        ("<(0008,0008)>", "<['ORIGINAL', 'PRIMARY']>"),
        ("<(0028,0030)>", "<[0.50, 1e0]>"),
        ("<(0020,0013)>", "<007>"),
        ("<(0020,0011)>", "<>"),
        ("<(0020,0010)>", "<>"),
        ("<(7fe0,0010)>", "<REMOVED>"),
        ("<(7FE0,0010)>", "<REMOVED>"),
        ("<(6000,3000)>", "<REMOVED>"),
        ("<(0042,0011)>", r"<b'\x01\x02'>"),
        ("<(0008,1140)>[<0001>]<(0008,1155)>", "<1.2.3>"),
        ('<(0008,1140)>[<0001>]<(0019,"ACME INNER",0c)>', "<deep>"),
        ('<(0019,"SIEMENS MR HEADER",0c)>', "<1000>"),
        ("<(0019,0010)>", "<Siemens MR HEADER>"),
        ("<(0029,1001)>", "<orphan>"),
        ("<(0008,1140)>[<0000>]<(0008,1155)>", None),
        ("<(0008,1140)>[<0002>]<(0008,1155)>", None),
        ("<(0010,0010)>[<0000>]<(0008,1155)>", None),
        ("<(0010,0020)>", None),
        ('<(0019,"OTHER",0c)>', None),
        ("<(0019,100c)>", None),
    ],
)
def test_what_stands_at_a_path(path: str, expected: str | None) -> None:
    """Items count from 0; a private element goes by its creator; an empty value is `<>`."""
    element = find(example(), path)
    assert (None if element is None else text_of(element)) == expected


def test_a_sequence_has_a_text() -> None:
    """It exists and is not empty."""
    element = find(example(), "<(0008,1140)>")
    assert element is not None
    assert "1.2.3" in text_of(element)


def test_a_sequence_in_un_is_opened() -> None:
    """What pydicom leaves as bytes is searched as well."""
    name = ("PatientName", "PN", "山田^太郎")
    data = dcmread(
        BytesIO(
            part10(
                EXPLICIT_LE,
                ("SpecificCharacterSet", "CS", "ISO_IR 192"),
                (0x00090010, "LO", "ACME"),
                (0x00091001, "UN", [[name]]),
            )
        )
    )
    assert data[0x00091001].VR == "UN"
    element = find(data, '<(0009,"ACME",01)>[<0000>]<(0010,0010)>')
    assert element is not None
    assert text_of(element) == "<山田^太郎>"
    assert find(data, '<(0009,"ACME",01)>[<0001>]<(0010,0010)>') is None


def test_the_last_block_of_a_creator_counts() -> None:
    """Two blocks of one creator: the later one that has the element."""
    data = Dataset()
    for block, value in ((0x10, "first"), (0x11, "second")):
        data.add(DataElement(0x00190000 | block, "LO", "ACME"))
        data.add(DataElement(0x00190001 | block << 8, "LO", value))
    element = find(data, '<(0019,"ACME",01)>')
    assert element is not None
    assert element.value == "second"


@pytest.mark.parametrize(
    "path",
    ["", "0010,0010", "<(0010,0010)", "<(0008,1140)>[<0000>]", "<(0010,001)>", "<(0010,0010)>x"],
)
def test_what_is_no_path(path: str) -> None:
    """It raises, so its check is blank."""
    with pytest.raises(ValueError, match="not a path"):
        find(example(), path)
