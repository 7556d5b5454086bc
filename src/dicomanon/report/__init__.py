"""Reports: what a run did, as a record that can be filed.

    schema.json   the one form all others are made of
    entry.py      a Result, or what refused an input -> one entry
    run.py        entries -> report.json, written and read as a stream
    sheet.py      -> CSV
    page.py       -> a page to read, and one to sign; markup.py and words.json serve it
    plain.py      one Result as plain text

Invariants: no value of the source and no name of its file is in a report. Nothing here
changes what is written.
"""

from __future__ import annotations

from dicomanon.report.plain import text

__all__ = ["text"]
