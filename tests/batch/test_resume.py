"""Runs that are stopped go on, and end as if nothing had happened."""

from __future__ import annotations

import os
import random
import sqlite3
import time
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from dicomanon import cli
from dicomanon.errors import SENTENCES
from tests.batch import batches

if TYPE_CHECKING:
    from pathlib import Path

JOURNAL = f"{batches.OURS}/journal.sqlite"


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return batches.key_file(tmp_path)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return batches.fill(tmp_path / "in", 30)


def done(source: Path, out: Path, key: Path, *more: str) -> str:
    """What a run says at its end."""
    ended = batches.run("anonymize", source, "-o", out, "--key", key, "--no-verify", *more)
    assert ended.returncode == 2, ended.stderr  # the broken one
    return ended.stdout


def test_a_second_run_does_only_what_is_new(source: Path, tmp_path: Path, key: Path) -> None:
    """What is done stays untouched; new files, changed ones and lost outputs are done."""
    out = tmp_path / "out"
    assert done(source, out, key) == "32 written, 1 of them the same as another, 2 not.\n"
    before = batches.tree(out)
    times = {path: path.stat().st_mtime_ns for path in out.rglob("*.dcm")}
    assert done(source, out, key) == "0 written, 2 not, 32 before.\n"
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*.dcm")} == times
    assert batches.tree(out) == before

    lost = next(iter(times))
    lost.unlink()
    (source / "new.dcm").write_bytes(batches.instance(1000))
    changed = source / "other.dcm"
    changed.write_bytes(batches.instance(0, ("KVP", "DS", "13")))
    os.utime(changed, ns=(1, 1))
    assert done(source, out, key) == "3 written, 2 not, 30 before.\n"
    after = batches.tree(out)
    assert len(after) == len(before) + 1
    assert len([path for path, data in before.items() if after[path] != data]) == 1


def test_a_cut_output_is_done_again(source: Path, tmp_path: Path, key: Path) -> None:
    """An output that a power cut left short is not taken for whole."""
    out = tmp_path / "out"
    done(source, out, key)
    before = batches.tree(out)
    os.truncate(next(out.rglob("*.dcm")), 0)
    assert done(source, out, key).startswith("1 written")
    assert batches.tree(out) == before


def test_the_number_of_workers_changes_nothing(source: Path, tmp_path: Path, key: Path) -> None:
    """One process and three give the same tree."""
    for workers in ("1", "3"):
        done(source, tmp_path / workers, key, "--workers", workers)
    assert batches.tree(tmp_path / "1") == batches.tree(tmp_path / "3")


@pytest.mark.parametrize("kills", [5, pytest.param(20, marks=pytest.mark.soak)])
def test_killed_at_random(tmp_path: Path, key: Path, kills: int) -> None:
    """Killed again and again, the run ends with the tree of one that was never stopped."""
    source = batches.fill(tmp_path / "in", 200)
    whole, out = tmp_path / "whole", tmp_path / "out"
    began = time.monotonic()
    done(source, whole, key, "--workers", "2")
    seconds = time.monotonic() - began
    chance = random.Random(20261122)  # noqa: S311 - moments, not secrets
    arguments: list[str | Path] = [
        "anonymize",
        source,
        "-o",
        out,
        "--key",
        key,
        "--no-verify",
        "--workers",
        "2",
    ]
    hits = sum(batches.killed(arguments, chance.uniform(0.1, seconds)) for _ in range(kills))
    done(source, out, key)
    assert hits > 0
    assert batches.tree(out) == batches.tree(whole)
    assert [p.name for p in (out / batches.OURS).iterdir()] == ["journal.sqlite"]


def test_a_full_disk(
    source: Path, tmp_path: Path, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run ends and says so; with room again it goes on and ends as it would have."""
    out, whole = tmp_path / "out", tmp_path / "whole"
    options = ["--workers", "1", "--key", str(key), "--no-verify", "-o"]
    arguments = ["anonymize", str(source), *options]
    CliRunner().invoke(cli.cli, [*arguments, str(whole)], standalone_mode=False)
    room = 20

    def write(descriptor: int, data: bytes, real: object = os.write) -> int:
        nonlocal room
        room -= 1
        if room < 0:
            raise OSError(28, "No space left on device")
        assert callable(real)
        return int(real(descriptor, data))

    monkeypatch.setattr(os, "write", write)
    failed = CliRunner().invoke(cli.cli, [*arguments, str(out)], standalone_mode=False)
    assert isinstance(failed.exception, OSError)
    assert failed.exception.errno == 28
    monkeypatch.undo()
    partly = len(batches.tree(out))
    assert 0 < partly < len(batches.tree(whole))
    resumed = CliRunner().invoke(cli.cli, [*arguments, str(out)], standalone_mode=False)
    assert resumed.stdout == f"{31 - partly} written, 2 not, {partly + 1} before.\n"  # one twin
    assert batches.tree(out) == batches.tree(whole)


@pytest.mark.parametrize(
    "more",
    [["--preset", "basic"], ["--set", "StudyDate=keep"], ["--no-verify"]],
)
def test_other_choices(tmp_path: Path, key: Path, more: list[str]) -> None:
    """A folder of other choices is refused, unless everything is to be done anew."""
    source = tmp_path / "in"
    source.mkdir()
    (source / "a.dcm").write_bytes(batches.instance(1))
    arguments: list[str | Path] = ["anonymize", source, "-o", tmp_path / "out", "--key", key]
    assert batches.run(*arguments).returncode == 0
    refused = batches.run(*arguments, *more)
    assert (refused.returncode, refused.stderr) == (
        1,
        f"dicomanon: {SENTENCES['journal_choices']}\n",
    )
    again = batches.run(*arguments, *more, "--redo")
    assert (again.returncode, again.stdout) == (0, "1 written, 0 not.\n")


def test_another_key(tmp_path: Path, key: Path) -> None:
    """A folder of another key is refused, and so is one without: pseudonyms would not match."""
    source, out = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    (source / "a.dcm").write_bytes(batches.instance(1))
    batches.run("anonymize", source, "-o", out, "--key", key)
    other = batches.key_file(source, bytes(32))
    choices: list[list[str | Path]] = [["--key", other], []]
    for more in choices:
        refused = batches.run("anonymize", source / "a.dcm", "-o", out, *more)
        told = f"dicomanon: {SENTENCES['journal_key']}\n"
        assert (refused.returncode, refused.stderr) == (1, told)


def test_a_damaged_journal(tmp_path: Path, key: Path) -> None:
    """What is no journal is not written to; one in use by another run neither."""
    source, out = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    (source / "a.dcm").write_bytes(batches.instance(1))
    (out / batches.OURS).mkdir(parents=True)
    (out / JOURNAL).write_bytes(b"not a journal, but long enough to be looked at" * 50)
    arguments: list[str | Path] = ["anonymize", source, "-o", out, "--key", key]
    told = f"dicomanon: {SENTENCES['journal']}\n"
    assert batches.run(*arguments).stderr == told
    assert batches.run(*arguments, "--redo").returncode == 0
    held = sqlite3.connect(out / JOURNAL)
    held.execute("PRAGMA locking_mode = EXCLUSIVE")
    held.execute("BEGIN EXCLUSIVE")
    assert batches.run(*arguments).stderr == told
    held.close()


def test_the_journal_tells_nothing(source: Path, tmp_path: Path, key: Path) -> None:
    """No value and no path of a source is in it, nor the key."""
    done(source, tmp_path / "out", key)
    data = (tmp_path / "out" / JOURNAL).read_bytes()
    for word in (b"Yamada", b"4711", b"1.2.3.", b"1.2.4.", b"notes", b"20200301", bytes(range(32))):
        assert word not in data
    assert bytes(range(32)).hex().encode() not in data


def test_a_run_without_a_key_leaves_no_journal(source: Path, tmp_path: Path) -> None:
    """It could not be resumed: its key is forgotten."""
    batches.run("anonymize", source, "-o", tmp_path / "out", "--no-verify")
    assert not (tmp_path / "out" / batches.OURS).exists()
    assert len(batches.tree(tmp_path / "out")) == 31
