"""The report of what the page saved, in the forms a person files.

Strategy: entries become the one JSON document that the command line writes too; its other
forms are made of that document.

Invariants: no value of a source and no name of its file is in a report.
"""

from __future__ import annotations

import json
from datetime import datetime
from io import StringIO
from typing import TYPE_CHECKING

from dicomanon.report import page, sheet
from dicomanon.report.run import Writer, head, read
from dicomanon.report.words import words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from dicomanon.dicom.source import Source
    from dicomanon.policy.key import Key
    from dicomanon.policy.profile import Profile
    from dicomanon.report.entry import Entry
    from dicomanon.report.run import Report

PORTION_BYTES = 1 << 20


def entries_in(source: Source) -> Iterator[Entry]:
    """The entries of a run, which the page keeps as lines of JSON; read in portions."""
    rest = b""
    for start in range(0, source.size_bytes, PORTION_BYTES):
        portion = source.read(start, min(start + PORTION_BYTES, source.size_bytes))
        *lines, rest = (rest + portion).split(b"\n")
        yield from map(json.loads, lines)


def filed(  # noqa: PLR0913 - one parameter a choice of the caller
    entries: Iterable[Entry],
    profile: Profile,
    key: Key,
    times: Sequence[str],
    form: str,
    language: str,
) -> str:
    """A run's report; times: when it began and ended, ISO 8601; form: a key of `FORMS`."""
    document = StringIO()
    now = map(datetime.fromisoformat, times).__next__
    with Writer(document, head(profile, key, host="page", verify=True), now) as writer:
        for entry in entries:
            writer.add(entry)
    document.seek(0)
    return FORMS[form](document, language)


def _table(report: Report) -> str:
    stream = StringIO(newline="")
    sheet.write(report.entries(), stream)
    return stream.getvalue()


FORMS: dict[str, Callable[[StringIO, str], str]] = {
    "json": lambda document, _language: document.getvalue(),
    "csv": lambda document, _language: _table(read(document)),
    "page": lambda document, tongue: "".join(page.report_page(read(document), words(tongue))),
    "summary": lambda document, tongue: "".join(page.summary_page(read(document), words(tongue))),
}
