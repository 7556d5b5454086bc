"""A Dask cluster: a real scheduler and real workers, one of which is killed while it works."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from distributed import Client, LocalCluster

from dicomanon.batch import cluster
from dicomanon.batch.cloud import CloudStore
from dicomanon.batch.cluster import Cluster
from dicomanon.batch.cluster import _sealed as sealed
from dicomanon.batch.item import Item
from dicomanon.batch.journal import kept
from dicomanon.batch.line import Line
from dicomanon.batch.run import Run
from dicomanon.batch.store import FolderStore
from dicomanon.batch.task import Job, Task
from dicomanon.batch.walk import items
from dicomanon.naming import TEMPLATE
from dicomanon.policy.key import Key
from dicomanon.policy.profile import profile
from tests.batch import batches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from distributed import Scheduler
    from s3fs import S3FileSystem

    from dicomanon.engine import Result

HOST = "127.0.0.1"
KEY = Key(batches.SECRET)
SLOW_SECONDS = 0.05
STUCK, STUCK_AT = "DICOMANON_TEST_STUCK", "1.2.3.3"
"""Where workers find the folder that says whether to rest, and the instance they rest at."""


def slowly(_result: Result) -> None:
    """An observer that makes a run long enough to be hit in its middle."""
    time.sleep(SLOW_SECONDS)


def gets_stuck(result: Result) -> None:
    """Notes each instance; who gets a certain one first rests until he is told to go on."""
    slowly(result)
    folder = Path(os.environ[STUCK])
    with (folder / f"did {result.file_stem}").open("a") as stream:
        stream.write(".")
    if result.file_stem == KEY.file_stem(STUCK_AT) and not (folder / "stuck").exists():
        (folder / "stuck").touch()
        batches.until((folder / "go on").exists)
        (folder / "went on").touch()


def held_by(dask_scheduler: Scheduler) -> bytes:
    """On the scheduler: all that it holds of the tasks it knows, and all that it noted."""
    tasks = [(task.key, task.run_spec) for task in dask_scheduler.tasks.values()]
    noted = list(dask_scheduler.transition_log), dask_scheduler.get_events()
    return pickle.dumps((tasks, noted))


def forgets(dask_scheduler: Scheduler) -> int:
    """On the scheduler: drop all tasks, as happens to some when a worker dies; how many."""
    wanted = [(key, task.who_wants) for key, task in dask_scheduler.tasks.items()]
    for key, clients in wanted:
        for client in [each.client_key for each in clients or ()]:
            dask_scheduler.stimulus_cancel([key], client, True, "forgotten", "")  # noqa: FBT003
    return len(wanted)


class Machines:
    """A scheduler and its workers, each a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
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
        local = ["--local-directory", str(self.folder), "--nthreads", "1", "--no-nanny"]
        found = self._start("worker", "--scheduler-file", str(self._file), "--no-dashboard", *local)
        self._processes.append(found)
        return found

    def _start(self, what: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", *arguments]
        paths = f"{batches.SOURCES}:{Path(__file__).parents[2]}"
        environment = batches.environment() | {"PYTHONPATH": paths, STUCK: str(self.folder)}
        return subprocess.Popen(command, stdout=self._log, stderr=self._log, env=environment)

    def log(self) -> bytes:
        self._log.flush()
        return (self.folder / "log.txt").read_bytes()

    def close(self) -> None:
        for process in reversed(self._processes):
            process.kill()
            process.wait()
        self._log.close()


@pytest.fixture(scope="module")
def started(s3: S3FileSystem, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    """The machines of all tests here; they know where the object store is."""
    del s3
    found = Machines(tmp_path_factory.mktemp("machines"))
    yield found
    found.close()


@pytest.fixture
def machines(started: Machines) -> Machines:
    """Machines of which two workers live."""
    living = [worker for worker in started.workers if worker.poll() is None]
    started.workers = [*living, *(started.worker() for _ in range(2 - len(living)))]
    return started


def job(folder: Path) -> Job:
    """A run into a folder, long enough for something to happen meanwhile."""
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
    """Nothing is lost and nothing done twice; nobody on the way has seen key, path or value."""
    monkeypatch.setattr(cluster, "BATCH_TASKS", 4)
    sent: list[bytes] = []

    def noted(cipher: AESGCM, content: object) -> bytes:
        sent.append(sealed(cipher, content))
        return sent[-1]

    monkeypatch.setattr(cluster, "_sealed", noted)
    source = batches.fill(tmp_path / "in", 30)
    alone = tmp_path / "alone"
    key = batches.key_file(tmp_path)
    batches.run("anonymize", source, "-o", alone, "--key", key, "--no-verify", "--workers", "1")
    out = tmp_path / "out"
    chosen = job(out)
    told, held, forgotten = [], b"", 0
    with kept(str(out), chosen, keyed=True) as journal, Client(machines.address) as client:
        run = Run(chosen, journal, Cluster(machines.address))
        for done in run.all(items([str(source)], out)):
            told.append(done.number)
            if len(told) == 8:
                machines.workers[0].kill()
            if len(told) == 12:
                forgotten = client.run_on_scheduler(forgets)
            if len(told) % 8 == 0:
                held += client.run_on_scheduler(held_by)
    assert told == list(range(1, 35))
    assert batches.tree(out) == batches.tree(alone)
    assert [p.name for p in (out / batches.OURS).iterdir()] == ["journal.sqlite"]
    assert forgotten > 0
    assert any(box in held for box in sent)
    assert b"dicomanon" in held
    log = machines.log()
    for secret in (batches.SECRET, batches.SECRET.hex().encode(), b"Yamada", b"4711", b"0007."):
        assert secret not in held
        assert secret not in log


def test_a_straggler(tmp_path: Path, machines: Machines, monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes too long is tried elsewhere and counts once; the first may end when it likes."""
    monkeypatch.setattr(cluster, "BATCH_TASKS", 2)
    monkeypatch.setattr(cluster, "SLOW_SECONDS", 0.5)
    monkeypatch.setattr(cluster, "SLOW", 2)
    monkeypatch.setattr(cluster, "Line", partial(Line, lead=8))
    source, out = batches.fill(tmp_path / "in", 40), tmp_path / "out"
    chosen = job(out)._replace(observers=(gets_stuck,))
    with kept(str(out), chosen, keyed=True) as journal:
        run = Run(chosen, journal, Cluster(machines.address))
        told = [done.number for done in run.all(items([str(source)], out))]
    assert told == list(range(1, 45))
    assert (machines.folder / f"did {KEY.file_stem(STUCK_AT)}").read_text() == ".."
    (machines.folder / "go on").touch()
    batches.until((machines.folder / "went on").exists)
    assert len(batches.tree(out)) == 41
    assert [p.name for p in (out / batches.OURS).iterdir()] == ["journal.sqlite"]


def test_from_store_to_store(
    tmp_path: Path, s3: S3FileSystem, machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The workers read and write the object store themselves, also when one is killed."""
    monkeypatch.setattr(cluster, "BATCH_TASKS", 4)
    source, key = batches.fill(tmp_path / "in", 12), batches.key_file(tmp_path)
    s3.put(f"{source}/", "inbox/cluster/", recursive=True)
    batches.run("anonymize", source, "-o", tmp_path / "alone", "--key", key, "--no-verify")
    place = "s3://outbox/cluster"
    chosen = job(tmp_path / "out")._replace(store=CloudStore(place))
    told = []
    with kept(place, chosen, keyed=True) as journal:
        for done in Run(chosen, journal, Cluster(machines.address)).all(
            items(["s3://inbox/cluster"])
        ):
            told.append(done.number)
            if len(told) == 4:
                machines.workers[0].kill()
    assert told == list(range(1, 17))
    assert set(batches.stored(s3, place).values()) == set(batches.tree(tmp_path / "alone").values())
    ours = [path for path in s3.find(place) if batches.OURS in path]
    assert [path.rpartition("/")[2] for path in ours] == ["journal.sqlite"]


def test_no_scheduler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that cannot reach one, or no longer, ends and says so, without its address."""
    monkeypatch.setattr(cluster, "Client", partial(Client, timeout=0.1))
    with pytest.raises(OSError, match="cannot be reached") as caught:
        list(Cluster("tcp://127.0.0.1:9").run(job(tmp_path / "out"), iter(())))
    assert "127.0.0.1" not in str(caught.value)


def test_no_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that waits for somebody to work ends in time, and says so."""
    monkeypatch.setattr(cluster, "NOBODY_SECONDS", 0.1)
    monkeypatch.setattr(cluster, "_LOOK_SECONDS", 0.1)
    tasks = (Task(number, Item("nowhere", 1)) for number in range(1, 3))
    with (
        LocalCluster(n_workers=0, **cluster.QUIET) as empty,
        pytest.raises(OSError, match="no workers"),
    ):
        list(Cluster(empty.scheduler_address).run(job(tmp_path / "out"), tasks))


def test_a_job_is_for_one_worker(tmp_path: Path) -> None:
    """Only the worker that it was sealed for can open it."""
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
    local = ("--scheduler", "local", "--workers", "1")
    done = batches.run(*common, "-o", tmp_path / "out", *local)
    assert done.stdout == "7 written, 1 of them the same as another, 2 not.\n", done.stderr
    assert batches.tree(tmp_path / "out") == batches.tree(tmp_path / "alone")
