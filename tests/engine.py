"""The engine as tests call it: bytes in, bytes out, one fixed key."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import pydicom
from pydicom import config
from pydicom.filebase import DicomBytesIO

from dicomanon.dicom.scan import scan
from dicomanon.dicom.segment import to_bytes
from dicomanon.dicom.source import BytesSource
from dicomanon.engine import anonymize
from dicomanon.policy.action import Action
from dicomanon.policy.key import Key
from dicomanon.policy.profile import Override, Profile, profile, target_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dicomanon.dicom.instance import Instance

KEY = Key(bytes(range(32)))


def choose(preset: str, *settings: str) -> Profile:
    """A preset with overrides as the command line takes them: `PatientID=keep`."""
    overrides = []
    for setting in settings:
        target, _, action = setting.partition("=")
        name, _, value = action.partition(":")
        overrides.append(Override(target_of(target), Action(name), value))
    return profile(preset, overrides)


def anonymized(data: bytes, preset: str | Profile, *settings: str, key: Key = KEY) -> bytes:
    """The output for an input, without the leak check: `tests/verify` has its own."""
    chosen = choose(preset, *settings) if isinstance(preset, str) else preset
    source = BytesSource(data)
    return to_bytes(source, anonymize(source, chosen, key, verify=False).segments)


def scanned(data: bytes) -> Instance:
    return scan(BytesSource(data))


def read(data: bytes) -> pydicom.FileDataset:
    """The output as pydicom reads it."""
    return pydicom.dcmread(DicomBytesIO(data))


def texts(data: bytes) -> dict[str, str | None]:
    """Path -> text of all elements of the data set; None for sequences and bulk values."""
    return {
        str(place.path): place.context.text(place.element)
        for place in scanned(data).places()
        if place.path[0] >> 16 != 2
    }


def invalid(data_set: pydicom.Dataset) -> list[str]:
    """Every value that pydicom finds not to be valid for its VR."""
    before = config.settings.reading_validation_mode
    config.settings.reading_validation_mode = config.RAISE
    try:
        return list(_invalid(data_set, ""))
    finally:
        config.settings.reading_validation_mode = before


def _invalid(data_set: pydicom.Dataset, prefix: str) -> Iterator[str]:
    for tag in list(data_set.keys()):
        path = f"{prefix}{tag:08X}"
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of private dictionaries and the like
                element = data_set[tag]
        except KeyError:  # a tag that is younger than pydicom
            continue
        except ValueError as error:
            yield f"{path} {error}"
            continue
        if element.VR == "SQ":
            for number, item in enumerate(element.value):
                yield from _invalid(item, f"{path}[{number}].")
