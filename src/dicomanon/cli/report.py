"""`report`: the tables and pages of a run's report; `ReportFolder` writes the report itself.

Invariants: nothing is overwritten. What is written is made of the report alone.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dicomanon.cli.common import DONE

if TYPE_CHECKING:
    from typing import Self, TextIO

    from dicomanon.policy.key import Key
    from dicomanon.policy.profile import Profile
    from dicomanon.report.run import Writer

REPORT = "report.json"
_SHEET = "report.csv"


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder to write to; without it, the report's own.",
)
def report(file: Path, *, output: Path | None) -> int:
    """Make the tables and pages of FILE, the report.json of a run.

    A CSV with a line an input, and in English and Japanese a page to read and one to sign.
    """
    folder = file.parent if output is None else output
    _check_new(folder, derived=True)
    folder.mkdir(parents=True, exist_ok=True)
    with file.open(encoding="utf-8") as stream:
        derive(stream, folder)
    return DONE


def derive(stream: TextIO, folder: Path) -> None:
    """Write the CSV and the pages of a report.

    Raises:
        ProfileError: code `report`; the stream holds none.
    """
    from dicomanon.report import page, sheet  # noqa: PLC0415 - commands import what they use
    from dicomanon.report.run import read  # noqa: PLC0415
    from dicomanon.report.words import words  # noqa: PLC0415

    found = read(stream)
    with _new(folder / _SHEET, "utf-8-sig") as file:  # spreadsheets take UTF-8 by its mark
        sheet.write(found.entries(), file)
    for name, language in _pages():
        make = page.report_page if name.startswith("report") else page.summary_page
        with _new(folder / name) as file:
            file.writelines(make(found, words(language)))


def _pages() -> list[tuple[str, str]]:
    from dicomanon.report.words import LANGUAGES  # noqa: PLC0415

    return [
        (f"{kind}-{language}.html", language)
        for kind in ("report", "summary")
        for language in LANGUAGES
    ]


def _check_new(folder: Path, *, derived: bool) -> None:
    names = [_SHEET, *(name for name, _ in _pages())]
    if any((folder / name).exists() for name in (names if derived else [REPORT, *names])):
        message = "the report's folder already holds one"
        raise click.UsageError(message)


def _new(path: Path, encoding: str = "utf-8") -> TextIO:
    return path.open("x", encoding=encoding, newline="")


class ReportFolder:
    """Where a run's report goes: made before the run, so that a wrong folder stops nothing.

    Use it as a context manager: `writer` takes the entries, leaving it writes the rest.
    """

    def __init__(self, folder: Path, profile: Profile, key: Key, *, verify: bool) -> None:
        from dicomanon.report.run import Writer, head  # noqa: PLC0415

        _check_new(folder, derived=False)
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._stream = _new(folder / REPORT)
        beginning = head(profile, key, host="cli", verify=verify)
        self.writer: Writer = Writer(self._stream, beginning, lambda: datetime.now(UTC))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *stopped_by: object) -> None:
        self.writer.__exit__(*stopped_by)
        self._stream.close()
        with (self._folder / REPORT).open(encoding="utf-8") as stream:
            derive(stream, self._folder)
