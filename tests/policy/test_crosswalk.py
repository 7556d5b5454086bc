"""The crosswalk: what it maps, that it is what was written, and that no cell is a formula."""

from __future__ import annotations

import csv
from io import StringIO

import pytest

from dicomanon.dicom.source import BytesSource
from dicomanon.dicom.transfer_syntax import EXPLICIT_LE
from dicomanon.engine import anonymize
from dicomanon.policy.crosswalk import Crosswalk
from dicomanon.policy.profile import profile
from tests import builders, engine
from tests.builders import part10

FRAME = [[("FrameOfReferenceUID", "UI", "1.2.3.9")]]


def instance(patient: str = "ID-1") -> bytes:
    return part10(
        EXPLICIT_LE,
        ("SOPClassUID", "UI", builders.CT_IMAGE),
        ("SOPInstanceUID", "UI", "1.2.3.4"),
        ("PatientName", "PN", "Yamada^Taro"),
        ("PatientID", "LO", patient),
        ("StudyInstanceUID", "UI", "1.2.3.5"),
        ("SeriesInstanceUID", "UI", "1.2.3.6"),
        ("ReferencedFrameOfReferenceSequence", "SQ", FRAME),
    )


def tables(source: bytes, preset: str = "research", *options: str) -> dict[str, dict[str, str]]:
    """The tables of one instance: old -> new."""
    walk = Crosswalk()
    walk.add(
        anonymize(BytesSource(source), profile(preset, (), options), engine.KEY, verify=False).plan
    )
    found = {name: list(csv.reader(StringIO(text))) for name, text in walk.files().items()}
    assert {tuple(rows[0]) for rows in found.values()} == {("id_old", "id_new")}
    return {name: dict(rows[1:]) for name, rows in found.items()}


def test_every_uid_and_the_patient() -> None:
    """Study, series, instance and referenced UIDs, as the output has them; no SOP Class."""
    found = tables(instance())
    uids = {old: engine.KEY.uid(old) for old in ("1.2.3.4", "1.2.3.5", "1.2.3.6", "1.2.3.9")}
    assert found["uid.csv"] == uids
    assert found["patient.csv"] == {"ID-1": engine.KEY.pseudonym("ID-1")}
    out = engine.read(engine.anonymized(instance(), "research"))
    assert uids["1.2.3.4"] == out.SOPInstanceUID
    assert uids["1.2.3.9"] == out.ReferencedFrameOfReferenceSequence[0].FrameOfReferenceUID


def test_uids_that_stay_map_to_themselves() -> None:
    """A reader of the table finds every UID, also under Retain UIDs."""
    found = tables(instance(), "research", "retain-uids")
    assert found["uid.csv"]["1.2.3.5"] == "1.2.3.5"


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_no_cell_starts_a_formula(start: str) -> None:
    """A patient ID is text to every spreadsheet."""
    found = tables(instance(f"{start}HYPERLINK(1)"))
    assert list(found["patient.csv"]) == [f"'{start}HYPERLINK(1)"]


def test_a_crosswalk_shows_nothing() -> None:
    """Its repr is two numbers."""
    walk = Crosswalk()
    walk.add(anonymize(BytesSource(instance()), profile("research"), engine.KEY, verify=False).plan)
    assert repr(walk) == "Crosswalk(4 UIDs, 1 patients)"
    assert len(walk) == 5
