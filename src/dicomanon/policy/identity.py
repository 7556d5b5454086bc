"""Who an instance is about: the identifying values it holds, as something to search for.

Strategy: the sensitive tags say by category, VR and keyword what a value is; one table
turns that into a field of `Identity`. Names keep their components, one `PersonName` for
each group of a PN, so that a search may put them together anew.

Invariants: every level is read, private ones too where their VR is PN. Free text is not
identity: it is what is searched. No repr holds a value. UIDs are not collected: every UID
in a text is found by its form, and leaving them out keeps one identity for a whole series.

Standard: PS3.15 §E.3.5; PS3.5 §6.2.1 (PN).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

from dicomanon import data
from dicomanon.dicom.value import split_values
from dicomanon.dicom.vr import VRS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dicomanon.dicom.instance import Instance, Place
    from dicomanon.dicom.tag import Tag

_NAME_COMPONENTS = 3
"""Family, given and middle name; prefix and suffix identify nobody."""


@dataclass(frozen=True, slots=True, repr=False)
class PersonName:
    """One group of a PN, its first three components; what has no ^ is one component."""

    components: tuple[str, ...]

    def __repr__(self) -> str:
        return f"PersonName({len(self.components)} components)"


@dataclass(frozen=True, slots=True, repr=False)
class Identity:
    """The values that identify a patient and who else is named with them.

    names: the patient's and relatives'; physicians: everybody else's; ids: patient IDs,
    accession, order and visit numbers; devices: serials, stations, AE titles; births: dates
    of birth, which are cut even where other dates shift; dates: all other dates.
    """

    names: frozenset[PersonName] = frozenset()
    physicians: frozenset[PersonName] = frozenset()
    ids: frozenset[str] = frozenset()
    devices: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()
    institutions: frozenset[str] = frozenset()
    births: frozenset[date] = frozenset()
    dates: frozenset[date] = frozenset()

    def merge(self, other: Identity) -> Identity:
        """What both know: for the instances of one patient."""
        return Identity(*(getattr(self, f.name) | getattr(other, f.name) for f in fields(self)))

    def __repr__(self) -> str:
        counts = (f"{f.name}={len(getattr(self, f.name))}" for f in fields(self))
        return f"Identity({', '.join(counts)})"


def parse_name(text: str) -> tuple[PersonName, ...]:
    """The groups of one PN value, or of a name written any other way.

    Standard: PS3.5 §6.2.1.1.
    """
    found = []
    for group in text.split("="):
        components = tuple(part.strip() for part in group.split("^")[:_NAME_COMPONENTS])
        if any(components):
            found.append(PersonName(components))
    return tuple(found)


# -- which tag tells what -------------------------------------------------------------

_FIELDS: dict[str, str] = {
    "ids": """
        PatientID OtherPatientIDs InsurancePlanIdentification MedicalRecordLocator
        ClinicalTrialSubjectID ClinicalTrialSubjectReadingID AdmissionID ServiceEpisodeID
        ItineraryID BoardingPassID BreedRegistrationNumber BarcodeValue
        AccessionNumber StudyID RequestedProcedureID ScheduledProcedureStepID
        PerformedProcedureStepID PlacerOrderNumberImagingServiceRequest
        FillerOrderNumberImagingServiceRequest PlacerOrderNumberProcedure
        FillerOrderNumberProcedure PlacerOrderNumberImagingServiceRequestRetired
        FillerOrderNumberImagingServiceRequestRetired SpecimenAccessionNumber
        ContainerIdentifier SpecimenIdentifier SlideIdentifier OtherStudyNumbers
        ReportNumber PrintJobID ResultsID InterpretationID HL7InstanceIdentifier OwnerID
        StudyIDIssuer IssuerOfPatientID ClinicalTrialProtocolEthicsCommitteeApprovalNumber
        """,
    "devices": """
        DeviceSerialNumber DeviceID PlateID GeneratorID GridID CassetteID GantryID
        SecondaryCaptureDeviceID HardcopyCreationDeviceID SubstanceAdministrationDeviceID
        ContainerComponentID SourceSerialNumber StationName DetectorID
        RespiratorySignalSourceID ScheduledStationName PerformedStationName
        RadiationMachineName TreatmentMachineName XRaySourceID XRayDetectorID
        DeviceAlternateIdentifier LensSerialNumber UniqueDeviceIdentifier
        ManufacturerDeviceIdentifier ProductLotIdentifier DeviceLabel
        """,
    "phones": """
        PatientTelephoneNumbers PersonTelephoneNumbers TelephoneNumberTrial
        ReferringPhysicianTelephoneNumbers OrderCallbackPhoneNumber
        PatientTelecomInformation PersonTelecomInformation OrderCallbackTelecomInformation
        """,
    "addresses": """
        PatientAddress ReferringPhysicianAddress PersonAddress AddressTrial
        InstitutionAddress RegionOfResidence PatientInstitutionResidence
        ScheduledPatientInstitutionResidence DistributionAddress
        """,
    "institutions": """
        InstitutionName InstitutionalDepartmentName ResponsibleOrganization
        HumanPerformerOrganization VerifyingOrganization ClinicalTrialSiteName
        ClinicalTrialSiteID ClinicalTrialCoordinatingCenterName ClinicalTrialSponsorName
        ClinicalTrialProtocolEthicsCommitteeName RequestingService ScheduledStudyLocation
        CurrentPatientLocation RequestedProcedureLocation ScheduledProcedureStepLocation
        PerformedLocation OrderEntererLocation AssignedLocation SourceOfPreviousValues
        LocalNamespaceEntityID UniversalEntityID
        """,
    "names": "NameToUse",
    "physicians": "HangingProtocolCreator ContactDisplayName TopicAuthor CameraOwnerName",
}
_PERSON_CODES = [
    "PersonIdentificationCodeSequence",
    "HumanPerformerCodeSequence",
    "IdentifierCodeSequenceTrial",
    "VerifyingObserverIdentificationCodeSequence",
    "ContentCreatorIdentificationCodeSequence",
    "HangingProtocolUserIdentificationCodeSequence",
]
_PLACE_CODES = [
    "InstitutionCodeSequence",
    "InstitutionalDepartmentTypeCodeSequence",
    "ScheduledStationGeographicLocationCodeSequence",
    "PerformedStationGeographicLocationCodeSequence",
]
_CODE_VALUES = {0x00080100: "ids", 0x00080119: "ids", 0x00080120: "ids"}
_CODE_MEANING: Tag = 0x00080104
_BIRTH = re.compile("Birth")
_DATE = re.compile(r"(\d{4})\.?(\d\d)\.?(\d\d)")
_SEQUENCE_AND_ITEM = 2


@cache
def _field_of() -> dict[Tag, str]:
    """Tag -> field, for the text VRs."""
    return {
        tag: field
        for field, keywords in _FIELDS.items()
        for keyword in keywords.split()
        if (tag := data.tag_of(keyword)) is not None
    }


@cache
def _code_meanings() -> dict[Tag, str]:
    """Sequence of codes -> the field of what its codes mean."""
    pairs = [(_PERSON_CODES, "physicians"), (_PLACE_CODES, "institutions")]
    tags = ((data.tag_of(keyword), field) for keywords, field in pairs for keyword in keywords)
    return {tag: field for tag, field in tags if tag is not None}


@cache
def _field(tag: Tag, vr: str) -> str:
    """The field that the values of a tag belong to, "" if to none."""
    category = data.category_of(tag)
    if vr == "PN":
        return "names" if category == "patient" else "physicians"
    if vr in ("DA", "DT"):
        entry = data.entry(tag)
        return "births" if entry is not None and _BIRTH.search(entry.keyword) else "dates"
    field = _field_of().get(tag, "")
    return field or ("devices" if category == "equipment" and vr == "AE" else "")


def _field_at(place: Place, vr: str) -> str:
    """As `_field`, and the codes that say who or where."""
    tag = place.element.tag
    if len(place.path) > _SEQUENCE_AND_ITEM:
        meant = _code_meanings().get(place.path[-1 - _SEQUENCE_AND_ITEM], "")
        if meant:
            return meant if tag == _CODE_MEANING else _CODE_VALUES.get(tag, "")
    return _field(tag, vr)


def patient_of(instance: Instance) -> tuple[str, str] | None:
    """Who an instance is about, as something to gather by: Patient ID and its issuer.

    None without an ID. A batch that merges what its instances say of one patient, in a
    first pass over all of them, gets the same texts in whatever order they come.
    """
    patient_id = instance.text(0x00100020).strip()
    return (patient_id, instance.text(0x00100021).strip()) if patient_id else None


def collect(instance: Instance) -> Identity:
    """The identifying values of an instance, at every depth."""
    found: dict[str, set[object]] = {f.name: set() for f in fields(Identity)}
    for place in instance.places():
        if place.element.items is not None or not place.element.value_bytes:
            continue
        vr = place.context.vr(place.element)
        field = _field_at(place, vr)
        if not field or vr not in VRS or VRS[vr].kind not in ("text", "ascii"):
            continue
        for value in split_values(place.context.text(place.element) or "", vr):
            found[field].update(_values(field, value.strip()))
    return Identity(**{field: frozenset(values) for field, values in found.items()})  # type: ignore[arg-type]


def _values(field: str, text: str) -> Iterable[object]:
    if field in ("names", "physicians"):
        return parse_name(text)
    if field in ("births", "dates"):
        return _days(text)
    return (text,) if text else ()


def _days(text: str) -> tuple[date, ...]:
    """The day that a DA or DT says, none if it is less precise or no date."""
    match = _DATE.match(text)
    if match is None:
        return ()
    try:
        return (date(*map(int, match.groups())),)
    except ValueError:
        return ()
