"""Makers of equipment and the habits of their headers: versions, names, private blocks.

Strategy: a row of names for each maker, and a function for its private blocks. What is in
Table E.3.10-1 is safe and has to stay; what their consoles and archives copy from the
patient has to go, also where it hides in UN or in a sequence of a private element.

Invariants: a private value that identifies is ASCII or of the file's character set.

Standard: PS3.15 §E.3.10; PS3.5 §6.2.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dicomanon.dicom.segment import encode_element
from dicomanon.dicom.transfer_syntax import IMPLICIT_LE
from dicomanon.synth.attribute import Block, encoded, level
from dicomanon.synth.text import Part, Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from dicomanon.synth.attribute import Attribute, Level
    from dicomanon.synth.exam import Exam


class Vendor(NamedTuple):
    """Names as the maker writes them; private: its blocks for a modality."""

    manufacturer: str
    models: dict[str, str]
    software: str
    station: str
    private: Callable[[Exam, str], Level]


_SH_CHARS = 16
_CSA = b"SV10\4\3\2\1"


def _ge(exam: Exam, modality: str) -> Level:
    identity = Block("GEMS_IDEN_01", 0x0009)
    acquisition, parameters = Block("GEMS_ACQU_01", 0x0019), Block("GEMS_PARM_01", 0x0043)
    found = [
        identity.open(0x01, "LO", "GE_GENESIS_FF"),
        identity.open(0x02, "SH", exam.station[:4]),
    ]
    if modality == "CT":
        found += [
            acquisition.safe(0x23, "DS", "39.37"),
            acquisition.safe(0x27, "DS", "0.8"),
            parameters.safe(0x27, "SH", "0.984:1"),
        ]
    return found


def _siemens(exam: Exam, modality: str) -> Level:
    last = exam.patient.person.romaji_last
    csa, mr = Block("SIEMENS CSA HEADER", 0x0029), Block("SIEMENS MR HEADER", 0x0019)
    found = [
        csa.open(0x08, "CS", "IMAGE NUM 4"),
        csa.hidden(0x10, "OB", _CSA + f"<patient>{last}</patient>".encode(), Part(last, "A")),
    ]
    if modality == "MR":
        found += [
            mr.safe(0x0C, "IS", "1000"),
            mr.safe(0x0D, "CS", "DIRECTIONAL"),
            mr.safe(0x0E, "FD", (0.5, -0.25, 0.125)),
        ]
    return found


def _philips(exam: Exam, modality: str) -> Level:
    general, mr = (
        Block("Philips Imaging DD 001", 0x2001),
        Block("Philips MR Imaging DD 005", 0x2005),
    )
    found = [mr.planted(0x38, "LT", f"{exam.patient.person.romaji_last} {exam.patient.id}", "A")]
    if modality == "MR":
        found += [general.safe(0x23, "DS", "12"), general.safe(0x06, "CS", "N")]
    if modality == "PT":
        found.append(Block("Philips PET Private Group", 0x7053).safe(0x00, "DS", "0.000551"))
    return found


def _canon(exam: Exam, _: str) -> Level:
    block = Block("TOSHIBA_MEC_CT3", 0x7005)
    return [
        block.planted(0x11, "LT", exam.patient.id, "H"),
        block.open(0x33, "DA", f"{exam.day:%Y%m%d}")._replace(demand="date"),
    ]


def _fuji(exam: Exam, _: str) -> Level:
    p = exam.patient
    hospital, film = Block("FDMS 1.0", 0x0009), Block("FDMS 1.0", 0x0019)
    return [
        hospital.open(0x04, "SH", "ANALYSIS1"),
        hospital.planted(0x80, "LO", p.hospital, "B"),
        film.planted(0x90, "SH", p.person.romaji_last[:_SH_CHARS], "A"),
    ]


VENDORS: tuple[Vendor, ...] = (
    Vendor(
        "GE MEDICAL SYSTEMS",
        {"CT": "Revolution EVO", "MR": "SIGNA Pioneer", "US": "LOGIQ E9", "PT": "Discovery MI"},
        "rev_evo_20.1",
        "CTAWP",
        _ge,
    ),
    Vendor(
        "SIEMENS",
        {"CT": "SOMATOM Force", "MR": "MAGNETOM Skyra", "US": "ACUSON S2000", "XA": "Artis Q"},
        "syngo VE11C",
        "AXIS4",
        _siemens,
    ),
    Vendor(
        "Philips",
        {"CT": "IQon", "MR": "Ingenia", "US": "EPIQ 7G", "PT": "Vereos", "NM": "BrightView"},
        "5.4.1\\5.4.1.2",
        "PHI3T",
        _philips,
    ),
    Vendor(
        "CANON_MEC",
        {"CT": "Aquilion ONE", "MR": "Vantage Titan", "US": "Aplio i800", "XA": "Infinix-i"},
        "V10.5",
        "CTRM2",
        _canon,
    ),
    Vendor(
        "FUJIFILM Corporation",
        {"CR": "FCR PROFECT CS", "DX": "FDR D-EVO", "MG": "AMULET Innovality", "CT": "SCENARIA"},
        "V9.0",
        "FCR01",
        _fuji,
    ),
)


def archive_blocks(exam: Exam) -> Level:
    """What a hospital's archive adds: the patient once more, in many forms."""
    p, dice = exam.patient, exam.dice.fork("archive")
    archive, ris = Block("ARCHIVE 2.0", 0x0041), Block("RIS EXPORT", 0x0051)
    last = p.person.romaji_last
    inside = level(PatientName=p.person.pn, PatientID=p.id, AccessionNumber=exam.accession)
    unknown = _items_in_un(level(PatientName=f"{last}^{p.person.romaji_first}"))
    call = Text((Part("call ", ""), Part(p.phone, "D")))
    choices: list[Attribute] = [
        archive.planted(0x01, "LO", last, "A"),
        # Nothing is asked of what is not ASCII: in Implicit VR a scorer reads bytes.
        archive.open(0x02, "LO", p.person.kanji_last or p.person.last),
        archive.hidden(0x03, "UN", p.id.encode(), Part(p.id, "H")),
        archive.open(0x04, "SQ", [inside]),
        archive.hidden(0x05, "UN", unknown, Part(last, "A")),
        archive.open(0x06, "LT", call),
        ris.planted(0x10, "ST", p.street, "B"),
        ris.planted(0x11, "SH", exam.accession, "R"),
        ris.open(0x12, "DT", f"{exam.day:%Y%m%d}081500")._replace(demand="date"),
    ]
    return dice.order(choices)[: dice.between(1, 4)]


def _items_in_un(item: Level) -> bytes:
    """A sequence as UN holds it: Implicit VR Little Endian. Standard: PS3.5 §6.2.2 Note 2."""
    body = b"".join(
        encode_element(e, explicit=False, little=True) for e in encoded(item, "", IMPLICIT_LE)
    )
    return b"\xfe\xff\x00\xe0" + len(body).to_bytes(4, "little") + body
