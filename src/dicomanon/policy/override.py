"""Overrides: what a person chose for a tag, a path, a VR, a category or private elements.

Strategy: rulings by tag and by path are laid over the preset's in the order in which the
choices were made.

Invariants: later choices win; an action that an element's VR does not allow is a
ProfileError when the element was named, and EMPTY or a dummy when only its category or
VR was. Attributes that say how to read the pixels or the file are never touched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from dicomanon import data
from dicomanon.dicom.tag import Tag, TagPath, parse_path
from dicomanon.dicom.vr import VRS
from dicomanon.errors import ProfileError
from dicomanon.policy.action import ALLOWED, Action
from dicomanon.policy.builtin import first_tag, sensitive_tags
from dicomanon.policy.ruling import LOCKED, NOT_IN_DATA_SETS, Ruling, allowed, vr_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PRIVATE = "private"
_INSTEAD = (Action.EMPTY, Action.UID, Action.DUMMY)
"""What a category's or VR's attribute takes that cannot take the action, in this order."""


class Override(NamedTuple):
    """A choice of the person: target is a tag, a path, a VR, a category or `private`."""

    target: str
    action: Action
    value: str = ""


class Places(tuple[Tag | TagPath, ...]):
    """Tags and paths that a person named; `in` asks for one that covers a path."""

    __slots__ = ()

    def __contains__(self, place: object) -> bool:
        """Whether a tag or path is named, each `*` standing for any item."""
        if super().__contains__(place):
            return True
        paths = (each for each in self if isinstance(each, TagPath))
        return isinstance(place, tuple) and any(each.covers(place) for each in paths)


def target_of(text: str) -> str:
    """What a person may write for a target, as `Override` wants it.

    A tag `00100010` or `(0010,0010)`, a keyword, a path of them with item indexes from
    zero or `*` for every item, a VR, a category or `private`.

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


def overridden(
    before: Mapping[Tag, Ruling], overrides: Iterable[Override]
) -> tuple[dict[Tag, Ruling], dict[TagPath, Ruling]]:
    """Rulings by tag and by path with the person's choices on top, later ones winning.

    Raises:
        ProfileError: no such target, or an action that it cannot take.
    """
    tags = dict(before)
    paths: dict[TagPath, Ruling] = {}
    for override in overrides:
        if override.target in data.CATEGORIES:
            tags.update(_category_rulings(override))
        elif override.target in VRS:
            tags.update(_vr_rulings(override, tags))
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


def ruling_at(paths: dict[TagPath, Ruling], path: tuple[int, ...]) -> Ruling | None:
    """What a person chose for one element; its own path counts for more than `*`."""
    found = paths.get(cast("TagPath", path))  # a tuple that is equal is as good
    if found is None:
        covering = (paths[each] for each in reversed(paths) if each.covers(path))
        found = next(covering, None)
    return found


def private_mode(action: Action) -> str:
    """What an action for `private` makes of private elements.

    Raises:
        ProfileError: code `action_not_allowed`.
    """
    if action is Action.KEEP:
        return "keep"
    if action is Action.REMOVE:
        return "remove"
    raise ProfileError("action_not_allowed")


def _check(tag: Tag, action: Action) -> None:
    vr = vr_of(tag)
    if vr != "UN" and action not in allowed(tag, vr):
        raise ProfileError("action_not_allowed", path=TagPath((tag,)))


def _vr_rulings(override: Override, before: Mapping[Tag, Ruling]) -> dict[Tag, Ruling]:
    """One action for every standard attribute of a VR; of times only those that stay shift."""
    vr, action, _ = override
    if action not in ALLOWED[vr]:
        raise ProfileError("action_not_allowed")
    of_times = vr == "TM" and action is Action.SHIFT
    return {
        tag: _nearest(override, allowed(tag, vr), "vr")
        for tag in data.tags_of_vr(vr)
        if tag not in LOCKED
        and tag >> 16 not in NOT_IN_DATA_SETS
        and not (of_times and tag in before and before[tag].action is not Action.KEEP)
    }


def _category_rulings(override: Override) -> dict[Tag, Ruling]:
    """One action for a category's tags; times do not shift with its dates, who wants it says so."""
    rulings = {}
    for mask, row in sensitive_tags().items():
        tag = first_tag(mask)
        if row.category == override.target and row.allowed != (Action.KEEP,):
            unasked = override.action is Action.SHIFT and vr_of(tag) == "TM"
            rulings[tag] = _nearest(override, () if unasked else row.allowed, "category")
    return rulings


def _nearest(override: Override, possible: tuple[Action, ...], rule: str) -> Ruling:
    """The action where it is possible, else what comes next to it."""
    candidates = (override.action, *_INSTEAD)
    action = next((action for action in candidates if action in possible), Action.EMPTY)
    return Ruling(action, rule, override.value)
