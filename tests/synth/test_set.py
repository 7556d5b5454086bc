"""A made-up set: the same every time, readable by others, and its answers true of it."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import Counter
from contextlib import closing
from operator import lt
from typing import TYPE_CHECKING

import pytest

from dicomanon.dicom.scan import scan
from dicomanon.dicom.source import BytesSource
from dicomanon.dicom.transfer_syntax import TRANSFER_SYNTAXES
from dicomanon.synth.codestream import CODINGS
from dicomanon.synth.synthesis import KEY, MODALITIES, TRUTH, Choices, instances, write_set
from tests.synth import sets

if TYPE_CHECKING:
    from pathlib import Path

SMALL = Choices(patients=2, seed=11, modalities=("CT", "SR", "US"))
STAMPED = ("US", "CR", "XA", "DX", "MG", "SC")
ACTIONS = {
    *("tag_retained", "text_notnull", "text_retained", "text_removed", "date_shifted"),
    *("uid_changed", "uid_consistent", "patid_consistent", "pixels_retained", "pixels_hidden"),
}


def contents(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_same_seed_same_bytes(tmp_path: Path) -> None:
    """The same choices make the same files, key and table; another seed makes others."""
    for name in "ab":
        write_set(tmp_path / name, SMALL)
    write_set(tmp_path / "c", SMALL._replace(seed=12))
    first = contents(tmp_path / "a")
    assert contents(tmp_path / "b") == first
    assert not set(contents(tmp_path / "c").values()) & set(first.values())


def test_known_bytes() -> None:
    """What a seed means does not change unnoticed: the texts of one patient, on any machine."""
    first = next(instances(SMALL))
    known = "".join(f"{c.path}{c.action}{c.text}" for c in first.answer.checks)
    assert hashlib.sha256(known.encode()).hexdigest()[:16] == "4284012c8121955b"


def test_nothing_is_written_over(tmp_path: Path) -> None:
    """A second set does not go where one is."""
    write_set(tmp_path, SMALL)
    with pytest.raises(FileExistsError):
        write_set(tmp_path, SMALL)


def test_all_kinds() -> None:
    """A set of some patients has all modalities, transfer syntaxes, character sets and checks."""
    read = [sets.read(made.data) for made in sets.made()]
    assert {ds.Modality for ds in read} == set(MODALITIES)
    syntaxes = {str(ds.file_meta.TransferSyntaxUID) for ds in read}
    assert syntaxes == {coding.uid for coding in CODINGS} <= TRANSFER_SYNTAXES.keys()
    terms = {str(ds.get("SpecificCharacterSet", "")) for ds in read}
    assert terms >= {"", "ISO_IR 100", "ISO_IR 192", "['', 'ISO 2022 IR 87']"}
    assert "['ISO 2022 IR 13', 'ISO 2022 IR 87']" in terms
    assert {c.action for made in sets.made() for c in made.answer.checks} == ACTIONS


def test_order() -> None:
    """No tag stands twice or out of order at the top of a data set."""
    for made in sets.made():
        tags = [element.tag for element in scan(BytesSource(made.data)).data_set.elements]
        assert all(map(lt, tags, tags[1:])), made.answer.modality


def test_only_what_is_asked_for() -> None:
    """Modalities and languages are those chosen; what refers to images brings the images."""
    some = list(instances(Choices(3, 5, ("MR", "CR"), ("en",))))
    assert {m.answer.modality for m in some} == {"MR", "CR"}
    assert all(m.answer.file.isascii() for m in some)
    reports = {m.answer.modality for m in instances(Choices(2, 5, ("SR",), ("ja",), 0))}
    assert reports == {"CT", "SR"}


@pytest.mark.parametrize("share", [0, 1])
def test_share_of_stamps(share: float) -> None:
    """No image carries a stamp, or every one of a kind that may."""
    found = Counter(
        (made.answer.modality, made.answer.checks[-1].action)
        for made in instances(Choices(7, 3, ("CT", *STAMPED), burned_in=share))
    )
    stamped = {modality for modality, action in found if action == "pixels_hidden"}
    clean = {modality for modality, action in found if action == "pixels_retained"}
    assert stamped == (set(STAMPED) if share else set())
    assert not stamped & clean


def test_patients_and_studies() -> None:
    """One patient's studies agree on who it is and lie days apart; patients differ."""
    people: dict[str, set[tuple[str, str, str]]] = {}
    days: dict[str, set[str]] = {}
    for made in sets.made():
        ds = sets.read(made.data)
        identity = (str(ds.PatientName), ds.PatientBirthDate, ds.PatientSex)
        people.setdefault(ds.PatientID, set()).add(identity)
        days.setdefault(ds.PatientID, set()).add(ds.StudyDate)
    assert len(people) == sets.CHOICES.patients
    assert all(len(found) == 1 for found in people.values())
    assert any(len(found) > 1 for found in days.values())


def test_references_exist() -> None:
    """A UID that a crosswalk must know is one of the set's own."""
    own = {uid for made in sets.made() for uid in made.answer[5:8]}
    asked = {
        check.value
        for made in sets.made()
        for check in made.answer.checks
        if check.action == "uid_consistent"
    }
    assert asked == own
    assert len({made.answer.instance for made in sets.made()}) == len(sets.made())


def test_answers_are_true() -> None:
    """Every element that is asked about is there, with that value, as pydicom reads it."""
    for made in sets.made():
        ds = sets.read(made.data)
        for check in made.answer.checks:
            if check.path is None:
                continue
            element = sets.find(ds, check.path)
            value = sets.shown(element)
            if element.VR == "UN":  # in Implicit VR, what is private is bytes to pydicom
                assert not check.text.isascii() or check.text.encode() in element.value, check
                continue
            whole = check.action != "date_shifted"
            assert value == f"<{check.value}>" if whole else str(check.value) in value, check
            assert check.text in value, check


def test_pixels() -> None:
    """Pixels decode to the size that is said, and their digest is that of the answer."""
    for made in sets.made():
        ds = sets.read(made.data)
        if "PixelData" not in ds:
            assert made.answer.digest == "None"
            continue
        md5 = hashlib.md5(ds.PixelData, usedforsecurity=False).hexdigest()
        assert md5 == made.answer.digest
        cells = ds.Rows * ds.Columns * ds.SamplesPerPixel * int(ds.get("NumberOfFrames", 1))
        assert ds.pixel_array.size == cells


def test_key_and_table(tmp_path: Path) -> None:
    """The database has MIDI's columns and all answers; the table has a row a check."""
    count = write_set(tmp_path, SMALL)
    with closing(sqlite3.connect(tmp_path / KEY)) as database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(answer_data)")]
        rows = list(database.execute("SELECT PatientID, Digest, AnswerData FROM answer_data"))
    assert columns[:5] == ["index", "group", "Modality", "SOPClassUID", "PatientID"]
    assert columns[-2:] == ["Digest", "AnswerData"]
    expected = [made.answer for made in instances(SMALL)]
    assert [(row[0], row[1]) for row in rows] == [(a.patient_id, a.digest) for a in expected]
    checks = [json.loads(row[2]) for row in rows]
    assert [len(one) for one in checks] == [len(a.checks) for a in expected]
    assert {c["action"][1:-1] for one in checks for c in one.values()} <= ACTIONS
    assert sum(1 for _ in (tmp_path / "images").rglob("*.dcm")) == count
    lines = (tmp_path / TRUTH).read_text(encoding="utf-8").count("\n")
    assert lines >= sum(map(len, checks))
