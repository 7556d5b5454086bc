"""The scanner's element list equals pydicom's, for every file that pydicom ships."""

from __future__ import annotations

import hashlib
import warnings
from typing import TYPE_CHECKING, Any

import pydicom
import pytest
from pydicom import config, datadict
from pydicom.dataelem import RawDataElement
from pydicom.errors import BytesLengthException
from pydicom.multival import MultiValue
from pydicom.uid import DeflatedExplicitVRLittleEndian

from dicomanon.dicom.scan import scan
from dicomanon.dicom.source import BytesSource
from tests import pydicom_files

if TYPE_CHECKING:
    from pathlib import Path

Facts = tuple[str, int, str]

CONVERTED = {0x00020000, 0x00020010, 0x00080005, 0x00280103, 0x00280100, 0x00283002, 0x00080016}
"""What pydicom converts while it reads: the raw bytes are gone, so texts are compared."""


@pytest.fixture(autouse=True)
def _no_private_dictionaries(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a private element is, only its maker's dictionary says; ours has none."""
    monkeypatch.setattr(datadict, "private_dictionaries", {})
    monkeypatch.setattr(config.settings, "reading_validation_mode", config.IGNORE)


def digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def ours(data: bytes) -> dict[str, Facts]:
    """Path -> VR, length, digest of the raw value; of a sequence, its item count."""
    found: dict[str, Facts] = {}
    instance = scan(BytesSource(data))
    for place in instance.places():
        element = place.element
        vr = place.context.vr(element)
        if element.items is not None:
            found[str(place.path)] = (vr, len(element.items), "")
        else:
            raw = instance.value(element)
            known = element.tag in CONVERTED
            text = place.context.text(element) or "" if known else digest(raw)
            found[str(place.path)] = (vr, 0 if known else len(raw), text)
    return found


def text_of(value: object) -> str:
    if isinstance(value, MultiValue | list):
        return "\\".join(str(part) for part in value)
    return "" if value is None else str(value)


def theirs(data_set: pydicom.Dataset, prefix: str = "") -> dict[str, Facts]:
    found: dict[str, Facts] = {}
    for tag in list(data_set.keys()):
        path = f"{prefix}{tag:08X}"
        raw: Any = data_set.get_item(tag)
        raw_value = raw.value if isinstance(raw, RawDataElement) else None
        try:
            element = data_set[tag]
        except (NotImplementedError, BytesLengthException):
            element = raw
        if element.VR == "SQ":
            found[path] = ("SQ", len(element.value), "")
            for number, item in enumerate(element.value):
                found.update(theirs(item, f"{path}[{number}]."))
        else:
            vr = str(element.VR or "UN")
            if tag in CONVERTED:
                found[path] = (vr, 0, text_of(element.value))
                continue
            value = raw_value if raw_value is not None else element.value
            body = value if isinstance(value, bytes) else b""
            found[path] = (vr, len(body), digest(body))
    return found


def read(path: Path) -> pydicom.FileDataset:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pydicom.dcmread(path, force=True)


@pytest.mark.parametrize("path", pydicom_files.dicom_files(), ids=pydicom_files.name)
def test_element_list_equals_pydicom(path: Path) -> None:
    """Path, tag, VR, length and value of every element are pydicom's."""
    data_set = read(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = theirs(data_set.file_meta) | theirs(data_set)
    assert expected == ours(path.read_bytes())


def test_deflated_files_are_among_them() -> None:
    """The set covers the deflated transfer syntax."""
    syntaxes = {
        read(path).file_meta.get("TransferSyntaxUID") for path in pydicom_files.whole_files()
    }
    assert DeflatedExplicitVRLittleEndian in syntaxes
