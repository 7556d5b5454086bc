"""The risk of burned-in text, and of faces, from attributes alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dicomanon.dicom.transfer_syntax import EXPLICIT_LE
from dicomanon.pixels.face import face_possible
from dicomanon.pixels.risk import SIGNS, SLIDE, risk, slide_picture
from tests import builders, engine

if TYPE_CHECKING:
    from dicomanon.dicom.instance import Instance

PIXELS: builders.Element = ("PixelData", "OW", b"\0\0")
CT: builders.Element = ("Modality", "CS", "CT")


def scanned(*specs: builders.Element, pixels: bool = True) -> Instance:
    found = {builders.tag_of(spec[0]): spec for spec in (*builders.IDENTITY, *specs)}
    if pixels:
        found[builders.tag_of("PixelData")] = PIXELS
    return engine.scanned(builders.part10(EXPLICIT_LE, *(found[tag] for tag in sorted(found))))


@pytest.mark.parametrize(
    ("specs", "level", "first"),
    [
        ([CT], "low", ""),
        ([CT, ("BurnedInAnnotation", "CS", "YES")], "high", "risk_flagged"),
        ([("Modality", "CS", "US")], "high", "risk_modality"),
        ([("Modality", "CS", "US"), ("BurnedInAnnotation", "CS", "NO")], "high", "risk_modality"),
        ([("Modality", "CS", "DX")], "medium", "risk_modality_possible"),
        (
            [("Modality", "CS", "DX"), ("BurnedInAnnotation", "CS", "NO")],
            "low",
            "risk_modality_possible",
        ),
        ([CT, ("SOPClassUID", "UI", "1.2.840.10008.5.1.4.1.1.7")], "high", "risk_sop_class"),
        ([CT, ("ImageType", "CS", "DERIVED\\SECONDARY\\SCREEN SAVE")], "high", "risk_screen"),
        ([CT, ("ConversionType", "CS", "DF")], "medium", "risk_converted"),
        ([CT, ("ImageType", "CS", "DERIVED\\SECONDARY")], "medium", "risk_secondary"),
        ([CT, ("SequenceOfUltrasoundRegions", "SQ", [])], "high", "risk_regions"),
        (
            [("SOPClassUID", "UI", SLIDE), ("ImageType", "CS", "ORIGINAL\\PRIMARY\\LABEL")],
            "high",
            "risk_slide_label",
        ),
    ],
)
def test_risk(specs: list[builders.Element], level: str, first: str) -> None:
    """The strongest sign decides the level, and comes first."""
    found = risk(scanned(*specs))
    assert (found.level, (*found.signs, "")[0]) == (level, first)


def test_no_pixels_no_risk() -> None:
    """A report has no burned-in text, whatever it says."""
    instance = scanned(("BurnedInAnnotation", "CS", "YES"), pixels=False)
    assert risk(instance) == (0, ())
    assert risk(instance).level == ""


def test_more_signs_more_risk() -> None:
    """Every further sign adds to the score."""
    one = risk(scanned(("Modality", "CS", "US")))
    two = risk(scanned(("Modality", "CS", "US"), ("ConversionType", "CS", "DV")))
    assert one.score < two.score


def test_signs_stand_strongest_first() -> None:
    """The first sign found is the strongest."""
    weights = [sign.weight for sign in SIGNS]
    assert weights == sorted(weights, reverse=True)


@pytest.mark.parametrize(
    ("flavor", "expected"), [("LABEL", True), ("OVERVIEW", True), ("VOLUME", False)]
)
def test_slide_pictures(flavor: str, expected: bool) -> None:  # noqa: FBT001 - a case
    """The label and the overview of a slide show what is written on the glass."""
    image_type: builders.Element = ("ImageType", "CS", f"ORIGINAL\\PRIMARY\\{flavor}\\NONE")
    assert slide_picture(scanned(("SOPClassUID", "UI", SLIDE), image_type)) is expected


MR: builders.Element = ("Modality", "CS", "MR")
WIDE: list[builders.Element] = [("PixelSpacing", "DS", "1.5\\1.5"), ("Columns", "US", 512)]
NARROW: list[builders.Element] = [("PixelSpacing", "DS", "0.5\\0.5"), ("Columns", "US", 512)]


@pytest.mark.parametrize(
    ("specs", "expected"),
    [
        ([MR, ("BodyPartExamined", "CS", "HEAD"), *WIDE], True),
        ([MR, ("SeriesDescription", "LO", "Brain T1"), *WIDE], True),
        (
            [CT, ("SpecificCharacterSet", "CS", "ISO_IR 192"), ("StudyDescription", "LO", "頭部")],
            True,
        ),
        ([CT, ("BodyPartExamined", "CS", "CHEST"), *NARROW], False),
        ([CT, *NARROW], True),
        ([CT, *NARROW, ("SliceThickness", "DS", "10")], False),
        ([CT, *WIDE], False),
        ([CT], True),
        ([("Modality", "CS", "XC")], True),
        ([("Modality", "CS", "US")], False),
        ([("Modality", "CS", "CR"), ("BodyPartExamined", "CS", "SKULL")], False),
    ],
)
def test_faces(specs: list[builders.Element], expected: bool) -> None:  # noqa: FBT001 - a case
    """Volumes of the head and photographs may show a face; what is not known may too."""
    assert face_possible(scanned(*specs)) is expected


def test_anatomy_told_by_a_code() -> None:
    """The code of the anatomic region counts like the words."""
    code: builders.Element = ("AnatomicRegionSequence", "SQ", [[("CodeMeaning", "LO", "Head")]])
    assert face_possible(scanned(CT, code, *WIDE))


def test_no_pixels_no_face() -> None:
    """Nothing can be recognized in an instance without pixels."""
    assert not face_possible(scanned(MR, ("BodyPartExamined", "CS", "HEAD"), pixels=False))
