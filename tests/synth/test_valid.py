"""What is made is valid: dicom3tools finds no error in any instance.

Strategy: dciodvfy of 2022 takes Deflated and HTJ2K for something else, so it is shown the
data set of such instances in another coding. It counts a 5C inside 本 as one more value,
so where there is ISO 2022 text, a wrong number of values is not believed.
"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pydicom
from pydicom.uid import ExplicitVRLittleEndian

from dicomanon.synth.sample import sample
from tests.synth import sets

if TYPE_CHECKING:
    from pathlib import Path

DEFLATED, HTJ2K, JPEG_2000 = (
    "1.2.840.10008.1.2.1.99",
    "1.2.840.10008.1.2.4.201",
    "1.2.840.10008.1.2.4.90",
)


def plainer(data: bytes) -> pydicom.Dataset:
    ds = sets.read(data)
    if ds.file_meta.TransferSyntaxUID == DEFLATED:
        ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    if ds.file_meta.TransferSyntaxUID == HTJ2K:
        ds.file_meta.TransferSyntaxUID = pydicom.uid.UID(JPEG_2000)
    return ds


def errors(path: Path, terms: str) -> list[str]:
    done = subprocess.run(["dciodvfy", path], capture_output=True, text=True, check=False)
    assert done.stderr, "dciodvfy says at least which IOD it is"
    found = [line for line in done.stderr.splitlines() if line.startswith("Error")]
    return [line for line in found if "2022" not in terms or "Value Multiplicity" not in line]


def test_valid(tmp_path: Path) -> None:
    """No instance of a set breaks its IOD."""
    path = tmp_path / "instance.dcm"
    for made in sets.made():
        ds = plainer(made.data)
        ds.save_as(path)
        assert errors(path, str(ds.get("SpecificCharacterSet"))) == [], made.answer.modality


def test_sample_is_valid(tmp_path: Path) -> None:
    """Nor does the sample file."""
    path = tmp_path / "sample.dcm"
    plainer(sample()).save_as(path)
    assert errors(path, "ISO 2022 IR 87") == []
