"""The score as CSV files: the headline, the tables, and what did not pass.

Strategy: discrepancies are written as they are found, into files that get their names when
the run is complete. The list for those who made the output has neither the key's values
nor the output's; the other has both and is written only when asked for.

Invariants: no cell begins a formula. The list with values is readable by its owner only.
"""

from __future__ import annotations

import csv
import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Self

from dicomanon.spreadsheet import cell
from dicomanon.verify.score.checks import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from types import TracebackType

    from dicomanon.verify.score import Result
    from dicomanon.verify.score.maps import Maps
    from dicomanon.verify.score.tally import Line, Score

DISCREPANCIES = "discrepancies.csv"
WITH_VALUES = "discrepancies-with-values.csv"
TITLES = ("name", "pass", "fail", "blank", "unread", "total", "percent")
COLUMNS = (
    *("verdict", "score", "action", "category", "subcategory"),
    *("tag_ds", "tag_name", "modality", "instance", "file"),
)
VALUE_COLUMNS = (
    *COLUMNS,
    *("check", "tag", "value", "action_text", "file_value"),
    *("source_patient", "source_study", "source_series", "source_instance"),
)
_UNFINISHED = ".part"


class ReportFolder:
    """A folder that a score's tables go to, while the context lasts.

    maps: of the output scored; output: its folder, which names of files count from.
    """

    def __init__(self, folder: Path, output: Path, maps: Maps, *, values: bool = False) -> None:
        self._folder = folder
        self._output = output
        self._maps = maps
        self._columns = {DISCREPANCIES: COLUMNS} | ({WITH_VALUES: VALUE_COLUMNS} if values else {})
        self._open = ExitStack()
        self._lists: dict[str, Table] = {}

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        for name, columns in self._columns.items():
            self._lists[name] = self._open.enter_context(Table(self._folder / name, columns))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.__exit__(kind, error, trace)

    def add(self, result: Result) -> None:
        """List a result, unless it passed."""
        if result.judged.verdict is not Verdict.PASS:
            row = self._row(result)
            for name, table in self._lists.items():
                table.add(row if name == DISCREPANCIES else (*row, *_values(result)))

    def close(self, score: Score) -> None:
        """Write the tables of a score."""
        tables = {
            "scoring.csv": [score.all],
            "actions.csv": score.actions(),
            "categories.csv": score.categories(),
        }
        for name, lines in tables.items():
            table = self._open.enter_context(Table(self._folder / name, TITLES))
            for line in lines:
                table.add(cells(line))

    def _row(self, result: Result) -> tuple[str, ...]:
        check, judged = result.check, result.judged
        return (
            *(judged.verdict, _score(judged.score), check.action, *result.category),
            *(check.path, check.name, result.source.modality),
            self._maps.uids.get(result.source.instance, ""),
            "" if result.path is None else result.path.relative_to(self._output).as_posix(),
        )


class Table:
    """A CSV file in the making: it gets its name when the context ends well."""

    def __init__(self, path: Path, columns: Iterable[str]) -> None:
        self._path = path
        self._part = path.with_name(path.name + _UNFINISHED)
        self._columns = columns

    def __enter__(self) -> Self:
        descriptor = os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        self._stream = os.fdopen(descriptor, "w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._stream, lineterminator="\n")
        self.add(self._columns)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stream.close()
        if kind is None:
            self._part.replace(self._path)
        else:
            self._part.unlink()

    def add(self, row: Iterable[str]) -> None:
        """Write a row."""
        self._writer.writerow(map(cell, row))


def cells(line: Line) -> tuple[str, ...]:
    """A line of a table as text, under `TITLES`."""
    counts = (line.passed, line.failed, line.blank, line.unread, line.total)
    return (line.name, *map(str, counts), f"{line.percent:.2f}")


def _values(result: Result) -> tuple[str, ...]:
    check, source = result.check, result.source
    return (
        *(check.number, check.tag, check.value, check.text, result.judged.value),
        *(source.patient, source.study, source.series, source.instance),
    )


def _score(score: float | None) -> str:
    return "" if score is None else f"{score:.4f}"
