"""Presets to and from the scripts of other tools.

Strategy: each format is a module with `load` (their text -> a preset's JSON) and `dump`
(a profile -> their text); both say in plain sentences what the other side cannot express.
What cannot be expressed becomes the stricter neighbour: removed rather than shifted,
emptied rather than computed by a function that nobody can run here.

Invariants: a preset that comes in extends `basic`, so what a script does not name follows
Table E.1-1. A sentence names attributes and functions, never a value from a script.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, cast

from dicomanon import data
from dicomanon.dicom import value
from dicomanon.dicom.tag import parse_path
from dicomanon.errors import ProfileError
from dicomanon.policy.action import Action
from dicomanon.policy.ruling import allowed
from dicomanon.policy.table import PRIVATE_ROW, TEXT_ROW

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dicomanon.dicom.tag import Tag
    from dicomanon.policy.profile import Profile
    from dicomanon.policy.table import Line

FORMATS = ("ctp", "deid", "kitware", "xnat")
BASE = "basic"
CURVES: Tag = 0x50000000
"""What stands for every attribute of a curve group, as the mask 50xxxxxx of the table does."""
UNNAMED = "What the script does not name follows Table E.1-1 (preset basic)."


class Imported(NamedTuple):
    """A preset's JSON value, and what of the script it does not say."""

    preset: dict[str, Any]
    left_out: tuple[str, ...]


class Exported(NamedTuple):
    """A script's text, and what of the profile it does not say."""

    text: str
    left_out: tuple[str, ...]


class Format(Protocol):
    """One module of this package."""

    def load(self, text: str) -> Imported:
        """Read a script; raises ProfileError `convert`."""

    def dump(self, profile: Profile) -> Exported:
        """Write a profile."""


def converter(name: str) -> Format:
    """The module of a format.

    Raises:
        ProfileError: code `convert`; there is no such format.
    """
    if name not in FORMATS:
        raise ProfileError("convert")
    return cast("Format", import_module(f"{__name__}.{name}"))


class Notes:
    """Sentences about what is lost, each once, with the attributes it is about."""

    def __init__(self) -> None:
        self._subjects: dict[str, list[str]] = {}

    def add(self, sentence: str, subject: str = "") -> None:
        """Say a sentence of a subject; its `{}` becomes the list of all its subjects."""
        subjects = self._subjects.setdefault(sentence, [])
        if subject and subject not in subjects:
            subjects.append(subject)

    def sentences(self) -> tuple[str, ...]:
        """Every sentence, long lists of subjects cut."""
        return tuple(
            sentence.replace("{}", _listed(subjects))
            for sentence, subjects in self._subjects.items()
        )


_SHOWN = 5


def _listed(subjects: list[str]) -> str:
    more = len(subjects) - _SHOWN
    return ", ".join(subjects[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


class Draft:
    """A preset in the making, out of a script."""

    def __init__(self) -> None:
        self._tags: dict[str, object] = {}
        self._private_elements: dict[tuple[str, str], str] = {}
        self.private = ""
        self.notes = Notes()

    def choose(self, tag: Tag, action: Action, given: str = "") -> None:
        """Decide for a tag as far as its VR allows, a later choice in place of an earlier."""
        if tag == CURVES and action in (Action.KEEP, Action.REMOVE):
            self._tags[f"{tag:08X}"] = str(action)
            return
        entry = data.entry(tag)
        name = (entry.keyword if entry is not None else "") or f"{tag:08X}"
        if entry is None:
            self.notes.add("Not in the dictionary, so decided by rule: {}.", name)
            return
        vr = entry.vr.rpartition(" or ")[2]
        possible = allowed(tag, vr)
        if action is Action.VALUE and not value.valid(given, vr):
            self.notes.add(
                "The value given does not fit the attribute, which is emptied: {}.", name
            )
            action = Action.EMPTY
        if possible == (Action.KEEP,):
            if action is not Action.KEEP:
                self.notes.add("Stays, because the instance cannot be read without it: {}.", name)
            return
        if action not in possible:
            fallback = next(a for a in (Action.EMPTY, Action.UID, Action.DUMMY) if a in possible)
            self.notes.add(f"Becomes `{fallback}`, which its type allows: {{}}.", name)
            action = fallback
        key = f"{tag:08X}" if data.tag_of(name) is None else name
        self._tags[key] = {"value": given} if action is Action.VALUE else str(action)

    def choose_private(self, creator: str, group: int, low: int, action: Action) -> None:
        """Decide for a private element of a creator."""
        word = str(action) if action in _PRIVATE_WORDS else "remove"
        self._private_elements[creator, f"{group:04X}xx{low:02X}"] = word

    def imported(self) -> Imported:
        """The preset and the sentences."""
        preset: dict[str, Any] = {"form": "dicomanon-preset-1", "extends": BASE}
        if self._tags:
            preset["tags"] = self._tags
        if self.private:
            preset["private"] = self.private
        if self._private_elements:
            preset["private_elements"] = [
                {"creator": creator, "tag": tag, "disposition": word}
                for (creator, tag), word in self._private_elements.items()
            ]
        return Imported(preset, (UNNAMED, *self.notes.sentences()))


_PRIVATE_WORDS = (Action.KEEP, Action.REMOVE, Action.UID, Action.SHIFT, Action.EMPTY)


def sensitive_in_group(group: int) -> list[Tag]:
    """The tags of a group that Table E.1-1 or SENSITIVE_TAGS decides; all others keep anyway."""
    tags = (int(tag, 16) for tag in data.sensitive_tags() if "x" not in tag)
    return [tag for tag in tags if tag >> 16 == group]


BY_TYPE = "Decided by the attribute's Type in its IOD; the strictest is written: {}."
CLEANED = "Text that is cleaned is removed instead: {}."
AGED = "Ages over 89 cannot be collapsed, so the age is removed: {}."
PSEUDONYMS = "Keyed pseudonyms become the tool's own, without the key: {}."
MOVED = "Dates move by one number for all patients, not by one a patient: {}."
NO_UIDS = "New UIDs need a function of your own: {}."
NO_YEAR = "A year alone cannot be left, so the date is removed: {}."
NO_TIMES = "Times of day cannot be moved with the dates, so they are removed: {}."
NO_WORDS = "What happens to single words of a text cannot be said: {}."
NESTED = "A choice for one element inside a sequence cannot be said: {}."
ITEMS = "Sequences stay, each element inside by its own rule: {}."
REPEATING = "Attributes of curves and overlays cannot be named: {}."
PRIVATE_SAFE = "Safe private elements cannot be listed, so all private elements are removed."
PRIVATE_LIST = "The list of private elements cannot be said: {}."


def portable(lines: Iterable[Line], notes: Notes) -> list[Line]:
    """A profile's table with what no other tool does as removed."""
    found = []
    for line in lines:
        if line.category == TEXT_ROW:
            notes.add(NO_WORDS, line.name)
            continue
        timed = line.action == Action.SHIFT and data.vr_of(_tag_of(line)) == "TM"
        if timed or line.action == Action.YEAR:
            notes.add(NO_TIMES if timed else NO_YEAR, line.name)
            line = line._replace(action=Action.REMOVE)  # noqa: PLW2901 - what it becomes
        found.append(line)
    return found


def nameable(line: Line, notes: Notes, *, repeating: bool = False) -> bool:
    """Whether a script can name what a line is about; what it cannot is noted.

    repeating: attributes of curves and overlays are named with a mask. For all private
    elements together every format has a switch of its own.
    """
    lost = ""
    if line.category == PRIVATE_ROW:
        if line.tag == PRIVATE_ROW:
            return False
        lost = PRIVATE_LIST
    elif "x" in line.tag:
        lost = "" if repeating else REPEATING
    elif "." in line.tag:
        lost = NESTED
    if lost:
        notes.add(lost, line.tag)
    return not lost


def _tag_of(line: Line) -> Tag:
    path = parse_path(line.tag)
    return 0 if path is None else path.tag


def note(lines: Iterable[Line], notes: Notes, sentences: dict[Action, str]) -> None:
    """Say of each action that a format expresses otherwise, and of Types, what is lost."""
    for line in lines:
        action = Action(line.action) if line.action in list(Action) else None
        if action in sentences:
            notes.add(sentences[action], line.name or line.tag)
        if "/" in line.code:
            notes.add(BY_TYPE, line.name or line.tag)
