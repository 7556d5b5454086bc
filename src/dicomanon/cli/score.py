"""`score`: an output held against an answer key.

Strategy: the tables go to standard output; single discrepancies only into a folder that the
person names, with values only on request.

Invariants: exit code 0 means that every check was made and passed, 3 that one was not or
did not.
"""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dicomanon.cli.burned_in import read_box
from dicomanon.cli.common import DONE, UNSAFE, print_table

if TYPE_CHECKING:
    from dicomanon.verify.score import Score
    from dicomanon.verify.score.tally import Line

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option("--answers", required=True, type=FILE, help="The answer key, an SQLite file.")
@click.option(
    "--output",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder to score.",
)
@click.option("--uid-map", required=True, type=FILE, help="CSV of id_old,id_new: all UIDs.")
@click.option("--patient-map", required=True, type=FILE, help="CSV of id_old,id_new: patient IDs.")
@click.option("--series", is_flag=True, help="One failure fails an element for its whole series.")
@click.option(
    "--report",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the tables and what did not pass as CSV into this folder.",
)
@click.option(
    "--values", is_flag=True, help="In the report, also a list with the key's and files' values."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def score(  # noqa: PLR0913 - one parameter an option
    *,
    answers: Path,
    output: Path,
    uid_map: Path,
    patient_map: Path,
    series: bool,
    report: Path | None,
    values: bool,
    as_json: bool,
) -> int:
    """Score an output against planted truth.

    The checks are those of the MIDI validation. Exit code 0: every check was made and passed; 3:
    one failed, was blank or not made.
    """
    from dicomanon.verify.score import Maps, read_map  # noqa: PLC0415 - commands import what they use
    from dicomanon.verify.score import score as scored  # noqa: PLC0415
    from dicomanon.verify.score.report import ReportFolder  # noqa: PLC0415

    if values and report is None:
        raise click.MissingParameter(param_type="option", param_hint="--report FOLDER")
    maps = Maps(read_map(uid_map), read_map(patient_map))
    folder = None if report is None else ReportFolder(report, output, maps, values=values)
    with nullcontext() if folder is None else folder:
        each = None if folder is None else folder.add
        found = scored(answers, output, maps, reader=read_box, by_series=series, each=each)
        if folder is not None:
            folder.close(found)
    if as_json:
        click.echo(json.dumps(_document(found)))
    else:
        _print(found)
    return DONE if found.clean else UNSAFE


def _print(found: Score) -> None:
    from dicomanon.verify.score.report import TITLES, cells  # noqa: PLC0415

    for lines in (found.actions(), found.categories(), [found.all]):
        print_table(TITLES, map(cells, lines))
    click.echo(
        f"{found.files} files scored, {found.missing} missing, {found.unmapped} not in the map, "
        f"{found.not_dicom} not DICOM."
    )
    if found.all.unread:
        click.echo(f"{found.all.unread} checks of burned-in text were not made: it cannot be read.")


def _document(found: Score) -> dict[str, Any]:
    return {
        "all": _line(found.all),
        "actions": [_line(line) for line in found.actions()],
        "categories": [_line(line) for line in found.categories()],
        "files": found.files,
        "missing": found.missing,
        "unmapped": found.unmapped,
        "not_dicom": found.not_dicom,
        "clean": found.clean,
    }


def _line(line: Line) -> dict[str, Any]:
    return {**line._asdict(), "total": line.total, "percent": round(line.percent, 4)}
