"""Originals full of identifiers, their outputs, and ways to spoil an output."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING

from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from dicomanon.dicom.segment import to_bytes
from dicomanon.dicom.source import BytesSource
from dicomanon.engine import anonymize
from dicomanon.policy.key import Key
from dicomanon.policy.profile import profile
from dicomanon.verify.leak import CATEGORIES, Expectation, Finding, find

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dicomanon.pixels.region import Region

KEY = Key(bytes(range(32)))
ROOT = "1.2.826.0.1.3680043.8.498.5."
STUDY, SERIES, INSTANCE, FRAME, OTHER = (ROOT + str(n) for n in (11, 12, 13, 14, 15))
SIDE_PX = 32
GONE = {"research": CATEGORIES, "in-hospital": frozenset({"patient", "contact"})}

SECRETS = (
    *("Yamada", "Tarou", "山田", "太郎", "やまだ", "KX-774-2091", "AC5501827", "19561207"),
    *("Suzuki", "Hanako", "03-5550-1234", "Sakura General Hospital", "SN9938271", STUDY, INSTANCE),
)


def original(charset: str = "ISO_IR 192", **more: object) -> bytes:
    """A CT image that says who the patient is in every way there is; more: by keyword."""
    return saved(data_set(charset, **more))


def data_set(charset: str = "ISO_IR 192", **more: object) -> Dataset:
    """What is in `original`."""
    data = Dataset()
    data.SpecificCharacterSet = charset.split("\\")
    data.SOPClassUID = CTImageStorage
    data.SOPInstanceUID, data.StudyInstanceUID, data.SeriesInstanceUID = INSTANCE, STUDY, SERIES
    data.FrameOfReferenceUID = FRAME
    data.Modality, data.Manufacturer, data.StudyID = "CT", "Acme", "77"
    data.PatientName = "Yamada^Tarou=山田^太郎=やまだ^たろう"
    data.PatientID, data.AccessionNumber = "KX-774-2091", "AC5501827"
    data.PatientBirthDate, data.StudyDate, data.SeriesDate = "19561207", "20240315", "20240316"
    data.PatientSex, data.PatientAge = "M", "067Y"
    data.PatientAddress = "12 Sakuradori, Nagoya"
    data.PatientTelephoneNumbers = "03-5550-1234"
    data.ReferringPhysicianName = "Suzuki^Hanako"
    data.InstitutionName = "Sakura General Hospital"
    data.DeviceSerialNumber, data.StationName = "SN9938271", "CTROOM-2"
    data.InstanceNumber, data.StudyDescription, data.SeriesDescription = 1, "CHEST", "LUNG 1.0"
    data.ImagePositionPatient, data.PixelSpacing = [0, 0, 1], [1, 1]
    reference = Dataset()
    reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = CTImageStorage, OTHER
    data.ReferencedImageSequence = [reference]
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.Rows = data.Columns = SIDE_PX
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 16, 12, 11, 0
    data.PixelData = bytes(range(256)) * (SIDE_PX * SIDE_PX * 2 // 256)
    data["PixelData"].VR = "OW"
    for keyword, value in more.items():
        setattr(data, keyword, value)
    return data


def saved(data: Dataset) -> bytes:
    """A data set as a file."""
    if not hasattr(data, "file_meta"):
        data.file_meta = FileMetaDataset()
        data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID
        data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # hostile values are the point
        data.save_as(file, enforce_file_format=True)
    return file.getvalue()


def anonymized(source: bytes, preset: str = "research", masks: Sequence[Region] = ()) -> bytes:
    """The engine's output."""
    given = BytesSource(source)
    return to_bytes(given, anonymize(given, profile(preset), KEY, masks, verify=False).segments)


def edited(output: bytes, change: Callable[[Dataset], object]) -> bytes:
    """An output, spoilt."""
    data = dcmread(io.BytesIO(output))
    change(data)
    return saved(data)


def found(source: bytes, output: bytes, expectation: Expectation | None = None) -> list[Finding]:
    """The findings, after seeing to it that they say no value."""
    findings = find(BytesSource(source), BytesSource(output), expectation)
    said = repr(findings)
    assert not [secret for secret in SECRETS if secret in said]
    return findings


def strong(
    source: bytes, output: bytes, expectation: Expectation | None = None
) -> set[tuple[str, str, str]]:
    """Path, kind and where of the strong findings."""
    return {
        (str(finding.path or ""), finding.kind, finding.where)
        for finding in found(source, output, expectation)
        if finding.strength == "strong"
    }
