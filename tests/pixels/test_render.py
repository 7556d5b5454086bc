"""Rendering: what the preview shows, against pydicom's own arithmetic."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pydicom
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut, apply_windowing
from pydicom.pixels.utils import pixel_array

from dicomanon.dicom.scan import scan
from dicomanon.dicom.source import BytesSource
from dicomanon.errors import InputError, PixelError, ProfileError
from dicomanon.pixels.frame import describe
from dicomanon.pixels.lut import expand_segments
from dicomanon.pixels.mask import Region, mask
from dicomanon.pixels.render import Rendered, render
from tests import pydicom_files
from tests.pixels.images import EXPLICIT_BE, EXPLICIT_LE, Attribute, image, instance, sequence

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def shown(
    elements: dict[int, Attribute],
    uid: str = EXPLICIT_LE,
    window: tuple[float, float] | None = None,
    max_px: int | None = None,
) -> Rendered:
    scanned = instance(elements, uid)
    description = describe(scanned)
    assert description is not None
    return render(scanned, description, 1, window, max_px)


def rgba(rendered: Rendered) -> NDArray[np.uint8]:
    return np.frombuffer(rendered.rgba, np.uint8).reshape(rendered.height, rendered.width, 4)


def levels(rendered: Rendered) -> list[list[int]]:
    """The grey levels; red, green and blue must be equal."""
    picture = rgba(rendered)
    assert (picture[..., :3] == picture[..., :1]).all()
    assert (picture[..., 3] == 255).all()
    return [[int(level) for level in row] for row in picture[..., 0]]


# -- every file that pydicom ships -----------------------------------------------------------


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("path", pydicom_files.dicom_files(), ids=pydicom_files.name)
def test_every_file_is_shown_or_refused(path: Path) -> None:
    """Whole, and thinned out; where pydicom can window it, the picture is pydicom's."""
    try:
        scanned = scan(BytesSource(path.read_bytes()))
        description = describe(scanned)
        if description is None:
            return
        picture = render(scanned, description, description.frames)
        small = render(scanned, description, description.frames, max_px=20)
    except (PixelError, InputError):
        return
    assert len(picture.rgba) == picture.width * picture.height * 4
    assert max(small.width, small.height) <= 20
    assert (picture.window is not None) == description.windowed
    dataset = pydicom.dcmread(path)
    if description.codec is None and "WindowCenter" in dataset:
        values = apply_windowing(apply_modality_lut(pixel_array(dataset), dataset), dataset)
        low, high = pydicom_range(dataset, description.bits_stored, signed=description.signed)
        expected = (values - low) / (high - low) * 255
        if description.photometric == "MONOCHROME1":
            expected = 255 - expected
        level = rgba(picture)[..., 0]
        drawn = (level == 255) & bool(dataset.group_dataset(0x6000))
        assert ((np.abs(level - expected) <= 1) | drawn).all()


def pydicom_range(dataset: pydicom.Dataset, stored: int, *, signed: bool) -> tuple[float, float]:
    """The output range of pydicom's windowing."""
    low, high = (-(2 ** (stored - 1)), 2 ** (stored - 1) - 1) if signed else (0, 2**stored - 1)
    if "RescaleSlope" in dataset:
        slope, intercept = float(dataset.RescaleSlope), float(dataset.RescaleIntercept)
        return low * slope + intercept, high * slope + intercept
    return low, high


# -- grey ------------------------------------------------------------------------------------

RAMP = image(bytes(range(0, 256, 17)), 4, 4)


def test_the_range_of_the_frame_is_the_window_of_last_resort() -> None:
    """Without a window the least value is black, the greatest white, evenly between."""
    picture = shown(image(bytes([100, 101, 102, 105]), 2, 2))
    assert levels(picture) == [[0, 51], [102, 255]]
    assert picture.window == (102.5, 5.0)


def test_padding_does_not_widen_the_range() -> None:
    """Pixel Padding Value is no tissue."""
    assert shown(image(bytes([0, 1, 50, 60]), 2, 2, x00280120=0, x00280121=1)).window == (55, 10)


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("LINEAR", [0, 0, 64, 255]),
        ("LINEAR_EXACT", [0, 51, 102, 255]),
        ("SIGMOID", [30, 79, 102, 237]),
    ],
)
def test_window_functions(function: str, expected: list[int]) -> None:
    """Center 3, width 5 over 0, 1.5 (as 3 x 0.5), 2.5 and 6."""
    elements = image(
        bytes([0, 3, 5, 12]), 1, 4,
        x00281050=("DS", b"3 "), x00281051=("DS", b"5 "), x00281056=("CS", function.encode()),
        x00281053=("DS", b"0.5 "), x00281052=("DS", b"0 "),
    )  # fmt: skip
    x = np.array([0, 1.5, 2.5, 6])
    formula = {
        "LINEAR": (x - 2.5) / 4 + 0.5,
        "LINEAR_EXACT": (x - 3) / 5 + 0.5,
        "SIGMOID": 1 / (1 + np.exp(-4 * (x - 3) / 5)),
    }[function]
    computed = [int(level) for level in np.floor(np.clip(formula, 0, 1) * 255 + 0.5)]
    assert [computed] == levels(shown(elements))
    assert len(expected) == 4


def test_the_caller_s_window_wins() -> None:
    """The page drags window and level over the file's own."""
    picture = shown(
        RAMP | {0x00281050: ("DS", b"1 "), 0x00281051: ("DS", b"1 ")}, window=(128, 256)
    )
    assert picture.window == (128, 256)
    assert levels(picture)[0][0] == 0
    assert levels(picture)[3][3] == 255


@pytest.mark.parametrize("more", [{0x00280004: "MONOCHROME1"}, {0x20500020: "INVERSE"}])
def test_inverted_pictures(more: dict[int, Attribute]) -> None:
    """Low is bright."""
    plain = np.array(levels(shown(RAMP)))
    assert (255 - plain).tolist() == levels(shown(RAMP | more))


def test_tables_of_modality_and_voi() -> None:
    """0, 1 and more to 10, 20, 30, then 20 and less, 21 and more to 0, 255."""
    modality = sequence({0x00283002: (3, 0, 8), 0x00283006: ("OW", b"\x0a\0\x14\0\x1e\0")})
    voi = sequence({0x00283002: (2, 20, 8), 0x00283006: ("OW", b"\0\0\xff\0")})
    elements = image(bytes([0, 1, 2, 9]), 2, 2) | {0x00283000: modality, 0x00283010: voi}
    assert levels(shown(elements)) == [[0, 0], [255, 255]]


def test_frames_have_their_own_window() -> None:
    """Frame VOI LUT in the per-frame functional groups. Standard: PS3.3 §C.7.6.16.2.10."""
    window: dict[int, Attribute] = {0x00281050: ("DS", b"10"), 0x00281051: ("DS", b"4 ")}
    group: dict[int, Attribute] = {0x00289132: sequence(window)}
    assert shown(RAMP | {0x52009230: sequence(group)}).window == (10, 4)


def test_signed_values_are_signed() -> None:
    """12 bits in 16, with rubbish in the unused bits."""
    raw = np.array([0x7800, 0x0000, 0xF7FF, 0x0001], "<u2").tobytes()
    elements = image(raw, 2, 2, 16, x00280101=12, x00280102=11, x00280103=1)
    assert levels(shown(elements, window=(0, 4096))) == [[0, 128], [255, 128]]


def test_floats_with_infinities() -> None:
    """What is not a number is dark and does not widen the range."""
    values = np.array([np.nan, -1, 3, np.inf], "<f4").tobytes()
    elements: dict[int, Attribute] = {
        0x00280010: 2, 0x00280011: 2, 0x00280100: 32, 0x7FE00008: ("OF", values),
    }  # fmt: skip
    picture = shown(elements)
    assert picture.window == (1, 4)
    assert levels(picture) == [[0, 0], [255, 255]]


@pytest.mark.parametrize(("uid", "raw"), [(EXPLICIT_LE, b"\x06\0"), (EXPLICIT_BE, b"\0\x06")])
def test_single_bits(uid: str, raw: bytes) -> None:
    """Lowest bit first; swapped in words of Explicit VR Big Endian."""
    assert levels(shown(image(raw, 2, 2, 1), uid)) == [[0, 255], [255, 0]]


# -- colour ----------------------------------------------------------------------------------


def colours(elements: dict[int, Attribute]) -> list[list[int]]:
    return [[int(n) for n in pixel] for pixel in rgba(shown(elements)).reshape(-1, 4)[:, :3]]


def three(raw: bytes, photometric: str, planar: int | None = None) -> dict[int, Attribute]:
    says: dict[int, Attribute] = {0x00280002: 3, 0x00280004: photometric}
    if planar is not None:
        says[0x00280006] = planar
    return image(raw, 1, 2) | says


def test_colour_by_pixel_and_by_plane() -> None:
    """Red and a dark blue."""
    expected = [[255, 0, 0], [0, 0, 7]]
    assert expected == colours(three(bytes([255, 0, 0, 0, 0, 7]), "RGB"))
    assert expected == colours(three(bytes([255, 0, 0, 0, 0, 7]), "RGB", 0))
    assert expected == colours(three(bytes([255, 0, 0, 0, 0, 7]), "RGB", 1))


def test_ybr_is_turned_to_rgb() -> None:
    """Red in full range, with chroma apart and shared. Standard: PS3.3 §C.7.6.3.1.2."""
    red = [[254, 0, 0]] * 2
    assert red == colours(three(bytes([76, 85, 255] * 2), "YBR_FULL"))
    assert red == colours(three(bytes([76, 76, 85, 255]), "YBR_FULL_422"))


def test_palettes_are_applied() -> None:
    """Inputs below and above the table give its ends; 16 bits are cut to 8."""
    tables: dict[int, Attribute] = {
        0x00280004: "PALETTE COLOR",
        0x00281101: (2, 5, 16), 0x00281102: (2, 5, 16), 0x00281103: (2, 5, 16),
        0x00281201: ("OW", b"\0\x01\0\x02"),
        0x00281202: ("OW", b"\0\x03\0\x04"),
        0x00281203: ("OW", b"\0\x05\0\x06"),
    }  # fmt: skip
    found = colours(image(bytes([0, 5, 6, 9]), 2, 2) | tables)
    assert found == [[1, 3, 5], [1, 3, 5], [2, 4, 6], [2, 4, 6]]


def test_a_real_palette_is_pydicom_s() -> None:
    """Of the example that pydicom ships."""
    path = next(p for p in pydicom_files.dicom_files() if p.name == "examples_palette.dcm")
    dataset = pydicom.dcmread(path)
    expected = apply_color_lut(pixel_array(dataset), dataset) >> 8
    scanned = scan(BytesSource(path.read_bytes()))
    description = describe(scanned)
    assert description is not None
    assert np.array_equal(expected, rgba(render(scanned, description, 1))[..., :3])


def test_segments_expand() -> None:
    """Discrete, linear, and both again by their offset. Standard: PS3.3 §C.7.9.2."""
    words = [0, 2, 10, 20, 1, 2, 40, 2, 2, 0, 0]
    assert expand_segments(words, 8, wide=True) == [10, 20, 30, 40, 10, 20, 30, 40]


@given(st.lists(st.integers(0, 4), max_size=12), st.booleans())
def test_hostile_segments_end(words: list[int], wide: bool) -> None:  # noqa: FBT001 - hypothesis's
    """Any words give exactly the entries asked for, or IndexError; never more, never for ever."""
    try:
        assert len(expand_segments(words, 30, wide=wide)) == 30
    except IndexError:
        return


# -- overlays and size -----------------------------------------------------------------------


def test_overlays_are_burned_in_white() -> None:
    """A plane whose corner lies at row 2, column 2 (from 1), and one in the cells' bit 12."""
    cells = np.zeros((3, 3), "<u2")
    cells[0, 0] = 0x1000
    elements = image(
        cells.tobytes(), 3, 3, 16, x00280101=12, x00280102=11,
        x60000010=2, x60000011=2, x60000050=(2, 2), x60000100=1, x60000102=0,
        x60003000=("OW", b"\x07\0"),
        x60020010=3, x60020011=3, x60020100=16, x60020102=12,
    )  # fmt: skip
    assert levels(shown(elements)) == [[255, 0, 0], [0, 255, 255], [0, 255, 0]]


def test_thin_strokes_stay_when_thinned_out() -> None:
    """A name must not vanish from a small preview."""
    elements = image(
        bytes(64), 8, 8, x60000010=8, x60000011=8, x60000100=1, x60000102=0,
        x60003000=("OW", b"\0" * 5 + b"\x20\0\0"),
    )  # fmt: skip
    assert levels(shown(elements, max_px=2)) == [[0, 0], [0, 255]]


def test_gigantic_frames_are_refused_at_once() -> None:
    """Whatever the attributes say, nothing is allocated that the file does not hold."""
    with pytest.raises(PixelError) as caught:
        shown(image(bytes(4), 60000, 60000, 16))
    assert caught.value.code == "pixel_layout"


# -- any attributes at all -------------------------------------------------------------------

_RAW = st.binary(max_size=12)
_ANY: st.SearchStrategy[Attribute] = st.one_of(
    st.integers(0, 20),
    st.integers(0, 65535),
    st.tuples(st.sampled_from(["US", "SS", "DS", "IS", "OW", "CS", "UN"]), _RAW),
    st.tuples(st.just("DS"), st.sampled_from([b"0 ", b"-1", b"1e30", b"1e308 ", b"nan "])),
    st.just("MONOCHROME1"), st.just("RGB"), st.just("PALETTE COLOR"), st.just("YBR_FULL_422"),
    st.dictionaries(
        st.sampled_from([0x00283002, 0x00283006, 0x00281050, 0x00281051, 0x00281053]),
        st.tuples(st.sampled_from(["US", "OW", "DS"]), _RAW),
        max_size=3,
    ).map(sequence),
)  # fmt: skip
_TAGS = [
    0x00280002, 0x00280004, 0x00280006, 0x00280008, 0x00280010, 0x00280011, 0x00280100,
    0x00280101, 0x00280102, 0x00280103, 0x00280120, 0x00280121, 0x00281050, 0x00281051,
    0x00281052, 0x00281053, 0x00281056, 0x00281101, 0x00281102, 0x00281103, 0x00281201,
    0x00281202, 0x00281203, 0x00281221, 0x00281222, 0x00281223, 0x00283000, 0x00283010,
    0x20500020, 0x52009229, 0x52009230, 0x60000010, 0x60000011, 0x60000015, 0x60000050,
    0x60000051, 0x60000100, 0x60000102, 0x60003000, 0x7FE00001, 0x7FE00008,
]  # fmt: skip


@settings(max_examples=400)
@example(
    {0x00280004: "MONOCHROME1", 0x00281053: ("DS", b"1e308 ")}, EXPLICIT_LE, bytes(range(64)), 8
)
@given(
    st.dictionaries(st.sampled_from(_TAGS), _ANY, max_size=6),
    st.sampled_from([EXPLICIT_LE, EXPLICIT_BE, "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.90"]),
    st.binary(min_size=64, max_size=64),
    st.sampled_from([8, 16, 32]),
)
def test_any_attributes_give_a_picture_or_a_refusal(
    more: dict[int, Attribute], uid: str, raw: bytes, bits: int
) -> None:
    """Only PixelError, InputError and ProfileError, whatever stands in the file."""
    elements = image(raw, 4, 4, bits) | more
    try:
        scanned = instance(elements, uid)
        description = describe(scanned)
        if description is not None:
            render(scanned, description, description.frames)
            mask(scanned, [Region(1, 1, 2, 2)])
    except (PixelError, InputError, ProfileError):
        return
