"""A data set moves to UTF-8: all its text together, and the declaration with it.

Strategy: a new value may have a character that the data set's Specific Character Set has
not (髙, 﨑, 𠮷, or any kanji where Latin-1 is declared). Then every text of the data set
that declares it, and of the items that inherit it, is decoded and written as ISO_IR 192.
What the plan has made already is carried over; texts that are ASCII anyway stay in place.

Invariants: text that has bytes without a meaning is not moved, because nobody could read
it afterwards: the instance is refused. An item with a declaration of its own is a data set
of its own.

Standard: PS3.3 §C.12.1.1.2; PS3.5 §6.1.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomanon.dicom import value
from dicomanon.dicom.charset import ESC
from dicomanon.dicom.segment import DROP, NewElement
from dicomanon.dicom.tag import SPECIFIC_CHARACTER_SET, TagPath
from dicomanon.dicom.vr import VRS
from dicomanon.errors import UndecidedError
from dicomanon.policy.decision import MOVED_TO_UTF_8

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dicomanon.dicom.charset import Charset
    from dicomanon.dicom.instance import Context, DataSet, Element
    from dicomanon.policy.decision import LevelPlan

_DECLARATION = NewElement(SPECIFIC_CHARACTER_SET, "CS", b"ISO_IR 192")


def declaring(context: Context) -> DataSet:
    """The data set whose Specific Character Set holds at a level; without one, the outermost."""
    while context.parent is not None and context.data_set.find(SPECIFIC_CHARACTER_SET) is None:
        context = context.parent
    return context.data_set


def move_to_utf_8(top: LevelPlan, outgrown: Mapping[Element, DataSet]) -> frozenset[DataSet]:
    """Move the data sets that have outgrown their character set; answers with all that moved.

    outgrown: elements that are planned in UTF-8 -> the data set that declares another set.

    Raises:
        UndecidedError: code `charset_text`, a text there cannot be read.
    """
    if not outgrown:
        return frozenset()
    move = _Move(outgrown)
    move.level(top, (), inherited=False)
    return frozenset(move.moved)


class _Move:
    """One instance's move."""

    def __init__(self, outgrown: Mapping[Element, DataSet]) -> None:
        self._outgrown = outgrown
        self._declaring = set(outgrown.values())
        self.moved: set[DataSet] = set()

    def level(self, level: LevelPlan, prefix: tuple[int, ...], *, inherited: bool) -> None:
        data_set = level.context.data_set
        declares = data_set.find(SPECIFIC_CHARACTER_SET) is not None
        moves = data_set in self._declaring or (inherited and not declares)
        if moves:
            self.moved.add(data_set)
            self._texts(level, prefix)
            if not inherited and not declares:
                level.edit.insertions.append(_DECLARATION)
        edits = level.edit.edits
        for index, items in level.items.items():
            tag = data_set.elements[index].tag
            for number, item in enumerate(items):
                self.level(item, (*prefix, tag, number), inherited=moves)
            edited = [item.edit for item in items]
            if any(edited) and isinstance(edits.get(index, []), list):
                edits[index] = edited

    def _texts(self, level: LevelPlan, prefix: tuple[int, ...]) -> None:
        context, edits = level.context, level.edit.edits
        for index, element in enumerate(context.data_set.elements):
            edit = edits.get(index)
            if element.tag == SPECIFIC_CHARACTER_SET:
                level.rulings[index] = MOVED_TO_UTF_8
                edits[index] = _DECLARATION
            elif element.items is None and edit is not DROP and element not in self._outgrown:
                vr = context.vr(element)
                if vr not in VRS or VRS[vr].kind != "text":
                    continue
                raw = context.instance.value(element)
                if isinstance(edit, NewElement) and isinstance(edit.value, bytes):
                    raw = edit.value
                if not raw.isascii() or ESC in raw:
                    path = TagPath((*prefix, element.tag))
                    moved = _moved(raw, vr, context.charset, path)
                    edits[index] = NewElement(element.tag, vr, moved)


def _moved(raw: bytes, vr: str, charset: Charset, path: TagPath) -> bytes:
    """A text in UTF-8, padded. Standard: PS3.5 §6.2."""
    delimiters = value.delimiters(vr)
    if not charset.readable(raw, delimiters=delimiters):
        raise UndecidedError("charset_text", path=path)
    moved = charset.decode(raw, delimiters=delimiters).rstrip(" \0").encode()
    return moved + b" " * (len(moved) % 2)
