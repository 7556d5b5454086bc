"""What the options of a run do: lists, trials, stopping, reports, terminals."""

from __future__ import annotations

import csv
import json
import os
import pty
import re
import time
import zipfile
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from dicomanon import cli
from dicomanon.cli import tell
from dicomanon.errors import SENTENCES
from tests import engine
from tests.batch import batches

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = ["number", "code", "element", "offset", "reason", "file"]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return batches.fill(tmp_path / "in", 20)


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return batches.key_file(tmp_path)


@pytest.mark.parametrize("names", [False, True])
def test_quarantine(source: Path, tmp_path: Path, names: bool) -> None:  # noqa: FBT001 - a case
    """What was refused, with the reason; file names only on request."""
    path = tmp_path / "refused.csv"
    more = ["--show-names"] if names else []
    out = tmp_path / "out"
    batches.run("anonymize", source, "-o", out, "--no-verify", "--quarantine", path, *more)
    with path.open(encoding="utf-8", newline="") as stream:
        columns, *rows = csv.reader(stream)
    assert columns == COLUMNS
    assert [row[:2] for row in rows] == [["2", "not_dicom"], ["11", "truncated"]]
    assert [row[4] for row in rows] == [SENTENCES["not_dicom"], SENTENCES["truncated"]]
    assert [row[5].rpartition("/")[2] for row in rows] == (
        ["notes.txt", "broken.dcm"] if names else ["", ""]
    )
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("workers", ["1", "2"])
def test_dry_run(source: Path, tmp_path: Path, workers: str) -> None:
    """Everything is decided and checked, and nothing is written."""
    out = tmp_path / "out"
    options = ["--dry-run", "--json-lines", "--workers", workers]
    done = batches.run("anonymize", source, "-o", out, *options)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 2
    assert [line["input"] for line in lines] == list(range(1, 25))
    assert {line["leak_check"] for line in lines if "error" not in line} == {"passed"}
    assert not out.exists()


def test_the_first_error_stops(source: Path, tmp_path: Path) -> None:
    """`--on-error stop`: what is no DICOM does not stop a folder, what is broken does."""
    out = tmp_path / "out"
    options = ["--on-error", "stop", "--no-verify", "--workers", "1"]
    done = batches.run("anonymize", source, "-o", out, *options)
    assert (done.returncode, done.stdout) == (
        2,
        "9 written, 1 of them the same as another, 2 not.\n",
    )
    assert len(batches.tree(out)) == 8


def test_a_log_gets_lines(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no terminal, a line every few seconds says how many are done, and how fast."""
    monkeypatch.setattr(tell, "LINE_SECONDS", 0)
    arguments = ["anonymize", str(source), "-o", str(tmp_path / "out"), "--no-verify"]
    shown = CliRunner().invoke(cli.cli, [*arguments, "--workers", "1"], standalone_mode=False)
    lines = [line for line in shown.stderr.splitlines() if "a second" in line]
    assert len(lines) == 24
    assert re.fullmatch(r"dicomanon: 24 done, [\d.]+ a second", lines[-1])


def test_json_lines_of_workers(source: Path, tmp_path: Path, key: Path) -> None:
    """One line an input, in their order, with the path below the output folder."""
    out = tmp_path / "out"
    options: list[str | Path] = ["--key", key, "--no-verify", "--workers", "2", "--json"]
    done = batches.run("anonymize", source, "-o", out, *options)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["input"] for line in lines] == list(range(1, 25))
    assert {line["output"] for line in lines if "output" in line} == set(batches.tree(out))
    assert "Yamada" not in done.stdout


def test_templates(source: Path, tmp_path: Path, key: Path) -> None:
    """The tree is the template's; a file that is named lies flat."""
    out = tmp_path / "out"
    options: list[str | Path] = ["--key", key, "--no-verify", "--template"]
    one = source / "other.dcm"
    batches.run("anonymize", source, one, "-o", out, *options, "x/{patient}-{instance}.dcm")
    paths = list(batches.tree(out))
    stem = engine.KEY.file_stem("1.2.3.1")
    patient = engine.KEY.pseudonym("ID-4711-1")
    assert f"x/{patient}-{stem}.dcm" in paths
    assert {path.split("/")[0] for path in paths} == {"x"}
    flat = tmp_path / "flat"
    batches.run("anonymize", one, "-o", flat, *options, "x/{instance}.dcm")
    assert list(batches.tree(flat)) == [f"{engine.KEY.file_stem('1.2.3.0')}.dcm"]


@pytest.mark.parametrize(
    "template",
    ["{patient}", "../{instance}", "/{instance}", "{instance}/x", "{x}{instance}", "a//{instance}"],
)
def test_templates_that_are_none(source: Path, tmp_path: Path, template: str) -> None:
    """A path that leaves the folder, or does not tell instances apart, is refused."""
    done = batches.run("anonymize", source, "-o", tmp_path / "out", "--template", template)
    assert (done.returncode, done.stderr) == (1, f"dicomanon: {SENTENCES['template']}\n")


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_file_that_is_named_twice(source: Path, tmp_path: Path, workers: str) -> None:
    """It is done once, also when both are under way at the same time."""
    (tmp_path / "alone").mkdir()
    one = tmp_path / "alone" / "one.dcm"
    one.write_bytes(batches.instance(77))
    out = tmp_path / "out"
    options = ["--no-verify", "--workers", workers]
    done = batches.run("anonymize", one.parent, one, source, one, "-o", out, *options)
    assert done.stdout == "23 written, 1 of them the same as another, 2 not, 2 before.\n"
    assert len(batches.tree(out)) == 22


def test_crosswalk_and_report_of_workers(source: Path, tmp_path: Path, key: Path) -> None:
    """What observers saw in the workers ends in one table and one report."""
    options: list[str | Path] = ["--key", key, "--workers", "2"]
    options += ["--crosswalk", tmp_path / "walk", "--report", tmp_path / "report"]
    batches.run("anonymize", source, "-o", tmp_path / "out", *options)
    patients = (tmp_path / "walk" / "patient.csv").read_text().splitlines()
    expected = [f"ID-4711-{n},{engine.KEY.pseudonym(f'ID-4711-{n}')}" for n in (0, 1)]
    assert patients == ["id_old,id_new", *expected]
    report = json.loads((tmp_path / "report" / "report.json").read_text())
    entries = next(value for value in report.values() if isinstance(value, list) and len(value) > 9)
    assert [entry["number"] for entry in entries] == list(range(1, 25))


def test_two_passes(tmp_path: Path, key: Path) -> None:
    """What only another instance of the patient says is cut out of a text, if so chosen."""
    source = tmp_path / "in"
    source.mkdir()
    text = "seen by Brennwald, no change"
    comment = ("StudyDescription", "LO", text)
    named = ("ReferringPhysicianName", "PN", "Brennwald^Urs")
    (source / "a.dcm").write_bytes(batches.instance(2, comment))
    (source / "b.dcm").write_bytes(batches.instance(4, named))
    stem = f"{engine.KEY.file_stem('1.2.3.2')}.dcm"
    found = {}
    for folder, more in (("one", []), ("two", ["--two-pass"])):
        options: list[str | Path] = ["--key", key, "--preset", "in-hospital", "--no-verify"]
        batches.run("anonymize", source, "-o", tmp_path / folder, *options, *more)
        (path,) = (tmp_path / folder).rglob(stem)
        found[folder] = engine.texts(path.read_bytes())["00081030"] or ""
    assert "Brennwald" in found["one"]
    assert "Brennwald" not in found["two"]
    assert "no change" in found["two"]


def at_a_terminal(arguments: list[str], answers: list[str]) -> tuple[int, str]:
    """Exit code and everything shown, of a command whose user types those lines."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvpe(arguments[0], arguments, batches.environment())  # noqa: S606 - our own command
    shown = b""
    until = time.monotonic() + 60
    for answer in [*answers, None]:
        while answer is None or not shown.rstrip().endswith((b"]:", b":")):
            assert time.monotonic() < until
            try:
                more = os.read(terminal, 1000)
            except OSError:  # the other side has closed it
                more = b""
            if not more:
                break
            shown += more
        if answer is not None:
            os.write(terminal, f"{answer}\n".encode())
            shown += b"|"
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), shown.decode()


def test_in_hospital_offers_an_encrypted_zip(source: Path, tmp_path: Path, key: Path) -> None:
    """At a terminal the folder becomes an encrypted ZIP unless the person says no; a bar shows."""
    out = tmp_path / "out"
    command = batches.command("anonymize", source, "-o", out, "--key", key, "--no-verify")
    arguments = [*command, "--preset", "in-hospital"]
    code, shown = at_a_terminal(arguments, ["", "correct horse", "correct horse"])
    assert code == 2, shown
    assert "22/24" not in shown
    assert "24/24" in shown
    assert "correct horse" not in shown
    with zipfile.ZipFile(tmp_path / "out.zip") as stream:
        assert all(info.flag_bits & 1 for info in stream.infolist())
    assert not out.exists()
    code, _ = at_a_terminal(arguments, ["n"])
    assert code == 2
    assert len(batches.tree(out)) == 21
