"""URLs: an object store on this machine, spoken to as any other."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import fsspec
import pytest
from moto.server import ThreadedMotoServer

from dicomanon.batch import cloud
from dicomanon.errors import SENTENCES
from tests.batch import batches

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from s3fs import S3FileSystem

ACCESS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
}
INBOX, OUTBOX = "s3://inbox/exams", "s3://outbox/trial"


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3FileSystem]:
    """The store's file system; the same address and access for every process."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in (ACCESS | {"AWS_ENDPOINT_URL": f"http://{host}:{port}"}).items():
        monkeypatch.setenv(name, value)
    system = fsspec.filesystem("s3", skip_instance_cache=True)
    for bucket in ("inbox", "outbox"):
        system.makedirs(bucket, exist_ok=True)  # of a test before
        if system.find(bucket):
            system.rm(bucket, recursive=True)
            system.mkdir(bucket)
    yield system
    server.stop()


def stored(system: S3FileSystem, url: str) -> dict[str, bytes]:
    """What is below a URL; the journal apart."""
    system.invalidate_cache()
    root = url.removeprefix("s3://")
    return {
        path[len(root) + 1 :]: system.cat_file(path)
        for path in system.find(root)
        if batches.OURS not in path
    }


def test_from_store_to_store(tmp_path: Path, s3: S3FileSystem) -> None:
    """The outputs are those of a folder; a second run does only what is new; nothing else stays."""
    source, key = batches.fill(tmp_path / "in", 12), batches.key_file(tmp_path)
    s3.put(f"{source}/", f"{INBOX}/", recursive=True)
    options: list[str | Path] = ["--key", key, "--no-verify"]
    batches.run("anonymize", source, "-o", tmp_path / "out", *options)
    done = batches.run("anonymize", INBOX, "-o", OUTBOX, *options, "--workers", "2")
    assert (done.returncode, done.stdout) == (
        2,
        "14 written, 1 of them the same as another, 2 not.\n",
    ), done.stderr
    assert set(stored(s3, OUTBOX).values()) == set(batches.tree(tmp_path / "out").values())
    assert [p for p in s3.find("outbox") if batches.OURS in p] == [
        f"outbox/trial/{batches.OURS}/journal.sqlite"
    ]
    s3.pipe_file(f"{INBOX}/new.dcm", batches.instance(500))
    again = batches.run("anonymize", INBOX, "-o", OUTBOX, *options)
    assert again.stdout == "1 written, 2 not, 14 before.\n", again.stderr
    other = batches.run("anonymize", INBOX, "-o", OUTBOX)
    assert other.stderr == f"dicomanon: {SENTENCES['journal_key']}\n"


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
    done = batches.run("anonymize", "s3://inbox/nothing", "-o", OUTBOX)
    assert (done.returncode, done.stderr) == (2, f"dicomanon: file 1: {SENTENCES['unreadable']}\n")
