"""Worker processes: a copy of this one, or an interpreter started from nothing.

Strategy: a copy (fork) costs a millisecond, and is only for a process that is ours and has
one thread, as the command line is. Anyone else gets plain interpreters with pipes, started
without the main module of whoever called us, so a library needs no guard around its caller's
code and no fork meets foreign threads.

Invariants: only this process holds the other ends of a worker's pipes, so a worker ends when
this process does, however that came about.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from dicomanon.batch import worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_BOOT = (
    "import sys, pickle; sys.path[:] = pickle.load(sys.stdin.buffer); "
    "from dicomanon.batch.worker import main; main(sys.stdin.buffer)"
)


class Process(NamedTuple):
    """A worker process: where its tasks go, where its outcomes come from, how it ends."""

    tasks: BinaryIO
    outcomes: BinaryIO
    end: Callable[[], object]

    def close(self) -> None:
        """Let go of the pipes."""
        for stream in (self.tasks, self.outcomes):
            try:
                stream.close()
            except BrokenPipeError:
                continue  # what was not sent to a dead worker is nobody's


def spawned() -> Process:
    """A new interpreter."""
    import subprocess  # noqa: PLC0415 - takes 2 ms to import, and copies need none

    flags = ["-I", *(("-X", "utf8") if sys.flags.utf8_mode else ())]
    process = subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, *flags, "-c", _BOOT], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    tasks, outcomes = process.stdin, process.stdout
    assert tasks is not None and outcomes is not None  # noqa: S101, PT018 - they are pipes
    tasks.write(pickle.dumps(sys.path))

    def end() -> None:
        process.terminate()
        process.wait()

    return Process(tasks, outcomes, end)  # type: ignore[arg-type]  # IO[bytes] of a pipe


def forked(others: Iterable[Process]) -> Process:
    """A copy of this process, which keeps nothing of the pipes to the others."""
    (source, tasks), (outcomes, answers) = os.pipe(), os.pipe()
    pid = os.fork()
    if pid == 0:
        held = (stream.fileno() for other in others for stream in other[:2])
        for descriptor in (tasks, outcomes, *held):
            os.close(descriptor)
        _work(source, answers)
    os.close(source)
    os.close(answers)

    def end() -> None:
        os.kill(pid, signal.SIGTERM)
        os.waitpid(pid, 0)

    return Process(os.fdopen(tasks, "wb"), os.fdopen(outcomes, "rb"), end)


def _work(source: int, answers: int) -> None:
    """Be a worker, and nothing of what this was a copy of."""
    code = 1
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.dup2(2, 1)  # what the engine prints is no result
        with os.fdopen(source, "rb") as tasks, os.fdopen(answers, "wb") as outcomes:
            worker.work(tasks, outcomes)
        code = 0
    finally:
        os._exit(code)
