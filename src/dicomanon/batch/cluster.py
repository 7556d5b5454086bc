"""Tasks on a Dask cluster.

Strategy: tasks go in batches of bytes. What a task graph and the scheduler see is sealed: the
job, with its key and tables, and batches and outcomes, with their paths. A worker that has
not got the job answers with a public key of its own; the job is sealed for it and the batch
sent there again, so that a worker which joins late, or comes back, needs no preparation.

Invariants: an outcome counts once, the first time it comes; what a second attempt wrote is a
part without a name, and is cleared. A batch whose workers die again and again is taken apart,
until the one task is found that kills them. The secret of a worker never leaves it.

Standard: X25519 (RFC 7748), HKDF-SHA-256 (RFC 5869), AES-256-GCM (NIST SP 800-38D).
"""

from __future__ import annotations

import errno
import pickle
import secrets
import statistics
from functools import cache
from queue import Empty, SimpleQueue
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from distributed import CancelledError, Client, KilledWorker, LocalCluster, get_worker

from dicomanon import __version__
from dicomanon.batch.line import Line
from dicomanon.batch.pool import cores
from dicomanon.batch.task import Outcome, one
from dicomanon.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from dicomanon.batch.task import Job, Task

BATCH_BYTES = 1 << 26
BATCH_TASKS = 64
AHEAD = 2
"""Batches a thread of the cluster holds."""
SLOW = 4
"""So many times the median, a batch that everyone waits for is tried elsewhere as well."""
SLOW_SECONDS = 30.0
LOSSES = 3
"""So often a batch is sent again that the cluster forgets, as it may an answer of a dead worker."""
NOBODY_SECONDS = 120.0
"""So long a run waits for a first worker, or for another where all have gone."""
_LOOK_SECONDS = 1.0
_KEY_BYTES = 32
_NONCE_BYTES = 12
_KEPT_JOBS = 4
LOCAL = "local"
QUIET = {"dashboard_address": None, "scheduler_kwargs": {"dashboard_address": "127.0.0.1:0"}}
"""No dashboard, and for what else Dask serves a port that is free."""


class Locked(NamedTuple):
    """A worker's answer when it has not got the job yet."""

    public: bytes
    address: str
    version: str


class _Opened(NamedTuple):
    """A job on a worker; cipher: seals batches and outcomes of the run."""

    job: Job
    cipher: AESGCM


_jobs: dict[str, _Opened] = {}
"""On a worker: the jobs it has opened, the latest last."""


@cache
def _private() -> X25519PrivateKey:
    """This worker's own key, made anew in each process."""
    return X25519PrivateKey.generate()


def handle(run: str, box: bytes, batch: bytes) -> bytes | Locked:
    """On a worker: do a sealed batch of tasks; box: the job, sealed for this worker, or b""."""
    if run not in _jobs and box:
        _open(run, box)
    if run not in _jobs:
        public = _private().public_key().public_bytes_raw()
        return Locked(public, get_worker().address, __version__)
    job, cipher = _jobs[run]
    tasks = _unsealed(cipher, batch)
    return _sealed(cipher, [one(job, task) for task in tasks])


def _open(run: str, box: bytes) -> None:
    """Open a job that was sealed for this worker; one sealed for another stays shut."""
    public, sealed = box[:_KEY_BYTES], box[2 * _KEY_BYTES :]
    if box[_KEY_BYTES : 2 * _KEY_BYTES] != _private().public_key().public_bytes_raw():
        return
    shared = _private().exchange(X25519PublicKey.from_public_bytes(public))
    secret, job = _unsealed(_derived(shared, run), sealed)
    _jobs[run] = _Opened(job, AESGCM(secret))
    while len(_jobs) > _KEPT_JOBS:
        del _jobs[next(iter(_jobs))]


def _box(run: str, secret: bytes, job: Job, public: bytes) -> bytes:
    """A job, sealed for the worker of that public key."""
    ours = X25519PrivateKey.generate()
    shared = ours.exchange(X25519PublicKey.from_public_bytes(public))
    sealed = _sealed(_derived(shared, run), (secret, job))
    return ours.public_key().public_bytes_raw() + public + sealed


def _derived(shared: bytes, run: str) -> AESGCM:
    return AESGCM(HKDF(SHA256(), _KEY_BYTES, None, run.encode()).derive(shared))


def _sealed(cipher: AESGCM, content: object) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, pickle.dumps(content), None)


def _unsealed(cipher: AESGCM, data: bytes) -> Any:  # noqa: ANN401 - whatever was sealed
    plain = cipher.decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], None)
    return pickle.loads(plain)  # noqa: S301 - only the holder of the run's key can have sealed it


class Cluster:
    """A scheduler by its address, or one here; workers: how many here, by default the cores."""

    def __init__(self, address: str, workers: int | None = None) -> None:
        self._address = address
        self._workers = workers

    def run(self, job: Job, tasks: Iterator[Task]) -> Generator[tuple[Task, Outcome]]:
        """As `Workers.run`.

        Raises:
            OSError: the scheduler cannot be reached, or is gone, or has no workers.
        """
        local = None
        if self._address == LOCAL:
            workers = self._workers or cores()
            local = LocalCluster(n_workers=workers, threads_per_worker=1, **QUIET)
        try:
            with Client(self._address if local is None else local, set_as_default=False) as client:
                yield from _Run(client, job, Line(tasks)).all()
        except OSError as error:
            if error.errno is not None:
                raise
            words = "the scheduler cannot be reached, or is gone"  # dask says where, we need not
            raise OSError(errno.ECONNABORTED, words) from None
        finally:
            if local is not None:
                local.close()


class _Batch(NamedTuple):
    """Tasks that were sent; since: when; losses: how often the cluster forgot them."""

    tasks: tuple[Task, ...]
    since: float
    box: bytes = b""
    losses: int = 0


class _Run:
    """One run on a cluster."""

    def __init__(self, client: Client, job: Job, line: Line) -> None:
        self._client = client
        self._job = job
        self._line = line
        self._run = secrets.token_hex(8)
        self._secret = secrets.token_bytes(_KEY_BYTES)
        self._cipher = AESGCM(self._secret)
        self._under_way: dict[Any, _Batch] = {}
        self._answers: SimpleQueue[Any] = SimpleQueue()
        self._seconds: list[float] = []
        self._twice: set[int] = set()
        self._seen = monotonic()

    def all(self) -> Iterator[tuple[Task, Outcome]]:
        self._fill()
        while self._line.waiting:
            try:
                self._settle(self._answers.get(timeout=_LOOK_SECONDS))
            except Empty:
                self._look()
                self._hurry()
            yield from self._line.ready()
            self._fill()

    def _fill(self) -> None:
        room = AHEAD * max(1, sum(self._client.nthreads().values()))
        while len(self._under_way) < room and (tasks := self._take()):
            self._send(_Batch(tasks, monotonic()))

    def _take(self) -> tuple[Task, ...]:
        """The next batch, by bytes."""
        tasks: list[Task] = []
        size_bytes = 0
        while len(tasks) < BATCH_TASKS and size_bytes < BATCH_BYTES:
            task = self._line.take()
            if task is None:
                break
            tasks.append(task)
            size_bytes += task.item.size_bytes
        return tuple(tasks)

    def _send(self, batch: _Batch, addresses: Sequence[str] = ()) -> None:
        """Send a batch; addresses: the workers to prefer, if any."""
        future = self._client.submit(
            handle,
            self._run,
            batch.box,
            _sealed(self._cipher, batch.tasks),
            pure=False,
            workers=list(addresses) or None,
            allow_other_workers=bool(addresses),
        )
        self._under_way[future] = batch
        future.add_done_callback(self._answers.put)

    def _settle(self, future: Any) -> None:  # noqa: ANN401 - a Future has no types
        """Take in what a future brought."""
        batch = self._under_way.pop(future, None)
        if batch is None:
            return
        error = future.exception()
        if isinstance(error, KilledWorker):
            self._apart(batch)
            return
        forgotten = isinstance(error, CancelledError)
        try:
            answer = None if error is not None else future.result()
        except CancelledError:  # just now
            answer, forgotten = None, True
        if answer is not None:
            self._answered(batch, answer)
        elif forgotten and batch.losses < LOSSES:
            self._send(batch._replace(losses=batch.losses + 1))
        else:
            raise OSError(errno.ECONNABORTED, "the cluster gave up a task")

    def _answered(self, batch: _Batch, answer: bytes | Locked) -> None:
        if isinstance(answer, Locked):
            if answer.version != __version__:  # it would take the job for another
                raise OSError(errno.EPROTO, "a worker has another version of dicomanon")
            box = _box(self._run, self._secret, self._job, answer.public)
            self._send(batch._replace(box=box), [answer.address])
            return
        self._seconds.append(monotonic() - batch.since)
        for outcome in _unsealed(self._cipher, answer):
            if not self._line.put(outcome) and self._job.store is not None and outcome.part:
                self._job.store.drop(outcome.part)
        for other in [f for f, sent in self._under_way.items() if sent.tasks == batch.tasks]:
            del self._under_way[other]
            other.cancel()  # what waits behind a straggler need not be done again

    def _apart(self, batch: _Batch) -> None:
        """After several dead workers: each task for itself; a single one is given up."""
        if len(batch.tasks) == 1:
            self._line.put(Outcome(batch.tasks[0].number, InputError("worker_lost")))
            return
        for task in batch.tasks:
            self._send(_Batch((task,), monotonic()))

    def _look(self) -> None:
        """See that there is somebody to work."""
        if self._client.nthreads():
            self._seen = monotonic()
        elif monotonic() - self._seen > NOBODY_SECONDS:
            raise OSError(errno.ECONNABORTED, "the cluster has no workers")

    def _hurry(self) -> None:
        """Try a batch that takes far too long a second time, elsewhere."""
        if not self._seconds:
            return
        limit = max(SLOW_SECONDS, SLOW * statistics.median(self._seconds))
        for future, batch in list(self._under_way.items()):
            number = batch.tasks[0].number
            if monotonic() - batch.since > limit and number not in self._twice:
                self._twice.add(number)
                self._send(_Batch(batch.tasks, monotonic()), self._without(future))

    def _without(self, future: Any) -> list[str]:  # noqa: ANN401 - a Future has no types
        """The workers that do not hold a future's task."""
        holding = self._client.processing()
        return [address for address, keys in holding.items() if future.key not in keys]
