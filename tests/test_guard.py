"""What pixels must not pass unseen, and the stamps that looking earns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dicomanon.dicom.segment import to_bytes
from dicomanon.dicom.source import BytesSource
from dicomanon.dicom.transfer_syntax import EXPLICIT_LE
from dicomanon.engine import anonymize
from dicomanon.errors import PixelError
from dicomanon.pixels.region import Region
from dicomanon.pixels.risk import SLIDE
from dicomanon.policy.preset import document, resolve
from dicomanon.policy.profile import profile
from tests import builders, engine

if TYPE_CHECKING:
    from pydicom import Dataset

    from dicomanon.policy.profile import Profile

WARY = resolve(document({"extends": "research", "burned_in": {"refuse": True}}))
NO_FACES = profile("research", options=["clean-recognizable-visual-features"])
MASK = (Region(0, 0, 2, 1),)
IMAGE: tuple[builders.Element, ...] = (
    ("SamplesPerPixel", "US", 1),
    ("PhotometricInterpretation", "CS", "MONOCHROME2"),
    ("Rows", "US", 2),
    ("Columns", "US", 2),
    ("BitsAllocated", "US", 8),
    ("BitsStored", "US", 8),
    ("HighBit", "US", 7),
    ("PixelRepresentation", "US", 0),
    ("PixelData", "OB", b"\1\2\3\4"),
)
ULTRASOUND: builders.Element = ("Modality", "CS", "US")
SLIDE_LABEL: tuple[builders.Element, ...] = (
    ("SOPClassUID", "UI", SLIDE),
    ("ImageType", "CS", "ORIGINAL\\PRIMARY\\LABEL\\NONE"),
)
HEAD: tuple[builders.Element, ...] = (("Modality", "CS", "MR"), ("BodyPartExamined", "CS", "HEAD"))


def image(*specs: builders.Element) -> BytesSource:
    found = {builders.tag_of(spec[0]): spec for spec in (*builders.IDENTITY, *IMAGE, *specs)}
    return BytesSource(builders.part10(EXPLICIT_LE, *(found[tag] for tag in sorted(found))))


def output(
    source: BytesSource, chosen: Profile, regions: tuple[Region, ...], *, looked_at: bool
) -> Dataset:
    result = anonymize(source, chosen, engine.KEY, regions, looked_at=looked_at)
    return engine.read(to_bytes(source, result.segments))


def refusal(
    source: BytesSource,
    chosen: Profile,
    regions: tuple[Region, ...] = (),
    *,
    looked_at: bool = False,
) -> str:
    """The code of the refusal, "" if there is none."""
    try:
        output(source, chosen, regions, looked_at=looked_at)
    except PixelError as error:
        return error.code
    return ""


@pytest.mark.parametrize(
    ("specs", "chosen", "code"),
    [
        ((ULTRASOUND,), WARY, "burned_in_risk"),
        ((ULTRASOUND,), profile("research"), ""),
        ((("Modality", "CS", "CT"),), WARY, ""),
        (SLIDE_LABEL, profile("research"), "slide_label"),
        (SLIDE_LABEL, profile("in-hospital"), "slide_label"),
    ],
)
def test_text_that_nobody_saw(
    specs: tuple[builders.Element, ...], chosen: Profile, code: str
) -> None:
    """Refused as it is; not where it is masked or looked at."""
    source = image(*specs)
    found = (
        refusal(source, chosen),
        refusal(source, chosen, MASK),
        refusal(source, chosen, looked_at=True),
    )
    assert found == (code, "", "")


def test_faces_are_refused_however_they_were_looked_at() -> None:
    """A face that was seen is still there."""
    source = image(*HEAD)
    found = (
        refusal(source, NO_FACES),
        refusal(source, NO_FACES, MASK, looked_at=True),
        refusal(source, profile("research")),
    )
    assert found == ("face_possible", "face_possible", "")


def codes(data_set: Dataset) -> list[str]:
    return [item.CodeValue for item in data_set.DeidentificationMethodCodeSequence]


def test_no_stamp_says_that_faces_were_removed() -> None:
    """113102 is not claimed for the asking."""
    found = output(image(("Modality", "CS", "DX")), NO_FACES, (), looked_at=True)
    assert codes(found) == ["113100"]


@pytest.mark.parametrize("flag", [(), (("BurnedInAnnotation", "CS", "YES"),)], ids=["none", "yes"])
@pytest.mark.parametrize(
    ("regions", "looked_at", "earned"),
    [(MASK, True, True), (MASK, False, False), ((), True, False)],
    ids=["masked and seen", "masked", "seen"],
)
def test_clean_pixel_data_is_earned(
    regions: tuple[Region, ...],
    looked_at: bool,  # noqa: FBT001 - a case
    earned: bool,  # noqa: FBT001
    flag: tuple[builders.Element, ...],
) -> None:
    """113101, and (0028,0301) NO, stand only where pixels were masked and then looked at."""
    found = output(image(ULTRASOUND, *flag), profile("research"), regions, looked_at=looked_at)
    assert ("113101" in codes(found)) is earned
    before = "YES" if flag else None
    assert found.get("BurnedInAnnotation") == ("NO" if earned else before)
