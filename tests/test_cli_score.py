"""`dicomanon score`: what it prints, what it writes, and how it ends."""

from __future__ import annotations

import csv
import json
import os
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from click import MissingParameter
from click.testing import CliRunner
from PIL import Image, ImageDraw, ImageFont

from dicomanon.cli import cli
from dicomanon.errors import ProfileError
from dicomanon.verify.score.report import COLUMNS, DISCREPANCIES, VALUE_COLUMNS, WITH_VALUES
from tests.verify.keys import MAPS, NEW, OLD, Row, check, data_set, key_of, write

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from click.testing import Result
    from pydicom import Dataset

UID = "<(0020,000e)>"
GOOD = check("uid_consistent", UID, "<1.2.3.2>")
BAD = check("text_removed", "<(0010,0010)>", "<=Smith^John>", "<Smith John>") | {
    "tag_name": "<+Patient's Name>"
}
STAMP = check("pixels_hidden", text='<{"text": "A", "top_left": [0, 0], "bottom_right": [1, 1]}>')


def run(folder: Path, *options: str) -> Result:
    """What the command does with the files of a folder; options come last and win."""
    words = ["score", "--answers", str(folder / "key.db"), "--output", str(folder / "out")]
    words += ["--uid-map", str(folder / "uid.csv"), "--patient-map", str(folder / "patient.csv")]
    return CliRunner().invoke(cli, [*words, *options], standalone_mode=False)


def prepared(folder: Path, *checks: Mapping[str, object]) -> Path:
    """A key, its maps, and an output with the patient's name in it."""
    key_of(folder / "key.db", [Row(checks)])
    write(folder / "out" / "a" / "x.dcm", data_set(PatientName="=Smith^Jane"))
    for name, table in (("uid.csv", MAPS.uids), ("patient.csv", MAPS.patients)):
        rows = "".join(f"{old},{new}\n" for old, new in table.items())
        (folder / name).write_text(f"id_old,id_new\n{rows}")
    return folder


def rows_of(path: Path) -> list[list[str]]:
    with path.open(newline="") as stream:
        return list(csv.reader(stream))


def test_clean(tmp_path: Path) -> None:
    """Every check passed: exit code 0, and the headline is the last table."""
    done = run(prepared(tmp_path, GOOD))
    assert (done.return_value, done.stderr) == (0, "")
    lines = [line.split() for line in done.stdout.splitlines() if line.strip()]
    assert lines[-2] == ["All", "1", "0", "0", "0", "1", "100.00"]
    assert done.stdout.endswith("1 files scored, 0 missing, 0 not in the map, 0 not DICOM.\n")


@pytest.mark.parametrize("checks", [(GOOD, BAD), (GOOD, STAMP), ()])
def test_not_clean(tmp_path: Path, checks: tuple[Mapping[str, object], ...]) -> None:
    """A failure, text nobody read, or nothing at all: exit code 3."""
    done = run(prepared(tmp_path, *checks))
    assert (done.return_value, done.stderr) == (3, "")
    assert ("were not made: it cannot be read" in done.stdout) == (STAMP in checks)
    assert "Smith" not in done.stdout


def test_json(tmp_path: Path) -> None:
    """One object with the headline, both tables and the counts of files."""
    done = run(prepared(tmp_path, GOOD, BAD), "--json", "--series")
    found = json.loads(done.stdout)
    assert done.return_value == 3
    assert found["all"] == {
        "name": "All",
        "passed": 1,
        "failed": 1,
        "blank": 0,
        "unread": 0,
        "total": 2,
        "percent": 50.0,
    }
    assert [line["name"] for line in found["actions"]] == ["text_removed", "uid_consistent"]
    assert [line["name"] for line in found["categories"]] == ["dicom DICOM-P15-BASIC-U", "unknown"]
    assert (found["files"], found["clean"]) == (1, False)


def test_report(tmp_path: Path) -> None:
    """Tables and discrepancies as CSV, without a value of the key or of the output."""
    report = tmp_path / "report"
    assert run(prepared(tmp_path, GOOD, BAD), "--report", str(report)).return_value == 3
    assert sorted(path.name for path in report.iterdir()) == [
        *("actions.csv", "categories.csv", DISCREPANCIES, "scoring.csv")
    ]
    assert rows_of(report / "scoring.csv")[1] == ["All", "1", "1", "0", "0", "2", "50.00"]
    titles, row = rows_of(report / DISCREPANCIES)
    assert titles == [*COLUMNS]
    assert row == [
        *("fail", "0.5000", "text_removed", "unknown", "", "<(0010,0010)>"),
        *("'+Patient's Name", "CT", NEW, "a/x.dcm"),
    ]
    text = "".join(path.read_text() for path in report.iterdir())
    assert [word for word in ("Smith", "Jane", OLD, "KX-774") if word in text] == []


def test_report_with_values(tmp_path: Path) -> None:
    """Only on request a second list has both sides' values, for its owner's eyes."""
    report = tmp_path / "report"
    run(prepared(tmp_path, BAD), "--report", str(report), "--values")
    titles, row = rows_of(report / WITH_VALUES)
    assert titles == [*VALUE_COLUMNS]
    found = dict(zip(titles, row, strict=True))
    assert found["file_value"] == "<=Smith^Jane>"
    assert found["action_text"] == "<Smith John>"
    assert (found["source_instance"], found["source_patient"]) == (OLD, "KX-774")
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row)
    if os.name == "posix":
        assert stat.S_IMODE((report / WITH_VALUES).stat().st_mode) == 0o600
    assert isinstance(run(tmp_path, "--values").exception, MissingParameter)


def stamped(*, text: str) -> Dataset:
    """An output with a text in its pixels."""
    picture = Image.new("L", (256, 64))
    ImageDraw.Draw(picture).text((8, 8), text, fill=255, font=ImageFont.load_default(24))
    return data_set(
        Rows=64,
        Columns=256,
        SamplesPerPixel=1,
        PixelRepresentation=0,
        BitsAllocated=8,
        BitsStored=8,
        HighBit=7,
        PhotometricInterpretation="MONOCHROME2",
        PixelData=picture.tobytes(),
    )


@pytest.mark.parametrize(("text", "passed"), [("SMITH JOHN", 0), ("R 12 cm", 1), ("", 1)])
def test_burned_in_text_is_read(tmp_path: Path, text: str, passed: int) -> None:
    """With this project's own reader: what was planted must not be read in its box."""
    stamp = '<{"text": "SMITH JOHN", "top_left": [0, 0], "bottom_right": [256, 48]}>'
    folder = prepared(tmp_path, check("pixels_hidden", text=stamp))
    write(folder / "out" / "a" / "x.dcm", stamped(text=text))
    found = json.loads(run(folder, "--json").stdout)
    assert (found["all"]["passed"], found["all"]["unread"]) == (passed, 0)


def test_missing_files_are_listed(tmp_path: Path) -> None:
    """By the UID that the map gives them, without a file."""
    prepared(tmp_path, GOOD)
    (tmp_path / "out" / "a" / "x.dcm").unlink()
    done = run(tmp_path, "--report", str(tmp_path / "report"))
    assert done.return_value == 3
    assert "0 files scored, 1 missing" in done.stdout
    assert rows_of(tmp_path / "report" / DISCREPANCIES)[1][-2:] == [NEW, ""]


@pytest.mark.parametrize(
    ("option", "name", "code"),
    [("--answers", "uid.csv", "answers"), ("--uid-map", "key.db", "map")],
)
def test_what_is_refused(tmp_path: Path, option: str, name: str, code: str) -> None:
    """A wrong file is a wrong choice, and leaves no half-written report."""
    folder = prepared(tmp_path, GOOD)
    done = run(folder, option, str(folder / name), "--report", str(folder / "report"))
    assert isinstance(done.exception, ProfileError)
    assert (done.exception.code, done.stdout) == (code, "")
    assert [*folder.glob("report/*")] == []


def test_how_a_process_ends(tmp_path: Path) -> None:
    """Exit codes: 3 for what did not pass, 1 for a wrong file, in one sentence."""
    folder = prepared(tmp_path, BAD)
    words = [sys.executable, "-m", "dicomanon", "score", "--output", str(folder / "out")]
    words += ["--uid-map", str(folder / "uid.csv"), "--patient-map", str(folder / "patient.csv")]
    for answers, code, lines in (("key.db", 3, 0), ("uid.csv", 1, 1)):
        command = [*words, "--answers", str(folder / answers)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, len(done.stderr.splitlines())) == (code, lines)
