"""A value that the character set does not have: the data set moves to UTF-8 as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dicomanon.dicom.transfer_syntax import EXPLICIT_LE, IMPLICIT_LE
from dicomanon.errors import UndecidedError
from dicomanon.policy.action import Action
from dicomanon.policy.lookup import parse_lookup, with_lookup
from dicomanon.policy.profile import Override, profile
from tests import builders, engine
from tests.builders import Delimited, part10

if TYPE_CHECKING:
    from dicomanon.dicom.transfer_syntax import TransferSyntax
    from dicomanon.policy.profile import Profile

NAME = "山田^太郎=やまだ^たろう"
JIS = NAME.encode("iso2022_jp")
NO_JIS = {"髙橋^﨑": "出ない字", "𠮷田^": "面の外"}


def source(
    *more: builders.Element, term: str = "\\ISO 2022 IR 87", syntax: TransferSyntax = EXPLICIT_LE
) -> bytes:
    """An instance with kept text in its character set, in an item that inherits it too."""
    item: list[builders.Element] = [("CodeMeaning", "LO", "胸部".encode("iso2022_jp"))]
    own: list[builders.Element] = [
        ("SpecificCharacterSet", "CS", "ISO_IR 100"),
        ("CodeMeaning", "LO", "Thoráx".encode("latin-1")),
    ]
    return part10(
        syntax,
        ("SpecificCharacterSet", "CS", term),
        *builders.IDENTITY[:2],
        ("Manufacturer", "LO", "東京".encode("iso2022_jp")),
        ("ReferringPhysicianName", "PN", JIS),
        ("AnatomicRegionSequence", "SQ", [item, own]),
        ("PatientName", "PN", JIS),
        ("PatientID", "LO", "ID-4711"),
        *more,
    )


def naming(text: str, *more: Override) -> Profile:
    """In-hospital with a given name."""
    return profile("in-hospital", [Override("00100010", Action.VALUE, text), *more])


@pytest.mark.parametrize("name", NO_JIS, ids=NO_JIS.values())
@pytest.mark.parametrize("syntax", [EXPLICIT_LE, IMPLICIT_LE], ids=lambda s: s.name)
def test_all_text_moves_together(name: str, syntax: TransferSyntax) -> None:
    """The given name, the declaration and every kept text are UTF-8; nothing reads differently."""
    keep = Override("00080090", Action.KEEP)
    output = engine.anonymized(source(syntax=syntax), naming(name, keep))
    found = engine.read(output)
    assert found.SpecificCharacterSet == "ISO_IR 192"
    assert found.PatientName == name
    assert found.ReferringPhysicianName == NAME
    assert found.Manufacturer == "東京"
    assert found.AnatomicRegionSequence[0].CodeMeaning == "胸部"
    assert b"\x1b" not in output
    assert engine.invalid(found) == []


def test_an_item_with_its_own_character_set_stays() -> None:
    """What declares a character set of its own is a data set of its own."""
    output = engine.anonymized(source(), naming("髙橋^一"))
    item = engine.read(output).AnatomicRegionSequence[1]
    assert item.SpecificCharacterSet == "ISO_IR 100"
    assert item.CodeMeaning == "Thoráx"
    assert "Thoráx".encode("latin-1") in output


@pytest.mark.parametrize("delimited", [True, False])
def test_a_value_inside_an_item_moves_the_data_set_around_it(delimited: bool) -> None:  # noqa: FBT001
    """The declaration stands outside, so everything under it moves."""
    items = [[("PatientName", "PN", JIS), ("PatientID", "LO", "1")]]
    content = Delimited(items) if delimited else items
    chosen = profile("in-hospital", [Override("52009229[0].00100010", Action.VALUE, "𠮷田^一")])
    wrapped = source(("SharedFunctionalGroupsSequence", "SQ", content))
    found = engine.read(engine.anonymized(wrapped, chosen))
    assert found.SpecificCharacterSet == "ISO_IR 192"
    assert found.Manufacturer == "東京"


@pytest.mark.parametrize("term", ["", "ISO_IR 100", "ISO_IR 13"])
def test_given_japanese_where_the_character_set_has_none(term: str) -> None:
    """The declaration is made, or made anew, for a dummy of the person's own."""
    declared = [("SpecificCharacterSet", "CS", term)] if term else []
    data = part10(EXPLICIT_LE, *declared, *builders.IDENTITY)
    found = engine.read(engine.anonymized(data, naming("匿名^患者")))
    assert found.SpecificCharacterSet == "ISO_IR 192"
    assert found.PatientName == "匿名^患者"


def test_lookup_names() -> None:
    """A lookup table's name is a new value like any other."""
    table = parse_lookup("id_old,id_new,name\nID-4711,S1,髙橋^一\n")
    found = engine.read(engine.anonymized(source(), with_lookup(profile("in-hospital"), table)))
    assert (found.PatientName, found.PatientID) == ("髙橋^一", "S1")
    assert found.SpecificCharacterSet == "ISO_IR 192"


def test_what_fits_moves_nothing() -> None:
    """A value of the same repertoire leaves the declaration and all other bytes alone."""
    output = engine.anonymized(source(), naming("田中^一"))
    assert engine.read(output).SpecificCharacterSet == ["", "ISO 2022 IR 87"]
    assert "東京".encode("iso2022_jp") in output


@pytest.mark.parametrize("term", ["", "\\ISO 2022 IR 87"])
def test_unreadable_text_is_not_moved(term: str) -> None:
    """Bytes without a meaning would be lost in another character set: refused, with the place."""
    data = part10(
        EXPLICIT_LE,
        ("SpecificCharacterSet", "CS", term),
        *builders.IDENTITY[:2],
        ("Manufacturer", "LO", b"\x93\x8c\x8b\x9e"),
        *builders.IDENTITY[2:],
    )
    with pytest.raises(UndecidedError) as caught:
        engine.anonymized(data, naming("髙橋^一"))
    assert (caught.value.code, str(caught.value.path)) == ("charset_text", "00080070")


def test_history_of_stamps_moves_too() -> None:
    """What the stamps keep of the source is written as everything else."""
    more = ("DeidentificationMethod", "LO", "胸部".encode("iso2022_jp"))
    moved = part10(
        EXPLICIT_LE,
        ("SpecificCharacterSet", "CS", "\\ISO 2022 IR 87"),
        *builders.IDENTITY,
        more,
    )
    found = engine.read(engine.anonymized(moved, naming("髙橋^一")))
    assert found.DeidentificationMethod[0] == "胸部"
