"""Which stored value a viewer shows black.

Strategy: a table by Photometric Interpretation; greys and palettes ask their own
transformations, because slopes, tables and presentation can turn polarity around.

Invariants: a black cell has no bit set that holds an overlay.

Standard: PS3.3 §C.7.6.3.1.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dicomanon.pixels.lut import darkest_entry, darkest_grey, greys, palette
from dicomanon.pixels.overlay import embedded_bits, overlays

if TYPE_CHECKING:
    from collections.abc import Callable

    from dicomanon.dicom.instance import Instance
    from dicomanon.pixels.frame import PixelDescription


class Black(NamedTuple):
    """One black pixel, one number a sample: stored values, signed ones negative; and cells."""

    values: tuple[int, ...]
    cells: tuple[int, ...]


def black(instance: Instance, description: PixelDescription, n: int) -> Black:
    """What a black pixel is.

    In cells negative values fill the high bits with their sign, but never bits that hold
    an overlay. Frame n's grey transformations tell which end of the range is dark: no
    modality turns its polarity around between frames of one instance.

    Raises:
        PixelError: `pixel_description`, what tells it cannot be read.
    """
    d = description
    # Floats: not the least number, which would stretch every automatic window. Zero is
    # "nothing there".
    values = (0,) * d.samples if d.floating else _BLACK[d.photometric](instance, d, n)
    free = ((1 << d.bits_allocated) - 1) & ~embedded_bits(overlays(instance, d))
    return Black(values, tuple((value << d.shift) & free for value in values))


def _range(d: PixelDescription) -> tuple[int, int]:
    """The least and the greatest stored value."""
    if d.signed:
        return -(1 << d.bits_stored - 1), (1 << d.bits_stored - 1) - 1
    return 0, (1 << d.bits_stored) - 1


def _black_grey(instance: Instance, d: PixelDescription, n: int) -> tuple[int, ...]:
    return (darkest_grey(greys(instance, d, n), *_range(d)),)


def _black_palette(instance: Instance, d: PixelDescription, _: int) -> tuple[int, ...]:
    """The darkest entry; without tables in the instance (a well-known palette), the first."""
    tables = palette(instance, d)
    return (0 if tables is None else darkest_entry(tables, *_range(d)),)


def _black_rgb(_: Instance, d: PixelDescription, __: int) -> tuple[int, ...]:
    return (0,) * d.samples


def _black_full(_: Instance, d: PixelDescription, __: int) -> tuple[int, ...]:
    half = 1 << d.bits_stored - 1
    return (0, half, half)


def _black_partial(_: Instance, d: PixelDescription, __: int) -> tuple[int, ...]:
    """Black level 16 of 256 (ITU-R BT.601)."""
    half = 1 << d.bits_stored - 1
    return (half // 8, half, half)


_BLACK: dict[str, Callable[[Instance, PixelDescription, int], tuple[int, ...]]] = {
    "MONOCHROME1": _black_grey,
    "MONOCHROME2": _black_grey,
    "PALETTE COLOR": _black_palette,
    "RGB": _black_rgb,
    "YBR_FULL": _black_full,
    "YBR_FULL_422": _black_full,
    "YBR_PARTIAL_422": _black_partial,
    # No native pixels are reversible or irreversible components of JPEG 2000; writers that
    # decompressed and kept the name stored RGB.
    "YBR_ICT": _black_rgb,
    "YBR_RCT": _black_rgb,
    # Only ever compressed: the codecs give RGB.
    "YBR_PARTIAL_420": _black_rgb,
    "XYB": _black_rgb,
}
