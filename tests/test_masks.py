"""Masks from end to end: plan, mask, rewrite and leak check of one instance."""

from __future__ import annotations

import io
import json

import pydicom
import pytest

from dicomanon.dicom.segment import to_bytes
from dicomanon.dicom.source import BytesSource
from dicomanon.engine import Result, anonymize
from dicomanon.errors import PixelError
from dicomanon.pixels.region import Region
from dicomanon.report import text
from tests.engine import KEY, choose
from tests.pixels.coded import CASES, Case
from tests.pixels.images import Attribute, element, sequence
from tests.pixels.test_compressed import REGION, frame, inner

CHOSEN = [
    next(c for c in CASES if c.uid == uid and c.photometric == photometric)
    for uid, photometric in (
        ("5", "MONOCHROME2"), ("8.1", "RGB"), ("4.50", "YBR_FULL_422"), ("4.51", "MONOCHROME2"),
        ("4.70", "MONOCHROME1"), ("4.80", "RGB"), ("4.90", "YBR_RCT"), ("4.91", "YBR_ICT"),
        ("4.202", "YBR_RCT"), ("4.110", "RGB"), ("4.111", "YBR_FULL_422"),
    )
]  # fmt: skip


def run(data: bytes, *regions: Region, settings: tuple[str, ...] = ()) -> tuple[bytes, Result]:
    source = BytesSource(data)
    result = anonymize(source, choose("research", *settings), KEY, regions)
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


def test_video_is_refused() -> None:
    """Nothing is written, whatever else was chosen."""
    video = Case("4.102", "YBR_PARTIAL_420", 8, CASES[0].encode).file()
    with pytest.raises(PixelError) as caught:
        run(video, REGION)
    assert caught.value.code == "encapsulated_mask"
