"""Images with a patient's name burned in, as devices make them, for the browser tests.

Strategy: a name, a birth date and a measurement are drawn onto made-up anatomy; pydicom writes
the file, imagecodecs the JPEG.

Invariants: everything outside `TEXTS` and the anatomy is noise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import imagecodecs
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from pydicom.encaps import encapsulate
from pydicom.uid import JPEGBaseline8Bit

from tests.web.instances import ULTRASOUND, patient, written

if TYPE_CHECKING:
    from numpy.typing import NDArray

CR = "1.2.840.10008.5.1.4.1.1.1"
ROWS, COLUMNS, FRAMES = 300, 480, 2
NAME, BIRTH, DEPTH = ("YAMADA TAROU", 30, 16), ("1961-04-12", 300, 16), ("12.5 cm", 360, 250)
TEXTS = (NAME, BIRTH, DEPTH)
LETTERS_PX = 14


def drawn(seed: int) -> NDArray[np.uint8]:
    """A dark grey picture with a bright disk and the texts."""
    noise = np.random.default_rng(seed).normal(24, 3, (ROWS, COLUMNS)).clip(0, 255)
    down, across = np.mgrid[:ROWS, :COLUMNS]
    noise[(down - 160) ** 2 + (across - 200) ** 2 < 60**2] += 70
    image = Image.fromarray(noise.astype(np.uint8))
    font = ImageFont.load_default(LETTERS_PX)
    for text, x, y in TEXTS:
        ImageDraw.Draw(image).text((x, y), text, fill=235, font=font)
    return np.asarray(image)


def ultrasound_jpeg() -> bytes:
    """A colour cine in JPEG Baseline, every frame with the texts at the same place."""
    frames = [np.repeat(drawn(n)[..., None], 3, axis=2) for n in range(FRAMES)]
    instance = patient(ULTRASOUND, "US")
    instance.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    instance.Manufacturer, instance.ManufacturerModelName = "ACME", "Sono 1"
    _describe(instance, 8, FRAMES)
    instance.SamplesPerPixel, instance.PlanarConfiguration = 3, 0
    instance.PhotometricInterpretation = "YBR_FULL_422"
    instance.PixelData = encapsulate(
        [bytes(imagecodecs.jpeg8_encode(f, level=90, subsampling="422")) for f in frames]
    )
    instance["PixelData"].VR = "OB"
    return written(instance)


def radiograph() -> bytes:
    """A CR of 16 bits, 12 of them stored, with the texts."""
    instance = patient(CR, "CR")
    _describe(instance, 16, 1)
    instance.BitsStored, instance.HighBit = 12, 11
    instance.SamplesPerPixel, instance.PhotometricInterpretation = 1, "MONOCHROME2"
    instance.PixelData = (drawn(9).astype(np.uint16) * 16).tobytes()
    instance["PixelData"].VR = "OW"
    return written(instance)


def _describe(instance: Any, bits: int, frames: int) -> None:  # noqa: ANN401 - a Dataset
    instance.Rows, instance.Columns, instance.NumberOfFrames = ROWS, COLUMNS, frames
    instance.BitsAllocated = instance.BitsStored = bits
    instance.HighBit, instance.PixelRepresentation = bits - 1, 0
