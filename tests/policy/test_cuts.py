"""What is cut out of texts: it is in the Plan first, and others may say what to cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dicomanon.dicom.scan import scan
from dicomanon.dicom.source import BytesSource
from dicomanon.dicom.transfer_syntax import EXPLICIT_LE
from dicomanon.errors import ProfileError
from dicomanon.policy.action import Action
from dicomanon.policy.clean import KINDS, Cut
from dicomanon.policy.identity import collect, patient_of
from dicomanon.policy.plan import plan
from dicomanon.policy.preset import document, resolve
from dicomanon.policy.profile import Override, Own, Profile, profile
from tests import builders, engine
from tests.builders import part10

if TYPE_CHECKING:
    from dicomanon.policy.decision import Decision
    from dicomanon.policy.identity import Identity

CLEAN = ["clean-descriptors"]


def source(*more: builders.Element) -> bytes:
    specs = sorted([*builders.IDENTITY, *more], key=lambda spec: builders.tag_of(spec[0]))
    return part10(EXPLICIT_LE, *specs)


def decided(data: bytes, chosen: Profile, known: Identity | None = None) -> dict[str, Decision]:
    planned = plan(scan(BytesSource(data)), chosen, engine.KEY, known=known)
    return {str(decision.path): decision for decision in planned.decisions()}


# -- in the Plan -----------------------------------------------------------------------


def test_cuts_are_spans_of_the_text_as_it_was() -> None:
    """Kind and place of each, over all values of an element; nothing is cut elsewhere."""
    text = "CT of Yamada\\thorax\\for ID-4711"
    data = source(("StudyDescription", "LO", text), ("Manufacturer", "LO", "Maker"))
    found = decided(data, profile("midi"))
    cuts = found["00081030"].cuts
    assert [(text[cut.start : cut.stop], cut.kind) for cut in cuts] == [
        ("Yamada", "name"),
        ("ID-4711", "id"),
    ]
    assert {cut.kind for cut in cuts} <= set(KINDS)
    assert found["00080070"].cuts == ()


def test_a_text_without_a_cut_is_untouched() -> None:
    """It stays to the byte, even where it is written as nobody would write it."""
    data = source(("StudyDescription", "LO", "CT  thorax   "))
    decision = decided(data, profile("midi"))["00081030"]
    assert (decision.cuts, decision.edit) == ((), None)


# -- of the patient's other instances --------------------------------------------------


def test_what_another_instance_says_is_cut_too() -> None:
    """A name of one instance goes from the text of another, in whatever order they come."""
    first = scan(BytesSource(source(("RequestingPhysician", "PN", "Kuroda^Jiro"))))
    text = ("StudyDescription", "LO", "CT thorax, Kuroda")
    second = source(text)
    alone = decided(second, profile("midi"))["00081030"]
    assert alone.edit is None
    known = collect(first).merge(collect(scan(BytesSource(second))))
    together = decided(second, profile("midi"), known)["00081030"]
    assert together.cuts == (Cut(11, 17, "physician"),)
    assert patient_of(first) == patient_of(scan(BytesSource(second))) == ("ID-4711", "")


def test_nobody_is_nobody() -> None:
    """Instances without a patient ID are gathered under none."""
    assert patient_of(scan(BytesSource(part10(EXPLICIT_LE, *builders.IDENTITY[:2])))) is None


def local(meaning: str) -> list[builders.Element]:
    """A code of the hospital's own."""
    return [
        ("CodeValue", "SH", "P1"),
        ("CodingSchemeDesignator", "SH", "99LOCAL"),
        ("CodeMeaning", "LO", meaning),
    ]


# -- texts that no table lists -----------------------------------------------------------


@pytest.mark.parametrize("preset", ["in-hospital", "midi"])
def test_kept_texts_lose_who_is_known(preset: str) -> None:
    """Where texts are cleaned, those that no table lists are searched for this patient."""
    item: list[builders.Element] = [("SegmentLabel", "LO", "GTV Yamada")]
    code: list[builders.Element] = [
        ("CodeValue", "SH", "T-1"),
        ("CodingSchemeDesignator", "SH", "SRT"),
        ("CodeMeaning", "LO", "Yamada"),
    ]
    data = source(
        ("SegmentSequence", "SQ", [item]),
        ("Manufacturer", "LO", "Maker of 2020-01-01"),
        ("ProcedureCodeSequence", "SQ", [local("Dr Zimmermann protocol"), local("Yamada")]),
        ("AnatomicRegionSequence", "SQ", [code]),
    )
    found = engine.read(engine.anonymized(data, preset))
    assert found.SegmentSequence[0].SegmentLabel == "GTV"
    assert found.Manufacturer == "Maker of 2020-01-01"
    assert found.AnatomicRegionSequence[0].CodeMeaning == "Yamada"
    assert found.ProcedureCodeSequence[0].CodeMeaning == "protocol"
    assert found.ProcedureCodeSequence[1].CodeMeaning == "ANONYMIZED"
    rules = decided(data, profile(preset))
    assert rules["00620002[0].00620005"].ruling.rule == "repeats_patient"


# -- what the person lists ---------------------------------------------------------------


def test_listed_texts_are_cut_everywhere() -> None:
    """Out of kept and of cleaned text, nested and private, whatever its case and width."""
    item: list[builders.Element] = [
        ("CodingSchemeDesignator", "SH", "SCT"),
        ("CodeMeaning", "LO", "Alpha"),
    ]
    data = source(
        ("StudyDescription", "LO", "CT of project ALPHA one"),
        ("Manufacturer", "LO", "Maker Ａｌｐｈａ".encode()),
        ("SpecificCharacterSet", "CS", "ISO_IR 192"),
        ("AcquisitionDeviceProcessingDescription", "LO", "alphabet"),
        ("SegmentSequence", "SQ", [[("SegmentLabel", "LO", "Alpha 1")]]),
        ("AnatomicRegionSequence", "SQ", [item]),
        (0x00090010, "LO", "MAKER"),
        (0x00091001, "LO", "by alpha"),
    )
    chosen = resolve(
        document({"extends": "in-hospital", "private": "keep", "cut": ["alpha", "project"]})
    )
    found = engine.read(engine.anonymized(data, chosen))
    assert found.StudyDescription == "CT of one"
    assert found.Manufacturer == "Maker"
    assert found.SegmentSequence[0].SegmentLabel == "1"
    assert found.AnatomicRegionSequence[0].CodeMeaning == "Alpha"  # a code is no text
    assert found[0x00091001].value == "by"
    decision = decided(data, chosen)["00080070"]
    assert (decision.ruling.action, decision.ruling.rule) == (Action.CLEAN, "cut")
    assert [cut.kind for cut in decision.cuts] == ["listed"]


def test_strict() -> None:
    """Only known words stay where a preset file or its caller says so."""
    data = source(("StudyDescription", "LO", "CT thorax Zzyzx"))
    loose = engine.read(engine.anonymized(data, profile("midi")))
    assert loose.StudyDescription == "CT thorax Zzyzx"
    own = resolve(document({"extends": "midi", "text": {"strict": True}}))
    for chosen in (own, profile("midi", own=Own(strict=True))):
        strict = engine.read(engine.anonymized(data, chosen))
        assert strict.StudyDescription == "CT thorax"
    assert not resolve(document({"extends": "midi"})).strict


@pytest.mark.parametrize(
    ("raw", "where"),
    [
        ({"cut": "alpha"}, "$.cut"),
        ({"cut": ["alpha", "a"]}, "$.cut[1]"),
        ({"cut": [" "]}, "$.cut[0]"),
        ({"cut": [4711]}, "$.cut[0]"),
        ({"text": True}, "$.text"),
        ({"text": {"strict": "yes"}}, "$.text.strict"),
        ({"text": {"strictly": True}}, "$.text.strict"),
    ],
)
def test_what_is_wrong_in_a_preset_has_its_place(raw: object, where: str) -> None:
    """A slip of the pen is an error that says where."""
    with pytest.raises(ProfileError) as caught:
        document(raw)
    assert (caught.value.code, caught.value.where) == ("preset_form", where)


# -- what is valid afterwards --------------------------------------------------------------


def test_a_text_of_type_1_gets_a_dummy_where_nothing_is_left() -> None:
    """The output stays as valid as the input; of Type 3 nothing is left."""
    structures = "1.2.840.10008.5.1.4.1.1.481.3"
    specs: tuple[builders.Element, ...] = (
        ("SOPClassUID", "UI", structures),
        *builders.IDENTITY[1:],
        ("StudyDescription", "LO", "Yamada"),
        ("StructureSetLabel", "SH", "Yamada"),
    )
    data = part10(EXPLICIT_LE, *sorted(specs, key=lambda spec: builders.tag_of(spec[0])))
    found = engine.read(engine.anonymized(data, profile("basic", options=CLEAN)))
    assert found.StructureSetLabel == "ANONYMIZED"
    assert found.StudyDescription == ""


def test_units_stay_in_a_dummy() -> None:
    """A unit of measurement tells nobody's identity; other codes in a dummy do not stay."""
    unit: list[builders.Element] = [
        ("CodeValue", "SH", "mm"),
        ("CodingSchemeDesignator", "SH", "UCUM"),
        ("CodeMeaning", "LO", "Canary"),
    ]
    own = [("CodeValue", "SH", "Canary"), ("CodingSchemeDesignator", "SH", "99CANARY")]
    value: list[builders.Element] = [
        ("MeasurementUnitsCodeSequence", "SQ", [unit]),
        ("ConceptNameCodeSequence", "SQ", [own]),
    ]
    data = source(("ContentSequence", "SQ", [value]))
    found = engine.read(engine.anonymized(data, "basic")).ContentSequence[0]
    kept = found.MeasurementUnitsCodeSequence[0]
    assert (kept.CodeValue, kept.CodingSchemeDesignator) == ("mm", "UCUM")
    assert "anary" not in str(found)


# -- every item of a sequence ----------------------------------------------------------------


def test_a_star_is_every_item() -> None:
    """A path speaks of every item; one that names an item counts for more, in either order."""
    items = [[("StudyDescription", "LO", f"text {n}")] for n in range(3)]
    data = source(("SharedFunctionalGroupsSequence", "SQ", items))
    star = Override("52009229[*].00081030", Action.KEEP)
    one = Override("52009229[1].00081030", Action.VALUE, "one")
    for chosen in ([star, one], [one, star]):
        found = engine.read(engine.anonymized(data, profile("basic", chosen)))
        texts = [item.StudyDescription for item in found.SharedFunctionalGroupsSequence]
        assert texts == ["text 0", "one", "text 2"]
    kept = profile("basic", [star]).kept_by_person
    assert (0x52009229, 2, 0x00081030) in kept
    assert (0x52009229, 2, 0x00081031) not in kept
