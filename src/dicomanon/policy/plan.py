"""Instance + Profile + Key -> Plan: what happens to every element, and by which rule.

Strategy: one walk over the levels. Most elements keep by the same few rulings, so they
share them; only what changes gets an edit. The plan is the one truth: the page's table,
`--describe`, the report and the rewriter all read it.

Invariants: every element has a ruling with a named rule; where no rule applies or its
action cannot act, the plan is refused. The File Meta follows the data set. The stamps
(0012,0062), (0012,0063), (0012,0064) and (0028,0303) say only what was done.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from dicomanon import data
from dicomanon.dicom.charset import UTF_8
from dicomanon.dicom.instance import Context
from dicomanon.dicom.segment import DROP, InstanceEdit, LevelEdit, NewElement
from dicomanon.dicom.tag import (
    Tag,
    TagPath,
    is_group_length,
    is_private,
)
from dicomanon.dicom.vr import VRS
from dicomanon.errors import MalformedError, ProfileError, UndecidedError, UnsupportedError
from dicomanon.policy.action import Action, possible
from dicomanon.policy.content import CODE_MEANING, CODES, is_local_code
from dicomanon.policy.decision import (
    AUDIO,
    COMMAND,
    CURVE,
    CUT,
    DOCUMENT_LENGTH,
    GROUP_LENGTH,
    KNOWN_CUT,
    LOCAL_CODE,
    MASKED_ELSEWHERE,
    NOT_IN_STANDARD,
    NOT_IN_TABLE,
    OUTSIDE,
    OVERLAY_GROUP,
    PRIVATE_UNKNOWN,
    REPEATS_PATIENT,
    SEQUENCE_OPAQUE,
    LevelPlan,
    Plan,
)
from dicomanon.policy.inside import inside_of
from dicomanon.policy.option import BY_TYPE, CLEAN_DESCRIPTORS, CLEAN_GRAPHICS
from dicomanon.policy.override import ruling_at
from dicomanon.policy.payload import AUDIO as AUDIO_NUMBERS
from dicomanon.policy.payload import DOCUMENT_LENGTH as DOCUMENT_LENGTH_TAG
from dicomanon.policy.payload import ENCAPSULATED_DOCUMENT
from dicomanon.policy.private import PrivateBlocks
from dicomanon.policy.recode import move_to_utf_8
from dicomanon.policy.replacement import PATIENT_AGE, PATIENT_ID, PATIENT_NAME, Replacement
from dicomanon.policy.ruling import CURVE_DATA, OVERLAY_DATA, REPEATING, Ruling, allowed
from dicomanon.policy.stamp import SOP_CLASS_UID, SOP_INSTANCE_UID, PixelState, file_meta, stamp

if TYPE_CHECKING:
    from dicomanon.dicom.instance import Element, Instance
    from dicomanon.policy.identity import Identity
    from dicomanon.policy.inside import Inside
    from dicomanon.policy.key import Key
    from dicomanon.policy.profile import Profile


MEDIA_STORAGE_DIRECTORY = "1.2.840.10008.1.3.10"
MEDIA_STORAGE_SOP_CLASS_UID: Tag = 0x00020002
SHORTEST_IDENTIFIER = 4
_BY_PERSON = ("override", "category")
_REPEATING_VRS = ("", "LO", "LT", "PN", "SH", "ST", "UC", "UN", "UT")
_PUBLIC_TAGS = 1 << 14
_NOBODY_KNOWS = ("not_in_table", "private_safe")
"""The rules by which texts stay of which no table says what they may hold."""
_IMPOSSIBLE_GROUPS = (0x0000, 0x0002, 0x0004, 0xFFFE, 0x0001, 0x0003, 0x0005, 0x0007, 0xFFFF)


def plan(  # noqa: PLR0913 - one parameter a kind of fact
    instance: Instance,
    profile: Profile,
    key: Key,
    *,
    masked: bool = False,
    cleaned: bool = False,
    known: Identity | None = None,
) -> Plan:
    """Decide every element.

    masked: whether regions of the pixels will be blacked out; cleaned: whether somebody
    looked at what they leave, which earns 113101; known: what other instances say of the
    same patient, to be cut out of this one's texts as well.

    Raises:
        MalformedError: the file ends too early to be decided whole.
        UnsupportedError: it is a DICOMDIR.
        UndecidedError, ProfileError: a rule cannot act; nothing may be written.
    """
    if instance.truncated_at is not None:
        raise MalformedError("truncated", offset=instance.truncated_at)
    if instance.text(MEDIA_STORAGE_SOP_CLASS_UID) == MEDIA_STORAGE_DIRECTORY:
        raise UnsupportedError("dicomdir")
    pixels = PixelState(masked, cleaned and masked)
    return _Planner(instance, profile, key, pixels, known).plan()


@lru_cache(_PUBLIC_TAGS)
def _names_sequence(tag: Tag) -> bool:
    """Whether the dictionary says SQ: what stands there otherwise hides what it holds."""
    return data.vr_of(tag) == "SQ"


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


def _set_document_length(level: LevelPlan) -> None:
    """Make Encapsulated Document Length that of the document as it will be.

    Standard: PS3.3 §C.24.2.
    """
    data_set = level.context.data_set
    document, length_element = map(data_set.find, (ENCAPSULATED_DOCUMENT, DOCUMENT_LENGTH_TAG))
    if document is None or length_element is None:
        return
    index = data_set.elements.index(length_element)
    new = level.edit.edits.get(data_set.elements.index(document))
    if isinstance(new, NewElement) and isinstance(new.value, bytes):
        little = data_set.little
        length = len(new.value).to_bytes(4, "little" if little else "big")
        level.rulings[index] = DOCUMENT_LENGTH
        level.edit.edits[index] = NewElement(DOCUMENT_LENGTH_TAG, "UL", length)


class _Planner:
    """One instance's planning."""

    def __init__(
        self,
        instance: Instance,
        profile: Profile,
        key: Key,
        pixels: PixelState,
        known: Identity | None,
    ) -> None:
        self._instance = instance
        self._profile = profile
        self._pixels = pixels
        self._rulings = profile.rulings(instance.text(SOP_CLASS_UID))
        if pixels.masked:
            self._rulings = self._rulings | MASKED_ELSEWHERE
        top = instance.context()
        patient = instance.data_set.find(PATIENT_ID)
        self._replace = Replacement(instance, profile, key, self._rulings, known)
        self._top = top
        self._cleans = CLEAN_DESCRIPTORS in profile.options or profile.cleans_texts
        self._private_goes = profile.private == "remove" and not profile.names_private
        name = instance.data_set.find(PATIENT_NAME)
        held = [instance.value(e).strip(b" \0") for e in (patient, name) if e is not None]
        self._patient = {raw for raw in held if len(raw) >= SHORTEST_IDENTIFIER}
        self._patient |= {raw.replace(b"^", b" ").strip() for raw in self._patient}
        self._patient_lengths = {len(raw) + pad for raw in self._patient for pad in (0, 1)}

    def plan(self) -> Plan:
        instance = self._instance
        data_set = self._level(self._top, ())
        self._age(data_set)
        _set_document_length(data_set)
        moved = move_to_utf_8(data_set, self._replace.outgrown)
        meta = file_meta(instance, data_set, self._uid_of_missing)
        charset = UTF_8 if data_set.context.data_set in moved else self._top.charset
        stamp(data_set, self._profile, self._replace.words_of, charset, self._pixels)
        levels = [meta]
        if instance.command_set is not None:
            context = Context(instance, instance.command_set, None)
            rulings = [COMMAND] * len(instance.command_set.elements)
            dropped = LevelEdit(instance.command_set)
            dropped.edits = dict.fromkeys(range(len(rulings)), DROP)
            levels.append(LevelPlan(context, rulings, dropped, {}))
        levels.append(data_set)
        edit = InstanceEdit(
            preamble=True,
            file_meta=meta.edit,
            drop_command_set=True,
            data_set=data_set.edit,
        )
        return Plan(instance, self._profile, levels, edit, self._replace.cuts, moved, OUTSIDE)

    def _age(self, level: LevelPlan) -> None:
        """Keep the age that birth and study dates tell, where the Option asks and it is missing.

        Standard: PS3.15 §E.3.7; ages over 89 are one (45 CFR 164.514(b)).
        """
        wanted = self._rulings.get(PATIENT_AGE, NOT_IN_TABLE).action is Action.AGE
        if wanted and level.context.data_set.find(PATIENT_AGE) is None:
            age = self._replace.age(self._top)
            if age:
                level.edit.insertions.append(NewElement(PATIENT_AGE, "AS", age.encode("ascii")))

    def _uid_of_missing(self, source: str) -> str:
        """What the profile does to a SOP Instance UID that only the File Meta has."""
        ruling = self._rulings.get(SOP_INSTANCE_UID, NOT_IN_TABLE)
        return source if ruling.action is Action.KEEP else self._replace.uid(source)

    # -- one level ---------------------------------------------------------------

    def _level(  # noqa: C901, PLR0912 - the hot loop: a call an element costs most
        self, context: Context, prefix: tuple[int, ...], inside: Inside | None = None
    ) -> LevelPlan:
        """Decide one level; inside: what the sequence around it makes of each ruling."""
        known = self._rulings
        paths, repeated = self._profile.paths, self._patient_lengths
        rulings: list[Ruling] = []
        level = LevelPlan(context, rulings, LevelEdit(context.data_set), {})
        level.edit.drop_strays = True
        blocks: PrivateBlocks | None = None
        cleans, listed = self._cleans, bool(self._profile.cut)
        cuts = cleans or listed
        keep, explicit = Action.KEEP, context.data_set.explicit
        edits = level.edit.edits
        for index, element in enumerate(context.data_set.elements):
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
            if value_bytes in repeated and self._repeats(element, ruling):
                ruling = REPEATS_PATIENT
            if ruling.action is keep and element.items is None:
                if not value_bytes or not _names_sequence(tag):
                    if cuts and (listed or ruling.rule in _NOBODY_KNOWS):
                        ruling = self._cut(level, index, ruling)
                    rulings.append(ruling)
                    if explicit and not element.vr and index not in edits:
                        _spell_out(level, index)
                    continue
                ruling = SEQUENCE_OPAQUE
            rulings.append(ruling)
            if ruling.action is Action.REMOVE:
                edits[index] = DROP
                continue
            self._act(level, index, ruling, (*prefix, tag))
        return level

    def _cut(self, level: LevelPlan, index: int, ruling: Ruling) -> Ruling:
        """What becomes of a kept text: it stays without what is listed and who is known."""
        context = level.context
        element = context.data_set.elements[index]
        vr = context.vr(element)
        if vr not in VRS or VRS[vr].kind != "text" or element.tag in CODES:
            return ruling
        knows = ruling.rule in _NOBODY_KNOWS and self._cleans
        raw = self._replace.cut(element, context, vr, known=knows)
        if raw == context.instance.value(element):
            return ruling
        level.edit.edits[index] = NewElement(element.tag, vr, raw)
        return CUT if self._profile.cut else KNOWN_CUT

    def _repeats(self, element: Element, ruling: Ruling) -> bool:
        """Whether a kept text is the patient's name or ID once more; a person's choice stands."""
        if (
            ruling.action is not Action.KEEP
            or ruling.rule in _BY_PERSON
            or element.items is not None
        ):
            return False
        raw = self._instance.value(element).strip(b" \0")
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
            raw = self._replace.raw(action, element, context, vr, ruling.given)
            emptied = action is Action.CLEAN and element.value_bytes and not raw.strip(b"\\ ")
            if emptied and self._needs_value(path):
                raw = self._replace.raw(Action.DUMMY, element, context, vr, "")
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
            plans.append(self._level(item, (*path, number), inside))
        if ruling.action in (Action.KEEP, Action.DUMMY, Action.UID, Action.CLEAN):
            edited = [item.edit for item in plans]
            if any(edited) or (context.data_set.explicit and element.bare):
                level.edit.edits[index] = edited
        elif ruling.rule == "override" and ruling.action is not Action.EMPTY:
            raise ProfileError("action_not_allowed", path=TagPath(path))
        elif items:
            level.edit.edits[index] = NewElement(element.tag, "SQ", ())
