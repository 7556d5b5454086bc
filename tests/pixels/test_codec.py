"""Codecs: every scheme of the support table decodes, and nothing else is tried."""

from __future__ import annotations

import io
import zlib
from typing import TYPE_CHECKING, Any

import imagecodecs
import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pydicom.pixels.utils import pixel_array

from dicomanon.dicom.scan import scan
from dicomanon.dicom.source import BytesSource
from dicomanon.dicom.transfer_syntax import TRANSFER_SYNTAXES, transfer_syntax
from dicomanon.errors import PixelError
from dicomanon.pixels.codec import CODECS, comes_back_rgb, decode, previewable
from dicomanon.pixels.fragment import encapsulated_frame
from dicomanon.pixels.frame import PixelDescription, describe
from tests import pydicom_files
from tests.pixels.shipped import BROKEN, shipped

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray


def description(codec: str, values: NDArray[Any], stored: int, **more: int) -> PixelDescription:
    """What describes these values."""
    samples = 1 if values.ndim == 2 else values.shape[2]
    attributes = {
        "tag": 0x7FE00010, "start": 0, "stop": 0, "frames": 1, "samples": samples,
        "rows_px": values.shape[0], "columns_px": values.shape[1],
        "bits_allocated": values.dtype.itemsize * 8, "bits_stored": stored,
        "high_bit": stored - 1, "signed": values.dtype.kind == "i", "floating": False,
        "photometric": "MONOCHROME2" if samples == 1 else "RGB", "planar": False,
        "shared_chroma": False, "little": True, "word_swapped": False, "codec": codec,
    }  # fmt: skip
    return PixelDescription(**{**attributes, **more})


def deflated(values: NDArray[Any]) -> bytes:
    deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return deflater.compress(values.astype(values.dtype.newbyteorder("<")).tobytes()) + (
        deflater.flush()
    )


ENCODERS: dict[str, tuple[Callable[[NDArray[Any]], bytes | bytearray], tuple[int, ...], bool]] = {
    "jpeg_lossless": (lambda v: imagecodecs.jpeg8_encode(v, lossless=True), (8, 12, 16), False),
    "jpeg_ls": (imagecodecs.jpegls_encode, (8, 12, 16), True),
    "jpeg_2000": (lambda v: imagecodecs.jpeg2k_encode(v, level=0), (8, 12, 16), True),
    "htj2k": (imagecodecs.htj2k_encode, (8, 12, 16), True),
    "jpeg_xl": (lambda v: imagecodecs.jpegxl_encode(v, lossless=True), (8, 12, 16), True),
    "deflate": (deflated, (8, 12, 16), True),
}
"""Lossless encoders, the bits stored they are tried with, and whether in colour."""


def noise(rows: int, columns: int, stored: int, samples: int = 1) -> NDArray[Any]:
    shape = (rows, columns) if samples == 1 else (rows, columns, samples)
    kind = np.uint8 if stored <= 8 else np.uint16
    return np.random.default_rng(1).integers(0, 2**stored, shape).astype(kind)


@pytest.mark.parametrize(
    ("codec", "stored", "samples"),
    [
        (codec, stored, samples)
        for codec, (_, bits, colour) in ENCODERS.items()
        for stored in bits
        for samples in ((1, 3) if colour else (1,))
    ],
)
def test_lossless_schemes_give_back_what_was_encoded(codec: str, stored: int, samples: int) -> None:
    """8, 12 and 16 bits, grey and colour."""
    values = noise(17, 13, stored, samples)
    decoded = decode(bytes(ENCODERS[codec][0](values)), description(codec, values, stored))
    assert np.array_equal(values, decoded)


@pytest.mark.parametrize("codec", ["jpeg_lossless", "jpeg_2000", "deflate"])
def test_signed_values_come_back_signed(codec: str) -> None:
    """12 stored bits in 16; most codestreams do not know the sign."""
    values = noise(5, 9, 12)
    signed = (values.astype(np.int16) << 4) >> 4
    d = description(codec, signed, 12)
    assert np.array_equal(signed, decode(bytes(ENCODERS[codec][0](values)), d))


def test_lossy_jpeg_is_close() -> None:
    """8 and 12 bits; smooth values change by little."""
    for stored in (8, 12):
        ramp = np.linspace(0, 2**stored - 1, 64).astype(np.uint8 if stored == 8 else np.uint16)
        values = np.tile(ramp, (16, 1))
        data = bytes(imagecodecs.jpeg8_encode(values, level=95))
        decoded = decode(data, description("jpeg", values, stored)).astype(int)
        assert np.abs(decoded - values).max() <= 2**stored // 64


def test_every_scheme_but_video_can_be_previewed() -> None:
    """The support table says so without loading a library."""
    schemes = {ts.codec for ts in TRANSFER_SYNTAXES.values() if previewable(ts)}
    assert {None, *CODECS} == schemes
    assert not previewable(transfer_syntax("1.2.840.10008.1.2.4.102"))
    assert not previewable(transfer_syntax("1.2.3"))


@pytest.mark.parametrize("codec", ["mpeg", "unknown"])
def test_what_has_no_decoder_is_refused(codec: str) -> None:
    """Video and private schemes."""
    with pytest.raises(PixelError) as caught:
        decode(b"", description(codec, noise(2, 2, 8), 8))
    assert caught.value.code == "codec"


@pytest.mark.parametrize("codec", sorted(CODECS))
@given(data=st.binary(max_size=64))
@settings(max_examples=30)
def test_garbage_is_refused(codec: str, data: bytes) -> None:
    """Whatever a library raises is one error."""
    with pytest.raises(PixelError) as caught:
        decode(data, description(codec, noise(9, 9, 16), 16))
    assert caught.value.code == "codec"


@pytest.mark.parametrize("codec", sorted(ENCODERS))
@given(data=st.data())
@settings(max_examples=25)
def test_damaged_codestreams_are_decoded_or_refused(codec: str, data: st.DataObject) -> None:
    """One byte changed or the end cut off: an array of the right shape or PixelError."""
    values = noise(9, 12, 8)
    good = bytes(ENCODERS[codec][0](values))
    at = data.draw(st.integers(0, len(good) - 1))
    bad = good[:at] + bytes([data.draw(st.integers(0, 255))]) + good[at + 1 :]
    bad = bad[: data.draw(st.integers(len(bad) // 2, len(bad)))]
    try:
        shape = decode(bad, description(codec, values, 8)).shape
    except PixelError:
        return
    assert shape == values.shape


def test_jpeg_ls_with_a_zero_before_its_end_is_decoded() -> None:
    """As some scanners write it."""
    values = noise(9, 12, 8)
    data = bytes(imagecodecs.jpegls_encode(values)).removesuffix(b"\xff\xd9") + b"\0\xff\xd9\0"
    assert np.array_equal(values, decode(data, description("jpeg_ls", values, 8)))


@pytest.mark.parametrize("near", [0, 3])
def test_jpeg_ls_that_was_cut_off_is_refused(near: int) -> None:
    """At every length, with an end marker and without, and without hanging.

    The last byte may hold nothing but zeros, which are no loss.
    """
    values = noise(9, 12, 8)
    data = bytes(imagecodecs.jpegls_encode(values, level=near))[:-2]
    for stop in range(len(data) - 1):
        for end in (b"", b"\xff\xd9"):
            with pytest.raises(PixelError):
                decode(data[:stop] + end, description("jpeg_ls", values, 8))


def test_jpeg_ls_of_a_scan_a_component() -> None:
    """As some encoders write colour; each scan has to be whole."""
    values = noise(9, 12, 8, 3)
    parts = [bytes(imagecodecs.jpegls_encode(values[:, :, n].copy())) for n in range(3)]
    frame = parts[0].index(b"\xff\xf7")
    scans = [part[part.index(b"\xff\xda") : -2] for part in parts]
    named = [scan[:5] + bytes((n,)) + scan[6:] for n, scan in enumerate(scans, 1)]
    size = parts[0][frame + 4 : frame + 9]
    header = b"\xff\xf7\0\x11" + size + b"\3\1\x11\0\2\x11\0\3\x11\0"
    data = b"\xff\xd8" + header + b"".join(named) + b"\xff\xd9"
    d = description("jpeg_ls", values, 8)
    assert np.array_equal(values, decode(data, d))
    for cut in range(3):
        short = [scan[:-2] if n == cut else scan for n, scan in enumerate(named)]
        with pytest.raises(PixelError):
            decode(b"\xff\xd8" + header + b"".join(short) + b"\xff\xd9", d)


def test_jpeg_of_too_many_scans_is_refused() -> None:
    """Each takes a decoder over the whole image, for some twenty bytes."""
    values = noise(64, 64, 8)
    out = io.BytesIO()
    Image.fromarray(values).save(out, "JPEG", progressive=True)
    data = out.getvalue()[:-2]
    last = data[data.rindex(b"\xff\xda") :]
    d = description("jpeg", values, 8)
    assert decode(data + last + b"\xff\xd9", d).shape == values.shape
    with pytest.raises(PixelError) as caught:
        decode(data + last * 64 + b"\xff\xd9", d)
    assert caught.value.code == "codec"


@pytest.mark.parametrize("codec", sorted(ENCODERS.keys() - {"deflate"}))
def test_a_codestream_of_another_size_is_refused(codec: str) -> None:
    """Before it is decoded: its own header must say what the attributes say."""
    values = noise(16, 16, 8)
    data = bytes(ENCODERS[codec][0](values))
    for other in (noise(16, 15, 8), noise(15, 16, 8)):
        with pytest.raises(PixelError) as caught:
            decode(data, description(codec, other, 8))
        assert caught.value.code == "codec"


@given(st.integers(1, 700), st.integers(1, 700))
@settings(max_examples=30)
def test_the_size_header_of_jpeg_xl_is_read(rows: int, columns: int) -> None:
    """Small, large and by ratio, bare and in a container."""
    values = np.zeros((rows, columns), np.uint8)
    d = description("jpeg_xl", values, 8)
    for container in (False, True):
        data = bytes(imagecodecs.jpegxl_encode(values, effort=1, usecontainer=container))
        assert (rows, columns, 1) == CODECS["jpeg_xl"].size(data, d)


def test_too_large_frames_are_refused() -> None:
    """Those whose decoder would hold a gigabyte, whatever their codestream says."""
    for codec, side_px, code in (
        ("jpeg_2000", 11_586, "frame_size"),
        ("htj2k", 11_586, "frame_size"),
        ("htj2k", 11_585, "codec"),
        ("jpeg_ls", 16_384, "codec"),
        ("jpeg_ls", 16_385, "frame_size"),
    ):
        d = description(codec, noise(2, 2, 8), 8, rows_px=side_px, columns_px=side_px)
        with pytest.raises(PixelError) as caught:
            decode(b"", d)
        assert (codec, side_px, caught.value.code) == (codec, side_px, code)


def test_rle_that_would_not_fill_the_frame_is_refused() -> None:
    """64 bytes can stand for 4,096 at most: a frame of more is not allocated."""
    header = np.zeros(16, "<u4")
    header[:2] = 1, 64
    d = description("rle", noise(2, 2, 8), 8, rows_px=8000, columns_px=8000)
    with pytest.raises(PixelError) as caught:
        decode(header.tobytes() + b"\x81\0" * 32, d)
    assert caught.value.code == "codec"


BEYOND_PYDICOM = {
    "JPEG-lossy.dcm", "JPGExtended.dcm", "JPEGLSNearLossless_08.dcm", "JPEGLSNearLossless_16.dcm",
    "SC_rgb_jls_lossy_line.dcm", "SC_rgb_jls_lossy_sample.dcm", "MR_small_jpeg_ls_lossless.dcm",
    "SC_rgb_jpeg_gdcm.dcm", "GDCMJ2K_TextGBR.dcm",
}  # fmt: skip
"""Files that pydicom with Pillow cannot decode: 12 bits, JPEG-LS, lossless JPEG, JP2 boxes."""


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("path", shipped(compressed=True), ids=pydicom_files.name)
def test_frames_are_what_pydicom_decodes(path: Path) -> None:
    """With Pillow and pydicom's own RLE; JPEG may differ by one from another inverse DCT."""
    scanned = scan(BytesSource(path.read_bytes()))
    d = describe(scanned)
    assert d is not None
    data = encapsulated_frame(scanned, d, d.frames)
    if path.name in BROKEN:
        with pytest.raises(PixelError):
            decode(data, d)
        return
    decoded = decode(data, d)
    assert (d.rows_px, d.columns_px) == decoded.shape[:2]
    if path.name in BEYOND_PYDICOM:
        return
    raw = not comes_back_rgb(d)
    plugin = "pydicom" if d.codec == "rle" else "pillow"
    expected = pixel_array(
        pydicom.dcmread(path), index=d.frames - 1, raw=raw, decoding_plugin=plugin
    )
    assert np.abs(decoded.astype(np.int64) - expected.astype(np.int64)).max() <= 1
