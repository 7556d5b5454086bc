"""CTP's DicomAnonymizer script: XML of one element per attribute, with functions in its text.

Strategy: a function's name is looked up in one table; the script's rules for groups,
curves, overlays and private groups each have a row in another.

Invariants: an XML with a document type or an entity is refused before anything expands.
An unknown function empties its attribute, and a sentence names it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NoReturn
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from dicomanon import data
from dicomanon.errors import ProfileError
from dicomanon.policy import convert
from dicomanon.policy.action import Action
from dicomanon.policy.convert import Draft, Exported, Imported, Notes
from dicomanon.policy.replacement import ANONYMIZED, DUMMIES, ZEROS
from dicomanon.policy.ruling import OVERLAY_DATA
from dicomanon.policy.table import table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dicomanon.policy.profile import Profile
    from dicomanon.policy.table import Line

FUNCTIONS: Mapping[str, Action] = {
    "keep": Action.KEEP,
    "remove": Action.REMOVE,
    "empty": Action.EMPTY,
    "blank": Action.EMPTY,
    "process": Action.KEEP,
    "hashuid": Action.UID,
    "hash": Action.PSEUDONYM,
    "hashname": Action.PSEUDONYM,
    "hashptid": Action.PSEUDONYM,
    "encrypt": Action.PSEUDONYM,
    "integer": Action.PSEUDONYM,
    "lookup": Action.PSEUDONYM,
    "param": Action.PSEUDONYM,
    "incrementdate": Action.SHIFT,
    "hashdate": Action.SHIFT,
}
"""What CTP's functions mean here; every other one empties."""

_ENABLED, _TAG = re.compile(r"T", re.IGNORECASE), re.compile(r"[0-9A-Fa-f]{8}\Z")
_FUNCTION = re.compile(r"@(\w+)\(")
_PARAMETER = re.compile(r"@param\(@(\w+)\)\Z")
_ALWAYS = "@always()"
_SIZES = 1 << 22


class _Reader:
    """The elements of a script: name, attributes, text."""

    def __init__(self) -> None:
        self.found: list[tuple[str, dict[str, str], str]] = []
        self._text: list[str] = []
        self._open: list[dict[str, str]] = []

    def read(self, text: str) -> None:
        parser = expat.ParserCreate()
        parser.StartDoctypeDeclHandler = self._refuse
        parser.EntityDeclHandler = self._refuse
        parser.ExternalEntityRefHandler = self._refuse
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text.append
        try:
            parser.Parse(text, True)  # noqa: FBT003 - expat takes it by position
        except expat.ExpatError as error:
            raise ProfileError("convert", where=f"line {error.lineno}") from None

    def _refuse(self, *_arguments: object) -> NoReturn:
        raise ProfileError("convert", where="DOCTYPE")

    def _start(self, _name: str, attributes: dict[str, str]) -> None:
        self._open.append(attributes)
        self._text.clear()

    def _end(self, name: str) -> None:
        self.found.append((name, self._open.pop(), "".join(self._text).strip()))
        self._text.clear()


def load(text: str) -> Imported:
    """A script as a preset.

    Raises:
        ProfileError: code `convert`; it is no such script.
    """
    if len(text) > _SIZES:
        raise ProfileError("convert")
    reader = _Reader()
    reader.read(text)
    if not reader.found or reader.found[-1][0] != "script":
        raise ProfileError("convert")
    draft = Draft()
    draft.private = "keep"
    parameters = {a.get("t", ""): body for name, a, body in reader.found if name == "p"}
    # Groups first: what the script says of an attribute counts for more.
    for name, attributes, _ in reader.found:
        if name in ("k", "r") and _ENABLED.fullmatch(attributes.get("en", "T")):
            _group(draft, name, attributes.get("t", ""))
    for name, attributes, body in reader.found:
        if name == "e" and _ENABLED.fullmatch(attributes.get("en", "T")):
            _element(draft, attributes.get("t", ""), body, parameters)
    return draft.imported()


def _group(draft: Draft, kind: str, target: str) -> None:
    if kind == "k" and len(target) <= 4 and target.isalnum():  # noqa: PLR2004 - a group
        for tag in convert.sensitive_in_group(int(target, 16)):
            draft.choose(tag, Action.KEEP)
    elif (kind, target) == ("r", "curves"):
        draft.choose(convert.CURVES, Action.REMOVE)
    elif (kind, target) == ("r", "overlays"):
        draft.choose(OVERLAY_DATA, Action.REMOVE)
    elif (kind, target) == ("r", "privategroups"):
        draft.private = "remove"
    elif (kind, target) == ("r", "unspecifiedelements"):
        draft.notes.add(
            "CTP removes every element the script does not name; here those that are not in "
            "Table E.1-1 are kept."
        )
    else:
        draft.notes.add("Rules for a group of elements that are not known here: {}.", target)


def _element(draft: Draft, target: str, body: str, parameters: Mapping[str, str]) -> None:
    if not _TAG.match(target):
        draft.notes.add("Not a tag, so it is passed over: {}.", target[:16])
        return
    tag = int(target, 16)
    if tag & 0x10000:
        draft.notes.add("A private element without its creator cannot be named: {}.", target)
        return
    if body.startswith(_ALWAYS):
        draft.notes.add("Attributes are not added where an instance has none: {}.", target)
        body = body.removeprefix(_ALWAYS)
    parameter = _PARAMETER.match(body)
    if parameter is not None and parameter[1] in parameters:
        given = parameters[parameter[1]]
        body = given if given and not given.startswith("@") else body
    _chosen(draft, tag, target, body)


def _chosen(draft: Draft, tag: int, target: str, body: str) -> None:
    function = _FUNCTION.match(body)
    if not body:
        draft.choose(tag, Action.EMPTY)
    elif function is None:
        draft.choose(tag, Action.VALUE, body)
    else:
        name = function[1].lower()
        action = FUNCTIONS.get(name, Action.EMPTY)
        if name not in FUNCTIONS or not body.endswith(")"):
            draft.notes.add(
                f"The function @{name} is not run; the attribute is emptied: {{}}.", target
            )
            action = Action.EMPTY
        elif action in (Action.PSEUDONYM, Action.SHIFT):
            draft.notes.add(
                f"@{name} becomes `{action}`, which the project's key decides: {{}}.", target
            )
        draft.choose(tag, action)


# -- writing ---------------------------------------------------------------------

_WRITTEN: Mapping[Action, str] = {
    Action.KEEP: "@keep()",
    Action.REMOVE: "@remove()",
    Action.EMPTY: "@empty()",
    Action.UID: "@hashuid(@UIDROOT,this)",
    Action.PSEUDONYM: "@hash(this,16)",
    Action.SHIFT: "@incrementdate(this,@DATEINC)",
    Action.TEXT: ANONYMIZED,
    Action.CLEAN: "@remove()",
    Action.AGE: "@remove()",
}
_SENTENCES = {
    Action.PSEUDONYM: convert.PSEUDONYMS,
    Action.SHIFT: convert.MOVED,
    Action.CLEAN: convert.CLEANED,
    Action.AGE: convert.AGED,
}
_WHOLE = {"50xxxxxx": "curves", "60xx3000": "overlays"}


def dump(profile: Profile) -> Exported:
    """A profile as a script."""
    notes = Notes()
    lines = convert.portable(table(profile), notes)
    convert.note(lines, notes, _SENTENCES)
    body = [
        '  <p t="DATEINC">-3650</p>',
        '  <p t="UIDROOT">2.25</p>',
        *filter(None, (_written(line, notes) for line in lines)),
        f'  <r en="{"F" if profile.private == "keep" else "T"}" t="privategroups"/>',
        '  <r en="F" t="unspecifiedelements"/>',
    ]
    if profile.private == "safe":
        notes.add(convert.PRIVATE_SAFE)
    return Exported("\n".join(["<script>", *body, "</script>"]) + "\n", notes.sentences())


def _written(line: Line, notes: Notes) -> str:
    action = line.action
    if line.tag in _WHOLE:
        enabled = "F" if action == Action.KEEP else "T"
        return f'  <r en="{enabled}" t="{_WHOLE[line.tag]}"/>'
    if not convert.nameable(line, notes):
        return ""
    vr = data.vr_of(int(line.tag, 16)).rpartition(" or ")[2]
    values = {Action.DUMMY: DUMMIES.get(vr), Action.ZERO: ZEROS.get(vr), Action.VALUE: line.value}
    text = _WRITTEN.get(Action(action)) or values.get(Action(action))
    if vr == "SQ" and action in (Action.KEEP, Action.DUMMY, Action.UID):
        text = "@process()"
        if action != Action.KEEP:
            notes.add(convert.ITEMS, line.name)
    if text is None:
        text = "@remove()"
        notes.add("No dummy of its type can be written, so it is removed: {}.", line.name)
    return f'  <e en="T" t="{line.tag}" n={quoteattr(line.name)}>{escape(text)}</e>'
