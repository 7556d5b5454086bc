"""Sealed keys and crosswalks on the command line: passphrases from files and from a terminal."""

from __future__ import annotations

import csv
import json
import os
import pty
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pydicom
import pytest
from click.testing import CliRunner, Result

from dicomanon.cli import cli
from dicomanon.errors import ProfileError
from dicomanon.policy.seal import is_sealed
from tests import pydicom_files

if TYPE_CHECKING:
    from pathlib import Path

PHRASE = "correct horse battery"


def run(*arguments: object, **more: str) -> Result:
    """A command as a person gives it; errors reach the test as they reach `main`."""
    given = [str(a) for a in arguments]
    return CliRunner().invoke(cli, given, standalone_mode=False, input=more.get("input"))


def done(*arguments: object, **more: str) -> Result:
    """A command that works."""
    result = run(*arguments, **more)
    assert (result.exception, result.return_value or 0) == (None, 0), result.output
    return result


def code(result: Result) -> str:
    assert isinstance(result.exception, ProfileError)
    return result.exception.code


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "image.dcm"
    path.write_bytes(pydicom_files.image("CT_small.dcm").read_bytes())
    return path


@pytest.fixture
def phrase(tmp_path: Path) -> Path:
    """A file with a passphrase in its first line."""
    path = tmp_path / "phrase"
    path.write_text(f"{PHRASE}\nnot this\n")
    return path


@pytest.fixture
def sealed(tmp_path: Path, phrase: Path) -> Path:
    """A sealed key."""
    path = tmp_path / "sealed.key"
    done("key", "new", path, "--passphrase-file", phrase)
    return path


def test_a_sealed_key_is_the_key_inside(image: Path, sealed: Path, phrase: Path) -> None:
    """Sealed and plain, a key gives the same file; only its owner can read it."""
    assert is_sealed(sealed.read_text())
    assert stat.S_IMODE(sealed.stat().st_mode) == 0o600
    plain = sealed.with_suffix(".plain")
    plain.write_text(done("key", "unseal", sealed, "--passphrase-file", phrase).stdout)
    outs = [image.parent / "one", image.parent / "two"]
    done("anonymize", image, "-o", outs[0], "--key", plain)
    done("anonymize", image, "-o", outs[1], "--key", sealed, "--passphrase-file", "-", input=PHRASE)
    one, two = ({path.name: path.read_bytes() for path in out.glob("*.dcm")} for out in outs)
    assert one == two


def test_a_wrong_passphrase(image: Path, sealed: Path, tmp_path: Path) -> None:
    """It writes nothing and says so, with neither the phrase nor a name."""
    wrong = tmp_path / "wrong"
    wrong.write_text("SECRET phrase")
    result = run(
        "anonymize", image, "-o", tmp_path / "out", "--key", sealed, "--passphrase-file", wrong
    )
    assert code(result) == "key_passphrase"
    assert "SECRET" not in f"{result.exception} {result.output}"
    assert not (tmp_path / "out").exists()


def test_without_a_passphrase(image: Path, sealed: Path, tmp_path: Path) -> None:
    """Where nobody can be asked, a sealed key is an error and not a wait."""
    result = run("anonymize", image, "-o", tmp_path / "out", "--key", sealed)
    assert code(result) == "key_sealed"
    assert code(run("key", "new", tmp_path / "new.key", "--passphrase")) == "key_sealed"
    assert not (tmp_path / "new.key").exists()


def test_a_short_passphrase_makes_no_file(tmp_path: Path) -> None:
    """Eight characters at least."""
    short = tmp_path / "short"
    short.write_text("1234567\n")
    result = run("key", "new", tmp_path / "new.key", "--passphrase-file", short)
    assert code(result) == "passphrase"
    assert not (tmp_path / "new.key").exists()


def test_a_passphrase_is_asked_for_twice(tmp_path: Path) -> None:
    """At a terminal, unseen; the key opens by what was typed."""
    target = tmp_path / "asked.key"
    command = [sys.executable, "-m", "dicomanon", "key", "new", str(target), "--passphrase"]
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    ) as process:
        os.close(theirs)
        seen = b""
        for _ in range(2):
            while not seen.endswith(b": "):
                seen += os.read(ours, 1024)
            os.write(ours, f"{PHRASE}\n".encode())
            seen += b"|"
        assert process.wait(60) == 0
    os.close(ours)
    assert PHRASE.encode() not in seen
    opened = done("key", "unseal", target, "--passphrase-file", "-", input=PHRASE)
    assert json.loads(opened.stdout)["form"] == "dicomanon-key-1"


def rows(text: str) -> dict[str, str]:
    header, *found = csv.reader(text.splitlines())
    assert header == ["id_old", "id_new"]
    return dict(found)


def test_a_crosswalk_is_written_on_request(image: Path, tmp_path: Path) -> None:
    """Old and new as the output has them; nothing without the option, nothing on --describe."""
    out, walk = tmp_path / "out", tmp_path / "walk"
    done("anonymize", image, "--describe", "--crosswalk", walk)
    assert not walk.exists()
    done("anonymize", image, "-o", out, "--crosswalk", walk)
    before, (path,) = pydicom.dcmread(image), out.glob("*.dcm")
    after = pydicom.dcmread(path)
    assert sorted(p.name for p in walk.iterdir()) == ["patient.csv", "uid.csv"]
    assert rows((walk / "patient.csv").read_text()) == {before.PatientID: after.PatientID}
    uids = rows((walk / "uid.csv").read_text())
    for name in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
        assert uids[before[name].value] == after[name].value
    assert {stat.S_IMODE(p.stat().st_mode) for p in walk.iterdir()} == {0o600}


def test_a_crosswalk_is_never_overwritten(image: Path, tmp_path: Path) -> None:
    """A second run stops before it writes anything; a run that wrote nothing leaves none."""
    walk = tmp_path / "walk"
    (tmp_path / "junk").write_text("not DICOM")
    assert run(
        "anonymize", tmp_path / "junk", "-o", tmp_path / "a", "--crosswalk", walk
    ).return_value
    done("anonymize", image, "-o", tmp_path / "b", "--crosswalk", walk)
    again = CliRunner().invoke(
        cli, ["anonymize", str(image), "-o", str(tmp_path / "c"), "--crosswalk", str(walk)]
    )
    assert again.exit_code != 0
    assert "already holds a crosswalk" in again.stderr
    assert not (tmp_path / "c").exists()


def test_a_sealed_crosswalk(image: Path, tmp_path: Path, phrase: Path) -> None:
    """Sealed on request, and nothing beside it in the clear."""
    walk = tmp_path / "walk"
    more = ("--crosswalk", walk, "--crosswalk-passphrase-file", phrase)
    done("anonymize", image, "-o", tmp_path / "out", *more)
    assert sorted(p.name for p in walk.iterdir()) == ["patient.csv.sealed", "uid.csv.sealed"]
    opened = done("key", "unseal", walk / "patient.csv.sealed", "--passphrase-file", phrase)
    assert list(rows(opened.stdout)) == ["1CT1"]
    assert b"1CT1" not in b"".join(p.read_bytes() for p in walk.iterdir())
