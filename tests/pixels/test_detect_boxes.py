"""From a map of likelihoods to boxes, and from pictures to what a network sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomanon.pixels.detect.boxes import Box, boxes
from dicomanon.pixels.detect.canvas import BORDER_PX, canvas
from dicomanon.pixels.detect.contrast import raised
from dicomanon.pixels.detect.resample import resized
from dicomanon.pixels.detect.strokes import has_strokes
from tests.pixels.written import NAME, picture

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

ROWS, COLUMNS = 120, 200
THICKEST_PX = 160.0


def likely(*marks: tuple[int, int, int, int], how: float = 0.97) -> NDArray[np.float32]:
    """A map with marked rectangles (top, left, bottom, right)."""
    found = np.zeros((ROWS, COLUMNS), np.float32)
    for top, left, bottom, right in marks:
        found[top:bottom, left:right] = how
    return found


def covers(found: Sequence[Box], marks: NDArray[np.float32]) -> bool:
    covered = np.zeros(marks.shape, np.bool_)
    for box in found:
        covered[int(box.top) : int(box.bottom) + 1, int(box.left) : int(box.right) + 1] = True
    return bool(covered[marks > 0].all())


def test_a_line_is_one_box_that_is_larger() -> None:
    """The network marks the inner part of a line; the box has a margin around it."""
    (box,) = boxes(likely((50, 40, 60, 140)), 0.4, THICKEST_PX)
    assert box.left < 36
    assert box.top < 46
    assert box.right > 144
    assert box.bottom > 64
    assert box.confidence == pytest.approx(0.97)


def test_words_of_a_line_are_joined() -> None:
    """What may stand between two words is covered too; a distant one stays apart."""
    near = likely((50, 20, 60, 60), (50, 75, 60, 110))
    far = likely((50, 20, 60, 60), (50, 150, 60, 190))
    assert [len(boxes(m, 0.4, THICKEST_PX)) for m in (near, far)] == [1, 2]


def test_lines_below_each_other_stay_apart() -> None:
    """Two lines are two boxes."""
    assert len(boxes(likely((20, 20, 30, 120), (70, 20, 80, 120)), 0.4, THICKEST_PX)) == 2


def test_an_unsure_component_is_none() -> None:
    """A component below the least likelihood gives no box."""
    assert boxes(likely((50, 40, 60, 140), how=0.3), 0.4, THICKEST_PX) == []


@pytest.mark.parametrize(("how", "count"), [(0.92, 0), (0.97, 1)])
def test_large_marks_have_to_be_sure(how: float, count: int) -> None:
    """The larger a mark, the surer it has to be that it is a line of text."""
    large = np.zeros((300, 600), np.float32)
    large[100:200, 50:550] = how
    assert len(boxes(large, 0.4, THICKEST_PX)) == count


def test_a_large_mark_that_is_no_line_is_none() -> None:
    """What is large and about as long as thick, a body for example, is no line of text."""
    large = np.zeros((300, 600), np.float32)
    large[50:250, 50:270] = 0.99
    assert boxes(large, 0.4, THICKEST_PX) == []


@pytest.mark.parametrize(("stout_px", "count"), [(40, 1), (24, 0)])
def test_what_is_shown_smaller_is_stout_sooner(stout_px: float, count: int) -> None:
    """On a picture of half its size, a body is a smaller mark that is no line of text either."""
    body = np.zeros((200, 300), np.float32)
    body[50:90, 50:120] = 0.99
    assert len(boxes(body, 0.4, THICKEST_PX, stout_px=stout_px)) == count


def test_sides_of_a_frame_are_no_line() -> None:
    """Upright marks far from each other do not become one box, as words of a line would."""
    assert len(boxes(likely((10, 30, 110, 38), (10, 120, 110, 128)), 0.4, THICKEST_PX)) == 2


def test_a_frame_is_hollow() -> None:
    """A frame around an image is covered by its sides, not by its inside."""
    frame = likely((10, 10, 110, 190))
    frame[18:102, 18:182] = 0
    found = boxes(frame, 0.4, THICKEST_PX)
    assert covers(found, frame)
    assert not any(b.left < 100 < b.right and b.top < 60 < b.bottom for b in found)


def test_parts_of_a_slanted_line_stay_parts() -> None:
    """A slanted line is covered by steps, not by one box with both corners empty."""
    marks = np.zeros((300, 400), np.float32)
    for column in range(20, 380):
        marks[20 + column // 2 : 28 + column // 2, column] = 0.97
    found = boxes(marks, 0.4, THICKEST_PX)
    assert covers(found, marks)
    assert max(box.height for box in found) < 60


def test_many_components_are_measured_each() -> None:
    """Marks that touch at a corner are one, of any winding; others are apart."""
    marks = np.zeros((ROWS, COLUMNS), np.float32)
    for step in range(8):
        marks[10 + 4 * step : 14 + 4 * step, 10 + 4 * step : 14 + 4 * step] = 0.97
    marks[80:88, 20:160] = 0.5
    found = boxes(marks, 0.4, THICKEST_PX)
    assert covers(found, marks)
    assert sorted({round(box.confidence, 2) for box in found}) == [0.5, 0.97]


@pytest.mark.parametrize("channels", [1, 3])
def test_faint_details_stand_out_and_plain_ones_stay(channels: int) -> None:
    """Twelve levels become many; flat stays flat; the size stays."""
    grey = np.full((61, 83), 20, np.uint8)
    flat, faint, plain = (np.repeat(grey[..., None], channels, axis=2) for _ in range(3))
    faint[20:30, 20:60], plain[20:30, 20:60] = 32, 220
    assert np.ptp(raised(flat)) == 0
    assert np.ptp(raised(faint).astype(int)) > 4 * 12
    assert np.ptp(raised(plain).astype(int)) > 100
    assert raised(faint).shape == faint.shape


def colour(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.repeat(grey[..., None], 3, axis=2)


@pytest.mark.parametrize("noise", [0, 4])
@pytest.mark.parametrize("shape", ["disc", "rectangle"])
def test_a_calm_shape_has_no_strokes(shape: str, noise: int) -> None:
    """A disc or a rectangle is not writing, with a little noise neither."""
    down, across = np.mgrid[:60, :80]
    shapes = {
        "disc": (down - 30) ** 2 + (across - 40) ** 2 < 400,
        "rectangle": (abs(down - 30) < 18) & (abs(across - 40) < 25),
    }
    rough = np.random.default_rng(1).normal(0, noise, down.shape)
    grey = np.clip(np.where(shapes[shape], 200, 60) + rough, 0, 255).astype(np.uint8)
    assert not has_strokes(colour(grey), Box(10, 5, 70, 55, 1.0))


@pytest.mark.parametrize("quarters", [0, 1])
@pytest.mark.parametrize("times", [1, 2, 6])
def test_writing_has_strokes(times: int, quarters: int) -> None:
    """Letters of any size do, straight and upright."""
    grey = np.kron(picture((NAME, 30, 20))[10:50, 20:180], np.ones((times, times), np.uint8))
    written = np.rot90(grey, quarters)
    assert has_strokes(colour(written), Box(0, 0, written.shape[1], written.shape[0], 1.0))


@given(
    st.lists(
        st.tuples(st.integers(0, 100), st.integers(0, 180), st.integers(3, 12), st.integers(3, 60)),
        max_size=6,
    )
)
def test_every_mark_is_covered(marks: list[tuple[int, int, int, int]]) -> None:
    """Boxes lie inside the map and cover all that is likely."""
    rectangles = [(t, le, min(t + h, ROWS), min(le + w, COLUMNS)) for t, le, h, w in marks]
    found_map = likely(*rectangles, how=1.0)
    found = boxes(found_map, 0.4, THICKEST_PX)
    assert covers(found, found_map)
    assert all(0 <= b.left < b.right <= COLUMNS and 0 <= b.top < b.bottom <= ROWS for b in found)


@pytest.mark.parametrize("scale", [0.5, 1.0, 1.5])
def test_boxes_come_back_to_the_picture(scale: float) -> None:
    """A box of the tensor is moved and scaled back; the strip below is no part of a picture."""
    shown = canvas(np.zeros((100, 300, 3), np.uint8), scale)
    marks = np.zeros(shown.tensor.shape[2:], np.float32)
    top, left = (round(BORDER_PX + at * scale) for at in (40, 100))
    marks[top : top + round(20 * scale), left : left + round(100 * scale)] = 1
    marks[-20:-10, 30:120] = 1
    found = [shown.on_picture(box) for box in boxes(marks, 0.4, THICKEST_PX)]
    (box,) = (box for box in found if box is not None)
    assert box.left < 100
    assert box.right > 200
    assert box.top < 40
    assert box.bottom > 60


def test_a_strip_that_is_not_found_shows() -> None:
    """Of the known text nothing is covered without boxes, all with one over the strip."""
    shown = canvas(np.zeros((100, 300, 3), np.uint8), 1.0)
    marks = np.zeros(shown.tensor.shape[2:], np.float32)
    assert shown.strip_found(boxes(marks, 0.4, THICKEST_PX)) == 0
    marks[100 + 2 * BORDER_PX + 8 : 100 + 2 * BORDER_PX + 24, 4:-4] = 1
    assert shown.strip_found(boxes(marks, 0.4, THICKEST_PX)) > 0.9


def test_the_tensor_has_whole_strides() -> None:
    """A network sees multiples of 32 pixels, one batch of three channels."""
    shape = canvas(np.zeros((77, 131, 3), np.uint8), 1.5).tensor.shape
    assert shape[:2] == (1, 3)
    assert [size % 32 for size in shape[2:]] == [0, 0]


def test_resizing_keeps_a_flat_picture_and_the_mean() -> None:
    """Weights sum to one: flat stays flat, and a smaller picture is as bright as before."""
    flat = np.full((40, 60, 3), 93, np.uint8)
    assert (resized(flat, 60, 90) == 93).all()
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    assert resized(noise, 32, 32).mean() == pytest.approx(noise.mean(), abs=1)
