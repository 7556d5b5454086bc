"""The leak check finds what was left on purpose, and nothing where nothing was."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

import pytest
from pydicom.dataset import Dataset

from dicomanon.dicom.source import BytesSource
from dicomanon.dicom.tag import TagPath, parse_path
from dicomanon.engine import anonymize
from dicomanon.errors import LeakError, ProfileError
from dicomanon.policy.profile import profile
from dicomanon.verify.claims import claimed
from dicomanon.verify.finding import accepted
from dicomanon.verify.leak import CATEGORIES, Expectation, check, find
from dicomanon.verify.reader import read
from dicomanon.verify.segments import SegmentSource
from tests import pydicom_files
from tests.verify.outputs import (
    GONE,
    INSTANCE,
    KEY,
    SECRETS,
    STUDY,
    anonymized,
    edited,
    found,
    original,
    strong,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SOURCE = original()
OUTPUT = anonymized(SOURCE)
DESCRIPTION = "00081030"
FULL_WIDTH = "1956/12/07".translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)})


def _text(text: str) -> Callable[[Dataset], object]:
    return lambda data: setattr(data, "StudyDescription", text)


def _private(value: bytes, vr: str = "UN") -> Callable[[Dataset], object]:
    def change(data: Dataset) -> None:
        data.private_block(0x0099, "ACME", create=True).add_new(1, vr, value)

    return change


def _nested(data: Dataset) -> None:
    inner, outer = Dataset(), Dataset()
    inner.PatientName = "Yamada^Tarou"
    outer.ReferencedImageSequence = [Dataset(), inner]
    data.RequestAttributesSequence = [outer]


def _overlay(data: Dataset) -> None:
    data.add_new(0x60001500, "LO", "YAMADA TAROU")


def _meta(data: Dataset) -> None:
    data.file_meta.SourceApplicationEntityTitle = "KX-774-2091"


@pytest.mark.parametrize(
    ("change", "path", "kind", "where"),
    [
        (lambda data: setattr(data, "PatientName", "YAMADA^TAROU"), "00100010", "name", "value"),
        (lambda data: setattr(data, "PatientID", "KX-774-2091"), "00100020", "identifier", "value"),
        (lambda data: setattr(data, "AccessionNumber", "AC5501827"), "00080050", "order", "value"),
        (lambda data: setattr(data, "StudyDate", "20240315"), "00080020", "date", "value"),
        (lambda data: setattr(data, "SOPInstanceUID", INSTANCE), "00080018", "uid", "value"),
        (lambda data: setattr(data, "StationName", "CTROOM-2"), "00081010", "device", "value"),
        (_text("seen by Dr. Hanako Suzuki"), DESCRIPTION, "name", "value"),
        (_text("pt yamada, tarou f/u"), DESCRIPTION, "name", "value"),
        (_text("TarouYamada"), DESCRIPTION, "name", "value"),
        (_text("Mr Yamada"), DESCRIPTION, "name", "value"),
        (_text("ID:KX7742091 chest"), DESCRIPTION, "identifier", "value"),
        (_text("born 1956-12-07"), DESCRIPTION, "date", "value"),
        (_text("born 7.12.1956"), DESCRIPTION, "date", "value"),
        (_text("born Dec 7, 1956"), DESCRIPTION, "date", "value"),
        (_text("born 7th December 1956"), DESCRIPTION, "date", "value"),
        (_text("昭和31年12月7日生"), DESCRIPTION, "date", "value"),
        (_text("1956年12月7日"), DESCRIPTION, "date", "value"),
        (_text(FULL_WIDTH), DESCRIPTION, "date", "value"),
        (_text("S31.12.7 生 男"), DESCRIPTION, "date", "value"),
        (_text("tel +81-3-5550-1234"), DESCRIPTION, "phone", "value"),
        (_text("12 SAKURADORI NAGOYA"), DESCRIPTION, "address", "value"),
        (_text("Sakura General Hospital CT"), DESCRIPTION, "institution", "value"),
        (_text("s/n SN9938271"), DESCRIPTION, "device", "value"),
        (_text("山田 太郎"), DESCRIPTION, "name", "value"),
        (_text("太郎　山田"), DESCRIPTION, "name", "value"),
        (_text("山田様"), DESCRIPTION, "name", "value"),
        (_text("ヤマダ・タロウ"), DESCRIPTION, "name", "value"),
        (_text("ﾔﾏﾀﾞ ﾀﾛｳ"), DESCRIPTION, "name", "value"),
        (_nested, "00400275[0].00081140[1].00100010", "name", "value"),
        (_overlay, "60001500", "name", "overlay"),
        (_meta, "00020016", "identifier", "file_meta"),
        (_private(b"xx Yamada^Tarou "), "00991001", "name", "private"),
        (_private(b"KX-774-2091\0", "LO"), "00991001", "identifier", "private"),
        (_private(STUDY.encode() + b"\0"), "00991001", "uid", "private"),
        (_private(b"\x01\x0219561207\0\0"), "00991001", "date", "private"),
    ],
)
def test_a_planted_value_is_found(
    change: Callable[[Dataset], object], path: str, kind: str, where: str
) -> None:
    """Every kind of identifier, in every layout people use, at its path and never by value."""
    assert (path, kind, where) in strong(SOURCE, edited(OUTPUT, change))


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-16-le", "utf-16-be", "cp932", "euc_jp", "iso2022_jp", "gb18030"]
)
@pytest.mark.parametrize("name", ["Yamada Tarou", "山田^太郎", "やまだ^たろう", "ヤマダ^タロウ"])
def test_a_name_is_found_in_every_encoding(encoding: str, name: str) -> None:
    """A private element that nobody declared as text holds the name in some encoding."""
    raw = b"\x07\x09" + name.encode(encoding) + b"\x07\x09"
    output = edited(OUTPUT, _private(raw + b"\0" * (len(raw) % 2)))
    assert ("00991001", "name", "private") in strong(SOURCE, output)


def test_half_width_kana_is_found_in_bytes() -> None:
    """ISO_IR 13 writes kana in single bytes, whatever the element says of itself."""
    output = edited(OUTPUT, _private("ﾔﾏﾀﾞ^ﾀﾛｳ".encode("cp932")))
    assert ("00991001", "name", "private") in strong(SOURCE, output)


@pytest.mark.parametrize(
    ("encoding", "day"),
    [("cp932", "1956年12月7日"), ("utf-8", "昭和31年12月07日"), ("euc_jp", "1956年12月07日")],
)
def test_a_japanese_date_is_found_in_bytes(encoding: str, day: str) -> None:
    """A date as Japanese writes it, in bytes nobody declared as text."""
    raw = day.encode(encoding)
    output = edited(OUTPUT, _private(raw + b" " * (len(raw) % 2)))
    assert ("00991001", "date", "private") in strong(SOURCE, output)


def test_a_date_is_found_in_utf_16() -> None:
    """Digits with a zero beside each."""
    output = edited(OUTPUT, _private("1956-12-07".encode("utf-16-le")))
    assert ("00991001", "date", "private") in strong(SOURCE, output)


@pytest.mark.parametrize(
    "charset", ["ISO_IR 192", "\\ISO 2022 IR 87", "ISO 2022 IR 13\\ISO 2022 IR 87", "GB18030"]
)
def test_the_original_is_read_in_its_character_set(charset: str) -> None:
    """What the original wrote in ISO 2022 is found where the output has it in UTF-8."""
    name = "山田^太郎" if charset != "GB18030" else "王^小东"
    source = original(charset, PatientName=f"={name}")
    output = edited(anonymized(source), _private(name.encode("utf-8") + b" " * (len(name) % 2)))
    assert ("00991001", "name", "private") in strong(source, output)


@pytest.mark.parametrize(
    ("charset", "name", "left"),
    [
        ("ISO_IR 100", "Müller^Jürgen", "Jürgen Müller"),
        ("ISO_IR 100", "Müller^Jürgen", "JUERGEN MUELLER"),
        ("ISO_IR 100", "Müller^Jürgen", "Jurgen Muller"),
        ("ISO_IR 144", "Люкceмбypг^Роза", "люкceмбypг роза"),
        ("ISO_IR 126", "Διονυσιος^Πετρος", "Πετρος Διονυσιος"),
        ("\\ISO 2022 IR 149", "Hong^Gildong=洪^吉洞=홍^길동", "홍길동"),
    ],
)
def test_other_scripts_are_found(charset: str, name: str, left: str) -> None:
    """Accents, spelled-out umlauts, Cyrillic, Greek and Korean."""
    source = original(charset, PatientName=name)
    output = edited(
        anonymized(source), lambda data: setattr(data, "SpecificCharacterSet", "ISO_IR 192")
    )
    assert (DESCRIPTION, "name", "value") in strong(source, edited(output, _text(left)))


def test_the_preamble_is_searched() -> None:
    """What stands before the prefix is found, and so is that anything stands there."""
    output = b"Yamada^Tarou".ljust(128, b"\0") + OUTPUT[128:]
    assert {("", "name", "preamble"), ("", "preamble", "structure")} <= strong(SOURCE, output)


def test_what_trails_is_searched() -> None:
    """Bytes behind the last element are found, and so is that they are no element."""
    output = OUTPUT + b"KX-774-2091!"
    kinds = {kind for _, kind, _ in strong(SOURCE, output)}
    assert {"identifier", "unreadable"} <= kinds


@pytest.mark.parametrize(
    "name", ["yamada_tarou_ct.dcm", "KX7742091.dcm", "1956-12-07.dcm", "山田太郎.dcm"]
)
def test_the_output_name_is_searched(name: str) -> None:
    """A file's name tells as much as its header."""
    findings = found(SOURCE, OUTPUT, Expectation(output_name=name))
    assert [f.where for f in findings if f.strength == "strong"] == ["name"]


def _document(content: bytes) -> bytes:
    def change(data: Dataset) -> None:
        data.add_new(0x00420011, "OB", content + b"\0" * (len(content) % 2))

    return edited(OUTPUT, change)


@pytest.mark.parametrize(
    "page",
    [
        b"BT (Patient: Yamada Tarou) Tj ET",
        b"BT [(YAM)-20(ADA TA)5.5(ROU)] TJ ET",
        b"BT <" + "YAMADA TAROU".encode("utf-16-be").hex().encode() + b"> Tj ET",
        b"BT (" + "山田太郎".encode("utf-16-be") + b") Tj ET",
    ],
)
@pytest.mark.parametrize("deflated", [False, True])
def test_documents_are_searched(page: bytes, deflated: bool) -> None:  # noqa: FBT001
    """Streams of a PDF, deflated or not, kerned or in hex."""
    body = zlib.compress(page) if deflated else page
    pdf = b"%PDF-1.4\n1 0 obj <</Length 9>> stream\n" + body + b"\nendstream endobj"
    findings = found(SOURCE, _document(pdf))
    strongest = {(str(f.path), f.where) for f in findings if f.kind == "name"}
    assert strongest == {("00420011", "document")}


def test_comments_of_compressed_frames_are_searched() -> None:
    """A JPEG comment is no pixel."""
    path = next(p for p in pydicom_files.whole_files() if p.name == "SC_rgb_small_odd_jpeg.dcm")
    source = path.read_bytes()
    output = bytearray(anonymized(source))
    comment = b"\xff\xfe" + struct.pack(">H", 2 + 16) + b"for Lestrade^G. "
    start = output.index(b"\xff\xd8\xff")
    output[start + 2 : start + 2] = comment
    length = start - 4
    size = struct.unpack_from("<L", output, length)[0] + len(comment)
    struct.pack_into("<L", output, length, size)
    spoilt = edited(source, lambda data: setattr(data, "PatientName", "Lestrade^G"))
    assert ("7FE00010", "name", "pixels") in strong(spoilt, bytes(output))


@pytest.mark.parametrize(
    ("keyword", "value"),
    [("PatientID", "1"), ("PatientName", "Li"), ("PatientID", "0"), ("PatientName", "CT")],
)
def test_short_values_are_never_strong(keyword: str, value: str) -> None:
    """A patient ID 1 beside Instance Number 1 is no proof of anything."""
    source = original(**{keyword: value})
    assert strong(source, anonymized(source)) == set()
    output = edited(anonymized(source), _text(f"for {value} only"))
    findings = found(source, output)
    expected = [] if value == "0" else [(DESCRIPTION, "weak")]
    assert [(str(f.path), f.strength) for f in findings if str(f.path) == DESCRIPTION] == expected


@pytest.mark.parametrize(
    "text", ["Yamadaya method", "19561207123456789", "1KX-774-20911", "SN99382710", "5550-12345"]
)
def test_parts_of_longer_words_are_no_leak(text: str) -> None:
    """A name inside a word and digits inside digits are something else."""
    assert strong(SOURCE, edited(OUTPUT, _text(text))) == set()


@pytest.mark.parametrize("value", ["ANONYMIZED", "Anonymous", "0000000", "UNKNOWN", "XXXXXXXX"])
def test_dummies_are_no_identifiers(value: str) -> None:
    """What stood for nobody in the original may stand in the output."""
    source = original(PatientName=value, PatientID=value, InstitutionName=value)
    assert found(source, edited(anonymized(source), _text(value))) == []


def test_a_plain_word_is_weak() -> None:
    """Brown is a name and a colour; both parts together are somebody."""
    source = original(PatientName="Brown^Gracelyn")
    output = anonymized(source)
    word = found(source, edited(output, _text("brown fat")))
    assert [(str(f.path), f.strength) for f in word] == [(DESCRIPTION, "weak")]
    assert (DESCRIPTION, "name", "value") in strong(
        source, edited(output, _text("G BROWN, GRACELYN"))
    )


@pytest.mark.parametrize(
    ("text", "strength"),
    [
        ("Hashimoto thyroiditis, Graves disease excluded", "weak"),
        ("GRAVES' ORBITOPATHY", "weak"),
        ("Graves's disease", "weak"),
        ("seen by Graves", "strong"),
        ("Graves, disease excluded", "strong"),
        ("Graves diseased", "strong"),
        ("Grace Graves disease", "strong"),
    ],
)
def test_a_disease_called_like_the_patient_is_weak(text: str, strength: str) -> None:
    """Only where the disease follows, and the first name does not come before."""
    source = original(PatientName="Graves^Grace")
    findings = found(source, edited(anonymized(source), _text(text)))
    assert findings[0].strength == strength


def test_kept_categories_are_not_searched() -> None:
    """In-hospital keeps dates, UIDs and places, and not the birth date."""
    output = anonymized(SOURCE, "in-hospital")
    gone = Expectation(gone=GONE["in-hospital"])
    assert strong(SOURCE, output, gone) == set()
    assert strong(SOURCE, output) == set()
    assert strong(SOURCE, output, Expectation(CATEGORIES))
    spoilt = edited(output, lambda data: setattr(data, "PatientBirthDate", "19561207"))
    assert strong(SOURCE, spoilt, gone) == {("00100030", "date", "value")}


@pytest.mark.parametrize(
    ("codes", "left"),
    [
        ((), CATEGORIES),
        (("113100",), CATEGORIES),
        (("113100", "113106"), CATEGORIES - {"date"}),
        (("113100", "113107"), CATEGORIES),
        (("113100", "113109", "113110", "113112"), CATEGORIES - {"equipment", "uid", "place"}),
        (("IN-HOSPITAL",), {"patient", "contact"}),
        (("IN-HOSPITAL", "113100"), CATEGORIES),
    ],
)
def test_an_output_is_held_to_its_own_claims(codes: tuple[str, ...], left: set[str]) -> None:
    """(0012,0064) says what should be gone; what claims nothing is held to everything."""

    def claim(data: Dataset) -> None:
        data.DeidentificationMethodCodeSequence = [Dataset() for _ in codes]
        for item, code in zip(data.DeidentificationMethodCodeSequence, codes, strict=True):
            item.CodeValue = code

    assert claimed(read(BytesSource(edited(OUTPUT, claim)))) == left


def test_what_a_person_kept_is_no_finding() -> None:
    """A kept element by tag or by path is neither searched for nor searched in."""
    output = edited(OUTPUT, lambda data: setattr(data, "StationName", "CTROOM-2"))
    for kept in (0x00081010, parse_path("00081010")):
        assert kept is not None
        assert strong(SOURCE, output, Expectation(kept=(kept,))) == set()


def test_a_shifted_day_may_fall_on_another() -> None:
    """Study Date moved onto the Series Date is a coincidence; left in place it is a leak."""
    moved = edited(OUTPUT, lambda data: setattr(data, "StudyDate", "20240316"))
    assert strong(SOURCE, moved) == set()
    assert ("00080020", "date", "value") in strong(
        SOURCE, edited(OUTPUT, lambda data: setattr(data, "StudyDate", "20240315"))
    )


def test_a_duplicate_element_is_seen() -> None:
    """The first of two equal tags is hidden from a dictionary, not from the check."""
    leak = struct.pack("<HH2sH", 0x0008, 0x1030, b"LO", 12) + b"Yamada^Tarou"
    dummy = struct.pack("<HH2sH", 0x0008, 0x1030, b"LO", 4) + b"NONE"
    start = OUTPUT.index(struct.pack("<HH2s", 0x0010, 0x0010, b"PN"))
    output = OUTPUT[:start] + leak + dummy + OUTPUT[start:]
    assert (DESCRIPTION, "name", "value") in strong(SOURCE, output)


def test_a_sequence_in_unknown_bytes_is_opened() -> None:
    """UN may hold items in Implicit VR; their elements have paths."""
    element = struct.pack("<HHL", 0x0010, 0x0010, 12) + b"Yamada^Tarou"
    item = struct.pack("<HHL", 0xFFFE, 0xE000, len(element)) + element
    output = edited(OUTPUT, _private(item))
    assert ("00991001[0].00100010", "name", "private") in strong(SOURCE, output)


def test_check_raises_at_the_place() -> None:
    """A strong finding is an UnsafeError with its path, and no value in its text."""
    output = edited(OUTPUT, _text("Yamada Tarou"))
    with pytest.raises(LeakError) as raised:
        check(BytesSource(SOURCE), BytesSource(output))
    assert (raised.value.code, raised.value.path) == ("leak", TagPath((0x00081030,)))
    assert not [secret for secret in SECRETS if secret in str(raised.value)]
    assert check(BytesSource(SOURCE), BytesSource(OUTPUT)) == []


def test_a_finding_is_accepted_for_a_reason() -> None:
    """What a person accepts passes, and comes back; another strong finding still blocks."""
    spoilt = BytesSource(edited(OUTPUT, _text("Yamada Tarou")))
    source = BytesSource(SOURCE)
    with pytest.raises(LeakError) as raised:
        check(source, spoilt)
    (finding,) = raised.value.findings
    place = ("00081030", "name")
    assert (finding.plain()["path"], finding.kind) == place
    for word in (accepted("a street"), accepted(" a street ", frozenset({place}))):
        assert check(source, spoilt, None, word) == [finding]
    for other in (("00081030", "date"), (None, "name")):
        with pytest.raises(LeakError):
            check(source, spoilt, None, accepted("a street", frozenset({other})))
    with pytest.raises(ProfileError) as refused:
        accepted("  ")
    assert refused.value.code == "reason"


def test_unwritten_segments_read_as_the_file() -> None:
    """An output as segments gives the findings of the file they make."""
    source = BytesSource(SOURCE)
    result = anonymize(source, profile("research"), KEY, verify=False)
    unwritten = SegmentSource(source, result.segments)
    assert unwritten.read(0, unwritten.size_bytes) == OUTPUT
    assert find(source, unwritten) == []


@pytest.mark.parametrize(
    "hostile", ["(((((^[[[[", ".*^.+", "\\d+^$", "%s^{0}", "=^=", "^^^^", "A" * 32 + "^" + "B" * 31]
)
def test_hostile_names_do_no_harm(hostile: str) -> None:
    """A name is text to look for, whatever characters it is made of."""
    source = original(PatientName=hostile, PatientID=hostile[:64], InstitutionName=hostile[:64])
    assert strong(source, anonymized(source)) == set()


@pytest.mark.parametrize("stop", [0, 5, 131, 140, 200, 400, 700, 1500])
def test_a_cut_output_is_a_finding(stop: int) -> None:
    """Whatever is missing, even where the cut falls between elements, is missed."""
    assert "structure" in {where for _, _, where in strong(SOURCE, OUTPUT[:stop])}


@pytest.mark.parametrize("preset", sorted(GONE))
@pytest.mark.parametrize("path", pydicom_files.whole_files(), ids=pydicom_files.name)
def test_no_false_alarm(path: Path, preset: str) -> None:
    """The outputs of real files hold nothing, but where in-hospital keeps what repeats it.

    That preset keeps the Study ID, which in some files is the Patient ID, and the text of
    reports, which names people: both are true.
    """
    source = BytesSource(path.read_bytes())
    result = anonymize(source, profile(preset), KEY, verify=False)
    expectation = Expectation(gone=GONE[preset], output_name=f"{result.file_stem}.dcm")
    findings = find(source, SegmentSource(source, result.segments), expectation)
    left = {f.path.tag if f.path else None for f in findings if f.strength == "strong"}
    allowed = set() if preset == "research" else {0x00200010, 0x0040A160}
    assert left <= allowed


@pytest.mark.parametrize("path", pydicom_files.whole_files()[::7], ids=pydicom_files.name)
def test_the_original_itself_is_a_leak(path: Path) -> None:
    """A file that was only copied is not taken for an output."""
    source = BytesSource(path.read_bytes())
    registered = path.parent.name == "palettes"  # their UIDs are the standard's own
    assert registered or any(f.strength == "strong" for f in find(source, source))


def test_garbage_never_raises_but_a_finding() -> None:
    """Neither side's bytes can make the check fail with anything but findings."""
    for data in (b"", b"\0" * 200, b"DICM", SOURCE[:300] + b"\xff" * 300, b"\xff" * 5000):
        for one, other in ((data, OUTPUT), (SOURCE, data)):
            assert find(BytesSource(one), BytesSource(other))


def test_nothing_expected_nothing_found() -> None:
    """Where no category is meant to be gone, nothing is searched for."""
    assert strong(SOURCE, SOURCE, Expectation(gone=frozenset())) == set()
