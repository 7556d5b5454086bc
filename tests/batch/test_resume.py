"""Runs that are stopped go on, and end as if nothing had happened."""

from __future__ import annotations

import errno
import os
import random
import sqlite3
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from dicomanon.batch.journal import kept
from dicomanon.batch.pool import Processes
from dicomanon.batch.run import Run
from dicomanon.batch.store import FolderStore
from dicomanon.batch.task import Job
from dicomanon.batch.walk import items
from dicomanon.errors import SENTENCES
from dicomanon.naming import TEMPLATE
from dicomanon.policy.key import Key
from dicomanon.policy.profile import profile
from tests.batch import batches

if TYPE_CHECKING:
    from pathlib import Path

JOURNAL = f"{batches.OURS}/journal.sqlite"
ROOM_BYTES = 1 << 20
NO_ROOM = f'ulimit -f {ROOM_BYTES >> 9}; exec "$@"'
"""The system lets a file have so many bytes only, more than a journal needs."""


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
    hits, expected = 0, batches.tree(whole)
    for _ in range(kills):
        hits += batches.killed(arguments, chance.uniform(0.1, seconds))
        assert batches.tree(out).items() <= expected.items()  # what has its name is whole
    done(source, out, key)
    assert hits > 0
    assert batches.tree(out) == expected
    assert [p.name for p in (out / batches.OURS).iterdir()] == ["journal.sqlite"]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_full_disk(source: Path, tmp_path: Path, key: Path, workers: str) -> None:
    """The run ends and says so; with room again it goes on and ends as it would have."""
    out, whole = tmp_path / "out", tmp_path / "whole"
    (source / "Yamada1" / "large.dcm").write_bytes(batches.instance(500, pixels_bytes=ROOM_BYTES))
    arguments: list[str | Path] = ["anonymize", source, "--key", key, "--no-verify", "-o"]
    batches.run(*arguments, whole)
    failed = subprocess.run(
        ["sh", "-c", NO_ROOM, "sh", *batches.command(*arguments, out, "--workers", workers)],
        capture_output=True,
        text=True,
        check=False,
        env=batches.environment(),
    )
    assert (failed.returncode, failed.stdout) == (2, "")
    words = f"The run stopped: {os.strerror(errno.EFBIG)}. The same command goes on from there."
    assert failed.stderr.splitlines()[-1] == f"dicomanon: {words}"
    partly = batches.tree(out)
    assert partly.items() < batches.tree(whole).items()
    assert len(partly) > 10
    ended = batches.run(*arguments, out)
    left = 33 - len(partly) - 1  # one is a twin
    assert ended.stdout == f"{left} written, 2 not, {33 - left} before.\n"
    assert batches.tree(out) == batches.tree(whole)
    assert [p.name for p in (out / batches.OURS).iterdir()] == ["journal.sqlite"]


def test_what_was_refused_is_told_again(source: Path, tmp_path: Path) -> None:
    """In its place among what is new, not opened again, and without waiting for the others."""
    chosen = Job(profile("research"), Key(batches.SECRET), TEMPLATE, verify=False)
    chosen = chosen._replace(store=FolderStore(tmp_path / "out"))

    def told() -> list[tuple[int, str]]:
        with kept(str(tmp_path / "out"), chosen, keyed=True) as journal:
            found = Run(chosen, journal, Processes(1)).all(items([str(source)]))
            return [(done.number, done.error.code if done.error else "") for done in found]

    assert [each for each in told() if each[1]] == [(2, "not_dicom"), (14, "truncated")]
    (source / "name.dcm").write_bytes(batches.instance(1000))
    broken = source / "Yamada0" / "broken.dcm"
    state = broken.stat()
    broken.write_bytes(bytes(state.st_size))
    os.utime(broken, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert told() == [(2, ""), (3, "not_dicom"), (15, "truncated")]


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
    assert batches.run(*arguments).stderr == f"dicomanon: {SENTENCES['busy']}\n"
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
