"""What de-identification must do to each attribute, and the checks that ask whether it did.

Strategy: what an attribute demands follows from its VR, and where PS3.15 says otherwise,
from one table by keyword: a second reading of Table E.1-1, made by hand for the Basic
Profile with the Options that The Cancer Imaging Archive claims (safe private, device,
patient characteristics, modified dates, descriptors, structured content). A text tells by
its own parts what must go and what must stay. Where the standard leaves the choice open
(times, calibration dates, what stands in a sequence that may go), nothing is asked.

Invariants: nothing of `policy` is read, so that it cannot be right about its own mistakes.

Standard: PS3.15 Annex E; 45 CFR 164.514(b)(2)(i).
"""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING, NamedTuple

from dicomanon import data
from dicomanon.synth.attribute import placed
from dicomanon.synth.text import DATE, Text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from dicomanon.synth.attribute import Attribute

HIPAA, DICOM, TCIA = "hipaa", "dicom", "tcia"
_CODES = {
    HIPAA: ("z", "m"),
    DICOM: ("p15", "iod", "safe"),
    TCIA: ("ptkb", "p15", "rev"),
}
"""The groups of `answer_category_v2` and their keys, in order."""


class Check(NamedTuple):
    """One question. path, name, value: of the element, None for pixels; text: what is compared.

    group, key, code: where the check counts, one of `_CODES`; all without angle brackets.
    """

    path: str | None
    name: str | None
    value: str | None
    action: str
    text: str
    group: str
    key: str
    code: str

    def category(self) -> dict[str, object]:
        """`answer_category_v2`."""
        found: dict[str, object] = {
            group: {
                key: self.code if (group, key) == (self.group, self.key) else None for key in keys
            }
            for group, keys in _CODES.items()
        }
        return found | {"prev_cat": []}


class Demand(NamedTuple):
    """What is asked of an attribute: a row of `_ACTIONS`, and where it counts."""

    kind: str
    group: str = TCIA
    key: str = "p15"
    code: str = ""


def _hipaa(letter: str) -> tuple[str, str, str]:
    return HIPAA, "m", f"HIPAA-{letter}"


def _gone(letter: str) -> Demand:
    return Demand("gone", *_hipaa(letter))


def _emptied(code: str) -> Demand:
    return Demand("gone", TCIA, "p15", f"TCIA-P15-BASIC-{code}")


def _stays(code: str) -> Demand:
    return Demand("keep", TCIA, "p15", f"TCIA-P15-{code}-K")


_REVIEWED = Demand("keep", TCIA, "rev", "TCIA-REV")
_OPEN = Demand("open")
_DEVICE, _PATIENT = _stays("DEV"), _stays("PAT")

_BY_VR: Mapping[str, Demand] = {
    "DA": Demand("date", *_hipaa("C")),
    "DT": Demand("date", *_hipaa("C")),
    "UI": Demand("uid", *_hipaa("R")),
    "PN": Demand("name", *_hipaa("A")),
    **dict.fromkeys(("TM", "SQ", "AT", "OB", "OW", "OF", "OD", "UN", "FL"), _OPEN),
}

DEMANDS: Mapping[str, Demand] = {
    "PatientID": Demand("patient", *_hipaa("H")),
    "PatientBirthDate": _gone("C"),
    "OtherPatientIDs": _gone("G"),
    "IssuerOfPatientID": _emptied("X"),
    "PatientAddress": _gone("B"),
    "PatientTelephoneNumbers": _gone("D"),
    "PatientTelecomInformation": _gone("F"),
    "RegionOfResidence": _gone("B"),
    "MedicalRecordLocator": _gone("H"),
    "PatientReligiousPreference": _emptied("X"),
    "AccessionNumber": _gone("R"),
    "StudyID": _gone("R"),
    "AdmissionID": _gone("R"),
    "RequestedProcedureID": _emptied("X"),
    "ScheduledProcedureStepID": _emptied("X"),
    "PerformedProcedureStepID": _emptied("X"),
    "PlacerOrderNumberImagingServiceRequest": _emptied("Z"),
    "FillerOrderNumberImagingServiceRequest": _emptied("Z"),
    "InstitutionName": _emptied("X/Z/D"),
    "InstitutionAddress": _gone("B"),
    "InstitutionalDepartmentName": _emptied("X"),
    "ReferringPhysicianTelephoneNumbers": _gone("D"),
    "PersonTelephoneNumbers": _gone("D"),
    "CurrentPatientLocation": _emptied("X"),
    "VerifyingOrganization": _emptied("D"),
    "StationName": _DEVICE,
    "DeviceSerialNumber": _DEVICE,
    "GantryID": _DEVICE,
    "DetectorID": _DEVICE,
    "PlateID": _DEVICE,
    "PatientSex": _PATIENT,
    "PatientAge": _PATIENT,
    "PatientSize": _PATIENT,
    "PatientWeight": _PATIENT,
    "EthnicGroup": _PATIENT,
    "SmokingStatus": _PATIENT,
    "PregnancyStatus": _PATIENT,
    "DateOfLastCalibration": _OPEN,
    "DateOfLastDetectorCalibration": _OPEN,
    "TimezoneOffsetFromUTC": _OPEN,
    "BurnedInAnnotation": _OPEN,
    "ResponsiblePersonRole": _OPEN,
    "LongitudinalTemporalInformationModified": _OPEN,
    "PatientIdentityRemoved": _OPEN,
    "SpecificCharacterSet": _OPEN,
    # demands of private elements, by no keyword of the standard's
    "safe": Demand("keep", TCIA, "ptkb", "TCIA-PTKB-K"),
    "open": _OPEN,
    "date": Demand("date", *_hipaa("C")),
}
"""By keyword, where the VR does not say it. Standard: PS3.15 Table E.1-1, §E.3.10."""

LOOSE = frozenset(
    """
    loose OtherPatientIDsSequence RequestAttributesSequence ReferencedStudySequence
    ReferencedPerformedProcedureStepSequence ReferencedImageSequence SourceImageSequence
    ReferencedPatientSequence OriginalAttributesSequence GraphicAnnotationSequence
    VerifyingObserverSequence OperatorIdentificationSequence ReferencedRequestSequence
    PersonIdentificationCodeSequence IconImageSequence PredecessorDocumentsSequence
    """.split()
)
"""Sequences that may go or be replaced as a whole: nothing inside has to stay. Attributes of
other kinds that may go, such as those of overlays, demand `loose`."""

_EXCUSED = frozenset({"text_retained"})
_NESTED = frozenset({"patid_consistent"})
"""What is not asked where it may go, and of what is nested."""

_WORD = re.compile(r"\w+")
_OLDEST = "089Y"
_TYPE_1 = frozenset(
    """
    SOPClassUID SOPInstanceUID StudyInstanceUID SeriesInstanceUID Modality Rows Columns
    BitsAllocated BitsStored HighBit PixelRepresentation SamplesPerPixel
    PhotometricInterpretation ImageType NumberOfFrames ConversionType PixelSpacing
    ImagePositionPatient ImageOrientationPatient RescaleSlope RescaleIntercept
    StructureSetLabel ContentLabel CompletionFlag VerificationFlag ValueType
    SegmentationType LossyImageCompressionRatio PresentationIntentType
    """.split()
)
_TYPE_2 = frozenset(
    """
    PatientName PatientID PatientBirthDate PatientSex StudyDate StudyTime StudyID
    ReferringPhysicianName AccessionNumber SeriesNumber Manufacturer InstanceNumber
    AcquisitionNumber KVP PositionReferenceIndicator SliceThickness StructureSetDate
    StructureSetTime ContrastBolusAgent
    """.split()
)
"""Attributes that must be there in every IOD that is made, and those among them that must
have a value. Standard: PS3.3."""


def checks(
    attributes: Iterable[Attribute], mapped: Collection[str], names: frozenset[str]
) -> list[Check]:
    """All that is asked of a data set.

    mapped: the UIDs that the crosswalk must know; names: words of the names around the
    patient, case-folded. A text that holds one need not stay: of a patient called Bone,
    nobody can say whether BONE SCAN means the patient.
    """
    asked = _level(attributes, "", mapped, loose=False)
    return [
        check
        for check in asked
        if check.action != "text_retained" or names.isdisjoint(_WORD.findall(check.text.casefold()))
    ]


def _level(
    attributes: Iterable[Attribute], before: str, mapped: Collection[str], *, loose: bool
) -> Iterator[Check]:
    for tag, one in placed(attributes):
        if not one.creator and tag >> 16 & 1 and one.tag & 0xFFFF <= 0xFF:  # noqa: PLR2004 - a creator
            continue
        path = before + _label(tag, one)
        keyword = one.demand or _keyword(one)
        if isinstance(one.value, tuple):
            for index, item in enumerate(one.value):
                inside = f"{path}[<{index:04d}>]"
                yield from _level(item, inside, mapped, loose=loose or keyword in LOOSE)
            continue
        excused = _EXCUSED if loose or keyword in LOOSE else frozenset()
        excused |= _NESTED if before else frozenset()
        yield from (c for c in _element(path, one, keyword, mapped) if c.action not in excused)
        if not before:
            yield from _presence(path, one, keyword)


def _keyword(one: Attribute) -> str:
    entry = None if one.creator else data.entry(one.tag)
    return entry.keyword if entry is not None else ""


def _label(tag: int, one: Attribute) -> str:
    if one.creator:
        return f'<({tag >> 16:04x},"{one.creator.upper()}",{tag & 0xFF:02x})>'
    return f"<({tag >> 16:04x},{tag & 0xFFFF:04x})>"


def _name(one: Attribute) -> str:
    entry = None if one.creator else data.entry(one.tag)
    return entry.name if entry is not None else "[Unknown]"


def shown(one: Attribute) -> str:
    """The value as pydicom prints it; bytes as their repr."""
    if isinstance(one.value, bytes):
        return repr(one.value + b"\0" * (len(one.value) % 2))
    texts = one.texts
    if one.vr in ("FL", "FD"):
        texts = [str(_float(text, one.vr)) for text in texts]
    if len(texts) < 2:  # noqa: PLR2004 - a list prints as a list
        return "".join(texts).strip()
    numeric = one.vr in ("FL", "FD", "DS", "IS", "US", "UL", "SS", "SL", "PN")
    return f"[{', '.join(texts)}]" if numeric else str(texts)


def _float(text: str, vr: str) -> float:
    if vr == "FD":
        return float(text)
    number: float = struct.unpack("<f", struct.pack("<f", float(text)))[0]
    return number


def _element(path: str, one: Attribute, keyword: str, mapped: Collection[str]) -> Iterator[Check]:
    value, name = shown(one), _name(one)
    planted = one.value if isinstance(one.value, Text) else Text(one.plants)
    yield from _text(path, name, value, planted)
    if isinstance(one.value, Text):
        return
    demand = _OPEN if keyword in LOOSE else DEMANDS.get(keyword) or _BY_VR.get(one.vr, _REVIEWED)
    if keyword == "PatientAge" and str(one.value) > _OLDEST:
        demand = _gone("C")
    if value:
        for action, text in _asked(demand.kind, value, mapped):
            counts = _ELSEWHERE.get(action, demand)
            yield Check(path, name, value, action, text, counts.group, counts.key, counts.code)


_ELSEWHERE = {
    "uid_consistent": Demand("", DICOM, "p15", "DICOM-P15-BASIC-U"),
    "patid_consistent": Demand("", DICOM, "p15", "DICOM-P15-BASIC-C"),
}
"""Checks that count by their action, whatever the attribute demands besides."""


def _text(path: str, name: str, value: str, text: Text) -> Iterator[Check]:
    for kept in text.kept:
        yield Check(path, name, value, "text_retained", kept, TCIA, "p15", "TCIA-P15-DESC-C")
    for word, kind in text.planted:
        if kind == DATE:  # removed or shifted, both are right
            yield Check(path, name, word, "date_shifted", word, *_hipaa(DATE))
        else:
            yield Check(path, name, value, "text_removed", word, *_hipaa(kind))


def _presence(path: str, one: Attribute, keyword: str) -> Iterator[Check]:
    value, name = shown(one), _name(one)
    if keyword in _TYPE_1:
        yield Check(path, name, value, "tag_retained", value, DICOM, "iod", "DICOM-IOD-1")
        yield Check(path, name, value, "text_notnull", value, DICOM, "iod", "DICOM-IOD-1")
    elif keyword in _TYPE_2:
        yield Check(path, name, value, "tag_retained", value, DICOM, "iod", "DICOM-IOD-2")


# -- what each kind of demand asks -----------------------------------------------

_ACTIONS: Mapping[str, tuple[str, ...]] = {
    "keep": ("text_retained",),
    "gone": ("text_removed",),
    "name": ("text_removed",),
    "date": ("date_shifted",),
    "uid": ("uid_changed", "uid_consistent"),
    "patient": ("patid_consistent", "text_removed"),
    "open": (),
}
_LETTERS = 4
"""The least letters of a name in ASCII that no pseudonym holds by chance."""


def _asked(kind: str, value: str, mapped: Collection[str]) -> Iterator[tuple[str, str]]:
    """Actions and what they compare: the value; of a name, each of its parts as well."""
    if kind == "uid" and data.uid_name(value):  # registered, so it identifies nobody
        return
    for action in _ACTIONS[kind]:
        if action != "uid_consistent" or value in mapped:
            yield action, value
    if kind == "name":
        for part in value.replace("=", "^").split("^"):
            if len(part) >= (_LETTERS if part.isascii() else 1):
                yield "text_removed", part
