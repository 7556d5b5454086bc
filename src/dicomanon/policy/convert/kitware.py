"""Kitware dicom-anonymizer's dictionary: JSON from a tag in brackets to an action's name.

Strategy: two tables, their names to our actions and back.

Invariants: keys are read by a pattern and never evaluated. A regular expression of theirs
is not run: its attribute is emptied, and a sentence names it.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from dicomanon import data
from dicomanon.errors import ProfileError
from dicomanon.policy import convert
from dicomanon.policy.action import Action
from dicomanon.policy.convert import Draft, Exported, Imported, Notes
from dicomanon.policy.table import table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dicomanon.policy.profile import Profile
    from dicomanon.policy.table import Line

ACTIONS: Mapping[str, Action] = {
    "keep": Action.KEEP,
    "delete": Action.REMOVE,
    "empty": Action.EMPTY,
    "replace": Action.DUMMY,
    "replace_UID": Action.UID,
    "empty_or_replace": Action.DUMMY,
    "delete_or_empty": Action.EMPTY,
    "delete_or_replace": Action.DUMMY,
    "delete_or_empty_or_replace": Action.DUMMY,
    "delete_or_empty_or_replace_UID": Action.UID,
    "clean": Action.CLEAN,
}
_OF_CODE: Mapping[str, str] = {
    "Z/D": "empty_or_replace",
    "X/Z": "delete_or_empty",
    "X/D": "delete_or_replace",
    "X/Z/D": "delete_or_empty_or_replace",
    "X/Z/U*": "delete_or_empty_or_replace_UID",
}
_HEX = r"\s*0x([0-9A-Fa-f]{1,4})\s*"
_KEY = re.compile(rf"\({_HEX},{_HEX}(?:,{_HEX},{_HEX})?\)\Z")


def load(text: str) -> Imported:
    """A dictionary as a preset.

    Raises:
        ProfileError: code `convert`; it is no such dictionary.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise ProfileError("convert", where="$") from None
    if not isinstance(found, dict):
        raise ProfileError("convert", where="$")
    draft = Draft()
    for key, wanted in found.items():
        match = _KEY.match(key.strip())
        name = wanted.get("action") if isinstance(wanted, dict) else wanted
        if match is None or not isinstance(name, str):
            raise ProfileError("convert", where=f"$.{key[:32]}")
        tag = int(match[1], 16) << 16 | int(match[2], 16)
        _choose(draft, tag, name, wanted)
    return draft.imported()


def _choose(draft: Draft, tag: int, name: str, wanted: object) -> None:
    shown = f"({tag >> 16:04X},{tag & 0xFFFF:04X})"
    if tag & 0x10000:
        draft.notes.add("A private element without its creator cannot be named: {}.", shown)
        return
    if name == "replace_with_value" and isinstance(wanted, dict):
        options = wanted.get("options", wanted)
        given = options.get("value") if isinstance(options, dict) else None
        draft.choose(tag, Action.VALUE, given if isinstance(given, str) else "")
        return
    if name not in ACTIONS:
        draft.notes.add(
            f"The action {name[:32]} is not run; the attribute is emptied: {{}}.", shown
        )
    row = data.table_e1_1().get(f"{tag:08X}")
    if row is not None and _OF_CODE.get(row.basic) == name:
        return  # the base says the same, and knows the attribute's Type
    action = ACTIONS.get(name, Action.EMPTY)
    vr = data.vr_of(tag).rpartition(" or ")[2]
    if action is Action.DUMMY and vr == "UI":
        action = Action.UID  # their `replace` of a UID is a new UID
    draft.choose(tag, action)


# -- writing ---------------------------------------------------------------------

_WRITTEN: Mapping[Action, str] = {
    Action.KEEP: "keep",
    Action.REMOVE: "delete",
    Action.EMPTY: "empty",
    Action.ZERO: "replace",
    Action.DUMMY: "replace",
    Action.TEXT: "replace",
    Action.UID: "replace_UID",
    Action.PSEUDONYM: "replace",
    Action.SHIFT: "delete",
    Action.CLEAN: "delete",
    Action.AGE: "delete",
    Action.VALUE: "replace",
}
_SENTENCES = {
    Action.PSEUDONYM: "Keyed pseudonyms become one dummy for all: {}.",
    Action.VALUE: "A given value becomes the tool's dummy: {}.",
    Action.SHIFT: "Dates cannot be moved, so they are removed: {}.",
    Action.CLEAN: convert.CLEANED,
    Action.AGE: convert.AGED,
}


def _bits(mask: str) -> str:
    """What of a tag counts: F where a mask has a digit."""
    return "".join("0" if digit == "x" else "F" for digit in mask)


def dump(profile: Profile) -> Exported:
    """A profile as a dictionary."""
    notes = Notes()
    lines = convert.portable(table(profile), notes)
    # The tool has the compound codes itself, so nothing is lost of them.
    convert.note((line._replace(code="") for line in lines), notes, _SENTENCES)
    content = dict(filter(None, (_written(line, notes) for line in lines)))
    if profile.private != "remove":
        notes.add("Private elements are the caller's to remove or keep (--keepPrivateTags).")
    return Exported(json.dumps(content, indent=1) + "\n", notes.sentences())


def _written(line: Line, notes: Notes) -> tuple[str, str] | None:
    if not convert.nameable(line, notes, repeating=True):
        return None
    name = _OF_CODE.get(line.code) or _WRITTEN[Action(line.action)]
    if "x" in line.tag:
        tag, mask = line.tag.replace("x", "0"), _bits(line.tag)
        return f"(0x{tag[:4]}, 0x{tag[4:]}, 0x{mask[:4]}, 0x{mask[4:]})", name
    return f"(0x{line.tag[:4]}, 0x{line.tag[4:]})", name
