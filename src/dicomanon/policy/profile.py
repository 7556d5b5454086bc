"""Profiles: SENSITIVE_TAGS, presets, and what the person chose on top of them.

Strategy: a preset is data (`data/presets.json`): an action by category and by keyword,
where "table" means Table E.1-1's own code. A `Profile` is a preset with overrides,
resolved once into rulings by tag, so that planning an element is one dictionary look-up.

Invariants: later overrides win; an action that an element's VR does not allow is a
ProfileError when the element was named, and EMPTY when only its category was. Attributes
that say how to read the pixels or the file are locked: no preset or category touches them.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from dicomanon import data
from dicomanon.dicom.tag import PIXEL_DATA, SPECIFIC_CHARACTER_SET, Tag, TagPath, parse_path
from dicomanon.dicom.vr import VRS
from dicomanon.errors import ProfileError
from dicomanon.policy import option
from dicomanon.policy.action import ALLOWED, Action
from dicomanon.policy.private_list import PrivateList

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dicomanon.policy.lookup import Lookup

PRESETS: tuple[str, ...] = ("basic", "research", "in-hospital", "midi")
PRIVATE = "private"
NOT_IN_DATA_SETS = (0x0000, 0x0002, 0x0004)  # groups of messages, File Meta and DICOMDIRs
_BY_PERSON = ("override", "category", "vr")
_IDENTITY = ("patient", "contact")
OVERLAY_GROUP = 0x60
OVERLAY_DATA: Tag = 0x60003000
CURVE_DATA: Tag = 0x50003000

LOCKED: frozenset[Tag] = frozenset(
    {
        SPECIFIC_CHARACTER_SET,
        PIXEL_DATA,
        0x7FE00001,  # Extended Offset Table
        0x7FE00002,  # Extended Offset Table Lengths
        0x7FE00008,  # Float Pixel Data
        0x7FE00009,  # Double Float Pixel Data
        0x00080016,  # SOP Class UID
        *range(0x00280002, 0x00280013),  # Samples per Pixel to Planar Configuration, Rows, Columns
        *range(0x00280100, 0x00280104),  # Bits Allocated to Pixel Representation
        *range(0x00281101, 0x00281104),  # palette descriptors
        *range(0x00281201, 0x00281204),  # palette data
        *range(0x00281221, 0x00281224),  # segmented palette data
    }
)
"""Attributes without which the instance cannot be read; they only keep."""

NEVER_ABSENT: frozenset[Tag] = frozenset({0x00080018, 0x0020000D, 0x0020000E})
"""SOP, Study and Series Instance UID: Type 1 in every IOD, so never removed or empty."""


class Ruling(NamedTuple):
    """What is decided for a tag: the action, the rule that decided, the given value.

    code: Table E.1-1's code where the attribute's Type in the IOD still has a say.
    """

    action: Action
    rule: str
    given: str = ""
    code: str = ""


class SensitiveTag(NamedTuple):
    """A row of SENSITIVE_TAGS.

    tag: may be a mask with x for any digit; default: the action by preset;
    allowed: the actions it may take.
    """

    tag: str
    category: str
    default: Mapping[str, Action]
    allowed: tuple[Action, ...]


class Override(NamedTuple):
    """A choice of the person: target is a tag, a path, a VR, a category or `private`."""

    target: str
    action: Action
    value: str = ""


class Own(NamedTuple):
    """What a preset of the person's own says beyond overrides and Options.

    name: shown in place of the base's; without: Options of the base that it drops;
    private: in place of the base's, "" if it says nothing; listed: private elements.
    """

    name: str = ""
    without: tuple[str, ...] = ()
    private: str = ""
    listed: PrivateList = PrivateList()


class Profile(NamedTuple):
    """A preset and its overrides, resolved.

    options: of Annex E, in the order in which they override; tags: rulings by tag;
    resolved: the same by SOP Class, with the codes that depend on it settled, and with
    the public tags met so far that the profile does not name; paths: rulings of single
    elements; private: what becomes of private elements ("remove", "safe", "keep"); basic:
    whether the result is the Basic Profile; identity_kept: whether a person kept what
    identifies the patient; method, codes: what to stamp; dates: (0028,0303); gone: the
    categories of which nothing is meant to be left; listed: the person's own list of
    private elements; lookup: given subject IDs.
    """

    name: str
    options: tuple[str, ...]
    tags: Mapping[Tag, Ruling]
    resolved: dict[str, dict[Tag, Ruling]]
    paths: Mapping[TagPath, Ruling]
    private: str
    basic: bool
    identity_kept: bool
    method: str
    codes: tuple[tuple[str, str, str], ...]
    dates: str
    gone: frozenset[str]
    listed: PrivateList = PrivateList()
    lookup: Lookup | None = None
    names_private: bool = True

    @property
    def kept_by_person(self) -> tuple[tuple[int, ...] | int, ...]:
        """Tags and paths that hold what they hold because a person said so."""
        stays = (Action.KEEP, Action.VALUE)
        tags = (t for t, r in self.tags.items() if r.rule in _BY_PERSON and r.action in stays)
        return (*tags, *(p for p, r in self.paths.items() if r.action in stays))

    def rulings(self, sop_class: str) -> dict[Tag, Ruling]:
        """The rulings for instances of a SOP Class; shared by all of them, and added to."""
        found = self.resolved.get(sop_class)
        if found is None:
            found = self.resolved[sop_class] = _by_type(self.tags, sop_class)
        return found


class Preset(NamedTuple):
    """A preset as `data/presets.json` has it; tags: actions by tag."""

    name: str
    categories: Mapping[str, str]
    tags: Mapping[Tag, Action]
    options: tuple[str, ...]
    private: str
    method: str
    code: tuple[str, str, str]


@cache
def preset(name: str) -> Preset:
    """A preset by name.

    Raises:
        ProfileError: code `preset`.
    """
    if name not in PRESETS:
        raise ProfileError("preset")
    raw = data.presets()[name]
    tags = {data.tag_of(keyword): Action(action) for keyword, action in raw["tags"].items()}
    return Preset(
        name,
        raw["categories"],
        {tag: action for tag, action in tags.items() if tag is not None},
        tuple(raw.get("options", ())),
        raw["private"],
        raw["method"],
        tuple(raw["code"]),
    )


def allowed(tag: Tag, vr: str) -> tuple[Action, ...]:
    """The actions an element may take; VR: as it would be written."""
    if tag in LOCKED or tag >> 16 == 2:  # noqa: PLR2004 - File Meta follows the data set
        return (Action.KEEP,)
    actions = ALLOWED.get(vr, ALLOWED["UN"])
    if tag in NEVER_ABSENT:
        return tuple(a for a in actions if a not in (Action.REMOVE, Action.EMPTY))
    return actions


def _vr(mask: str) -> str:
    """The VR that rulings for a dictionary tag are checked against."""
    if mask[2:4] == "xx":
        return "OW" if mask.endswith("3000") else "LT"
    return data.vr_of(int(mask, 16)).split(" or ", maxsplit=1)[-1] or "UN"


def _default(name: str, mask: str, category: str, options: tuple[str, ...] = ()) -> Ruling:
    """The ruling of a sensitive tag under a preset and Options."""
    chosen = preset(name)
    tag = _tag(mask)
    if chosen.categories[category] == "clean" and tag not in chosen.tags:
        cleans = Action.CLEAN in allowed(tag, _vr(mask))
        return Ruling(Action.CLEAN if cleans else Action.KEEP, "preset_clean")
    if chosen.categories[category] != "table":
        return Ruling(chosen.tags.get(tag, Action.KEEP), "preset_keep")
    row = data.table_e1_1().get(mask)
    if row is None:
        action = Action.UID if category == "uid" else Action.REMOVE
        return Ruling(chosen.tags.get(tag, action), "sensitive_tag")
    action, rule, code = option.effective(row, options, _vr(mask))
    if tag in chosen.tags and rule == "table_e1_1":
        return Ruling(chosen.tags[tag], "preset")
    return Ruling(action, rule, "", code)


def _by_type(tags: Mapping[Tag, Ruling], sop_class: str) -> dict[Tag, Ruling]:
    """Rulings with the codes settled that depend on the Type in a SOP Class's IOD.

    Of a SOP Class that is not known every attribute may be of Type 1, so the strictest
    alternative stands. X yields only to a module that the IOD demands.
    """
    settled = {tag: ruling for tag, ruling in tags.items() if tag >> 16 not in NOT_IN_DATA_SETS}
    types = data.iod_types(sop_class)
    if types is None:
        return settled
    for tag, ruling in tags.items():
        if ruling.code:
            kind, demanded = types.get(tag, (3, False))
            if ruling.code != "X" or demanded:
                action = option.BY_TYPE[ruling.code][kind]
                settled[tag] = ruling._replace(action=action)
    return settled


def _tag(mask: str) -> Tag:
    return int(mask.replace("x", "0"), 16)


def _sensitive() -> dict[str, SensitiveTag]:
    table = {}
    for mask, category in data.sensitive_tags().items():
        default = {name: _default(name, mask, category).action for name in PRESETS}
        table[mask] = SensitiveTag(mask, category, default, allowed(_tag(mask), _vr(mask)))
    return table


@cache
def sensitive_tags() -> Mapping[str, SensitiveTag]:
    """SENSITIVE_TAGS: every tag that may identify, by tag or mask, with what to do about it."""
    return _sensitive()


def target_of(text: str) -> str:
    """What a person may write for a target, as `Override` wants it.

    A tag `00100010` or `(0010,0010)`, a keyword, a path of them with item indexes from
    zero, a VR, a category or `private`.

    Raises:
        ProfileError: code `tag`.
    """
    if text == PRIVATE or text in data.CATEGORIES or text in VRS:
        return text
    steps = []
    for step in text.replace("(", "").replace(")", "").replace(",", "").split("."):
        name, bracket, index = step.partition("[")
        tag = data.tag_of(name)
        steps.append((name if tag is None else f"{tag:08X}") + bracket + index)
    path = parse_path(".".join(steps))
    if path is None:
        raise ProfileError("tag")
    return str(path)


def __getattr__(name: str) -> Mapping[str, SensitiveTag]:
    """`SENSITIVE_TAGS` is made when first asked for: planning needs only the rulings."""
    if name == "SENSITIVE_TAGS":
        return sensitive_tags()
    raise AttributeError(name)


@cache
def _preset_rulings(name: str, options: tuple[str, ...]) -> Mapping[Tag, Ruling]:
    """A preset's rulings by tag; masks as the first tag they cover."""
    shared: dict[Ruling, Ruling] = {}
    rulings: dict[Tag, Ruling] = {}
    for mask, category in data.sensitive_tags().items():
        ruling = _default(name, mask, category, options)
        rulings[_tag(mask)] = shared.setdefault(ruling, ruling)
    for tag, action in preset(name).tags.items():
        rulings.setdefault(tag, Ruling(action, "preset"))
    return rulings


def profile(
    name: str,
    overrides: Iterable[Override] = (),
    options: Iterable[str] = (),
    own: Own | None = None,
) -> Profile:
    """Resolve a preset with a person's overrides and Options of Annex E.

    Raises:
        ProfileError: no such preset, Option, target or action, Options that contradict
            each other, or an action the target cannot take.
    """
    chosen, own, overrides = preset(name), own or Own(), tuple(overrides)
    inherited = (each for each in chosen.options if each not in own.without)
    chosen_options = option.checked((*inherited, *options))
    before = _preset_rulings(name, chosen_options)
    tags, paths = _overridden(before, overrides)
    private = _private(chosen, own, overrides, chosen_options)
    released = _released(before, tags, paths)
    if private == "keep":  # nobody says what these hold
        released |= set(_IDENTITY)
    own_code = chosen.code[1] != "DCM"
    retains = "safe" if private == "remove" and own.listed.keeps else private
    basic = not own_code and not _weakened(tags, paths, retains, chosen_options)
    earned = basic or (own_code and released.isdisjoint(_IDENTITY))
    return Profile(
        own.name or name,
        chosen_options,
        tags,
        {},
        paths,
        private,
        basic,
        "patient" in released,
        chosen.method + ("\\with exceptions" if overrides or own.private or own.listed else ""),
        _codes(chosen, chosen_options) if earned else (),
        _dates(tags, paths, chosen_options),
        _gone(chosen, chosen_options, overrides),
        own.listed,
        None,
        bool(paths or own.listed) or any(tag >> 16 & 1 for tag in tags),
    )


def _overridden(
    before: Mapping[Tag, Ruling], overrides: tuple[Override, ...]
) -> tuple[dict[Tag, Ruling], dict[TagPath, Ruling]]:
    """Rulings by tag and by path with the person's choices on top, later ones winning."""
    tags = dict(before)
    paths: dict[TagPath, Ruling] = {}
    for override in overrides:
        if override.target in data.CATEGORIES:
            tags.update(_category_rulings(override))
        elif override.target in VRS:
            tags.update(_vr_rulings(override))
        elif override.target != PRIVATE:
            path = parse_path(override.target)
            if path is None:
                raise ProfileError("tag")
            ruling = Ruling(override.action, "override", override.value)
            if len(path) == 1:
                _check(path.tag, override.action)
                tags[path.tag] = ruling
            else:
                paths[path] = ruling
    return tags, paths


def _private(
    chosen: Preset, own: Own, overrides: tuple[Override, ...], options: tuple[str, ...]
) -> str:
    """What becomes of private elements: the last who says something decides."""
    said = [_private_mode(each.action) for each in overrides if each.target == PRIVATE]
    preset_says = "safe" if "retain-safe-private" in options else chosen.private
    return [preset_says, *filter(None, [own.private]), *said][-1]


def _private_mode(action: Action) -> str:
    if action is Action.KEEP:
        return "keep"
    if action is Action.REMOVE:
        return "remove"
    raise ProfileError("action_not_allowed")


def _check(tag: Tag, action: Action) -> None:
    vr = data.vr_of(tag).split(" or ", maxsplit=1)[-1] or "UN"
    if vr != "UN" and action not in allowed(tag, vr):
        raise ProfileError("action_not_allowed", path=TagPath((tag,)))


def _vr_rulings(override: Override) -> dict[Tag, Ruling]:
    """One action for every standard attribute of a VR; EMPTY or the dummy where it must not."""
    if override.action not in ALLOWED[override.target]:
        raise ProfileError("action_not_allowed")
    rulings = {}
    candidates = (override.action, Action.EMPTY, Action.UID, Action.DUMMY)
    for tag in data.tags_of_vr(override.target):
        possible = allowed(tag, override.target)
        if tag not in LOCKED and tag >> 16 not in NOT_IN_DATA_SETS:
            action = next(action for action in candidates if action in possible)
            rulings[tag] = Ruling(action, "vr", override.value)
    return rulings


def _category_rulings(override: Override) -> dict[Tag, Ruling]:
    """One action for a category's tags; EMPTY where a VR does not allow it, or the dummy."""
    rulings = {}
    for mask, row in sensitive_tags().items():
        if row.category != override.target or row.allowed == (Action.KEEP,):
            continue
        candidates = (override.action, Action.EMPTY, Action.UID, Action.DUMMY)
        action = next(action for action in candidates if action in row.allowed)
        rulings[_tag(mask)] = Ruling(action, "category", override.value)
    return rulings


def _released(
    before: Mapping[Tag, Ruling], tags: Mapping[Tag, Ruling], paths: Mapping[TagPath, Ruling]
) -> set[str]:
    """The categories of which a person keeps something that the preset takes away."""
    chosen = [(tag, ruling) for tag, ruling in tags.items() if ruling.rule in _BY_PERSON]
    chosen += [(path.tag, ruling) for path, ruling in paths.items()]
    return {
        data.category_of(tag)
        for tag, ruling in chosen
        if ruling.action is Action.KEEP
        and not (tag in before and before[tag].action is Action.KEEP)
    }


def _gone(
    chosen: Preset, options: tuple[str, ...], overrides: tuple[Override, ...]
) -> frozenset[str]:
    """The categories that preset, Options and person leave nothing of."""
    kept = {option.RETAINED[name] for name in options if name in option.RETAINED}
    kept |= {each.target for each in overrides if each.action is Action.KEEP}
    return frozenset(c for c, mode in chosen.categories.items() if mode == "table") - kept


def _weakened(
    tags: Mapping[Tag, Ruling],
    paths: Mapping[TagPath, Ruling],
    private: str,
    options: tuple[str, ...],
) -> bool:
    """Whether an override lets through what the Basic Profile with its Options takes away."""
    if private == "keep" or (private == "safe" and "retain-safe-private" not in options):
        return True
    kept = (Action.KEEP, Action.SHIFT, Action.CLEAN)
    if any(ruling.action in kept for ruling in paths.values()):
        return True
    return any(
        ruling.action in kept and ruling.rule not in options and data.profile_row(tag) is not None
        for tag, ruling in tags.items()
    )


def _codes(chosen: Preset, options: tuple[str, ...]) -> tuple[tuple[str, str, str], ...]:
    """What (0012,0064) claims: the Basic Profile and its Options, or a preset's own code."""
    if chosen.code[1] != "DCM":
        return (chosen.code,)
    meanings = data.deidentification_methods()
    values = [option.OPTIONS[name] for name in options]
    return (chosen.code, *((value, "DCM", meanings[value]) for value in values))


def _dates(
    tags: Mapping[Tag, Ruling], paths: Mapping[TagPath, Ruling], options: tuple[str, ...]
) -> str:
    """(0028,0303) as what happens to dates makes it true. Standard: PS3.15 §E.3.6."""
    of_dates = {
        tags[_tag(mask)].action
        for mask, category in data.sensitive_tags().items()
        # A time of day that goes with a moved date stays, and no date with it.
        if category == "date" and tags[_tag(mask)].rule != option.MODIFIED_DATES
    }
    if option.MODIFIED_DATES in options:
        of_dates.add(Action.SHIFT)
    of_dates |= {
        ruling.action for path, ruling in paths.items() if data.vr_of(path.tag) in ("DA", "DT")
    }
    if Action.KEEP in of_dates:
        return "UNMODIFIED"
    return "MODIFIED" if Action.SHIFT in of_dates else "REMOVED"
