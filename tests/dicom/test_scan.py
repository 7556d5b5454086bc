"""The scanner and the habits of real files: what each looks like, and what is found in it."""

from __future__ import annotations

import struct
import tracemalloc
import zlib
from typing import TYPE_CHECKING

import pytest

from dicomanon.dicom import scan as scanning
from dicomanon.dicom.scan import scan
from dicomanon.dicom.source import BytesSource
from dicomanon.dicom.transfer_syntax import (
    DEFLATED_LE,
    EXPLICIT_BE,
    EXPLICIT_LE,
    IMPLICIT_LE,
    TransferSyntax,
)
from dicomanon.errors import InputError, MalformedError, NotDicomError, UnsupportedError
from tests import builders, pydicom_files
from tests.builders import CLASS, NAME, STUDY, SYNTAXES, Delimited, Fragments, Verbatim, part10

if TYPE_CHECKING:
    from dicomanon.dicom.instance import Instance

JPEG = TransferSyntax("1.2.840.10008.1.2.4.50", "JPEG Baseline", codec="jpeg")


def read(data: bytes, window_bytes: int = 1 << 16) -> Instance:
    return scan(BytesSource(data), window_bytes)


def texts(instance: Instance) -> dict[str, str | int | None]:
    """Path -> VR and text of everything in the data set; bulk values as their length."""
    found: dict[str, str | int | None] = {}
    for place in instance.places():
        if place.path[0] >> 16 != 2:
            text = place.context.text(place.element)
            of_bulk = None if place.element.items is not None else place.element.value_bytes
            found[str(place.path)] = of_bulk if text is None else text
    return found


def code(data: bytes) -> str:
    """The code of the error that a source gives."""
    with pytest.raises(InputError) as caught:
        read(data)
    return caught.value.code


@pytest.mark.parametrize("syntax", SYNTAXES, ids=lambda s: s.name)
def test_transfer_syntaxes(syntax: TransferSyntax) -> None:
    """The four native transfer syntaxes hold the same elements."""
    data = part10(syntax, CLASS, NAME, ("Rows", "US", 512), ("PixelData", "OW", b"\1\2\3\4"))
    instance = read(data)
    assert texts(instance) == {
        "00080016": builders.CT_IMAGE,
        "00100010": "Yamada^Taro",
        "00280010": "512",
        "7FE00010": 4,
    }
    assert instance.transfer_syntax == syntax


@pytest.mark.parametrize("syntax", SYNTAXES, ids=lambda s: s.name)
@pytest.mark.parametrize("vr", ["SQ", "UN"])
@pytest.mark.parametrize(
    "content",
    [[[STUDY], [NAME]], Delimited([[STUDY], [NAME]]), Delimited([[STUDY], [NAME]], items=False)],
    ids=["defined", "undefined", "mixed"],
)
def test_sequences(syntax: TransferSyntax, vr: str, content: object) -> None:
    """A sequence is the same with defined, undefined and mixed lengths, as SQ and inside UN."""
    data = part10(syntax, CLASS, ("ReferencedStudySequence", vr, content), NAME)
    assert texts(read(data)) == {
        "00080016": builders.CT_IMAGE,
        "00081110": None,
        "00081110[0].0020000D": "1.2.3",
        "00081110[1].00100010": "Yamada^Taro",
        "00100010": "Yamada^Taro",
    }


@pytest.mark.parametrize("content", [[], Delimited([])], ids=["defined", "undefined"])
def test_empty_sequences(content: object) -> None:
    """A sequence without items has an empty list of them, and is no bulk value."""
    instance = read(part10(EXPLICIT_LE, ("ReferencedStudySequence", "SQ", content), NAME))
    assert [e.items for e in instance.data_set.elements] == [[], None]


def test_private_sequence_in_un() -> None:
    """UN of undefined length is a sequence, whoever made it."""
    data = part10(
        EXPLICIT_LE,
        (0x00090010, "LO", "ACME"),
        (0x00091001, "UN", Delimited([[NAME]])),
        NAME,
    )
    assert texts(read(data))["00091001[0].00100010"] == "Yamada^Taro"


def test_private_sequence_of_undefined_length_in_implicit() -> None:
    """Without a VR, an unknown element of undefined length that begins with an item is one."""
    data = part10(IMPLICIT_LE, CLASS, (0x00091001, "", Delimited([[NAME]])))
    assert texts(read(data))["00091001[0].00100010"] == "Yamada^Taro"


def test_implicit_items_in_an_explicit_data_set() -> None:
    """Some writers leave the items of an explicit data set implicit."""
    inside = builders.elements([STUDY], builders.form(IMPLICIT_LE))
    item = struct.pack("<HHL", 0xFFFE, 0xE000, len(inside)) + inside
    data = part10(EXPLICIT_LE, ("ReferencedStudySequence", "SQ", item), NAME)
    assert texts(read(data))["00081110[0].0020000D"] == "1.2.3"


@pytest.mark.parametrize(
    ("declared", "real"),
    [(EXPLICIT_LE, IMPLICIT_LE), (IMPLICIT_LE, EXPLICIT_LE), (JPEG, IMPLICIT_LE)],
    ids=["explicit", "implicit", "encapsulated"],
)
def test_wrong_vr_mode(declared: TransferSyntax, real: TransferSyntax) -> None:
    """The bytes say how they are encoded, whatever the File Meta says."""
    instance = read(part10(declared, CLASS, NAME, written_as=real))
    assert texts(instance)["00100010"] == "Yamada^Taro"
    assert instance.transfer_syntax.explicit == real.explicit


def test_deflated_data_set_in_the_wrong_vr_mode_stays_deflated() -> None:
    """The VR mode says nothing about deflation."""
    instance = read(part10(DEFLATED_LE, CLASS, NAME, written_as=IMPLICIT_LE))
    assert texts(instance)["00100010"] == "Yamada^Taro"
    assert instance.transfer_syntax.deflated


@pytest.mark.parametrize("syntax", [EXPLICIT_LE, IMPLICIT_LE, EXPLICIT_BE], ids=lambda s: s.name)
def test_neither_preamble_nor_file_meta(syntax: TransferSyntax) -> None:
    """A data set alone is recognized by its first element."""
    instance = read(builders.data_set(syntax, CLASS, NAME))
    assert instance.transfer_syntax == syntax
    assert not instance.preamble
    assert texts(instance) == {"00080016": builders.CT_IMAGE, "00100010": "Yamada^Taro"}


def test_no_preamble() -> None:
    """A File Meta may begin the file."""
    instance = read(part10(EXPLICIT_LE, CLASS, NAME)[132:])
    assert texts(instance)["00100010"] == "Yamada^Taro"
    assert instance.file_meta.elements


def test_no_preamble_but_the_prefix() -> None:
    """DICM may begin the file."""
    instance = read(part10(EXPLICIT_LE, CLASS, NAME)[128:])
    assert texts(instance)["00100010"] == "Yamada^Taro"
    assert instance.data_set.start == instance.file_meta.stop


def test_preamble_without_file_meta() -> None:
    """The data set may follow the prefix at once."""
    instance = read(builders.PREAMBLE + builders.data_set(EXPLICIT_LE, CLASS, NAME))
    assert texts(instance)["00100010"] == "Yamada^Taro"
    assert not instance.file_meta.elements


def test_implicit_file_meta() -> None:
    """Some writers leave the File Meta implicit."""
    meta = builders.elements([(0x00020010, "UI", IMPLICIT_LE.uid)], builders.form(IMPLICIT_LE))
    data = builders.PREAMBLE + meta + builders.data_set(IMPLICIT_LE, CLASS, NAME)
    instance = read(data)
    assert not instance.file_meta.explicit
    assert texts(instance)["00100010"] == "Yamada^Taro"


def test_wrong_file_meta_length() -> None:
    """The File Meta ends where its group does, whatever its length says."""
    data = bytearray(part10(EXPLICIT_LE, CLASS, NAME))
    data[140:144] = struct.pack("<L", 9999)
    assert texts(read(bytes(data)))["00100010"] == "Yamada^Taro"


def test_command_elements_before_the_data_set() -> None:
    """Group 0000 is Implicit VR Little Endian, whatever the data set is."""
    command = builders.elements([(0x00000002, "UI", builders.CT_IMAGE)], builders.form(IMPLICIT_LE))
    instance = read(part10(EXPLICIT_LE, Verbatim(command), CLASS, NAME))
    assert instance.command_set is not None
    assert [e.tag for e in instance.command_set.elements] == [0x00000002]
    assert texts(instance)["00100010"] == "Yamada^Taro"


@pytest.mark.parametrize("vr", ["OV", "SV", "UV", "OD", "OL", "UC", "UR", "UT", "OF"])
def test_long_vrs(vr: str) -> None:
    """Every VR outside the closed set of short ones has a 32-bit length."""
    data = part10(EXPLICIT_LE, CLASS, ("SelectorAttribute", vr, b"12345678"), NAME)
    assert data.count(b"Yamada") == 1
    instance = read(data)
    assert [e.value_bytes for e in instance.data_set.elements] == [26, 8, 12]


def test_vr_not_invented_yet() -> None:
    """An unknown VR of two capitals has the long form, as PS3.5 §7.1.2 wants of new ones."""
    later = struct.pack("<HH2sHL", 0x0009, 0x1001, b"ZZ", 0, 4) + b"1234"
    instance = read(part10(EXPLICIT_LE, CLASS, Verbatim(later), NAME))
    found = instance.data_set.find(0x00091001)
    assert found is not None
    assert (found.vr, found.value_bytes) == ("ZZ", 4)
    assert instance.data_set.find(0x00100010) is not None


def test_implicit_element_in_an_explicit_data_set() -> None:
    """Where no VR stands, the four bytes are the length."""
    lost = struct.pack("<HHL", 0x0009, 0x1001, 4) + b"1234"
    instance = read(part10(EXPLICIT_LE, CLASS, Verbatim(lost), NAME))
    found = instance.data_set.find(0x00091001)
    assert found is not None
    assert (found.vr, found.value_bytes) == ("", 4)


def test_odd_lengths() -> None:
    """A value of odd length is read as it is."""
    data = part10(EXPLICIT_LE, CLASS, ("PatientName", "PN", b"Odd"), STUDY)
    assert texts(read(data)) == {
        "00080016": builders.CT_IMAGE,
        "00100010": "Odd",
        "0020000D": "1.2.3",
    }


def test_fragments() -> None:
    """Encapsulated pixel data are one element that ends at the delimiter."""
    content = Fragments([b"", b"\1\2\3\4", b"\5\6"])
    instance = read(part10(JPEG, CLASS, ("PixelData", "OB", content), (0xFFFCFFFC, "OB", b"\0\0")))
    pixels = instance.data_set.find(0x7FE00010)
    assert pixels is not None
    assert pixels.undefined_length
    assert pixels.items is None
    assert pixels.value_bytes == 3 * 8 + 6
    assert instance.data_set.find(0xFFFCFFFC) is not None


def test_stray_sequence_delimiter() -> None:
    """A delimiter that delimits nothing is an element of its own."""
    stray = builders.form(EXPLICIT_LE).item(builders.SEQUENCE_END)
    instance = read(part10(EXPLICIT_LE, CLASS, Verbatim(stray), NAME))
    assert texts(instance)["00100010"] == "Yamada^Taro"


def test_stray_item_delimiter() -> None:
    """An item delimiter ends the data set, as in pydicom; what follows counts as trailing."""
    stray = builders.form(EXPLICIT_LE).item(builders.ITEM_END)
    instance = read(part10(EXPLICIT_LE, CLASS, Verbatim(stray), NAME))
    assert list(texts(instance)) == ["00080016"]
    assert instance.trailing_bytes == 8 + 8 + 12


def test_trailing_bytes() -> None:
    """Fewer bytes than a header needs belong to no element."""
    instance = read(part10(EXPLICIT_LE, CLASS, NAME, Verbatim(b"\0\1\2\3\4")))
    assert instance.trailing_bytes == 5
    assert instance.truncated_at is None


def test_duplicates() -> None:
    """Of two elements of one tag the last counts, and both are there."""
    instance = read(part10(EXPLICIT_LE, ("PatientID", "LO", "first"), ("PatientID", "LO", "2nd")))
    assert [e.tag for e in instance.data_set.elements] == [0x00100020] * 2
    assert instance.text(0x00100020) == "2nd"


@pytest.mark.parametrize("delimited", [False, True], ids=["defined", "undefined"])
def test_depth_is_bounded(delimited: bool) -> None:  # noqa: FBT001 - a case
    """Deeper than MAX_DEPTH is refused, not followed."""
    for depth, refused in ((scanning.MAX_DEPTH, False), (scanning.MAX_DEPTH + 1, True)):
        spec: builders.Element = NAME
        for _ in range(depth):
            content = Delimited([[spec]]) if delimited else [[spec]]
            spec = ("ReferencedStudySequence", "SQ", content)
        data = part10(EXPLICIT_LE, CLASS, spec)
        if refused:
            assert code(data) == "depth"
        else:
            assert len(list(read(data).places())) == depth + 2 + 5


def test_ten_thousand_levels() -> None:
    """Depth costs no recursion."""
    opened = builders.form(EXPLICIT_LE).header(0x00081110, "SQ", builders.UNDEFINED)
    opened += builders.form(EXPLICIT_LE).item(builders.ITEM, builders.UNDEFINED)
    assert code(part10(EXPLICIT_LE, CLASS, Verbatim(opened * 10_000))) == "depth"


def test_count_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Elements, items and fragments count together."""
    monkeypatch.setattr(scanning, "MAX_ELEMENTS", 20)
    assert code(part10(EXPLICIT_LE, *[NAME] * 21)) == "count"
    items: list[list[builders.Element]] = [[]] * 21
    assert code(part10(EXPLICIT_LE, ("ReferencedStudySequence", "SQ", items))) == "count"
    assert code(part10(JPEG, ("PixelData", "OB", Fragments([b""] * 21)))) == "count"
    assert read(part10(EXPLICIT_LE, *[NAME] * 10)).data_set.elements


@pytest.mark.parametrize("left", range(8, 12))
def test_long_header_that_leaves_its_item(left: int) -> None:
    """A header that does not end inside its item is an error, not an element outside it."""
    long_header = struct.pack("<HH2sHL", 0x0040, 0xA730, b"UT", 0, 0)[:left]
    item = builders.form(EXPLICIT_LE).item(builders.ITEM, left) + long_header
    data = part10(EXPLICIT_LE, ("ReferencedStudySequence", "SQ", item), NAME, NAME)
    assert code(data) == "length"


def test_value_longer_than_its_item() -> None:
    """A value that leaves its item is an error."""
    lying = struct.pack("<HH2sH", 0x0010, 0x0010, b"PN", 20) + b"short "
    item = builders.form(EXPLICIT_LE).item(builders.ITEM, len(lying)) + lying
    data = part10(EXPLICIT_LE, ("ReferencedStudySequence", "SQ", item), NAME, NAME)
    assert code(data) == "length"


def test_item_longer_than_its_sequence() -> None:
    """An item that leaves its sequence is an error."""
    inside = builders.elements([STUDY], builders.form(EXPLICIT_LE))
    item = builders.form(EXPLICIT_LE).item(builders.ITEM, len(inside) + 8) + inside
    data = part10(EXPLICIT_LE, ("ReferencedStudySequence", "SQ", item), NAME, NAME)
    assert code(data) == "length"


@pytest.mark.parametrize(
    "content",
    [b"\xfe\xff\x0d\xe0\0\0\0\0", b"\x10\x00\x10\x00PN\0\0", b"\xff\xff\xff\xff\0\0\0\0"],
    ids=["item delimiter", "element", "nonsense"],
)
def test_sequence_without_items(content: bytes) -> None:
    """What stands in a sequence and is no item cannot be skipped by guessing."""
    data = part10(EXPLICIT_LE, ("ReferencedStudySequence", "SQ", content), NAME)
    assert code(data) == "delimiter"


@pytest.mark.parametrize("data", [b"", b"\0", b"DICM", bytes(131), bytes(132), b"\x89PNG\r\n" * 99])
def test_not_dicom(data: bytes) -> None:
    """What is no DICOM says so."""
    with pytest.raises(NotDicomError):
        read(data)


def test_prefix_and_nothing_else() -> None:
    """A file of a preamble and a prefix holds no element."""
    with pytest.raises(NotDicomError):
        read(builders.PREAMBLE)


@pytest.mark.parametrize("syntax", SYNTAXES, ids=lambda s: s.name)
def test_truncation_anywhere(syntax: TransferSyntax) -> None:
    """Cut at any byte, a file is refused, says where it is cut, or is a whole shorter one."""
    pixels = ("PixelData", "OW", b"\1\2\3\4")
    delimited = ("ReferencedSeriesSequence", "SQ", Delimited([[STUDY]]))
    defined = ("ReferencedStudySequence", "SQ", [[STUDY]])
    data = part10(syntax, CLASS, delimited, defined, NAME, pixels)
    whole = [str(place.path) for place in read(data).places()]
    for size in range(len(data)):
        try:
            instance = read(data[:size])
        except InputError:
            continue
        found = [str(place.path) for place in instance.places()]
        assert found == whole[: len(found)]
        assert all(
            place.element.value_start <= place.element.value_stop <= instance.window.size_bytes
            for place in instance.places()
        )
        ends_whole = instance.trailing_bytes < 12 and len(found) < len(whole)
        assert instance.truncated_at is not None or ends_whole


def test_truncated_fragments_say_so() -> None:
    """A file that ends between fragments is cut, though each fragment is whole."""
    data = part10(JPEG, CLASS, ("PixelData", "OB", Fragments([b"", b"\1\2\3\4"])))
    assert read(data[:-8]).truncated_at is not None
    assert read(data).truncated_at is None


SMALL_FILES = [p for p in pydicom_files.dicom_files() if p.stat().st_size < 40_000]


@pytest.mark.parametrize("window_bytes", [1, 24, 25, 31, 64, 100, 255, 1000, 4096])
def test_window_size_never_matters(window_bytes: int) -> None:
    """The spans of every file are the same through any window."""
    for path in SMALL_FILES:
        data = path.read_bytes()
        assert spans(read(data, window_bytes)) == spans(read(data)), path.name


def spans(instance: Instance) -> list[tuple[str, str, int, int, int, int]]:
    return [
        (
            str(place.path),
            place.element.vr,
            place.element.start,
            place.element.value_start,
            place.element.value_stop,
            place.element.stop,
        )
        for place in instance.places()
    ]


def test_deflate_bomb_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A data set that inflates beyond the limit is refused at the limit's cost."""
    limit = 1 << 20
    monkeypatch.setattr(scanning, "MAX_INFLATED_BYTES", limit)
    head = builders.PREAMBLE + builders.file_meta(DEFLATED_LE.uid)
    bomb = head + builders.deflated(bytes(100 * limit))
    tracemalloc.start()
    try:
        with pytest.raises(UnsupportedError) as caught:
            read(bomb)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert caught.value.code == "inflated_size"
    assert peak < 4 * limit


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xff\xff", zlib.compress(b"zlib, not raw"), b"\3"], ids=repr
)
def test_broken_deflate(body: bytes) -> None:
    """What cannot be inflated is refused."""
    data = builders.PREAMBLE + builders.file_meta(DEFLATED_LE.uid) + body
    assert code(data) == "deflate"


def test_cut_deflate() -> None:
    """A deflated stream without its end is refused, never taken for a shorter one."""
    data = part10(DEFLATED_LE, CLASS, NAME, ("PixelData", "OW", bytes(range(256)) * 9))
    with pytest.raises(MalformedError):
        read(data[:-9])
