"""No value of a real or planted patient survives: in outputs, in errors, in charsets."""

from __future__ import annotations

import traceback
import warnings
from typing import TYPE_CHECKING

import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomanon.dicom.transfer_syntax import EXPLICIT_LE
from dicomanon.errors import DicomanonError
from dicomanon.policy.action import Action
from dicomanon.policy.profile import Override, profile
from tests import builders, engine, pydicom_files
from tests.builders import part10

if TYPE_CHECKING:
    from pathlib import Path

SHORT_BYTES = 4


def own_identifiers(data: bytes) -> set[bytes]:
    """The bytes of names and IDs of patients in a file, at any level, as they are stored."""
    found = set()
    for place in engine.scanned(data).places():
        if place.element.tag in (0x00100010, 0x00100020):
            found.add(place.context.instance.value(place.element).strip(b" \0"))
    return {value for value in found if len(value) >= SHORT_BYTES}


def outside_pixels(data: bytes) -> bytes:
    """All bytes but those of pixel data, where any text may occur by chance."""
    instance = engine.scanned(data)
    pixels = instance.data_set.find(0x7FE00010)
    whole = instance.window.read(0, instance.window.size_bytes)
    return whole if pixels is None else whole[: pixels.value_start] + whole[pixels.value_stop :]


@pytest.mark.parametrize("preset", ["research", "in-hospital"])
@pytest.mark.parametrize("path", pydicom_files.whole_files(), ids=pydicom_files.name)
def test_real_files_lose_their_patient(path: Path, preset: str) -> None:
    """Neither name nor ID of a real file's patient is anywhere in its output."""
    data = path.read_bytes()
    output = outside_pixels(engine.anonymized(data, preset))
    left = {value for value in own_identifiers(data) if value in output}
    if preset == "in-hospital":
        # Texts, UIDs and codes stay there: only what names the patient is looked at.
        kept = outside_pixels(data)
        left = {v for v in left if kept.count(v) == _identity_count(data, v)}
    assert left == set()


def _identity_count(data: bytes, value: bytes) -> int:
    """How often a value stands in a name or an ID of a patient."""
    return sum(
        place.context.instance.value(place.element).count(value)
        for place in engine.scanned(data).places()
        if place.element.tag in (0x00100010, 0x00100020)
    )


PLANTED = "Plantedcanary"


def told(source: bytes, *settings: str) -> str:
    """All that an error says, in every form it may be printed in; "" if there is none."""
    try:
        engine.anonymized(source, "research", *settings)
    except DicomanonError as error:
        last_line = "".join(traceback.format_exception_only(error))
        return "\n".join((str(error), repr(error), str(vars(error)), last_line))
    return ""


@pytest.mark.parametrize(
    "setting", [f"{a}:{PLANTED}" for a in ("value",)] + [a.value for a in Action]
)
@pytest.mark.parametrize(
    "target", ["PatientName", "StudyDate", "PatientAge", "00091001", "SOPInstanceUID"]
)
def test_errors_do_not_tell(target: str, setting: str) -> None:
    """Whatever is refused, no message, repr or traceback of ours says a value."""
    source = part10(
        EXPLICIT_LE,
        ("SOPInstanceUID", "UI", PLANTED),
        ("StudyDate", "DA", PLANTED),
        (0x00091001, "LO", PLANTED),
        ("PatientName", "PN", PLANTED),
        ("PatientAge", "AS", PLANTED),
        ("PatientBirthDate", "DA", PLANTED),
    )
    assert PLANTED not in told(source, f"{target}={setting}")


@given(st.binary(max_size=300), st.integers(0, 400))
def test_errors_of_garbage_do_not_tell(noise: bytes, at: int) -> None:
    """The same where the file is broken around the value."""
    whole = part10(EXPLICIT_LE, *builders.IDENTITY, ("PatientComments", "LT", PLANTED))
    broken = whole[:at] + noise + whole[at:]
    assert PLANTED not in told(broken)


JAPANESE = {
    "ISO_IR 13": ("shift_jis", "ﾔﾏﾀﾞ^ﾀﾛｳ"),
    "ISO 2022 IR 13\\ISO 2022 IR 87": ("iso2022_jp", "山田^太郎"),
    "\\ISO 2022 IR 87": ("iso2022_jp", "本^春ま"),
    "\\ISO 2022 IR 159": ("iso2022_jp_2", "山^川"),
    "ISO_IR 192": ("utf-8", "山田^太郎=やまだ^たろう"),
    "GB18030": ("gb18030", "山田^太郎"),
    "ISO 2022 IR 149": ("utf-8", "A^B"),
}


@pytest.mark.parametrize("term", JAPANESE)
@pytest.mark.parametrize("given_text", ["匿名^患者", "ANON^ONE"])
@pytest.mark.parametrize("delimited", [True, False])
def test_replaced_text_is_decodable(term: str, given_text: str, delimited: bool) -> None:  # noqa: FBT001
    """What is written in place of a text is decodable in the file's character set."""
    codec, name = JAPANESE[term]
    item: list[builders.Element] = [("PatientName", "PN", name.encode(codec))]
    content: object = builders.Delimited([item]) if delimited else [item]
    source = part10(
        EXPLICIT_LE,
        ("SpecificCharacterSet", "CS", term),
        ("ReferringPhysicianName", "PN", name.encode(codec)),
        ("PatientName", "PN", name.encode(codec)),
        ("PatientID", "LO", "1 "),
        ("SharedFunctionalGroupsSequence", "SQ", content),
    )
    chosen = profile("research", [Override("00080090", Action.VALUE, given_text)])
    output = engine.anonymized(source, chosen)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = engine.read(output)
        found.decode()
    assert str(found.ReferringPhysicianName) == given_text
    assert str(found.PatientName) == engine.KEY.pseudonym("1")
    assert isinstance(found, pydicom.Dataset)
    assert name.encode(codec) not in output
