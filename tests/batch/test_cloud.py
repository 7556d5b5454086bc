"""URLs: an object store on this machine, spoken to as any other."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import fsspec
import pytest
from click.testing import CliRunner
from moto.server import ThreadedMotoServer

from dicomanon import cli
from dicomanon.batch import cloud
from dicomanon.errors import ProfileError
from tests.batch import batches

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from click.testing import Result
    from s3fs import S3FileSystem

ACCESS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
}
INBOX, OUTBOX = "s3://inbox/exams", "s3://outbox/trial"


@pytest.fixture(scope="module")
def s3() -> Iterator[S3FileSystem]:
    """The store's file system; the same address and access for every process."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (ACCESS | {"AWS_ENDPOINT_URL": f"http://{host}:{port}"}).items():
            patch.setenv(name, value)
        system = fsspec.filesystem("s3")
        system.mkdir("inbox")
        system.mkdir("outbox")
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


def here(*arguments: str | Path) -> Result:
    """A command in this process, which knows s3 already."""
    return CliRunner().invoke(cli.cli, [str(each) for each in arguments], standalone_mode=False)


def test_from_store_to_store(tmp_path: Path, s3: S3FileSystem) -> None:
    """The outputs are a folder's; a second run does only what is new; nothing else stays."""
    source, key = batches.fill(tmp_path / "in", 6), batches.key_file(tmp_path)
    s3.put(f"{source}/", f"{INBOX}/", recursive=True)
    options: list[str | Path] = ["--key", key, "--no-verify"]
    here("anonymize", source, "-o", tmp_path / "out", *options, "--workers", "1")
    done = here("anonymize", INBOX, "-o", OUTBOX, *options, "--workers", "2")
    assert done.return_value == 2, done.output
    assert done.stdout == "8 written, 1 of them the same as another, 2 not.\n"
    assert set(stored(s3, OUTBOX).values()) == set(batches.tree(tmp_path / "out").values())
    ours = [path for path in s3.find("outbox") if batches.OURS in path]
    assert ours == [f"outbox/trial/{batches.OURS}/journal.sqlite"]
    s3.pipe_file(f"{INBOX}/new.dcm", batches.instance(500))
    again = here("anonymize", INBOX, "-o", OUTBOX, *options)
    assert again.stdout == "1 written, 2 not, 8 before.\n"
    other = here("anonymize", INBOX, "-o", OUTBOX, "--no-verify")
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
