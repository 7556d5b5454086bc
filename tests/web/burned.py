"""Images with a patient's name burned in, as devices make them, for the browser tests.

Strategy: a name, a birth date and a measurement are drawn onto made-up anatomy; pydicom writes
the file, imagecodecs the JPEG.

Invariants: everything outside `TEXTS` and the anatomy is noise. To mask the texts takes less
than the two percent from which on somebody has to look, but for the cine's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import imagecodecs
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from pydicom.encaps import encapsulate
from pydicom.uid import UID, JPEGBaseline8Bit

from tests.web.instances import ULTRASOUND, patient, written

if TYPE_CHECKING:
    from numpy.typing import NDArray

CR = "1.2.840.10008.5.1.4.1.1.1"
ROWS, COLUMNS, FRAMES = 580, 1000, 2
NAME, BIRTH, DEPTH = ("YAMADA TAROU", 30, 16), ("1961-04-12", 300, 16), ("12.5 cm", 360, 250)
TEXTS = (NAME, BIRTH, DEPTH)
LETTERS_PX = 20
CINE_PX, ONLY = (100, 240), 4


def drawn(seed: int, texts: tuple[tuple[str, int, int], ...] = TEXTS) -> NDArray[np.uint8]:
    """A dark grey picture with a bright disk and the texts."""
    noise = np.random.default_rng(seed).normal(24, 3, (ROWS, COLUMNS)).clip(0, 255)
    down, across = np.mgrid[:ROWS, :COLUMNS]
    noise[(down - 160) ** 2 + (across - 200) ** 2 < 60**2] += 70
    image = Image.fromarray(noise.astype(np.uint8))
    font = ImageFont.load_default(LETTERS_PX)
    for text, x, y in texts:
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


def radiograph(number: int = 1, texts: tuple[tuple[str, int, int], ...] = TEXTS) -> bytes:
    """A CR of 16 bits, 12 of them stored, with the texts; number: its place in the series."""
    instance = patient(CR, "CR")
    instance.SOPInstanceUID = UID(f"1.2.3.4.5.{number}")
    instance.file_meta.MediaStorageSOPInstanceUID = instance.SOPInstanceUID
    instance.InstanceNumber = number
    _describe(instance, 16, 1)
    instance.BitsStored, instance.HighBit = 12, 11
    instance.SamplesPerPixel, instance.PhotometricInterpretation = 1, "MONOCHROME2"
    instance.PixelData = (drawn(number, texts).astype(np.uint16) * 16).tobytes()
    instance["PixelData"].VR = "OW"
    return written(instance)


def cine() -> bytes:
    """Nine small grey frames in a series of their own; only the fourth shows the name."""
    rows, columns = CINE_PX
    frames = [drawn(n, (NAME,) if n == ONLY else ())[:rows, :columns] for n in range(1, 10)]
    instance = patient(ULTRASOUND, "US")
    instance.SOPInstanceUID = UID("1.2.3.4.6.1")
    instance.file_meta.MediaStorageSOPInstanceUID = instance.SOPInstanceUID
    instance.SeriesInstanceUID = "1.2.3.4.6"
    _describe(instance, 8, len(frames))
    instance.Rows, instance.Columns = CINE_PX
    instance.SamplesPerPixel, instance.PhotometricInterpretation = 1, "MONOCHROME2"
    instance.PixelData = np.stack(frames).tobytes()
    instance["PixelData"].VR = "OB"
    return written(instance)


def _describe(instance: Any, bits: int, frames: int) -> None:  # noqa: ANN401 - a Dataset
    instance.Rows, instance.Columns, instance.NumberOfFrames = ROWS, COLUMNS, frames
    instance.BitsAllocated = instance.BitsStored = bits
    instance.HighBit, instance.PixelRepresentation = bits - 1, 0
