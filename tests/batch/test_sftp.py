"""sftp://, with a server of another make, on this machine: both ways, and what it fails with."""

from __future__ import annotations

import errno
import subprocess
import sys
from typing import TYPE_CHECKING

import asyncssh
import pytest

from dicomanon.batch import cloud
from dicomanon.batch.cloud import CloudStore
from dicomanon.batch.sftp import Sftp
from dicomanon.batch.store import PARTS
from dicomanon.dicom.source import BytesSource
from dicomanon.errors import ProfileError
from tests.batch import batches, sftp_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

USER = "radiology"


class Server:
    """A server; root, room, known: the folder it serves and two files, see `sftp_server`."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "root"
        self.root.mkdir()
        self.room = folder / "room"
        self.known = folder / "home" / ".ssh" / "known_hosts"
        command = [sys.executable, sftp_server.__file__, str(folder)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())

    def url(self, path: str) -> str:
        return f"sftp://{USER}@{sftp_server.HOST}:{self.port}/{path}"

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One for all tests here, which this process and its children know."""
    found = Server(tmp_path_factory.mktemp("sftp"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(found.known.parents[1]))
        yield found
    Sftp.clear_instance_cache()
    found.close()


def test_from_server_to_server(tmp_path: Path, server: Server) -> None:
    """The outputs are a folder's, a second run does only what is new, and nothing else stays."""
    source, key = batches.fill(server.root / "in", 16), batches.key_file(tmp_path)
    (source / "link.dcm").symlink_to("again.dcm")
    options: list[str | Path] = ["--key", key, "--no-verify"]
    batches.here("anonymize", source, "-o", tmp_path / "out", *options, "--workers", "1")
    there = "anonymize", server.url("in"), "-o", server.url("out")
    done = batches.run(*there, *options, "--workers", "2")
    told = "19 written, 2 of them the same as another, 2 not.\n"
    assert (done.returncode, done.stdout) == (2, told), done.stderr
    out = batches.tree(server.root / "out")
    assert set(out.values()) == set(batches.tree(tmp_path / "out").values())
    ours = server.root / "out" / batches.OURS
    assert [path.name for path in ours.iterdir()] == ["journal.sqlite"]
    (source / "new.dcm").write_bytes(batches.instance(500))
    again = batches.here(*there, *options)
    assert again.stdout == "1 written, 2 not, 19 before.\n"


def test_a_full_server(tmp_path: Path, server: Server) -> None:
    """The run ends and says so; with room again it goes on, and ends as it would have."""
    source, key = batches.fill(tmp_path / "in", 12), batches.key_file(tmp_path)
    command = "anonymize", source, "--key", key, "--no-verify", "--workers", "1", "-o"
    batches.here(*command, tmp_path / "whole")
    full, whole = server.root / "full", batches.tree(tmp_path / "whole")
    taken = sum(path.stat().st_size for path in server.root.rglob("*"))
    server.room.write_text(str(taken + batches.PIXELS_BYTES * 2))
    failed = batches.here(*command, server.url("full"))
    assert isinstance(failed.exception, OSError)
    assert failed.exception.errno == errno.EREMOTEIO
    partly = batches.tree(full)
    assert partly
    assert partly.items() < whole.items()
    server.room.unlink()
    again = batches.here(*command, server.url("full"))
    assert again.stdout.endswith(f", 2 not, {len(partly) + 1} before.\n")  # and a twin
    assert batches.tree(full) == whole


def test_a_server_that_is_not_known(server: Server) -> None:
    """It gets nothing, nor does one whose key is not the one that is known."""
    before = server.known.read_text()
    other = asyncssh.generate_private_key(sftp_server.KEYS).export_public_key().decode()
    for known in ("", f"{before.split()[0]} {other}"):
        server.known.write_text(known)
        Sftp.clear_instance_cache()
        with pytest.raises(ProfileError) as caught:
            list(cloud.items(server.url("in")))
        assert caught.value.code == "host_key"
    server.known.write_text(before)


def test_who_is_not_let_in(tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that does not take our key, or that is not there, is an error of the system's."""
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "known_hosts").write_text(server.known.read_text())
    monkeypatch.setenv("HOME", str(tmp_path))
    Sftp.clear_instance_cache()
    with pytest.raises(PermissionError):
        CloudStore(server.url("x")).begin()
    with pytest.raises(ConnectionRefusedError):
        CloudStore(f"sftp://{USER}@{sftp_server.HOST}:9/x").begin()


def test_a_connection_that_was_cut(server: Server) -> None:
    """It is made again for who asks next."""
    place = server.url("cut")
    CloudStore(place).begin()
    Sftp(**Sftp._get_kwargs_from_urls(place)).client.close()  # noqa: SLF001 - the one that is open
    part = CloudStore(place).write(BytesSource(b""), [b"whole"])
    assert (server.root / "cut" / PARTS / part).read_bytes() == b"whole"
