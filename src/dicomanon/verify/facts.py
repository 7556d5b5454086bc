"""What an attribute may say about whom: the oracle's own table, apart from the policy's.

Strategy: rules by VR and keyword over pydicom's dictionary; the first that fits counts.
An attribute that no rule names is no source of identifiers, yet is searched like any other.

Invariants: nothing here is shared with `policy`, so that one mistake is not made twice.
What is too common to be searched for (sex, age, weight, times of day) has no rule.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from pydicom.datadict import dictionary_keyword, dictionary_VR

CATEGORIES = frozenset({"patient", "contact", "date", "place", "equipment", "study", "uid"})

TEXT_VRS = frozenset({"LO", "LT", "PN", "SH", "ST", "UC", "UT", "UR", "AE"})
DATE_VRS = frozenset({"DA", "DT"})
CONTROLLED_VRS = frozenset({"AS", "CS", "DS", "IS", "TM", "AT"})
"""VRs whose values come from a list or are numbers: a word found there is seldom a name."""

CODE_VALUE = 0x00080100
CONTROLLED_TAGS = frozenset({0x00080100, 0x00080102, 0x00080103, 0x00080104, 0x00080119})
_CODES_OF_PEOPLE = re.compile(r"(Person|Physician|Operator|Performer|Observer).*Ident")
PRIVATE_GROUP = 0x10000


class Facts(NamedTuple):
    """What is known of an attribute; category and kind are "" where it identifies nobody."""

    vr: str
    keyword: str
    category: str
    kind: str


_RULES: tuple[tuple[str, str, str, str], ...] = (
    # category, kind, VRs (any if empty), pattern found in the keyword
    ("", "", "UI", r"Class|TransferSyntax|CodingScheme|^Context|MappingResource|^Template|^Segmen"),
    (
        "",
        "",
        "UI",
        r"^(PrivateInformation|Instance)?CreatorUID|^CreatorVersion|^PrivateInf|Palette|^HomeComm",
    ),
    ("uid", "uid", "UI", r""),
    ("patient", "date", "DA DT", r"^Patient(Birth|Death)"),
    ("date", "date", "DA DT", r""),
    ("patient", "name", "PN", r"Patient"),
    ("contact", "name", "PN", r""),
    ("", "", "PN CS DS IS AS TM", r""),
    ("patient", "identifier", "", r"^(Other)?PatientIDs?$|^MedicalRecordLocator$|^AdmissionID$"),
    ("patient", "identifier", "", r"^ServiceEpisodeID$|^InsurancePlanIdentification$"),
    ("patient", "identifier", "", r"^ClinicalTrialSubject(Reading)?ID$"),
    ("patient", "phone", "", r"^PatientTele"),
    ("patient", "address", "", r"^PatientAddress$"),
    ("contact", "phone", "", r"Telephone|Telecom"),
    ("contact", "address", "", r"(Physician|Person|Distribution)Address$|^AddressTrial$"),
    ("contact", "institution", "", r"^(Responsible|HumanPerformer|Verifying)Organization$"),
    (
        "place",
        "institution",
        "",
        r"^Institution(Name|alDepartmentName)$|^ClinicalTrialSite(ID|Name)",
    ),
    ("place", "institution", "", r"^ClinicalTrialCoordinatingCenterName$"),
    ("place", "institution", "", r"^(CurrentPatient|Performed|ScheduledStudy)Location$|Residence$"),
    (
        "place",
        "institution",
        "",
        r"^(Requested|Scheduled)Procedure(Step)?Location$|^OrderEntererLoc",
    ),
    ("place", "address", "", r"^InstitutionAddress$"),
    ("study", "order", "", r"AccessionNumber$|^StudyID$|OrderNumber|^ClinicalTrialProtocolID$"),
    ("study", "order", "", r"^(Requested|Scheduled|Performed)Procedure(Step)?ID$"),
    ("equipment", "device", "", r"SerialNumber$|StationName$|^UniqueDeviceIdentifier$|AETitle"),
    (
        "equipment",
        "device",
        "",
        r"^(XRay)?DetectorID$|^(Plate|Cassette|Gantry|Device|Generator)ID$",
    ),
    ("equipment", "device", "AE", r""),
)
_COMPILED = tuple(
    (category, kind, frozenset(vrs.split()), re.compile(pattern))
    for category, kind, vrs, pattern in _RULES
)


@lru_cache(maxsize=1 << 14)
def facts(tag: int, vr: str) -> Facts:
    """The facts of a tag; vr: as the file writes it, "" if it does not. Standard: PS3.6 §6."""
    if tag & PRIVATE_GROUP:
        keyword = ""
        vr = vr or "UN"
    else:
        try:
            known, keyword = dictionary_VR(tag), dictionary_keyword(tag)
        except KeyError:
            known, keyword = "UN", ""
        vr = known[:2] if vr in ("", "UN") else vr
    for category, kind, vrs, pattern in _COMPILED:
        if (not vrs or vr in vrs) and pattern.search(keyword):
            return Facts(vr, keyword, category, kind)
    return Facts(vr, keyword, "", "")


@lru_cache(maxsize=1 << 10)
def codes_people(tag: int) -> bool:
    """Whether a sequence holds the code that stands for a person."""
    return bool(_CODES_OF_PEOPLE.search(facts(tag, "SQ").keyword))
