"""Every command and program in the README runs as it stands there."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pydicom
import pytest

from dicomanon.cli import COMMANDS, cli
from dicomanon.policy.option import OPTIONS, UNCLAIMED
from dicomanon.policy.preset import read, resolve
from dicomanon.policy.profile import PRESETS, profile
from tests import pydicom_files

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)
SHELL = [line for kind, body in BLOCKS if kind == "sh" for line in body.splitlines() if line]
DICOMANON = [line for line in SHELL if line.startswith("dicomanon ")]
FILES = {
    "phrase.txt": "correct horse battery\n",
    "subjects.csv": "id_old,id_new\n1CT1,SUBJ-1\n",
    "private.csv": "creator,tag,disposition\nGEMS_IDEN_01,0009xx01,k\n",
}
MAKE = [line.split("#")[0].split() for line in SHELL if line.startswith("make ")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with an `image.dcm`, an `archive` and the files that the commands name."""
    source = pydicom_files.image("CT_small.dcm")
    shutil.copyfile(source, tmp_path / "image.dcm")
    (tmp_path / "archive").mkdir()
    shutil.copyfile(source, tmp_path / "archive" / "1.dcm")
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_every_command_line_works(folder: Path) -> None:
    """The commands succeed in the order the README gives them."""
    for line in DICOMANON:
        done = run(folder, sys.executable, "-m", *line.split())
        assert (line, done.returncode, done.stderr) == (line, 0, "")
    assert len(DICOMANON) >= 8


def test_install_as_a_user_does(folder: Path) -> None:
    """The installation's commands succeed, with the checkout as the current folder."""
    lines = [line for line in SHELL if "venv" in line]
    for name in ("src", "pyproject.toml", "README.md", "LICENSE"):
        (folder / name).symlink_to(ROOT / name)
    for line in lines:
        done = run(folder, *line.split())
        assert (line, done.returncode) == (line, 0), done.stderr[-500:]
    assert len(list((folder / "anonymized").glob("*.dcm"))) == 1


def test_the_library_example_works(folder: Path) -> None:
    """The program writes an anonymized instance."""
    program = next(body for kind, body in BLOCKS if kind == "python")
    run(folder, sys.executable, "-m", "dicomanon", "key", "new", "project.key")
    done = run(folder, sys.executable, "-c", program)
    assert done.stderr == ""
    assert pydicom.dcmread(folder / "anonymized.dcm").PatientIdentityRemoved == "YES"
    assert len(list((folder / "many").rglob("*.dcm"))) == 1


def test_every_make_target_exists() -> None:
    """Each `make` command of the README is a target that make knows how to reach."""
    for _, *targets in MAKE:
        done = run(ROOT, "make", "--dry-run", *targets)
        assert (targets, done.returncode) == (targets, 0)
    assert ["app"] in [targets for _, *targets in MAKE]


def test_every_command_is_in_the_readme() -> None:
    """The table of commands has those of the command line, and no others."""
    table = README[README.index("| command |") : README.index("`dicomanon COMMAND --help`")]
    rows = [row.split("|")[1] for row in table.splitlines()[2:] if row]
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == set(COMMANDS)


@pytest.mark.parametrize("command", ["anonymize", "watch"])
def test_every_option_is_in_the_readme(command: str) -> None:
    """Whatever can be chosen about an output or a run is written down."""
    found = cli.get_command(click.Context(cli), command)
    assert found is not None
    options = {max(p.opts, key=len) for p in found.params} - {"sources", "inbox"}
    told = {option for option in options if f"`{option}" in README or f" {option}" in README}
    assert told == options


def test_tables_of_presets_and_options_are_true() -> None:
    """What the README says of presets, Options and stamps is what the engine does."""
    for name in PRESETS:
        found = profile(name)
        options = ", ".join(f"`{each}`" for each in found.options) or "none"
        codes = " ".join(value for value, _, _ in found.codes)
        cells = (f"`{name}`", options, found.private, found.dates.lower(), codes)
        assert f"| {' | '.join(cells)} |" in README
    for option, code in OPTIONS.items():
        assert f"| `{option}` | {'none' if option in UNCLAIMED else code} |" in README


def test_the_example_of_a_preset_reads() -> None:
    """The JSON in the README is a preset."""
    program = next(body for kind, body in BLOCKS if kind == "json")
    assert resolve(read(program)).name == "trial-7"
