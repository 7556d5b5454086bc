"""What a search found on the images of a series, put together: few masks, and none missing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.web.test_page_static import WEB, imported, node

SIZE = (480, 300)


def region(x: int, kind: str = "text", frames: list[int] | None = None) -> dict[str, Any]:
    """Text at that place, as the engine tells of it."""
    place = {"x": x, "y": 10, "width": 100, "height": 16, "frames": frames}
    why = {"kind": kind, "name": ""}
    told = {"confidence": 0.9, "text": "", "reason": why, "sure": True}
    return {**place, **told, "identifies": kind == "identifier"}


def gathered(images: list[list[dict[str, Any]]], sizes: list[tuple[int, int]]) -> list[Any]:
    """What is proposed for these images of one series: scope, image, x and width."""
    module = imported(WEB / "gather.js")
    given = json.dumps([images, sizes])
    found: list[Any] = node(f"""
        const {{ gathered }} = {module};
        const [images, sizes] = {given};
        const series = {{ leaves: [] }};
        series.leaves = sizes.map(([columns_px, rows_px]) => ({{ series, columns_px, rows_px }}));
        const detected = (regions) => ({{ modality: "CR", stays: [], regions }});
        const found = new Map(series.leaves.map((leaf, at) => [leaf, detected(images[at])]));
        const told = gathered(found).map(({{ why, of, scope }}) =>
          [scope, series.leaves.indexOf(of), why.x, why.width, why.reason.kind]);
        console.log(JSON.stringify(told));
    """)
    return found


def test_text_that_stays_is_one_mask() -> None:
    """What stands at one place on most images is masked on all, around all and for the worst."""
    images = [[region(10)], [region(14, "identifier")], []]
    assert gathered(images, [SIZE] * 3) == [["series", 0, 10, 104, "identifier"]]


def test_text_of_few_images_is_theirs() -> None:
    """What one image of three shows is masked there only."""
    images = [[region(10)], [region(200)], [region(390)]]
    expected = [["image", at, x, 100, "text"] for at, x in enumerate((10, 200, 390))]
    assert gathered(images, [SIZE] * 3) == expected


@pytest.mark.parametrize(
    ("images", "sizes"),
    [
        ([[region(10)], [region(10)]], [SIZE, (481, 300)]),
        ([[region(10, frames=[1, 2])], [region(10, frames=[1, 2])]], [SIZE, SIZE]),
    ],
    ids=["sizes", "frames"],
)
def test_what_differs_shares_no_mask(
    images: list[list[dict[str, Any]]], sizes: list[tuple[int, int]]
) -> None:
    """Images of other sizes, and some frames of images, have masks of their own."""
    assert [(scope, at) for scope, at, *_ in gathered(images, sizes)] == [
        ("image", 0),
        ("image", 1),
    ]


def test_two_texts_of_one_image_stay_two() -> None:
    """Lines that overlap on one image are not taken for the same text of two images."""
    close = [region(10), region(12)]
    assert len(gathered([close], [SIZE])) == len(close)
