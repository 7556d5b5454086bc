"""Masked compressed frames are decoded: the mask is where it was asked for, and nothing else."""

from __future__ import annotations

import pytest

from dicomanon.dicom.scan import scan
from dicomanon.dicom.source import BytesSource
from dicomanon.pixels.mask import Region, mask
from dicomanon.pixels.region import moved
from dicomanon.verify.pixels import same_pixels
from dicomanon.verify.reader import read
from tests.pixels.coded import CASES, Case
from tests.pixels.images import patched

REGION = Region(19, 21, 30, 25, (2, 2))


def problem(case: Case, burned: Region, told: Region) -> str:
    """What is found where one region was burned in and another is expected."""
    data = case.file()
    scanned = scan(BytesSource(data))
    found = mask(scanned, [burned])
    output = patched(scanned, found.edits, found.insertions)
    return same_pixels(read(BytesSource(data)), read(BytesSource(output)), [told])


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_the_engine_masks_is_right(case: Case) -> None:
    """Every codec the engine writes."""
    assert problem(case, REGION, REGION) == ""


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_mask_beside_its_place_is_found(case: Case) -> None:
    """What stayed inside, or what changed outside."""
    assert problem(case, moved(REGION, 5, 0), REGION) in ("mask", "pixels")
