"""A picture -> what the detection network sees, with a strip of known text below it.

Strategy: a border in the picture's own edge colour lets text touch the edge. The strip is
a canary: a network that is shown text once marks far less of what is none, and one that
does not find this text was not able to find any other.

Invariants: numpy only; the same picture gives the same tensor on every host.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dicomanon.pixels.detect.boxes import Box
from dicomanon.pixels.detect.resample import resized

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

BORDER_PX = 24
_STRIDE_PX = 32
_MEAN = np.array((0.485, 0.456, 0.406), np.float32)
_DEVIATION = np.array((0.229, 0.224, 0.225), np.float32)
"""What the network takes its channels' levels from, 0 to 1, and divides them by."""


class Canvas(NamedTuple):
    """tensor: (1, 3, rows, columns); scale: its pixels a picture's pixel; strip: the canary's."""

    tensor: NDArray[np.float32]
    scale: float
    rows_px: int
    columns_px: int
    strip: NDArray[np.bool_]

    def on_picture(self, box: Box) -> Box | None:
        """A box of the tensor in pixels of the picture, None if it lies outside."""
        left, right = (
            min(max((x - BORDER_PX) / self.scale, 0.0), float(self.columns_px))
            for x in (box.left, box.right)
        )
        top, bottom = (
            min(max((y - BORDER_PX) / self.scale, 0.0), float(self.rows_px))
            for y in (box.top, box.bottom)
        )
        if right - left < 1 or bottom - top < 1:
            return None
        return Box(left, top, right, bottom, box.confidence)

    def strip_found(self, boxes: Iterable[Box]) -> float:
        """How much of the known text boxes cover, 0 to 1."""
        covered = np.zeros_like(self.strip)
        top = self._strip_top
        for box in boxes:
            rows = slice(max(int(box.top) - top, 0), max(int(np.ceil(box.bottom)) - top, 0))
            covered[rows, int(box.left) : int(np.ceil(box.right))] = True
        return float(covered[self.strip].mean())

    @property
    def _strip_top(self) -> int:
        return _scaled_px(self.rows_px, self.scale) + 2 * BORDER_PX


def canvas(picture: NDArray[np.uint8], scale: float) -> Canvas:
    """Picture (rows, columns, 3 in RGB, or 1) -> canvas; scale: 1.5 shows it larger."""
    rows, columns = picture.shape[:2]
    shown = resized(picture, _scaled_px(rows, scale), _scaled_px(columns, scale))
    edge = np.concatenate((shown[0], shown[-1], shown[:, 0], shown[:, -1]))
    colour = np.median(edge, axis=0).astype(np.uint8)
    strip = _tiled(shown.shape[1] + 2 * BORDER_PX)
    height = _padded_px(shown.shape[0] + 2 * BORDER_PX + strip.shape[0])
    whole = np.empty((height, _padded_px(strip.shape[1]), shown.shape[2]), np.uint8)
    whole[:] = colour
    whole[BORDER_PX:, BORDER_PX:][: shown.shape[0], : shown.shape[1]] = shown
    below = whole[shown.shape[0] + 2 * BORDER_PX :]
    below[: strip.shape[0], : strip.shape[1]] = strip[..., None] * np.uint8(255)
    return Canvas(_tensor(whole), scale, rows, columns, strip)


def _tensor(whole: NDArray[np.uint8]) -> NDArray[np.float32]:
    """A picture of one or three channels as the network sees it, blue first."""
    tensor = np.empty((1, 3, *whole.shape[:2]), np.float32)
    planes = np.broadcast_to(whole, (*whole.shape[:2], 3)).transpose(2, 0, 1)[::-1]
    for at, plane in enumerate(planes):
        np.multiply(plane, 1 / (255 * _DEVIATION[at]), out=tensor[0, at])
        tensor[0, at] -= _MEAN[at] / _DEVIATION[at]
    return tensor


def _scaled_px(size: int, scale: float) -> int:
    return max(1, round(size * scale))


def _padded_px(size: int) -> int:
    return -(-size // _STRIDE_PX) * _STRIDE_PX


@cache
def _canary() -> NDArray[np.bool_]:
    """The known text: a bitmap (32, columns)."""
    raw = files(__package__).joinpath("canary.pbm").read_bytes()
    _, size, bits = raw.split(b"\n", 2)
    columns, rows = map(int, size.split())
    unpacked = np.unpackbits(np.frombuffer(bits, np.uint8).reshape(rows, -1), axis=1)
    return unpacked[:, :columns].astype(np.bool_)


def _tiled(columns: int) -> NDArray[np.bool_]:
    """The strip for a canvas: the known text as often as it fits, at least once."""
    text = _canary()
    times = max(1, columns // text.shape[1])
    strip = np.zeros((text.shape[0], max(columns, text.shape[1])), np.bool_)
    strip[:, : times * text.shape[1]] = np.tile(text, (1, times))
    return strip
