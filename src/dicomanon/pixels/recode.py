"""Masks on one compressed frame: a new codestream, black inside, and nothing else changed.

Strategy: DCT-based JPEG is masked in its coefficients (`dct`). Every other scheme is
decoded to the values it codes, blackened, encoded in the way it was, and decoded again:
what comes back is compared with what went in before anyone may write it.

Invariants: a codestream that leaves here was decoded, is black inside the mask, and
outside equals the old one; only where pixels must stay irreversibly transformed may it
differ, by no more than `MOST_CHANGE` of the range, and by how much is told.
"""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from dicomanon.dicom.tag import TagPath
from dicomanon.errors import PixelError
from dicomanon.pixels.codec import (
    coded_black,
    decode_coded,
    encode,
    jpeg_of_jpegxl,
    jpegxl_of_jpeg,
)
from dicomanon.pixels.codestream import LOSSLESS_JPEG, LOSSY_PROCESSES, jpeg_header
from dicomanon.pixels.dct import mask_jpeg

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dicomanon.pixels.black import Black
    from dicomanon.pixels.frame import PixelDescription
    from dicomanon.pixels.region import Band

RECOMPRESSED_JPEG = "1.2.840.10008.1.2.4.111"
MOST_CHANGE = 1 / 32
"""Of the range of stored values: more than an irreversible transformation ever needs."""


class Recoded(NamedTuple):
    """A new codestream; change: the greatest difference of a stored value outside the mask."""

    data: bytes
    change: int


def recode(
    data: bytes, description: PixelDescription, bands: Sequence[Band], black: Black, uid: str
) -> Recoded:
    """Mask one compressed frame.

    uid: the transfer syntax, which the new codestream is of too.

    Raises:
        PixelError: `codec`, `frame_size`, it cannot be decoded; `encapsulated_mask`, it
            cannot be encoded as it was; `pixel_description`, black cannot be told.
    """
    d = description
    if uid == RECOMPRESSED_JPEG:
        before = jpeg_of_jpegxl(data, d)
        after = _recode_jpeg(before, replace(d, codec="jpeg"), bands, black).data
        made = jpegxl_of_jpeg(after, d)
        if jpeg_of_jpegxl(made, d) != after:
            raise _refused(d)
        return Recoded(made, 0)
    if d.codec in ("jpeg", "jpeg_lossless"):
        return _recode_jpeg(data, d, bands, black)
    return _recode_values(data, d, bands, black)


def _recode_jpeg(data: bytes, d: PixelDescription, bands: Sequence[Band], black: Black) -> Recoded:
    """By its process, whatever the transfer syntax says of it."""
    try:
        process = jpeg_header(data).process
    except (struct.error, IndexError):
        raise PixelError("codec", path=TagPath((d.tag,))) from None
    if process == LOSSLESS_JPEG:
        return _recode_values(data, d, bands, black)
    if process not in LOSSY_PROCESSES:  # progressive, hierarchical, arithmetic
        raise _refused(d)
    before = decode_coded(data, d)
    masked = mask_jpeg(data, d, bands, black)
    after = decode_coded(masked.data, d)
    # Enlarged components run into their neighbours' pixels where decoders smooth them.
    blurred = _SMOOTHED_PX if masked.subsampled else 0
    inside = _covered(d, bands) & ~_grown(~masked.changed, blurred)
    if (
        _most(before, after, ~_grown(masked.changed, blurred))
        or _most(after, np.array(masked.black), inside) > masked.tolerance
    ):
        raise _refused(d)
    return Recoded(masked.data, 0)


def _recode_values(
    data: bytes, d: PixelDescription, bands: Sequence[Band], black: Black
) -> Recoded:
    before = decode_coded(data, d)
    inside = _covered(d, bands)
    wanted = before.copy()
    wanted[inside] = coded_black(data, d, black, signed=before.dtype.kind == "i")
    if d.samples == 1 and before.ndim > inside.ndim:
        wanted = wanted.reshape(inside.shape)
    made = encode(wanted, data, d)
    after = decode_coded(made, d)
    if after.dtype == before.dtype and np.array_equal(wanted, after):
        return Recoded(made, 0)
    change = _most(wanted, after, ~inside)
    change_inside = _most(wanted, after, inside)
    allowed = MOST_CHANGE * (1 << d.bits_stored) if d.photometric in IRREVERSIBLE else 0
    if after.dtype != before.dtype or max(change, change_inside) > allowed:
        raise _refused(d)
    return Recoded(made, change)


IRREVERSIBLE = frozenset(("YBR_ICT", "XYB"))
_SMOOTHED_PX = 2


def _refused(d: PixelDescription) -> PixelError:
    return PixelError("encapsulated_mask", path=TagPath((d.tag,)))


def _covered(d: PixelDescription, bands: Sequence[Band]) -> NDArray[np.bool_]:
    """(rows, columns), true where the bands are."""
    covered = np.zeros((d.rows_px, d.columns_px), np.bool_)
    for band in bands:
        for start, stop in band.columns:
            covered[band.start : band.stop, start:stop] = True
    return covered


def _grown(area: NDArray[np.bool_], by_px: int) -> NDArray[np.bool_]:
    """An area and what lies within so many pixels of it."""
    for axis in (0, 1):
        grown = area.copy()
        along, result = np.moveaxis(area, axis, 0), np.moveaxis(grown, axis, 0)
        for step in range(1, by_px + 1):
            result[step:] |= along[:-step]
            result[:-step] |= along[step:]
        area = grown
    return area


def _most(one: NDArray[Any], other: NDArray[Any], where: NDArray[np.bool_]) -> int:
    """The greatest difference of two frames in an area; `other` may be one pixel."""
    if not where.any():
        return 0
    at_one, at_other = one[where], other[where] if other.ndim > 1 else other
    if np.array_equal(at_one, at_other):
        return 0
    return int(np.abs(at_one.astype(np.int64) - at_other.astype(np.int64)).max())
