"""Distinct kept values of many instances, counted in bounded memory.

Strategy: values are counted in a dictionary until they take too much room; then they go,
sorted, to a temporary file. In the end the files are merged, equal values joined, and the
rows sorted by risk in the same way.

Invariants: nothing is left out, however much there is; memory holds `room_bytes` of values
and one row a file. The order depends on the values alone.
"""

from __future__ import annotations

import heapq
import json
from itertools import groupby
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any, NamedTuple

from dicomanon.dicom.tag import is_private
from dicomanon.policy.action import Action
from dicomanon.policy.decision import after
from dicomanon.policy.stamp import STAMPS
from dicomanon.review.risk import risk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import TextIO

    from dicomanon.policy.decision import Decision, Plan

    Row = tuple[Any, ...]
    Counted = tuple[str, int, tuple[str, ...]]

TEXT_VRS = frozenset({"AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"})
"""What a person can write a name into."""
UNDECLARED_VRS = frozenset({"OB", "UN"})
"""What may be text all the same."""
_ONE_VALUE = frozenset({"LT", "ST", "UR", "UT"})
_STAY = (Action.KEEP, Action.CLEAN)
CODES = frozenset({"00080100", "00080102", "00080103"})
"""Code Value, Coding Scheme Designator and Version."""
_FILE_META = 2
MAX_PLACES = 8
MAX_UNDECLARED_BYTES = 1 << 12
ROOM_BYTES = 1 << 26
_ROW_BYTES = 400


class Value(NamedTuple):
    """One distinct value; times: it stands; places: tags as hex digits, "…" for more."""

    text: str
    times: int
    places: tuple[str, ...]
    weight: int
    signs: tuple[str, ...]


class Tally:
    """The values that plans keep."""

    def __init__(self, room_bytes: int = ROOM_BYTES) -> None:
        self._room = room_bytes
        self._used = 0
        self._held: dict[str, tuple[int, tuple[str, ...]]] = {}
        self._values = _Sorted(_text_of, room_bytes)
        self.instances = 0

    def add(self, plan: Plan) -> None:
        """Count what an instance would keep, as it would be kept."""
        self.instances += 1
        for decision in plan.decisions():
            place = f"{decision.path.tag:08X}"
            for text in _kept(decision):
                self.count(text, 1, (place,))

    def count(self, text: str, times: int, places: tuple[str, ...]) -> None:
        """Count a value, or what another tally `counted` of it."""
        held = self._held.get(text)
        if held is None:
            self._held[text] = (times, places)
            self._used += len(text) * 4 + _ROW_BYTES
            if self._used > self._room:
                self._spill()
            return
        before, others = held
        self._held[text] = (before + times, _more(others, places))

    def counted(self) -> Iterator[Counted]:
        """Every value as often as it was counted, for another tally; call it once, in the end."""
        self._spill()
        yield from self._joined()

    def _spill(self) -> None:
        self._values.spill((text, *held) for text, held in sorted(self._held.items()))
        self._held.clear()
        self._used = 0

    def values(self) -> Iterator[Value]:
        """Every distinct value, the riskiest and rarest first; call it once, in the end."""
        self._spill()
        ranked = _Sorted(_rank, self._room)
        for text, count, places in self._joined():
            private = any(is_private(int(place, 16)) for place in places if place != "…")
            coded = CODES.issuperset(places)
            found = risk(text, count, private=private, coded=coded)
            ranked.add((text, count, places, found.weight, found.signs))
        for text, count, places, weight, signs in ranked:
            yield Value(text, count, tuple(places), weight, tuple(signs))

    def _joined(self) -> Iterator[Counted]:
        for text, rows in groupby(self._values, key=_text_of):
            count = 0
            places: tuple[str, ...] = ()
            for _, more, others in rows:
                count, places = count + more, _more(places, tuple(others))
            yield text, count, places


class _Sorted:
    """Rows in order of a key, most of them in temporary files, a JSON line each."""

    def __init__(self, key: Callable[[Row], Any], room_bytes: int) -> None:
        self._key = key
        self._room = room_bytes
        self._used = 0
        self._held: list[Row] = []
        self._files: list[TextIO] = []

    def add(self, row: Row) -> None:
        self._held.append(row)
        self._used += len(row[0]) * 4 + _ROW_BYTES
        if self._used > self._room:
            self.spill(sorted(self._held, key=self._key))
            self._held.clear()
            self._used = 0

    def spill(self, rows: Iterable[Row]) -> None:
        """Put rows that are in order into a file of their own."""
        file = TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - lives as long as this
        file.writelines(f"{json.dumps(row)}\n" for row in rows)
        self._files.append(file)

    def __iter__(self) -> Iterator[Row]:
        runs = [_lines(file) for file in self._files]
        yield from heapq.merge(*runs, sorted(self._held, key=self._key), key=self._key)
        for file in self._files:
            file.close()


def _lines(file: TextIO) -> Iterator[Row]:
    file.seek(0)
    for line in file:
        yield tuple(json.loads(line))


def _text_of(row: Row) -> str:
    text: str = row[0]
    return text


def _rank(row: Row) -> tuple[int, int, str]:
    text, count, _, weight, _ = row
    return -weight, count, text


def _more(places: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    new = [place for place in others if place not in places]
    if not new or places[-1:] == ("…",):
        return places
    joined = (*places, *new)
    return joined if len(joined) <= MAX_PLACES else (*joined[:MAX_PLACES], "…")


def _kept(decision: Decision) -> Iterator[str]:
    """The values of an element that stays or is cleaned, if text can stand in it."""
    element, context = decision.element, decision.context
    stays = decision.ruling.action in _STAY and not decision.inside
    if not stays or element.items is not None or not element.value_bytes:
        return
    if element.tag >> 16 == _FILE_META or element.tag in STAMPS:
        return
    vr = context.vr(element)
    if vr in TEXT_VRS:
        text = after(decision)
    elif vr in UNDECLARED_VRS and element.value_bytes <= MAX_UNDECLARED_BYTES:
        text = _readable(context.instance.value(element))
    else:
        return
    for value in [text] if vr in _ONE_VALUE else text.split("\\"):
        bare = value.strip(" \0\r\n\t")
        if bare:
            yield bare


def _readable(raw: bytes) -> str:
    """Bytes as text if that is what they are, else nothing."""
    try:
        text = raw.strip(b" \0").decode("utf-8")
    except UnicodeDecodeError:
        return ""
    return text if text.isprintable() else ""
