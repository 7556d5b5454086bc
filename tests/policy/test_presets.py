"""The presets: Table E.1-1 row by row under *research*, and what *in-hospital* keeps."""

from __future__ import annotations

import pytest

from dicomanon import data
from dicomanon.dicom.transfer_syntax import EXPLICIT_LE, IMPLICIT_LE, TransferSyntax
from dicomanon.errors import ProfileError
from dicomanon.policy.action import Action
from dicomanon.policy.profile import LOCKED, Override, profile, sensitive_tags
from tests import builders, engine
from tests.builders import Delimited, part10
from tests.policy import sources

SOP_CLASSES = {
    "CT": builders.CT_IMAGE,
    "secondary capture": "1.2.840.10008.5.1.4.1.1.7",
    "report": "1.2.840.10008.5.1.4.1.1.88.22",
    "RT structures": "1.2.840.10008.5.1.4.1.1.481.3",
    "unknown": "1.2.3.4.5",
}
SYNTAXES = [EXPLICIT_LE, IMPLICIT_LE]
PREFIXES = ("", sources.WRAPPER_PATH)
ROWS = list(data.table_e1_1())


@pytest.mark.parametrize("syntax", SYNTAXES, ids=lambda s: s.name)
@pytest.mark.parametrize("sop_class", SOP_CLASSES.values(), ids=SOP_CLASSES)
def test_every_row_of_table_e1_1(sop_class: str, syntax: TransferSyntax) -> None:
    """No value of any row is left, at top level or in a sequence, whatever the IOD."""
    source = sources.instance(ROWS, syntax, sop_class)
    output = engine.anonymized(source, "research")
    before, after = engine.texts(source), engine.texts(output)
    wanted = [f"{p}{sources.tag(m):08X}" for m in sources.masks(ROWS) for p in PREFIXES]
    assert set(wanted) <= before.keys()
    assert [p for p in wanted if before[p] and after.get(p) == before[p]] == []
    assert b"anary" not in output
    assert b"CANARY" not in output
    assert sources.VALUES["UI"].encode() not in output
    assert engine.invalid(engine.read(output)) == []


@pytest.mark.parametrize("syntax", SYNTAXES, ids=lambda s: s.name)
def test_every_sensitive_tag_under_research(syntax: TransferSyntax) -> None:
    """What stands beyond the table goes too."""
    output = engine.anonymized(sources.instance(sources.ALL, syntax), "research")
    assert b"anary" not in output
    assert b"CANARY" not in output


@pytest.mark.parametrize("syntax", SYNTAXES, ids=lambda s: s.name)
def test_in_hospital_keeps_the_clinical_context(syntax: TransferSyntax) -> None:
    """Only patient and contacts change; dates, places, devices, orders and UIDs stay.

    Texts are cleaned of what identifies, which may touch them or not.
    """
    rows = [m for m in sources.ALL if sources.vr(m) not in ("SQ", "OB", "OW", "UN")]
    source = sources.instance(rows, syntax)
    before, after = engine.texts(source), engine.texts(engine.anonymized(source, "in-hospital"))
    differ = {
        mask
        for mask in sources.masks(rows)
        for path in (f"{sources.tag(mask):08X}", f"{sources.WRAPPER_PATH}{sources.tag(mask):08X}")
        if before[path] != after.get(path, "absent")
    }
    changing = {
        m
        for m in sources.masks(rows)
        if sensitive_tags()[m].default["in-hospital"] not in (Action.KEEP, Action.CLEAN)
    }
    cleaned = {m for m, r in sensitive_tags().items() if r.default["in-hospital"] is Action.CLEAN}
    assert differ - cleaned == changing
    assert {sensitive_tags()[m].category for m in cleaned} == {"text"}
    identity = {m for m, r in sensitive_tags().items() if r.category in ("patient", "contact")}
    assert changing - identity == {"00104000", "50xxxxxx"}  # Patient Comments, curves and sound


def test_in_hospital_removes_identity() -> None:
    """Patient and contacts go, at top level and nested, but for what describes the patient."""
    rows = [m for m, r in sensitive_tags().items() if r.category in ("patient", "contact")]
    source = sources.instance(rows, EXPLICIT_LE)
    after = engine.texts(engine.anonymized(source, "in-hospital"))
    left = {path.rsplit(".", 1)[-1] for path, text in after.items() if text and "anary" in text}
    assert left <= {
        f"{data.tag_of(keyword):08X}" for keyword in data.presets()["in-hospital"]["tags"]
    }
    assert after["00100010"] == after["00100020"] == engine.KEY.pseudonym("ID-4711")


DUMMY_SEQUENCES = [
    m
    for m in sources.masks(sources.ALL)
    if sources.vr(m) == "SQ" and sensitive_tags()[m].default["research"] is Action.DUMMY
]


@pytest.mark.parametrize("delimited", [False, True])
@pytest.mark.parametrize("mask", DUMMY_SEQUENCES)
def test_dummy_sequences(mask: str, delimited: bool) -> None:  # noqa: FBT001 - a case
    """In a sequence that becomes a dummy every text and number in text goes, at every depth.

    What has a rule of its own follows it: coded and binary values are no exception.
    """
    item: list[builders.Element] = [
        ("PatientName", "PN", "Canary^Name"),
        ("PatientID", "LO", "Canary ID"),
        ("PatientSex", "CS", "CANARY"),
        ("PregnancyStatus", "US", 4711),
        ("ProductName", "LO", "Canary LO"),
        (0x00091001, "LO", "Canary private"),
        ("TextValue", "UT", "Canary UT"),
    ]
    inner: builders.Element = (sources.WRAPPER, "SQ", [item])
    items = [[*item, inner]]
    spec: builders.Element = (sources.tag(mask), "SQ", Delimited(items) if delimited else items)
    source = part10(EXPLICIT_LE, *builders.IDENTITY, spec)
    # An unknown SOP class leaves the strictest Type, and that is a dummy.
    output = engine.anonymized(source.replace(b"1.1.2\0", b"1.1.9\0"), "research")
    assert b"anary" not in output
    assert b"CANARY" not in output
    assert b"g\x12" not in output  # 4711
    assert engine.invalid(engine.read(output)) == []


def test_opaque_sequences_go() -> None:
    """A sequence in a VR that hides its items is not kept, because nobody looked inside."""
    hidden = builders.items(
        [[("PatientName", "PN", "Canary^Name")]], builders.form(EXPLICIT_LE), delimited=False
    )
    for vr in ("OB", "UT", "LO"):
        for preset in ("research", "in-hospital"):
            spec: builders.Element = ("SharedFunctionalGroupsSequence", vr, hidden)
            output = engine.anonymized(part10(EXPLICIT_LE, *builders.IDENTITY, spec), preset)
            assert b"Canary" not in output


@pytest.mark.parametrize("preset", ["research", "in-hospital"])
@pytest.mark.parametrize("category", data.CATEGORIES)
@pytest.mark.parametrize("action", [Action.REMOVE, Action.EMPTY, Action.DUMMY, Action.KEEP])
def test_category_overrides(preset: str, category: str, action: Action) -> None:
    """One action for a category: each tag takes it, or the nearest that its VR allows."""
    rows = [m for m, r in sensitive_tags().items() if r.category == category]
    source = sources.instance(rows, EXPLICIT_LE)
    output = engine.anonymized(source, profile(preset, [Override(category, action)]))
    before, after = engine.texts(source), engine.texts(output)
    locked = {m for m in sources.masks(rows) if sources.tag(m) in LOCKED}
    for mask in set(sources.masks(rows)) - locked:
        path = f"{sources.tag(mask):08X}"
        row = sensitive_tags()[mask]
        if action is Action.KEEP:
            assert after[path] == before[path]
        elif action in row.allowed and action is not Action.DUMMY:
            assert not after.get(path)
        elif before[path]:
            assert after.get(path) != before[path]


def test_locked_tags_are_never_touched() -> None:
    """No preset and no category changes what says how to read the file."""
    specs: list[builders.Element] = [
        ("SpecificCharacterSet", "CS", "ISO_IR 192"),
        *builders.IDENTITY,
        ("SamplesPerPixel", "US", 1),
        ("PhotometricInterpretation", "CS", "MONOCHROME2"),
        ("Rows", "US", 2),
        ("Columns", "US", 2),
        ("BitsAllocated", "US", 8),
        ("PixelRepresentation", "US", 0),
        ("PixelData", "OW", b"\1\2\3\4"),
    ]
    overrides = [Override(category, Action.REMOVE) for category in data.CATEGORIES]
    source = part10(EXPLICIT_LE, *specs)
    before = engine.texts(source)
    for chosen in (profile("research", overrides), profile("in-hospital", overrides)):
        after = engine.texts(engine.anonymized(source, chosen))
        for tag in LOCKED:
            assert after.get(f"{tag:08X}") == before.get(f"{tag:08X}")


def test_path_overrides() -> None:
    """A path decides one element of one item; the others follow the preset."""
    items: list[list[builders.Element]] = [[("PatientName", "PN", f"Name^{n}")] for n in "ABC"]
    source = part10(EXPLICIT_LE, *builders.IDENTITY, (sources.WRAPPER, "SQ", items))
    output = engine.anonymized(
        source,
        "research",
        "SharedFunctionalGroupsSequence[1].PatientName=keep",
        "52009229[2].00100010=value:Given",
    )
    after = engine.texts(output)
    assert after["52009229[0].00100010"] == engine.KEY.pseudonym("Name^A")
    assert after["52009229[1].00100010"] == "Name^B"
    assert after["52009229[2].00100010"] == "Given"


def test_later_overrides_win() -> None:
    """Of two choices for one element the last is done."""
    source = part10(EXPLICIT_LE, *builders.IDENTITY)
    output = engine.anonymized(source, "research", "PatientID=remove", "PatientID=value:42")
    assert engine.texts(output)["00100020"] == "42"


@pytest.mark.parametrize(
    "target", ["", "Nobody", "0010", "00100010[0]", "PatientName.x", "private[0]"]
)
def test_targets_that_are_none(target: str) -> None:
    """What is neither tag, keyword, path nor category is refused."""
    with pytest.raises(ProfileError) as caught:
        engine.choose("research", f"{target}=keep")
    assert caught.value.code == "tag"


def test_presets_that_are_none() -> None:
    """A preset that does not exist is refused."""
    with pytest.raises(ProfileError) as caught:
        profile("nothing")
    assert caught.value.code == "preset"
