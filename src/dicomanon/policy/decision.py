"""What a plan is: levels of rulings, and decisions that say them one element at a time.

Strategy: most elements of most instances meet the same few rulings, so these are shared
objects, each with the name of its rule. What changes is an edit beside them; what an
element will hold is read out of its edit.

Invariants: rulings stand parallel to elements; an element without an edit stays as it is.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from dicomanon import data
from dicomanon.dicom import value
from dicomanon.dicom.charset import UTF_8
from dicomanon.dicom.instance import Context
from dicomanon.dicom.segment import DROP, Edit, InstanceEdit, LevelEdit, NewElement
from dicomanon.dicom.tag import TagPath, is_group_length, is_private
from dicomanon.dicom.vr import VRS
from dicomanon.errors import MalformedError
from dicomanon.policy.action import Action
from dicomanon.policy.ruling import Ruling

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dicomanon.dicom.charset import Charset
    from dicomanon.dicom.instance import DataSet, Element, Instance
    from dicomanon.dicom.tag import Tag
    from dicomanon.policy.clean import Cut
    from dicomanon.policy.profile import Profile

NOT_IN_TABLE = Ruling(Action.KEEP, "not_in_table")
NOT_IN_STANDARD = Ruling(Action.REMOVE, "not_in_standard")
GROUP_LENGTH = Ruling(Action.REMOVE, "group_length")
OVERLAY_GROUP = Ruling(Action.REMOVE, "overlay_group")
CURVE = Ruling(Action.REMOVE, "curve")
AUDIO = Ruling(Action.REMOVE, "audio")
AUDIO_SILENCED = Ruling(Action.DUMMY, "audio")
CUT = Ruling(Action.CLEAN, "cut")
DOCUMENT_LENGTH = Ruling(Action.VALUE, "encapsulated_document")
PRIVATE_UNKNOWN = Ruling(Action.REMOVE, "private_unknown")
PRIVATE_SAFE = Ruling(Action.KEEP, "private_safe")
PRIVATE_KEPT = Ruling(Action.KEEP, "private_keep")
PRIVATE_LISTED = {action: Ruling(action, "private_list") for action in Action}
PRIVATE_OPAQUE = Ruling(Action.REMOVE, "private_opaque")
SEQUENCE_OPAQUE = Ruling(Action.REMOVE, "sequence_opaque")
COMMAND = Ruling(Action.REMOVE, "command_group")
META_KEPT = Ruling(Action.KEEP, "file_meta")
META_REMOVED = Ruling(Action.REMOVE, "file_meta")
META_ADDRESS = Ruling(Action.REMOVE, "file_meta_address")
META_PRIVATE = Ruling(Action.REMOVE, "file_meta_private")
META_WRITTEN = Ruling(Action.VALUE, "file_meta")
KNOWN_CUT = Ruling(Action.CLEAN, "repeats_patient")
LOCAL_CODE = Ruling(Action.CLEAN, "local_code")
REPEATS_PATIENT = Ruling(Action.PSEUDONYM, "repeats_patient")
MOVED_TO_UTF_8 = Ruling(Action.VALUE, "charset")
STAMPED = Ruling(Action.VALUE, "stamp")
INSIDE = Ruling(Action.DUMMY, "inside_sequence")
INSIDE_CLEANED = Ruling(Action.CLEAN, "inside_sequence")
INSIDE_KEPT = Ruling(Action.KEEP, "inside_sequence")
INSIDE_UID = Ruling(Action.UID, "inside_sequence")
INSIDE_REMOVED = Ruling(Action.REMOVE, "inside_sequence")
MASK_REMOVED = Ruling(Action.REMOVE, "mask")
MASK_WRITTEN = Ruling(Action.VALUE, "mask")
MASKED_ELSEWHERE = dict.fromkeys((0x00880200, 0x00287FE0), MASK_REMOVED)
"""What shows the pixels of before a mask: thumbnails, and where a server has the image."""
OUTSIDE = (Ruling(Action.REMOVE, "preamble"), Ruling(Action.REMOVE, "trailing"))
"""What becomes of the 128 bytes before `DICM`, and of bytes after the last element."""


class LevelPlan(NamedTuple):
    """The rulings of one level, parallel to its elements; items: the levels inside, by index."""

    context: Context
    rulings: list[Ruling]
    edit: LevelEdit
    items: dict[int, list[LevelPlan]]


class Plan(NamedTuple):
    """What happens to an instance.

    cuts: what was cut out of texts, by element; moved: the data sets that are written in
    UTF-8 and were not; outside: rulings of what no element holds (preamble, stray bytes).
    """

    instance: Instance
    profile: Profile
    levels: list[LevelPlan]
    edit: InstanceEdit
    cuts: Mapping[Element, tuple[Cut, ...]]
    moved: frozenset[DataSet]
    outside: tuple[Ruling, ...]

    def decisions(self) -> Iterator[Decision]:
        """Every element with its ruling, in file order."""
        for level in self.levels:
            yield from self._decisions(level, (), inside=False)

    def _decisions(
        self, level: LevelPlan, prefix: tuple[int, ...], *, inside: bool
    ) -> Iterator[Decision]:
        context, edits = level.context, level.edit.edits
        charset = UTF_8 if context.data_set in self.moved else context.charset
        for index, element in enumerate(context.data_set.elements):
            path = TagPath((*prefix, element.tag))
            edit = edits.get(index)
            cuts = self.cuts.get(element, ())
            yield Decision(
                path, element, context, level.rulings[index], edit, inside, charset, cuts
            )
            gone = inside or not (edit is None or isinstance(edit, list))
            items = level.items.get(index)
            if items is None and element.items:
                yield from _removed(context, element, path)
            for number, item in enumerate(items or ()):
                yield from self._decisions(item, (*path, number), inside=gone)

    def counts(self) -> dict[str, int]:
        """How many elements each action meets; what a removed sequence holds counts with it."""
        return dict(
            Counter(
                "remove" if decision.inside else str(decision.ruling.action)
                for decision in self.decisions()
            )
        )


class Decision(NamedTuple):
    """One element of a plan.

    edit: what the rewriter does to it, None if it stays as it is; inside: whether a
    sequence around it is removed, so that its own ruling has no effect; charset: what the
    output is written in; cuts: what was cut out of its text, as spans of characters of the
    text that was there (`Context.text`), and of what kind.
    """

    path: TagPath
    element: Element
    context: Context
    ruling: Ruling
    edit: Edit | None
    inside: bool
    charset: Charset
    cuts: tuple[Cut, ...] = ()


def _removed(context: Context, sequence: Element, prefix: tuple[int, ...]) -> Iterator[Decision]:
    """What a removed sequence holds: nobody decides it one by one, it goes with it."""
    for number, data_set in enumerate(sequence.items or ()):
        item = Context(context.instance, data_set, context)
        for element in data_set.elements:
            path = TagPath((*prefix, number, element.tag))
            yield Decision(path, element, item, INSIDE_REMOVED, None, True, item.charset)  # noqa: FBT003 - a record's columns
            yield from _removed(item, element, path)


def after(decision: Decision) -> str:
    """What the output holds as text: "" where nothing is left, items counted in brackets.

    For an element that stays it is what was there.
    """
    edit, element, context = decision.edit, decision.element, decision.context
    if decision.inside or edit is DROP:
        return ""
    if isinstance(edit, NewElement):
        if not isinstance(edit.value, bytes):
            return f"[{len(edit.value)}]"
        return value_text(edit.value, edit.vr, context, decision.charset)
    return before(element, context)


def before(element: Element, context: Context) -> str:
    """An element of the source as text; items and bulk values as their count."""
    if element.items is not None:
        return f"[{len(element.items)}]"
    vr = context.vr(element)
    if vr not in VRS or VRS[vr].kind == "bytes":  # gigabytes of pixels are not read to be counted
        return f"<{element.value_bytes}>"
    return value_text(context.instance.value(element), vr, context)


def category(tag: Tag) -> str:
    """What an element is about, as the page and the reports group it."""
    if is_private(tag):
        return "private"
    if tag >> 16 == 2 or is_group_length(tag):  # noqa: PLR2004 - File Meta
        return "structure"
    return data.category_of(tag) or "other"


def value_text(raw: bytes, vr: str, context: Context, charset: Charset | None = None) -> str:
    """A raw value as text; bulk values and broken ones as their length.

    charset: what it is written in, if not as its level declares.
    """
    try:
        text = value.decode(raw, vr, context.data_set.little, charset or context.charset)
    except MalformedError:
        text = None
    return f"<{len(raw)}>" if text is None else text
