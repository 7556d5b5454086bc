"""One small instance to try things with: an ultrasound image of a made-up patient.

Strategy: eight bits and no compression, so that everything can show it; a name, an ID and a
date stand in its header, in its texts and in its pixels.

Invariants: the same bytes always; below 200 kB.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from dicomanon.synth import picture
from dicomanon.synth.attribute import Block, level
from dicomanon.synth.burned import header
from dicomanon.synth.codestream import EXPLICIT
from dicomanon.synth.dice import Dice
from dicomanon.synth.exam import Exam, Series
from dicomanon.synth.images import KINDS
from dicomanon.synth.instance import Draft, imaged, part10
from dicomanon.synth.modules import acquired
from dicomanon.synth.person import JIS, Patient, Person
from dicomanon.synth.stamp import burn
from dicomanon.synth.vendor import VENDORS

if TYPE_CHECKING:
    from dicomanon.synth.attribute import Level

_BITS, _WHITE, _SIZE, _SEED = 8, 255, (360, 480), 7
_PATIENT = Patient(
    number=0,
    lang="ja",
    charset=JIS,
    person=Person("YAMADA", "HANAKO", "山田", "花子", "やまだ", "はなこ", "YAMADA", "HANAKO"),
    sex="F",
    id="00471108",
    born=date(1958, 3, 14),
    first_day=date(2024, 5, 20),
    hospital="若葉台総合病院",
    hospital_ascii="WAKABADAI GENERAL HOSPITAL",
    street="東京都江東区若葉台3-14-15",
    town="",
    phone="03-5555-0147",
    email="hanako.147@example.org",
    other_id="147-55-0147",
    doctor=Person("ISHIGAKI", "MAKOTO", "石垣", "誠", "いしがき", "まこと", "ISHIGAKI", "MAKOTO"),
    operator=Person("DOI", "AOI", "土井", "葵", "どい", "あおい", "DOI", "AOI"),
    reader=Person("NITTA", "SUSUMU", "新田", "進", "にった", "すすむ", "NITTA", "SUSUMU"),
)


def sample() -> bytes:
    """A Part 10 file."""
    p, kind = _PATIENT, KINDS["US"]
    exam = Exam(
        patient=p,
        vendor=VENDORS[3],
        dice=Dice("dicomanon sample"),
        modality="US",
        day=p.first_day,
        hour=9,
        accession="A20240520",
        study_id="52017",
        words=kind.words_ja,
        body_part=kind.body,
        station="US01",
        serial="471147",
    )
    series = Series(exam, "US", 1, 12)
    drawn = picture.fan(1, _SIZE, _SEED)
    for stamp in header(exam, _SIZE):
        burn(drawn, stamp, _WHITE)
    module, pixels = imaged(drawn, _BITS, EXPLICIT)
    attributes = [*_header(exam, series, kind.sop_class), *module]
    return part10(Draft(series, 1, kind.sop_class, attributes, EXPLICIT, pixels))[0]


def _header(exam: Exam, series: Series, sop_class: str) -> Level:
    p, day = exam.patient, f"{exam.day:%Y%m%d}"
    last = p.person.kanji_last
    return [
        *level(
            SpecificCharacterSet=p.charset,
            ImageType=("ORIGINAL", "PRIMARY", "ABDOMINAL"),
            SOPClassUID=sop_class,
            SOPInstanceUID=series.instance_uid(1),
            StudyDate=day,
            SeriesDate=day,
            StudyTime="090412",
            AccessionNumber=exam.accession,
            Modality="US",
            Manufacturer=exam.vendor.manufacturer,
            ManufacturerModelName=exam.vendor.models["US"],
            InstitutionName=p.hospital,
            StationName=exam.station,
            ReferringPhysicianName=p.doctor.pn,
            OperatorsName=p.operator.pn,
            StudyDescription=f"{exam.words} {last}様 {p.doctor.kanji_last}医師依頼",
            SeriesDescription="ABDOMEN B-MODE",
            PatientName=p.person.pn,
            PatientID=p.id,
            PatientBirthDate=f"{p.born:%Y%m%d}",
            PatientSex=p.sex,
            PatientAge=f"{p.age_years(exam.day):03d}Y",
            PatientAddress=p.street,
            PatientTelephoneNumbers=p.phone,
            PatientComments=f"{last}さんは橋本病で通院中。令和6年5月13日に転倒。連絡先 {p.phone}",
            BodyPartExamined="ABDOMEN",
            ProtocolName="ABDOMEN",
            DeviceSerialNumber=exam.serial,
            StudyInstanceUID=exam.uid("study"),
            SeriesInstanceUID=series.uid,
            StudyID=exam.study_id,
            SeriesNumber=1,
            InstanceNumber=1,
            PatientOrientation="",
            BurnedInAnnotation="YES",
        ),
        *acquired(series),
        Block("ARCHIVE 2.0", 0x0041).open(0x01, "LO", f"{p.person.romaji_last} {p.id}"),
    ]
