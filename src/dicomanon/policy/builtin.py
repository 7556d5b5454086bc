"""The built-in presets and the sensitive tags: what is decided before a person says anything.

Strategy: a preset is data (`data/presets.json`): an action by category and by keyword,
where "table" means Table E.1-1's own code under the Options. Rulings are made once for
each preset and set of Options and shared by all profiles.

Invariants: every sensitive tag has a ruling in every preset.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from dicomanon import data
from dicomanon.errors import ProfileError
from dicomanon.policy import option
from dicomanon.policy.action import Action
from dicomanon.policy.payload import PAYLOADS
from dicomanon.policy.ruling import Ruling, allowed, vr_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dicomanon.dicom.tag import Tag
    from dicomanon.policy.payload import Payload

PRESETS: tuple[str, ...] = ("basic", "research", "in-hospital", "midi")


class Preset(NamedTuple):
    """A preset as `data/presets.json` has it; tags: actions by tag."""

    name: str
    categories: Mapping[str, str]
    tags: Mapping[Tag, Action]
    options: tuple[str, ...]
    private: str
    method: str
    code: tuple[str, str, str]


class SensitiveTag(NamedTuple):
    """A row of `sensitive_tags`.

    tag: may be a mask with x for any digit; default: the action by preset;
    allowed: the actions it may take.
    """

    tag: str
    category: str
    default: Mapping[str, Action]
    allowed: tuple[Action, ...]


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


def first_tag(mask: str) -> Tag:
    """The first tag that a mask covers."""
    return int(mask.replace("x", "0"), 16)


def _vr(mask: str) -> str:
    """The VR that rulings for a dictionary tag are checked against."""
    if mask[2:4] == "xx":
        return "OW" if mask.endswith("3000") else "LT"
    return vr_of(int(mask, 16))


def _default(name: str, mask: str, category: str, options: tuple[str, ...] = ()) -> Ruling:
    """The ruling of a sensitive tag under a preset and Options."""
    chosen = preset(name)
    tag = first_tag(mask)
    payload = PAYLOADS.get(mask)
    if payload is not None and not (payload.stays and chosen.categories[category] == "clean"):
        return _of_payload(payload, chosen, mask, category, options)
    if chosen.categories[category] == "clean" and tag not in chosen.tags:
        cleans = Action.CLEAN in allowed(tag, _vr(mask))
        return Ruling(Action.CLEAN if cleans else Action.KEEP, "preset_clean")
    if chosen.categories[category] != "table":
        return Ruling(chosen.tags.get(tag, Action.KEEP), "preset_keep")
    row = data.table_e1_1().get(mask)
    if row is None:
        return _beyond_table(chosen, mask, category, options, "sensitive_tag")
    action, rule, code = option.effective(row, options, _vr(mask))
    if tag in chosen.tags and rule == "table_e1_1":
        return Ruling(chosen.tags[tag], "preset")
    return Ruling(action, rule, "", code)


def _beyond_table(
    chosen: Preset, mask: str, category: str, options: tuple[str, ...], rule: str
) -> Ruling:
    """The ruling of what Table E.1-1 does not list; descriptions are cleaned like its own."""
    tag = first_tag(mask)
    cleans = option.CLEAN_DESCRIPTORS in options and category == "text"
    if cleans and Action.CLEAN in allowed(tag, _vr(mask)):
        return Ruling(Action.CLEAN, option.CLEAN_DESCRIPTORS)
    action = Action.UID if category == "uid" else Action.REMOVE
    return Ruling(chosen.tags.get(tag, action), rule)


def _of_payload(
    payload: Payload, chosen: Preset, mask: str, category: str, options: tuple[str, ...]
) -> Ruling:
    """The ruling of what a preset cannot keep by its category: the table's, under its own rule."""
    row = data.table_e1_1().get(mask)
    if row is None:
        return _beyond_table(chosen, mask, category, options, payload.rule)
    action, rule, code = option.effective(row, options, _vr(mask))
    return Ruling(action, payload.rule if rule == "table_e1_1" else rule, "", code)


@cache
def sensitive_tags() -> Mapping[str, SensitiveTag]:
    """Every tag that may identify, by tag or mask, with what to do about it."""
    table = {}
    for mask, category in data.sensitive_tags().items():
        default = {name: _default(name, mask, category).action for name in PRESETS}
        may = allowed(first_tag(mask), _vr(mask))
        table[mask] = SensitiveTag(mask, category, default, may)
    return table


@cache
def preset_rulings(name: str, options: tuple[str, ...]) -> Mapping[Tag, Ruling]:
    """A preset's rulings by tag; masks as the first tag they cover."""
    shared: dict[Ruling, Ruling] = {}
    rulings: dict[Tag, Ruling] = {}
    for mask, category in data.sensitive_tags().items():
        ruling = _default(name, mask, category, options)
        rulings[first_tag(mask)] = shared.setdefault(ruling, ruling)
    for tag, action in preset(name).tags.items():
        rulings.setdefault(tag, Ruling(action, "preset"))
    return rulings
