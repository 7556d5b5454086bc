"""A report as CSV: one line an input.

Strategy: a table of columns, each with how an entry says it, so that header and lines
cannot part.

Invariants: no cell begins a formula in a spreadsheet; one line an entry, whatever it is.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

from dicomanon.policy.action import Action
from dicomanon.spreadsheet import cell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import TextIO

    from dicomanon.report.entry import Entry


def _plain(name: str) -> tuple[str, Callable[[Entry], Any]]:
    return name, lambda entry: entry.get(name)


def _of(outer: str, name: str, title: str) -> tuple[str, Callable[[Entry], Any]]:
    return title, lambda entry: entry.get(outer, {}).get(name)


def _action(action: Action) -> tuple[str, Callable[[Entry], Any]]:
    return f"action_{action}", lambda entry: sum(
        entry.get("actions", {}).get(str(action), {}).values()
    )


def _found(strength: str) -> tuple[str, Callable[[Entry], Any]]:
    return f"findings_{strength}", lambda entry: sum(
        finding["strength"] == strength for finding in entry["findings"]
    )


COLUMNS: tuple[tuple[str, Callable[[Entry], Any]], ...] = (
    *map(_plain, ("number", "state", "code", "path", "output", "size_bytes", "sha256")),
    _plain("sop_class"),
    *(_of("ids", name, name) for name in ("patient", "study", "series", "instance")),
    *map(_action, Action),
    ("masks", lambda entry: len(entry.get("masks", ()))),
    *map(_plain, ("masked_frames", "masked_share", "mask_change", "unmaskable")),
    _of("stamps", "identity_removed", "identity_removed"),
    ("codes", lambda entry: " ".join(entry.get("stamps", {}).get("codes", ()))),
    _plain("check"),
    *map(_found, ("strong", "weak")),
    _plain("accepted"),
    _plain("seconds"),
)


def rows(entries: Iterable[Entry]) -> Iterator[list[str]]:
    """The header and a line an entry."""
    yield [title for title, _ in COLUMNS]
    for entry in entries:
        yield [cell(say(entry)) for _, say in COLUMNS]


def write(entries: Iterable[Entry], stream: TextIO) -> None:
    """Write the CSV; the stream must not translate line ends."""
    csv.writer(stream, lineterminator="\r\n").writerows(rows(entries))
