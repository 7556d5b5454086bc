"""A person's own list of private elements: what is known of each creator's elements.

Strategy: rows of creator, tag and disposition become look-ups by creator, group and the
low byte of the element, because the block is the file's business. The table that TCIA
publishes is read as it is: its signatures name a creator and a tag, its letters say keep,
delete, hash, offset.

Invariants: of rows that disagree, as TCIA's do by VR, the one that takes most away counts.
A row for an element inside a sequence speaks of that element wherever it is. A letter
that nobody knows, or a row that cannot be read, is an error with its line and no value.

Standard: PS3.5 §7.8; PS3.15 §E.3.10.
"""

from __future__ import annotations

import re
from io import StringIO
from typing import TYPE_CHECKING, NamedTuple

from dicomanon.errors import ProfileError
from dicomanon.policy.action import Action

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dicomanon.dicom.tag import Tag

DISPOSITIONS: Mapping[str, Action] = {
    "k": Action.KEEP,
    "keep": Action.KEEP,
    "d": Action.REMOVE,
    "delete": Action.REMOVE,
    "remove": Action.REMOVE,
    "h": Action.UID,
    "uid": Action.UID,
    "o": Action.SHIFT,
    "shift": Action.SHIFT,
    "empty": Action.EMPTY,
    # A date written as a number: moving it needs its epoch, which the table does not say.
    "oi": Action.REMOVE,
}
"""What a row may say, TCIA's letters and our words."""

SILENT = ("na", "")
"""Not applicable, or not yet judged: such a row says nothing."""

_STRICTEST = (Action.REMOVE, Action.EMPTY, Action.UID, Action.SHIFT, Action.KEEP)
OWN = ("creator", "tag", "disposition")
TCIA = ("element_sig_pattern", "private_disposition")
_TAG = re.compile(r"\(?([0-9A-F]{4}),?(?:XX|[0-9A-F]{2})([0-9A-F]{2})\)?\Z")
_SIGNATURE = re.compile(r"\(?([0-9A-F]{4}),(?:(.*),)?([0-9A-F]{2}|[0-9A-F]{4})\)", re.IGNORECASE)


class PrivateRow(NamedTuple):
    """One element of a creator; low: the low byte of its number."""

    creator: str
    group: int
    low: int
    action: Action


class PrivateList:
    """Private elements by creator, group and low byte."""

    __slots__ = ("_actions",)

    def __init__(self, rows: Iterable[PrivateRow] = ()) -> None:
        self._actions: dict[tuple[str, int, int], Action] = {}
        for creator, group, low, action in rows:
            known = self._actions.get((creator, group, low), action)
            strict = min(known, action, key=_STRICTEST.index)
            self._actions[creator, group, low] = strict

    def __len__(self) -> int:
        return len(self._actions)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PrivateList) and self._actions == other._actions

    __hash__ = None  # type: ignore[assignment]

    @property
    def rows(self) -> list[PrivateRow]:
        """Every row, in order of creator and tag."""
        return [PrivateRow(*key, action) for key, action in sorted(self._actions.items())]

    @property
    def keeps(self) -> bool:
        """Whether it lets anything through."""
        return any(action not in (Action.REMOVE, Action.EMPTY) for action in self._actions.values())

    def action(self, creator: str, tag: Tag) -> Action | None:
        """What the list says of a private element, None if nothing."""
        return self._actions.get((creator, tag >> 16, tag & 0xFF))

    def updated(self, other: PrivateList) -> PrivateList:
        """This list with what a later one says in its place."""
        merged = PrivateList()
        merged._actions = {**self._actions, **other._actions}
        return merged


def parse_tag(text: str) -> tuple[int, int] | None:
    """Group and low byte of `0009xx01`, `(0009,xx01)` or `(0009,1001)`, None if it is not one."""
    match = _TAG.match(text.strip().upper())
    if match is None or not int(match[1], 16) & 1:
        return None
    return int(match[1], 16), int(match[2], 16)


def parse_private_list(text: str) -> PrivateList:
    """A list from CSV text: `creator,tag,disposition`, or TCIA's published columns.

    Raises:
        ProfileError: code `private_list`, with the line.
    """
    import csv  # noqa: PLC0415 - every profile has a list, few are read

    table = csv.DictReader(StringIO(text.removeprefix("\ufeff"), newline=""))
    names = [name.strip() for name in table.fieldnames or ()]
    table.fieldnames = names
    read = _own_row if set(names) >= set(OWN) else _tcia_row if set(names) >= set(TCIA) else None
    if read is None:
        raise ProfileError("private_list", where="line 1")
    rows: list[PrivateRow] = []
    try:
        for cells in table:
            found = read({name: (cells.get(name) or "").strip() for name in names})
            if found is None:
                raise ProfileError("private_list", where=f"line {table.line_num}")
            rows += found
    except csv.Error:
        raise ProfileError("private_list", where=f"line {table.line_num}") from None
    return PrivateList(rows)


def _own_row(cells: Mapping[str, str]) -> list[PrivateRow] | None:
    place, word = parse_tag(cells["tag"]), cells["disposition"].lower()
    action = DISPOSITIONS.get(word)
    if place is None or action is None or not cells["creator"]:
        return None
    return [PrivateRow(cells["creator"], *place, action)]


def _tcia_row(cells: Mapping[str, str]) -> list[PrivateRow] | None:
    """The innermost element of a signature; standard elements inside private ones say nothing."""
    innermost = cells["element_sig_pattern"].rpartition("](")[2]
    match = _SIGNATURE.fullmatch(innermost)
    word = cells["private_disposition"].lower()
    if match is None or word not in (*DISPOSITIONS, *SILENT):
        return None
    group, creator, element = int(match[1], 16), (match[2] or "").strip(' "'), match[3]
    private = bool(creator) and group & 1 and len(element) == 2  # noqa: PLR2004 - a low byte
    if word in SILENT or not private:
        return []
    return [PrivateRow(creator, group, int(element, 16), DISPOSITIONS[word])]
