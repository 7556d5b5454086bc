"""Masks that an instance asks for by itself: devices, burned-in text, and what is left of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pydicom
import pytest
from click.testing import CliRunner

from dicomanon import cli
from dicomanon.batch.find import Find, left_in
from dicomanon.batch.task import FLAT
from dicomanon.cli.choices import Choices, job_of
from dicomanon.dicom.segment import to_bytes
from dicomanon.dicom.source import BytesSource
from dicomanon.dicom.transfer_syntax import EXPLICIT_LE
from dicomanon.engine import anonymize
from dicomanon.errors import LeakError, PixelError
from dicomanon.pixels.region import Region
from dicomanon.pixels.template import Template
from dicomanon.policy.profile import profile
from dicomanon.verify.finding import BURNED_IN
from tests import builders, engine
from tests.pixels.written import NAME, file_of, picture

if TYPE_CHECKING:
    from pathlib import Path

AT = (40, 30)
HARMLESS = "PRESET ONE"


@pytest.fixture(scope="module")
def ultrasound() -> bytes:
    """One frame with the patient's name burned in, and a harmless line."""
    return file_of([picture((NAME, *AT), (HARMLESS, 300, 250))])


def output_of(folder: Path) -> pydicom.Dataset:
    (path,) = folder.rglob("*.dcm")
    return pydicom.dcmread(path)


def anonymized(tmp_path: Path, source: bytes, *options: str) -> tuple[int, str]:
    path = tmp_path / "in.dcm"
    path.write_bytes(source)
    words = ["anonymize", str(path), "-o", str(tmp_path / "out"), "--workers", "1", *options]
    found = CliRunner().invoke(cli.cli, words, standalone_mode=False)
    return found.return_value, found.output


def is_black(data_set: pydicom.Dataset, x: int, y: int) -> bool:
    """Whether the text that began there is gone: its brightest pixel is black."""
    return not np.any(data_set.pixel_array[y : y + 14, x : x + 60] > 0)


@pytest.mark.parametrize(
    ("which", "harmless_goes"), [("all", True), ("identifiers", False)], ids=str
)
def test_found_text_is_masked(
    tmp_path: Path,
    ultrasound: bytes,
    which: str,
    harmless_goes: bool,  # noqa: FBT001 - a case
) -> None:
    """All text, or only what looks like an identifier; the output passes the second search."""
    code, told = anonymized(
        tmp_path, ultrasound, "--mask-text", which, "--effort", "fast", "--looked-at"
    )
    assert (code, NAME in told) == (0, False)
    output = output_of(tmp_path / "out")
    assert is_black(output, *AT)
    assert is_black(output, 300, 250) is harmless_goes


@pytest.mark.parametrize(("preset", "stay"), [("research", False), ("in-hospital", True)])
def test_text_on_an_overlay_that_goes_needs_no_mask(preset: str, *, stay: bool) -> None:
    """Overlays are searched for text only where the profile may leave them."""
    chosen = Choices(preset=preset, mask_text="all")
    found = job_of(chosen, FLAT).find
    assert isinstance(found, Find)
    assert found.overlays_stay is stay


def test_what_is_still_readable_blocks(ultrasound: bytes) -> None:
    """A mask that leaves the name readable is a leak, told by place and kind."""
    source = BytesSource(ultrasound)
    chosen = profile("research")
    with pytest.raises(LeakError) as caught:
        anonymize(source, chosen, engine.KEY, (Region(0, 200, 10, 10),), left=left_in)
    kinds = [finding.kind for finding in caught.value.findings]
    assert kinds == [BURNED_IN]
    whole = anonymize(source, chosen, engine.KEY, (Region(0, 0, 480, 300),), left=left_in)
    assert not engine.read(to_bytes(source, whole.segments)).pixel_array.any()


def test_what_the_search_is_not_sure_of_is_refused() -> None:
    """A frame full of text is a person's to look at, and passes once one does."""
    lines = [(f"{NAME} {n}", 5, 12 * n) for n in range(24)]
    instance = engine.scanned(file_of([picture(*lines)]))
    with pytest.raises(PixelError) as caught:
        Find(text="all", effort="fast")(instance)
    assert caught.value.code == "text_review"
    assert Find(text="all", effort="fast", looked_at=True)(instance)


def test_a_persons_template(tmp_path: Path, ultrasound: bytes) -> None:
    """A template file masks the images of its device."""
    templates = tmp_path / "own.json"
    templates.write_text(
        '{"form": "dicomanon-templates-1", "templates": [{"name": "ward",'
        ' "match": {"Modality": "US", "Rows": 300}, "regions": ["0,20,300,40"]}]}'
    )
    code, _ = anonymized(tmp_path, ultrasound, "--mask-templates", str(templates))
    assert code == 0
    assert is_black(output_of(tmp_path / "out"), *AT)


def test_instances_without_pixels_are_not_searched() -> None:
    """A report has no regions."""
    report = engine.scanned(builders.part10(EXPLICIT_LE, *builders.IDENTITY))
    template = Template("any", {"Modality": ("",)}, (Region(0, 0, 1, 1),))
    assert Find((template,), "all")(report) == ()


@pytest.mark.parametrize("command", ["anonymize", "watch"])
@pytest.mark.parametrize("options", [["--effort", "fast"], ["--every-frame"]], ids=str)
def test_how_to_look_goes_with_looking(tmp_path: Path, command: str, options: list[str]) -> None:
    """Options that would silently do nothing are an error, whatever their value."""
    words = [command, str(tmp_path), "-o", str(tmp_path / "out"), *options]
    found = CliRunner().invoke(cli.cli, words)
    assert found.exit_code != 0
    assert "go with --mask-text" in found.output
