"""Private elements: unknown ones go, known ones stay with their creator, opaque ones go."""

from __future__ import annotations

import time

import pytest

from dicomanon import data
from dicomanon.dicom.transfer_syntax import EXPLICIT_BE, EXPLICIT_LE, IMPLICIT_LE, TransferSyntax
from tests import builders, engine
from tests.builders import Delimited, part10

SECONDS = 5.0
SYNTAXES = [EXPLICIT_LE, IMPLICIT_LE, EXPLICIT_BE]
CREATOR, KNOWN = next(
    (creator, known)
    for creator in ("Philips PET Private Group", "SIEMENS MR HEADER")
    for known in data.safe_private(creator)
    if known.vr in ("DS", "LO", "IS", "CS", "SH")
)
GROUP = KNOWN.group


def block(
    number: int, *elements: builders.Element, creator: str = CREATOR
) -> list[builders.Element]:
    """A private block: its creator and elements, given by their low byte."""
    made: list[builders.Element] = [(GROUP << 16 | number, "LO", creator)]
    for low, vr, value in elements:
        assert isinstance(low, int)
        made.append((GROUP << 16 | number << 8 | low, vr, value))
    return made


def left(output: bytes) -> list[str]:
    """The private paths of an output."""
    return [path for path in engine.texts(output) if int(path[-8:-4], 16) % 2]


@pytest.mark.parametrize("syntax", SYNTAXES, ids=lambda s: s.name)
def test_research_removes_all(syntax: TransferSyntax) -> None:
    """No private element is left, nested, undefined, orphaned or illegal as it may be."""
    nested: builders.Element = (
        GROUP << 16 | 0x1002,
        "UN",
        Delimited([[("PatientName", "PN", "C")]]),
    )
    wrapped: builders.Element = (
        "SharedFunctionalGroupsSequence",
        "SQ",
        [block(0x10, (KNOWN.low, KNOWN.vr, "1"))],
    )
    source = part10(
        syntax,
        *builders.IDENTITY,
        *block(0x10, (KNOWN.low, KNOWN.vr, "1")),
        nested,
        (0x00990001, "LO", "illegal"),
        (0x00991001, "LO", "orphan"),
        wrapped,
    )
    assert left(engine.anonymized(source, "research")) == []


@pytest.mark.parametrize("syntax", SYNTAXES, ids=lambda s: s.name)
@pytest.mark.parametrize("number", [0x10, 0x11, 0xFF])
def test_safe_elements_stay_in_any_block(syntax: TransferSyntax, number: int) -> None:
    """A known element is known by its creator, wherever its block was put."""
    unknown = (0xFE, "LO", "Canary")
    source = part10(syntax, *builders.IDENTITY, *block(number, (KNOWN.low, KNOWN.vr, "1"), unknown))
    output = engine.anonymized(source, "in-hospital")
    assert left(output) == [
        f"{GROUP << 16 | number:08X}",
        f"{GROUP << 16 | number << 8 | KNOWN.low:08X}",
    ]
    assert b"Canary" not in output


def test_creators_of_nothing_go() -> None:
    """A creator whose block keeps nothing goes with it."""
    source = part10(EXPLICIT_LE, *builders.IDENTITY, *block(0x10, (0xFE, "LO", "Canary")))
    assert left(engine.anonymized(source, "in-hospital")) == []


def test_another_creator_makes_it_unknown() -> None:
    """The same tag of another maker is another element."""
    specs = block(0x10, (KNOWN.low, KNOWN.vr, "1"), creator="SOMEBODY ELSE")
    source = part10(EXPLICIT_LE, *builders.IDENTITY, *specs)
    assert left(engine.anonymized(source, "in-hospital")) == []


def test_creators_are_those_of_the_same_level() -> None:
    """A block is reserved where its creator stands, not in the items inside."""
    inside: builders.Element = (GROUP << 16 | 0x1000 | KNOWN.low, KNOWN.vr, "1")
    wrapped: builders.Element = ("SharedFunctionalGroupsSequence", "SQ", [[inside]])
    source = part10(EXPLICIT_LE, *builders.IDENTITY, *block(0x10), wrapped)
    assert left(engine.anonymized(source, "in-hospital")) == []


@pytest.mark.parametrize("syntax", SYNTAXES, ids=lambda s: s.name)
def test_kept_private_sequences_are_looked_into(syntax: TransferSyntax) -> None:
    """Who keeps private elements still has the public ones inside decided."""
    hidden: list[builders.Element] = [("PatientName", "PN", "Canary^Name")]
    source = part10(
        syntax,
        *builders.IDENTITY,
        (0x00990010, "LO", "ACME"),
        (0x00991001, "UN", Delimited([hidden])),
        (0x00991002, "SQ", Delimited([hidden])),
        (0x00991003, "LO", "stays"),
    )
    output = engine.anonymized(source, "research", "private=keep")
    assert "00991003" in left(output)
    assert "00991001[0].00100010" in engine.texts(output)
    assert b"Canary" not in output


@pytest.mark.parametrize("syntax", SYNTAXES, ids=lambda s: s.name)
def test_opaque_sequences_go(syntax: TransferSyntax) -> None:
    """UN of defined length that begins with an item is not looked into, so it goes."""
    source = part10(
        syntax,
        *builders.IDENTITY,
        (0x00990010, "LO", "ACME"),
        (0x00991001, "UN", [[("PatientName", "PN", "Canary^Name")]]),
        (0x00991002, "UN", b"plain"),
    )
    output = engine.anonymized(source, "research", "private=keep")
    assert left(output) == ["00990010", "00991002"]
    assert b"Canary" not in output


@pytest.mark.parametrize("setting", ["00991002=keep", "00991002=empty"])
def test_a_private_element_of_the_persons_choice_stays_with_its_creator(setting: str) -> None:
    """Who keeps one private element keeps what says whose it is."""
    source = part10(
        EXPLICIT_LE,
        *builders.IDENTITY,
        (0x00990010, "LO", "ACME"),
        (0x00991001, "LO", "goes"),
        (0x00991002, "LO", "stays"),
    )
    output = engine.anonymized(source, "research", setting)
    assert left(output) == ["00990010", "00991002"]
    assert (b"113100" in output) == (setting == "00991002=empty")


def test_a_nested_private_element_of_the_persons_choice() -> None:
    """The same inside a sequence."""
    item: list[builders.Element] = [(0x00990010, "LO", "ACME"), (0x00991002, "LO", "stays")]
    wrapped: builders.Element = ("SharedFunctionalGroupsSequence", "SQ", [item, item])
    source = part10(EXPLICIT_LE, *builders.IDENTITY, wrapped)
    output = engine.anonymized(source, "research", "52009229[1].00991002=keep")
    assert left(output) == ["52009229[1].00990010", "52009229[1].00991002"]


def test_modes() -> None:
    """Research removes, in-hospital keeps what is known, the person may say otherwise."""
    modes = [
        engine.choose("research").private,
        engine.choose("in-hospital").private,
        engine.choose("research", "private=keep").private,
        engine.choose("in-hospital", "private=remove").private,
    ]
    assert modes == ["remove", "safe", "keep", "remove"]


def test_many_private_elements_cost_their_number() -> None:
    """A level of many creators and elements is decided in linear time."""
    specs: list[builders.Element] = []
    for n in range(20_000):
        specs.append((0x00990010 + n % 200, "LO", "ACME"))
        specs.append((0x00991000 + n % 60_000, "LO", "x "))
    source = part10(EXPLICIT_LE, *builders.IDENTITY, *specs)
    start = time.process_time()
    engine.anonymized(source, "in-hospital")
    assert time.process_time() - start < SECONDS
