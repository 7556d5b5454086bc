"""Masks on compressed pixels: black inside, the same outside, other frames untouched."""

from __future__ import annotations

import io
import subprocess
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
import pytest
from pydicom.pixels.utils import pixel_array

from dicomanon.dicom.scan import scan
from dicomanon.dicom.source import BytesSource
from dicomanon.errors import PixelError
from dicomanon.pixels.codec import CODECS, decode
from dicomanon.pixels.encoder import ENCODERS
from dicomanon.pixels.fragment import encapsulated_frame
from dicomanon.pixels.frame import MASKABLE, describe
from dicomanon.pixels.mask import Masked, Region, mask
from tests import pydicom_files
from tests.pixels.coded import BASE, CASES, COLUMNS, FRAMES, ROWS, Case
from tests.pixels.images import Attribute, patched
from tests.pixels.shipped import BROKEN, shipped

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

REGION = Region(19, 21, 30, 25, (2, 2))


def masked(data: bytes, *regions: Region) -> tuple[bytes, Masked]:
    scanned = scan(BytesSource(data))
    found = mask(scanned, regions)
    return patched(scanned, found.edits, found.insertions), found


def frame(data: bytes, n: int) -> tuple[bytes, NDArray[Any]]:
    """The codestream of a frame, and its values: (rows, columns, samples)."""
    scanned = scan(BytesSource(data))
    d = describe(scanned)
    assert d is not None
    coded = encapsulated_frame(scanned, d, n)
    values = decode(coded, d).reshape(ROWS, COLUMNS, -1)
    return coded, values.astype(np.int64)


def around(region: Region, grid: int, by: int) -> tuple[slice, slice]:
    """The region's rows and columns, out to a grid and some pixels."""
    top, left = region.y_px // grid * grid, region.x_px // grid * grid
    bottom = -(-(region.y_px + region.height_px) // grid) * grid
    right = -(-(region.x_px + region.width_px) // grid) * grid
    return (
        slice(max(top - by, 0), min(bottom + by, ROWS)),
        slice(max(left - by, 0), min(right + by, COLUMNS)),
    )


def inner(region: Region, by: int) -> tuple[slice, slice]:
    return (
        slice(region.y_px + by, region.y_px + region.height_px - by),
        slice(region.x_px + by, region.x_px + region.width_px - by),
    )


def check_frame(
    case: Case, before: NDArray[Any], after: NDArray[Any], black: NDArray[Any], change: int = 0
) -> None:
    """Black in the region, nothing else changed; blocks and smoothed chroma are as they are."""
    grown = around(REGION, 16, 2) if case.dct else around(REGION, 1, 0)
    assert np.abs(after[inner(REGION, 2 if case.dct else 0)] - black).max() <= (
        0 if case.exact else 4
    )
    outside = np.ones((ROWS, COLUMNS), bool)
    outside[grown] = False
    assert np.abs(after - before)[outside].max() <= change


@pytest.mark.parametrize("case", CASES, ids=str)
def test_one_frame_is_masked(case: Case) -> None:
    """Every transfer syntax, photometric and number of bits; the others keep their bytes."""
    data = case.file()
    after, found = masked(data, REGION)
    assert found.frames == 1
    assert (found.change == 0) == case.exact
    for n in (1, 3):
        assert frame(data, n)[0] == frame(after, n)[0]
    check_frame(case, frame(data, 2)[1], frame(after, 2)[1], np.array(case.black), found.change)
    read = pydicom.dcmread(io.BytesIO(after))
    assert read.file_meta.TransferSyntaxUID == BASE + case.uid
    assert read.PhotometricInterpretation == case.photometric
    assert ("LossyImageCompressionMethod" in read) == (found.change > 0)


PYDICOM = ("5", "4.5", "4.7", "4.8", "4.9", "4.20")


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("case", [c for c in CASES if c.uid.startswith(PYDICOM)], ids=str)
def test_pydicom_reads_it(case: Case) -> None:
    """With pylibjpeg and pyjpegls, which are other codecs than ours as far as there are any."""
    before, after = case.file(), masked(case.file(), REGION)[0]
    arrays = []
    for data in (before, after):
        values = pixel_array(pydicom.dcmread(io.BytesIO(data)), raw=True, index=1)
        arrays.append(values.reshape(ROWS, COLUMNS, -1).astype(np.int64))
    hole = arrays[1][inner(REGION, 2)]
    check_frame(case, arrays[0], arrays[1], hole[0, 0], 0 if case.exact else 4)


DCMTK = {
    "4.50": ("dcmdjpeg", "+cn"), "4.51": ("dcmdjpeg", "+cn"), "4.57": ("dcmdjpeg", "+cn"),
    "4.70": ("dcmdjpeg", "+cn"), "4.80": ("dcmdjpls",), "4.81": ("dcmdjpls",), "5": ("dcmdrle",),
}  # fmt: skip
GDCM = (*DCMTK, "4.90", "4.91")


def by_tool(command: list[str], data: bytes, tmp_path: Path) -> NDArray[Any]:
    """The second frame as a tool decodes it."""
    source, target = tmp_path / "in.dcm", tmp_path / "out.dcm"
    source.write_bytes(data)
    target.unlink(missing_ok=True)
    done = subprocess.run(
        [*command, str(source), str(target)], capture_output=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr.decode()
    values = pixel_array(pydicom.dcmread(target), raw=True, index=1)
    return values.reshape(ROWS, COLUMNS, -1).astype(np.int64)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("case", [c for c in CASES if c.uid in GDCM], ids=str)
def test_dcmtk_and_gdcm_read_it(case: Case, tmp_path: Path) -> None:
    """The codecs of both toolkits find the same pixels before and after, black apart."""
    before, after = case.file(), masked(case.file(), REGION)[0]
    commands = [["gdcmconv", "--raw"]]
    if case.uid in DCMTK:
        commands.append([*DCMTK[case.uid]])
    for command in commands:
        arrays = [by_tool(command, data, tmp_path) for data in (before, after)]
        hole = arrays[1][inner(REGION, 2)]
        check_frame(case, arrays[0], arrays[1], hole[0, 0], 0 if case.exact else 4)


def test_every_scheme_that_decodes_is_masked() -> None:
    """The tables agree; what they name is in the cases."""
    assert CODECS.keys() == ENCODERS.keys() == MASKABLE - {None}


IRREVERSIBLE = [case for case in CASES if case.photometric in ("YBR_ICT", "XYB")]


@pytest.mark.parametrize("case", IRREVERSIBLE, ids=str)
def test_what_must_stay_irreversible_changes_no_more_than_by_one_encoding(case: Case) -> None:
    """Decoding and encoding as the source was encoded errs at least as much outside the mask."""
    data = case.file()
    _, found = masked(data, REGION)
    values = frame(data, 2)[1]
    d = describe(scan(BytesSource(data)))
    assert d is not None
    cells = values.astype(np.uint8 if case.stored == 8 else np.uint16)
    again = decode(case.encode(cells, case.stored), d).astype(np.int64)
    assert found.change <= np.abs(again - values).max()


def test_all_frames_of_an_irreversible_image_become_reversible() -> None:
    """Then nothing outside the masks changes, and the Photometric Interpretation says so."""
    for case in (c for c in CASES if c.photometric == "YBR_ICT"):
        data = case.file()
        region = Region(REGION.x_px, REGION.y_px, REGION.width_px, REGION.height_px)
        after, found = masked(data, region)
        assert found.change == 0
        assert pydicom.dcmread(io.BytesIO(after)).PhotometricInterpretation == "YBR_RCT"
        for n in range(1, FRAMES + 1):
            pixels = frame(data, n)[1], frame(after, n)[1]
            hole = inner(region, 0)
            assert not pixels[1][hole].any()
            pixels[0][hole] = 0
            assert np.array_equal(*pixels)


def test_lossy_attributes_tell_of_another_compression() -> None:
    """What they told before stays before it."""
    case = next(c for c in CASES if c.photometric == "YBR_ICT")
    before: dict[str, Attribute] = {
        "x00282110": "01",
        "x00282112": ("DS", b"12.5"),
        "x00282114": "ISO_15444_1",
    }
    read = pydicom.dcmread(io.BytesIO(masked(case.file(**before), REGION)[0]))
    assert read.LossyImageCompression == "01"
    assert read.LossyImageCompressionMethod == ["ISO_15444_1", "ISO_15444_1"]
    assert read.LossyImageCompressionRatio[0] == 12.5
    assert 1 < read.LossyImageCompressionRatio[1] < 12.5


def test_a_frame_that_is_black_already_keeps_its_bytes() -> None:
    """A second mask of the same region changes nothing, and says so."""
    case = next(c for c in CASES if c.uid == "4.50")
    once, first = masked(case.file(), REGION)
    twice, second = masked(once, REGION)
    assert once == twice
    assert (first.regions, second.regions) == ((REGION,), ())


def test_overlay_bits_in_cells_go_under_the_mask() -> None:
    """RLE keeps the unused bits of cells, where overlays may live; black sets none of them."""
    case = Case("5", "MONOCHROME2", 12, CASES[0].encode, signed=True)
    with_overlay = Case(
        "5", "MONOCHROME2", 12, lambda v, b: CASES[0].encode(v | np.uint16(0x8000), b), signed=True
    )
    more: dict[str, Attribute] = {
        "x60000010": ROWS,
        "x60000011": COLUMNS,
        "x60000100": 16,
        "x60000102": 15,
    }
    after = masked(with_overlay.file(**more), REGION)[0]
    scanned = scan(BytesSource(after))
    d = describe(scanned)
    assert d is not None
    cells = CODECS["rle"].coded[0](encapsulated_frame(scanned, d, 2), d)
    hole = inner(REGION, 0)
    assert (cells[hole] == 0x7800).all()
    cells[hole] = 0x8000
    assert (cells & 0x8000).all()
    check_frame(case, frame(case.file(), 2)[1], frame(after, 2)[1], np.array(case.black))


@pytest.mark.parametrize("uid", ["4.100", "4.102", "4.107", "4.999"])
def test_video_is_refused(uid: str) -> None:
    """No decoder, no mask; unknown schemes too."""
    with pytest.raises(PixelError) as caught:
        masked(Case(uid, "MONOCHROME2", 8, CASES[0].encode).file(), REGION)
    assert caught.value.code == "encapsulated_mask"


@pytest.mark.parametrize("path", shipped(compressed=True), ids=pydicom_files.name)
def test_real_files(path: Path) -> None:
    """Every compressed file that pydicom ships: masked on all frames, outside as before."""
    data = path.read_bytes()
    scanned = scan(BytesSource(data))
    d = describe(scanned)
    assert d is not None
    region = Region(d.columns_px // 3, d.rows_px // 3, max(d.columns_px // 9, 1), 1)
    if path.name in BROKEN:
        with pytest.raises(PixelError):
            mask(scanned, [region])
        return
    after, found = masked(data, region)
    assert found.change == 0
    again = scan(BytesSource(after))
    new = describe(again)
    assert new is not None
    grid = 34 if d.codec == "jpeg" else 0  # an MCU, and where chroma is smoothed
    for n in (1, d.frames):
        pixels = decode(encapsulated_frame(again, new, n), new).astype(np.int64)
        before = decode(encapsulated_frame(scanned, d, n), d).astype(np.int64)
        y, x = region.y_px, region.x_px
        away = np.ones(pixels.shape[:2], bool)
        away[max(y - grid, 0) : y + 1 + grid, max(x - grid, 0) : x + region.width_px + grid] = False
        assert np.array_equal(before[away], pixels[away])
