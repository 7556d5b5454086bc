"""Overlays under masks: what the engine clears is clear, and what it left is found."""

from __future__ import annotations

import pytest

from dicomanon.dicom.source import BytesSource
from dicomanon.pixels.region import Region
from dicomanon.verify.overlays import left_over
from dicomanon.verify.reader import read
from tests.verify.outputs import SIDE_PX, anonymized, data_set, saved

MASK = Region(4, 6, 9, 5, (2, 2))
GROUP = 0x60020000
FRAMES = 3


def image(*attributes: tuple[int, str, object]) -> bytes:
    """Three frames under an overlay whose every bit is set."""
    data = data_set(NumberOfFrames=FRAMES, PixelData=bytes(SIDE_PX * SIDE_PX * 2 * FRAMES))
    data.add_new(GROUP | 0x10, "US", SIDE_PX)
    data.add_new(GROUP | 0x11, "US", SIDE_PX)
    data.add_new(GROUP | 0x40, "CS", "G")
    data.add_new(GROUP | 0x50, "SS", [1, 1])
    data.add_new(GROUP | 0x100, "US", 1)
    data.add_new(GROUP | 0x102, "US", 0)
    data.add_new(GROUP | 0x3000, "OW", b"\xff" * (SIDE_PX * SIDE_PX // 8))
    for number, vr, value in attributes:
        data.add_new(GROUP | number, vr, value)
    return saved(data)


def found(data: bytes, mask: Region) -> bool:
    return bool(list(left_over(read(BytesSource(data)), [mask])))


@pytest.mark.parametrize(
    "attributes",
    [
        (),
        ((0x50, "SS", [3, 2]),),
        ((0x50, "SS", [-2, 0]),),
        ((0x15, "IS", "2"), (0x51, "US", 2), (0x3000, "OW", b"\xff" * (SIDE_PX * SIDE_PX // 4))),
    ],
    ids=["one for all frames", "moved down", "moved up", "of two frames"],
)
def test_what_is_cleared_is_clear(attributes: tuple[tuple[int, str, object], ...]) -> None:
    """Wherever the overlay lies, and on whichever frames."""
    source = image(*attributes)
    output = anonymized(source, "in-hospital", [MASK])
    assert not found(output, MASK)
    assert found(source, MASK)
    assert found(output, Region(4, 6, 10, 5, (2, 2)))
    assert found(output, Region(4, 5, 9, 6, (2, 2)))


def test_other_frames_are_not_meant() -> None:
    """An overlay on the third frame has nothing to do with a mask on the second."""
    source = image((0x15, "IS", "1"), (0x51, "US", 3))
    assert not found(source, MASK)
    assert found(source, Region(4, 6, 9, 5, (3, 3)))


def test_what_is_not_described_is_not_judged() -> None:
    """A plane that is shorter than it says."""
    assert not found(image((0x3000, "OW", b"\xff" * 8)), MASK)
