"""A worker process: reads a job and tasks from its standard input, writes outcomes back.

Strategy: frames of a length and a pickle, both ways, over pipes that only parent and child
hold; the key comes this way and stands in no argument and no environment. What the engine
prints goes to standard error, so it cannot break the frames.

Invariants: the worker ends when its input does, whatever became of the parent. An interrupt
from the terminal is the parent's to handle.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import struct
import sys
from typing import TYPE_CHECKING, BinaryIO

from dicomanon.batch.task import one

if TYPE_CHECKING:
    from typing import Any

_LENGTH = struct.Struct("<Q")


def send(stream: BinaryIO, content: object) -> None:
    """Write one frame."""
    data = pickle.dumps(content, pickle.HIGHEST_PROTOCOL)
    stream.write(_LENGTH.pack(len(data)) + data)
    stream.flush()


def receive(stream: BinaryIO) -> Any:  # noqa: ANN401 - whatever was sent
    """Read one frame.

    Raises:
        EOFError: the other side is gone.
    """
    head = stream.read(_LENGTH.size)
    data = stream.read(_LENGTH.unpack(head)[0]) if len(head) == _LENGTH.size else b""
    if not data:
        raise EOFError
    return pickle.loads(data)  # noqa: S301 - from our own parent or child


def work(tasks: BinaryIO, outcomes: BinaryIO) -> None:
    """Do tasks until there is no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        job = receive(tasks)
        if job.verify:
            from dicomanon.verify.lean import import_pydicom  # noqa: PLC0415 - for the check only

            import_pydicom()
        gc.freeze()
        while True:
            send(outcomes, one(job, receive(tasks)))
    except (EOFError, BrokenPipeError):
        return


def main(tasks: BinaryIO) -> None:
    """Be a worker process of its own, whose outcomes go where its standard output went."""
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as outcomes:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        work(tasks, outcomes)
