"""Stamps say what was done, and nothing that was not earned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dicomanon.dicom.transfer_syntax import EXPLICIT_LE
from tests import builders, engine
from tests.builders import part10

if TYPE_CHECKING:
    import pydicom

BASIC = "113100"
OURS = "IN-HOSPITAL"


def stamped(*settings: str, more: tuple[builders.Element, ...] = ()) -> pydicom.Dataset:
    """The output of preset and settings; the first setting is the preset."""
    preset, *overrides = settings
    source = part10(EXPLICIT_LE, *builders.IDENTITY, *more)
    return engine.read(engine.anonymized(source, preset, *overrides))


def codes(found: pydicom.Dataset) -> list[str]:
    return [item.CodeValue for item in found.get("DeidentificationMethodCodeSequence", [])]


@pytest.mark.parametrize(
    ("settings", "removed", "code", "dates"),
    [
        (["research"], "YES", [BASIC], "REMOVED"),
        (["in-hospital"], "YES", [OURS], "UNMODIFIED"),
        (["research", "PatientID=keep"], "NO", [], "REMOVED"),
        (["research", "PatientName=keep"], "NO", [], "REMOVED"),
        (["research", "OtherPatientIDs=keep"], "NO", [], "REMOVED"),
        (["research", "patient=keep"], "NO", [], "REMOVED"),
        (["research", "52009229[0].PatientName=keep"], "NO", [], "REMOVED"),
        (["research", "private=keep"], "NO", [], "REMOVED"),
        (["research", "00091001=keep"], "YES", [], "REMOVED"),
        (["research", "60023000=keep"], "YES", [], "REMOVED"),
        (["research", "StudyDate=keep"], "YES", [], "UNMODIFIED"),
        (["research", "StudyDate=shift"], "YES", [], "MODIFIED"),
        (["research", "date=shift"], "YES", [], "MODIFIED"),
        (["research", "52009229[0].StudyDate=keep"], "YES", [], "UNMODIFIED"),
        (["research", "contact=keep"], "YES", [], "REMOVED"),
        (["research", "PatientID=remove"], "YES", [BASIC], "REMOVED"),
        (["research", "Modality=remove"], "YES", [BASIC], "REMOVED"),
        (["in-hospital", "PatientID=keep"], "NO", [], "UNMODIFIED"),
        (["in-hospital", "ReferringPhysicianName=keep"], "YES", [], "UNMODIFIED"),
        (["in-hospital", "PatientSex=keep"], "YES", [OURS], "UNMODIFIED"),
        (["in-hospital", "private=keep"], "NO", [], "UNMODIFIED"),
        (["in-hospital", "private=remove"], "YES", [OURS], "UNMODIFIED"),
        (["in-hospital", "date=remove"], "YES", [OURS], "REMOVED"),
    ],
    ids=str,
)
def test_stamps(settings: list[str], removed: str, code: list[str], dates: str) -> None:
    """(0012,0062), (0012,0064) and (0028,0303) follow from what the person chose."""
    found = stamped(*settings)
    assert found.PatientIdentityRemoved == removed
    assert codes(found) == code
    assert found.LongitudinalTemporalInformationModified == dates
    assert engine.invalid(found) == []


@pytest.mark.parametrize("flag", ["YES", "NO"])
def test_burned_in_annotation(flag: str) -> None:
    """Who leaves text in the pixels that the file itself flags has not removed the identity."""
    found = stamped("research", more=(("BurnedInAnnotation", "CS", flag),))
    assert found.PatientIdentityRemoved == {"YES": "NO", "NO": "YES"}[flag]


def test_method() -> None:
    """(0012,0063) names the preset, and that there were exceptions."""
    method = stamped("research").DeidentificationMethod
    assert method == "dicomanon research: PS3.15 Basic Application Profile"
    assert list(stamped("research", "PatientID=remove").DeidentificationMethod) == [
        method,
        "with exceptions",
    ]


EARLIER: tuple[builders.Element, ...] = (
    ("PatientIdentityRemoved", "CS", "YES"),
    ("DeidentificationMethod", "LO", "Anonymizer of Yamada Taro: basic profile\\with exceptions"),
    (
        "DeidentificationMethodCodeSequence",
        "SQ",
        [
            [
                ("CodeValue", "SH", "113109"),
                ("CodingSchemeDesignator", "SH", "DCM"),
                ("CodeMeaning", "LO", "Yamada's meaning"),
            ],
            [("CodeValue", "SH", "113110"), ("CodeMeaning", "LO", "no scheme")],
            [
                ("CodeValue", "SH", "YAMADA"),
                ("CodingSchemeDesignator", "SH", "99YAMADA"),
                ("CodeMeaning", "LO", "Yamada"),
            ],
        ],
    ),
    ("LongitudinalTemporalInformationModified", "CS", "MODIFIED"),
)


def test_history_stays() -> None:
    """What an earlier de-identification stamped stays before ours, without what identifies."""
    found = stamped("in-hospital", more=EARLIER)
    assert found.PatientIdentityRemoved == "YES"
    assert codes(found) == ["113109", OURS]
    kept = found.DeidentificationMethodCodeSequence[0]
    assert kept.CodeMeaning == "Retain Device Identity Option"
    assert list(found.DeidentificationMethod) == [
        "of: basic profile",
        "with exceptions",
        "dicomanon in-hospital: patient identifiers and contacts",
    ]
    assert found.LongitudinalTemporalInformationModified == "MODIFIED"
    assert "amada" not in str(found)
    assert engine.invalid(found) == []


@pytest.mark.parametrize("preset", ["basic", "research", "in-hospital", "midi"])
def test_stamping_twice_is_stamping_once(preset: str) -> None:
    """A second run adds nothing to the stamps of the first."""
    once = engine.anonymized(part10(EXPLICIT_LE, *builders.IDENTITY, *EARLIER), preset)
    twice = engine.anonymized(once, preset)
    tags = (0x00120062, 0x00120063, 0x00120064, 0x00280303)
    first, second = (engine.read(data) for data in (once, twice))
    assert [first[tag] for tag in tags] == [second[tag] for tag in tags]


def test_history_is_not_believed_where_the_identity_was_not_removed() -> None:
    """Codes of a file that does not say that it is de-identified claim nothing."""
    source = (("PatientIdentityRemoved", "CS", "NO"), *EARLIER[1:])
    found = stamped("research", more=source)
    assert codes(found) == [BASIC]
    assert found.LongitudinalTemporalInformationModified == "REMOVED"


def test_stamps_of_the_source_are_one() -> None:
    """Duplicates of a stamp become one, in order of tags."""
    more = (EARLIER[0], ("PatientIdentityRemoved", "CS", "NO"), *EARLIER[1:])
    found = stamped("research", "PatientID=keep", more=more)
    assert found.PatientIdentityRemoved == "NO"
    source = part10(EXPLICIT_LE, *builders.IDENTITY, *more)
    tags = [e.tag for e in engine.scanned(engine.anonymized(source, "research")).data_set.elements]
    assert len(tags) == len(set(tags))
    assert tags == sorted(tags)
