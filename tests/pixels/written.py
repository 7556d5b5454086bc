"""Images with text on them, for the tests of detection."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from dicomanon.dicom.scan import scan
from dicomanon.dicom.source import BytesSource
from dicomanon.dicom.transfer_syntax import EXPLICIT_LE
from tests.builders import part10

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dicomanon.dicom.instance import Instance

NAME = "YAMADA TARO"
SIZE_PX = (300, 480)


def picture(
    *lines: tuple[str, int, int], height_px: int = 12, ground: int = 20, ink: int = 230
) -> NDArray[np.uint8]:
    """A grey picture with (text, x, y) on it."""
    rows, columns = SIZE_PX
    shade = np.random.default_rng(1).normal(ground, 3, SIZE_PX).clip(0, 255).astype(np.uint8)
    down, across = np.mgrid[:rows, :columns]
    shade[(down - 150) ** 2 + (across - 200) ** 2 < 60**2] += 70
    image = Image.fromarray(shade)
    font = ImageFont.load_default(height_px)
    for text, x, y in lines:
        ImageDraw.Draw(image).text((x, y), text, fill=ink, font=font)
    return np.asarray(image)


def file_of(
    frames: Sequence[NDArray[np.uint8]], *more: tuple[str, str, object], bits: int = 8
) -> bytes:
    """A DICOM file of grey frames."""
    wide = np.stack(frames).astype(np.uint8 if bits == 8 else np.uint16)
    values = wide * ((1 << bits) // 256)
    rows, columns = SIZE_PX
    return part10(
        EXPLICIT_LE,
        ("SOPClassUID", "UI", "1.2.840.10008.5.1.4.1.1.7"),
        ("Modality", "CS", "US"),
        ("PatientName", "PN", "YAMADA^TARO"),
        ("PatientID", "LO", "4711-0815"),
        ("PatientBirthDate", "DA", "19580307"),
        ("SamplesPerPixel", "US", 1),
        ("PhotometricInterpretation", "CS", "MONOCHROME2"),
        ("NumberOfFrames", "IS", str(len(frames))),
        ("Rows", "US", rows),
        ("Columns", "US", columns),
        ("BitsAllocated", "US", 8 if bits == 8 else 16),
        ("BitsStored", "US", bits),
        ("HighBit", "US", bits - 1),
        ("PixelRepresentation", "US", 0),
        *more,
        ("PixelData", "OW", values.tobytes()),
    )


def instance_of(
    *frames: NDArray[np.uint8], more: Sequence[tuple[str, str, object]] = (), bits: int = 8
) -> Instance:
    """The same, scanned."""
    return scan(BytesSource(file_of(frames, *more, bits=bits)))
