"""Content items of structured reports: what becomes of the value of each.

Strategy: the concept name of an item says what its value is; Table E.3.4-1 says what to
do with it. Only the value changes: the items, their relationships and their concept names
stay, so the tree is whole and references by position hold. An item whose concept the
table removes gets a dummy for a value.

Invariants: of an item that the table does not list, text is cleaned, names and dates are
replaced as outside, and codes and numbers stay.

Standard: PS3.15 §E.3.4; PS3.3 §C.17.3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomanon import data
from dicomanon.dicom.instance import Context
from dicomanon.policy import option
from dicomanon.policy.action import Action
from dicomanon.policy.ruling import Ruling

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dicomanon.dicom.tag import Tag

CONTENT_SEQUENCE: Tag = 0x0040A730
CLEAN_CONTENT = "clean-structured-content"
CONTENT_SEQUENCES: frozenset[Tag] = frozenset(
    {CONTENT_SEQUENCE, 0x00400555, 0x00400610, 0x0040B020}
)
"""Content Sequence, and the sequences whose items are content items too.

Acquisition Context, Specimen Preparation and Waveform Annotation Sequence.
"""
_CONCEPT_NAME: Tag = 0x0040A043
_VALUE_TYPE: Tag = 0x0040A040
CODE_VALUES: frozenset[Tag] = frozenset(
    {*range(0x00080100, 0x00080104), *range(0x00080105, 0x00080125)}
)
"""Attributes that make a code; Code Meaning is text. Standard: PS3.3 §8."""
CODE_MEANING: Tag = 0x00080104
CODES = CODE_VALUES | {CODE_MEANING}
STANDARD_SCHEMES = frozenset(
    "ACR BARI BI C4 C5 CD2 DC DCM DCMUID FMA I10 I10P I9 I9C IBSI ICDO3 ISO3166_1 ISO639_1 "
    "ITIS_TSN LN MA MAYOASRG MDC MSH NCDR NCIt NDC NEU NICIP NYUMCCG PATHLEX POS RADELEMENT "
    "RADLEX RXNORM SCT SNM3 SRT UBERON UCUM UMLS UNII UNS".split()
)
"""Coding schemes that others than the hospital write. Standard: PS3.16 Table 8-1."""
_CODE_VALUES: tuple[Tag, ...] = (0x00080100, 0x00080119, 0x00080120)
_SCHEME: Tag = 0x00080102

VALUES: Mapping[str, tuple[tuple[Tag, str], ...]] = {
    "TEXT": ((0x0040A160, "UT"),),
    "PNAME": ((0x0040A123, "PN"),),
    "DATE": ((0x0040A121, "DA"),),
    "TIME": ((0x0040A122, "TM"),),
    "DATETIME": ((0x0040A120, "DT"),),
    "UIDREF": ((0x0040A124, "UI"),),
    "CODE": ((0x0040A168, "SQ"),),
    "NUM": ((0x0040A300, "SQ"),),
    "IMAGE": ((0x00081199, "SQ"),),
    "COMPOSITE": ((0x00081199, "SQ"),),
    "WAVEFORM": ((0x00081199, "SQ"),),
}
"""Where an item's value stands, by Value Type. Standard: PS3.3 Table C.17.3-5."""

_UNLISTED: Mapping[str, Ruling] = {
    "TEXT": Ruling(Action.CLEAN, "content_item"),
    "PNAME": Ruling(Action.DUMMY, "content_item"),
    "UIDREF": Ruling(Action.UID, "content_item"),
    "CODE": Ruling(Action.KEEP, "content_item"),
    "NUM": Ruling(Action.KEEP, "content_item"),
}
_DATES = ("DATE", "TIME", "DATETIME")


def item_rulings(
    item: Context, options: tuple[str, ...], *, shifts_times: bool
) -> Mapping[Tag, Ruling]:
    """The rulings of one content item's value elements."""
    kind = item.text_of(_VALUE_TYPE)
    row = _concept_row(item)
    rulings = {tag: _ruling(kind, vr, row, options) for tag, vr in VALUES.get(kind, ())}
    if shifts_times and kind == "TIME" and option.MODIFIED_DATES in options:
        moved = {tag: r._replace(action=Action.SHIFT) for tag, r in rulings.items()}
        rulings = {t: moved[t] if r.action is Action.KEEP else r for t, r in rulings.items()}
    return rulings


def is_local_code(item: Context) -> bool:
    """Whether an item is a code of a scheme of the hospital's own, whose meanings may name."""
    return item.text_of(_SCHEME) not in STANDARD_SCHEMES


def is_unit(item: Context) -> bool:
    """Whether an item is the code of a unit of measurement, which tells nobody's identity."""
    return item.text_of(_SCHEME) == "UCUM"


def _ruling(kind: str, vr: str, row: data.ConceptRow | None, options: tuple[str, ...]) -> Ruling:
    if row is None:
        if kind in _DATES:
            row = data.ConceptRow(kind, "D", "", "", "", "", "K", "C", "")
        else:
            return _UNLISTED.get(kind, Ruling(Action.UID, "content_item"))
    action, _, _ = option.effective(row, options, vr)
    if action in (Action.REMOVE, Action.EMPTY, Action.DUMMY):
        references = kind in ("IMAGE", "COMPOSITE", "WAVEFORM")
        action = Action.UID if references or kind == "UIDREF" else Action.DUMMY
    return Ruling(action, "content_item")


def _concept_row(item: Context) -> data.ConceptRow | None:
    name = item.data_set.find(_CONCEPT_NAME)
    if name is None or not name.items:
        return None
    concept = Context(item.instance, name.items[0], item)
    code = next(filter(None, (concept.text_of(tag) for tag in _CODE_VALUES)), "")
    return data.concept_row(concept.text_of(_SCHEME), code)
