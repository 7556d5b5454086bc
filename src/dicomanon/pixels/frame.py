"""Where the frames of an instance lie, and how one pixel is stored.

Strategy: the attributes become one `PixelDescription`, which is arithmetic from
then on: a frame is a span of bits in the value, a compressed frame is the spans
of its fragments. Nothing is read but what is asked for, and no numpy is needed,
so a page can tell the size of an image before it loads any.

Invariants: a span that is returned lies inside the value, whatever the attributes
say; nothing is allocated from a size before that was checked. Frames count from 1,
as people count them. Contradicting attributes give `PixelError`, never a guess.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dicomanon.dicom import value
from dicomanon.dicom.tag import PIXEL_DATA, TagPath
from dicomanon.errors import MalformedError, PixelError

if TYPE_CHECKING:
    from dicomanon.dicom.instance import Context, Element, Instance
    from dicomanon.dicom.tag import Tag

Span = tuple[int, int]

PHOTOMETRIC: Tag = 0x00280004
FLOAT_PIXEL_DATA: Tag = 0x7FE00008
DOUBLE_FLOAT_PIXEL_DATA: Tag = 0x7FE00009
_FLOAT_BITS = {FLOAT_PIXEL_DATA: 32, DOUBLE_FLOAT_PIXEL_DATA: 64}
_PIXEL_TAGS = (PIXEL_DATA, FLOAT_PIXEL_DATA, DOUBLE_FLOAT_PIXEL_DATA)

SAMPLES: dict[str, int] = {
    "MONOCHROME1": 1,
    "MONOCHROME2": 1,
    "PALETTE COLOR": 1,
    "RGB": 3,
    "YBR_FULL": 3,
    "YBR_FULL_422": 3,
    "YBR_PARTIAL_422": 3,
    "YBR_PARTIAL_420": 3,
    "YBR_ICT": 3,
    "YBR_RCT": 3,
    "XYB": 3,
}
"""Photometric Interpretation -> Samples per Pixel. Standard: PS3.3 §C.7.6.3.1.2."""

MASKABLE: frozenset[str | None] = frozenset(
    (None, "jpeg", "jpeg_lossless", "jpeg_ls", "jpeg_2000", "htj2k", "jpeg_xl", "rle", "deflate")
)
"""Compression schemes of `TransferSyntax.codec` that can be encoded back; not video."""

_ONLY_COMPRESSED = frozenset(("YBR_PARTIAL_420", "XYB"))
_SHARED_CHROMA = frozenset(("YBR_FULL_422", "YBR_PARTIAL_422"))
_BITS_ALLOCATED = (1, 8, 16, 32, 64)
_MAX_NUMBERS_BYTES = 256


@dataclass(frozen=True, slots=True)
class PixelDescription:
    """How the pixels of an instance are stored. Standard: PS3.3 §C.7.6.3, PS3.5 §8.

    start, stop: the value of the pixel data element `tag`, absolute bytes;
    shared_chroma: two pixels in four samples, Y Y Cb Cr (native 4:2:2);
    little: byte order of cells; word_swapped: bytes stand swapped in pairs, as
    cells of up to 8 bits do in OW of Explicit VR Big Endian;
    codec: compression scheme of `TransferSyntax`, None for native pixels.
    """

    tag: Tag
    start: int
    stop: int
    rows_px: int
    columns_px: int
    frames: int
    samples: int
    bits_allocated: int
    bits_stored: int
    high_bit: int
    signed: bool
    floating: bool
    photometric: str
    planar: bool
    shared_chroma: bool
    little: bool
    word_swapped: bool
    codec: str | None

    @property
    def maskable(self) -> bool:
        """Whether stored values can be replaced: in place, or by encoding frames again."""
        return self.codec in MASKABLE

    @property
    def windowed(self) -> bool:
        """Whether window and level apply."""
        return self.photometric in ("MONOCHROME1", "MONOCHROME2")

    @property
    def cell_bytes(self) -> int:
        """Bytes of one sample; 0 where cells are single bits."""
        return self.bits_allocated // 8

    @property
    def row_cells(self) -> int:
        """Samples in one stored row (of one plane, where planes are apart)."""
        if self.shared_chroma:
            return self.columns_px * 2
        return self.columns_px * (1 if self.planar else self.samples)

    @property
    def planes(self) -> int:
        """How many planes a frame has: one a sample, or one."""
        return self.samples if self.planar else 1

    @property
    def frame_bits(self) -> int:
        """Bits of one native frame; frames follow each other without a gap."""
        return self.rows_px * self.row_cells * self.planes * self.bits_allocated

    @property
    def shift(self) -> int:
        """Unused low bits of a cell, below the stored value."""
        return self.high_bit + 1 - self.bits_stored


def describe(instance: Instance) -> PixelDescription | None:
    """How the pixels of an instance are stored, None if it has none.

    Raises:
        PixelError: `pixel_description`, attributes are missing or contradict each other.

    Standard: PS3.3 §C.7.6.3, §C.7.6.24, §C.7.6.25.
    """
    element = _pixel_element(instance)
    if element is None:
        return None
    context = instance.context()
    tag = element.tag
    floating = tag in _FLOAT_BITS
    samples = integer(context, 0x00280002, 1)
    allocated = integer(context, 0x00280100, _FLOAT_BITS.get(tag))
    stored = allocated if floating else integer(context, 0x00280101, allocated)
    codec = instance.transfer_syntax.codec or ("unknown" if element.undefined_length else None)
    photometric = text(context, PHOTOMETRIC) or ("RGB" if samples > 1 else "MONOCHROME2")
    little = context.data_set.little
    described = PixelDescription(
        tag=tag,
        start=element.value_start,
        stop=element.value_stop,
        rows_px=integer(context, 0x00280010),
        columns_px=integer(context, 0x00280011),
        frames=integer(context, 0x00280008, 1) or 1,
        samples=samples,
        bits_allocated=allocated,
        bits_stored=stored,
        high_bit=stored - 1 if floating else integer(context, 0x00280102, stored - 1),
        signed=not floating and integer(context, 0x00280103, 0) != 0,
        floating=floating,
        photometric=photometric,
        planar=samples > 1 and integer(context, 0x00280006, 0) != 0,
        shared_chroma=False,
        little=little,
        word_swapped=not little and element.vr == "OW" and allocated <= 8,  # noqa: PLR2004
        codec=codec,
    )
    if not _consistent(described) or (codec is None and not little and element.vr in ("", "UN")):
        raise PixelError("pixel_description", path=TagPath((tag,)))
    return _with_shared_chroma(described)


def _pixel_element(instance: Instance) -> Element | None:
    """The one pixel data element of the top level; two would leave one of them unmasked."""
    found = [e for e in instance.data_set.elements if e.tag in _PIXEL_TAGS]
    if len(found) > 1:
        raise PixelError("pixel_description", path=TagPath((found[1].tag,)))
    return found[0] if found else None


def _consistent(d: PixelDescription) -> bool:
    """Whether the attributes fit each other."""
    return (
        d.rows_px > 0
        and d.columns_px > 0
        and d.frames > 0
        and SAMPLES.get(d.photometric) == d.samples
        and (d.codec is not None or d.photometric not in _ONLY_COMPRESSED)
        and d.bits_allocated in _BITS_ALLOCATED
        and d.bits_allocated == _FLOAT_BITS.get(d.tag, d.bits_allocated)
        and 0 < d.bits_stored <= d.high_bit + 1 <= d.bits_allocated
        and (d.samples == 1 or d.bits_allocated > 1)
        and (d.samples == 1 or not d.floating)
    )


def _with_shared_chroma(d: PixelDescription) -> PixelDescription:
    """The description, with native 4:2:2 settled by the length of the value.

    Some writers say 4:2:2 and store three samples a pixel: the length tells.
    Standard: PS3.3 §C.7.6.3.1.2, which wants an even number of columns and no planes.
    """
    if d.codec is not None or d.photometric not in _SHARED_CHROMA:
        return d
    full_bytes = d.frames * d.frame_bits // 8
    if d.stop - d.start in (full_bytes, full_bytes + full_bytes % 2):
        return d
    if d.planar or d.columns_px % 2:
        raise PixelError("pixel_description", path=TagPath((d.tag,)))
    return _replace(d, shared_chroma=True)


def _replace(d: PixelDescription, *, shared_chroma: bool) -> PixelDescription:
    values = {name: getattr(d, name) for name in d.__slots__}
    return PixelDescription(**{**values, "shared_chroma": shared_chroma})


# -- attributes -------------------------------------------------------------------------


def numbers(context: Context, tag: Tag) -> tuple[int | float, ...]:
    """The numbers of an element at this level, () if it is absent or empty.

    Raises:
        PixelError: `pixel_description`, they are no numbers, or absurdly many.
    """
    element = context.data_set.find(tag)
    if element is None or not element.value_bytes:
        return ()
    vr = context.vr(element)
    if element.value_bytes <= _MAX_NUMBERS_BYTES:
        try:
            found = value.numbers(context.instance.value(element), vr, context.data_set.little)
        except MalformedError:  # what a mask or a preview cannot use is a problem of the pixels
            found = (math.nan,)
        if all(math.isfinite(number) for number in found):
            return found
    raise PixelError("pixel_description", path=TagPath((tag,)))


def integer(context: Context, tag: Tag, default: int | None = None) -> int:
    """The first number of an element as a whole number; the default if there is none.

    Raises:
        PixelError: `pixel_description`, it is missing and has no default, or not whole.
    """
    found = numbers(context, tag)
    number = found[0] if found else default
    if number is None or number != int(number):
        raise PixelError("pixel_description", path=TagPath((tag,)))
    return int(number)


def text(context: Context, tag: Tag) -> str:
    """A short text at this level, without padding; "" if absent or too long to be one."""
    element = context.data_set.find(tag)
    if element is None or element.value_bytes > _MAX_NUMBERS_BYTES:
        return ""
    return context.instance.value(element).decode("latin_1").strip(" \0")


# -- native frames ----------------------------------------------------------------------


def check_frame(description: PixelDescription, n: int) -> None:
    """Raise PixelError(`frame`) unless 1 <= n <= frames."""
    if not 1 <= n <= description.frames:
        raise PixelError("frame", path=TagPath((description.tag,)))


def frame_span(description: PixelDescription, n: int) -> Span:
    """The absolute bytes that hold native frame n, from 1.

    With one bit a pixel, the first and last byte may belong to the neighbours too:
    the frame begins at bit `first_bit`. Swapped bytes come in whole pairs.

    Raises:
        PixelError: `frame`, there is no such frame; `pixel_layout`, the value ends before it.

    Standard: PS3.5 §8.1.1, §8.2.
    """
    d = description
    check_frame(d, n)
    first, last = (n - 1) * d.frame_bits, n * d.frame_bits
    start, stop = first // 8, (last + 7) // 8
    if d.word_swapped:
        start, stop = start - start % 2, stop + stop % 2
    if d.start + stop > d.stop:
        raise PixelError("pixel_layout", path=TagPath((d.tag,)))
    return d.start + start, d.start + stop


def first_bit(description: PixelDescription, n: int) -> int:
    """The bit at which frame n begins in what `native_frame` returns: 0 to 7."""
    return (n - 1) * description.frame_bits % 8


def native_frame(instance: Instance, description: PixelDescription, n: int) -> bytes:
    """The bytes of native frame n, from 1, in the order of its cells.

    Raises:
        PixelError: as `frame_span`.
    """
    start, stop = frame_span(description, n)
    data = instance.window.read(start, stop)
    if not description.word_swapped:
        return data
    skipped = (n - 1) * description.frame_bits // 8 % 2
    return swapped_pairs(data)[skipped:]


def swapped_pairs(data: bytes) -> bytes:
    """Bytes of even length, swapped in pairs."""
    swapped = bytearray(data)
    swapped[::2], swapped[1::2] = data[1::2], data[::2]
    return bytes(swapped)
