"""The review as CSV: a line a value, with a column to mark what is to be cut.

Strategy: what a person marks comes back as texts for `cut` in a preset of their own. They
may shorten a value first, to cut a part of it.

Invariants: no cell begins a formula in a spreadsheet; what is read back is the value again.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from dicomanon.errors import ProfileError
from dicomanon.policy.preset import FORM
from dicomanon.spreadsheet import bare, cell

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

    from dicomanon.review.tally import Value

COLUMNS = ("cut", "weight", "signs", "count", "places", "value")
UNMARKED = frozenset({"", "0", "no", "n", "false", "-", "いいえ"})


def write(values: Iterable[Value], stream: TextIO) -> int:
    """Write the CSV and say how many lines; the stream must not translate line ends."""
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    count = 0
    for value in values:
        count += 1
        numbers = value.weight, " ".join(value.signs), value.times, " ".join(value.places)
        writer.writerow(("", *numbers, cell(value.text)))
    return count


def marked(stream: TextIO) -> list[str]:
    """The values that are marked.

    Raises:
        ProfileError: code `review`, with the line.
    """
    reader = csv.DictReader(stream)
    names = [name.lstrip("\ufeff") for name in reader.fieldnames or ()]
    if not {"cut", "value"} <= set(names):
        raise ProfileError("review", where="1")
    reader.fieldnames = names
    found = []
    for line in reader:
        if line["cut"] is None or line["value"] is None:
            raise ProfileError("review", where=str(reader.line_num))
        if line["cut"].strip().lower() not in UNMARKED:
            found.append(bare(line["value"]))
    return list(dict.fromkeys(found))


def preset(base: str, cut: list[str]) -> dict[str, object]:
    """A preset that extends another and cuts these texts wherever they stand."""
    return {"form": FORM, "extends": base, "cut": cut}
