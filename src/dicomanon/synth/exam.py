"""One study of one patient: what all of its instances have in common.

Strategy: the modules that hold for every instance are written here from the exam and its
series; the modalities add their own. What is optional differs from exam to exam, as it
does from hospital to hospital.

Invariants: the instances of a study agree in its patient and study attributes, those of a
series in its attributes.

Standard: PS3.3 §C.7.1 to §C.7.5, §C.12.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from dicomanon.dicom.charset import charset
from dicomanon.synth import sentences
from dicomanon.synth.attribute import attribute, level
from dicomanon.synth.text import Facts, Text, kept, sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dicomanon.synth.attribute import Level
    from dicomanon.synth.dice import Dice
    from dicomanon.synth.person import Patient
    from dicomanon.synth.vendor import Vendor

SH_CHARS, _LO_CHARS, _LT_CHARS = 16, 64, 10240
_SMOKERS = ("YES", "NO", "UNKNOWN")
_NAMED_CODES = 0.3
"""The share of local procedure codes whose meaning somebody wrote a name or an ID into."""


@dataclass(frozen=True, slots=True)
class Exam:
    """A study. hour: it began at; words: what was done, in the patient's language."""

    patient: Patient
    vendor: Vendor
    dice: Dice
    modality: str
    day: date
    hour: int
    accession: str
    study_id: str
    words: str
    body_part: str
    station: str
    serial: str

    def uid(self, name: str) -> str:
        """The UID of something of this study; some are long, and say when and on what device."""
        number = self.dice.fork(f"uid {name}").number()
        if self.patient.number % 3:
            return f"2.25.{number}"
        return (
            f"2.25.{number >> 66}.{self.serial}.{self.day:%Y%m%d}{self.hour:02d}3000.{number % 97}"
        )

    @property
    def facts(self) -> Facts:
        """What its texts are about."""
        return Facts(self.patient, self.day, self.accession, self.words)

    def text(self, choices: Mapping[str, tuple[str, ...]], place: str, max_chars: int) -> Text:
        """A sentence for a place, or what was done where none is fair there."""
        coder = charset(self.patient.charset.encode())
        found = sentence(
            choices[self.patient.lang],
            self.facts,
            self.dice.fork(place),
            max_chars,
            lambda text: coder.encode(text) is not None,
        )
        return kept(self.words[:max_chars]) if found is None else found

    def short(self, choices: Mapping[str, tuple[str, ...]], place: str) -> Text:
        """A text for an SH."""
        return self.text(choices, place, SH_CHARS)

    def line(self, choices: Mapping[str, tuple[str, ...]], place: str) -> Text:
        """A text for an LO."""
        return self.text(choices, place, _LO_CHARS)

    def page(self, choices: Mapping[str, tuple[str, ...]], place: str) -> Text:
        """A text for an LT, ST or UT."""
        return self.text(choices, place, _LT_CHARS)


@dataclass(frozen=True, slots=True)
class Series:
    """A series. minute: of the exam's hour it was made in."""

    exam: Exam
    modality: str
    number: int
    minute: int

    @property
    def uid(self) -> str:
        """Series Instance UID."""
        return self.exam.uid(f"series {self.number}")

    def instance_uid(self, number: int) -> str:
        """SOP Instance UID of an instance, from one."""
        return self.exam.uid(f"series {self.number} instance {number}")

    def time(self, second: int = 0) -> str:
        """A TM within the series."""
        return f"{self.exam.hour:02d}{self.minute:02d}{second:02d}"


def common(series: Series, sop_class: str, number: int) -> Level:
    """The modules of every instance: patient, study, series, equipment, SOP Common."""
    exam = series.exam
    return [
        *_patient(exam),
        *_visit(exam),
        *_study(exam),
        *_series(series),
        *_equipment(exam),
        *_sop(series, sop_class, number),
    ]


def _patient(exam: Exam) -> Level:
    p, dice = exam.patient, exam.dice.fork("patient module")
    optional = [
        level(OtherPatientIDs=p.other_id),
        level(
            OtherPatientIDsSequence=[
                level(PatientID=p.other_id, IssuerOfPatientID="NATIONAL", TypeOfPatientID="TEXT")
            ]
        ),
        level(PatientAddress=f"{p.street}, {p.town}" if p.town else p.street),
        level(PatientTelephoneNumbers=p.phone),
        level(PatientComments=exam.page(sentences.COMMENT, "patient comments")),
        level(OtherPatientNames=f"{p.person.romaji_last}^{p.person.romaji_first}"),
        level(EthnicGroup=dice.pick(("2135-2", "UNKNOWN", "A"))),
        level(IssuerOfPatientID=p.hospital_ascii),
        level(ResponsiblePerson=p.doctor.pn, ResponsiblePersonRole="GUARDIAN"),
        level(PatientBirthTime="043000"),
        level(OriginalAttributesSequence=[_corrected(exam)]),
    ]
    found = level(
        PatientName=p.person.pn,
        PatientID=p.id,
        PatientBirthDate=f"{p.born:%Y%m%d}",
        PatientSex=p.sex,
    )
    for chosen in dice.order(optional)[: dice.between(2, 6)]:
        found += chosen
    if p.charset:
        found += level(SpecificCharacterSet=p.charset)
    return found


def _corrected(exam: Exam) -> Level:
    """What stood there before somebody corrected it."""
    person = exam.patient.person
    before = level(PatientName=f"{person.romaji_last}^{person.romaji_first}", PatientID="0000")
    return level(
        SourceOfPreviousValues="",
        AttributeModificationDateTime=f"{exam.day:%Y%m%d}180000",
        ModifyingSystem=exam.station,
        ReasonForTheAttributeModification="CORRECT",
        ModifiedAttributesSequence=[before],
    )


def _visit(exam: Exam) -> Level:
    """The Patient Study and Visit attributes that this hospital fills in."""
    p, dice = exam.patient, exam.dice.fork("visit")
    optional = [
        level(AdditionalPatientHistory=exam.page(sentences.HISTORY, "history")),
        level(MedicalAlerts=exam.line(sentences.ALERT, "alerts")),
        level(Allergies=exam.line(sentences.ALERT, "allergies")),
        level(SmokingStatus=dice.pick(_SMOKERS)),
        level(PatientSize="1.68", PatientWeight=dice.pick(("58", "71.5", "84"))),
        level(Occupation=kept(dice.pick(("Teacher", "Carpenter", "Retired")))),
        level(AdmissionID=f"V{dice.digits(7)}"),
        level(AdmittingDiagnosesDescription=exam.line(sentences.REASON, "diagnosis")),
        level(VisitComments=exam.page(sentences.COMMENT, "visit comments")),
        level(CurrentPatientLocation=dice.pick(("WARD 4B BED 12", "ICU 3", "OPD"))),
        level(AdmittingDate=f"{exam.day - timedelta(days=1):%Y%m%d}"),
    ]
    age = p.age_years(exam.day)
    found = level(PatientAge=f"{age:03d}Y") if dice.chance(0.8) else []
    for chosen in dice.order(optional)[: dice.between(2, 6)]:
        found += chosen
    return found


def _study(exam: Exam) -> Level:
    p, dice = exam.patient, exam.dice.fork("study module")
    optional = [
        level(NameOfPhysiciansReadingStudy=p.reader.pn),
        level(PhysiciansOfRecord=p.doctor.pn),
        level(ReferringPhysicianTelephoneNumbers="(415) 555-0199"),
        level(ReasonForStudy=exam.line(sentences.REASON, "reason")),
        level(RequestingPhysician=p.doctor.pn),
        level(RequestedProcedureDescription=exam.line(sentences.DESCRIPTION, "requested")),
        level(StudyComments=exam.page(sentences.COMMENT, "study comments")),
        level(
            ReferencedStudySequence=[
                level(
                    ReferencedSOPClassUID="1.2.840.10008.3.1.2.3.1",
                    ReferencedSOPInstanceUID=exam.uid("detached study"),
                )
            ]
        ),
        level(ProcedureCodeSequence=[_local_code(exam)]),
    ]
    found = level(
        StudyInstanceUID=exam.uid("study"),
        StudyDate=f"{exam.day:%Y%m%d}",
        StudyTime=f"{exam.hour:02d}0412",
        StudyID=exam.study_id,
        AccessionNumber=exam.accession,
        ReferringPhysicianName=p.doctor.pn,
        StudyDescription=exam.line(sentences.DESCRIPTION, "study description"),
    )
    for chosen in dice.order(optional)[: dice.between(2, 5)]:
        found += chosen
    return found


def _local_code(exam: Exam) -> Level:
    """A code of the hospital's own."""
    dice = exam.dice.fork("local code")
    named = dice.chance(_NAMED_CODES)
    return level(
        CodeValue="CT-0112",
        CodingSchemeDesignator="99LOCAL",
        CodeMeaning=exam.line(sentences.PROTOCOL, "code meaning") if named else "Imaging",
    )


def _series(series: Series) -> Level:
    exam, dice = series.exam, series.exam.dice.fork(f"series module {series.number}")
    p, place = exam.patient, f"series {series.number}"
    step = level(
        RequestedProcedureID=f"RP{exam.accession[-5:]}",
        ScheduledProcedureStepID=f"SPS{exam.accession[-5:]}",
        ScheduledProcedureStepDescription=exam.line(sentences.DESCRIPTION, f"{place} step"),
    )
    optional = [
        level(OperatorsName=p.operator.pn),
        level(
            OperatorIdentificationSequence=[
                level(
                    PersonIdentificationCodeSequence=[
                        level(
                            CodeValue=f"RT{exam.serial}",
                            CodingSchemeDesignator="99STAFF",
                            CodeMeaning=p.operator.romaji_last,
                        )
                    ],
                    PersonTelephoneNumbers=p.phone,
                    InstitutionName=p.hospital,
                )
            ],
        ),
        level(PerformingPhysicianName=p.doctor.pn),
        level(RequestAttributesSequence=[step]),
        level(
            PerformedProcedureStepStartDate=f"{exam.day:%Y%m%d}",
            PerformedProcedureStepStartTime=series.time(),
            PerformedProcedureStepID=f"PPS{exam.accession[-5:]}",
            PerformedProcedureStepDescription=exam.line(sentences.DESCRIPTION, f"{place} done"),
        ),
        level(CommentsOnThePerformedProcedureStep=exam.page(sentences.COMMENT, f"{place} notes")),
    ]
    found = level(
        Modality=series.modality,
        SeriesInstanceUID=series.uid,
        SeriesNumber=series.number,
        SeriesDescription=exam.line(sentences.DESCRIPTION, f"{place} description"),
        SeriesDate=f"{exam.day:%Y%m%d}",
        SeriesTime=series.time(),
    )
    for chosen in dice.order(optional)[: dice.between(1, 4)]:
        found += chosen
    return found


def protocol(series: Series) -> Level:
    """The protocol of a series that was acquired; it is where people put their names."""
    place = f"series {series.number} protocol"
    return level(
        ProtocolName=series.exam.line(sentences.PROTOCOL, place),
        BodyPartExamined=series.exam.body_part,
    )


def _equipment(exam: Exam) -> Level:
    p, dice = exam.patient, exam.dice.fork("equipment")
    found = level(
        Manufacturer=exam.vendor.manufacturer,
        InstitutionName=p.hospital,
        StationName=exam.station,
        DeviceSerialNumber=exam.serial,
        SoftwareVersions=exam.vendor.software,
    )
    if dice.chance(0.4):
        found += level(InstitutionAddress=f"{p.street}, {p.town}" if p.town else p.street)
    if dice.chance(0.4):
        found += level(InstitutionalDepartmentName=f"{p.hospital_ascii} Radiology")
    if dice.chance(0.3):
        found += level(DateOfLastCalibration=f"{exam.day - timedelta(days=9):%Y%m%d}")
    return found


def _sop(series: Series, sop_class: str, number: int) -> Level:
    exam = series.exam
    found = level(
        SOPClassUID=sop_class,
        SOPInstanceUID=series.instance_uid(number),
        InstanceNumber=number,
        ContentDate=f"{exam.day:%Y%m%d}",
        ContentTime=series.time(number % 60),
    )
    if exam.dice.fork("created").chance(0.5):
        found += level(
            InstanceCreationDate=f"{exam.day:%Y%m%d}",
            InstanceCreationTime=series.time(number % 60),
            InstanceCreatorUID=exam.uid("creator"),
        )
    return found


def model(series: Series) -> Level:
    """Manufacturer's Model Name, where the maker makes such a device."""
    name = series.exam.vendor.models.get(series.modality)
    return [] if name is None else [attribute("ManufacturerModelName", name)]
