"""`dicomanon report`, and the folder a run's report goes to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

from dicomanon import cli as commands
from dicomanon.cli.report import ReportFolder
from dicomanon.errors import ProfileError
from tests.report.runs import RESEARCH, entry, report, some
from tests.verify.outputs import KEY, original

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

MADE = ["report-en.html", "report-ja.html", "report.csv", "summary-en.html", "summary-ja.html"]


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(commands.cli, ["report", *map(str, arguments)], standalone_mode=False)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_tables_and_pages_of_a_report(tmp_path: Path) -> None:
    """They stand beside it, or in a folder of their own; nothing is overwritten."""
    file = tmp_path / "report.json"
    file.write_text(report(some()), encoding="utf-8")
    assert run(file).return_value == 0
    assert names(tmp_path) == sorted(["report.json", *MADE])
    assert (tmp_path / "report.csv").read_bytes().startswith(b"\xef\xbb\xbfnumber,")
    assert isinstance(run(file).exception, click.UsageError)
    assert run(file, "-o", tmp_path / "more").return_value == 0
    assert names(tmp_path / "more") == MADE


def test_what_is_no_report(tmp_path: Path) -> None:
    """It is refused, and nothing is made."""
    file = tmp_path / "some.json"
    file.write_text("{}", encoding="utf-8")
    done = run(file)
    assert isinstance(done.exception, ProfileError)
    assert done.exception.code == "report"
    assert names(tmp_path) == ["some.json"]


def test_a_run_fills_its_folder(tmp_path: Path) -> None:
    """Also when it is stopped; a folder that holds a report is refused before the run."""
    folder = tmp_path / "filed"
    with (  # noqa: PT012 - what stops the run comes after an entry
        pytest.raises(KeyboardInterrupt),
        ReportFolder(folder, RESEARCH, KEY, verify=True) as made,
    ):
        made.writer.add(entry(1, original()))
        raise KeyboardInterrupt
    assert names(folder) == sorted(["report.json", *MADE])
    totals = json.loads((folder / "report.json").read_text(encoding="utf-8"))["totals"]
    assert totals["written"] == 1
    with pytest.raises(click.UsageError):
        ReportFolder(folder, RESEARCH, KEY, verify=True)
