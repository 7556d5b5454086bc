"""Text burned into pixels, and the boxes that have to be hidden.

Strategy: Pillow's own bitmap font, enlarged by whole numbers, so that no library of fonts
decides how a letter looks.

Invariants: a stamp lies inside the picture; its box holds every pixel that it changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dicomanon.synth.picture import Picture

_MARGIN_PX = 2


class Stamp(NamedTuple):
    """Lines of text and where they stand: x, y of the upper left corner, px; scale: of the font."""

    text: str
    x_px: int
    y_px: int
    scale: int


class Box(NamedTuple):
    """Half-open, px."""

    left: int
    top: int
    right: int
    bottom: int


def lettering(text: str, scale: int) -> NDArray[np.bool_]:
    """The pixels of a text, (rows, columns)."""
    font = ImageFont.load_default_imagefont()
    drawer = ImageDraw.Draw(Image.new("1", (1, 1)))
    _, _, right, bottom = drawer.multiline_textbbox((0, 0), text, font=font)
    image = Image.new("1", (int(right), int(bottom)))
    ImageDraw.Draw(image).multiline_text((0, 0), text, fill=1, font=font)
    return np.asarray(image).repeat(scale, axis=0).repeat(scale, axis=1)


def size_px(stamp: Stamp) -> tuple[int, int]:
    """Width and height of a stamp."""
    height, width = lettering(stamp.text, stamp.scale).shape
    return width, height


def burn(picture: Picture, stamp: Stamp, value: int) -> Box:
    """Burn a stamp into every frame, in place; value: of its pixels. Gives its box."""
    letters = lettering(stamp.text, stamp.scale)
    rows, columns = picture.shape[1:3]
    top = max(_MARGIN_PX, min(stamp.y_px, rows - letters.shape[0] - _MARGIN_PX))
    left = max(_MARGIN_PX, min(stamp.x_px, columns - letters.shape[1] - _MARGIN_PX))
    letters = letters[: rows - top, : columns - left]
    bottom, right = top + letters.shape[0], left + letters.shape[1]
    picture[:, top:bottom, left:right][:, letters] = value
    return Box(
        max(0, left - _MARGIN_PX),
        max(0, top - _MARGIN_PX),
        min(columns, right + _MARGIN_PX),
        min(rows, bottom + _MARGIN_PX),
    )
