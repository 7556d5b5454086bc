"""Whether what a network marked on a picture has strokes, as all writing has.

Strategy: lines are laid through the marked box along its longer side, and the changes
between darker and brighter than the line's own surroundings are counted. A disc, a flat
rectangle or a saturated area changes twice, at its edges; two letters change more often.

Invariants: what is small or noisy changes often and stays: only what is calm is dropped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dicomanon.pixels.detect.boxes import Box

_LEAST_HEIGHT_PX = 14
_FINEST = 14
"""Boxes higher than this many pixels are looked at in so many rows."""
_LEAST_CHANGES = 3
_OF_DEVIATION = 0.5


def has_strokes(picture: NDArray[np.uint8], box: Box) -> bool:
    """Whether a box of a picture (rows, columns, 3) holds more than one calm shape."""
    if min(box.height, box.width) < _LEAST_HEIGHT_PX:
        return True
    cut = picture[int(box.top) : int(box.bottom) + 1, int(box.left) : int(box.right) + 1]
    grey = cut[..., cut.std(axis=(0, 1)).argmax()].astype(np.float32)
    lines = _coarse(grey if box.width >= box.height else grey.T)
    needed = max(_LEAST_CHANGES, lines.shape[1] // lines.shape[0])
    return bool(_changes(lines) >= needed)


def _coarse(grey: NDArray[np.float32]) -> NDArray[np.float32]:
    """The means of squares, so many that about `_FINEST` rows are left."""
    step = max(1, min(grey.shape) // _FINEST)
    rows, columns = (size // step for size in grey.shape)
    squares = grey[: rows * step, : columns * step].reshape(rows, step, columns, step)
    means: NDArray[np.float32] = squares.mean(axis=(1, 3))
    return means


def _changes(lines: NDArray[np.float32]) -> int:
    """The most changes of sign along one of the lines, against the mean around each point."""
    reach = lines.shape[0] // 2
    padded = np.pad(lines, ((0, 0), (reach + 1, reach)), mode="edge")
    sums = np.cumsum(padded, axis=1, dtype=np.float64)
    around = (sums[:, 2 * reach + 1 :] - sums[:, : -2 * reach - 1]) / (2 * reach + 1)
    detail = lines - around
    least = _OF_DEVIATION * detail.std() + 1
    signs = np.where(detail > least, 1, np.where(detail < -least, -1, 0))
    return max(int((np.diff(row[row != 0]) != 0).sum()) for row in signs)
