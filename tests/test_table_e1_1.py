"""Every row of Table E.1-1 under Basic and under each Option, by Type, at the top and nested.

The table's cells and the Types of the attributes come from the package's data; what they
mean is said here once more, in words of this file alone. An instance of each of a few SOP
Classes holds every row with a value; together their IODs make every Type occur that an
attribute with a compound code has anywhere.

Standard: PS3.15 §E.2, Table E.1-1, Table E.1-1a.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

import pytest

from dicomanon import data
from dicomanon.data import ProfileRow
from dicomanon.dicom.transfer_syntax import EXPLICIT_LE
from dicomanon.dicom.value import valid
from dicomanon.policy.profile import NEVER_ABSENT, profile
from tests import builders, engine
from tests.policy import sources

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pydicom import Dataset
    from pydicom.dataelem import DataElement

BASIC = "basic"
OPTIONS = ProfileRow._fields[1:-1]
UNKNOWN_SOP_CLASS = "1.2.826.0.1.4711.99"
TABLE = data.table_e1_1()
ROWS = sources.masks(list(TABLE))
WRAPPER = builders.tag_of(sources.WRAPPER)
TEXT = ("LO", "LT", "SH", "ST", "UC", "UT")
VALUES = sources.VALUES
TO_CLEAN = "Thorax Yamada"
NAMES_A_PLACE = {"00321033"}
"""Requesting Service: to be cleaned, and itself a name to be found in other texts."""
CURVE = "50xxxxxx"
SHIFTED = date(1957, 4, 13) + timedelta(days=engine.KEY.shift_days("ID-4711"))

BY_TYPE = {
    "X/Z": {1: "empty", 2: "empty", 3: "gone"},
    "X/D": {1: "dummy", 2: "dummy", 3: "gone"},
    "Z/D": {1: "dummy", 2: "empty", 3: "empty"},
    "X/Z/D": {1: "dummy", 2: "empty", 3: "gone"},
    "X/Z/U*": {1: "uid", 2: "uid", 3: "gone"},
}
"""A compound code takes the mildest of its actions that leaves the IOD valid."""
STRICTEST = 1
DEMANDED = {1: "dummy", 2: "empty", 3: "gone"}
"""X on an attribute that a mandatory module requires."""
PLAIN = {"X": "gone", "Z": "empty", "D": "dummy", "K": "same", "U": "uid"}


class Place(NamedTuple):
    """Where a row stands; kind: its Type there; demanded: by a mandatory module."""

    kind: int
    demanded: bool
    nested: bool


def expected_of(mask: str, row: ProfileRow, column: str, place: Place) -> str:
    """What must become of a row's value, as a name of `OUTCOMES`."""
    vr = sources.vr(mask)
    cell = getattr(row, column) if column != BASIC else ""
    if cell == "K":
        return "aged" if vr == "AS" else "same"
    if cell == "C" and mask != CURVE and (outcome := _cleaned(column, vr)):
        return "empty" if mask in NAMES_A_PLACE else outcome
    if row.basic == "X" and place.demanded and not place.nested:
        return DEMANDED[place.kind]
    return BY_TYPE[row.basic][place.kind] if row.basic in BY_TYPE else PLAIN[row.basic]


def _cleaned(column: str, vr: str) -> str:
    """What C is for a VR; "" where nothing can be cleaned, so that the basic code stays.

    Curves are retired; like other bulk values they go.
    """
    if column == "retain_longitudinal_modified_dates":
        return {"DA": "shifted", "DT": "shifted", "TM": "same", "SH": "same"}.get(vr, "")
    if vr in TEXT:
        return "cleaned"
    return {"SQ": "cleaned_items", "AE": "valid", "CS": "valid"}.get(vr, "")


# -- what an outcome looks like, read with pydicom -----------------------------------


def gone(before: DataElement, after: DataElement | None) -> bool:
    del before
    return after is None


def empty(before: DataElement, after: DataElement | None) -> bool:
    del before
    return after is not None and after.is_empty


def same(before: DataElement, after: DataElement | None) -> bool:
    """Kept; of a sequence that the items stay, each element in them by its own rule."""
    if before.VR == "SQ":
        return after is not None and len(after.value) == len(before.value)
    return after is not None and after.value == before.value


def dummy(before: DataElement, after: DataElement | None) -> bool:
    if after is None or after.is_empty:
        return False
    if after.VR == "SQ":
        item = after.value[0]
        return item.PatientName != VALUES["PN"] and _new_uid(item["ReferencedSOPInstanceUID"])
    texts = VALUES[after.VR] if isinstance(VALUES[after.VR], str) else None
    return after.value != before.value and (texts is None or valid(str(after.value), after.VR))


def uid(before: DataElement, after: DataElement | None) -> bool:
    del before
    if after is None or after.is_empty:
        return False
    return _new_uid(after.value[0]["ReferencedSOPInstanceUID"] if after.VR == "SQ" else after)


def _new_uid(element: DataElement) -> bool:
    return str(element.value).startswith("2.25.") and element.value.is_valid


def aged(before: DataElement, after: DataElement | None) -> bool:
    """Ages over 89 are one."""
    return after is not None and before.value == "097Y" and after.value == "090Y"


def shifted(before: DataElement, after: DataElement | None) -> bool:
    moved = str(before.value).replace("19570413", SHIFTED.strftime("%Y%m%d"))
    return after is not None and str(after.value) == moved


def cleaned(before: DataElement, after: DataElement | None) -> bool:
    del before
    return after is not None and "Thorax" in str(after.value) and "Yamada" not in str(after.value)


def cleaned_items(before: DataElement, after: DataElement | None) -> bool:
    del before
    return after is not None and after.value[0].get("PatientName", "") != VALUES["PN"]


def valid_value(before: DataElement, after: DataElement | None) -> bool:
    return after is not None and after.VR == before.VR and valid(str(after.value or ""), after.VR)


OUTCOMES: dict[str, Callable[[DataElement, DataElement | None], bool]] = {
    "gone": gone,
    "empty": empty,
    "same": same,
    "dummy": dummy,
    "uid": uid,
    "aged": aged,
    "shifted": shifted,
    "cleaned": cleaned,
    "cleaned_items": cleaned_items,
    "valid": valid_value,
}


# -- instances -----------------------------------------------------------------------


def spec(mask: str, column: str) -> builders.Element:
    vr = sources.vr(mask)
    if vr in TEXT and column != BASIC and getattr(TABLE[mask], column) == "C":
        return sources.tag(mask), vr, "Yamada Clinic" if mask in NAMES_A_PLACE else TO_CLEAN
    return sources.spec(mask)


def instance(sop_class: str, column: str) -> bytes:
    """Every row at the top, and each sequence of `NESTING` with an item of its rows."""
    top = {sources.tag(mask): spec(mask, column) for mask in ROWS}
    for tag, masks in NESTING.items():
        top[tag] = (tag, "SQ", [[spec(mask, column) for mask in masks]])
    charset: builders.Element = ("SpecificCharacterSet", "CS", "ISO_IR 192")
    fixed = [charset, ("SOPClassUID", "UI", sop_class), *builders.IDENTITY[1:]]
    top.update((builders.tag_of(each[0]), each) for each in fixed)
    return builders.part10(EXPLICIT_LE, *(top[tag] for tag in sorted(top)))


def compound() -> set[str]:
    return {mask for mask in ROWS if TABLE[mask].basic in BY_TYPE}


def occurring(sop_class: str) -> set[tuple[str, int]]:
    """Which compound row has which Type in a SOP Class's IOD."""
    found = data.iod_types(sop_class) or {}
    return {(mask, found.get(sources.tag(mask), (3, False))[0]) for mask in compound()}


def covering() -> list[str]:
    """SOP Classes whose IODs together make every Type of every compound row occur."""
    every = {uid: occurring(uid) for uid in data._table("iod_types")["sop_classes"]}  # noqa: SLF001
    missing = set().union(*every.values())
    chosen = []
    while missing:
        best = max(sorted(every), key=lambda uid: len(every[uid] & missing))
        chosen.append(best)
        missing -= every[best]
    return chosen


SOP_CLASSES = covering()


def nesting() -> dict[int, list[str]]:
    """Each sequence that is not sensitive itself, with the compound rows its items may hold."""
    found: dict[int, list[str]] = {WRAPPER: ROWS}
    rows = {f"{sources.tag(mask):08X}": mask for mask in compound()}
    for pair in data._table("iod_types")["nested"]:  # noqa: SLF001 - the table as it is
        sequence, inner = pair.split("/")
        if inner in rows and not data.category_of(int(sequence, 16)):
            found.setdefault(int(sequence, 16), []).append(rows[inner])
    return {tag: sorted(masks, key=sources.tag) for tag, masks in found.items()}


NESTING = nesting()


def element(data_set: Dataset, mask: str) -> DataElement | None:
    found: DataElement | None = data_set.get(sources.tag(mask))
    return found


def deviations(column: str, sop_class: str) -> Iterator[str]:
    """Every place where the output is not what the table says."""
    options = [] if column == BASIC else [column.replace("_", "-")]
    source = instance(sop_class, column)
    before = engine.read(source)
    after = engine.read(engine.anonymized(source, profile(BASIC, options=options)))
    known = data.iod_types(sop_class)
    unlisted = STRICTEST if known is None else 3
    for mask in ROWS:
        kind, demanded = (known or {}).get(sources.tag(mask), (unlisted, False))
        place = Place(kind, demanded, nested=False)
        yield from _judged(column, mask, place, before, after)
    for tag, masks in NESTING.items():
        items = before[tag].value[0], after[tag].value[0]
        for mask in masks:
            place = Place(data.nested_type(tag, sources.tag(mask)), demanded=False, nested=True)
            yield from _judged(column, mask, place, *items)


def _judged(column: str, mask: str, place: Place, before: Dataset, after: Dataset) -> Iterator[str]:
    if sources.tag(mask) in NEVER_ABSENT:
        return
    expected = expected_of(mask, TABLE[mask], column, place)
    held = element(before, mask)
    assert held is not None
    if not OUTCOMES[expected](held, element(after, mask)):
        yield f"{mask} {sources.vr(mask)} {TABLE[mask].basic} {place}: not {expected}"


@pytest.mark.parametrize("column", [BASIC, *OPTIONS])
@pytest.mark.parametrize("sop_class", [*SOP_CLASSES, UNKNOWN_SOP_CLASS])
def test_every_row(sop_class: str, column: str) -> None:
    """Under Basic and each Option, what the table's cell and the Type say is what is written."""
    assert list(deviations(column, sop_class)) == []


def test_every_type_occurs() -> None:
    """The chosen SOP Classes and sequences leave no Type of a compound row out."""
    kinds = {pair for uid in SOP_CLASSES for pair in occurring(uid)}
    assert {mask for mask, _ in kinds} == compound()
    assert {kind for _, kind in kinds} == {1, 2, 3}
    nested = {
        data.nested_type(tag, sources.tag(mask)) for tag, masks in NESTING.items() for mask in masks
    }
    assert nested == {1, 2, 3}
