"""Clean Descriptors: cut what identifies out of a text, and leave the medical words.

Strategy: a text is folded once; known values, dates, patterns and titled names each say
spans; in strict mode every word that is on no list is one more. Spans become one list of
cuts, and what is left is joined so that words neither run together nor keep the commas of
what is gone. As a cut can bring two halves of something together, the result is cleaned
again until nothing changes.

Invariants: pure; a text without a cut comes back as it is; a cleaned text is never longer
than `max_chars` or its source, whichever is longer; cleaning twice is cleaning once (unless
dates shift). A text that will not come to rest is cut whole. No repr holds a text.

Standard: PS3.15 §E.3.5 (Clean Descriptors), §E.3.6 (dates in text).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from dicomanon.policy.fold import Folded, fold
from dicomanon.policy.known import Known
from dicomanon.policy.lexicon import is_word, more_words, unknown_japanese
from dicomanon.policy.pattern import find_patterns, is_code
from dicomanon.policy.script import JAPANESE_RUN, Span, Words
from dicomanon.policy.shifted_date import shifted
from dicomanon.policy.titled import find_named
from dicomanon.policy.written_date import Written, find_dates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from dicomanon.policy.identity import Identity

KINDS = (
    "listed", "name", "physician", "title_name", "uid", "email", "url", "phone", "date", "address",
    "institution", "age", "id", "word",
)  # fmt: skip
"""What a cut can be of; of two that overlap, the first in this order names both."""

_RANK = {kind: rank for rank, kind in enumerate(KINDS)}
_MAX_PASSES = 4
_MAX_REMEMBERED = 1024
_MAX_REMEMBERED_CHARS = 256
_SEPARATORS = " \t,;:_^=/|&+・、，。．.-\n\r\f"
_STRENGTH = "\n\r\f=^。.．、，,;:|/_-・&+ \t"
_JOINS = re.compile(r"[ ,.^_=/・-]{0,3}")
_JOINED, _MADE = -1, -2
"""Where a character stood that is not of the source: one that joins, one of a shifted date."""
_RIGHT = re.compile(rf"[{re.escape(_SEPARATORS)}]*")
_BRACKETS = {"(": ")", "[": "]", "<": ">", "（": "）", "「": "」", "【": "】", "〔": "〕"}
_CLOSING = frozenset(_BRACKETS.values())
_NUMBER = re.compile(r"(?<!\d)(?<!\d\.)\d+(?!\d|\.\d)")
_YEAR = re.compile(r"(?:1[89]|20)\d\d")
_LONG_NUMBER = 5


class Cut(NamedTuple):
    """A span of the source text that went, and what it was (one of `KINDS`)."""

    start: int
    stop: int
    kind: str


@dataclass(frozen=True, slots=True, repr=False)
class Cleaned:
    """What is left of a text, and what was cut out of it, in order."""

    text: str
    cuts: tuple[Cut, ...]

    def __repr__(self) -> str:
        return f"Cleaned({len(self.text)} characters, {len(self.cuts)} cuts)"


class _Edit(NamedTuple):
    """A span of a text that goes; new: the shifted date that stands there, None for a cut."""

    start: int
    stop: int
    new: str | None
    kind: str


class Cleaner:
    """Cleans the texts of one patient.

    strict: cut every word that is on no list, too; shift_days: move full dates by so many
    days instead of cutting them (0 keeps all dates), but for dates of birth; listed: texts
    to cut wherever they stand.
    """

    def __init__(
        self,
        identity: Identity,
        *,
        strict: bool = False,
        shift_days: int | None = None,
        listed: tuple[str, ...] = (),
    ) -> None:
        self._known = Known(identity)
        self._listed = tuple(filter(None, map(fold, listed)))
        self._births = identity.births
        self._dates = identity.births | identity.dates
        self._strict = strict
        self._shift_days = shift_days
        self._remembered: dict[tuple[str, int | None], Cleaned] = {}

    def __repr__(self) -> str:
        return f"Cleaner(strict={self._strict})"

    def clean(self, text: str, max_chars: int | None = None) -> Cleaned:
        """A text without what identifies; max_chars: of its VR, room for a longer date."""
        key = (text, max_chars)
        done = self._remembered.get(key)
        if done is None:
            room = max(len(text), max_chars or 0)
            done = self._clean(text, self._shift_days)
            if len(done.text) > room:  # a date grew; without its shift it is cut
                done = self._clean(text, None)
            if len(text) <= _MAX_REMEMBERED_CHARS:
                if len(self._remembered) >= _MAX_REMEMBERED:
                    self._remembered.clear()
                self._remembered[key] = done
        return done

    def cut(self, text: str, _max_chars: int | None = None) -> Cleaned:
        """A text without what is listed; all else stays."""
        return _at_rest(text, self._only_listed)

    def cut_known(self, text: str, _max_chars: int | None = None) -> Cleaned:
        """A text without what is listed and without known values; all else stays."""
        return _at_rest(text, self._only_known)

    def _only_known(self, now: str, origin: Sequence[int]) -> list[_Edit]:
        text = Folded(now)
        found = self._known.find(text, Words(text))
        return _merge(text, [*self._find_listed(text), *found], [], origin)

    def _only_listed(self, now: str, origin: Sequence[int]) -> list[_Edit]:
        text = Folded(now)
        return _merge(text, self._find_listed(text), [], origin)

    def _find_listed(self, text: Folded) -> list[Span]:
        """Every occurrence of what is listed, case, width and accents aside."""
        return [
            Span(found.start(), found.end(), "listed")
            for wanted in self._listed
            for found in re.finditer(re.escape(wanted), text.folded)
        ]

    def _clean(self, text: str, shift_days: int | None) -> Cleaned:
        return _at_rest(text, lambda now, origin: self._edits(now, origin, shift_days))

    def _edits(self, now: str, origin: Sequence[int], shift_days: int | None) -> list[_Edit]:
        """What happens to a text, in order and without overlaps."""
        text = Folded(now)
        words = Words(text)
        found = [*self._find_listed(text), *self._known.find(text, words)]
        loose: list[Span] = []
        dates: list[Written] = []
        if text.digits or words.present or not now.isascii():
            dates = find_dates(text, words.present, self._dates)
        loose += find_patterns(text, words)
        loose += find_named(text, words)
        if self._strict:
            loose += _unlisted(text, words, [*found, *loose])
        kept: list[_Edit] = []
        for written in dates:
            fate = self._fate(written, text, shift_days)
            kept += (edit for edit in fate if edit.new is not None)
            found += (Span(edit.start, edit.stop, edit.kind) for edit in fate if edit.new is None)
        if dates:
            loose = _outside(loose, dates)
        return _merge(text, [*found, *loose], kept, origin)

    def _fate(self, written: Written, text: Folded, shift_days: int | None) -> list[_Edit]:
        """What becomes of a date: gone whole, or kept or moved without its weekday."""
        whole = [_Edit(written.start, written.stop, None, "date")]
        if shift_days is None or written.day in self._births:
            return whole
        if shift_days == 0:
            return []
        new = shifted(written, text, shift_days)
        if new is None or self._says(new):  # of somebody called March, moved into March
            return whole
        moved = [_Edit(written.first, written.last, new, "date")]
        moved += (_Edit(*span, None, "date") for span in written.weekdays)
        return moved

    def _says(self, new: str) -> bool:
        """Whether what would be written anew says what is known of the patient."""
        text = Folded(new)
        return any(self._known.find(text, Words(text)))


@lru_cache(maxsize=64)
def cleaner(
    identity: Identity,
    *,
    strict: bool = False,
    shift_days: int | None = None,
    listed: tuple[str, ...] = (),
) -> Cleaner:
    """The cleaner of an identity, compiled once for all instances that share it."""
    return Cleaner(identity, strict=strict, shift_days=shift_days, listed=listed)


def _at_rest(text: str, find: Callable[[str, Sequence[int]], list[_Edit]]) -> Cleaned:
    """A text with its edits made until there are none; one that does not come to rest is cut."""
    cuts: list[Cut] = []
    now = text
    origin: Sequence[int] = range(len(text))
    for _ in range(_MAX_PASSES):
        edits = find(now, origin)
        if not edits:
            return Cleaned(now, _in_order(cuts))
        cuts += (Cut(*_source_span(origin, edit), edit.kind) for edit in edits if edit.new is None)
        now, origin = _rebuild(now, origin, edits)
    return Cleaned("", (Cut(0, len(text), "word"),))


def _unlisted(text: Folded, words: Words, found: list[Span]) -> Iterator[Span]:
    """Every word and long number that is on no list; what is left of one found is read again."""
    known = more_words()
    taken = bytearray(len(text.folded))
    for start, stop, _ in found:
        taken[start:stop] = b"\1" * (stop - start)
    for n, key in enumerate(words.keys):
        if len(key) > 1 and not is_word(key) and key not in known and not words.in_phrase(n):
            start, stop = words.spans[n]
            if not any(taken[start:stop]):
                yield Span(start, stop, "word")
    for number in _NUMBER.finditer(text.folded):
        long = len(number[0]) >= _LONG_NUMBER or _YEAR.fullmatch(number[0])
        if long and not is_code(text.folded, *number.span()):
            yield Span(*number.span(), "word")
    if not text.folded.isascii():
        for run in JAPANESE_RUN.finditer(text.folded):
            for start, stop in unknown_japanese(run[0]):
                yield Span(run.start() + start, run.start() + stop, "word")


def _outside(spans: list[Span], dates: list[Written]) -> list[Span]:
    """The spans that are not a part of a date; dates: in order."""
    starts = [written.start for written in dates]
    return [
        span
        for span in spans
        if not (n := bisect_right(starts, span.start)) or span.stop > dates[n - 1].stop
    ]


def _merge(
    text: Folded, spans: list[Span], kept: list[_Edit], origin: Sequence[int]
) -> list[_Edit]:
    """Spans of the folded text as edits of the source, neighbours of one kind together."""
    edits = [_Edit(*text.in_source(span.start, span.stop), None, span.kind) for span in spans]
    edits += (_Edit(*text.in_source(e.start, e.stop), e.new, e.kind) for e in kept)
    if not isinstance(origin, range):
        edits = [e for e in edits if _MADE not in origin[e.start : e.stop]]
    edits.sort(key=lambda e: (e.start, -e.stop))
    merged: list[_Edit] = []
    for edit in edits:
        last = merged[-1] if merged else None
        if last is not None and _one(text.source, last, edit):
            kind = min(last.kind, edit.kind, key=_RANK.__getitem__)
            merged[-1] = _Edit(last.start, max(last.stop, edit.stop), None, kind)
        else:
            merged.append(edit)
    return merged


def _one(source: str, last: _Edit, edit: _Edit) -> bool:
    """Whether two edits are one: they overlap, or are parts of one thing."""
    if edit.start < last.stop:
        return True
    return (
        last.kind == edit.kind
        and last.new is None
        and edit.new is None
        and _JOINS.fullmatch(source, last.stop, edit.start) is not None
    )


def _source_span(origin: Sequence[int], edit: _Edit) -> tuple[int, int]:
    places = [place for place in origin[edit.start : edit.stop] if place >= 0]
    return (places[0], places[-1] + 1) if places else (0, 0)


def _in_order(cuts: list[Cut]) -> tuple[Cut, ...]:
    """The cuts of all passes; one that spans what an earlier pass cut takes it in."""
    merged: list[Cut] = []
    for cut in sorted(cuts):
        last = merged[-1] if merged else None
        if last is not None and cut.start < last.stop:
            kind = min(last.kind, cut.kind, key=_RANK.__getitem__)
            merged[-1] = Cut(last.start, max(last.stop, cut.stop), kind)
        else:
            merged.append(cut)
    return tuple(cut for cut in merged if cut.start < cut.stop)


# -- what is left ---------------------------------------------------------------------


class _Rest:
    """What stays of a text, and where each of its characters stood in the source."""

    def __init__(self) -> None:
        self.chars: list[str] = []
        self.origin: list[int] = []

    def keep(self, text: str, origin: Iterable[int]) -> None:
        self.chars.extend(text)
        self.origin.extend(origin)

    def drop_separators(self) -> str:
        """Take the separators off the end."""
        dropped = []
        while self.chars and self.chars[-1] in _SEPARATORS:
            dropped.append(self.chars.pop())
            self.origin.pop()
        return "".join(reversed(dropped))

    def join(self, separator: str, right: str) -> None:
        """Put what joins two parts between them; right: the first character to come."""
        if not self.chars or self.chars[-1] in _BRACKETS or right in _CLOSING:
            return
        if not separator and self.chars[-1].isalnum() and right.isalnum():
            separator = " "
        self.keep(separator, [_JOINED] * len(separator))


def _rebuild(now: str, origin: Sequence[int], edits: list[_Edit]) -> tuple[str, list[int]]:
    """The text without its cuts and with its new dates."""
    rest = _Rest()
    gap: str | None = None  # the separators around a cut that nothing has followed yet
    at = 0
    for start, stop, new, _ in [*edits, _Edit(len(now), len(now), "", "")]:
        if gap is not None:
            at, gap = _after_cut(rest, now, at, start, gap)
            if at < start or new:
                rest.join(gap, now[at] if at < start else "0")
                gap = None
        rest.keep(now[at:start], origin[at:start])
        if new is None:
            gap = _stronger(gap or "", rest.drop_separators())
        else:
            rest.keep(new, [_MADE] * len(new))
        at = stop
    if gap is not None:
        while rest.chars and rest.chars[-1] in _BRACKETS:
            rest.chars.pop()
            rest.origin.pop()
            rest.drop_separators()
    return "".join(rest.chars), rest.origin


def _after_cut(rest: _Rest, now: str, at: int, stop: int, gap: str) -> tuple[int, str]:
    """Skip the separators after a cut, and the brackets that held nothing else."""
    while True:
        after = _RIGHT.match(now, at, stop)
        end = after.end() if after else at
        gap = _stronger(gap, now[at:end])
        at = end
        if at == stop or not rest.chars or _BRACKETS.get(rest.chars[-1]) != now[at]:
            return at, gap
        rest.chars.pop()
        rest.origin.pop()
        gap = rest.drop_separators()
        at += 1


def _stronger(first: str, second: str) -> str:
    """Which of two runs of separators says more; of equals the shorter one."""
    if not first or not second:
        return first or second
    return min(first, second, key=lambda run: (min(map(_STRENGTH.find, run)), len(run)))
