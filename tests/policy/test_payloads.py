"""What holds more than a value: each kind goes, or becomes an empty one, under its own rule."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, NamedTuple

import pytest

from dicomanon.dicom.scan import scan
from dicomanon.dicom.source import BytesSource
from dicomanon.dicom.transfer_syntax import EXPLICIT_BE, EXPLICIT_LE, IMPLICIT_LE
from dicomanon.policy.decision import Decision, after
from dicomanon.policy.payload import BLANK_DOCUMENTS, BLANK_PDF, PAYLOADS
from dicomanon.policy.plan import plan
from dicomanon.policy.profile import PRESETS, Profile, profile
from tests import builders, engine
from tests.builders import part10

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dicomanon.dicom.transfer_syntax import TransferSyntax

CANARY = b"CanaryPayload "
PDF, STL = "1.2.840.10008.5.1.4.1.1.104.1", "1.2.840.10008.5.1.4.1.1.104.3"
ATTRIBUTES: list[builders.Element] = [("PatientName", "PN", CANARY)]


class Case(NamedTuple):
    """elements: of the data set; meta: of the File Meta; path: the payload; rule: its name."""

    elements: Sequence[builders.Element]
    path: str
    rule: str
    meta: Sequence[builders.Element] = ()
    sop_class: str = builders.CT_IMAGE


CASES = {
    "overlay": Case([(0x60003000, "OW", CANARY)], "60003000", "overlay"),
    "overlay's other attributes": Case([(0x60020022, "LO", CANARY), (0x60023000, "OW", b"  ")],
                                       "60020022", "overlay_group"),
    "curve": Case([(0x50003000, "OW", CANARY)], "50003000", "curve"),
    "audio": Case([(0x5000200C, "OW", CANARY)], "5000200C", "audio"),
    "audio comments": Case([(0x5000200E, "LT", CANARY)], "5000200E", "audio"),
    "graphic annotation": Case([("GraphicAnnotationSequence", "SQ", [ATTRIBUTES])],
                               "00700001", "graphic_annotation"),
    "presentation state": Case([("ContentDescription", "LO", CANARY)],
                               "00700081", "presentation_state"),
    "graphic layer": Case([(0x00700068, "LO", CANARY)], "00700068", "presentation_state"),
    "PDF": Case([("MIMETypeOfEncapsulatedDocument", "LO", "application/pdf"),
                 ("EncapsulatedDocument", "OB", CANARY)],
                "00420011", "encapsulated_document", sop_class=PDF),
    "CDA": Case([("EncapsulatedDocument", "OB", CANARY),
                 ("MIMETypeOfEncapsulatedDocument", "LO", "text/XML")],
                "00420011", "encapsulated_document", sop_class=PDF),
    "STL": Case([("EncapsulatedDocument", "OB", CANARY),
                 ("MIMETypeOfEncapsulatedDocument", "LO", "model/stl")],
                "00420011", "encapsulated_document", sop_class=STL),
    "OBJ": Case([("EncapsulatedDocument", "OB", CANARY),
                 ("MIMETypeOfEncapsulatedDocument", "LO", "model/obj")],
                "00420011", "encapsulated_document"),
    "MTL": Case([("EncapsulatedDocument", "OB", CANARY),
                 ("MIMETypeOfEncapsulatedDocument", "LO", "model/mtl")],
                "00420011", "encapsulated_document"),
    "a document of no known type": Case([("EncapsulatedDocument", "OB", CANARY)],
                                        "00420011", "encapsulated_document"),
    "waveform annotation": Case([("WaveformAnnotationSequence", "SQ", [ATTRIBUTES])],
                                "0040B020", "waveform_annotation"),
    "icon image": Case([("IconImageSequence", "SQ", [[("PixelData", "OW", CANARY)]])],
                       "00880200", "icon_image"),
    "encrypted attributes": Case([("EncryptedAttributesSequence", "SQ",
                                   [[("EncryptedContent", "OB", CANARY)]])],
                                 "04000500", "encrypted_attributes"),
    "original attributes": Case([("OriginalAttributesSequence", "SQ", [ATTRIBUTES])],
                                "04000561", "original_attributes"),
    "MAC parameters": Case([(0x4FFE0001, "SQ", [ATTRIBUTES])], "4FFE0001", "digital_signature"),
    "digital signature": Case([("DigitalSignaturesSequence", "SQ", [ATTRIBUTES])],
                              "FFFAFFFA", "digital_signature"),
    "trailing padding": Case([("DataSetTrailingPadding", "OB", CANARY)],
                             "FFFCFFFC", "trailing_padding"),
    "source AE title": Case([], "00020016", "file_meta_address",
                            meta=[(0x00020016, "AE", CANARY.decode())]),
    "private information": Case([], "00020102", "file_meta_private",
                                meta=[(0x00020100, "UI", "1.2.3"), (0x00020102, "OB", CANARY)]),
}  # fmt: skip
STAY_IN_HOSPITAL = {"overlay", "overlay's other attributes", "icon image"}
"""Pictures that stay as the pixels do; masks blacken or remove them."""
CLEANED = {"graphic_annotation", "presentation_state", "waveform_annotation"}


def source(case: Case) -> bytes:
    """An instance with the payload and its patient."""
    head: list[builders.Element] = [("SOPClassUID", "UI", case.sop_class), *builders.IDENTITY[1:]]
    specs = sorted([*head, *case.elements], key=lambda spec: builders.tag_of(spec[0]))
    return part10(EXPLICIT_LE, *specs, meta=case.meta)


def decisions(data: bytes, chosen: Profile) -> dict[str, Decision]:
    planned = plan(scan(BytesSource(data)), chosen, engine.KEY)
    return {str(decision.path): decision for decision in planned.decisions()}


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("name", CASES)
def test_every_payload_goes_under_its_own_rule(name: str, preset: str) -> None:
    """It is in the Plan by name, and nothing of it is in the output."""
    case = CASES[name]
    data = source(case)
    decision = decisions(data, profile(preset))[case.path]
    output = engine.anonymized(data, preset)
    if preset == "in-hospital" and name in STAY_IN_HOSPITAL:
        assert decision.ruling.rule in ("preset_clean", "not_in_table")
        return
    cleaned = decision.ruling.rule in ("preset_clean", "clean-descriptors")
    cleaned |= decision.ruling.rule == "clean-structured-content"
    assert decision.ruling.rule == case.rule or (cleaned and case.rule in CLEANED)
    if not cleaned or case.path in ("00700001", "0040B020"):
        assert CANARY.strip() not in output
    assert engine.invalid(engine.read(output)) == []


def test_every_payload_of_the_table_is_a_case() -> None:
    """The cases name every rule there is."""
    rules = {payload.rule for payload in PAYLOADS.values()}
    assert rules <= {case.rule for case in CASES.values()}


def test_preamble_and_trailing_bytes() -> None:
    """What no element holds is in the Plan by rule and not in the output."""
    data = b"CanaryPayload".ljust(128) + source(CASES["overlay"])[128:]
    planned = plan(scan(BytesSource(data)), profile("in-hospital"), engine.KEY)
    assert [ruling.rule for ruling in planned.outside] == ["preamble", "trailing"]
    assert engine.anonymized(data, "in-hospital")[:132] == bytes(128) + b"DICM"


@pytest.mark.parametrize("mime_type", BLANK_DOCUMENTS)
def test_blank_documents(mime_type: str) -> None:
    """A document becomes an empty one of its kind, and its length says so."""
    elements: list[builders.Element] = [
        ("MIMETypeOfEncapsulatedDocument", "LO", mime_type.upper()),
        ("EncapsulatedDocument", "OB", CANARY * 9),
        ("EncapsulatedDocumentLength", "UL", len(CANARY) * 9),
    ]
    found = engine.read(engine.anonymized(source(Case(elements, "", "")), "basic"))
    assert found.EncapsulatedDocument == BLANK_DOCUMENTS[mime_type]
    assert found.EncapsulatedDocumentLength == len(found.EncapsulatedDocument)


def test_blank_pdf() -> None:
    """Its cross-reference table points at its objects."""
    start = int(BLANK_PDF.rsplit(b"startxref\n", 1)[1].split()[0])
    table = io.BytesIO(BLANK_PDF[start:])
    assert table.readline() == b"xref\n"
    assert table.readline() == b"0 4\n"
    offsets = [int(line[:10]) for line in table.readlines()[1:4]]
    assert [BLANK_PDF[at:][:7] for at in offsets] == [b"%d 0 obj" % n for n in (1, 2, 3)]


def test_a_person_may_keep_a_document() -> None:
    """Who names it decides, as for every element; no claim is left."""
    data = source(CASES["PDF"])
    output = engine.anonymized(data, "basic", "EncapsulatedDocument=keep")
    assert CANARY.strip() in output
    assert "DeidentificationMethodCodeSequence" not in engine.read(output)


def test_after_of_a_document_is_a_length() -> None:
    """The Plan tells no bytes."""
    told = after(decisions(source(CASES["PDF"]), profile("basic"))["00420011"])
    assert json.dumps(told) == f'"<{len(BLANK_PDF)}>"'


# -- sound in waveforms --------------------------------------------------------------------

VOICE, GENERAL_AUDIO = "1.2.840.10008.5.1.4.1.1.9.4.1", "1.2.840.10008.5.1.4.1.1.9.4.2"
ECG = "1.2.840.10008.5.1.4.1.1.9.1.2"
SAMPLES = bytes(range(1, 17))


def waveform(interpretation: str, source: str) -> list[builders.Element]:
    """An item of Waveform Sequence of eight or sixteen samples."""
    code: list[builders.Element] = [
        ("CodeValue", "SH", source),
        ("CodingSchemeDesignator", "SH", "DCM"),
    ]
    channel: list[builders.Element] = [("ChannelSourceSequence", "SQ", [code])]
    return [
        ("ChannelDefinitionSequence", "SQ", [channel]),
        ("WaveformBitsAllocated", "US", 16 if interpretation[1] == "S" else 8),
        ("WaveformSampleInterpretation", "CS", interpretation),
        ("WaveformData", "OW", SAMPLES),
    ]


def samples_of(data: bytes, *settings: str) -> list[bytes]:
    """Each waveform's samples after an anonymization."""
    read = engine.read(engine.anonymized(data, "research", *settings))
    assert engine.invalid(read) == []
    return [item.WaveformData for item in read.WaveformSequence]


@pytest.mark.parametrize("syntax", [EXPLICIT_LE, IMPLICIT_LE, EXPLICIT_BE])
@pytest.mark.parametrize(
    ("sop_class", "interpretation", "source", "sample"),
    [
        (VOICE, "UB", "109110", b"\x80"),
        (GENERAL_AUDIO, "SS", "1", b"\0"),
        (GENERAL_AUDIO, "US", "1", b"\0\x80"),
        (ECG, "MB", "1", b"\xff"),
        (ECG, "AB", "1", b"\xd5"),
        (ECG, "SB", "109111", b"\0"),
    ],
)
def test_sound_becomes_silence(
    syntax: TransferSyntax, sop_class: str, interpretation: str, source: str, sample: bytes
) -> None:
    """By SOP Class, coding or source; of the same length, so that all else stays true."""
    item = waveform(interpretation, source)
    data = part10(
        syntax,
        ("SOPClassUID", "UI", sop_class),
        *builders.IDENTITY[1:],
        ("WaveformSequence", "SQ", [item]),
    )
    (found,) = samples_of(data)
    assert found == (sample if syntax.little else sample[::-1]) * (16 // len(sample))
    decision = decisions(data, profile("research"))["54000100[0].54001010"]
    assert (str(decision.ruling.action), decision.ruling.rule) == ("dummy", "audio")
    assert samples_of(data, "54001010=keep") == [SAMPLES]
    assert samples_of(data, "54000100=clean") == [found]


def test_an_ecg_stays_beside_a_voice() -> None:
    """Each waveform of an instance is looked at by itself."""
    items = [waveform("SS", "2:1"), waveform("SS", "109110"), waveform("SS", "2:2")]
    data = part10(
        EXPLICIT_LE,
        ("SOPClassUID", "UI", ECG),
        *builders.IDENTITY[1:],
        ("WaveformSequence", "SQ", items),
    )
    assert samples_of(data) == [SAMPLES, bytes(16), SAMPLES]
