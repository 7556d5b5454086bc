"""Regions: what a person may write, and which pixels regions cover together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomanon.errors import ProfileError
from dicomanon.pixels.region import Region, clip, frame_runs, parse_region


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("1,2,3,4", Region(1, 2, 3, 4)),
        (" 1, 2, 3, 4 ", Region(1, 2, 3, 4)),
        ("0,0,512,30@3", Region(0, 0, 512, 30, (3, 3))),
        ("0,0,512,30@3-7", Region(0, 0, 512, 30, (3, 7))),
    ],
)
def test_a_region_is_what_was_written(text: str, region: Region) -> None:
    """x,y,w,h with optional frames, from 1, both included."""
    assert region == parse_region(text)


@pytest.mark.parametrize(
    "text",
    ["", "1,2,3", "1,2,3,4,5", "-1,2,3,4", "1,2,0,4", "1,2,3,0", "1,2,3,4@0", "1,2,3,4@7-3",
     "1,2,3,4@", "1,2,3,4@2-", "1.5,2,3,4", "1,2,3,4@a", "٣,2,3,4", "1,2,3,4\n@1 2"],
)  # fmt: skip
def test_what_is_no_region_is_refused(text: str) -> None:
    """Nothing is guessed from a mask that was mistyped."""
    with pytest.raises(ProfileError) as caught:
        parse_region(text)
    assert caught.value.code == "mask"


@given(st.builds(Region, *[st.integers(1, 99)] * 4, st.none() | st.just((2, 5))))
def test_a_region_prints_as_it_is_written(region: Region) -> None:
    """Str and parse_region are inverse."""
    assert region == parse_region(str(region))


def test_a_region_is_cut_at_the_image() -> None:
    """What lies outside of rows, columns and frames is cut off; all of it outside is None."""
    assert Region(0, 0, 2, 3, (2, 4)) == clip(Region(-1, -2, 3, 5, (2, 9)), 10, 10, 4)
    assert clip(Region(10, 0, 1, 1), 10, 10, 1) is None
    assert clip(Region(0, 0, 1, 1, (2, 2)), 10, 10, 1) is None


_SMALL = st.builds(
    Region,
    st.integers(0, 5), st.integers(0, 5), st.integers(1, 4), st.integers(1, 4),
    st.none() | st.tuples(st.integers(1, 4), st.integers(0, 2)).map(lambda t: (t[0], t[0] + t[1])),
)  # fmt: skip


@given(st.lists(_SMALL, max_size=4))
def test_bands_cover_what_regions_cover_once(regions: list[Region]) -> None:
    """Every pixel of every region in exactly one interval, and no other; all sorted."""
    clipped = [c for r in regions if (c := clip(r, 8, 8, 5))]
    covered = [
        (frame, row, column)
        for run in frame_runs(clipped, 5)
        for frame in range(run.first, run.last + 1)
        for band in run.bands
        for row in range(band.start, band.stop)
        for start, stop in band.columns
        for column in range(start, stop)
    ]
    expected = {
        (frame, row, column)
        for r in clipped
        for frame in range((r.frames or (1, 5))[0], (r.frames or (1, 5))[1] + 1)
        for row in range(r.y_px, r.y_px + r.height_px)
        for column in range(r.x_px, r.x_px + r.width_px)
    }
    assert sorted(expected) == covered
