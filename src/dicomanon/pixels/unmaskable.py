"""Compressed pixels that no mask can be burned into, and what a person chooses to have instead.

Strategy: `ANSWERS` is the choice as a table, each a function to the same edits that a mask
makes. `remove`: the pixels go, with what tells only of their bytes; all else that the
attributes say of the image stays. The standard misses Pixel Data then (Type 1C), as in
what a retrieval without bulk data gives (PS3.4 Annex Z). The alternative, one black frame,
would be valid and a lie: an image that nobody acquired, of one frame where times,
positions and functional groups speak of many, which programs would read and count as one.
`convert`: every frame is decoded, masked and written native, which any reader reads.

Invariants: what cannot be decoded is not converted. The attributes are true of the pixels
as they are then, and an image that was ever compressed with a loss says so.

Standard: PS3.3 §C.7.6.1.1.5, §C.7.6.3; PS3.5 §8.2, Annex A.2.
"""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from dicomanon.dicom.segment import DROP, NewElement
from dicomanon.dicom.tag import TagPath
from dicomanon.errors import PixelError
from dicomanon.pixels.black import black
from dicomanon.pixels.codec import check_frame_bytes, comes_back_rgb, decodable, decode
from dicomanon.pixels.codestream import LOSSLESS_JPEG, LOSSY_PROCESSES, jpeg_header
from dicomanon.pixels.encapsulate import EXTENDED_LENGTHS, TOTAL_LENGTH
from dicomanon.pixels.fragment import EXTENDED_OFFSET_TABLE, encapsulated_frame
from dicomanon.pixels.frame import PHOTOMETRIC, describe, text
from dicomanon.pixels.region import Region

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from dicomanon.dicom.instance import Instance
    from dicomanon.dicom.segment import Edit
    from dicomanon.dicom.tag import Tag
    from dicomanon.pixels.frame import PixelDescription
    from dicomanon.pixels.region import Band, FrameRun

Instead = Literal["remove", "convert"]
Unmaskable = Literal["refuse"] | Instead
"""What a person may choose."""

MAX_CONVERTED_BYTES = 1 << 29
"""What all frames together may take; they are held at once, and a tab has 4 GB in all."""

PLANAR: Tag = 0x00280006
_OF_BYTES = (EXTENDED_OFFSET_TABLE, EXTENDED_LENGTHS, TOTAL_LENGTH)
"""What tells where a compressed frame lies."""
_NATIVE = {
    "MONOCHROME1": "MONOCHROME1",
    "MONOCHROME2": "MONOCHROME2",
    "PALETTE COLOR": "PALETTE COLOR",
    "RGB": "RGB",
    "YBR_FULL": "YBR_FULL",
    "YBR_FULL_422": "YBR_FULL",  # decoded, each pixel has its own chroma
}
"""What pixels are once they are decoded, where decoding leaves their colours alone."""
_JPEG = ("jpeg", "jpeg_lossless")
_BYTE_BITS = 8


def choices(instance: Instance, description: PixelDescription) -> tuple[Instead, ...]:
    """What can be had in place of masks, by the first frame; nothing where these can be made."""
    d = description
    if not d.maskable:
        return ("remove",)
    if d.codec not in _JPEG:
        return ()
    try:
        process = _process(instance, d)
    except PixelError:
        return ("remove",)
    return () if process in (*LOSSY_PROCESSES, LOSSLESS_JPEG) else ("remove", "convert")


def whole_image(instance: Instance) -> tuple[Region, ...]:
    """The region of everything, in all frames; none where there are no pixels.

    Raises:
        PixelError: `pixel_description`, what describes them makes no sense.
    """
    d = describe(instance)
    return () if d is None else (Region(0, 0, d.columns_px, d.rows_px),)


def removed(_: Instance, description: PixelDescription, __: Sequence[FrameRun]) -> dict[Tag, Edit]:
    """Edits by tag that take the pixels out of an instance."""
    return dict.fromkeys((description.tag, *_OF_BYTES), DROP)


def converted(
    instance: Instance, description: PixelDescription, runs: Sequence[FrameRun]
) -> dict[Tag, Edit]:
    """Edits by tag that make compressed pixels native, black in the bands of runs of frames.

    Raises:
        PixelError: `encapsulated_mask`, there is no decoder; `frame_size`, decoded they are
            too large; `codec`, `pixel_layout`, `pixel_description`, as decoding has them.
    """
    from dicomanon.pixels.compressed import LOSSY, in_order, lossy  # noqa: PLC0415 - numpy

    d = _by_process(instance, description)
    native = replace(d, photometric=_photometric(d))
    _check_size(d)
    bands = {n: run.bands for run in runs for n in range(run.first, run.last + 1)}
    pixel = black(instance, native, runs[0].first).values

    def job(n: int) -> Callable[[], bytes]:
        data = encapsulated_frame(instance, d, n)
        return lambda: _cells(decode(data, d), d, bands.get(n, ()), pixel)

    value = b"".join(in_order(job(n) for n in range(1, d.frames + 1)))
    edits = removed(instance, d, runs)
    edits |= _described(description, native, value)
    if d.codec == "jpeg" and text(instance.context(), LOSSY) != "01":
        edits |= lossy(instance, d, len(value) / max(1, d.stop - d.start))
    return edits


def _by_process(instance: Instance, d: PixelDescription) -> PixelDescription:
    """A JPEG's description by what it is: decoding gives RGB of the lossy processes only."""
    if d.codec not in _JPEG:
        return d
    lossless = _process(instance, d) == LOSSLESS_JPEG
    return replace(d, codec="jpeg_lossless" if lossless else "jpeg")


def _photometric(d: PixelDescription) -> str:
    """What the pixels are once they are decoded."""
    found = "RGB" if comes_back_rgb(d) else _NATIVE.get(d.photometric)
    if found is None or not decodable(d) or d.bits_allocated < _BYTE_BITS:
        raise PixelError("encapsulated_mask", path=TagPath((d.tag,)))
    return found


def _check_size(d: PixelDescription) -> None:
    check_frame_bytes(d)
    frame_bytes = d.rows_px * d.columns_px * d.samples * d.cell_bytes
    if d.frames * frame_bytes > MAX_CONVERTED_BYTES:
        raise PixelError("frame_size", path=TagPath((d.tag,)))


def _described(old: PixelDescription, d: PixelDescription, value: bytes) -> dict[Tag, Edit]:
    """Pixel Data and what describes it, as it is now. Standard: PS3.5 §A.2."""
    from dicomanon.pixels.compressed import padded  # noqa: PLC0415 - numpy

    vr = "OB" if d.bits_allocated == _BYTE_BITS else "OW"
    found: dict[Tag, Edit] = {d.tag: NewElement(d.tag, vr, value + b"\0" * (len(value) % 2))}
    if d.photometric != old.photometric:
        found[PHOTOMETRIC] = NewElement(PHOTOMETRIC, "CS", padded(d.photometric))
    if d.samples > 1:
        found[PLANAR] = NewElement(PLANAR, "US", struct.pack("<H", 0))
    return found


def _process(instance: Instance, d: PixelDescription) -> int:
    """The process of the first frame's JPEG, whatever the transfer syntax says of it."""
    try:
        return jpeg_header(encapsulated_frame(instance, d, 1)).process
    except (struct.error, IndexError):
        raise PixelError("codec", path=TagPath((d.tag,))) from None


def _cells(
    values: NDArray[Any], d: PixelDescription, bands: Sequence[Band], pixel: tuple[int, ...]
) -> bytes:
    """Stored values as native cells, black in the bands; pixel: what is black."""
    import numpy as np  # noqa: PLC0415 - numpy waits until now

    cells = values.reshape(d.rows_px, d.columns_px, -1).astype(
        f"<{values.dtype.kind}{d.cell_bytes}"
    )
    if not np.array_equal(cells.reshape(values.shape), values):  # more bits than there are
        raise PixelError("codec", path=TagPath((d.tag,)))
    for band in bands:
        for start, stop in band.columns:
            cells[band.start : band.stop, start:stop] = np.array(pixel).astype(cells.dtype)
    return (cells << d.shift).tobytes() if d.shift else cells.tobytes()


ANSWERS: dict[
    Instead, Callable[[Instance, PixelDescription, Sequence[FrameRun]], dict[Tag, Edit]]
] = {"remove": removed, "convert": converted}
