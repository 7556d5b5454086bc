"""The sample file: small, always the same, and with its patient in all places."""

from __future__ import annotations

from pathlib import Path

from dicomanon.synth.sample import sample
from tests.synth import sets

WEB = Path(__file__).resolve().parents[2] / "web"
MOST_BYTES = 200_000


def test_the_page_ships_it() -> None:
    """`web/runtime/sample.dcm` is these bytes: write them again when they change."""
    assert (WEB / "runtime" / "sample.dcm").read_bytes() == sample()


def test_sample() -> None:
    """It is below 200 kB, the same every time, shows a picture and names its patient."""
    data = sample()
    assert sample() == data
    assert len(data) < MOST_BYTES
    ds = sets.read(data)
    assert ds.PatientName.ideographic == "山田^花子"
    assert ds.PatientID in ds[0x0041, 0x1001].value
    assert ds.pixel_array.shape == (360, 480)
    assert (ds.pixel_array[:30, :180] == 255).sum() > 500  # its name, burned in
