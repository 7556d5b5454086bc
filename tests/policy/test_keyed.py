"""What depends on the key: UIDs, pseudonyms, dates that move, names of files."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomanon.dicom.transfer_syntax import EXPLICIT_BE, EXPLICIT_LE, IMPLICIT_LE, TransferSyntax
from dicomanon.dicom.value import valid
from dicomanon.errors import ProfileError, UndecidedError
from dicomanon.policy.key import MAX_SHIFT_DAYS, Key, dump_key, load_key
from dicomanon.policy.shift import Shift, shift_date, shift_date_time
from tests import builders, engine
from tests.builders import part10

OTHER = Key(b"another key of thirty-two bytes!")
UID = re.compile(r"2\.25\.(0|[1-9]\d{0,38})")


@given(st.text(max_size=64))
def test_uids_are_valid(source: str) -> None:
    """A UUID of version 8 under 2.25. Standard: PS3.5 §9.1, §B.2; RFC 9562 §5.8."""
    made = engine.KEY.uid(source)
    match = UID.fullmatch(made)
    assert match is not None
    assert valid(made, "UI")
    number = int(match[1])
    assert number < 1 << 128
    assert number >> 76 & 0xF == 8
    assert number >> 62 & 0x3 == 2
    assert made == Key(bytes(range(32))).uid(source) != OTHER.uid(source)


def study(**values: str) -> list[builders.Element]:
    return [(keyword, "UI", value) for keyword, value in values.items()]


def test_the_same_uid_gives_the_same() -> None:
    """References follow what they refer to, at any depth and in any file of a run."""
    references: builders.Element = (
        "SharedFunctionalGroupsSequence",
        "SQ",
        [study(ReferencedSOPInstanceUID="1.2.3.4"), study(ReferencedSOPInstanceUID="1.2.3.5")],
    )
    source = part10(EXPLICIT_LE, *builders.IDENTITY, *study(StudyInstanceUID="1.2.3.5"), references)
    found = engine.texts(engine.anonymized(source, "research"))
    assert found["52009229[0].00081155"] == found["00080018"] == engine.KEY.uid("1.2.3.4")
    assert found["52009229[1].00081155"] == found["0020000D"] == engine.KEY.uid("1.2.3.5")


def test_registered_uids_stay() -> None:
    """What DICOM itself names is no instance of anything."""
    source = part10(
        EXPLICIT_LE, *builders.IDENTITY, *study(ReferencedSOPInstanceUID="1.2.840.10008.1.1")
    )
    found = engine.texts(engine.anonymized(source, "research"))
    assert found["00081155"] == "1.2.840.10008.1.1"
    assert found["00080016"] == builders.CT_IMAGE


def test_multi_valued_uids() -> None:
    """Each value is replaced by itself, and an empty one stays empty."""
    source = part10(
        EXPLICIT_LE, *builders.IDENTITY, *study(FailedSOPInstanceUIDList="1.2.3\\\\1.2.4")
    )
    found = engine.texts(engine.anonymized(source, "research"))
    assert found["00080058"] == f"{engine.KEY.uid('1.2.3')}\\\\{engine.KEY.uid('1.2.4')}"


def test_a_list_of_uids_that_outgrows_its_vr() -> None:
    """Longer than 64 KiB, the new UIDs are written as UN, and read as UIDs again."""
    uids = "\\".join(f"1.{n}" for n in range(9000))
    source = part10(EXPLICIT_LE, *builders.IDENTITY, *study(FailedSOPInstanceUIDList=uids))
    found = engine.texts(engine.anonymized(source, "research"))["00080058"]
    assert found == "\\".join(engine.KEY.uid(uid) for uid in uids.split("\\"))


@pytest.mark.parametrize("syntax", [EXPLICIT_LE, IMPLICIT_LE, EXPLICIT_BE], ids=lambda s: s.name)
def test_file_meta_follows(syntax: TransferSyntax) -> None:
    """(0002,0003) is the data set's new UID, (0002,0010) what the data set is encoded in."""
    output = engine.anonymized(part10(syntax, *builders.IDENTITY), "research")
    found = engine.read(output)
    assert found.file_meta.MediaStorageSOPInstanceUID == found.SOPInstanceUID
    assert found.file_meta.MediaStorageSOPClassUID == found.SOPClassUID
    assert found.file_meta.TransferSyntaxUID == syntax.uid


def test_file_meta_of_a_data_set_without_uid() -> None:
    """A UID that only the File Meta has is replaced there too."""
    output = engine.anonymized(part10(EXPLICIT_LE, *builders.IDENTITY[2:]), "research")
    assert engine.read(output).file_meta.MediaStorageSOPInstanceUID == engine.KEY.uid("1.2.3.4")


def test_file_meta_follows_the_last_of_two() -> None:
    """Of two SOP Instance UIDs readers take the last."""
    uids = [*study(SOPInstanceUID="1.2.3.8"), *study(SOPInstanceUID="1.2.3.9")]
    output = engine.anonymized(part10(EXPLICIT_LE, builders.IDENTITY[0], *uids), "research")
    assert engine.read(output).file_meta.MediaStorageSOPInstanceUID == engine.KEY.uid("1.2.3.9")


def test_a_uid_that_is_a_sequence_does_not_reach_the_file_meta() -> None:
    """Whatever hides where a UID should be is not copied into the File Meta."""
    hidden: builders.Element = ("SOPInstanceUID", "SQ", [[("ProductName", "LO", "Canary")]])
    source = part10(EXPLICIT_LE, builders.IDENTITY[0], hidden)
    output = engine.anonymized(source, "research")
    assert b"Canary" not in output[: engine.scanned(output).file_meta.stop]


# -- the key -----------------------------------------------------------------------


def test_key_file() -> None:
    """What is written is read again; the key itself shows in no repr."""
    secret = bytes(range(32))
    text = dump_key(secret)
    assert load_key(text).uid("1.2.3") == engine.KEY.uid("1.2.3")
    assert secret.hex() not in repr(load_key(text))
    assert re.fullmatch("[0-9a-f]{8}", load_key(text).fingerprint)


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", "null", "42", '"x"', "not json", "\0", "[" * 100_000, '{"form": 1}']
    + [json.dumps({"form": "dicomanon-key-1", "secret": s}) for s in ("", "zz", "00" * 31, 5, None)]
    + [json.dumps({"form": "another", "secret": "00" * 32})],
    ids=lambda t: t[:20],
)
def test_key_files_that_are_none(text: str) -> None:
    """Anything else is refused without a word about its content."""
    with pytest.raises(ProfileError) as caught:
        load_key(text)
    assert caught.value.code == "key"
    assert caught.value.__cause__ is None


def test_purposes_are_apart() -> None:
    """The same text gives unrelated results for each purpose, and for each key."""
    made = [engine.KEY.digest(purpose, "4711") for purpose in ("uid", "pseudonym", "shift", "file")]
    assert len({*made, OTHER.digest("uid", "4711")}) == 5


# -- pseudonyms --------------------------------------------------------------------


def test_pseudonyms_over_encodings() -> None:
    """One patient has one pseudonym, however the ID is written."""
    forms = {
        "utf-8": ("ISO_IR 192", "患者1".encode()),
        "gb18030": ("GB18030", "患者1".encode("gb18030")),
        "iso 2022": (
            "\\ISO 2022 IR 87",
            b"\x1b$B"
            + "患者".encode("euc_jp").translate(bytes(c & 0x7F for c in range(256)))
            + b"\x1b(B1",
        ),
        "padded": ("ISO_IR 192", " 患者1  ".encode()),
    }
    made = set()
    for term, raw in forms.values():
        for syntax in (EXPLICIT_LE, IMPLICIT_LE, EXPLICIT_BE):
            source = part10(
                syntax,
                ("SpecificCharacterSet", "CS", term),
                ("PatientName", "PN", "A^B"),
                ("PatientID", "LO", raw + b" " * (len(raw) % 2)),
            )
            found = engine.texts(engine.anonymized(source, "research"))
            made |= {found["00100010"], found["00100020"]}
    assert made == {engine.KEY.pseudonym("患者1")}


def test_pseudonyms_without_an_id() -> None:
    """Without an ID the name stands for itself; without both there is none."""
    named = part10(EXPLICIT_LE, ("PatientName", "PN", "A^B"), ("PatientID", "LO", ""))
    assert engine.texts(engine.anonymized(named, "research"))["00100010"] == engine.KEY.pseudonym(
        "A^B"
    )
    nobody = part10(EXPLICIT_LE, ("PatientName", "PN", ""), ("PatientID", "LO", "  "))
    found = engine.texts(engine.anonymized(nobody, "research"))
    assert (found["00100010"], found["00100020"]) == ("", "")


@given(st.text(max_size=64))
def test_pseudonyms_fit_every_vr(source: str) -> None:
    """Sixteen capitals and digits: valid as SH, LO, CS, AE and PN."""
    made = engine.KEY.pseudonym(source)
    assert all(valid(made, vr) for vr in ("SH", "LO", "CS", "AE", "PN"))
    assert len(made) == 16


# -- dates -------------------------------------------------------------------------

DAYS = engine.KEY.shift_days("ID-4711")


@given(st.text(max_size=20))
def test_days_of_a_patient(patient_id: str) -> None:
    """Always into the past, by one day to ten years."""
    assert -MAX_SHIFT_DAYS <= engine.KEY.shift_days(patient_id) <= -1


@given(st.dates(date(1900, 1, 1)), st.dates(date(1900, 1, 1)), st.integers(-3650, -1))
def test_intervals_stay(first: date, second: date, days: int) -> None:
    """All dates of a patient move by the same days, over leap days and ends of months."""
    texts = [shift_date(on.strftime("%Y%m%d"), Shift(days)) for on in (first, second)]
    moved = [date.fromisoformat(text) for text in texts]
    assert moved[1] - moved[0] == second - first
    assert moved[0] - first == timedelta(days=days)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("20200301", "20200229"),
        ("20210301", "20210228"),
        ("20000101", "19991231"),
        ("2020.03.01", "20200229"),
        ("00010101", ""),
        ("20200230", ""),
        ("2020", ""),
        ("2020-03-01", ""),
        ("20200301-20200401", "20200229-20200331"),
        ("20200301-", "20200229-"),
        ("-20200301", "-20200229"),
        ("20200301-soon", ""),
        ("-", ""),
        ("", ""),
    ],
)
def test_shift_date(before: str, after: str) -> None:
    """A DA moves; what is no date, and what would leave the calendar, is none."""
    assert shift_date(before, Shift(-1)) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("20200301", "20200229"),
        ("20200301120000.123456+0900", "20200229120000.123456+0900"),
        ("2020030112", "2020022912"),
        ("202003011200-0500", "202002291200-0500"),
        ("202003", "202003"),
        ("2020", "2020"),
        ("2020+0900", "2020+0900"),
        ("2020-0500", "2020-0500"),
        ("20200301-20200302", "20200229-20200301"),
        ("20200301120000-0500-20200302", "20200229120000-0500-20200301"),
        ("20200230", ""),
        ("yesterday", ""),
    ],
)
def test_shift_date_time(before: str, after: str) -> None:
    """A DT keeps its precision, its time and its zone."""
    assert shift_date_time(before, Shift(-1)) == after


@pytest.mark.parametrize(("before", "after"), [("202003", "201903"), ("2020", "2019")])
def test_shift_imprecise(before: str, after: str) -> None:
    """A month or a year moves as its middle does."""
    assert shift_date_time(before, Shift(-366)) == after


def shifted(vr: str, value: str, patient_id: str = "ID-4711") -> str | None:
    keyword = {"DA": "StudyDate", "DT": "AcquisitionDateTime"}[vr]
    source = part10(EXPLICIT_LE, (keyword, vr, value), ("PatientID", "LO", patient_id))
    found = engine.texts(engine.anonymized(source, "research", f"{keyword}=shift"))
    return found[f"{builders.tag_of(keyword):08X}"]


def test_multi_valued_dates() -> None:
    """Each value moves; an empty one stays empty; what is no date becomes the dummy."""
    first, second = (shift_date(text, Shift(DAYS)) for text in ("20200301", "20200302"))
    assert shifted("DA", "20200301\\20200302") == f"{first}\\{second}"
    assert shifted("DA", "20200301\\\\20200302") == f"{first}\\\\{second}"
    assert shifted("DA", "20200301\\soon") == f"{first}\\19000101"


@pytest.mark.parametrize("value", ["2020030199", "20200301+2500", "20200301 at noon", "ABC"])
def test_what_is_no_date_becomes_the_dummy(value: str) -> None:
    """A DT that its VR does not admit is neither kept nor an error."""
    assert shifted("DT", value) == "19000101000000"


def test_no_patient_no_shift() -> None:
    """Without a patient there is nothing to move dates by: refused, never kept."""
    with pytest.raises(UndecidedError) as caught:
        shifted("DA", "20200301", patient_id="")
    assert caught.value.code == "no_patient"
    assert str(caught.value.path) == "00080020"
    assert shifted("DA", "", patient_id="") == ""
