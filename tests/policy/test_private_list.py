"""A person's own list of private elements: both layouts, and what it does to an instance."""

from __future__ import annotations

import pytest

from dicomanon.dicom.transfer_syntax import EXPLICIT_LE
from dicomanon.errors import ProfileError
from dicomanon.policy.action import Action
from dicomanon.policy.private_list import PrivateList, PrivateRow, parse_private_list, parse_tag
from dicomanon.policy.profile import Own, profile
from tests import builders, engine
from tests.builders import part10

OWN = """creator,tag,disposition
MAKER ONE,0009xx01,k
MAKER ONE,"(0009,xx02)",h
MAKER TWO,00091103,d
"""
TCIA = (
    "element_sig_pattern,tag_name,vr,private_disposition\n"
    '"(0009,MAKER ONE"",01)",Name,LO,k\n'
    '"(0009,MAKER ONE"",02)",Name,UI,h\n'
    '"(0008,1115)[<0>](0008,1140)[<1>](0009,""MAKER TWO"",03)",A:B:C,SH,d\n'
    '"(0009,MAKER ONE"",10)[<0>](0028,0002)",Thing:Samples per Pixel,US,k\n'
    '"(0009,MAKER ONE"",11)",Not judged,US,na\n'
    '"(0009,,04)",No creator,UN,k\n'
)
ROWS = [
    PrivateRow("MAKER ONE", 9, 1, Action.KEEP),
    PrivateRow("MAKER ONE", 9, 2, Action.UID),
    PrivateRow("MAKER TWO", 9, 3, Action.REMOVE),
]


@pytest.mark.parametrize("text", [OWN, TCIA, "\ufeff" + OWN], ids=["own", "TCIA", "BOM"])
def test_both_layouts_say_the_same(text: str) -> None:
    """Creator, tag and disposition; TCIA's signatures and letters."""
    assert parse_private_list(text).rows == ROWS


def test_rows_that_disagree_take_away() -> None:
    """TCIA judges by VR; where one says delete, the element goes."""
    text = OWN + "MAKER ONE,0009xx01,d\nMAKER ONE,0009xx02,k\n"
    actions = [row.action for row in parse_private_list(text).rows]
    assert actions == [Action.REMOVE, Action.UID, Action.REMOVE]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("a,b,c\n1,2,3\n", 1),
        (OWN + "SECRET,0009xx01,x\n", 5),
        (OWN + "SECRET,00080001,k\n", 5),
        (OWN + ",0009xx01,k\n", 5),
        (TCIA + '"SECRET",n,LO,k\n', 8),
        (TCIA + '"(0009,A"",01)",n,LO,SECRET\n', 8),
    ],
)
def test_a_broken_list_names_its_line(text: str, line: int) -> None:
    """Where a list is wrong is said, what stands there is not."""
    with pytest.raises(ProfileError) as caught:
        parse_private_list(text)
    assert (caught.value.code, caught.value.where) == ("private_list", f"line {line}")
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        *(("0009xx01", (9, 1)), ("(0009,xx01)", (9, 1)), ("(0009,1001)", (9, 1))),
        *(("0009XXff", (9, 255)), ("0008xx01", None), ("0009", None), ("", None)),
    ],
)
def test_tags(text: str, found: tuple[int, int] | None) -> None:
    """Any way of writing a private tag; the block is the file's business."""
    assert parse_tag(text) == found


def instance() -> bytes:
    private = [
        (0x00090010, "LO", "MAKER TWO"),
        (0x00090011, "LO", "MAKER ONE"),
        (0x00091003, "LO", "two three"),
        (0x00091101, "LO", "one one"),
        (0x00091102, "UI", "1.2.3.77"),
        (0x00091105, "LO", "one five"),
    ]
    head = builders.IDENTITY[:2]
    return part10(EXPLICIT_LE, *head, *private, *builders.IDENTITY[2:])


@pytest.mark.parametrize("preset", ["research", "in-hospital", "midi"])
def test_what_is_listed_is_done_in_whatever_block(preset: str) -> None:
    """Kept, replaced and removed by creator; a creator stays with what it explains."""
    chosen = profile(preset, (), (), Own(listed=PrivateList(ROWS)))
    found = engine.texts(engine.anonymized(instance(), chosen))
    private = {path: text for path, text in found.items() if path.startswith("0009")}
    assert private == {
        "00090011": "MAKER ONE",
        "00091101": "one one",
        "00091102": engine.KEY.uid("1.2.3.77"),
    }


def test_the_list_counts_for_more_than_the_table() -> None:
    """What Table E.3.10-1 knows as safe goes where the person's list says so."""
    known = ("GEMS_PARM_01", 0x0043, 0x27)
    source = part10(
        EXPLICIT_LE,
        *builders.IDENTITY,
        (0x00430010, "LO", known[0]),
        (0x00431027, "SH", "/1.5:1"),
    )
    removed = PrivateList([PrivateRow(*known, Action.REMOVE)])
    safe = engine.texts(engine.anonymized(source, profile("midi")))
    listed = engine.texts(engine.anonymized(source, profile("midi", (), (), Own(listed=removed))))
    assert "00431027" in safe
    assert not any(path.startswith("0043") for path in listed)


@pytest.mark.parametrize(
    ("options", "codes"),
    [((), []), (("retain-safe-private",), ["113100", "113111"])],
)
def test_stamps(options: tuple[str, ...], codes: list[str]) -> None:
    """A list that keeps something is Retain Safe Private, and is claimed as that or not at all."""
    chosen = profile("research", (), options, Own(listed=PrivateList(ROWS)))
    assert [value for value, _, _ in chosen.codes] == codes
    only_removes = profile("research", (), (), Own(listed=PrivateList(ROWS[2:])))
    assert [value for value, _, _ in only_removes.codes] == ["113100"]
