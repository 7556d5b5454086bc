"""A picture with its local contrast raised, so that faint text stands out.

Strategy: each pixel is shown half as it is, half as its distance from the mean around it,
in units of the deviation around it: text twelve levels brighter than black gets as bright
as any other, and what was plain to see stays so. Mean and deviation are those of squares
of `_SQUARE_PX`, summed over `_AROUND` of them, and interpolated in between.

Invariants: numpy only; sums are whole numbers, so that every host gets the same picture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dicomanon.pixels.detect.resample import interpolated

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SQUARE_PX = 8
_AROUND = 7
_GAIN = 50.0
"""Levels from the middle grey for each deviation."""
_LEAST_DEVIATION = 4.0
_MIDDLE = 128.0


def raised(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Picture (rows, columns, channels) -> the same size, its faint details easier to see."""
    return np.stack([_raised(picture[..., at]) for at in range(picture.shape[2])], axis=-1)


def _raised(plane: NDArray[np.uint8]) -> NDArray[np.uint8]:
    rows, columns = plane.shape
    spare = [(0, -size % _SQUARE_PX) for size in plane.shape]
    whole = np.pad(plane, spare, mode="edge").astype(np.int32)
    mean = _around(whole)
    deviation = np.sqrt(np.maximum(_around(whole * whole) - mean * mean, 0))
    gain = _GAIN / np.maximum(deviation, _LEAST_DEVIATION)
    line = np.stack(((1 + gain) / 2, (_MIDDLE - gain * mean) / 2), axis=-1).astype(np.float32)
    line = interpolated(line, *whole.shape)[:rows, :columns]
    levels = np.clip(plane * line[..., 0] + line[..., 1], 0, 255)
    shown: NDArray[np.uint8] = np.rint(levels).astype(np.uint8)
    return shown


def _around(values: NDArray[np.int32]) -> NDArray[np.float64]:
    """For each square of values, the mean over it and its neighbours."""
    rows, columns = (size // _SQUARE_PX for size in values.shape)
    stripes = values.reshape(rows, _SQUARE_PX, -1).sum(axis=1, dtype=np.int64)
    squares = stripes.reshape(rows, columns, _SQUARE_PX).sum(axis=2)
    reach = _AROUND // 2
    padded = np.pad(squares, reach, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (_AROUND, _AROUND))
    sums: NDArray[np.int64] = windows.sum(axis=(2, 3))
    return sums / (_AROUND * _SQUARE_PX) ** 2
