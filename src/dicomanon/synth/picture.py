"""Pixels that look like an examination: bodies of ellipses, fans, vessels, and noise.

Strategy: every picture is drawn from shapes in units of its size, with whole numbers and
the four operations of arithmetic, so that all machines draw the same.

Invariants: a picture is (frames, rows, columns) or, in colour, (frames, rows, columns, 3);
its values fit the bits that its modality stores.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Picture = NDArray[Any]

_NOISE_TERMS = 4
_NEAR, _FAR = 0.004, 0.77
"""Squares of how far an ultrasound sector begins and ends, in heights of its picture."""
_NOISE_SPREAD = 147.8
"""The standard deviation of the sum of four bytes."""


class Ellipse(NamedTuple):
    """x, y, half width and half height as shares of the picture; value: added inside."""

    x: float
    y: float
    width: float
    height: float
    value: float


def noise(shape: tuple[int, ...], spread: float, seed: int) -> NDArray[np.float64]:
    """Bell-shaped noise of that standard deviation: sums of random bytes, the same everywhere."""
    count = 1
    for size in shape:
        count *= size
    words = np.random.PCG64(seed).random_raw(-(-count // 2))
    summed = (
        words.astype("<u8").view(np.uint8).reshape(-1, _NOISE_TERMS).sum(axis=1, dtype=np.int64)
    )
    centred = summed[:count].reshape(shape) - 127.5 * _NOISE_TERMS
    return np.asarray(centred * (spread / _NOISE_SPREAD), np.float64)


def drawn(rows: int, columns: int, shapes: tuple[Ellipse, ...], background: float) -> Picture:
    """Ellipses, one over the other: (rows, columns) of floats."""
    y = (np.arange(rows)[:, None] + 0.5) / rows
    x = (np.arange(columns)[None, :] + 0.5) / columns
    picture = np.full((rows, columns), background, np.float64)
    for e in shapes:
        across, down = (x - e.x) / e.width, (y - e.y) / e.height
        picture += np.where(across * across + down * down <= 1, e.value, 0.0)
    return picture


TORSO = (
    Ellipse(0.5, 0.52, 0.42, 0.32, 1040),
    Ellipse(0.5, 0.52, 0.39, 0.29, -90),
    Ellipse(0.33, 0.5, 0.13, 0.2, -760),
    Ellipse(0.67, 0.5, 0.13, 0.2, -760),
    Ellipse(0.48, 0.46, 0.09, 0.1, 120),
    Ellipse(0.5, 0.72, 0.05, 0.05, 420),
    Ellipse(0.36, 0.43, 0.02, 0.02, 700),
)
HEAD = (
    Ellipse(0.5, 0.5, 0.34, 0.42, 900),
    Ellipse(0.5, 0.5, 0.31, 0.39, -400),
    Ellipse(0.44, 0.48, 0.04, 0.14, -220),
    Ellipse(0.56, 0.48, 0.04, 0.14, -220),
    Ellipse(0.6, 0.35, 0.03, 0.04, 260),
)
CHEST = (
    Ellipse(0.5, 0.55, 0.45, 0.5, 1500),
    Ellipse(0.3, 0.45, 0.15, 0.3, -900),
    Ellipse(0.7, 0.45, 0.15, 0.3, -900),
    Ellipse(0.54, 0.6, 0.14, 0.18, 600),
    Ellipse(0.66, 0.36, 0.025, 0.025, 450),
)
BREAST = (
    Ellipse(0.0, 0.5, 0.55, 0.42, 1200),
    Ellipse(0.12, 0.5, 0.32, 0.26, 500),
    Ellipse(0.28, 0.42, 0.03, 0.03, 700),
)
ORGAN = (
    Ellipse(0.5, 0.55, 0.12, 0.1, -60),
    Ellipse(0.5, 0.7, 0.2, 0.06, 30),
    Ellipse(0.4, 0.4, 0.03, 0.03, 45),
)
UPTAKE = (
    Ellipse(0.5, 0.5, 0.3, 0.38, 300),
    Ellipse(0.42, 0.4, 0.05, 0.05, 1800),
    Ellipse(0.58, 0.62, 0.04, 0.06, 1200),
)
VESSELS = tuple(
    Ellipse(0.3 + 0.02 * n, 0.15 + 0.035 * n, 0.022, 0.03, -700) for n in range(20)
) + tuple(Ellipse(0.5 - 0.012 * n, 0.5 + 0.02 * n, 0.014, 0.02, -550) for n in range(18))


def slices(
    shapes: tuple[Ellipse, ...], frames: int, size: tuple[int, int], bits: int, seed: int
) -> Picture:
    """Frames of the same shapes, each a little larger, with noise: unsigned values."""
    rows, columns = size
    top = (1 << bits) - 1
    scale = top / 4095 if top < 4095 else 1.0  # noqa: PLR2004 - the shapes are for 12 bits
    found = np.empty((frames, rows, columns), np.uint16 if bits > 8 else np.uint8)  # noqa: PLR2004
    for n in range(frames):
        grown = tuple(
            e._replace(width=e.width * (1 + n / 50), height=e.height * (1 + n / 50)) for e in shapes
        )
        values = drawn(rows, columns, grown, 60.0) + noise((rows, columns), 22, seed + n)
        found[n] = np.clip(values * scale, 0, top).astype(found.dtype)
    return found


def fan(frames: int, size: tuple[int, int], seed: int) -> Picture:
    """An ultrasound sector on black with speckle, and a grey bar: bytes."""
    rows, columns = size
    y = np.arange(rows)[:, None] / rows - 0.06
    x = np.arange(columns)[None, :] / columns - 0.5
    distance = x * x + y * y
    sector = (y > 0) & (x * x < y * y * 0.55) & (distance > _NEAR) & (distance < _FAR)
    echoes = drawn(rows, columns, ORGAN, 90.0) - 60 * distance
    top, bottom = rows // 4, 3 * rows // 4
    found = np.zeros((frames, rows, columns), np.uint8)
    for n in range(frames):
        speckle = echoes + noise((rows, columns), 26, seed + n)
        found[n] = np.where(sector, np.clip(speckle, 0, 200), 0).astype(np.uint8)
        found[n, top:bottom, -14:-8] = np.linspace(200, 0, bottom - top).astype(np.uint8)[:, None]
    return found


def coloured(grey: Picture) -> Picture:
    """A fan as RGB, with a patch of flow."""
    found = np.repeat(grey[..., None], 3, axis=3)
    y, x = grey.shape[1] // 2, grey.shape[2] // 2
    found[:, y : y + 18, x - 12 : x + 12, 0] = 170
    return found


def page(size: tuple[int, int]) -> Picture:
    """A captured screen: a white page with lines of a table, RGB bytes."""
    rows, columns = size
    found = np.full((1, rows, columns, 3), 240, np.uint8)
    found[0, rows // 5 : rows - 20 : 24, 20 : columns - 20] = 120
    found[0, rows // 5 : rows - 20, columns // 2] = 120
    return found
