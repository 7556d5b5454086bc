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
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dicomanon.dicom.tag import TagPath
from dicomanon.errors import PixelError
from dicomanon.pixels.codec import (
    coded_black,
    comes_back_rgb,
    decode,
    decode_coded,
    encode,
    jpeg_of_jpegxl,
    jpegxl_of_jpeg,
)
from dicomanon.pixels.codestream import jpeg2000_header, jpeg_header
from dicomanon.pixels.dct import LOSSY_PROCESSES, mask_jpeg

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from dicomanon.pixels.black import Black
    from dicomanon.pixels.frame import PixelDescription
    from dicomanon.pixels.region import Band

RECOMPRESSED_JPEG = "1.2.840.10008.1.2.4.111"
_LOSSLESS_JPEG = 0xC3
_JPEG_LS = 0xF7
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
        jpeg = jpeg_of_jpegxl(data, d)
        return Recoded(jpegxl_of_jpeg(_recode_jpeg(jpeg, d, bands, black).data, d), 0)
    if d.codec in ("jpeg", "jpeg_lossless"):
        return _recode_jpeg(data, d, bands, black)
    return _recode_values(data, d, bands, black)


def _recode_jpeg(
    data: bytes, d: PixelDescription, bands: Sequence[Band], black: Black
) -> Recoded:
    """By its process, whatever the transfer syntax says of it."""
    try:
        process = jpeg_header(data).process
    except (struct.error, IndexError):
        raise PixelError("codec", path=TagPath((d.tag,))) from None
    if process == _LOSSLESS_JPEG:
        return _recode_values(data, d, bands, black)
    if process not in LOSSY_PROCESSES:  # progressive, hierarchical, arithmetic
        raise _refused(d)
    before = decode(data, d)
    masked = mask_jpeg(data, d, bands, black)
    after = decode(masked.data, d)
    _check(before, after, masked.changed)
    inside = _covered(bands, before.shape[:2])
    if not np.isin(after[inside], masked.blacks).all():
        raise _refused(d)
    return Recoded(masked.data, 0)
