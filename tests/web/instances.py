"""DICOM files for the browser tests: small, with planted identifiers in every corner.

Strategy: pydicom writes them, so the page is tested on bytes that another project made.

Invariants: every value in `PLANTED` identifies and stands in each file that `patient` makes.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

PLANTED = ("Yamada", "0012345678", "03-1234-5678", "OTHER-1", "ACME-SECRET")
HOSTILE = "<img src=x onerror=\"document.title='hit'\">"
ULTRASOUND = "1.2.840.10008.5.1.4.1.1.3.1"
CT = "1.2.840.10008.5.1.4.1.1.2"
US_ROWS, US_COLUMNS, US_FRAMES = 48, 64, 3
"""Size of `ultrasound`: three colour frames, white all over."""
AREA = (8, 6, 55, 41)
"""Its image area: left, top, right, bottom, all inside."""


def patient(sop_class: str, modality: str) -> Dataset:
    """A data set that names a patient at the top level, in a sequence and privately."""
    instance = Dataset()
    instance.file_meta = FileMetaDataset()
    instance.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    instance.SpecificCharacterSet = ["", "ISO 2022 IR 87"]
    instance.SOPClassUID = instance.file_meta.MediaStorageSOPClassUID = UID(sop_class)
    instance.SOPInstanceUID = instance.file_meta.MediaStorageSOPInstanceUID = UID("1.2.3.4.5")
    instance.StudyInstanceUID, instance.SeriesInstanceUID = "1.2.3.4", "1.2.3.4.1"
    instance.Modality = modality
    instance.StudyDate, instance.AccessionNumber = "20260114", "A000123"
    instance.PatientName = "Yamada^Tarou=山田^太郎=やまだ^たろう"
    instance.PatientID, instance.PatientBirthDate = "0012345678", "19610412"
    instance.PatientSex, instance.PatientAge = "M", "065Y"
    instance.PatientTelephoneNumbers = "03-1234-5678"
    instance.ReferringPhysicianName = "Suzuki^Hanako"
    instance.ImageComments = HOSTILE
    other = Dataset()
    other.PatientID = "OTHER-1"
    instance.OtherPatientIDsSequence = [other]
    private = instance.private_block(0x0009, "ACME", create=True)
    private.add_new(1, "LO", "ACME-SECRET")
    return instance


def written(instance: Dataset) -> bytes:
    """The data set as a file."""
    buffer = BytesIO()
    instance.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def ultrasound() -> bytes:
    """A white colour multi-frame that says it has burned-in text, with one image area."""
    instance = patient(ULTRASOUND, "US")
    instance.BurnedInAnnotation = "YES"
    area = Dataset()
    area.RegionLocationMinX0, area.RegionLocationMinY0 = AREA[:2]
    area.RegionLocationMaxX1, area.RegionLocationMaxY1 = AREA[2:]
    area.RegionSpatialFormat = area.RegionDataType = 1
    area.RegionFlags = 0
    area.PhysicalUnitsXDirection = area.PhysicalUnitsYDirection = 3
    area.PhysicalDeltaX = area.PhysicalDeltaY = 0.1
    instance.SequenceOfUltrasoundRegions = [area]
    white = np.full((US_FRAMES, US_ROWS, US_COLUMNS, 3), 255, np.uint8)
    return written(_with_pixels(instance, white, "RGB"))


def ct() -> bytes:
    """A 64x64 monochrome slice with a window of its own."""
    instance = patient(CT, "CT")
    instance.WindowCenter, instance.WindowWidth = 40, 400
    ramp = np.arange(64 * 64, dtype=np.uint16).reshape(1, 64, 64)
    return written(_with_pixels(instance, ramp, "MONOCHROME2"))


def leaking() -> bytes:
    """A slice whose model, which every preset but one takes for equipment, names the patient."""
    instance = patient(CT, "CT")
    instance.ManufacturerModelName = "Scan Yamada Tarou"
    return written(instance)


def sliced(pixels: np.ndarray[Any, Any]) -> bytes:
    """A slice with these stored values: (1, rows, columns)."""
    return written(_with_pixels(patient(CT, "CT"), pixels, "MONOCHROME2"))


def described(study: str, kernel: str) -> bytes:
    """A slice with a description, and a kernel that every preset keeps."""
    instance = patient(CT, "CT")
    instance.StudyDescription, instance.ConvolutionKernel = study, kernel
    return written(instance)


def many(elements: int) -> bytes:
    """A slice with at least so many elements, most of them in a sequence."""
    instance = patient(CT, "CT")
    items = []
    for number in range(elements // 3):
        item = Dataset()
        item.PatientID, item.StudyDate = f"P{number}", "20260114"
        item.SeriesNumber = number
        items.append(item)
    instance.OtherPatientIDsSequence = items
    return written(instance)


def _with_pixels(instance: Dataset, pixels: np.ndarray[Any, Any], photometric: str) -> Dataset:
    frames, rows, columns = pixels.shape[:3]
    bits = pixels.dtype.itemsize * 8
    instance.Rows, instance.Columns, instance.NumberOfFrames = rows, columns, frames
    instance.SamplesPerPixel = pixels.shape[3] if pixels.ndim == 4 else 1
    if pixels.ndim == 4:
        instance.PlanarConfiguration = 0
    instance.PhotometricInterpretation = photometric
    instance.BitsAllocated = instance.BitsStored = bits
    instance.HighBit, instance.PixelRepresentation = bits - 1, 0
    instance.PixelData = pixels.tobytes()
    instance["PixelData"].VR = "OB" if bits == 8 else "OW"
    return instance
