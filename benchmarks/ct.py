"""Synthetic CT slices as a scanner writes them, for the benchmarks.

    python benchmarks/ct.py [--files 1000]

Strategy: tables say what every slice has (about 270 elements with nested sequences
and a private block); a seeded generator makes a smooth body with noise, so that the
pixels cost what real ones cost. Slices stay in .cache/ and are made once.

Invariants: the same number of files gives the same bytes. A folder appears under its
name only when all of its slices are there. Nobody's data: every value is made up.
"""

from __future__ import annotations

import argparse
import struct
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.ct_values import (  # noqa: E402 - the repository's own root
    CT_IMAGE,
    EQUIPMENT,
    PATIENT,
    STUDY_AND_STAFF,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

CACHE = ROOT / ".cache" / "bench"
FORM = 1
"""Grows when the slices change, so that older ones are not taken for them."""

SIDE_PX = 512
SEED = 20261122
STUDY_SLICES = 250
UID_ROOT = "1.2.826.0.1.3680043.8.498.77"
SMALL_ROOT = "1.2.826.0.1.3680043.8."
FOLDER_FILES = 1000
INSTANCE, STUDY, SERIES, FRAME, EVENT = range(5)

PRIVATE = (
    ("CS", "SCAN"),
    ("LO", "Erika Mustermann, table 3"),
    ("DS", "1.25"),
    ("IS", "77"),
    ("SH", "PID-4711-0815"),
    ("UI", f"{UID_ROOT}.{STUDY}.1"),
    ("DA", "20260914"),
    ("US", 12),
    ("FD", 0.4375),
    ("LT", "raw data on station 3\r\nreconstructed twice"),
)
"""VR and value, repeated until the private block has `PRIVATE_ELEMENTS`."""
PRIVATE_ELEMENTS = 12
PRIVATE_BULK_BYTES = 2048

CODES = {
    "AnatomicRegionSequence": ("51185008", "SCT", "Thorax"),
    "ProcedureCodeSequence": ("24627-2", "LN", "CT Chest"),
    "PerformedProtocolCodeSequence": ("P5-08001", "SRT", "CT chest protocol"),
    "CTDIPhantomTypeCodeSequence": ("113691", "DCM", "IEC Body Dosimetry Phantom"),
    "ContrastBolusAgentSequence": ("422172005", "SCT", "Iomeprol"),
    "ReasonForRequestedProcedureCodeSequence": ("427359005", "SCT", "Solitary nodule of lung"),
    "InstitutionCodeSequence": ("BH-K", "99BENCH", "Benchmark Hospital Koeln"),
    "AdmittingDiagnosesCodeSequence": ("R91", "I10", "Abnormal finding of lung"),
}
REFERENCES = {
    "ReferencedStudySequence": 1,
    "ReferencedPatientSequence": 1,
    "ReferencedPerformedProcedureStepSequence": 1,
    "ReferencedImageSequence": 4,
    "SourceImageSequence": 4,
}

PLANTED = (
    "Mustermann",
    "Gabler",
    "PID-4711-0815",
    "Heidestr",
    "5550100",
    "ACC20260914077",
    "Hausarzt",
    "Radiologe",
    "Benchmark Hospital",
    "SN0042137",
    "ADM-99812",
    "SSN-998-77",
    "S77120",
    f"{UID_ROOT}.{STUDY}.",
    f"{UID_ROOT}.{SERIES}.",
    f"{UID_ROOT}.{INSTANCE}.",
)
"""What tells the patient, the staff, the visit or the instance; some only inside sequences."""


def uid(kind: int, number: int) -> str:
    """A UID of a kind; slices of one study share its number."""
    return f"{UID_ROOT}.{kind}.{number}"


def _filled(values: Mapping[str, Any], **more: Any) -> Dataset:  # noqa: ANN401 - DICOM values
    data_set = Dataset()
    for keyword, value in {**values, **more}.items():
        setattr(data_set, keyword, value)
    return data_set


def _code(code: tuple[str, str, str]) -> Dataset:
    names = ("CodeValue", "CodingSchemeDesignator", "CodeMeaning")
    return _filled(dict(zip(names, code, strict=True)))


def _reference(number: int) -> Dataset:
    return _filled(
        {
            "ReferencedSOPClassUID": CTImageStorage,
            "ReferencedSOPInstanceUID": uid(INSTANCE, number),
        }
    )


def _sequences(number: int) -> dict[str, list[Dataset]]:
    """Every sequence of a slice, those with names and numbers of the patient among them."""
    protocol = _code(("CHEST1", "99BENCH", "Chest 1 mm"))
    request = _filled(
        {
            "AccessionNumber": "ACC20260914077",
            "RequestedProcedureID": "RP-S77120",
            "ScheduledProcedureStepID": "SPS-1",
            "ScheduledProcedureStepDescription": "CT thorax",
            "StudyInstanceUID": uid(STUDY, number // STUDY_SLICES),
            "ScheduledProtocolCodeSequence": [protocol],
            "ReasonForTheRequestedProcedure": "nodule, Hausarzt",
        }
    )
    staff = _filled(
        {
            "PersonIdentificationCodeSequence": [_code(("RAD7", "99BENCH", "Radiologe"))],
            "InstitutionName": "Benchmark Hospital Koeln",
            "PersonAddress": "Klinikweg 1, Koeln",
        }
    )
    other_id = _filled({"PatientID": "SSN-998-77", "TypeOfPatientID": "TEXT"})
    return {
        **{keyword: [_code(code)] for keyword, code in CODES.items()},
        **{
            keyword: [_reference(number + offset + 1) for offset in range(count)]
            for keyword, count in REFERENCES.items()
        },
        "RequestAttributesSequence": [request],
        "ReferringPhysicianIdentificationSequence": [staff],
        "OperatorIdentificationSequence": [staff],
        "OtherPatientIDsSequence": [other_id],
    }


def _private(data_set: Dataset) -> None:
    """A vendor's block: text that names the patient, numbers, one larger value."""
    block = data_set.private_block(0x0043, "BENCH MEDICAL CT 01", create=True)
    for offset in range(PRIVATE_ELEMENTS):
        block.add_new(offset, *PRIVATE[offset % len(PRIVATE)])
    block.add_new(0xF0, "OB", bytes(range(256)) * (PRIVATE_BULK_BYTES // 256))


def body(side_px: int) -> NDArray[np.float64]:
    """A smooth slice in stored values. Shape (side_px, side_px)."""
    y, x = np.mgrid[-1 : 1 : side_px * 1j, -1 : 1 : side_px * 1j]
    trunk = np.clip(12 * (1 - (x / 0.82) ** 2 - (y / 0.6) ** 2), 0, 1)
    lungs = sum(
        np.clip(9 * (1 - ((x - side * 0.36) / 0.26) ** 2 - (y / 0.4) ** 2), 0, 1)
        for side in (-1, 1)
    )
    spine = np.exp(-((x / 0.08) ** 2 + ((y - 0.42) / 0.1) ** 2))
    smooth: NDArray[np.float64] = trunk * 1064 - lungs * 830 + spine * 600 + 20 * np.cos(9 * x)
    return smooth


def ct(number: int, side_px: int = SIDE_PX, smooth: NDArray[np.float64] | None = None) -> Dataset:
    """One slice; smooth: `body(side_px)`, made once for many."""
    study, index = divmod(number, STUDY_SLICES)
    time = f"1018{index % 60:02}.{index:06}"
    data_set = _filled(
        {**PATIENT, **STUDY_AND_STAFF, **EQUIPMENT, **CT_IMAGE},
        SOPClassUID=CTImageStorage,
        SOPInstanceUID=uid(INSTANCE, number),
        StudyInstanceUID=uid(STUDY, study),
        SeriesInstanceUID=uid(SERIES, study),
        FrameOfReferenceUID=uid(FRAME, study),
        IrradiationEventUID=uid(EVENT, study),
        InstanceNumber=index + 1,
        AcquisitionTime=time,
        ContentTime=time,
        AcquisitionDateTime=f"20260914{time}",
        SliceLocation=index,
        ImagePositionPatient=[-180, -332.5, index],
        **_sequences(number),
    )
    _private(data_set)
    noise = np.random.default_rng((SEED, number)).normal(0, 18, (side_px, side_px))
    stored = np.clip((body(side_px) if smooth is None else smooth) + noise, 0, 4095)
    _pixels(data_set, stored.astype("<u2").tobytes(), side_px)
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationVersionName = "BENCH_1"
    data_set.file_meta = meta
    return data_set


def _pixels(data_set: Dataset, stored: bytes, side_px: int) -> None:
    data_set.SamplesPerPixel = 1
    data_set.PhotometricInterpretation = "MONOCHROME2"
    data_set.Rows = data_set.Columns = side_px
    data_set.BitsAllocated, data_set.BitsStored, data_set.HighBit = 16, 12, 11
    data_set.PixelRepresentation = 0
    data_set.PixelData = stored


def folder(files: int) -> Path:
    """The folder with that many slices; makes them if they are not there."""
    target = CACHE / f"ct-{FORM}-{files}"
    if target.exists():
        return target
    CACHE.mkdir(parents=True, exist_ok=True)
    smooth = body(SIDE_PX)
    with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
        made = Path(scratch) / "made"
        made.mkdir()
        for number in range(files):
            path = made / f"CT{number:06}.dcm"
            ct(number, smooth=smooth).save_as(path, enforce_file_format=True)
        made.rename(target)
    return target


def small() -> Path:
    """A slice of 16 x 16 pixels: what starting costs, without the pixels."""
    target = CACHE / f"small-{FORM}.dcm"
    if not target.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        ct(0, side_px=16).save_as(target, enforce_file_format=True)
    return target


def smalls(files: int) -> Path:
    """A folder of so many instances of 8 KB, a thousand a folder, each with its own UID."""
    target = CACHE / f"smalls-{FORM}-{files}"
    if target.exists():
        return target
    data = small().read_bytes()
    before = uid(INSTANCE, 0).encode()
    with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
        made = Path(scratch) / "made"
        for start in range(0, files, FOLDER_FILES):
            place = made / f"{start // FOLDER_FILES:04}"
            place.mkdir(parents=True)
            for number in range(start, min(start + FOLDER_FILES, files)):
                own = f"{SMALL_ROOT}{10**9 + number}".encode()
                (place / f"{number:06}.dcm").write_bytes(data.replace(before, own))
        made.rename(target)
    return target


def multi_frame(gigabytes: int) -> Path:
    """A native multi-frame of that many GiB: 2048 frames of the slice's size each GiB."""
    target = CACHE / f"multi-{FORM}-{gigabytes}.dcm"
    if target.exists():
        return target
    CACHE.mkdir(parents=True, exist_ok=True)
    frames = gigabytes * (1 << 30) // (SIDE_PX * SIDE_PX * 2)
    head = ct(0, side_px=SIDE_PX)
    head.NumberOfFrames = frames
    frame = head.PixelData
    head.PixelData = b""
    part = target.with_suffix(".part")
    head.save_as(part, enforce_file_format=True)
    with part.open("r+b") as stream:
        stream.seek(-4, 2)  # the empty Pixel Data's length, the last four bytes of the file
        stream.write(struct.pack("<L", frames * len(frame)))
        for number in range(frames):
            stream.write(struct.pack("<L", number) + frame[4:])
    part.rename(target)
    return target


def main() -> None:
    """Make the slices and say where they are."""
    parser = argparse.ArgumentParser(description="synthetic CT slices for the benchmarks")
    parser.add_argument("--files", type=int, default=1000)
    print(folder(parser.parse_args().files))


if __name__ == "__main__":
    main()
