"""Text regions -> what they say, to explain and to compare; never to decide alone.

Strategy: a region is cut out of the picture, turned where it stands upright, and shown to
the reading network as one line. The network answers with a character, or none, for each
step along the line; runs of the same one are one character (CTC).

Invariants: numpy only; coroutines, as in `find`. What is read is not logged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dicomanon.pixels.detect.find import Inference
from dicomanon.pixels.detect.models import READING, characters
from dicomanon.pixels.detect.resample import resized

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from dicomanon.pixels.detect.find import Steps
    from dicomanon.pixels.region import Region

_LINE_PX = 48
_STEP_PX = 32
_SHORTEST_PX, _LONGEST_PX = 64, 1600
_INSET = 0.12
_UPRIGHT = 1.5
"""Regions this much higher than wide are read sideways."""


class Reading(NamedTuple):
    """What a region says, and how sure the network is on average: 0 to 1."""

    text: str
    confidence: float


def read(pictures: Sequence[NDArray[np.uint8]], region: Region) -> Steps[Reading]:
    """Read a region on the pictures of a frame, (rows, columns, 3); the surest reading counts."""
    best = Reading("", 0.0)
    for picture in pictures:
        cut = picture[_inner(region)]
        for line in _turned(cut):
            answer = yield Inference(READING, _tensor(line))
            reading = decoded(answer[0])
            best = max(best, reading, key=lambda found: found.confidence)
    return best


def _inner(r: Region) -> tuple[slice, slice]:
    """Rows and columns of a region without the outer part of its margin: the line itself."""
    inset = round(_INSET * min(r.width_px, r.height_px))
    return (
        slice(r.y_px + inset, r.y_px + r.height_px - inset),
        slice(r.x_px + inset // 2, r.x_px + r.width_px - inset // 2),
    )


def _turned(cut: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    if cut.shape[0] < _UPRIGHT * cut.shape[1]:
        yield cut
    else:
        yield np.rot90(cut)
        yield np.rot90(cut, -1)


def _tensor(line: NDArray[np.uint8]) -> NDArray[np.float32]:
    """A line as the network sees it: 48 rows, grey to the right of it."""
    width = round(line.shape[1] * _LINE_PX / line.shape[0])
    width = min(max(width, 1), _LONGEST_PX)
    shown = resized(line, _LINE_PX, width)[..., ::-1].astype(np.float32) / 127.5 - 1
    padded = max(_SHORTEST_PX, -(-width // _STEP_PX) * _STEP_PX)
    tensor = np.zeros((1, 3, _LINE_PX, padded), np.float32)
    tensor[0, :, :, :width] = shown.transpose(2, 0, 1)
    return tensor


def decoded(likely: NDArray[np.float32]) -> Reading:
    """The text of the network's answer (steps, characters)."""
    best = likely.argmax(axis=1)
    new = np.ones(len(best), np.bool_)
    new[1:] = best[1:] != best[:-1]
    said = np.flatnonzero(new & (best != 0))
    if not said.size:
        return Reading("", 0.0)
    names = characters()
    text = "".join(names[index] for index in best[said]).strip()
    return Reading(text, float(likely[said, best[said]].mean()))
