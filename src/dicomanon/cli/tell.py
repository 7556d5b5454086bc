"""What a run says while it runs: one line an input, a bar, and a list of what was refused.

Strategy: problems go to standard error as sentences, results to standard output, as JSON
lines if asked for. A terminal gets a bar with rate and time left; a log gets a line every
few seconds.

Invariants: no line holds a value of an input, and unless asked for no file name.
"""

from __future__ import annotations

import csv
import json
import os
import sys
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, Self

import click

from dicomanon.cli.common import DONE, exit_code, print_table
from dicomanon.errors import SENTENCES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import TextIO

    from dicomanon.batch.run import Done
    from dicomanon.errors import DicomanonError

LINE_SECONDS = 30.0
BAR_SECONDS = 0.2
_COLUMNS = ("number", "code", "element", "offset", "reason", "file")
_PLAN_COLUMNS = ("path", "name", "action", "rule", "after", "cut")


class Manner(NamedTuple):
    """How to say it.

    describes: with the plan of each; quarantine: where the list of what was refused goes;
    writes: whether there are outputs; total: how many inputs there are, for a bar.
    """

    as_json: bool = False
    show_names: bool = False
    describes: bool = False
    writes: bool = True
    quarantine: Path | None = None
    total: int | None = None


class Teller:
    """Tells of each item that is done; code: the exit code so far."""

    def __init__(self, manner: Manner) -> None:
        self._manner = manner
        self._list = None if manner.quarantine is None else _new_list(manner.quarantine)
        self._progress: _Progress = _Lines() if manner.total is None else _Bar(manner.total)
        self.code = DONE
        self.written = 0
        self.twins = 0
        self.refused = 0

    def tell(self, done: Done, seen: Mapping[str, Any]) -> None:
        """Say what became of an item; seen: the observers' answers by name."""
        if done.error is None:
            self.written += 1
            self.twins += done.twin
            self._success(done, seen)
        else:
            self.refused += 1
            self.code = max(self.code, DONE if done.skipped else exit_code(done.error))
            self._failure(done, done.error)
        self._progress.advance()

    def _success(self, done: Done, seen: Mapping[str, Any]) -> None:
        if self._manner.as_json:
            output = {"output": done.name} if self._manner.writes else {}
            plan = [dict(zip(_PLAN_COLUMNS, row, strict=True)) for row in seen.get("rows", ())]
            described = {"plan": plan} if self._manner.describes else {}
            click.echo(json.dumps({"input": done.number, **output, **seen["summary"], **described}))
        elif self._manner.describes:
            print_table(("element", *_PLAN_COLUMNS[1:]), seen["rows"])

    def _failure(self, done: Done, error: DicomanonError) -> None:
        place = None if error.path is None else str(error.path)
        cause = f" ({done.outcome.cause})" if done.outcome.cause else ""
        name = done.item.label if self._manner.show_names else ""
        named = f" ({name})" if name else ""
        click.echo(f"dicomanon: file {done.number}{named}: {error}{cause}", err=True)
        if self._manner.as_json:
            line = {"input": done.number, "error": error.code, "path": place}
            click.echo(json.dumps(line | {"offset": error.offset}))
        if self._list is not None:
            row = (done.number, error.code, place, error.offset, SENTENCES[error.code], name)
            csv.writer(self._list, lineterminator="\n").writerow(row)

    def end(self, before: int) -> int:
        """The last line, and the exit code; before: outputs of earlier runs."""
        self._progress.close()
        if self._manner.writes and not self._manner.as_json:
            twins = f", {self.twins} of them the same as another" if self.twins else ""
            earlier = f", {before} before" if before else ""
            click.echo(f"{self.written} written{twins}, {self.refused} not{earlier}.")
        return self.code

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *stopped_by: object) -> None:
        self._progress.close()
        if self._list is not None:
            self._list.close()


def _new_list(path: Path) -> TextIO:
    """A table that does not exist yet, readable by its owner only."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    stream = os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace", newline="")
    csv.writer(stream, lineterminator="\n").writerow(_COLUMNS)
    return stream


class _Progress(Protocol):
    def advance(self) -> None: ...
    def close(self) -> None: ...


class _Lines:
    """A line on standard error every few seconds; none in a short run."""

    def __init__(self) -> None:
        self._count = 0
        self._began = self._told = monotonic()

    def advance(self) -> None:
        self._count += 1
        now = monotonic()
        if now - self._told >= LINE_SECONDS:
            self._told = now
            rate = self._count / (now - self._began)
            click.echo(f"dicomanon: {self._count} done, {rate:.1f} a second", err=True)

    def close(self) -> None:
        """There is nothing to take away."""


class _Bar:
    """A bar on the terminal with rate and time left."""

    def __init__(self, total: int) -> None:
        from rich import progress  # noqa: PLC0415 - rich takes 90 ms to import
        from rich.console import Console  # noqa: PLC0415

        self._bar = progress.Progress(
            progress.BarColumn(),
            progress.MofNCompleteColumn(),
            progress.TextColumn("{task.fields[rate]}"),
            progress.TimeRemainingColumn(),
            console=Console(stderr=True),
            redirect_stdout=sys.stdout.isatty(),
            auto_refresh=False,  # a thread of its own would forbid workers to be copies of us
        )
        self._task = self._bar.add_task("", total=total, rate="")
        self._count = 0
        self._began = self._told = monotonic()
        self._bar.start()

    def advance(self) -> None:
        self._count += 1
        now = monotonic()
        if now - self._told >= BAR_SECONDS:
            self._told = now
            self._show(now)

    def _show(self, now: float) -> None:
        rate = f"{self._count / (now - self._began):.1f} a second"
        self._bar.update(self._task, completed=self._count, rate=rate, refresh=True)

    def close(self) -> None:
        self._show(monotonic())
        self._bar.stop()
