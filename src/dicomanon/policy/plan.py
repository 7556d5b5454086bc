"""Instance + Profile + Key -> Plan: what happens to every element, and by which rule.

Strategy: one walk over the levels. Most elements keep by the same few rulings, so they
share them; only what changes gets an edit. The plan is the one truth: the page's table,
`--describe`, the report and the rewriter all read it.

Invariants: every element has a ruling with a named rule; where no rule applies or its
action cannot act, the plan is refused. The File Meta follows the data set. The stamps
(0012,0062), (0012,0063), (0012,0064) and (0028,0303) say only what was done.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from dicomanon import __version__, data
from dicomanon.dicom import value
from dicomanon.dicom.instance import Context, DataSet, Instance, private_creator
from dicomanon.dicom.segment import DROP, Edit, InstanceEdit, LevelEdit, NewElement
from dicomanon.dicom.tag import (
    PIXEL_DATA,
    Tag,
    TagPath,
    creator_of,
    is_group_length,
    is_private,
    is_private_creator,
)
from dicomanon.dicom.vr import VRS
from dicomanon.errors import MalformedError, ProfileError, UndecidedError, UnsupportedError
from dicomanon.policy.action import Action, possible
from dicomanon.policy.profile import CURVE_DATA, OVERLAY_DATA, Profile, Ruling, allowed
from dicomanon.policy.replacement import DUMMIES, PATIENT_ID, PATIENT_NAME, Replacement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dicomanon.dicom.instance import Element
    from dicomanon.policy.key import Key

MEDIA_STORAGE_DIRECTORY = "1.2.840.10008.1.3.10"
MEDIA_STORAGE_SOP_CLASS_UID: Tag = 0x00020002
IMPLEMENTATION_CLASS_UID = "2.25.187648229482049921632148820327180234907"
IMPLEMENTATION_VERSION = f"DICOMANON_{__version__}"[:16]

SOP_CLASS_UID: Tag = 0x00080016
SOP_INSTANCE_UID: Tag = 0x00080018
BURNED_IN_ANNOTATION: Tag = 0x00280301
ICON_IMAGE_SEQUENCE: Tag = 0x00880200
PATIENT_IDENTITY_REMOVED: Tag = 0x00120062
DEIDENTIFICATION_METHOD: Tag = 0x00120063
DEIDENTIFICATION_CODES: Tag = 0x00120064
TEMPORAL_INFORMATION: Tag = 0x00280303
STAMPS: frozenset[Tag] = frozenset(
    {
        PATIENT_IDENTITY_REMOVED,
        DEIDENTIFICATION_METHOD,
        DEIDENTIFICATION_CODES,
        TEMPORAL_INFORMATION,
    }
)
_IMPOSSIBLE_GROUPS = (0x0000, 0x0002, 0x0004, 0xFFFE, 0x0001, 0x0003, 0x0005, 0x0007, 0xFFFF)

NOT_IN_TABLE = Ruling(Action.KEEP, "not_in_table")
NOT_IN_STANDARD = Ruling(Action.REMOVE, "not_in_standard")
GROUP_LENGTH = Ruling(Action.REMOVE, "group_length")
OVERLAY_GROUP = Ruling(Action.REMOVE, "overlay_group")
PRIVATE_UNKNOWN = Ruling(Action.REMOVE, "private_unknown")
PRIVATE_SAFE = Ruling(Action.KEEP, "private_safe")
PRIVATE_KEPT = Ruling(Action.KEEP, "private_keep")
PRIVATE_OPAQUE = Ruling(Action.REMOVE, "private_opaque")
COMMAND = Ruling(Action.REMOVE, "command_group")
META_KEPT = Ruling(Action.KEEP, "file_meta")
META_REMOVED = Ruling(Action.REMOVE, "file_meta")
META_WRITTEN = Ruling(Action.VALUE, "file_meta")
STAMPED = Ruling(Action.VALUE, "stamp")
INSIDE = Ruling(Action.DUMMY, "inside_sequence")
INSIDE_KEPT = Ruling(Action.KEEP, "inside_sequence")
INSIDE_UID = Ruling(Action.UID, "inside_sequence")
INSIDE_REMOVED = Ruling(Action.REMOVE, "inside_sequence")
MASKED_ICON = Ruling(Action.REMOVE, "mask")


class LevelPlan(NamedTuple):
    """The rulings of one level, parallel to its elements; items: the levels inside, by index."""

    context: Context
    rulings: list[Ruling]
    edit: LevelEdit
    items: dict[int, list[LevelPlan]]


class Plan(NamedTuple):
    """What happens to an instance."""

    instance: Instance
    profile: Profile
    levels: list[LevelPlan]
    edit: InstanceEdit

    def decisions(self) -> Iterator[Decision]:
        """Every element with its ruling, in file order."""
        for level in self.levels:
            yield from _decisions(level, (), inside=False)

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
    sequence around it is removed, so that its own ruling has no effect.
    """

    path: TagPath
    element: Element
    context: Context
    ruling: Ruling
    edit: Edit | None
    inside: bool


def _decisions(level: LevelPlan, prefix: tuple[int, ...], *, inside: bool) -> Iterator[Decision]:
    edits = level.edit.edits
    for index, element in enumerate(level.context.data_set.elements):
        path = TagPath((*prefix, element.tag))
        edit = edits.get(index)
        yield Decision(path, element, level.context, level.rulings[index], edit, inside)
        gone = inside or not (edit is None or isinstance(edit, list))
        for number, item in enumerate(level.items.get(index, ())):
            yield from _decisions(item, (*path, number), inside=gone)


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
        return value_text(edit.value, edit.vr, context)
    if element.items is not None:
        return f"[{len(element.items)}]"
    return value_text(context.instance.value(element), context.vr(element), context)


def value_text(raw: bytes, vr: str, context: Context) -> str:
    """A raw value as text; bulk values and broken ones as their length."""
    try:
        text = value.decode(raw, vr, context.data_set.little, context.charset)
    except MalformedError:
        text = None
    return f"<{len(raw)}>" if text is None else text


def plan(instance: Instance, profile: Profile, key: Key, *, masked: bool = False) -> Plan:
    """Decide every element; masked: whether regions of the pixels will be blacked out.

    Raises:
        MalformedError: the file ends too early to be decided whole.
        UnsupportedError: it is a DICOMDIR.
        UndecidedError, ProfileError: a rule cannot act; nothing may be written.
    """
    if instance.truncated_at is not None:
        raise MalformedError("truncated", offset=instance.truncated_at)
    if instance.text(MEDIA_STORAGE_SOP_CLASS_UID) == MEDIA_STORAGE_DIRECTORY:
        raise UnsupportedError("dicomdir")
    return _Planner(instance, profile, key, masked=masked).plan()


class _Planner:
    """One instance's planning."""

    def __init__(self, instance: Instance, profile: Profile, key: Key, *, masked: bool) -> None:
        self._instance = instance
        self._profile = profile
        self._masked = masked
        self._rulings = profile.resolved
        top = instance.context()
        patient = instance.data_set.find(PATIENT_ID)
        patient_id = (top.text(patient) or "").strip() if patient is not None else ""
        self._replace = Replacement(key, patient_id)
        self._top = top

    def plan(self) -> Plan:
        instance = self._instance
        data_set = self._level(self._top, ())
        meta = self._file_meta(data_set)
        self._stamps(data_set)
        levels = [meta]
        if instance.command_set is not None:
            context = Context(instance, instance.command_set, None)
            rulings = [COMMAND] * len(instance.command_set.elements)
            edit = LevelEdit(instance.command_set)
            edit.edits = dict.fromkeys(range(len(rulings)), DROP)
            levels.append(LevelPlan(context, rulings, edit, {}))
        levels.append(data_set)
        edit = InstanceEdit(
            preamble=True,
            file_meta=meta.edit,
            drop_command_set=True,
            data_set=data_set.edit,
        )
        return Plan(instance, self._profile, levels, edit)

    # -- one level ---------------------------------------------------------------

    def _level(
        self, context: Context, prefix: tuple[int, ...], *, dummy: bool = False
    ) -> LevelPlan:
        known = self._rulings
        paths = self._profile.paths
        rulings: list[Ruling] = []
        level = LevelPlan(context, rulings, LevelEdit(context.data_set), {})
        level.edit.drop_strays = True
        for index, element in enumerate(context.data_set.elements):
            tag = element.tag
            ruling = known.get(tag)
            if ruling is None:
                ruling = self._unlisted(element, context)
            if dummy:
                ruling = self._inside(ruling, element, context)
            if paths and (chosen := paths.get(TagPath((*prefix, tag)))) is not None:
                ruling = chosen
            rulings.append(ruling)
            if ruling.action is Action.KEEP and element.items is None:
                continue
            self._act(level, index, ruling, (*prefix, tag))
        return level

    def _unlisted(self, element: Element, context: Context) -> Ruling:
        """The ruling of a tag that the profile does not name; public ones are remembered."""
        tag = element.tag
        group = tag >> 16
        if is_private(tag) and group not in _IMPOSSIBLE_GROUPS:
            return self._private(element, context)
        if group in _IMPOSSIBLE_GROUPS:
            ruling = NOT_IN_STANDARD
        elif is_group_length(tag):
            ruling = GROUP_LENGTH
        elif group >> 8 in (0x50, 0x60):
            data_tag = CURVE_DATA & 0xFF000000 if group >> 8 == 0x50 else OVERLAY_DATA  # noqa: PLR2004
            ruling = self._repeating(tag, data_tag)
        elif data.is_standard(tag):
            ruling = NOT_IN_TABLE
        else:
            ruling = NOT_IN_STANDARD
        self._rulings[tag] = ruling
        return ruling

    def _repeating(self, tag: Tag, data_tag: Tag) -> Ruling:
        """A curve or overlay group goes as a whole where its data go, else each as listed."""
        whole = self._profile.tags.get(data_tag)
        if whole is not None and whole.action is not Action.KEEP:
            return OVERLAY_GROUP
        own = self._profile.tags.get(tag & 0xFF00FFFF)
        return own or NOT_IN_TABLE

    def _private(self, element: Element, context: Context) -> Ruling:
        """Private elements: known ones may stay, their creators with them.

        A value that may be a sequence nobody can read is not looked into, so it goes.
        Standard: PS3.15 §E.3.10.
        """
        mode = self._profile.private
        if mode == "remove":
            return PRIVATE_UNKNOWN
        tag = element.tag
        kept = PRIVATE_KEPT if mode == "keep" else PRIVATE_SAFE
        if is_private_creator(tag):
            return kept if mode == "keep" or self._creator_needed(tag, context) else PRIVATE_UNKNOWN
        if mode != "keep" and not self._safe(tag, context):
            return PRIVATE_UNKNOWN
        opaque = element.items is None and context.vr(element) == "UN"
        if opaque and self._holds_items(element, context):
            return PRIVATE_OPAQUE
        return kept

    def _safe(self, tag: Tag, context: Context) -> bool:
        creator = private_creator(context, tag)
        return bool(creator) and data.is_safe_private(creator, tag)

    def _creator_needed(self, tag: Tag, context: Context) -> bool:
        return any(
            is_private(element.tag)
            and not is_private_creator(element.tag)
            and creator_of(element.tag) == tag
            and self._safe(element.tag, context)
            for element in context.data_set.elements
        )

    def _holds_items(self, element: Element, context: Context) -> bool:
        start = element.value_start
        head = context.instance.window.read(start, min(start + 4, element.value_stop))
        return head in (b"\xfe\xff\x00\xe0", b"\xff\xfe\xe0\x00")

    def _inside(self, ruling: Ruling, element: Element, context: Context) -> Ruling:
        """Inside a sequence that becomes a dummy: structure and codes stay, values do not."""
        if ruling.action in (Action.REMOVE, Action.UID):
            return ruling
        vr = context.vr(element)
        if vr == "SQ" or vr == "UI":
            return INSIDE if vr == "SQ" else INSIDE_UID
        kind = VRS[vr].kind if vr in VRS else "bytes"
        if vr == "CS" or kind == "number":
            return INSIDE_KEPT
        return INSIDE_REMOVED if kind == "bytes" else INSIDE

    # -- one element -------------------------------------------------------------

    def _act(self, level: LevelPlan, index: int, ruling: Ruling, path: tuple[int, ...]) -> None:
        """Turn a ruling into an edit, or into none where it changes nothing."""
        context = level.context
        element = context.data_set.elements[index]
        edits = level.edit.edits
        if element.items is not None:
            self._act_on_sequence(level, index, ruling, path)
            return
        if ruling.action is Action.REMOVE:
            edits[index] = DROP
            return
        vr = context.vr(element)
        if ruling.rule == "override" and ruling.action not in allowed(element.tag, vr):
            raise ProfileError("action_not_allowed", path=TagPath(path))
        action = possible(ruling.action, vr)
        try:
            raw = self._replace.raw(action, element, context, vr, ruling.given)
        except (ProfileError, UndecidedError) as error:
            error.path = TagPath(path)
            raise
        if element.value_bytes != len(raw) or context.instance.value(element) != raw:
            edits[index] = NewElement(element.tag, vr, raw)

    def _act_on_sequence(
        self, level: LevelPlan, index: int, ruling: Ruling, path: tuple[int, ...]
    ) -> None:
        context = level.context
        element = context.data_set.elements[index]
        items = element.items or []
        dummy = ruling.action is Action.DUMMY
        level.items[index] = plans = [
            self._level(Context(context.instance, item, context), (*path, number), dummy=dummy)
            for number, item in enumerate(items)
        ]
        if ruling.action is Action.REMOVE:
            level.edit.edits[index] = DROP
        elif ruling.action in (Action.KEEP, Action.DUMMY, Action.UID):
            edited = [item.edit for item in plans]
            if any(edited):
                level.edit.edits[index] = edited
        elif ruling.rule == "override" and ruling.action is not Action.EMPTY:
            raise ProfileError("action_not_allowed", path=TagPath(path))
        elif items:
            level.edit.edits[index] = NewElement(element.tag, "SQ", ())

    # -- File Meta and stamps ----------------------------------------------------

    def _file_meta(self, data_set: LevelPlan) -> LevelPlan:
        """A File Meta of our own that follows the data set. Standard: PS3.10 §7.1, PS3.15 §E.1.1."""
        instance = self._instance
        wanted = {
            0x00020001: ("OB", b"\0\1"),
            0x00020002: ("UI", _ui(self._uid_after(data_set, SOP_CLASS_UID, 0x00020002))),
            0x00020003: ("UI", _ui(self._uid_after(data_set, SOP_INSTANCE_UID, 0x00020003))),
            0x00020010: ("UI", _ui(instance.transfer_syntax.uid)),
            0x00020012: ("UI", _ui(IMPLEMENTATION_CLASS_UID)),
            0x00020013: ("SH", _padded(IMPLEMENTATION_VERSION)),
        }
        meta = instance.file_meta
        edit = LevelEdit(meta)
        rulings = []
        for index, element in enumerate(meta.elements):
            new = wanted.pop(element.tag, None)
            if element.tag == 0x00020000:  # noqa: PLR2004 - the rewriter makes the group length anew
                rulings.append(META_WRITTEN)
            elif new is None:
                rulings.append(META_REMOVED)
                edit.edits[index] = DROP
            elif meta.explicit and instance.value(element) == new[1]:
                rulings.append(META_KEPT)
            else:
                rulings.append(META_WRITTEN)
                edit.edits[index] = NewElement(element.tag, *new)
        edit.insertions = [NewElement(tag, *new) for tag, new in wanted.items() if new[1]]
        return LevelPlan(Context(instance, meta, None), rulings, edit, {})

    def _uid_after(self, level: LevelPlan, tag: Tag, meta_tag: Tag) -> str:
        """A UID as the output's data set has it, else as its File Meta would have it."""
        for index, element in enumerate(level.context.data_set.elements):
            if element.tag == tag:
                edit = level.edit.edits.get(index)
                raw = (
                    edit.value
                    if isinstance(edit, NewElement) and isinstance(edit.value, bytes)
                    else self._instance.value(element)
                )
                return raw.decode("latin-1").strip(" \0")
        source = self._instance.text(meta_tag)
        keeps = self._rulings.get(tag, NOT_IN_TABLE).action is Action.KEEP
        return source if keeps else self._replace.uid(source)

    def _stamps(self, level: LevelPlan) -> None:
        """Say what was done, and only that. Standard: PS3.15 §E.1.1, §E.3.6."""
        removed = "YES" if self._identity_removed(level) else "NO"
        new = [
            NewElement(PATIENT_IDENTITY_REMOVED, "CS", _padded(removed)),
            NewElement(DEIDENTIFICATION_METHOD, "LO", _padded(self._profile.method)),
            NewElement(TEMPORAL_INFORMATION, "CS", _padded(self._profile.dates)),
        ]
        if self._profile.code is not None:
            code, scheme, meaning = (_padded(text) for text in self._profile.code)
            item = (
                NewElement(0x00080100, "SH", code),
                NewElement(0x00080102, "SH", scheme),
                NewElement(0x00080104, "LO", meaning),
            )
            new.append(NewElement(DEIDENTIFICATION_CODES, "SQ", (item,)))
        made = {element.tag: element for element in new}
        for index, element in enumerate(level.context.data_set.elements):
            if element.tag in STAMPS:
                stamp = made.pop(element.tag, None)
                level.rulings[index] = STAMPED
                level.edit.edits[index] = DROP if stamp is None else stamp
            elif self._masked and element.tag == ICON_IMAGE_SEQUENCE:
                level.rulings[index] = MASKED_ICON
                level.edit.edits[index] = DROP
        level.edit.insertions = list(made.values())

    def _identity_removed(self, level: LevelPlan) -> bool:
        """Whether (0012,0062) YES is earned: no patient identifier kept, no flagged text unmasked."""
        tags = self._profile.tags
        kept = any(
            tags[tag].action is Action.KEEP and tags[tag].rule in ("override", "category")
            for tag in (PATIENT_NAME, PATIENT_ID)
        )
        flagged = self._instance.text(BURNED_IN_ANNOTATION).strip().upper() == "YES"
        return not kept and (self._masked or not flagged)


def _padded(text: str) -> bytes:
    raw = text.encode("ascii")
    return raw + b" " * (len(raw) % 2)


def _ui(uid: str) -> bytes:
    raw = uid.encode("latin-1", "replace")
    return raw + b"\0" * (len(raw) % 2)
