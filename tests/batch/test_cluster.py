"""A Dask cluster: a real scheduler and real workers, one of which is killed while it works."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from dicomanon.batch import cluster
from dicomanon.batch.cluster import Cluster
from dicomanon.batch.journal import kept
from dicomanon.batch.run import Run
from dicomanon.batch.store import FolderStore
from dicomanon.batch.task import Job
from dicomanon.batch.walk import items
from dicomanon.naming import TEMPLATE
from dicomanon.policy.key import Key
from dicomanon.policy.profile import profile
from tests.batch import batches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dicomanon.engine import Result

HOST = "127.0.0.1"
KEY = Key(batches.SECRET)
SLOW_SECONDS = 0.05


def slowly(_result: Result) -> None:
    """An observer that makes a run long enough to be hit in its middle."""
    time.sleep(SLOW_SECONDS)


class Machines:
    """A scheduler and its workers, each a process of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / "scheduler.json"
        self._log = (folder / "log.txt").open("wb")
        quiet = ["--scheduler-file", str(self._file), "--no-dashboard"]
        self._processes = [self._start("scheduler", "--host", HOST, "--port", "0", *quiet)]
        until = time.monotonic() + 30
        while not self._file.exists() and time.monotonic() < until:
            time.sleep(0.05)
        self.workers = [self.worker() for _ in range(2)]

    @property
    def address(self) -> str:
        return str(json.loads(self._file.read_text())["address"])

    def worker(self) -> subprocess.Popen[bytes]:
        local = ["--local-directory", str(self._folder), "--nthreads", "1", "--no-nanny"]
        found = self._start("worker", "--scheduler-file", str(self._file), "--no-dashboard", *local)
        self._processes.append(found)
        return found

    def _start(self, what: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", *arguments]
        paths = f"{batches.SOURCES}:{Path(__file__).parents[2]}"
        environment = batches.environment() | {"PYTHONPATH": paths}
        return subprocess.Popen(command, stdout=self._log, stderr=self._log, env=environment)

    def log(self) -> bytes:
        self._log.flush()
        return (self._folder / "log.txt").read_bytes()

    def close(self) -> None:
        for process in reversed(self._processes):
            process.kill()
            process.wait()
        self._log.close()


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[Machines]:
    folder = tmp_path / "machines"
    folder.mkdir()
    found = Machines(folder)
    yield found
    found.close()


def job(folder: Path) -> Job:
    folder.mkdir()
    return Job(
        profile("research"),
        KEY,
        TEMPLATE,
        verify=False,
        store=FolderStore(folder),
        observers=(slowly,),
    )


def test_a_worker_is_killed(
    tmp_path: Path, machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is lost and nothing done twice; the tree is that of one process."""
    monkeypatch.setattr(cluster, "BATCH_TASKS", 4)
    source = batches.fill(tmp_path / "in", 30)
    alone = tmp_path / "alone"
    key = batches.key_file(tmp_path)
    batches.run("anonymize", source, "-o", alone, "--key", key, "--no-verify", "--workers", "1")
    out = tmp_path / "out"
    chosen = job(out)
    told = []
    with kept(str(out), chosen, keyed=True) as journal:
        run = Run(chosen, journal, Cluster(machines.address))
        for done in run.all(items([str(source)], out)):
            told.append(done.number)
            if len(told) == 8:
                machines.workers[0].kill()
                machines.worker()
    assert told == list(range(1, 35))
    assert batches.tree(out) == batches.tree(alone)
    assert [p.name for p in (out / batches.OURS).iterdir()] == ["journal.sqlite"]
    log = machines.log()
    for secret in (batches.SECRET.hex().encode(), b"Yamada", b"4711"):
        assert secret not in log


def test_what_the_scheduler_sees(tmp_path: Path) -> None:
    """Neither the key nor a path is in what is sent, and only one worker can open the job."""
    chosen = job(tmp_path / "out")
    secret = b"s" * 32
    public = cluster._private().public_key().public_bytes_raw()  # noqa: SLF001
    box = cluster._box("run-1", secret, chosen, public)  # noqa: SLF001
    assert batches.SECRET not in box
    assert secret not in box
    assert batches.SECRET in pickle.dumps(chosen)
    other = X25519PrivateKey.generate().public_key().public_bytes_raw()
    cluster._open("run-2", cluster._box("run-2", secret, chosen, other))  # noqa: SLF001
    assert "run-2" not in cluster._jobs  # noqa: SLF001
    cluster._open("run-1", box)  # noqa: SLF001
    assert cluster._jobs.pop("run-1").job.key.fingerprint == KEY.fingerprint  # noqa: SLF001


def test_a_cluster_started_here(tmp_path: Path) -> None:
    """`--scheduler local` needs nothing else."""
    source, key = batches.fill(tmp_path / "in", 5), batches.key_file(tmp_path)
    common: list[str | Path] = ["anonymize", source, "--key", key, "--no-verify"]
    batches.run(*common, "-o", tmp_path / "alone")
    done = batches.run(*common, "-o", tmp_path / "out", "--scheduler", "local")
    assert done.stdout == "7 written, 1 of them the same as another, 2 not.\n", done.stderr
    assert batches.tree(tmp_path / "out") == batches.tree(tmp_path / "alone")
