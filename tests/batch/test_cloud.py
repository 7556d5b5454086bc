"""URLs: stores of fsspec's as sources and destinations, and what they fail with."""

from __future__ import annotations

import errno
import os
import subprocess
import zipfile
from itertools import islice
from typing import TYPE_CHECKING, NoReturn

import fsspec
import pytest

from dicomanon.api import anonymize_many
from dicomanon.batch import cloud, lease
from dicomanon.batch.item import Item
from dicomanon.dicom.source import BytesSource
from dicomanon.errors import ProfileError
from tests.batch import batches

if TYPE_CHECKING:
    from pathlib import Path

    from s3fs import S3FileSystem

INBOX, OUTBOX = "s3://inbox/exams", "s3://outbox/trial"


def test_from_store_to_store(tmp_path: Path, s3: S3FileSystem) -> None:
    """The outputs are a folder's; a second run does only what is new; nothing else stays."""
    source, key = batches.fill(tmp_path / "in", 6), batches.key_file(tmp_path)
    s3.put(f"{source}/", f"{INBOX}/", recursive=True)
    options: list[str | Path] = ["--key", key, "--no-verify"]
    batches.here("anonymize", source, "-o", tmp_path / "out", *options, "--workers", "1")
    done = batches.here("anonymize", INBOX, "-o", OUTBOX, *options, "--workers", "2")
    assert done.return_value == 2, done.output
    assert done.stdout == "8 written, 1 of them the same as another, 2 not.\n"
    assert set(batches.stored(s3, OUTBOX).values()) == set(batches.tree(tmp_path / "out").values())
    ours = [path for path in s3.find(OUTBOX) if batches.OURS in path]
    assert ours == [f"outbox/trial/{batches.OURS}/journal.sqlite"]
    s3.pipe_file(f"{INBOX}/new.dcm", batches.instance(500))
    again = batches.here("anonymize", INBOX, "-o", OUTBOX, *options)
    assert again.stdout == "1 written, 2 not, 8 before.\n"
    other = batches.here("anonymize", INBOX, "-o", OUTBOX, "--no-verify")
    assert isinstance(other.exception, ProfileError)
    assert other.exception.code == "journal_key"


def test_large_objects_and_zips(
    tmp_path: Path, s3: S3FileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is too large to be fetched whole is read by ranges; a ZIP is opened in place."""
    monkeypatch.setattr(cloud, "WHOLE_BYTES", 1000)
    data = batches.instance(1, pixels_bytes=3_000_000)
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as stream:
        stream.writestr("one.dcm", data)
    s3.pipe_file("inbox/x/one.dcm", data)
    s3.put_file(str(tmp_path / "a.zip"), "inbox/x/two.zip")
    found = list(cloud.items("s3://inbox/x"))
    assert [item.size_bytes for item in found] == [len(data)] * 2
    for item in found:
        with cloud.opened(item) as source:
            assert source.size_bytes == len(data)
            assert source.read(5, len(data) - 5) == data[5:-5]


def test_nowhere(s3: S3FileSystem) -> None:
    """What is not there is an input that cannot be read."""
    del s3
    (item,) = cloud.items("s3://inbox/nothing")
    assert item.error is not None
    assert item.error.code == "unreadable"


def test_a_run_that_stops_brings_its_journal_home(tmp_path: Path, s3: S3FileSystem) -> None:
    """Whoever stops listening, as by Ctrl-C, finds what was done noted in the store."""
    source, place = batches.fill(tmp_path / "in", 6), f"{OUTBOX}-stopped"
    dones = anonymize_many([source], key=batches.SECRET, output=place, verify=False)
    first = [done.name for done in islice(dones, 3) if done.name]
    dones.close()
    rest = list(anonymize_many([source], key=batches.SECRET, output=place, verify=False))
    assert [done.number for done in rest] == [2, *range(4, 11)]  # the second was refused
    assert set(batches.stored(s3, place)) == {*first, *(done.name for done in rest)} - {""}


def test_a_second_run_at_the_same_time(tmp_path: Path, s3: S3FileSystem) -> None:
    """The store itself makes a lease once only."""
    batches.fill(tmp_path / "in", 1)
    place = f"{OUTBOX}-leased"
    first = anonymize_many([tmp_path / "in"], output=place, verify=False)
    next(first)
    path = f"{place}/{cloud.LEASE}"
    with pytest.raises(FileExistsError):
        s3.pipe_file(path, b"mine", mode="create")
    first.close()
    assert not s3.exists(path)


def test_killed(tmp_path: Path, s3: S3FileSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a kill the store's journal is older than the store; the end is the same tree."""
    monkeypatch.setattr(lease, "DEAD_SECONDS", 0.5)
    source, key = batches.fill(tmp_path / "in", 12), batches.key_file(tmp_path)
    place, options = f"{OUTBOX}-killed", ["--key", str(key), "--no-verify"]
    batches.here("anonymize", source, "-o", tmp_path / "out", *options, "--workers", "1")
    process = subprocess.Popen(
        batches.command("anonymize", source, "-o", place, *options), env=batches.environment()
    )
    batches.until(lambda: any(p.endswith(".dcm") for p in s3.find(place, refresh=True)))
    process.kill()
    process.wait()
    assert batches.here("anonymize", source, "-o", place, *options).return_value == 2
    assert batches.stored(s3, place) == batches.tree(tmp_path / "out")
    ours = [path for path in s3.find(place) if batches.OURS in path]
    assert [path.rpartition("/")[2] for path in ours] == ["journal.sqlite"]


class Failing(fsspec.AbstractFileSystem):  # type: ignore[misc]  # untyped
    """A store whose driver has its own errors, with words that tell too much."""

    protocol = "failing"
    cachable = False

    def info(self, path: str, **_more: object) -> NoReturn:
        """What a driver's first question meets."""
        raise ZeroDivisionError(path)

    def open(self, path: str, *_more: object, **_named: object) -> NoReturn:
        """What a driver meets when it opens."""
        self.info(path)


def test_a_password_in_a_url() -> None:
    """It opens the store, and is in no message and no journal."""
    item = Item("sftp://yamada:secret@host:22/exams/a@b.dcm", 1)
    assert item.label == "sftp://yamada@host:22/exams/a@b.dcm"
    assert Item("s3://bucket/a:b@c", 1).label == "s3://bucket/a:b@c"


def test_what_a_driver_raises() -> None:
    """Of a source it is unreadable, of a store an OSError; no URL and no word of it gets out."""
    fsspec.register_implementation("failing", Failing, clobber=True)
    (item,) = cloud.items("failing://yamada/taro.dcm")
    assert item.error is not None
    assert item.error.code == "unreadable"
    with pytest.raises(OSError, match=os.strerror(errno.EREMOTEIO)) as caught:
        cloud.CloudStore("failing://yamada").write(BytesSource(b""), [b"new"])
    assert "yamada" not in str(caught.value)
    with pytest.raises(OSError, match="not supported"):
        cloud.CloudStore("nothing://yamada").begin()


def test_a_zip_behind_a_url(tmp_path: Path) -> None:
    """It cannot be renamed when it is complete, so it is refused, and not made here instead."""
    (tmp_path / "a.dcm").write_bytes(batches.instance(1))
    done = batches.run("anonymize", tmp_path, "-o", "s3://outbox/x.zip")
    assert done.returncode == 1
    assert "on this machine only" in done.stderr
