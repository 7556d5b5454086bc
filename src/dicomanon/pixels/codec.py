"""One compressed frame -> an array, and back. The only module that imports imagecodecs.

Strategy: `CODECS` is the support table: for each compression scheme, how to read the
size in a codestream's own header, the functions that decode it, the next one tried
where one refuses, and the one that encodes it. Only functions that both the native and
the browser's build of imagecodecs have. A library is loaded when its first frame is decoded.

Invariants: nothing is decoded before the codestream's own size is known to be the
description's and bearable; whatever a library raises leaves here as `PixelError`.
Encoding is lossless, but where the Photometric Interpretation says that it is not.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from dicomanon.dicom.tag import TagPath
from dicomanon.errors import PixelError
from dicomanon.pixels.codestream import (
    Size,
    jpeg2000_header,
    jpeg2000_size,
    jpeg_header,
    jpeg_size,
    jpegls_scans,
    jpegxl_size,
    own_size,
    rle_size,
    says_ybr,
    unpacked_bytes,
)
from dicomanon.pixels.frame import PixelDescription

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dicomanon.dicom.transfer_syntax import TransferSyntax
    from dicomanon.pixels.black import Black

MAX_FRAME_BYTES = 1 << 28
"""What a decoded frame may take: a 16,384 px square of bytes. A tab has 4 GB in all."""
MAX_HELD_BYTES = 1 << 30
"""What a decoder may hold on its way there: of JPEG 2000, an 11,585 px square of samples.

More is refused: no decoder at hand gives parts of a frame, and what needs it, slides, is tiled.
"""

_ALL_DECODED = "decoding process is ready"
"""What CharLS says where bits are left over."""


Decoder = Callable[[bytes, PixelDescription], "NDArray[Any]"]


class Codec(NamedTuple):
    """How one compression scheme is decoded.

    size: rows, columns and samples by the codestream's header; decoders: tried in turn;
    precision: bits of a coded value; coded: decoders to values as coded, where they are
    not `decoders`; cells: what is coded is whole cells; undoes: Photometric
    Interpretations that come back as RGB; held_bytes: what a decoder holds a sample, where
    that is far more than comes out.
    """

    size: Callable[[bytes, PixelDescription], Size]
    decoders: tuple[Decoder, ...]
    precision: Callable[[bytes, PixelDescription], int]
    coded: tuple[Decoder, ...] = ()
    cells: bool = False
    undoes: frozenset[str] = frozenset()
    held_bytes: int = 0


def previewable(syntax: TransferSyntax) -> bool:
    """Whether frames of this transfer syntax can be shown."""
    return syntax.codec is None or syntax.codec in CODECS


def decodable(description: PixelDescription) -> bool:
    """Whether there is a decoder for frames of this description's kind."""
    return description.codec in CODECS


def decode(data: bytes, description: PixelDescription) -> NDArray[Any]:
    """Decode one frame to stored values: (rows, columns) or (rows, columns, samples).

    Raises:
        PixelError: `codec`, there is no decoder, or the codestream is broken or not of the
            described size; `frame_size`, it is too large.

    Standard: PS3.5 §8.2, Annex A.4.
    """
    from dicomanon.pixels.cells import with_sign  # noqa: PLC0415 - numpy waits until now

    codec = _codec(description)
    return with_sign(_decoded(data, description, codec.size, codec.decoders), description)


def decode_coded(data: bytes, description: PixelDescription) -> NDArray[Any]:
    """Decode one frame to the values that its codestream holds, for `encode` to take back.

    Raises:
        PixelError: as `decode`.
    """
    codec = _codec(description)
    return _decoded(data, description, codec.size, codec.coded or codec.decoders)


def encode(values: NDArray[Any], old: bytes, description: PixelDescription) -> bytes:
    """Encode what `decode_coded` gave of the codestream `old`, changed, in the same way.

    Raises:
        PixelError: `encapsulated_mask`, the encoder refuses.
    """
    from dicomanon.pixels.encoder import ENCODERS  # noqa: PLC0415 - only masks need it

    try:
        return ENCODERS[description.codec or ""](values, old, description)
    except Exception:  # noqa: BLE001 - as in `_attempt`
        raise PixelError("encapsulated_mask", path=TagPath((description.tag,))) from None


def _codec(d: PixelDescription) -> Codec:
    codec = CODECS.get(d.codec or "")
    if codec is None:
        raise PixelError("codec", path=TagPath((d.tag,)))
    return codec


def _decoded(
    data: bytes,
    d: PixelDescription,
    size_of: Callable[[bytes, PixelDescription], Size],
    decoders: tuple[Decoder, ...],
) -> NDArray[Any]:
    size = (d.rows_px, d.columns_px, d.samples)
    check_frame_bytes(d)
    try:
        fits = size_of(data, d) == size
    except (struct.error, IndexError):  # the header ends early
        fits = False
    if fits:
        for decoder in decoders:
            values = _attempt(decoder, data, d)
            if values is not None and (*values.shape, 1)[:3] == size:
                return values
    raise PixelError("codec", path=TagPath((d.tag,)))


def check_frame_bytes(d: PixelDescription) -> None:
    """Raise PixelError(`frame_size`) where a decoded frame would take too much."""
    samples, codec = d.rows_px * d.columns_px * d.samples, CODECS.get(d.codec or "")
    held_bytes = samples * codec.held_bytes if codec is not None else 0
    if samples * max(1, d.cell_bytes) > MAX_FRAME_BYTES or held_bytes > MAX_HELD_BYTES:
        raise PixelError("frame_size", path=TagPath((d.tag,)))


def coded_black(
    data: bytes, description: PixelDescription, black: Black, *, signed: bool
) -> tuple[int, ...]:
    """One black pixel as `decode_coded` would give it; signed: whether it gives signed values.

    Raises:
        PixelError: `pixel_description`, unused low bits leave open what the codestream holds.
    """
    d, codec = description, _codec(description)
    if codec.cells:
        return black.cells
    if comes_back_rgb(d):
        return (0,) * d.samples
    if d.shift and any(black.values):
        raise PixelError("pixel_description", path=TagPath((d.tag,)))
    if signed:
        return black.values
    try:
        bits = codec.precision(data, d)
    except (struct.error, IndexError):  # decoders find their way where we do not
        raise PixelError("codec", path=TagPath((d.tag,))) from None
    return tuple(value & ((1 << bits) - 1) for value in black.values)


def comes_back_rgb(description: PixelDescription) -> bool:
    """Whether decoding this description's frames gives RGB whatever the photometric says."""
    codec = CODECS.get(description.codec or "")
    return codec is not None and description.photometric in codec.undoes


def _attempt(
    decoder: Callable[[bytes, PixelDescription], NDArray[Any]], data: bytes, d: PixelDescription
) -> NDArray[Any] | None:
    try:
        values = decoder(data, d)
    except Exception:  # noqa: BLE001 - each library has its own; any means "not decoded"
        return None
    return values if values.dtype.kind in "iu" else None


# -- decoders -------------------------------------------------------------------------------


def _jpeg(data: bytes, d: PixelDescription) -> NDArray[Any]:
    """Baseline, extended and lossless; RGB is what it is stored as, unless it says otherwise.

    libjpeg-turbo reads every precision from 2 to 16 bits; liblj92, which imagecodecs offers
    too, crashes on damaged codestreams.
    """
    import imagecodecs  # noqa: PLC0415 - loaded with the first frame

    stored_rgb = d.photometric == "RGB" and not says_ybr(data)
    values: NDArray[Any] = imagecodecs.jpeg8_decode(data, colorspace="rgb" if stored_rgb else None)
    return values


def _jpegls(data: bytes, _: PixelDescription) -> NDArray[Any]:
    """JPEG-LS, scan by scan, each with more bits than it needs (`jpegls_scans`)."""
    import imagecodecs  # noqa: PLC0415 - as above
    import numpy as np  # noqa: PLC0415 - as above

    planes = []
    for scan in jpegls_scans(data):
        values = np.zeros(scan.shape, np.uint8 if scan.precision <= 8 else np.uint16)  # noqa: PLR2004
        try:
            imagecodecs.jpegls_decode(scan.data, out=values)
        except imagecodecs.JpeglsError as error:
            if _ALL_DECODED not in str(error):
                raise
        planes.append(values)
    return planes[0] if len(planes) == 1 else np.stack(planes, axis=-1)


def _jpeg2000(data: bytes, _: PixelDescription) -> NDArray[Any]:
    """JPEG 2000, high throughput too: OpenJPH, which does that faster, hides its errors."""
    import imagecodecs  # noqa: PLC0415 - as above

    values: NDArray[Any] = imagecodecs.jpeg2k_decode(data)
    return values


def _jpegxl(data: bytes, _: PixelDescription) -> NDArray[Any]:
    import imagecodecs  # noqa: PLC0415 - as above

    values: NDArray[Any] = imagecodecs.jpegxl_decode(data)
    return values


def _rle_cells(data: bytes, d: PixelDescription) -> NDArray[Any]:
    """RLE, whose planes are always apart. Standard: PS3.5 Annex G."""
    import imagecodecs  # noqa: PLC0415 - as above
    import numpy as np  # noqa: PLC0415 - as above

    from dicomanon.pixels.cells import cells  # noqa: PLC0415 - as above

    kind = np.dtype(f"<u{max(1, d.cell_bytes)}")
    raw = imagecodecs.dicomrle_decode(data, kind, out=bytearray(unpacked_bytes(d)))
    if d.bits_allocated == 1:
        return cells(bytes(raw), d)
    planes = np.frombuffer(raw, kind).reshape(d.samples, d.rows_px, d.columns_px)
    return planes[0] if d.samples == 1 else planes.transpose(1, 2, 0)


def _deflated_cells(data: bytes, d: PixelDescription) -> NDArray[Any]:
    """Native cells, deflated, perhaps padded; no more than that. Standard: PS3.5 §A.4.13."""
    from dicomanon.pixels.cells import cells  # noqa: PLC0415 - as above

    size_bytes = (d.frame_bits + 7) // 8
    raw = zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, size_bytes + 2)
    if len(raw) > size_bytes + size_bytes % 2:
        raise ValueError
    return cells(raw, d)


def _values_of(cells_decoder: Decoder) -> Decoder:
    """A decoder to stored values of one to cells."""

    def decoder(data: bytes, d: PixelDescription) -> NDArray[Any]:
        from dicomanon.pixels.cells import stored_values  # noqa: PLC0415 - as above

        return stored_values(cells_decoder(data, d), d)

    return decoder


def _jpeg_components(data: bytes, d: PixelDescription) -> NDArray[Any]:
    """Components as they are: nothing is made of their colours."""
    import imagecodecs  # noqa: PLC0415 - as above

    space = None if d.samples == 1 else "rgb"
    values: NDArray[Any] = imagecodecs.jpeg8_decode(data, colorspace=space, outcolorspace=space)
    return values


def jpeg_of_jpegxl(data: bytes, description: PixelDescription) -> bytes:
    """The JPEG that a JPEG XL file holds recompressed, to the bit.

    Raises:
        PixelError: `codec`, it holds none, or is too large.
    """
    import imagecodecs  # noqa: PLC0415 - as above

    d = description
    check_frame_bytes(d)
    try:
        if jpegxl_size(data, d) != (d.rows_px, d.columns_px, d.samples):
            raise IndexError  # noqa: TRY301 - as a header that ends early
        return bytes(imagecodecs.jpegxl_decode_jpeg(data, numthreads=1))
    except Exception:  # noqa: BLE001 - as in `_attempt`
        raise PixelError("codec", path=TagPath((d.tag,))) from None


def jpegxl_of_jpeg(data: bytes, description: PixelDescription) -> bytes:
    """A JPEG, recompressed as JPEG XL.

    Raises:
        PixelError: `encapsulated_mask`, the encoder refuses.
    """
    import imagecodecs  # noqa: PLC0415 - as above

    try:
        return bytes(imagecodecs.jpegxl_encode_jpeg(data))
    except Exception:  # noqa: BLE001 - as in `_attempt`
        raise PixelError("encapsulated_mask", path=TagPath((description.tag,))) from None


# -- the table ------------------------------------------------------------------------------


def _jpeg_precision(data: bytes, _: PixelDescription) -> int:
    return jpeg_header(data).precision


def _jpeg2000_precision(data: bytes, _: PixelDescription) -> int:
    return jpeg2000_header(data).precision


def _stored_bits(_: bytes, d: PixelDescription) -> int:
    return d.bits_stored


_JPEG_YBR = frozenset(("YBR_FULL", "YBR_FULL_422", "YBR_PARTIAL_422", "YBR_PARTIAL_420"))
_JPEG2000_YBR = frozenset(("YBR_RCT", "YBR_ICT"))

_JPEG_2000 = Codec(
    jpeg2000_size, (_jpeg2000,), _jpeg2000_precision, undoes=_JPEG2000_YBR, held_bytes=8
)

CODECS: dict[str, Codec] = {
    "jpeg": Codec(jpeg_size, (_jpeg,), _jpeg_precision, (_jpeg_components,), undoes=_JPEG_YBR),
    "jpeg_lossless": Codec(jpeg_size, (_jpeg,), _jpeg_precision, (_jpeg_components,)),
    "jpeg_ls": Codec(jpeg_size, (_jpegls,), _jpeg_precision),
    "jpeg_2000": _JPEG_2000,
    "htj2k": _JPEG_2000,
    "jpeg_xl": Codec(jpegxl_size, (_jpegxl,), _stored_bits, undoes=_JPEG_YBR | {"XYB"}),
    "rle": Codec(rle_size, (_values_of(_rle_cells),), _stored_bits, (_rle_cells,), cells=True),
    "deflate": Codec(
        own_size,
        (_values_of(_deflated_cells),),
        _stored_bits,
        (_deflated_cells,),
        cells=True,
    ),
}
"""The support table: schemes of `TransferSyntax.codec` that can be decoded; not video."""
