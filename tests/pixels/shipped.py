"""The images that pydicom ships, native and compressed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomanon.dicom.scan import scan
from dicomanon.dicom.source import BytesSource
from dicomanon.errors import PixelError
from dicomanon.pixels.codec import CODECS
from dicomanon.pixels.frame import describe
from tests import pydicom_files

if TYPE_CHECKING:
    from pathlib import Path

BROKEN = {"JPEG2000-embedded-sequence-delimiter.dcm"}
"""Its size header says 3,722,445,056 columns."""


def shipped(*, compressed: bool) -> list[Path]:
    """Whole files with pixels that can be masked."""
    found = []
    for path in pydicom_files.whole_files():
        try:
            d = describe(scan(BytesSource(path.read_bytes())))
        except PixelError:
            continue
        if d is not None and (d.codec in CODECS if compressed else d.codec is None):
            found.append(path)
    return found
