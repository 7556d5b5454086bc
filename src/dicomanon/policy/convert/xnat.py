"""XNAT's DicomEdit script: one statement a line, `tag := value`, `-tag`, and a few calls.

Strategy: each statement is matched against a short table of patterns; a value is a string,
the tag itself, or a call that another table knows.

Invariants: conditions are not asked: what they guard is not taken over, and a sentence
says so. Nothing of a script is run.

Standard: DicomEdit 6.
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
from dicomanon.policy.ruling import OVERLAY_DATA
from dicomanon.policy.table import PRIVATE_ROW, table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dicomanon.policy.profile import Profile
    from dicomanon.policy.table import Line

CALLS: Mapping[str, Action] = {
    "hashuid": Action.UID,
    "mapuid": Action.UID,
    "newuid": Action.UID,
    "mapreferenceduids": Action.UID,
    "hash": Action.PSEUDONYM,
    "lookup": Action.PSEUDONYM,
    "shiftdatebyincrement": Action.SHIFT,
    "shiftdatetimebyincrement": Action.SHIFT,
    "shiftdatetimesequencebyincrement": Action.SHIFT,
}
"""What DicomEdit's functions mean here; every other one empties."""

_PUBLIC = re.compile(r"(?:[*+]/)?\(([0-9A-Fa-f]{4}),([0-9A-Fa-f]{4})\)\Z")
_PRIVATE = re.compile(r"\(([0-9A-Fa-f]{3}[13579BDFbdf]),\{([^{}]+)\}([0-9A-Fa-fXx]{2})\)\Z")
_WHOLE = {"(50XX,XXXX)": convert.CURVES, "(60XX,XXXX)": OVERLAY_DATA}
_REPEATING = re.compile(r"\(60XX,([0-9A-Fa-f]{4})\)\Z", re.IGNORECASE)
_ASSIGN = re.compile(r"(\S.*?)\s*(:=|\?=)\s*(.+)\Z")
_DELETE = re.compile(r"-\s*((?:[*+]/)?\(.+)\Z")
_CALL = re.compile(r"(\w+)\s*\[(.*)\]\Z", re.DOTALL)
_STRING = re.compile(r"\"((?:[^\"\\]|\\.)*)\"\Z|'([^']*)'\Z")
_IGNORED = re.compile(r"(version|describe|export|echo)\b", re.IGNORECASE)
_CONDITION = re.compile(r"\s\?\s|^if\b|\s(=|!=|~|!~)\s")
_VARIABLE = re.compile(r"[A-Za-z_]\w*\Z")


def load(text: str) -> Imported:
    """A script as a preset.

    Raises:
        ProfileError: code `convert`; a line is no statement.
    """
    draft = Draft()
    draft.private = "keep"
    read = 0
    for number, line in enumerate(text.splitlines(), 1):
        statement = re.sub(r"(^|\s)//.*", "", line).strip()
        if statement and not _IGNORED.match(statement):
            _statement(draft, statement, number)
            read += 1
    if not read:
        raise ProfileError("convert", where="line 1")
    return draft.imported()


def _statement(draft: Draft, statement: str, number: int) -> None:
    delete, assign = _DELETE.match(statement), _ASSIGN.match(statement)
    call = _CALL.match(statement)
    if statement == "removeAllPrivateTags":
        draft.private = "remove"
    elif _CONDITION.search(statement.replace(":=", "").replace("?=", "")):
        draft.notes.add(f"Line {number} has a condition and is not taken over.")
    elif delete is not None:
        _choose(draft, delete[1].strip(), Action.REMOVE)
    elif assign is not None and assign[1].startswith(("(", "*", "+")):
        _choose(draft, assign[1], *_value(draft, assign[1], assign[3].strip()))
    elif assign is not None and _VARIABLE.match(assign[1]):
        draft.notes.add("Variables are not taken over: {}.", assign[1])
    elif call is not None:
        _call(draft, call[1], call[2])
    else:
        raise ProfileError("convert", where=f"line {number}")


def _call(draft: Draft, name: str, arguments: str) -> None:
    tags = re.findall(r"\((?:[^(){}]|\{[^{}]*\})*\)", arguments)
    if name == "retainPrivateTags":
        draft.private = "remove"
        for tag in tags:
            _choose(draft, tag, Action.KEEP)
    elif name == "hashUIDList":
        draft.notes.add("hashUIDList becomes `uid`, which the project's key decides.")
        for tag in tags:
            _choose(draft, tag, Action.UID)
    elif name == "delete" and len(tags) == 1:
        _choose(draft, tags[0], Action.REMOVE)
    else:
        draft.notes.add("Statements that are not run: {}.", name)


def _value(draft: Draft, target: str, text: str) -> tuple[Action, str]:
    """What an assignment's right side means."""
    string, call = _STRING.match(text), _CALL.match(text)
    if string is not None:
        given = string[1] if string[1] is not None else string[2]
        given = re.sub(r"\\(.)", r"\1", given)
        return (Action.VALUE, given) if given else (Action.EMPTY, "")
    if text == target:
        return Action.KEEP, ""
    name = call[1] if call is not None else text[:32]
    action = CALLS.get(name.lower())
    if action is None:
        draft.notes.add(
            f"The value {name} is not worked out; the attribute is emptied: {{}}.", target
        )
        return Action.EMPTY, ""
    draft.notes.add(f"{name} becomes `{action}`, which the project's key decides: {{}}.", target)
    return action, ""


def _choose(draft: Draft, target: str, action: Action, given: str = "") -> None:
    public, private = _PUBLIC.match(target), _PRIVATE.match(target)
    repeating = _REPEATING.match(target)
    if target.upper() in _WHOLE:
        draft.choose(_WHOLE[target.upper()], action, given)
    elif repeating is not None:
        draft.choose(0x60000000 | int(repeating[1], 16), action, given)
    elif target.startswith("+/") and action is Action.REMOVE:
        draft.notes.add("Removal inside sequences only is not taken over: {}.", target)
    elif public is not None and not int(public[1], 16) & 1:
        draft.choose(int(public[1] + public[2], 16), action, given)
    elif private is not None:
        lows = range(256) if "X" in private[3].upper() else [int(private[3], 16)]
        for low in lows:
            if private[3].upper() in ("XX", f"{low:02X}"):
                draft.choose_private(private[2], int(private[1], 16), low, action)
    else:
        draft.notes.add("A path or a pattern that cannot be said here: {}.", target[:64])


# -- writing ---------------------------------------------------------------------

_SENTENCES = {
    Action.PSEUDONYM: convert.PSEUDONYMS,
    Action.SHIFT: convert.MOVED,
    Action.CLEAN: convert.CLEANED,
    Action.AGE: convert.AGED,
}


def dump(profile: Profile) -> Exported:
    """A profile as a script; what it decides holds at every depth, as here."""
    notes = Notes()
    lines = convert.portable(table(profile), notes)
    convert.note(lines, notes, _SENTENCES)
    body = [statement for line in lines if (statement := _written(line, notes))]
    body += _private(profile)
    return Exported("\n".join(['version "6.6"', *body]) + "\n", notes.sentences())


def _private(profile: Profile) -> list[str]:
    """Private elements: all, or the known ones by their creators. Standard: PS3.15 §E.3.10."""
    kept: dict[str, None] = {}
    if profile.private == "safe":
        for creator, element in data.all_safe_private():
            kept[f"({element.group:04X},{{{creator}}}{element.low:02X})"] = None
    for creator, group, low, action in profile.listed.rows:
        name = f"({group:04X},{{{creator}}}{low:02X})"
        if action is Action.KEEP:
            kept[name] = None
        else:
            kept.pop(name, None)
    if profile.private == "keep":
        return []
    return [f"retainPrivateTags[{', '.join(kept)}]"] if kept else ["removeAllPrivateTags"]


def _written(line: Line, notes: Notes) -> str:
    if line.category == PRIVATE_ROW:
        return ""
    if "x" in line.tag:
        tag = line.tag.upper()
        return "" if line.action == Action.KEEP else f"-({tag[:4]},{tag[4:]})"
    target = "/".join(f"({step[:4]},{step[4:8]}){step[8:]}" for step in line.tag.split("."))
    return _assigned(line, target, notes)


def _assigned(line: Line, target: str, notes: Notes) -> str:
    """Statements for a tag at every depth (`*/`), or for a path as it is."""
    action = Action(line.action)
    everywhere = target if "." in line.tag else f"*/{target}"
    vr = data.vr_of(int(line.tag[-8:], 16)).rpartition(" or ")[2]
    items = vr == "SQ" and action in (Action.DUMMY, Action.UID)
    if items:
        notes.add(convert.ITEMS, line.name)
    if items or action is Action.KEEP:
        return ""
    if action is Action.UID:
        return f"hashUIDList[{everywhere}]"
    if action in (Action.PSEUDONYM, Action.SHIFT):
        return _computed(line, target, vr, notes)
    text = _text(action, vr, line.value)
    if text is None:
        return f"-{everywhere}"
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'{everywhere} ?= "{quoted}"'


_SHIFTS = {
    "DA": ("shiftDateByIncrement", -3650),  # days
    "DT": ("shiftDateTimeByIncrement", -3650 * 86_400),  # seconds
}


def _computed(line: Line, target: str, vr: str, notes: Notes) -> str:
    """A function of an element's own value works at the top level; deeper ones go."""
    value = f"hash[{target}]"
    if line.action == Action.SHIFT:
        call, amount = _SHIFTS["DA" if vr == "DA" else "DT"]
        value = f'{call}[{target}, "{amount}"]'
    if "." in line.tag:
        return f"{target} ?= {value}"
    notes.add("Inside sequences it is removed, because a function knows one place: {}.", line.name)
    return f"{target} ?= {value}\n-+/{target}"


def _text(action: Action, vr: str, given: str) -> str | None:
    """The constant that an action writes, None if it writes none."""
    constants = {
        Action.EMPTY: "",
        Action.TEXT: ANONYMIZED,
        Action.DUMMY: DUMMIES.get(vr),
        Action.ZERO: ZEROS.get(vr),
        Action.VALUE: given,
    }
    return constants.get(action)
