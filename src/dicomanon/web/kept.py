"""What a batch would keep, value by value: counted where files are read, ranked in one place.

Strategy: any worker counts a few files; the page adds the counts up and has them ranked.

Invariants: as `dicomanon.review`: nothing is written, and nothing is left out but what lies
beyond the number of values that was asked for.
"""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

from dicomanon.errors import DicomanonError
from dicomanon.policy.plan import plan
from dicomanon.review import sheet
from dicomanon.review.tally import Tally
from dicomanon.web.answer import Answer
from dicomanon.web.choices import profile_of
from dicomanon.web.many import scanned

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dicomanon.dicom.source import Source
    from dicomanon.policy.key import Key
    from dicomanon.review.tally import Counted
    from dicomanon.web.answer import Body


def kept(sources: Iterable[Source], choices: Body, key: Key) -> Answer:
    """The values that these files would keep, each with its count and places."""
    profile, tally = profile_of(choices), Tally()
    for source in sources:
        try:
            tally.add(plan(scanned(source), profile, key))
        except DicomanonError:
            continue  # a file that cannot be planned is not written either, and saving says why
    return Answer({"rows": list(tally.counted()), "files": tally.instances})


def ranked(rows: Sequence[Counted], most: int) -> Answer:
    """Of all counted values the likeliest to name somebody, how many there are, and all as CSV."""
    tally = Tally()
    for text, times, places in rows:
        tally.count(text, times, tuple(places))
    values = list(tally.values())
    table = StringIO(newline="")
    total = sheet.write(values, table)
    shown = [value._asdict() for value in values[:most]]
    return Answer({"values": shown, "total": total, "csv": table.getvalue()})
