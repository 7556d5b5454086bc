"""Burned-in text, found and read with the real networks."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from itertools import chain, repeat
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from click.testing import CliRunner

from dicomanon.cli import cli
from dicomanon.dicom.scan import scan
from dicomanon.dicom.segment import to_bytes
from dicomanon.dicom.source import BytesSource
from dicomanon.dicom.transfer_syntax import EXPLICIT_LE
from dicomanon.engine import anonymize
from dicomanon.errors import PixelError, ProfileError
from dicomanon.pixels.detect import models
from dicomanon.pixels.detect.again import still_readable, undecided
from dicomanon.pixels.detect.canvas import BORDER_PX
from dicomanon.pixels.detect.find import find
from dicomanon.pixels.detect.native import StoppedError, drive
from dicomanon.pixels.detect.reason import Reason, known_values
from dicomanon.pixels.detect.search import Options, described, said, sampled, search
from dicomanon.pixels.region import Region
from dicomanon.pixels.render import views
from dicomanon.policy.key import Key
from dicomanon.policy.profile import profile
from tests import pydicom_files
from tests.builders import part10
from tests.pixels.written import NAME, SIZE_PX, file_of, instance_of, picture

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dicomanon.pixels.detect.find import Found, Inference, Steps, TextRegion

FAST = Options("fast")
UNREAD = Options("fast", read=False)
HERE = (NAME, 30, 20)
WHERE = Region(33, 25, 70, 5)
"""Inside the strokes of the name."""


def covering(regions: Sequence[TextRegion], where: Region = WHERE) -> list[TextRegion]:
    """The regions that cover a place, whatever their frames are."""
    return [
        found
        for found in regions
        if found.region.x_px <= where.x_px
        and found.region.y_px <= where.y_px
        and where.x_px + where.width_px <= found.region.x_px + found.region.width_px
        and where.y_px + where.height_px <= found.region.y_px + found.region.height_px
    ]


def test_a_name_is_found_and_explained() -> None:
    """Text is found, read, and equals the header's value; nothing else is found."""
    findings = drive(search(instance_of(picture(HERE)), FAST))
    (found,) = covering(findings.regions)
    assert found.reason == Reason("identifier", "PatientName")
    assert found.region.frames is None
    assert len(findings.regions) == 1
    assert findings.review == ()
    assert NAME not in repr(findings)


def test_no_text_is_nothing() -> None:
    """On an image without text nothing is found, and nobody has to look."""
    findings = drive(search(instance_of(picture()), Options("normal")))
    assert findings == ((1,), (), ())


def test_what_a_window_hides_is_found() -> None:
    """Text outside the file's window is on no display and in every pixel."""
    hidden = picture((NAME, 30, 20), ground=20, ink=200)
    instance = instance_of(
        hidden, more=[("WindowCenter", "DS", "100"), ("WindowWidth", "DS", "150")], bits=16
    )
    assert covering(drive(search(instance, FAST)).regions)


def test_text_on_an_overlay_is_found() -> None:
    """Overlay planes are looked at by themselves: white text on a white image."""
    drawn = picture(HERE, ground=0, ink=255) > 127
    plane = np.packbits(drawn.ravel(), bitorder="little").tobytes()
    overlay = [
        ("60000010", "US", SIZE_PX[0]),
        ("60000011", "US", SIZE_PX[1]),
        ("60000040", "CS", "G"),
        ("60000050", "SS", [1, 1]),
        ("60000100", "US", 1),
        ("60000102", "US", 0),
        ("60003000", "OW", plane),
    ]
    white = np.full(SIZE_PX, 255, np.uint8)
    overlaid = instance_of(white, more=overlay)
    assert covering(drive(search(overlaid, FAST)).regions)
    assert not drive(search(overlaid, replace(FAST, overlays_stay=False))).regions


def test_a_picture_full_of_marks_is_for_review() -> None:
    """More than two percent of a frame is masked only where a person says so."""
    lines = [("LONG LINE OF TEXT 0123456789", 10, 10 + 30 * n) for n in range(7)]
    findings = drive(search(instance_of(picture(*lines)), Options("fast", read=False)))
    assert findings.review == ((1, "share"),)


def test_text_that_may_stay_is_no_doubt() -> None:
    """Much text is for review only where it would be masked or could not be read."""
    lines = [(f"Dist {n}.25 cm", 10, 10 + 30 * n) for n in range(7)]
    read, unread = (
        drive(search(instance_of(picture(*lines)), Options("fast", read=reading)))
        for reading in (True, False)
    )
    assert read.review == ()
    assert unread.review == ((1, "share"),)


def test_windows_that_show_the_same_are_looked_at_once() -> None:
    """An image without a window has one view; a window that hides something adds another."""
    narrow = [("WindowCenter", "DS", "100"), ("WindowWidth", "DS", "50")]
    for more, levels, count in (([], 255, 1), ([], 40, 1), (narrow, 255, 2)):
        instance = instance_of(picture(HERE) // (255 // levels), more=more)
        assert len(views(instance, described(instance), 1)) == count


def test_a_network_that_sees_nothing_is_for_review() -> None:
    """Where the known text is not found, nothing else can be said to be absent."""
    steps = find([np.zeros((64, 64, 3), np.uint8)], "fast")
    wanted = next(steps)
    with pytest.raises(StopIteration) as end:
        steps.send(np.zeros((1, 1, *wanted.tensor.shape[2:]), np.float32))
    assert end.value.value == ((), "canary")


@pytest.mark.parametrize(("side_px", "larger"), [(64, 1), (800, 0)])
def test_small_letters_are_looked_for_in_time(side_px: int, larger: int) -> None:
    """A picture is shown enlarged too, unless it is large already."""
    asked, _ = answered(find([np.zeros((side_px, side_px, 3), np.uint8)]))
    plain, *more = (wanted.tensor.size for wanted in asked)
    assert [sum(size > plain for size in more), sum(size < plain for size in more)] == [larger, 1]


def answered(steps: Steps[Found], *marks: tuple[slice, slice]) -> tuple[list[Inference], Found]:
    """What networks are shown that mark these rows and columns, and nothing from then on."""
    asked = [next(steps)]
    for mark in chain(marks, repeat(None)):
        likely = np.zeros((1, 1, *asked[-1].tensor.shape[2:]), np.float32)
        if mark is not None:
            likely[..., *mark] = 1
        try:
            asked.append(steps.send(likely))
        except StopIteration as end:
            return asked, end.value
    raise AssertionError


SEEN = (slice(100 + BORDER_PX, 103 + BORDER_PX), slice(100 + BORDER_PX, 150 + BORDER_PX))
"""Columns 100 to 150 of a picture."""
LOOKS = 3


def test_a_line_is_looked_at_closer() -> None:
    """The end of a line that the whole picture hides is seen where little else is shown."""
    ground = np.random.default_rng(0).integers(0, 60, (200, 400, 3)).astype(np.uint8)
    asked, once = answered(find([ground]), SEEN)
    nothing = (slice(0), slice(0))
    at = BORDER_PX + 2 * (101 - 84)  # shown in twice its size, from row 84 on
    longer = (slice(at - 2, at + 4), slice(BORDER_PX, 200 + BORDER_PX))
    _, closer = answered(find([ground]), SEEN, nothing, nothing, longer)
    assert len(asked) == LOOKS + 1
    (short,), (whole,) = (found.regions for found in (once, closer))
    assert short.region.width_px + 20 < whole.region.width_px
    assert whole.region.height_px < 1.5 * short.region.height_px


@pytest.mark.parametrize("upright", [False, True])
def test_a_line_that_ends_is_not_looked_at_closer(upright: bool) -> None:  # noqa: FBT001 - a case
    """Where the ground before and behind a line is calm, it goes no further."""
    ground = np.zeros((400, 400, 3), np.uint8)
    ground[100:103, 100:150] = ground[::2, 230:] = 255
    seen = SEEN
    if upright:
        ground, seen = ground.swapaxes(0, 1).copy(), (SEEN[1], SEEN[0])
    asked, found = answered(find([ground]), seen)
    assert (len(asked), len(found.regions)) == (LOOKS, 1)


@pytest.mark.parametrize(
    ("letters", "where"),
    [
        (picture(HERE, height_px=16, ink=32), WHERE),
        (picture(("TARO", 40, 60), height_px=160), Region(70, 110, 330, 60)),
    ],
    ids=["faint", "large"],
)
def test_faint_and_large_letters_are_found(letters: NDArray[np.uint8], where: Region) -> None:
    """Letters of twelve levels, and such as fill half of the image, each as one region."""
    assert covering(drive(search(instance_of(letters), Options(read=False))).regions, where)


SHIPPED = {
    "examples_palette.dcm": [
        Region(96, 11, 22, 10),
        Region(96, 38, 166, 10),
        Region(328, 38, 180, 10),
        Region(670, 11, 102, 10),
        Region(670, 38, 110, 10),
    ],
    "examples_rgb_color.dcm": [Region(10, 13, 72, 6), Region(141, 21, 37, 5)],
    "examples_ybr_color.dcm": [Region(13, 4, 15, 6)],
}
"""Ultrasound images that pydicom ships: where a name, ID, institution, date or time stands."""


@pytest.mark.parametrize("name", SHIPPED)
def test_what_identifies_on_real_ultrasound_is_found(name: str) -> None:
    """Every string of a real image that may identify somebody is covered."""
    instance = scan(BytesSource(pydicom_files.image(name).read_bytes()))
    pictures = views(instance, described(instance), 1)
    regions = drive(find(pictures)).regions
    assert [where for where in SHIPPED[name] if not covering(regions, where)] == []


def test_the_licence_of_the_networks_is_with_them() -> None:
    """What takes the networks along, a wheel for example, takes their licence too."""
    words = models.FOLDER.joinpath("LICENSE.txt").read_text(encoding="utf-8")
    assert "PaddlePaddle" in words
    assert "Apache License" in words


def test_still_text_of_a_cine_is_on_every_frame() -> None:
    """Eight frames stand for all: text that stays is masked on each of them, once."""
    findings = drive(search(instance_of(*[picture(HERE)] * 12), FAST))
    assert findings.frames == sampled(12)
    (found,) = findings.regions
    assert found.region.frames is None


def test_text_on_one_sample_is_on_its_neighbourhood() -> None:
    """Text of one sample is masked up to the samples beside it, and a person has to look."""
    frames = [picture(HERE) if n == sampled(12)[3] - 1 else picture() for n in range(12)]
    findings = drive(search(instance_of(*frames), FAST))
    (found,) = findings.regions
    assert found.region.frames == (sampled(12)[2] + 1, sampled(12)[4] - 1)
    assert findings.review == ((sampled(12)[3], "moves"),)


def test_every_frame_on_request() -> None:
    """On request each frame is looked at, and text is masked where it is."""
    frames = [picture(HERE) if n == 8 else picture() for n in range(9)]
    findings = drive(search(instance_of(*frames), Options("fast", every_frame=True)))
    assert findings.frames == tuple(range(1, 10))
    (found,) = findings.regions
    assert found.region.frames == (9, 9)


def test_progress_and_stop() -> None:
    """Frames are counted as they are done, and a search can be stopped before any inference."""
    counted: list[tuple[int, int]] = []
    two = instance_of(picture(), picture())
    drive(search(two, FAST, progress=lambda done, total: counted.append((done, total))))
    assert counted == [(0, 2), (1, 2), (2, 2)]
    with pytest.raises(StoppedError):
        drive(search(two, FAST), stop=lambda: True)


def test_what_is_masked_is_no_longer_readable() -> None:
    """The masked output shows nothing of the source's values; unmasked it does."""
    source = BytesSource(file_of([picture(HERE)]))
    instance = scan(source)
    known = known_values(instance)
    regions = drive(search(instance, FAST)).to_mask("identifiers")
    outputs = []
    for masks in ((), regions):
        result = anonymize(source, profile("research"), Key(bytes(32)), masks)
        outputs.append(scan(BytesSource(to_bytes(source, result.segments))))
    shown, hidden = (drive(still_readable(output, known, FAST)) for output in outputs)
    assert [found.reason for found in shown] == [Reason("identifier", "PatientName")]
    assert hidden == ()


LINES = (HERE, ("PRESET ONE", 300, 250))
"""Two lines of text, far from each other."""


@pytest.mark.parametrize(
    ("masked", "left"),
    [((), 0), ((0,), 0), ((0, 1), 0), (("half",), 1)],
    ids=["declined", "one masked", "both masked", "half a line masked"],
)
def test_what_nobody_decided_on(masked: tuple[int | str, ...], left: int) -> None:
    """Of text that was shown, what is left alone may stay, and what is masked has to go whole."""
    source = BytesSource(file_of([picture(*LINES)]))
    shown = [found.region for found in drive(search(scan(source), UNREAD)).regions]
    name = min(shown, key=lambda region: region.y_px)
    half = replace(name, width_px=name.width_px // 2)
    masks = [half if of == "half" else shown[int(of)] for of in masked]
    result = anonymize(source, profile("research"), Key(bytes(32)), tuple(masks))
    output = scan(BytesSource(to_bytes(source, result.segments)))
    assert len(shown) == len(LINES)
    assert len(drive(undecided(output, masks, shown, UNREAD))) == left
    assert len(drive(undecided(output, masks, (), UNREAD))) == left + len(LINES) - len(masks)


def test_what_stands_in_a_region() -> None:
    """The text inside a region of all frames, "" where there is none."""
    instance = instance_of(picture(HERE), picture(HERE, ("1958-03-07", 30, 60)))
    assert drive(said(instance, Region(0, 0, 400, 100))) == f"{NAME} 1958-03-07"
    assert drive(said(instance, Region(0, 160, 400, 80))) == ""


def test_no_pixels() -> None:
    """What has no pixels cannot be looked at."""
    instance = scan(BytesSource(part10(EXPLICIT_LE, ("Modality", "CS", "SR"))))
    with pytest.raises(PixelError, match="no pixels"):
        drive(search(instance))


def test_networks_that_are_not_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing is fetched: a network that is not there is an error that says so."""
    monkeypatch.setattr(models, "FOLDER", tmp_path)
    with pytest.raises(ProfileError, match="networks that find text are missing"):
        models.model_file("det_small")


def test_the_command(tmp_path: Path) -> None:
    """`detect` prints regions as --mask takes them, and the text only on request."""
    file = tmp_path / "in.dcm"
    file.write_bytes(file_of([picture(HERE)]))
    command = (sys.executable, "-m", "dicomanon", "detect", str(file), "--effort", "fast", "--json")
    silent, told = (
        subprocess.run([*command, *more], capture_output=True, text=True, check=True).stdout
        for more in ((), ("--text",))
    )
    (row,) = json.loads(silent)["regions"]
    assert row["reason"] == "identifier PatientName"
    assert NAME not in silent
    assert json.loads(told)["regions"][0]["text"] == NAME


def test_the_command_tells_the_riskiest_first(tmp_path: Path) -> None:
    """Of a folder's images the one comes first whose header makes text likeliest."""
    (tmp_path / "a.dcm").write_bytes(pydicom_files.image("CT_small.dcm").read_bytes())
    (tmp_path / "b.dcm").write_bytes(file_of([picture(HERE)]))
    (tmp_path / "c.txt").write_text("no DICOM")
    for more in (["--risk"], ["--effort", "fast"]):
        found = CliRunner().invoke(cli, ["detect", str(tmp_path), "--json", *more])
        told = [json.loads(line) for line in found.stdout.splitlines()]
        assert [Path(image["image"]).name for image in told] == ["b.dcm", "a.dcm"]
        assert [len(image.get("regions", "")) for image in told] == [more != ["--risk"], 0]
