"""Masks: black inside, every bit as it was outside, or a refusal."""

from __future__ import annotations

import tracemalloc
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.filebase import DicomBytesIO
from pydicom.pixels.utils import pixel_array

from dicomanon.dicom import sink
from dicomanon.dicom.ranges import PaintedRange
from dicomanon.dicom.scan import scan
from dicomanon.dicom.segment import Patches, segment_bytes
from dicomanon.dicom.source import BytesSource, FileSource
from dicomanon.errors import PixelError, ProfileError
from dicomanon.pixels.black import black
from dicomanon.pixels.frame import describe
from dicomanon.pixels.mask import Region, mask
from tests import pydicom_files
from tests.pixels.images import (
    EXPLICIT_BE,
    EXPLICIT_LE,
    MPEG2,
    Attribute,
    element,
    fragments,
    image,
    instance,
    part10,
    patched,
    sequence,
)
from tests.pixels.shipped import shipped

if TYPE_CHECKING:
    from pathlib import Path

    from dicomanon.dicom.instance import Instance

# -- an obvious model: a list of cells, each with the pixels it is made of --------------------


@dataclass(frozen=True)
class Model:
    """An image as nobody would store it."""

    photometric: str
    planar: bool
    rows: int
    columns: int
    frames: int
    allocated: int
    stored: int
    high: int
    signed: bool
    big: bool
    vr: str

    @property
    def samples(self) -> int:
        return 3 if self.photometric[0] in "RY" else 1

    def cells(self) -> list[tuple[int, list[tuple[int, int, int]]]]:
        """Sample and (frame, row, column) of the pixels of every cell, in stored order."""
        found: list[tuple[int, list[tuple[int, int, int]]]] = []
        for f in range(1, self.frames + 1):
            if self.photometric == "YBR_FULL_422":
                for r in range(self.rows):
                    for c in range(0, self.columns, 2):
                        pair = [(f, r, c), (f, r, c + 1)]
                        found += [(0, pair[:1]), (0, pair[1:]), (1, pair), (2, pair)]
            elif self.planar:
                found += [
                    (s, [(f, r, c)])
                    for s in range(self.samples)
                    for r in range(self.rows)
                    for c in range(self.columns)
                ]
            else:
                found += [
                    (s, [(f, r, c)])
                    for r in range(self.rows)
                    for c in range(self.columns)
                    for s in range(self.samples)
                ]
        return found

    def black(self, sample: int) -> int:
        """The cell of a black pixel."""
        number = 0
        if self.photometric.startswith("YBR") and sample:
            number = 1 << self.stored - 1
        elif self.photometric == "MONOCHROME1":
            number = (1 << self.stored - self.signed) - 1
        elif self.photometric == "MONOCHROME2" and self.signed:
            number = -(1 << self.stored - 1)
        return (number << self.high + 1 - self.stored) % (1 << self.allocated)

    def pack(self, cells: list[int]) -> bytes:
        """The value, even in length."""
        if self.allocated == 1:
            cells = cells + [0] * (-len(cells) % 8)
            raw = bytes(
                sum(bit << i for i, bit in enumerate(cells[at : at + 8]))
                for at in range(0, len(cells), 8)
            )
        else:
            order = "big" if self.big else "little"
            raw = b"".join(cell.to_bytes(self.allocated // 8, order) for cell in cells)  # type: ignore[arg-type]
        raw += b"\0" * (len(raw) % 2)
        if self.big and self.vr == "OW" and self.allocated <= 8:
            raw = b"".join(raw[at : at + 2][::-1] for at in range(0, len(raw), 2))
        return raw

    def file(self, value: bytes) -> bytes:
        elements = image(
            value, self.rows, self.columns, self.allocated, self.vr,
            x00280002=self.samples, x00280004=self.photometric, x00280006=int(self.planar),
            x00280008=("IS", f"{self.frames:<4}".encode()),
            x00280101=self.stored, x00280102=self.high, x00280103=int(self.signed),
            x7FE10010="AFTER",
        )  # fmt: skip
        return part10(elements, EXPLICIT_BE if self.big else EXPLICIT_LE)


@st.composite
def models(draw: st.DrawFn) -> Model:
    photometric = draw(
        st.sampled_from(["MONOCHROME1", "MONOCHROME2", "RGB", "YBR_FULL", "YBR_FULL_422"])
    )
    mono = photometric.startswith("MONO")
    allocated = draw(st.sampled_from([1, 8, 16, 32] if mono else [8, 16]))
    high = draw(st.integers(0 if allocated == 1 else 3, allocated - 1))
    columns = draw(st.integers(1, 12))
    return Model(
        photometric=photometric,
        planar=photometric in ("RGB", "YBR_FULL") and draw(st.booleans()),
        rows=draw(st.integers(1, 5)),
        columns=columns + columns % 2 if photometric == "YBR_FULL_422" else columns,
        frames=draw(st.integers(1, 3)),
        allocated=allocated,
        stored=draw(st.integers(1 if allocated == 1 else 2, high + 1)),
        high=high,
        signed=mono and allocated > 1 and draw(st.booleans()),
        big=draw(st.booleans()),
        vr="OB" if allocated <= 8 and draw(st.booleans()) else "OW",
    )


@st.composite
def regions_on(draw: st.DrawFn, model: Model) -> list[Region]:
    def one() -> Region:
        first = draw(st.integers(1, model.frames))
        frames = draw(st.none() | st.integers(first, 4).map(lambda last: (first, last)))
        x, y = draw(st.integers(0, model.columns - 1)), draw(st.integers(0, model.rows - 1))
        return Region(x, y, draw(st.integers(1, 9)), draw(st.integers(1, 5)), frames)

    return [one() for _ in range(draw(st.integers(1, 3)))]


def inside(pixel: tuple[int, int, int], regions: list[Region]) -> bool:
    f, r, c = pixel
    return any(
        reg.x_px <= c < reg.x_px + reg.width_px
        and reg.y_px <= r < reg.y_px + reg.height_px
        and (reg.frames is None or reg.frames[0] <= f <= reg.frames[1])
        for reg in regions
    )


@settings(max_examples=300)
@given(st.data())
def test_a_mask_blackens_its_cells_and_no_other_bit(data: st.DataObject) -> None:
    """Over every native layout the file equals the one that a list of cells gives."""
    model = data.draw(models())
    regions = data.draw(regions_on(model))
    owners = model.cells()
    seed = data.draw(st.integers(0, 2**32))
    random = np.random.default_rng(seed)
    cells = [int(n) for n in random.integers(0, 2**model.allocated, len(owners), np.uint64)]
    expected = [
        model.black(sample) if any(inside(pixel, regions) for pixel in pixels) else cell
        for cell, (sample, pixels) in zip(cells, owners, strict=True)
    ]
    scanned = scan(BytesSource(model.file(model.pack(cells))))

    masked = mask(scanned, regions)

    assert model.file(model.pack(expected)) == patched(scanned, masked.edits)
    touched = {f for _, pixels in owners for (f, _, _) in pixels
               if any(inside(p, regions) for p in pixels)}  # fmt: skip
    assert len(touched) == masked.frames
    for patches in masked.edits.values():
        assert isinstance(patches, Patches)
        stop = 0
        for start, part in patches.parts:
            assert start >= stop
            stop = start + segment_bytes(part)


# -- real files, read by pydicom -----------------------------------------------------------


def pixels(data: bytes) -> np.ndarray[Any, Any]:
    dataset = pydicom.dcmread(DicomBytesIO(data), force=True)
    values = pixel_array(dataset, raw=True)
    samples = int(dataset.SamplesPerPixel)
    rows, columns = int(dataset.Rows), int(dataset.Columns)
    return values.reshape(-1, rows, columns, samples)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("path", shipped(compressed=False), ids=pydicom_files.name)
def test_pydicom_reads_black_inside_and_the_same_outside(path: Path) -> None:
    """In every native file that pydicom ships."""
    data = path.read_bytes()
    scanned = scan(BytesSource(data))
    before = pixels(data)
    _, rows, columns, _ = before.shape
    # An even left edge and width, so that no pair of pixels that share chroma is split.
    region = Region(columns // 4 // 2 * 2, rows // 3, max(columns // 3 // 2 * 2, 2), 2)
    x, y = region.x_px, region.y_px
    height = min(2, rows - y)

    after = pixels(patched(scanned, mask(scanned, [region]).edits))

    hole = after[:, y : y + height, x : x + region.width_px]
    assert (hole == hole[0, 0, 0]).all()
    restored = after.copy()
    restored[:, y : y + height, x : x + region.width_px] = before[
        :, y : y + height, x : x + region.width_px
    ]
    assert np.array_equal(before, restored)


# -- which value is black ------------------------------------------------------------------

GREY = image(bytes(8), 2, 2, 16)
DESCENDING: tuple[str, bytes] = sequence(
    {0x00283002: (4, 0, 8), 0x00283006: ("OW", b"\3\0\2\0\1\0\0\0")}
)


def black_of(elements: dict[int, Attribute]) -> int:
    scanned = instance(elements)
    description = describe(scanned)
    assert description is not None
    return black(scanned, description, 1).cells[0]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, 0),
        ({0x20500020: "INVERSE"}, 0xFFFF),
        ({0x00280004: "MONOCHROME1"}, 0xFFFF),
        ({0x00280004: "MONOCHROME1", 0x20500020: "INVERSE"}, 0xFFFF),
        ({0x00281053: ("DS", b"-1")}, 0xFFFF),
        ({0x00281053: ("DS", b"-1"), 0x00280004: "MONOCHROME1"}, 0),
        ({0x00283000: DESCENDING}, 0xFFFF),
        ({0x00283010: DESCENDING}, 0xFFFF),
        ({0x00283010: DESCENDING, 0x20500020: "INVERSE"}, 0),
        ({0x00280103: 1}, 0x8000),
        ({0x00280103: 1, 0x00280004: "MONOCHROME1"}, 0x7FFF),
        ({0x00280103: 1, 0x00280101: 12, 0x00280102: 11}, 0xF800),
        ({0x00280101: 12, 0x00280102: 11, 0x20500020: "INVERSE"}, 0x0FFF),
    ],
)
def test_black_is_what_is_shown_dark(more: dict[int, Attribute], expected: int) -> None:
    """Photometric, presentation, slope and tables decide which end of the range is dark."""
    assert expected == black_of(GREY | more)


def test_black_of_a_frame_with_its_own_slope() -> None:
    """Pixel Value Transformation in the shared functional groups counts."""
    slope: dict[int, Attribute] = {0x00281052: ("DS", b"0 "), 0x00281053: ("DS", b"-2")}
    group: dict[int, Attribute] = {0x00289145: sequence(slope)}
    assert black_of(GREY | {0x52009229: sequence(group)}) == 0xFFFF


def test_black_of_a_palette_is_its_darkest_entry() -> None:
    """Green weighs more than red, red more than blue; the first input is an offset."""
    tables: dict[int, Attribute] = {
        0x00280004: "PALETTE COLOR",
        0x00281101: (4, 10, 8), 0x00281102: (4, 10, 8), 0x00281103: (4, 10, 8),
        0x00281201: ("OW", bytes([9, 9, 0, 0])),
        0x00281202: ("OW", bytes([0, 9, 0, 9])),
        0x00281203: ("OW", bytes([0, 9, 9, 0])),
    }  # fmt: skip
    assert black_of(GREY | tables) == 12


def test_black_of_a_segmented_palette() -> None:
    """A linear segment from 200 down to 0: the last entry is the darkest."""
    raw = np.array([0, 1, 200, 1, 4, 0], np.uint16).tobytes()
    tables: dict[int, Attribute] = {
        0x00280004: "PALETTE COLOR",
        **{0x00281101 + i: (5, 0, 16) for i in range(3)},
        **{0x00281221 + i: ("OW", raw) for i in range(3)},
    }
    assert black_of(GREY | tables) == 4


@pytest.mark.parametrize(
    ("tag", "vr", "kind"), [(0x7FE00008, "OF", "<f4"), (0x7FE00009, "OD", "<f8")]
)
def test_float_pixels_become_zero(tag: int, vr: str, kind: str) -> None:
    """Float and Double Float Pixel Data; every other cell keeps its bits, NaN too."""
    values = np.array([[np.nan, -1.5, 3], [np.inf, 2.25, -0.0]] * 2, kind)
    described: dict[int, Attribute] = {
        0x00280002: 1, 0x00280004: "MONOCHROME2", 0x00280008: ("IS", b"2 "), 0x00280010: 2,
        0x00280011: 3, 0x00280100: values.itemsize * 8, tag: (vr, values.tobytes()),
    }  # fmt: skip
    scanned = instance(described)
    after = scan(BytesSource(patched(scanned, mask(scanned, [Region(1, 0, 2, 1)]).edits)))
    found = after.find(tag)
    assert found is not None
    values[::2, 1:] = 0
    assert values.tobytes() == after.value(found)


# -- overlays and thumbnails ---------------------------------------------------------------


def overlay(plane: bytes, rows: int, columns: int, **more: Attribute) -> dict[int, Attribute]:
    return {
        0x60000010: rows, 0x60000011: columns, 0x60000050: (1, 1), 0x60000100: 1, 0x60000102: 0,
        0x60003000: ("OW", plane),
        **{int(tag[1:], 16): attribute for tag, attribute in more.items()},
    }  # fmt: skip


def plane_after(elements: dict[int, Attribute], region: Region, uid: str = EXPLICIT_LE) -> bytes:
    scanned = instance(elements, uid)
    after = scan(BytesSource(patched(scanned, mask(scanned, [region]).edits)))
    found = after.find(0x60003000)
    assert found is not None
    return after.value(found)


def test_overlay_bits_that_live_in_cells_go_with_the_cells() -> None:
    """Inside every bit of the cell is replaced; a negative black does not draw the overlay."""
    cells = np.full((2, 2), 0xF123, "<u2")
    scanned = instance(
        image(
            cells.tobytes(), 2, 2, 16,
            x00280101=12, x00280102=11, x00280103=1,
            x60000010=2, x60000011=2, x60000100=16, x60000102=12,
        )
    )  # fmt: skip
    after = scan(BytesSource(patched(scanned, mask(scanned, [Region(1, 0, 1, 2)]).edits)))
    found = after.find(0x7FE00010)
    assert found is not None
    cells[:, 1] = 0xE800
    assert cells.tobytes() == after.value(found)


@pytest.mark.parametrize("uid", [EXPLICIT_LE, EXPLICIT_BE])
def test_overlay_planes_are_cleared_under_the_region(uid: str) -> None:
    """A plane with its corner at row 0, column 2 (from 1) of the image, 5 x 5 bits, all drawn."""
    plane = b"\xff" * 4
    elements = image(bytes(64), 8, 8) | overlay(plane, 5, 5, x60000050=("SS", b"\0\0\2\0"))
    if uid == EXPLICIT_BE:
        elements |= {0x60000050: ("SS", b"\0\0\0\2")}
    bits = np.unpackbits(np.frombuffer(plane, np.uint8), bitorder="little")
    drawn = bits[:25].reshape(5, 5)
    drawn[1:3, 0:2] = 0  # image rows 0 and 1, columns 1 and 2
    packed = np.packbits(bits, bitorder="little")
    expected = packed.view("u2").byteswap().tobytes() if uid == EXPLICIT_BE else packed.tobytes()
    assert expected == plane_after(elements, Region(0, 0, 3, 2), uid)


def test_overlay_frames_follow_the_image_frames() -> None:
    """Overlay frame 1 lies on image frame 2: masking frame 3 clears overlay frame 2."""
    elements = image(bytes(4 * 4 * 4), 4, 4, x00280008=("IS", b"4 ")) | overlay(
        b"\xff" * 6, 4, 4, x60000015=("IS", b"3 "), x60000051=2
    )
    expected = b"\xff\xff\0\0\xff\xff"
    assert expected == plane_after(elements, Region(0, 0, 4, 4, (3, 3)))


def test_an_overlay_plane_that_is_too_short_is_refused() -> None:
    """What cannot be cleared is not left as it is."""
    scanned = instance(image(bytes(64), 8, 8) | overlay(b"\xff\xff", 5, 5))
    with pytest.raises(PixelError) as caught:
        mask(scanned, [Region(0, 0, 1, 1)])
    assert caught.value.code == "pixel_layout"


# -- refusals ------------------------------------------------------------------------------


def refusal(scanned: Instance, region: Region = Region(0, 0, 1, 1)) -> str:  # noqa: B008 - frozen
    with pytest.raises((PixelError, ProfileError)) as caught:
        mask(scanned, [region])
    return caught.value.code


def test_no_pixels_are_refused() -> None:
    """A mask on a document is not ignored."""
    assert refusal(instance({0x00080060: "SR"})) == "no_pixels"


def test_what_cannot_be_encoded_back_is_refused() -> None:
    """A mask on video is not ignored."""
    elements = image(b"", 2, 2, x7FE00010=("OB", fragments(b"\0\0\1\xb3")))
    assert refusal(instance(elements, MPEG2)) == "encapsulated_mask"


@pytest.mark.parametrize(
    "size_bytes",
    [14, 22, 32, 48],
)
def test_a_value_of_another_size_is_refused(size_bytes: int) -> None:
    """Too short, or long enough to hide pixels: frames that nobody counted, rows with padding."""
    assert refusal(instance(image(b"\x07" * size_bytes, 4, 4))) == "pixel_layout"


def test_zeros_after_the_frames_are_padding() -> None:
    """Some writers pad to a block; less than a frame of zeros hides nothing."""
    scanned = instance(image(b"\x07" * 16 + bytes(6), 4, 4))
    after = patched(scanned, mask(scanned, [Region(0, 0, 4, 4)]).edits)
    assert after.endswith(bytes(22))


def test_pixel_data_twice_is_refused() -> None:
    """Readers show one of them; the other would keep what was masked."""
    data = part10(image(bytes(4), 2, 2)) + element(0x7FE00010, "OW", bytes(4))
    assert refusal(scan(BytesSource(data))) == "pixel_description"


@pytest.mark.parametrize(
    "region", [Region(4, 0, 1, 1), Region(0, 4, 1, 1), Region(0, 0, 1, 1, (2, 2))]
)
def test_a_region_outside_the_image_is_refused(region: Region) -> None:
    """It masks nothing, so somebody is mistaken."""
    assert refusal(instance(image(bytes(16), 4, 4)), region) == "mask"


# -- size ----------------------------------------------------------------------------------


def test_two_gigabytes_are_never_whole_in_memory(tmp_path: Path) -> None:
    """A mask on all of 4,096 frames costs the pattern of one, and writing it a piece at a time."""
    path = tmp_path / "large"
    size = 4096 * 512 * 512 * 2
    elements = image(b"", 512, 512, 16, x00280008=("IS", b"4096"))
    head = part10(elements)[:-4] + size.to_bytes(4, "little")
    with path.open("wb") as file:
        file.write(head)
        file.truncate(len(head) + size)
    regions = [Region(0, 0, 512, 24), Region(10, 480, 200, 20)]
    with path.open("rb") as file:
        scanned = scan(FileSource(file.fileno()))
        tracemalloc.start()
        masked = mask(scanned, regions)
        ((_, painted),) = next(iter(masked.edits.values())).parts  # type: ignore[union-attr]
        assert isinstance(painted, PaintedRange)
        made = sum(map(segment_bytes, sink.parts(scanned.original, [painted])))
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert masked.frames == 4096
    assert len(painted.parts) == 21
    assert made == size
    assert peak_bytes < 4 << 20
