"""Pixels that no mask can be burned into: refused, or what the person chose for them."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import imagecodecs
import numpy as np
import pydicom
import pytest
from click.testing import CliRunner

from dicomanon.api import anonymize_many
from dicomanon.batch.find import Find
from dicomanon.cli import cli
from dicomanon.cli.common import DONE, UNSAFE
from dicomanon.dicom.scan import scan
from dicomanon.dicom.source import BytesSource
from dicomanon.errors import PixelError
from dicomanon.pixels.region import Region
from dicomanon.report import text
from dicomanon.verify.leak import Expectation, find
from tests.engine import KEY
from tests.pixels.coded import CASES, PROGRESSIVE, VIDEO, Case
from tests.pixels.images import Attribute, sequence
from tests.pixels.test_compressed import REGION, inner
from tests.test_masks import ICON, run

if TYPE_CHECKING:
    from pathlib import Path

    from dicomanon.pixels.unmaskable import Instead, Unmaskable

NATIVE = "1.2.840.10008.1.2.1"


def test_video_is_refused() -> None:
    """Nothing is written, whatever else was chosen."""
    with pytest.raises(PixelError) as caught:
        run(VIDEO.file(), REGION)
    assert caught.value.code == "encapsulated_mask"


def test_pixels_are_removed() -> None:
    """They go with what tells of their bytes; what describes the image stays, and no code lies."""
    spans = VIDEO.spans()
    more: dict[str, Attribute] = {
        "x7FE00001": ("OV", b"".join(n.to_bytes(8, "little") for n, _ in spans)),
        "x7FE00002": ("OV", b"".join(n.to_bytes(8, "little") for _, n in spans)),
        "x7FE00003": ("UV", (10**6).to_bytes(8, "little")),
        "x00880200": sequence(ICON),
    }
    after, result = run(VIDEO.file(**more), REGION, unmaskable="remove")
    read = pydicom.dcmread(io.BytesIO(after))
    assert not [e.tag for e in read if e.tag.group == 0x7FE0 or e.keyword == "IconImageSequence"]
    assert (read.file_meta.TransferSyntaxUID, read.NumberOfFrames, read.Rows) == (NATIVE, 3, 96)
    assert (result.instead, result.masked_frames, result.findings) == ("remove", 0, ())
    assert result.plan.counts()["remove"] >= 5
    assert "could not be masked: removed\n" in text(result, KEY)


@pytest.mark.parametrize("case", PROGRESSIVE, ids=str)
def test_pixels_are_converted(case: Case) -> None:
    """Every frame as its decoder shows it, black in the mask; the attributes say what they are."""
    data = case.file()
    after, result = run(data, REGION, unmaskable="convert")
    read = pydicom.dcmread(io.BytesIO(after))
    colour = case.samples > 1
    assert read.file_meta.TransferSyntaxUID == NATIVE
    assert read.PhotometricInterpretation == ("RGB" if colour else case.photometric)
    assert read.get("PlanarConfiguration") == (0 if colour else None)
    assert (read.LossyImageCompression, read.LossyImageCompressionMethod) == ("01", "ISO_10918_1")
    assert float(read.LossyImageCompressionRatio) > 1
    assert read["PixelData"].VR == "OB"
    expected = [imagecodecs.jpeg8_decode(coded) for coded in case.frames()]
    expected[1][inner(REGION, 0)] = 0 if colour else 255
    assert np.array_equal(read.pixel_array, np.stack(expected))
    assert (result.instead, result.masked_frames, result.mask_change) == ("convert", 1, 0)
    assert result.findings == ()


def test_a_loss_that_is_told_is_told_once() -> None:
    """Decoding is no compression."""
    more: dict[str, Attribute] = {"x00282110": "01", "x00282112": ("DS", b"9.5 ")}
    after, _ = run(PROGRESSIVE[0].file(**more), REGION, unmaskable="convert")
    read = pydicom.dcmread(io.BytesIO(after))
    assert (read.LossyImageCompression, read.LossyImageCompressionRatio) == ("01", 9.5)


@pytest.mark.parametrize("unmaskable", ["remove", "convert"])
def test_what_can_be_masked_is_masked(unmaskable: Unmaskable) -> None:
    """The choice is about the others only."""
    case = next(c for c in CASES if c.uid == "4.50")
    expected, _ = run(case.file(), REGION)
    found, result = run(case.file(), REGION, unmaskable=unmaskable)
    assert (found, result.instead) == (expected, None)


@pytest.mark.parametrize(
    ("case", "code"),
    [
        (VIDEO, "encapsulated_mask"),
        (Case("4.90", "MONOCHROME2", 8, lambda _, __: b"no codestream"), "codec"),
    ],
    ids=["video", "broken"],
)
def test_what_is_not_decoded_is_not_converted(case: Case, code: str) -> None:
    """There is nothing to write."""
    with pytest.raises(PixelError) as caught:
        run(case.file(), REGION, unmaskable="convert")
    assert caught.value.code == code


def test_conversion_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """All frames are held at once."""
    monkeypatch.setattr("dicomanon.pixels.unmaskable.MAX_CONVERTED_BYTES", 3 * 96 * 80 - 1)
    with pytest.raises(PixelError) as caught:
        run(PROGRESSIVE[0].file(), REGION, unmaskable="convert")
    assert caught.value.code == "frame_size"


def strong(data: bytes, output: bytes, *masks: Region, instead: Instead | None) -> set[str]:
    """The problems that the check finds for sure."""
    wanted = Expectation(frozenset(), masks=masks, instead=instead)
    found = find(BytesSource(data), BytesSource(output), wanted)
    return {finding.kind for finding in found if finding.strength == "strong"}


def test_the_check_wants_what_was_chosen() -> None:
    """Pixels that go or become native unasked are findings, as are wrong ones among them."""
    case = PROGRESSIVE[1]
    data = case.file()
    gone, _ = run(data, REGION, unmaskable="remove")
    native, _ = run(data, REGION, unmaskable="convert")
    assert strong(data, gone, REGION, instead="remove") == set()
    assert strong(data, gone, REGION, instead="convert") == {"pixels", "transfer_syntax"}
    assert strong(data, gone, REGION, instead=None) == {"pixels", "transfer_syntax"}
    assert strong(data, native, REGION, instead="convert") == set()
    assert {"pixels", "transfer_syntax"} <= strong(data, native, REGION, instead=None)
    elsewhere = Region(0, 0, 8, 8)
    assert strong(data, native, elsewhere, instead="convert") == {"mask"}
    start = native.index(b"\xe0\x7f\x10\x00") + 12
    wrong = native[:start] + bytes((native[start] ^ 128,)) + native[start + 1 :]
    assert strong(data, wrong, REGION, instead="convert") == {"pixels"}


def test_a_run_takes_the_choice(tmp_path: Path) -> None:
    """On the command line and in the library; the report says what became of which."""
    (tmp_path / "a.dcm").write_bytes(VIDEO.file())
    (tmp_path / "b.dcm").write_bytes(PROGRESSIVE[0].file())
    (tmp_path / "c.dcm").write_bytes(CASES[0].file())
    report, out = tmp_path / "report", tmp_path / "out"
    sources = [tmp_path / name for name in ("a.dcm", "b.dcm", "c.dcm")]
    choice = ["--mask", "19,21,30,25", "--unmaskable", "convert", "--report", report]
    CliRunner().invoke(cli, ["anonymize", *map(str, [*sources, "-o", out, *choice])])
    entries = json.loads((report / "report.json").read_text("utf-8"))["inputs"]
    assert [(e["state"], e.get("unmaskable")) for e in entries] == [
        ("refused", None), ("written", "convert"), ("written", None),
    ]  # fmt: skip
    pair = ["verify", str(sources[1]), str(out / entries[1]["output"]), "--mask", "19,21,30,25"]
    assert CliRunner().invoke(cli, pair, standalone_mode=False).return_value == UNSAFE
    pair += ["--unmaskable", "convert"]
    assert CliRunner().invoke(cli, pair, standalone_mode=False).return_value == DONE
    many = anonymize_many(sources, output=tmp_path / "more", regions=[REGION], unmaskable="remove")
    assert [done.error for done in many] == [None] * 3
    left = [pydicom.dcmread(path) for path in (tmp_path / "more").iterdir()]
    assert ["PixelData" in each for each in left].count(True) == 1


def test_what_cannot_be_searched_goes_where_pixels_go() -> None:
    """A search for text that no decoder serves is one mask on everything, or a refusal."""
    video = scan(BytesSource(VIDEO.file()))
    with pytest.raises(PixelError):
        Find(text="all")(video)
    assert Find(text="all", removes=True)(video) == (Region(0, 0, 80, 96),)
