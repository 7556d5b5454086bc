"""The report of a run: one JSON document, written entry by entry and read the same way.

Strategy: the document's first line ends where its entries begin, each entry is one line,
and the last line has the totals, which are counted on the way. So a run of any length is
written, and read again for tables and pages, without being held in memory. A document
that somebody reformatted is read whole.

Invariants: what is written is `schema.json`'s form. A run that was stopped has totals of
what was done. The clock is the caller's.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from dicomanon import __version__, data
from dicomanon.errors import ProfileError
from dicomanon.policy.ruling import BY_PERSON

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from typing import Self, TextIO

    from dicomanon.policy.key import Key
    from dicomanon.policy.profile import Profile
    from dicomanon.report.entry import Entry

FORM = "dicomanon-report-1"
_ENTRIES = ', "inputs": ['
_END = "]"


class Report(NamedTuple):
    """A report that was read; entries: reads them anew each time."""

    head: dict[str, Any]
    totals: dict[str, Any]
    entries: Callable[[], Iterator[Entry]]


def head(profile: Profile, key: Key, *, host: str, verify: bool) -> dict[str, Any]:
    """What was chosen for a run; host: `cli`, `page` or `library`."""
    return {
        "form": FORM,
        "tool": {"name": "dicomanon", "version": __version__},
        "tables": {"ps3_15": data.EDITION},
        "host": host,
        "profile": {
            "name": profile.name,
            "options": list(profile.options),
            "private": profile.private,
            "dates": profile.dates,
            "basic": profile.basic,
            "gone": sorted(profile.gone),
            "overrides": _overrides(profile),
            "private_list": len(profile.listed),
            "lookup": profile.lookup is not None,
        },
        "key": {"fingerprint": key.fingerprint},
        "verify": verify,
    }


def _overrides(profile: Profile) -> dict[str, str]:
    """What a person decided, by tag or path; a value they gave is not said."""
    tags = {f"{t:08X}": str(r.action) for t, r in profile.tags.items() if r.rule in BY_PERSON}
    return tags | {str(path): str(ruling.action) for path, ruling in profile.paths.items()}


class Writer:
    """Writes a report to a text stream while the run goes on.

    Use it as a context manager: leaving it writes the totals.
    """

    def __init__(
        self, stream: TextIO, beginning: dict[str, Any], now: Callable[[], datetime]
    ) -> None:
        self._stream = stream
        self._now = now
        self._started = now()
        self._totals = Totals()
        first = json.dumps({**beginning, "started": _time(self._started)}, ensure_ascii=False)
        stream.write(first[:-1] + _ENTRIES)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_stopped_by: object) -> None:
        stopped = self._now()
        seconds = round((stopped - self._started).total_seconds(), 1)
        totals = {**self._totals.plain(), "seconds": seconds}
        last = {"totals": totals, "finished": _time(stopped)}
        self._stream.write("\n" + _END + ", " + json.dumps(last)[1:] + "\n")

    def add(self, entry: Entry) -> None:
        """Write an entry."""
        separator = ",\n" if self._totals.inputs else "\n"
        self._totals.add(entry)
        self._stream.write(separator + json.dumps(entry, ensure_ascii=False))


class Totals:
    """What entries add up to."""

    def __init__(self) -> None:
        self.inputs = 0
        self._counts: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        self._findings: dict[str, Counter[str]] = {"strong": Counter(), "weak": Counter()}
        self._actions: dict[str, Counter[str]] = {}
        self._ids: dict[str, set[str]] = {"patient": set(), "study": set(), "series": set()}

    def add(self, entry: Entry) -> None:
        """Count an entry."""
        self.inputs += 1
        for finding in entry["findings"]:
            self._findings[finding["strength"]][finding["kind"]] += 1
        if entry["state"] == "refused":
            self._refused[entry["code"]] += 1
            return
        self._counts["written"] += 1
        self._counts["bytes"] += entry["size_bytes"]
        self._counts["masked_instances"] += bool(entry["masked_frames"])
        self._counts["masked_frames"] += entry["masked_frames"]
        self._counts[entry["check"]] += 1
        for action, rules in entry["actions"].items():
            self._actions.setdefault(action, Counter()).update(rules)
        for name, seen in self._ids.items():
            seen.add(entry["ids"][name] or "")

    def plain(self) -> dict[str, Any]:
        """The totals as JSON has them; IDs that stayed as they were are not counted."""
        counted = ("written", "bytes", "masked_instances", "masked_frames")
        return {
            "inputs": self.inputs,
            **{name: self._counts[name] for name in counted},
            "check": {name: self._counts[name] for name in ("passed", "accepted", "skipped")},
            "refused": dict(sorted(self._refused.items())),
            "findings": _sorted(self._findings),
            "actions": _sorted(self._actions),
            "ids": {name: len(seen - {""}) for name, seen in self._ids.items()},
        }


def _sorted(counts: dict[str, Counter[str]]) -> dict[str, dict[str, int]]:
    return {name: dict(sorted(counts[name].items())) for name in sorted(counts)}


def _time(when: datetime) -> str:
    return when.isoformat(timespec="seconds")


def read(stream: TextIO) -> Report:
    """Read a report that stays open, so that its entries can be read as often as needed.

    Raises:
        ProfileError: code `report`; it is none.
    """
    try:
        first = stream.readline().rstrip("\n")
        if not first.endswith(_ENTRIES):
            return _whole(first + stream.read())
        last = ""
        start = stream.tell()
        while line := stream.readline():
            last = line
        beginning = json.loads(first.removesuffix(_ENTRIES) + "}")
        ending = json.loads("{" + last.removeprefix(_END + ", "))
        return _report({**beginning, **ending}, lambda: _entries(stream, start))
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ProfileError("report") from None


def _whole(text: str) -> Report:
    """A report that is not one entry a line."""
    document = json.loads(text)
    entries = document.pop("inputs")
    return _report(document, lambda: iter(entries))


def _report(document: dict[str, Any], entries: Callable[[], Iterator[Entry]]) -> Report:
    if document["form"] != FORM:
        raise KeyError
    totals = document.pop("totals")
    return Report(document, totals, entries)


def _entries(stream: TextIO, start: int) -> Iterator[Entry]:
    stream.seek(start)
    while not (line := stream.readline()).startswith(_END):
        yield json.loads(line.rstrip(",\n"))
