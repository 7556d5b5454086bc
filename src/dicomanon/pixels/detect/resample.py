"""Arrays of pixels in another size: bilinear, averaging where they shrink.

Invariants: numpy only; the same array gives the same one on every host.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def resized(picture: NDArray[np.uint8], rows: int, columns: int) -> NDArray[np.uint8]:
    """A picture (rows, columns, channels) in another size."""
    if picture.shape[:2] == (rows, columns):
        return picture
    return np.rint(interpolated(picture.astype(np.float32), rows, columns)).astype(np.uint8)


def interpolated(values: NDArray[np.float32], rows: int, columns: int) -> NDArray[np.float32]:
    """Values (rows, columns, channels) with another number of rows and columns."""
    for axis, new in enumerate((rows, columns)):
        values = _resized(values, new, axis)
    return values


def _resized(values: NDArray[np.float32], new: int, axis: int) -> NDArray[np.float32]:
    """Values (rows, columns, channels) with another number of rows or columns."""
    index, weight = _weights(values.shape[axis], new)
    shape = (1, new, 1) if axis else (new, 1, 1)
    taps = zip(index.T, weight.T, strict=True)
    mixed: NDArray[np.float32] = sum(
        np.take(values, at, axis=axis) * share.reshape(shape) for at, share in taps
    )
    return mixed


def _weights(size: int, new: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """For each new position the old ones it is made of, and their weights (new, taps)."""
    step = size / new
    reach = max(1.0, step)
    centre = (np.arange(new) + 0.5) * step
    first = np.floor(centre - 0.5 - reach).astype(np.int64) + 1
    index = first[:, None] + np.arange(int(np.ceil(2 * reach)))
    weight = np.maximum(0, 1 - np.abs(index + 0.5 - centre[:, None]) / reach)
    weight /= weight.sum(axis=1, keepdims=True)
    return np.clip(index, 0, size - 1), weight.astype(np.float32)
