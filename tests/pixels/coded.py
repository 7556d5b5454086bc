"""Compressed images of every kind: transfer syntax x photometric x bits, three frames each."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import imagecodecs
import numpy as np
from PIL import Image

from tests.pixels.images import Attribute, fragments, image, part10

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

ROWS, COLUMNS, FRAMES = 96, 80, 3
BASE = "1.2.840.10008.1.2."
DESCENDING_PALETTE: dict[int, Attribute] = {
    first + channel: value
    for channel in (1, 2, 3)
    for first, value in (
        (0x00281100, ("US", struct.pack("<3H", 256, 0, 16))),
        (0x00281200, ("OW", struct.pack("<256H", *range(65280, -1, -256)))),
    )
}
"""The last entry is black."""


@dataclass(frozen=True)
class Case:
    """uid: after `BASE`; black: of one stored pixel; exact: whether nothing outside may change.

    dct: masks reach as far as blocks do.
    """

    uid: str
    photometric: str
    stored: int
    encode: Callable[[NDArray[Any], int], bytes]
    signed: bool = False
    planar: bool = False
    dct: bool = False
    exact: bool = True
    name: str = ""

    @property
    def allocated(self) -> int:
        return 1 if self.stored == 1 else 8 if self.stored <= 8 else 16

    @property
    def samples(self) -> int:
        return 3 if self.photometric[0] in "RYX" else 1

    @property
    def black(self) -> tuple[int, ...]:
        """Of one decoded pixel."""
        top = (1 << self.stored - self.signed) - 1
        if self.photometric == "YBR_FULL" and not self.dct:
            return 0, 1 << self.stored - 1, 1 << self.stored - 1
        grey = {"MONOCHROME1": top, "PALETTE COLOR": 255}.get(
            self.photometric, -top - 1 if self.signed else 0
        )
        return (grey,) * self.samples

    def __str__(self) -> str:
        sign = "s" if self.signed else ""
        plane = "-planar" if self.planar else ""
        name = f"-{self.name}" if self.name else ""
        return f"{self.uid}-{self.photometric}-{self.stored}{sign}{plane}{name}".replace(" ", "_")

    def values(self, seed: int) -> NDArray[Any]:
        """Smooth, noisy, all bits used: (rows, columns) or with samples, unsigned."""
        rng = np.random.default_rng(seed)
        if self.stored == 1:
            return rng.integers(0, 2, (ROWS, COLUMNS)).astype(np.uint8)
        shape = (ROWS, COLUMNS) if self.samples == 1 else (ROWS, COLUMNS, self.samples)
        y, x = np.mgrid[0:ROWS, 0:COLUMNS]
        wave = (np.sin(x / 9 + seed) * np.cos(y / 13) * 0.45 + 0.5) * (2**self.stored - 1)
        noisy = wave.reshape(ROWS, COLUMNS, *(1,) * (len(shape) - 2)) + rng.normal(
            0, 2**self.stored / 50, shape
        )
        values: NDArray[Any] = noisy.clip(0, 2**self.stored - 1)
        return values.astype(np.uint8 if self.stored <= 8 else np.uint16)

    def frames(self) -> list[bytes]:
        """Three codestreams, padded."""
        coded = (self.encode(self.values(n), self.stored) for n in range(FRAMES))
        return [data + b"\0" * (len(data) % 2) for data in coded]

    def spans(self) -> list[tuple[int, int]]:
        """Offset and length of each frame, as an extended offset table has them."""
        padded = self.frames()
        return [(sum(8 + len(data) for data in padded[:n]), len(padded[n])) for n in range(FRAMES)]

    def file(self, **more: Attribute) -> bytes:
        """A file of three frames, with a filled offset table."""
        padded = self.frames()
        offsets = [sum(8 + len(data) for data in padded[:n]) for n in range(FRAMES)]
        value = fragments(*padded, table=struct.pack(f"<{FRAMES}L", *offsets))
        described: dict[str, Attribute] = {
            "x00080016": ("UI", b"1.2.840.10008.5.1.4.1.1.7.4\0"),
            "x00080018": ("UI", b"1.2.826.7.8\0"),
            "x00080060": "OT",
            "x0020000D": ("UI", b"1.2.826.7\0"),
            "x0020000E": ("UI", b"1.2.826.9\0"),
            "x00280002": self.samples,
            "x00280004": self.photometric,
            "x00280008": ("IS", b"%d " % FRAMES),
            "x00280101": self.stored,
            "x00280102": self.stored - 1,
            "x00280103": int(self.signed),
            "x7FE00010": ("OB", value),
        }
        if self.samples > 1:
            described["x00280006"] = int(self.planar)
        described |= more
        attributes = image(b"", ROWS, COLUMNS, self.allocated, "OW", **described)
        if self.photometric == "PALETTE COLOR":
            attributes |= DESCENDING_PALETTE
        return part10(attributes, BASE + self.uid)


# -- encoders -----------------------------------------------------------------------------------


def packed(row: bytes) -> bytes:
    """A row in PackBits, literal runs only but for whole runs. Standard: PS3.5 §G.3.1."""
    found = bytearray()
    for at in range(0, len(row), 100):
        part = row[at : at + 100]
        same = len(part) > 1 and part == part[:1] * len(part)
        found += bytes((257 - len(part),)) + part[:1] if same else bytes((len(part) - 1,)) + part
    return bytes(found)


def rle(values: NDArray[Any], _: int) -> bytes:
    size = values.dtype.itemsize
    planes = values.reshape(ROWS, COLUMNS, -1)
    segments = []
    for sample in range(planes.shape[2]):
        for byte in reversed(range(size)):
            plane = (planes[:, :, sample] >> (8 * byte) & 255).astype(np.uint8)
            data = b"".join(packed(row.tobytes()) for row in plane)
            segments.append(data + b"\0" * (len(data) % 2))
    offsets = [64 + sum(map(len, segments[:n])) for n in range(len(segments))]
    header = struct.pack(f"<{len(segments) + 1}L", len(segments), *offsets)
    return header.ljust(64, b"\0") + b"".join(segments)


def deflated(*, planar: bool = False) -> Callable[[NDArray[Any], int], bytes]:
    def encode(values: NDArray[Any], stored: int) -> bytes:
        if stored == 1:
            raw = np.packbits(values, bitorder="little").tobytes()
        else:
            raw = (values.transpose(2, 0, 1) if planar else values).tobytes()
        deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        return deflater.compress(raw) + deflater.flush()

    return encode


def jpeg_lossless(predictor: int) -> Callable[[NDArray[Any], int], bytes]:
    def encode(values: NDArray[Any], stored: int) -> bytes:
        space = "grayscale" if values.ndim == 2 else "rgb"
        return bytes(
            imagecodecs.jpeg8_encode(
                values, lossless=True, predictor=predictor, bitspersample=stored,
                colorspace=space, outcolorspace=space,
            )
        )  # fmt: skip

    return encode


def jpegls(near: int = 0) -> Callable[[NDArray[Any], int], bytes]:
    return lambda values, _: bytes(imagecodecs.jpegls_encode(values, level=near))


def jpeg2000(**way: Any) -> Callable[[NDArray[Any], int], bytes]:  # noqa: ANN401 - the encoder's own
    def encode(values: NDArray[Any], stored: int) -> bytes:
        options: dict[str, Any] = {
            "level": 0,
            "codecformat": "j2k",
            "bitspersample": stored,
            "reversible": True,
        }
        return bytes(imagecodecs.jpeg2k_encode(values, **{**options, **way}))

    return encode


def jpeg2000_signed(values: NDArray[Any], stored: int) -> bytes:
    """A codestream that knows that its values are signed."""
    signed = (values.astype(np.int16) << 16 - stored) >> 16 - stored
    return jpeg2000()(signed, stored)


def htj2k(**way: Any) -> Callable[[NDArray[Any], int], bytes]:  # noqa: ANN401 - the encoder's own
    options: dict[str, Any] = {"tlm": True, **way}
    return lambda values, _: bytes(imagecodecs.htj2k_encode(values, **options))


def jpegxl(**way: Any) -> Callable[[NDArray[Any], int], bytes]:  # noqa: ANN401 - the encoder's own
    return lambda values, stored: bytes(
        imagecodecs.jpegxl_encode(values, bitspersample=stored, **way)
    )


def jpeg(**way: Any) -> Callable[[NDArray[Any], int], bytes]:  # noqa: ANN401 - the encoder's own
    """Baseline by Pillow; 12 bits by libjpeg-turbo, which Pillow has for 8 only."""

    def encode(values: NDArray[Any], stored: int) -> bytes:
        if stored > 8:
            return bytes(imagecodecs.jpeg8_encode(values, level=way["quality"]))
        out = io.BytesIO()
        Image.fromarray(values).save(out, "JPEG", **way)
        return out.getvalue()

    return encode


def jpeg_rgb(values: NDArray[Any], _: int) -> bytes:
    return bytes(imagecodecs.jpeg8_encode(values, level=90, colorspace="rgb", outcolorspace="rgb"))


def recompressed(values: NDArray[Any], stored: int) -> bytes:
    return bytes(imagecodecs.jpegxl_encode_jpeg(jpeg(quality=85, subsampling=1)(values, stored)))


def _lossless(uid: str, encode: Callable[[NDArray[Any], int], bytes]) -> list[Case]:
    return [Case(uid, "MONOCHROME2", stored, encode) for stored in (8, 12, 16)]


CASES: list[Case] = [
    *_lossless("5", rle),
    *(Case("5", p, 8, rle) for p in ("MONOCHROME1", "PALETTE COLOR", "RGB", "YBR_FULL")),
    Case("5", "MONOCHROME2", 16, rle, signed=True), Case("5", "RGB", 16, rle),
    *_lossless("8.1", deflated()),
    *(Case("8.1", p, 8, deflated()) for p in ("MONOCHROME1", "PALETTE COLOR", "RGB", "YBR_FULL")),
    Case("8.1", "RGB", 8, deflated(planar=True), planar=True),
    Case("8.1", "MONOCHROME2", 1, deflated()),
    Case("8.1", "MONOCHROME1", 16, deflated(), signed=True),
    *(
        case
        for uid, predictor in (("4.57", 6), ("4.70", 1))
        for case in (
            *_lossless(uid, jpeg_lossless(predictor)),
            Case(uid, "MONOCHROME1", 16, jpeg_lossless(predictor)),
            Case(uid, "MONOCHROME2", 12, jpeg_lossless(predictor), signed=True),
            *(Case(uid, p, 8, jpeg_lossless(predictor))
              for p in ("PALETTE COLOR", "RGB", "YBR_FULL")),
        )
    ),
    *(
        case
        for uid, near in (("4.80", 0), ("4.81", 3))
        for case in (
            *_lossless(uid, jpegls(near)),
            Case(uid, "MONOCHROME1", 10, jpegls(near)),
            Case(uid, "MONOCHROME2", 16, jpegls(near), signed=True),
            Case(uid, "RGB", 8, jpegls(near)), Case(uid, "YBR_FULL", 8, jpegls(near)),
            Case(uid, "RGB", 16, jpegls(near)),
        )
    ),
    *_lossless("4.90", jpeg2000()),
    Case("4.90", "MONOCHROME1", 12, jpeg2000()), Case("4.90", "PALETTE COLOR", 8, jpeg2000()),
    Case("4.90", "MONOCHROME2", 12, jpeg2000_signed, signed=True),
    Case("4.90", "MONOCHROME2", 16, jpeg2000(), signed=True, name="unsigned_stream"),
    Case("4.90", "RGB", 8, jpeg2000(mct=False)), Case("4.90", "YBR_FULL", 8, jpeg2000(mct=False)),
    Case("4.90", "YBR_RCT", 8, jpeg2000()), Case("4.90", "YBR_RCT", 16, jpeg2000()),
    *_lossless("4.91", jpeg2000(reversible=False, level=45)),
    Case("4.91", "YBR_RCT", 8, jpeg2000()),
    Case("4.91", "YBR_ICT", 8, jpeg2000(reversible=False, level=45), exact=False),
    Case("4.91", "YBR_ICT", 16, jpeg2000(reversible=False, level=45), exact=False),
    *(
        case
        for uid in ("4.201", "4.202")
        for case in (
            *_lossless(uid, htj2k()), Case(uid, "MONOCHROME1", 16, htj2k()),
            Case(uid, "RGB", 8, htj2k(rgb=False)), Case(uid, "YBR_RCT", 8, htj2k()),
        )
    ),
    *_lossless("4.203", htj2k(reversible=False, level=0.002)),
    Case("4.203", "YBR_ICT", 8, htj2k(reversible=False, level=0.002)),
    *_lossless("4.110", jpegxl(lossless=True)), Case("4.110", "RGB", 8, jpegxl(lossless=True)),
    *_lossless("4.112", jpegxl(distance=1.0)),
    Case("4.111", "YBR_FULL_422", 8, recompressed, dct=True),
    Case("4.50", "MONOCHROME2", 8, jpeg(quality=80), dct=True),
    Case("4.50", "MONOCHROME1", 8, jpeg(quality=80, optimize=True), dct=True, name="optimized"),
    Case("4.50", "MONOCHROME2", 8, jpeg(quality=80, restart_marker_blocks=7), dct=True,
         name="restarts"),
    Case("4.50", "RGB", 8, jpeg_rgb, dct=True),
    Case("4.50", "YBR_FULL", 8, jpeg(quality=80, subsampling=0), dct=True),
    Case("4.50", "YBR_FULL_422", 8, jpeg(quality=80, subsampling=1), dct=True),
    Case("4.50", "YBR_FULL_422", 8, jpeg(quality=95, subsampling=2, restart_marker_rows=1),
         dct=True, name="420"),
    Case("4.51", "MONOCHROME2", 8, jpeg(quality=80), dct=True),
    Case("4.51", "MONOCHROME2", 12, jpeg(quality=90), dct=True),
    Case("4.51", "MONOCHROME1", 12, jpeg(quality=90), dct=True),
]  # fmt: skip

VIDEO = Case("4.102", "YBR_PARTIAL_420", 8, rle)
"""What has no decoder here, whatever its frames hold."""
PROGRESSIVE = [
    Case("4.50", "MONOCHROME1", 8, jpeg(quality=80, progressive=True)),
    Case("4.50", "YBR_FULL_422", 8, jpeg(quality=80, progressive=True), planar=True),
    Case("4.55", "YBR_FULL", 8, jpeg(quality=80, progressive=True)),
    Case("4.70", "YBR_FULL", 8, jpeg(quality=80, progressive=True), name="lossy_inside"),
]
"""What is decoded and cannot be encoded as it was."""
