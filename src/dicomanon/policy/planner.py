"""What happens to each element, and by which rule: the walk over the levels of one instance.

Strategy: most elements keep by the same few rulings, so they share them; only what changes
gets an edit. A level is decided whole, or only in some of its elements.

Invariants: every element gets a ruling with a named rule; where no rule applies or its
action cannot act, the plan is refused. What is decided of a top-level element depends on its
own bytes and on what `instance` says of all; other elements' decisions have no say in it,
but for private ones, which their creators explain.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from dicomanon import data
from dicomanon.dicom.instance import Context
from dicomanon.dicom.segment import DROP, LevelEdit, NewElement
from dicomanon.dicom.tag import Tag, TagPath, is_group_length, is_private
from dicomanon.dicom.vr import VRS
from dicomanon.errors import MalformedError, ProfileError, UndecidedError
from dicomanon.policy.action import Action, possible
from dicomanon.policy.content import CODE_MEANING, CODES, is_local_code
from dicomanon.policy.decision import (
    AUDIO,
    CURVE,
    CUT,
    GROUP_LENGTH,
    KNOWN_CUT,
    LOCAL_CODE,
    MASKED_ELSEWHERE,
    NOT_IN_STANDARD,
    NOT_IN_TABLE,
    OVERLAY_GROUP,
    PRIVATE_UNKNOWN,
    REPEATS_PATIENT,
    SEQUENCE_OPAQUE,
    LevelPlan,
)
from dicomanon.policy.inside import inside_of
from dicomanon.policy.option import BY_TYPE, CLEAN_DESCRIPTORS, CLEAN_GRAPHICS
from dicomanon.policy.override import ruling_at
from dicomanon.policy.payload import AUDIO as AUDIO_NUMBERS
from dicomanon.policy.private import PrivateBlocks
from dicomanon.policy.replacement import PATIENT_AGE, PATIENT_ID, PATIENT_NAME, Replacement
from dicomanon.policy.ruling import BY_NAME, CURVE_DATA, OVERLAY_DATA, REPEATING, Ruling, allowed
from dicomanon.policy.stamp import SOP_CLASS_UID, SOP_INSTANCE_UID

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dicomanon.dicom.instance import Element, Instance
    from dicomanon.policy.identity import Identity
    from dicomanon.policy.inside import Inside
    from dicomanon.policy.key import Key
    from dicomanon.policy.profile import Profile
    from dicomanon.policy.stamp import PixelState

SHORTEST_IDENTIFIER = 4
_REPEATING_VRS = ("", "LO", "LT", "PN", "SH", "ST", "UC", "UN", "UT")
_PUBLIC_TAGS = 1 << 14
_NOBODY_KNOWS = ("not_in_table", "private_safe")
"""The rules by which texts stay of which no table says what they may hold."""
_IMPOSSIBLE_GROUPS = (0x0000, 0x0002, 0x0004, 0xFFFE, 0x0001, 0x0003, 0x0005, 0x0007, 0xFFFF)


@lru_cache(_PUBLIC_TAGS)
def _names_sequence(tag: Tag) -> bool:
    """Whether the dictionary says SQ: what stands there otherwise hides what it holds."""
    return data.vr_of(tag) == "SQ"


def undecided(context: Context) -> LevelPlan:
    """A level before its elements are decided."""
    edit = LevelEdit(context.data_set)
    edit.drop_strays = True
    return LevelPlan(context, [NOT_IN_STANDARD] * len(context.data_set.elements), edit, {})


def _spell_out(level: LevelPlan, index: int) -> None:
    """Give a VR to an element that stands in an explicit data set without one.

    Left as it is, readers would take the whole level for implicit if it came first.
    """
    context = level.context
    element = context.data_set.elements[index]
    if element.undefined_length:
        raise MalformedError("delimiter", offset=element.start)
    vr, raw = context.vr(element), context.instance.value(element)
    level.edit.edits[index] = NewElement(element.tag, vr, raw + VRS[vr].pad * (len(raw) % 2))


class Grounds(NamedTuple):
    """What is decided by, beside what an instance says; the same for all of a series.

    known: what other instances say of the same patient.
    """

    key: Key
    profile: Profile
    pixels: PixelState
    known: Identity | None = None


class Planner:
    """Decides the elements of one instance; what it says of all of them is read once.

    replace: the values that are written.
    """

    def __init__(self, instance: Instance, grounds: Grounds) -> None:
        self.grounds = grounds
        profile = grounds.profile
        self._instance = instance
        self._profile = profile
        self._rulings = profile.rulings(instance.text(SOP_CLASS_UID))
        if grounds.pixels.masked:
            self._rulings = self._rulings | MASKED_ELSEWHERE
        self.replace = Replacement(instance, profile, grounds.key, self._rulings, grounds.known)
        self._cleans = CLEAN_DESCRIPTORS in profile.options or profile.cleans_texts
        self._private_goes = profile.private == "remove" and not profile.names_private
        told = map(instance.data_set.find, (PATIENT_ID, PATIENT_NAME))
        held = [instance.value(e).strip(b" \0") for e in told if e is not None]
        self._patient = {raw for raw in held if len(raw) >= SHORTEST_IDENTIFIER}
        self._patient |= {raw.replace(b"^", b" ").strip() for raw in self._patient}
        self._patient_lengths = {len(raw) + pad for raw in self._patient for pad in (0, 1)}

    @property
    def ages(self) -> bool:
        """Whether an age is written that the dates tell."""
        return self._rulings.get(PATIENT_AGE, NOT_IN_TABLE).action is Action.AGE

    def uid_of_missing(self, source: str) -> str:
        """What the profile does to a SOP Instance UID that only the File Meta has."""
        ruling = self._rulings.get(SOP_INSTANCE_UID, NOT_IN_TABLE)
        return source if ruling.action is Action.KEEP else self.replace.uid(source)

    # -- one level ---------------------------------------------------------------

    def level(
        self, context: Context, prefix: tuple[int, ...], inside: Inside | None = None
    ) -> LevelPlan:
        """Decide one level; inside: what the sequence around it makes of each ruling."""
        level = undecided(context)
        self.decide(level, enumerate(context.data_set.elements), prefix, inside)
        return level

    def decide(  # noqa: C901, PLR0912 - the hot loop: a call an element costs most
        self,
        level: LevelPlan,
        elements: Iterable[tuple[int, Element]],
        prefix: tuple[int, ...] = (),
        inside: Inside | None = None,
    ) -> None:
        """Decide elements of a level that are not decided yet; each with its index."""
        known, context, rulings = self._rulings, level.context, level.rulings
        paths, repeated = self._profile.paths, self._patient_lengths
        blocks: PrivateBlocks | None = None
        cleans, listed = self._cleans, bool(self._profile.cut)
        cuts = cleans or listed
        keep, explicit = Action.KEEP, context.data_set.explicit
        edits = level.edit.edits
        for index, element in elements:
            tag = element.tag
            ruling = known.get(tag)
            if ruling is None:
                ruling = self._unlisted(tag)
            if ruling is None:
                blocks = blocks or PrivateBlocks(context, prefix, self._profile)
                ruling = blocks.ruling(element)
            elif prefix and ruling.code:
                ruling = self._nested(ruling, prefix, tag)
            if inside is not None:
                ruling = inside(ruling, element, context)
            if cleans and tag == CODE_MEANING and ruling.rule in _NOBODY_KNOWS:
                ruling = LOCAL_CODE if is_local_code(context) else ruling
            if paths and (chosen := ruling_at(paths, (*prefix, tag))) is not None:
                ruling = chosen if ruling.rule != "mask" else ruling
            value_bytes = element.value_stop - element.value_start
            if value_bytes in repeated and self._repeats(element, ruling, context):
                ruling = REPEATS_PATIENT
            if ruling.action is keep and element.items is None:
                if not value_bytes or not _names_sequence(tag):
                    if cuts and (listed or ruling.rule in _NOBODY_KNOWS):
                        ruling = self._cut(level, index, ruling)
                    rulings[index] = ruling
                    if explicit and not element.vr and index not in edits:
                        _spell_out(level, index)
                    continue
                ruling = SEQUENCE_OPAQUE
            rulings[index] = ruling
            if ruling.action is Action.REMOVE:
                edits[index] = DROP
                continue
            self._act(level, index, ruling, (*prefix, tag))

    def _cut(self, level: LevelPlan, index: int, ruling: Ruling) -> Ruling:
        """What becomes of a kept text: it stays without what is listed and who is known."""
        context = level.context
        element = context.data_set.elements[index]
        vr = context.vr(element)
        if vr not in VRS or VRS[vr].kind != "text" or element.tag in CODES:
            return ruling
        knows = ruling.rule in _NOBODY_KNOWS and self._cleans
        raw = self.replace.cut(element, context, vr, known=knows)
        if raw == context.instance.value(element):
            return ruling
        level.edit.edits[index] = NewElement(element.tag, vr, raw)
        return CUT if self._profile.cut else KNOWN_CUT

    def _repeats(self, element: Element, ruling: Ruling, context: Context) -> bool:
        """Whether a kept text is the patient's name or ID once more; a person's choice stands."""
        if ruling.action is not Action.KEEP or ruling.rule in BY_NAME or element.items is not None:
            return False
        raw = context.instance.value(element).strip(b" \0")
        return raw in self._patient and element.vr in _REPEATING_VRS

    def _nested(self, ruling: Ruling, prefix: tuple[int, ...], tag: Tag) -> Ruling:
        """A ruling by Type inside a sequence: the strictest place the standard has for it."""
        if ruling.code == "X":
            return ruling._replace(action=Action.REMOVE)
        kind = data.nested_type(prefix[-2], tag)
        return ruling._replace(action=BY_TYPE[ruling.code][kind])

    def _unlisted(self, tag: Tag) -> Ruling | None:
        """The ruling of a public tag that the profile does not name, remembered; else None."""
        group = tag >> 16
        if is_private(tag) and group not in _IMPOSSIBLE_GROUPS:
            return PRIVATE_UNKNOWN if self._private_goes else None
        if group in _IMPOSSIBLE_GROUPS:
            ruling = NOT_IN_STANDARD
        elif is_group_length(tag):
            ruling = GROUP_LENGTH
        elif group >> 8 in REPEATING:
            ruling = self._repeating(tag, overlay=group >> 8 == 0x60)  # noqa: PLR2004 - of groups
        elif data.is_standard(tag):
            ruling = NOT_IN_TABLE
        else:
            ruling = NOT_IN_STANDARD
        self._rulings[tag] = ruling
        return ruling

    def _repeating(self, tag: Tag, *, overlay: bool) -> Ruling:
        """A curve or overlay group goes as a whole where its data go, else each as listed.

        What a person said of a single element of a single group holds.
        """
        said = self._profile.tags.get(tag)
        if said is not None and said.rule == "override":
            return said
        whole = self._profile.tags.get(OVERLAY_DATA if overlay else CURVE_DATA & 0xFF000000)
        own = self._profile.tags.get(tag & 0xFF00FFFF)
        if own is not None and own.rule == CLEAN_GRAPHICS:
            return own
        if whole is not None and whole.action is not Action.KEEP:
            if overlay:
                return whole if tag & 0xFFFF == OVERLAY_DATA & 0xFFFF else OVERLAY_GROUP
            return AUDIO if tag & 0xFFFF in AUDIO_NUMBERS else CURVE
        return own or (None if overlay else whole) or NOT_IN_TABLE

    # -- one element -------------------------------------------------------------

    def _act(self, level: LevelPlan, index: int, ruling: Ruling, path: tuple[int, ...]) -> None:
        """Turn a ruling into an edit, or into none where it changes nothing."""
        context = level.context
        element = context.data_set.elements[index]
        edits = level.edit.edits
        if element.items is not None:
            self._act_on_sequence(level, index, ruling, path)
            return
        vr = context.vr(element)
        if ruling.rule == "override" and ruling.action not in allowed(element.tag, vr):
            raise ProfileError("action_not_allowed", path=TagPath(path))
        action = possible(ruling.action, vr)
        try:
            raw = self.replace.raw(action, element, context, vr, ruling.given)
            emptied = action is Action.CLEAN and element.value_bytes and not raw.strip(b"\\ ")
            if emptied and self._needs_value(path):
                raw = self.replace.raw(Action.DUMMY, element, context, vr, "")
        except (ProfileError, UndecidedError) as error:
            error.path = TagPath(path)
            raise
        if element.value_bytes != len(raw) or context.instance.value(element) != raw:
            edits[index] = NewElement(element.tag, vr, raw)

    def _needs_value(self, path: tuple[int, ...]) -> bool:
        """Whether an attribute may be of Type 1: what is cleaned of all it says gets a dummy."""
        tag = path[-1]
        if is_private(tag):
            return False
        row = data.profile_row(tag)
        if row is None:  # nobody wrote down its Type
            return True
        if len(path) > 1:
            return data.nested_type(path[-3], tag) == 1
        types = data.iod_types(self._instance.text(SOP_CLASS_UID))
        return row.basic != "X" if types is None else types.get(tag, (3, False))[0] == 1

    def _act_on_sequence(
        self, level: LevelPlan, index: int, ruling: Ruling, path: tuple[int, ...]
    ) -> None:
        context = level.context
        element = context.data_set.elements[index]
        items = element.items or []
        level.items[index] = plans = []
        for number, data_set in enumerate(items):
            item = Context(context.instance, data_set, context)
            inside = inside_of(ruling, element.tag, item, self._profile)
            plans.append(self.level(item, (*path, number), inside))
        if ruling.action in (Action.KEEP, Action.DUMMY, Action.UID, Action.CLEAN):
            edited = [item.edit for item in plans]
            if any(edited) or (context.data_set.explicit and element.bare):
                level.edit.edits[index] = edited
        elif ruling.rule == "override" and ruling.action is not Action.EMPTY:
            raise ProfileError("action_not_allowed", path=TagPath(path))
        elif items:
            level.edit.edits[index] = NewElement(element.tag, "SQ", ())
