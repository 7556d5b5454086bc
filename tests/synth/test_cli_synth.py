"""`dicomanon synth`: what it writes, and what it refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pydicom
import pytest
from click.testing import CliRunner

from dicomanon.cli import cli

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["synth", *arguments])


def test_what_it_writes(tmp_path: Path) -> None:
    """A folder of images of the chosen kinds, the key and the table beside it."""
    out = tmp_path / "set"
    options = ("--patients", "2", "--seed", "3", "--modalities", "CT, SR", "--lang", "ja")
    done = run(str(out), *options, "--burned-in", "0")
    assert done.exit_code == 0, done.output
    assert {path.name for path in out.iterdir()} == {"images", "answer_key.db", "truth.csv"}
    files = list((out / "images").rglob("*.dcm"))
    assert done.output == f"{len(files)} instances of 2 patients, seed 3.\n"
    assert {pydicom.dcmread(path).Modality for path in files} == {"CT", "SR"}


@pytest.mark.parametrize(
    "options",
    [("--modalities", "XX"), ("--lang", "fr"), ("--burned-in", "2"), ("--patients", "0")],
)
def test_what_it_refuses(tmp_path: Path, options: tuple[str, str]) -> None:
    """An option it does not know is a mistake in usage, and nothing is written."""
    out = tmp_path / "set"
    assert run(str(out), *options).exit_code == 2
    assert not out.exists()


def test_a_folder_with_something_in_it(tmp_path: Path) -> None:
    """It writes into no folder that has anything in it."""
    (tmp_path / "notes.txt").write_text("mine")
    done = run(str(tmp_path), "--patients", "1")
    assert done.exit_code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
