"""Templates propose masks for the devices they name, and for no other."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from dicomanon.dicom.transfer_syntax import EXPLICIT_LE
from dicomanon.errors import ProfileError
from dicomanon.pixels.areas import image_areas, outside
from dicomanon.pixels.region import Region
from dicomanon.pixels.template import (
    FORM,
    OUTSIDE,
    Proposal,
    catalogue,
    proposals,
    read_templates,
    remembered,
)
from tests import builders, engine

if TYPE_CHECKING:
    from dicomanon.dicom.instance import Instance

SCANNER: tuple[builders.Element, ...] = (
    ("ImageType", "CS", "DERIVED\\PRIMARY"),
    *builders.IDENTITY[:2],
    ("Modality", "CS", "US"),
    ("Manufacturer", "LO", "Philips Medical Systems"),
    ("ManufacturerModelName", "LO", "iU22"),
    *builders.IDENTITY[2:],
    ("Rows", "US", 600),
    ("Columns", "US", 800),
)


def area(x0: int, y0: int, x1: int, y1: int) -> list[builders.Element]:
    names = ("MinX0", "MinY0", "MaxX1", "MaxY1")
    return [
        (f"RegionLocation{name}", "UL", value)
        for name, value in zip(names, (x0, y0, x1, y1), strict=True)
    ]


def scanned(*specs: builders.Element) -> Instance:
    whole = sorted((*SCANNER, *specs), key=lambda spec: builders.tag_of(spec[0]))
    return engine.scanned(builders.part10(EXPLICIT_LE, *whole))


def test_a_known_device_matches() -> None:
    """Its manufacturer is contained, its model too, its rows are equal: its banner is proposed."""
    expected = [Proposal("Philips iU22, 600 rows", (Region(0, 0, 800, 59),))]
    assert proposals(scanned(), catalogue()) == expected


@pytest.mark.parametrize(
    ("keyword", "vr", "value"),
    [
        ("Modality", "CS", "CT"),
        ("Manufacturer", "LO", "Nobody"),
        ("ManufacturerModelName", "LO", "iU2"),
        ("Rows", "US", 601),
    ],
)
def test_every_attribute_must_match(keyword: str, vr: str, value: object) -> None:
    """One attribute that differs, and nothing is proposed."""
    specs = [spec if spec[0] != keyword else (keyword, vr, value) for spec in SCANNER]
    instance = engine.scanned(builders.part10(EXPLICIT_LE, *specs))
    assert proposals(instance, catalogue()) == []


def test_outside_the_ultrasound_regions() -> None:
    """What lies outside all image areas is proposed, as rectangles that do not overlap."""
    areas: builders.Element = (
        "SequenceOfUltrasoundRegions",
        "SQ",
        [area(100, 60, 399, 559), area(420, 60, 699, 299)],
    )
    found = proposals(scanned(areas), ())
    expected = (
        Region(0, 0, 800, 60),
        Region(0, 560, 800, 40),
        Region(0, 60, 100, 500),
        Region(700, 60, 100, 500),
    )
    assert found == [Proposal(OUTSIDE, expected)]


@pytest.mark.parametrize("corners", [(10, 0, 5, 5), (-1, 0, 5, 5), (900, 700, 950, 750)], ids=str)
def test_areas_that_are_none(corners: tuple[int, int, int, int]) -> None:
    """Areas that run backwards or lie off the frame say nothing."""
    item = [(name, "SL" if value < 0 else vr, value) for name, vr, value in area(*corners)]
    instance = scanned(("SequenceOfUltrasoundRegions", "SQ", [item]))
    assert outside(image_areas(instance), 800, 600) == []


def test_what_is_remembered_matches_the_same_device() -> None:
    """A template made of drawn masks proposes them for the device again, frames left out."""
    instance = scanned()
    drawn = [Region(0, 0, 800, 40, (1, 3)), Region(5, 6, 7, 8)]
    text = remembered(instance, drawn, "Ward 3")
    expected = [Proposal("Ward 3", (Region(0, 0, 800, 40), Region(5, 6, 7, 8)))]
    assert proposals(instance, read_templates(text)) == expected


def test_nothing_of_the_patient_is_remembered() -> None:
    """A template names the device and its screen."""
    text = remembered(scanned(("StudyDescription", "LO", "Yamada")), [Region(0, 0, 1, 1)], "x")
    assert not {"Yamada", "Taro", "ID-4711", "1.2.3.4"} & set(json.loads(text)["templates"][0])
    assert "Yamada" not in text
    assert "4711" not in text


def broken(**changes: object) -> dict[str, object]:
    template = {"name": "x", "match": {"Rows": 600}, "regions": ["0,0,1,1"], **changes}
    return {"form": FORM, "templates": [template]}


@pytest.mark.parametrize(
    ("raw", "where"),
    [
        ([], "$.form"),
        ({"form": FORM}, "$.templates"),
        (broken(name=3), "$.templates[0].name"),
        (broken(match={}), "$.templates[0].match"),
        (broken(match={"PatientName": "x"}), "$.templates[0].match"),
        (broken(match={"Rows": True}), "$.templates[0].match"),
        (broken(match={"Modality": ""}), "$.templates[0].match"),
        (broken(regions=[]), "$.templates[0].regions"),
        (broken(regions=["0,0,1,1", "1,2"]), "$.templates[0].regions[1]"),
    ],
)
def test_files_that_are_none(raw: object, where: str) -> None:
    """A template file is wrong in one place, which the error names."""
    with pytest.raises(ProfileError) as caught:
        read_templates(json.dumps(raw))
    assert (caught.value.code, caught.value.where) == ("mask_templates", where)


def test_the_catalogue_names_its_sources() -> None:
    """Every shipped template says which public list it is from, and names are not repeated."""
    assert {template.source for template in catalogue()} == {"CTP", "deid"}
    assert len({template.name for template in catalogue()}) == len(catalogue())
