"""Masks from end to end: plan, mask, rewrite and leak check of one instance."""

from __future__ import annotations

import io
import json
import struct
from typing import TYPE_CHECKING

import pydicom
import pytest

from dicomanon.dicom.segment import to_bytes
from dicomanon.dicom.source import BytesSource
from dicomanon.engine import Result, anonymize
from dicomanon.errors import PixelError
from dicomanon.pixels.region import Region
from dicomanon.report import text
from tests.engine import KEY, choose
from tests.pixels.coded import CASES, Case, jpeg, jpeg2000, jpeg_rgb, rle
from tests.pixels.images import Attribute, element, sequence
from tests.pixels.test_compressed import REGION, frame, inner

if TYPE_CHECKING:
    from dicomanon.pixels.unmaskable import Unmaskable

CHOSEN = [
    next(c for c in CASES if c.uid == uid and c.photometric == photometric)
    for uid, photometric in (
        ("5", "MONOCHROME2"), ("8.1", "RGB"), ("4.50", "YBR_FULL_422"), ("4.51", "MONOCHROME2"),
        ("4.70", "MONOCHROME1"), ("4.80", "RGB"), ("4.90", "YBR_RCT"), ("4.91", "YBR_ICT"),
        ("4.202", "YBR_RCT"), ("4.110", "RGB"), ("4.111", "YBR_FULL_422"),
    )
]  # fmt: skip


def run(
    data: bytes,
    *regions: Region,
    settings: tuple[str, ...] = (),
    unmaskable: Unmaskable = "refuse",
) -> tuple[bytes, Result]:
    source = BytesSource(data)
    chosen = choose("research", *settings)
    result = anonymize(source, chosen, KEY, regions, unmaskable=unmaskable)
    return to_bytes(source, result.segments), result


@pytest.mark.parametrize("frames", [(2, 2), None], ids=["one", "all"])
@pytest.mark.parametrize("case", CHOSEN, ids=str)
def test_the_output_passes_the_leak_check(case: Case, frames: tuple[int, int] | None) -> None:
    """Of one frame and of all; the record says how much changed outside."""
    region = Region(REGION.x_px, REGION.y_px, REGION.width_px, REGION.height_px, frames)
    after, result = run(case.file(), region)
    assert result.masked_frames == (1 if frames else 3)
    assert result.findings is not None
    hole = frame(after, 2)[1][inner(region, 2)]
    assert abs(hole - hole[0, 0]).max() <= 4 * (not case.exact)
    assert f"outside the masks: {result.mask_change}\n" in text(result, KEY)
    assert (result.mask_change > 0) == (frames is not None and not case.exact)


def test_what_is_black_already_is_no_leak() -> None:
    """The same mask twice: the second changes nothing, and that is right."""
    case = next(c for c in CASES if c.uid == "4.50")
    once, _ = run(case.file(), REGION)
    _, second = run(once, REGION)
    assert second.masked_frames == 1


ICON: dict[int, Attribute] = {0x00280010: 1, 0x00280011: 1}


def nested() -> tuple[str, bytes]:
    """A Source Image Sequence whose item has a thumbnail."""
    raw = element(0x00880200, *sequence(ICON))
    inside = element(0x00081150, "UI", b"1.2.840.10008.5.1.4.1.1.7\0") + raw
    return "SQ", b"\xfe\xff\x00\xe0" + len(inside).to_bytes(4, "little") + inside


@pytest.mark.parametrize("more_settings", [(), ("00082112[0].00880200=keep",)])
def test_thumbnails_and_servers_go_with_a_mask(more_settings: tuple[str, ...]) -> None:
    """At every depth, whatever was chosen for them; without a mask they stay."""
    case = CASES[0]
    settings = ("00880200=keep", "00082112=keep", "00287FE0=keep", *more_settings)
    more: dict[str, Attribute] = {
        "x00880200": sequence(ICON), "x00082112": nested(), "x00287FE0": ("UR", b"http://127.0.0.1")
    }  # fmt: skip
    data = case.file(**more)
    before = json.dumps(pydicom.dcmread(io.BytesIO(run(data, settings=settings)[0])).to_json())
    after = json.dumps(
        pydicom.dcmread(io.BytesIO(run(data, REGION, settings=settings)[0])).to_json()
    )
    assert before.count("00880200") == 2
    assert "00880200" not in after
    assert "00287FE0" in before
    assert "00287FE0" not in after


def test_extended_offset_tables_stay_right() -> None:
    """Tables that the instance has are made anew; the total length, which nothing needs, goes."""
    case = next(c for c in CASES if c.uid == "5")
    spans = case.spans()
    more: dict[str, Attribute] = {
        "x7FE00001": ("OV", b"".join(n.to_bytes(8, "little") for n, _ in spans)),
        "x7FE00002": ("OV", b"".join(n.to_bytes(8, "little") for _, n in spans)),
        "x7FE00003": ("UV", (10**6).to_bytes(8, "little")),
    }
    read = pydicom.dcmread(io.BytesIO(run(case.file(**more), REGION)[0]))
    assert "EncapsulatedPixelDataValueTotalLength" not in read
    tables = (read.ExtendedOffsetTable, read.ExtendedOffsetTableLengths)
    for n in range(3):
        expected = pydicom.encaps.get_frame(read.PixelData, n, number_of_frames=3)
        found = pydicom.encaps.get_frame(read.PixelData, n, extended_offsets=tables)
        assert expected == found


# -- images of many instances, of many tiles, in colours of their own --------------------------

ICC = ("OB", bytes(36) + b"acsp" + bytes(88))
SEGMENTED: dict[str, Attribute] = {
    "x00280004": "PALETTE COLOR",
    **{f"x0028110{n}": (256, 0, 16) for n in (1, 2, 3)},
    # One discrete value, then a line of 255 down to black.
    **{f"x0028122{n}": ("OW", struct.pack("<6H", 0, 1, 65280, 1, 255, 0)) for n in (1, 2, 3)},
}
COLOURED: dict[str, tuple[Case, dict[str, Attribute], int]] = {
    "ICC": (Case("4.90", "RGB", 8, jpeg2000(mct=False)), {"x00282000": ICC}, 0),
    "ICC of JPEG": (Case("4.50", "RGB", 8, jpeg_rgb, dct=True), {"x00282000": ICC}, 0),
    "optical path": (
        Case("4.50", "YBR_FULL_422", 8, jpeg(quality=80, subsampling=1), dct=True),
        {"x00480105": sequence({0x00282000: ICC})},
        0,
    ),
    "segmented palette": (Case("5", "MONOCHROME2", 8, rle), SEGMENTED, 255),
}


@pytest.mark.parametrize("name", COLOURED)
def test_what_colours_mean_stays(name: str) -> None:
    """Profiles and palettes are those of the source, and what is black is black by them."""
    case, more, black = COLOURED[name]
    before = case.file(**more)
    after, result = run(before, REGION)
    old, new = (pydicom.dcmread(io.BytesIO(data)) for data in (before, after))
    for keyword in (
        "ICCProfile",
        "OpticalPathSequence",
        "PhotometricInterpretation",
        "RedPaletteColorLookupTableDescriptor",
        "SegmentedBluePaletteColorLookupTableData",
    ):
        assert old.get(keyword) == new.get(keyword)
    assert result.findings == ()
    assert (frame(after, 2)[1][inner(REGION, 2 * case.dct)] == black).all()


def piece(number: int, offset: int) -> bytes:
    """One of the instances that a multi-frame image was cut into."""
    case = next(c for c in CASES if c.uid == "5")
    return case.file(
        x00209161=("UI", b"1.2.826.5.5\0"),
        x00209162=number,
        x00209228=("UL", struct.pack("<L", offset)),
        x00080018=("UI", b"1.2.826.7.%d" % number + b"\0"),
    )


@pytest.mark.parametrize("frames", [(2, 2), None], ids=["one", "all"])
def test_frames_of_a_concatenation_are_counted_in_each_instance(
    frames: tuple[int, int] | None,
) -> None:
    """A mask knows the frames of the instance it is on, wherever they stand in the whole."""
    region = Region(19, 21, 30, 25, frames)
    pieces = [run(piece(number, offset), region)[0] for number, offset in ((1, 0), (2, 3))]
    read = [pydicom.dcmread(io.BytesIO(data)) for data in pieces]
    assert [each.ConcatenationFrameOffsetNumber for each in read] == [0, 3]
    assert read[0].ConcatenationUID == read[1].ConcatenationUID
    for data in pieces:
        black = [(frame(data, n)[1][inner(region, 0)] == 0).all() for n in (1, 2, 3)]
        assert black == ([False, True, False] if frames else [True] * 3)


def test_tiles_of_a_slide_are_frames() -> None:
    """A mask is on one tile; the others keep their bytes, the matrix its size."""
    case = Case("4.50", "YBR_FULL_422", 8, jpeg(quality=80, subsampling=1), dct=True)
    slide: dict[str, Attribute] = {
        "x00080016": ("UI", b"1.2.840.10008.5.1.4.1.1.77.1.6"),
        "x00209311": "TILED_FULL",
        "x00480006": ("UL", struct.pack("<L", 240)),
        "x00480007": ("UL", struct.pack("<L", 96)),
    }
    before = case.file(**slide, x00080008="DERIVED\\PRIMARY\\VOLUME\\NONE")
    after, result = run(before, REGION)
    assert (result.masked_frames, result.findings) == (1, ())
    assert [frame(before, n)[0] == frame(after, n)[0] for n in (1, 2, 3)] == [True, False, True]
    read = pydicom.dcmread(io.BytesIO(after))
    assert (read.TotalPixelMatrixColumns, read.TotalPixelMatrixRows) == (240, 96)
    label = case.file(**slide, x00080008="ORIGINAL\\PRIMARY\\LABEL\\NONE")
    with pytest.raises(PixelError) as caught:
        run(label)
    assert caught.value.code == "slide_label"
