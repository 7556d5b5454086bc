"""Bytes of one frame -> arrays: the cells as stored, and the numbers in them.

Strategy: every native layout becomes one array shape, so nothing after this knows of
planes, pairs of pixels or bit positions.

Invariants: arrays are (rows, columns) or (rows, columns, samples); bytes that are too
few for the description never become an array.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dicomanon.dicom.tag import TagPath
from dicomanon.errors import PixelError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dicomanon.pixels.frame import PixelDescription


def cells(data: bytes, description: PixelDescription, first_bit: int = 0) -> NDArray[Any]:
    """The cells of a native frame: (rows, columns) or (rows, columns, samples), unsigned or float.

    first_bit: where the frame begins in `data`, with one bit a pixel.

    Raises:
        PixelError: `pixel_layout`, there are too few bytes.

    Standard: PS3.5 §8.1.1, §8.2; PS3.3 §C.7.6.3.1.3 (Planar Configuration).
    """
    d = description
    if len(data) * 8 < first_bit + d.frame_bits:
        raise PixelError("pixel_layout", path=TagPath((d.tag,)))
    shape = (d.rows_px, d.columns_px)
    if d.bits_allocated == 1:
        bits = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")
        return bits[first_bit : first_bit + d.frame_bits].reshape(shape)
    kind = f"{'<' if d.little else '>'}{'f' if d.floating else 'u'}{d.cell_bytes}"
    flat = np.frombuffer(data, kind, d.frame_bits // d.bits_allocated)
    if not flat.dtype.isnative:
        flat = flat.astype(flat.dtype.newbyteorder("="))
    if d.shared_chroma:
        return _unshared(flat.reshape(d.rows_px, d.columns_px // 2, 4))
    if d.planar:
        return flat.reshape(d.samples, *shape).transpose(1, 2, 0)
    return flat.reshape(shape if d.samples == 1 else (*shape, d.samples))


def _unshared(pairs: NDArray[Any]) -> NDArray[Any]:
    """Y Y Cb Cr as two pixels of Y Cb Cr."""
    rows, columns, _ = pairs.shape
    pixels = np.empty((rows, columns, 2, 3), pairs.dtype)
    pixels[..., 0] = pairs[..., :2]
    pixels[..., 1:] = pairs[..., None, 2:]
    return pixels.reshape(rows, columns * 2, 3)


def stored_values(cell: NDArray[Any], description: PixelDescription) -> NDArray[Any]:
    """The numbers in cells: overlay bits gone, sign extended; floats as they are.

    Standard: PS3.5 §8.1.1.
    """
    d = description
    if d.floating or d.bits_allocated == 1:
        return cell
    above = d.bits_allocated - 1 - d.high_bit
    values = cell << above if above else cell
    if d.signed:
        values = values.view(f"i{d.cell_bytes}")
    below = d.bits_allocated - d.bits_stored
    return values >> below if below else values


def with_sign(values: NDArray[Any], description: PixelDescription) -> NDArray[Any]:
    """Decoded values with the sign that the description gives them.

    Codestreams mostly do not know that their numbers are signed; one that does is right.
    """
    d = description
    if not d.signed or values.dtype.kind != "u" or d.bits_stored > values.dtype.itemsize * 8:
        return values
    unused = values.dtype.itemsize * 8 - d.bits_stored
    return (values << unused).view(f"i{values.dtype.itemsize}") >> unused
