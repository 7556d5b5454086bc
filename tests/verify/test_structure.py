"""An output is the same image: what describes it, its pixels outside masks, its references."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import ImplicitVRLittleEndian

from dicomanon.dicom.source import BytesSource, Source
from dicomanon.engine import anonymize
from dicomanon.pixels.region import Region
from dicomanon.policy.profile import profile
from dicomanon.verify.leak import Expectation, find
from dicomanon.verify.segments import SegmentSource
from tests.pixels.images import EXPLICIT_BE, EXPLICIT_LE, JPEG_BASELINE, fragments, image, part10
from tests.verify.outputs import KEY, anonymized, edited, found, original, saved, strong

if TYPE_CHECKING:
    from collections.abc import Callable

    from dicomanon.verify.pixels import Mask

SOURCE = original()
OUTPUT = anonymized(SOURCE)
PIXELS = "7FE00010"


def _problems(source: bytes, output: bytes, *masks: Mask) -> set[tuple[str, str]]:
    expectation = Expectation(masks=masks)
    return {(path, kind) for path, kind, _ in strong(source, output, expectation)}


@pytest.mark.parametrize(
    ("keyword", "value", "kind"),
    [
        ("Rows", 31, "geometry"),
        ("PixelSpacing", [1, 2], "geometry"),
        ("ImagePositionPatient", [0, 0, 2], "geometry"),
        ("PhotometricInterpretation", "MONOCHROME1", "geometry"),
        ("NumberOfFrames", 2, "geometry"),
    ],
)
def test_what_describes_the_image_stays(keyword: str, value: object, kind: str) -> None:
    """A changed attribute of geometry is found by its path."""
    output = edited(OUTPUT, lambda data: setattr(data, keyword, value))
    assert kind in {kind for _, kind in _problems(SOURCE, output)}


def test_the_transfer_syntax_stays() -> None:
    """An output in another encoding is not the same file."""

    def change(data: Dataset) -> None:
        data.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian

    assert ("00020010", "transfer_syntax") in _problems(SOURCE, edited(OUTPUT, change))


def _flipped(output: bytes, from_end: int) -> bytes:
    changed = bytearray(output)
    changed[-from_end] ^= 1
    return bytes(changed)


@pytest.mark.parametrize("from_end", [1, 512, 2048])
def test_one_changed_bit_is_found(from_end: int) -> None:
    """Pixels are compared to the bit."""
    assert _problems(SOURCE, _flipped(OUTPUT, from_end)) == {(PIXELS, "pixels")}


def test_lost_pixels_are_found() -> None:
    """An output without pixel data, or with less of it, is not the image."""

    def gone(data: Dataset) -> None:
        del data.PixelData

    def halved(data: Dataset) -> None:
        data.PixelData = data.PixelData[: len(data.PixelData) // 2]

    for change in (gone, halved):
        assert (PIXELS, "pixels") in _problems(SOURCE, edited(OUTPUT, change))


def test_a_mask_is_where_it_was_asked_for() -> None:
    """With the mask given the output is right; without it, or with another, it is not."""
    mask = Region(3, 4, 10, 5)
    output = anonymized(SOURCE, masks=[mask])
    assert _problems(SOURCE, output, mask) == set()
    assert _problems(SOURCE, output) == {(PIXELS, "pixels")}
    assert _problems(SOURCE, output, Region(3, 4, 9, 5)) == {(PIXELS, "pixels")}
    assert _problems(SOURCE, output, Region(3, 4, 11, 5)) == {(PIXELS, "mask")}
    assert _problems(SOURCE, OUTPUT, mask) == {(PIXELS, "mask")}


LAYOUTS = {
    "8": image(bytes(range(256)) * 3, 16, 16, x00280008=("IS", b"3 ")),
    "16": image(bytes(range(256)) * 6, 16, 16, 16, x00280008=("IS", b"3 ")),
    "rgb": image(bytes(range(256)) * 3, 16, 16, x00280002=3, x00280004="RGB", x00280006=0),
    "planar": image(bytes(range(256)) * 3, 16, 16, x00280002=3, x00280004="RGB", x00280006=1),
    "422": image(bytes(range(256)) * 2, 16, 16, x00280002=3, x00280004="YBR_FULL_422", x00280006=0),
    "1": image(bytes(range(75)), 10, 20, 1, x00280008=("IS", b"3 ")),
    "odd bits": image(bytes(range(1, 25)), 9, 7, 1, x00280008=("IS", b"3 ")),
}


def _encoded(name: str, uid: str) -> bytes:
    identity = {0x00080018: ("UI", b"1.2.826.7.8\0"), 0x00100020: ("LO", b"KX-774-2091 ")}
    number = LAYOUTS[name].get(0x00280008)
    return part10(
        {**LAYOUTS[name], **identity, **({} if number is None else {0x00280008: number})}, uid
    )


@pytest.mark.parametrize("uid", [EXPLICIT_LE, EXPLICIT_BE])
@pytest.mark.parametrize("name", sorted(LAYOUTS))
def test_every_layout_is_compared(name: str, uid: str) -> None:
    """Cells of one bit to several planes, both byte orders: nothing but the mask may change."""
    source = _encoded(name, uid)
    frames = (2, 2) if 0x00280008 in LAYOUTS[name] else None
    mask = Region(2, 3, 4, 5, frames)
    output = anonymized(source, masks=[mask])
    assert output != anonymized(source)
    assert _problems(source, output, mask) == set()
    for from_end in (1, 2, 3):
        assert (PIXELS, "pixels") in _problems(source, _flipped(output, from_end), mask)


@pytest.mark.parametrize("name", ["8", "16", "rgb", "planar"])
def test_a_mask_that_was_not_burned_in_is_found(name: str) -> None:
    """What a region covers must be of one value."""
    source = _encoded(name, EXPLICIT_LE)
    assert (PIXELS, "mask") in _problems(source, anonymized(source), Region(2, 3, 4, 5))


def _compressed(*frames: bytes) -> bytes:
    attributes = image(b"", 16, 16)
    attributes[0x7FE00010] = ("OB", fragments(*frames))
    attributes[0x00280008] = ("IS", b"%d " % len(frames))
    attributes[0x00080018] = ("UI", b"1.2.826.7.8\0")
    return part10(attributes, JPEG_BASELINE)


def test_compressed_frames_are_compared_by_their_bytes() -> None:
    """Frames without a mask stay, those with one do not."""
    before = [b"\xff\xd8one!", b"\xff\xd8two!", b"\xff\xd8six!"]
    source = _compressed(*before)
    second = Region(0, 0, 4, 4, (2, 2))

    def output(*frames: bytes) -> bytes:
        return anonymized(_compressed(*frames))

    assert _problems(source, output(*before)) == set()
    assert _problems(source, output(before[0], b"\xff\xd8new!", before[2]), second) == set()
    assert _problems(source, output(*before), second) == {(PIXELS, "mask")}
    assert _problems(source, output(b"\xff\xd8new!", *before[1:])) == {(PIXELS, "pixels")}
    assert _problems(source, output(b"\xff\xd8new!", b"\xff\xd8new!", before[2]), second) == {
        (PIXELS, "pixels")
    }


def test_one_uid_stays_one() -> None:
    """The same source UID with two new ones, or two with the same, breaks references."""
    two = Dataset()
    two.ReferencedSOPClassUID, two.ReferencedSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", "1.2.3.9"
    one = dcmread(io.BytesIO(SOURCE)).ReferencedImageSequence[0]
    data = dcmread(io.BytesIO(SOURCE))
    data.ReferencedSOPSequence = [one, two, one]
    source = saved(data)
    output = anonymized(source)
    assert _problems(source, output) == set()

    def split(data: Dataset) -> None:
        data.ReferencedSOPSequence[2].ReferencedSOPInstanceUID = "2.25.5"

    def merged(data: Dataset) -> None:
        items = data.ReferencedSOPSequence
        items[1].ReferencedSOPInstanceUID = items[0].ReferencedSOPInstanceUID

    assert _problems(source, edited(output, split)) == {("00081199[2].00081155", "reference")}
    assert _problems(source, edited(output, merged)) == {("00081199[1].00081155", "reference")}


@pytest.mark.parametrize("uid", ["2.25.01", "2.25", "2..25", "x", "1." + "2" * 63])
def test_new_uids_are_valid(uid: str) -> None:
    """Digits and points, no leading zeros, at most 64 characters; and the File Meta follows."""
    output = bytearray(OUTPUT)
    start = output.index(struct.pack("<HH2s", 8, 0x18, b"UI"))
    size = struct.unpack_from("<H", output, start + 6)[0]
    raw = uid.encode() + b"\0" * (len(uid) % 2)
    output[start + 6 : start + 8 + size] = struct.pack("<H", len(raw)) + raw
    kinds = {kind for path, kind in _problems(SOURCE, bytes(output))}
    assert kinds == ({"reference"} if uid == "2.25" else {"reference", "uid_form"})


def test_an_unreadable_original_is_a_finding() -> None:
    """What the second reader cannot read cannot be vouched for."""
    cut = SOURCE[:-3]
    assert ("", "unreadable_original", "structure") in strong(cut, OUTPUT)


class _Counting:
    """A source that knows how often each of its bytes was read."""

    def __init__(self, data: bytes) -> None:
        self._source = BytesSource(data)
        self.size_bytes = len(data)
        self.reads = bytearray(len(data))

    def read(self, start: int, stop: int) -> bytes:
        for index in range(start, stop):
            self.reads[index] = min(self.reads[index] + 1, 255)
        return self._source.read(start, stop)


@pytest.mark.parametrize("wrap", [BytesSource, None])
def test_pixels_are_read_at_most_once(wrap: Callable[[bytes], Source] | None) -> None:
    """Not at all where the output is the original's own range, else once each side."""
    side = 512
    data = bytes(range(256)) * (side * side * 2 // 256)
    source = original(Rows=side, Columns=side, PixelData=data)
    counted = _Counting(source)
    result = anonymize(BytesSource(source), profile("research"), KEY, verify=False)
    if wrap is None:
        assert find(counted, SegmentSource(counted, result.segments)) == []
    else:
        assert find(counted, wrap(anonymized(source))) == []
    pixels = counted.reads[-len(data) + (1 << 16) :]  # what the reader's buffer took is header
    assert max(pixels) == (0 if wrap is None else 1)


def test_implicit_vr_is_read() -> None:
    """An output in Implicit VR is as right as another."""
    data = dcmread(io.BytesIO(SOURCE))
    data.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    source = saved(data)
    assert found(source, anonymized(source)) == []
