"""Profiles: a preset, Options of Annex E and what the person chose on top, resolved once.

Strategy: the preset's rulings (builtin.py), the person's choices (override.py) and what
may be claimed for both (claim.py) meet here. A `Profile` is rulings by tag, so that
planning an element is one dictionary look-up.

Invariants: a profile is never changed once made, but for rulings it settles by SOP Class
and keeps; later overrides win.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dicomanon import data
from dicomanon.policy import claim, option
from dicomanon.policy.action import Action
from dicomanon.policy.builtin import PRESETS, preset, preset_rulings, sensitive_tags
from dicomanon.policy.override import (
    PRIVATE,
    Override,
    Places,
    overridden,
    private_mode,
    target_of,
)
from dicomanon.policy.private_list import PrivateList
from dicomanon.policy.ruling import (
    BY_PERSON,
    LOCKED,
    NEVER_ABSENT,
    NOT_IN_DATA_SETS,
    REPEATING,
    Ruling,
    allowed,
    vr_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dicomanon.dicom.tag import Tag, TagPath
    from dicomanon.policy.builtin import Preset
    from dicomanon.policy.lookup import Lookup

__all__ = [
    "LOCKED",
    "NEVER_ABSENT",
    "PRESETS",
    "Override",
    "Own",
    "Profile",
    "Ruling",
    "allowed",
    "profile",
    "sensitive_tags",
    "target_of",
]


class Own(NamedTuple):
    """What a preset of the person's own says beyond overrides and Options.

    name: shown in place of the base's; without: Options of the base that it drops;
    private: in place of the base's, "" if it says nothing; listed: private elements;
    strict: whether cleaned texts keep only words that are known; cut: texts that are cut
    out of every text that stays; wary: whether pixels that may have burned-in text are
    refused until they are masked or looked at.
    """

    name: str = ""
    without: tuple[str, ...] = ()
    private: str = ""
    listed: PrivateList = PrivateList()
    strict: bool = False
    cut: tuple[str, ...] = ()
    wary: bool = False


class Profile(NamedTuple):
    """A preset and its overrides, resolved.

    options: of Annex E, in the order in which they override; tags: rulings by tag;
    resolved: the same by SOP Class, with the codes that depend on it settled, and with
    the public tags met so far that the profile does not name; paths: rulings of single
    elements; private: what becomes of private elements ("remove", "safe", "keep"); basic:
    whether the result is the Basic Profile; identity_kept: whether a person kept what
    identifies the patient; method, codes: what to stamp; dates: (0028,0303); gone: the
    categories of which nothing is meant to be left; listed: the person's own list of
    private elements; lookup: given subject IDs; names_private: whether the person speaks of
    single private elements; shifts_times: whether times of day move with the dates; strict,
    cut, wary: as in `Own`; cleans_texts: whether the preset cleans texts.
    """

    name: str
    options: tuple[str, ...]
    tags: Mapping[Tag, Ruling]
    resolved: dict[str, dict[Tag, Ruling]]
    paths: dict[TagPath, Ruling]
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
    shifts_times: bool = False
    strict: bool = False
    cut: tuple[str, ...] = ()
    cleans_texts: bool = False
    wary: bool = False

    @property
    def kept_by_person(self) -> Places:
        """Tags and paths that hold what they hold because a person said so."""
        stays = (Action.KEEP, Action.VALUE)
        tags = (t for t, r in self.tags.items() if r.rule in BY_PERSON and r.action in stays)
        return Places((*tags, *(p for p, r in self.paths.items() if r.action in stays)))

    def rulings(self, sop_class: str) -> dict[Tag, Ruling]:
        """The rulings for instances of a SOP Class; shared by all of them, and added to."""
        found = self.resolved.get(sop_class)
        if found is None:
            found = self.resolved[sop_class] = _by_type(self.tags, sop_class)
        return found


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
    before = preset_rulings(name, chosen_options)
    tags, paths = overridden(before, overrides)
    private = _private(chosen, own, overrides, chosen_options)
    released = claim.released(before, tags, paths)
    if private == "keep":  # nobody says what these hold
        released |= set(claim.IDENTITY)
    own_code = chosen.code[1] != "DCM"
    retains = "safe" if private == "remove" and own.listed.keeps else private
    basic = not own_code and not claim.weakened(before, tags, paths, retains, chosen_options)
    excepts = bool(overrides or own.private or own.listed)
    earned = basic or (own_code and released.isdisjoint(claim.IDENTITY))
    return Profile(
        own.name or name,
        chosen_options,
        tags,
        {},
        paths,
        private,
        basic,
        "patient" in released,
        "\\".join([chosen.method, *[claim.WITH_EXCEPTIONS] * excepts]),
        claim.codes(chosen, chosen_options) if earned else (),
        claim.dates(tags, paths, chosen_options),
        claim.gone(chosen, chosen_options, overrides),
        own.listed,
        None,
        bool(paths or own.listed) or any(tag >> 16 & 1 for tag in tags),
        _shifts_times(tags, paths),
        own.strict,
        own.cut,
        chosen.categories["text"] == "clean",
        own.wary,
    )


def _shifts_times(tags: Mapping[Tag, Ruling], paths: Mapping[TagPath, Ruling]) -> bool:
    """Whether a person moves times of day, which no preset does."""
    moved = [tag for tag, ruling in tags.items() if ruling.action is Action.SHIFT]
    moved += [path.tag for path, ruling in paths.items() if ruling.action is Action.SHIFT]
    return any(vr_of(tag) == "TM" for tag in moved)


def _private(
    chosen: Preset, own: Own, overrides: tuple[Override, ...], options: tuple[str, ...]
) -> str:
    """What becomes of private elements: the last who says something decides."""
    said = [private_mode(each.action) for each in overrides if each.target == PRIVATE]
    preset_says = "safe" if "retain-safe-private" in options else chosen.private
    return [preset_says, *filter(None, [own.private]), *said][-1]


def _by_type(tags: Mapping[Tag, Ruling], sop_class: str) -> dict[Tag, Ruling]:
    """Rulings with the codes settled that depend on the Type in a SOP Class's IOD.

    Of a SOP Class that is not known every attribute may be of Type 1, so the strictest
    alternative stands. X yields only to a module that the IOD demands.
    """
    settled = {
        tag: ruling
        for tag, ruling in tags.items()
        if tag >> 16 not in NOT_IN_DATA_SETS and tag >> 24 not in REPEATING
    }
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
