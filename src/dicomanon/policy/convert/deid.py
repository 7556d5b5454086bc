"""pydicom/deid's recipe: lines of an action, a field or an expander, and a value.

Strategy: an expander is worked out over the keywords of the dictionary. Of several lines
for one attribute the one counts that the recipe's own order of actions puts first.

Invariants: no function or variable of a recipe is run or asked for: what it would replace
becomes a pseudonym where there is one, and is emptied elsewhere. Sections that look at
pixels are named in a sentence and not read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dicomanon import data
from dicomanon.errors import ProfileError
from dicomanon.policy import convert
from dicomanon.policy.action import Action
from dicomanon.policy.convert import Draft, Exported, Imported, Notes
from dicomanon.policy.replacement import ANONYMIZED, DUMMIES, ZEROS
from dicomanon.policy.table import table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dicomanon.dicom.tag import Tag
    from dicomanon.policy.profile import Profile
    from dicomanon.policy.table import Line

ORDER = ("KEEP", "ADD", "REPLACE", "JITTER", "REMOVE", "BLANK")
"""Of two actions for one attribute the earlier counts."""

_TAG = re.compile(r"\(?([0-9A-Fa-f]{4}),?\s*([0-9A-Fa-f]{4})\)?\Z")
_COMMENT = re.compile(r"(^|\s)#.*")
_MAX_PATTERN_CHARS = 200


def load(text: str) -> Imported:
    """A recipe as a preset.

    Raises:
        ProfileError: code `convert`; it is no recipe for DICOM.
    """
    lines = [
        (number, _COMMENT.sub("", line).strip()) for number, line in enumerate(text.splitlines(), 1)
    ]
    lines = [(number, line) for number, line in lines if line]
    if not lines or lines[0][1].lower().split() != ["format", "dicom"]:
        raise ProfileError("convert", where="line 1")
    draft = Draft()
    found: dict[Tag, tuple[str, str]] = {}
    section = ""
    for number, line in lines[1:]:
        if line.startswith("%"):
            section = line.split()[0].lower()
            if section != "%header":
                draft.notes.add("Sections that are not read: {}.", section)
        elif section == "%header":
            _line(draft, found, line, number)
    for tag, (action, given) in found.items():
        _choose(draft, tag, action, given)
    return draft.imported()


def _line(draft: Draft, found: dict[Tag, tuple[str, str]], line: str, number: int) -> None:
    action, _, rest = line.partition(" ")
    field, _, given = rest.strip().partition(" ")
    action = action.upper()
    if action not in ORDER or not field:
        raise ProfileError("convert", where=f"line {number}")
    if action == "REMOVE" and given:
        draft.notes.add("A condition is not asked; the attribute is removed: {}.", field)
    if action == "ADD" and field in ("PatientIdentityRemoved", "DeidentificationMethod"):
        return
    if field.lower() in ("all", "allfields") or field.lower().startswith("except:"):
        draft.notes.add(f"{action} of all fields, or of all but some, is not taken over.")
        return
    tags = _tags(draft, field, number)
    for tag in tags:
        known = found.get(tag, (action, ""))[0]
        if tag not in found or ORDER.index(action) < ORDER.index(known):
            found[tag] = (action, given.strip())


def _tags(draft: Draft, field: str, number: int) -> list[Tag]:
    """The attributes that a field or an expander names."""
    match = _TAG.match(field)
    if match is not None:
        return [int(match[1] + match[2], 16)]
    kind, colon, pattern = field.partition(":")
    if not colon:
        tag = data.tag_of(field)
        if tag is None:
            draft.notes.add("Not a keyword of the dictionary, so it is passed over: {}.", field)
        return [] if tag is None else [tag]
    found = _expanded(kind.lower(), pattern, number)
    if found is None:
        draft.notes.add("An expander that is not known here: {}.", kind)
        return []
    return list(found)


def _expanded(kind: str, pattern: str, number: int) -> Iterable[Tag] | None:
    if kind == "select":
        what, _, wanted = pattern.partition(":")
        if what.lower() == "vr":
            return data.tags_of_vr(wanted.upper())
        if what.lower() == "group" and re.fullmatch(r"[0-9A-Fa-f]{1,4}", wanted):
            return [tag for tag in data.keywords().values() if tag >> 16 == int(wanted, 16)]
        return None
    forms = {"startswith": "({})", "endswith": ".*({})$", "contains": ".*({})"}
    if kind not in forms:
        return None
    # A recipe's pattern is a regular expression; only its alternatives are taken as such.
    words = "|".join(re.escape(word) for word in pattern[:_MAX_PATTERN_CHARS].split("|"))
    if not pattern or len(pattern) > _MAX_PATTERN_CHARS:
        raise ProfileError("convert", where=f"line {number}")
    matcher = re.compile(forms[kind].format(words), re.IGNORECASE)
    return [tag for keyword, tag in data.keywords().items() if matcher.match(keyword)]


_PLAIN: Mapping[str, Action] = {
    "KEEP": Action.KEEP,
    "REMOVE": Action.REMOVE,
    "BLANK": Action.EMPTY,
    "JITTER": Action.SHIFT,
}


def _choose(draft: Draft, tag: Tag, action: str, given: str) -> None:
    entry = data.entry(tag)
    name = f"{tag:08X}" if entry is None else entry.keyword
    if action == "JITTER":
        draft.notes.add("JITTER becomes `shift`, by as many days as the key says: {}.", name)
    if action in _PLAIN:
        draft.choose(tag, _PLAIN[action])
        return
    if action == "ADD":
        draft.notes.add("Attributes are not added where an instance has none: {}.", name)
    if not given.lower().startswith(("var:", "func:", "deid_func:")):
        draft.choose(tag, Action.VALUE, given)
        return
    vr = "" if entry is None else entry.vr
    kind = given.partition(":")[0]
    new = Action.UID if vr == "UI" else Action.PSEUDONYM
    if vr in ("UI", "PN", "LO", "SH", "CS", "AE"):
        draft.notes.add(
            f"A replacement by {kind} becomes `{new}`, which the key decides: {{}}.", name
        )
        draft.choose(tag, new)
    else:
        draft.notes.add(
            f"A replacement by {kind} is not run; the attribute is emptied: {{}}.", name
        )
        draft.choose(tag, Action.EMPTY)


# -- writing ---------------------------------------------------------------------

_WRITTEN: Mapping[Action, str] = {
    Action.KEEP: "KEEP {}",
    Action.REMOVE: "REMOVE {}",
    Action.EMPTY: "BLANK {}",
    Action.UID: "REPLACE {} func:dicomanon_uid",
    Action.PSEUDONYM: "REPLACE {} var:dicomanon_pseudonym",
    Action.SHIFT: "JITTER {} var:dicomanon_days",
    Action.TEXT: f"REPLACE {{}} {ANONYMIZED}",
    Action.CLEAN: "REMOVE {}",
    Action.AGE: "REMOVE {}",
}
_SENTENCES = {
    Action.UID: convert.NO_UIDS,
    Action.PSEUDONYM: "Pseudonyms need a variable dicomanon_pseudonym an instance: {}.",
    Action.SHIFT: "Dates need a variable dicomanon_days a patient: {}.",
    Action.CLEAN: convert.CLEANED,
    Action.AGE: convert.AGED,
}


def dump(profile: Profile) -> Exported:
    """A profile as a recipe."""
    notes = Notes()
    lines = convert.portable(table(profile), notes)
    convert.note(lines, notes, _SENTENCES)
    body = filter(None, (_written(line, notes) for line in lines))
    if profile.private != "remove":
        notes.add("Private elements are the caller's to remove or keep (remove_private).")
    return Exported("\n".join(["FORMAT dicom", "", "%header", "", *body]) + "\n", notes.sentences())


def _written(line: Line, notes: Notes) -> str:
    if not convert.nameable(line, notes):
        return ""
    tag = int(line.tag, 16)
    entry = data.entry(tag)
    field = (entry.keyword if entry is not None else "") or f"({line.tag[:4]},{line.tag[4:]})"
    vr = data.vr_of(tag).rpartition(" or ")[2]
    if vr == "SQ" and line.action in (Action.DUMMY, Action.UID):
        notes.add("Sequences cannot be replaced item by item, so they are removed: {}.", line.name)
        return f"REMOVE {field}"
    values = {Action.DUMMY: DUMMIES.get(vr), Action.ZERO: ZEROS.get(vr), Action.VALUE: line.value}
    action = Action(line.action)
    if action in values:
        return f"REPLACE {field} {values[action]}" if values[action] else f"BLANK {field}"
    return _WRITTEN[action].format(field)
