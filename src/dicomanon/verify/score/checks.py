"""The ten checks of the MIDI validation, as a table.

Strategy: an action names where its value comes from, how that is judged, and what it means
that the element or the whole file is missing. A judge gives the share that is as it should
be: 1.0 passes, less fails, None is blank.

Invariants: a check that raises or cannot be judged is blank, never passed. A check that
needs text to be read from pixels, and nobody there to read it, is unread, never passed.
An absent element passes what asks for removal, whatever other files hold.
"""

from __future__ import annotations

import json
import re
from difflib import get_close_matches
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, Protocol

from dicomanon.verify.score.answers import bare
from dicomanon.verify.score.output import UNREADABLE
from dicomanon.verify.score.path import EMPTY, REMOVED
from dicomanon.verify.score.text import removed, retained, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from dicomanon.verify.score.answers import Check
    from dicomanon.verify.score.maps import Maps
    from dicomanon.verify.score.output import OutputFile

    Judge = Callable[[str, Check, Maps], float | None]


class Verdict(StrEnum):
    """What came of a check."""

    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"
    BLANK = "blank"
    UNREAD = "unread"


class Box(NamedTuple):
    """A rectangle in pixels, half-open."""

    left: int
    top: int
    right: int
    bottom: int


class Reader(Protocol):
    """Reads the text inside a box, in every frame of a file; None where it cannot."""

    def __call__(self, path: Path, box: Box, /) -> str | None:
        """The text."""
        ...


class Judged(NamedTuple):
    """A check's verdict; score: 0 to 1, None if it is blank; value: what the file has."""

    verdict: Verdict
    score: float | None
    value: str


class Rule(NamedTuple):
    """An action; absent, missing: whether it passes without the element, without the file."""

    judge: Judge
    absent: bool
    missing: bool


def judged(check: Check, file: OutputFile | None, maps: Maps, reader: Reader | None) -> Judged:
    """What comes of a check in a file; file: None where it is missing."""
    rule = RULES.get(check.action)
    if rule is None:
        return Judged(Verdict.BLANK, None, "")
    if file is None:
        return _of(float(rule.missing), "<MISSING FILE>")
    try:
        return _judged(rule, check, file, maps, reader)
    except UNREADABLE:
        return Judged(Verdict.BLANK, None, "")


def _judged(
    rule: Rule, check: Check, file: OutputFile, maps: Maps, reader: Reader | None
) -> Judged:
    value: str | None
    if check.action == PIXELS_HIDDEN:
        value = None if reader is None else reader(file.path, _planted(check)[1])
        if value is None:
            return Judged(Verdict.UNREAD, None, "")
    elif check.action == PIXELS_RETAINED:
        value = file.digest()
    else:
        value = file.text(check.path)
    if value is None:
        return _of(float(rule.absent), "")
    return _of(rule.judge(value, check, maps), value)


def _of(score: float | None, value: str) -> Judged:
    if score is None:
        return Judged(Verdict.BLANK, None, value)
    return Judged(Verdict.PASS if score == 1 else Verdict.FAIL, score, value)


# -- the judges ------------------------------------------------------------------------


def _there(_value: str, _check: Check, _maps: Maps) -> float:
    return 1.0


def _not_null(value: str, _check: Check, _maps: Maps) -> float:
    return float(value != EMPTY)


def _retained(value: str, check: Check, _maps: Maps) -> float | None:
    return retained(value, check.text)


def _removed(value: str, check: Check, _maps: Maps) -> float | None:
    return removed("" if value == REMOVED else value, check.text)


def _changed(value: str, check: Check, _maps: Maps) -> float:
    """Whether the source's value is no part of the file's."""
    return float(_plain(check.value) not in _plain(value))


def _plain(text: str) -> str:
    return bare(text).replace("\\", "")


def _uid_as_mapped(value: str, check: Check, maps: Maps) -> float:
    return _as_mapped(value, check, maps.uids)


def _patient_as_mapped(value: str, check: Check, maps: Maps) -> float:
    return _as_mapped(value, check, maps.patients)


def _as_mapped(value: str, check: Check, table: Mapping[str, str]) -> float:
    """Whether the value is the one claimed; what nobody claimed is wrong."""
    claimed = table.get(bare(check.value))
    return float(claimed is not None and value == f"<{claimed}>")


def _same_pixels(value: str, check: Check, _maps: Maps) -> float:
    return float(value == bare(check.text))


def _hidden(value: str, check: Check, _maps: Maps) -> float | None:
    """Whether none of the planted text was read, nor nearly; nothing read passes."""
    if not value.strip():
        return 1.0
    text = _planted(check)[0].lower()
    read = value.lower().split()
    nearly = any(get_close_matches(word, read, n=1, cutoff=_NEARLY) for word in words_of(text))
    return 0.0 if nearly else removed(value, text)


def _planted(check: Check) -> tuple[str, Box]:
    """The text that was burned in, and where."""
    planted = json.loads(bare(check.text))
    text = planted["text"].replace("\n", " ").replace("DOB:", "")
    return _MARKER.sub("", text), Box(*planted["top_left"], *planted["bottom_right"])


_NEARLY = 0.65
"""How like a planted word a word is that was read with wrong letters: one of three."""
_MARKER = re.compile(r"\[\w\]")
"""A sex in brackets, which names nobody."""
PIXELS_HIDDEN = "pixels_hidden"
PIXELS_RETAINED = "pixels_retained"
RULES = {
    "tag_retained": Rule(_there, absent=False, missing=False),
    "text_notnull": Rule(_not_null, absent=False, missing=False),
    "text_retained": Rule(_retained, absent=False, missing=False),
    "text_removed": Rule(_removed, absent=True, missing=True),
    "date_shifted": Rule(_changed, absent=True, missing=True),
    "uid_changed": Rule(_changed, absent=True, missing=True),
    "uid_consistent": Rule(_uid_as_mapped, absent=True, missing=False),
    "patid_consistent": Rule(_patient_as_mapped, absent=True, missing=False),
    PIXELS_RETAINED: Rule(_same_pixels, absent=False, missing=False),
    PIXELS_HIDDEN: Rule(_hidden, absent=True, missing=True),
}
