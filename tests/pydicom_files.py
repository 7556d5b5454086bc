"""The real files that pydicom ships: the base that every clone has."""

from __future__ import annotations

from pathlib import Path

import pydicom

ROOT = Path(pydicom.__file__).parent / "data"
NOT_DICOM = {"README", "crayons.icc", "rtplan.dump", "rtstruct.dump", "zipMR.gz", "no_meta.dcm"}
"""Files beside them that are no DICOM; no_meta.dcm has a stray byte before its first element."""
TRUNCATED = {"MR_truncated.dcm", "rtplan_truncated.dcm"}
_NOT_DATA = {".py", ".pyc", ".json", ".txt", ".md"}


def all_files() -> list[Path]:
    """Every file that is not code or text about the files."""
    return sorted(p for p in ROOT.rglob("*") if p.is_file() and p.suffix not in _NOT_DATA)


def dicom_files() -> list[Path]:
    """Every DICOM file, DICOMDIRs and truncated files included."""
    return [p for p in all_files() if p.name not in NOT_DICOM]


def whole_files() -> list[Path]:
    """Every DICOM file that can be anonymized."""
    return [
        p for p in dicom_files() if p.name not in TRUNCATED and not p.name.startswith("DICOMDIR")
    ]


def image(name: str) -> Path:
    """The image of that name."""
    return ROOT / "test_files" / name


def name(path: Path) -> str:
    """A test's id for a file."""
    return str(path.relative_to(ROOT))
