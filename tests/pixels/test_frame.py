"""Descriptions and frames: where pixels lie, and what is refused."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest

from dicomanon.dicom.scan import scan
from dicomanon.dicom.source import BytesSource
from dicomanon.errors import PixelError
from dicomanon.pixels.fragment import encapsulated_frame
from dicomanon.pixels.frame import (
    PixelDescription,
    describe,
    first_bit,
    frame_span,
    native_frame,
)
from tests.pixels.images import (
    EXPLICIT_BE,
    EXPLICIT_LE,
    JPEG_BASELINE,
    Attribute,
    element,
    fragments,
    image,
    instance,
    part10,
)

if TYPE_CHECKING:
    from dicomanon.dicom.instance import Instance


def described(scanned: Instance) -> PixelDescription:
    description = describe(scanned)
    assert description is not None
    return description


def code_of(elements: dict[int, Attribute], uid: str = EXPLICIT_LE) -> str:
    with pytest.raises(PixelError) as caught:
        describe(instance(elements, uid))
    return caught.value.code


# -- descriptions --------------------------------------------------------------------------


def test_an_instance_without_pixels_has_no_description() -> None:
    """None is no error: a report has no pixels."""
    assert describe(instance({0x00080060: "SR"})) is None


def test_missing_attributes_have_their_only_sensible_value() -> None:
    """Bits stored are those allocated, one sample, unsigned, MONOCHROME2, one frame."""
    elements: dict[int, Attribute] = {
        0x00280010: 2, 0x00280011: 3, 0x00280100: 8, 0x7FE00010: ("OW", bytes(6)),
    }  # fmt: skip
    d = described(instance(elements))
    found = (d.frames, d.samples, d.bits_stored, d.high_bit, d.signed, d.photometric)
    assert found == (1, 1, 8, 7, False, "MONOCHROME2")


@pytest.mark.parametrize(
    "more",
    [
        {0x00280010: 0},
        {0x00280011: ("US", b"")},
        {0x00280010: ("US", b"\0")},
        {0x00280010: ("US", bytes(1000))},
        {0x00280100: 12},
        {0x00280101: 9},
        {0x00280101: 0},
        {0x00280102: 8},
        {0x00280101: 8, 0x00280102: 6},
        {0x00280002: 3},
        {0x00280004: "RGB"},
        {0x00280004: "CMYK"},
        {0x00280008: ("IS", b"1A")},
        {0x00280008: ("IS", b"-1")},
        {0x00280002: 3, 0x00280004: "YBR_FULL_422", 0x00280011: 3},
        {0x00280002: 3, 0x00280004: "YBR_PARTIAL_420"},
        {0x7FE00008: ("OF", bytes(16))},
    ],
)
def test_contradictions_are_refused(more: dict[int, Attribute]) -> None:
    """Each of these could be guessed at; a mask in the wrong place would be the price."""
    assert code_of(image(bytes(4), 2, 2) | more) == "pixel_description"


def test_unknown_vr_in_big_endian_is_refused() -> None:
    """Nobody can tell whether its bytes stand swapped."""
    assert code_of(image(bytes(4), 2, 2, vr="UN"), EXPLICIT_BE) == "pixel_description"


def test_chroma_is_shared_only_where_the_length_says_so() -> None:
    """Some writers say 4:2:2 and store three samples a pixel."""
    says: dict[int, Attribute] = {0x00280002: 3, 0x00280004: "YBR_FULL_422"}
    assert described(instance(image(bytes(8), 2, 2) | says)).shared_chroma
    assert not described(instance(image(bytes(12), 2, 2) | says)).shared_chroma


def test_float_pixels_are_described() -> None:
    """They have neither bits stored nor a sign. Standard: PS3.3 §C.7.6.24."""
    elements: dict[int, Attribute] = {
        0x00280010: 2, 0x00280011: 1, 0x00280100: 32, 0x7FE00008: ("OF", bytes(8)),
    }  # fmt: skip
    d = described(instance(elements))
    assert (d.floating, d.bits_allocated, d.frame_bits) == (True, 32, 64)


# -- native frames -------------------------------------------------------------------------


def test_frames_follow_each_other() -> None:
    """Frame 2 of two frames of 2 x 3 bytes."""
    scanned = instance(image(bytes(range(12)), 2, 3, x00280008=("IS", b"2 ")))
    assert bytes(range(6, 12)) == native_frame(scanned, described(scanned), 2)


def test_frames_of_single_bits_begin_inside_a_byte() -> None:
    """5 bits a frame: the second one has bits 5 to 9."""
    scanned = instance(image(b"\xe0\x03", 1, 5, 1, x00280008=("IS", b"3 ")))
    d = described(scanned)
    assert (native_frame(scanned, d, 2), first_bit(d, 2)) == (b"\xe0\x03", 5)


@pytest.mark.parametrize(("n", "expected"), [(1, b"\0\1\2"), (2, b"\3\4\5")])
def test_frames_of_swapped_bytes(n: int, expected: bytes) -> None:
    """Frames of odd size in OW of Explicit VR Big Endian share a word."""
    swapped = b"\1\0\3\2\5\4"
    scanned = instance(image(swapped, 1, 3, x00280008=("IS", b"2 ")), EXPLICIT_BE)
    assert native_frame(scanned, described(scanned), n).startswith(expected)


@pytest.mark.parametrize(("n", "code"), [(0, "frame"), (3, "frame"), (2, "pixel_layout")])
def test_a_frame_that_is_not_there_is_refused(n: int, code: str) -> None:
    """By its number, or because the value ends before it."""
    scanned = instance(image(bytes(6), 2, 3, x00280008=("IS", b"2 ")))
    with pytest.raises(PixelError) as caught:
        frame_span(described(scanned), n)
    assert caught.value.code == code


def test_gigantic_attributes_are_refused_at_once() -> None:
    """60,000 x 60,000 pixels in four bytes: nothing is allocated."""
    scanned = instance(image(bytes(4), 60000, 60000, 16, x00280008=("IS", b"2147483647")))
    with pytest.raises(PixelError) as caught:
        native_frame(scanned, described(scanned), 1)
    assert caught.value.code == "pixel_layout"


# -- encapsulated frames -------------------------------------------------------------------

A, B, C, D = (b"\xff\xd8\xff" + bytes([i]) * 5 for i in range(4))
MORE = b"\x01\x02\x03\x04"


def compressed(value: bytes, frames: int, before: bytes = b"") -> Instance:
    elements = image(b"", 2, 2, x00280008=("IS", f"{frames:<4}".encode()))
    data = part10(elements | {0x7FE00010: ("OB", value)}, JPEG_BASELINE)
    at = data.rindex(b"\xe0\x7f\x10\x00OB")
    return scan(BytesSource(data[:at] + before + data[at:]))


def frames_of(scanned: Instance) -> list[bytes]:
    d = described(scanned)
    return [encapsulated_frame(scanned, d, n) for n in range(1, d.frames + 1)]


def test_one_frame_is_all_its_fragments() -> None:
    """However many, with an empty offset table."""
    assert frames_of(compressed(fragments(A, MORE, MORE), 1)) == [A + MORE + MORE]


def test_one_fragment_a_frame() -> None:
    """Without an offset table."""
    assert frames_of(compressed(fragments(A, B, C), 3)) == [A, B, C]


def test_the_basic_offset_table_tells() -> None:
    """Offsets count from the first item after the table."""
    table = struct.pack("<2L", 0, 2 * 8 + len(A) + len(MORE))
    assert frames_of(compressed(fragments(A, MORE, B, table=table), 2)) == [A + MORE, B]


def test_the_extended_offset_table_tells() -> None:
    """It has 64 bits an offset. Standard: PS3.3 §C.7.6.3.1.8."""
    offsets = struct.pack("<2Q", 0, 8 + len(A))
    lengths = struct.pack("<2Q", len(A), len(B))
    before = element(0x7FE00001, "OV", offsets) + element(0x7FE00002, "OV", lengths)
    assert frames_of(compressed(fragments(A, B), 2, before)) == [A, B]


@pytest.mark.parametrize("offsets", [(4, 30), (0, 9), (0, 0), (0xFFFFFFFF, 0), (40, 0)])
def test_a_table_that_points_nowhere_is_not_believed(offsets: tuple[int, int]) -> None:
    """Then fragments tell."""
    table = struct.pack("<2L", *offsets)
    assert frames_of(compressed(fragments(A, B, table=table), 2)) == [A, B]


def test_codestreams_begin_frames_where_nothing_else_tells() -> None:
    """Two frames of two fragments each, no table."""
    assert frames_of(compressed(fragments(A, MORE, B, MORE), 2)) == [A + MORE, B + MORE]


@pytest.mark.parametrize("value", [fragments(A, MORE, MORE), fragments(), fragments(MORE, A, B)])
def test_frames_that_cannot_be_told_apart_are_refused(value: bytes) -> None:
    """Rather than one frame shown for another."""
    scanned = compressed(value, 2)
    with pytest.raises(PixelError) as caught:
        frames_of(scanned)
    assert caught.value.code == "pixel_layout"


def test_a_cut_file_keeps_its_whole_fragments() -> None:
    """The last fragment is cut: the first frame is there, the second is not."""
    data = part10(
        image(b"", 2, 2, x00280008=("IS", b"2 "), x7FE00010=("OB", fragments(A, B))),
        JPEG_BASELINE,
    )
    scanned = scan(BytesSource(data[:-12]))
    with pytest.raises(PixelError) as caught:
        encapsulated_frame(scanned, described(scanned), 2)
    assert caught.value.code == "pixel_layout"
