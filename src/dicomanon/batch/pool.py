"""Tasks in this process, or in worker processes of this machine.

Strategy: each worker (`process.py`) has a few tasks ahead, so that it never waits for us; a
thread a worker moves its answers into one queue.

Invariants: a worker that dies takes nothing with it: the task it was at is given to another
once more, and is an error of its own if that one dies too; the others are simply given away.
No worker outlives its run.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from itertools import chain, islice
from queue import SimpleQueue
from threading import Thread, active_count
from typing import TYPE_CHECKING, NamedTuple, Protocol

from dicomanon.batch.line import Line
from dicomanon.batch.process import forked, spawned
from dicomanon.batch.task import Outcome, one
from dicomanon.batch.worker import receive, send
from dicomanon.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from dicomanon.batch.process import Process
    from dicomanon.batch.task import Job, Task

AHEAD = 8
"""Tasks a worker holds: enough to bridge the time until we look again."""
FEW = 16
"""So many tasks are done here before a worker would have started."""
_ATTEMPTS = 2


class Workers(Protocol):
    """Who does the tasks of a run."""

    def run(self, job: Job, tasks: Iterator[Task]) -> Generator[tuple[Task, Outcome]]:
        """Each task with its outcome, in order; ends what it started when it is closed."""
        ...


def cores() -> int:
    """How many processors this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


class Processes:
    """Worker processes, so many of them; for a few tasks none at all.

    forks: this process has one thread, so its workers may be copies of it where the system
    can do that: they are there at once. Otherwise each starts from nothing.
    """

    def __init__(self, workers: int, *, forks: bool = False) -> None:
        self._workers = workers
        self._forks = forks and sys.platform == "linux"

    def run(self, job: Job, tasks: Iterator[Task]) -> Generator[tuple[Task, Outcome]]:
        """As `Workers.run`."""
        first = list(islice(tasks, FEW)) if self._workers > 1 else []
        if self._workers == 1 or len(first) < FEW:
            for task in chain(first, tasks):
                yield task, one(job, task)
            return
        line = Line(chain(first, tasks))
        # Only now: to list the first tasks of a store may have started threads.
        pool = _Pool(job, self._workers, line, forks=self._forks and active_count() == 1)
        try:
            yield from pool.run()
        finally:
            pool.close()


class _Answer(NamedTuple):
    """outcome: None when the worker is gone."""

    worker: _Worker
    outcome: Outcome | None


class _Worker:
    """One process and the tasks it holds, the one it is at first."""

    def __init__(self, process: Process, job: Job, answers: SimpleQueue[_Answer]) -> None:
        self._process = process
        self.tasks: deque[Task] = deque()
        self._send(job)
        self._thread = Thread(target=self._listen, args=(answers,), daemon=True)
        self._thread.start()

    def give(self, task: Task) -> None:
        """Add a task to those it holds."""
        self.tasks.append(task)
        self._send(task)

    def _send(self, content: object) -> None:
        try:
            send(self._process.tasks, content)
        except BrokenPipeError:
            return  # the listener tells that the worker is gone

    def _listen(self, answers: SimpleQueue[_Answer]) -> None:
        try:
            while True:
                answers.put(_Answer(self, receive(self._process.outcomes)))
        except (EOFError, OSError):
            answers.put(_Answer(self, None))

    def close(self) -> None:
        """End it, in the middle of a task if it is at one."""
        self._process.end()
        self._thread.join()
        self._process.close()


class _Pool:
    """The workers of one run."""

    def __init__(self, job: Job, workers: int, line: Line, *, forks: bool) -> None:
        self._job = job
        self._line = line
        self._answers: SimpleQueue[_Answer] = SimpleQueue()
        self._again: deque[Task] = deque()
        self._deaths: dict[int, int] = {}
        # Before the first listener: a process is forked while it has one thread.
        processes: list[Process] = []
        for _ in range(workers):
            processes.append(forked(processes) if forks else spawned())
        self._workers = [_Worker(process, job, self._answers) for process in processes]

    def run(self) -> Iterator[tuple[Task, Outcome]]:
        self._fill()
        while any(worker.tasks for worker in self._workers):
            answer = self._answers.get()
            if answer.outcome is None:
                self._replace(answer.worker)
            else:
                answer.worker.tasks.popleft()
                self._line.put(answer.outcome)
            yield from self._line.ready()
            self._fill()

    def _fill(self) -> None:
        """Give tasks, one each in turn, until nobody has room."""
        for depth in range(1, AHEAD + 1):
            for worker in self._workers:
                if len(worker.tasks) < depth:
                    task = self._again.popleft() if self._again else self._line.take()
                    if task is None:
                        return
                    worker.give(task)

    def _replace(self, dead: _Worker) -> None:
        """A new worker in place of one that died; its tasks go back."""
        held = list(dead.tasks)
        dead.close()
        self._workers[self._workers.index(dead)] = _Worker(spawned(), self._job, self._answers)
        if held:
            number = held[0].number
            self._deaths[number] = self._deaths.get(number, 0) + 1
            if self._deaths[number] >= _ATTEMPTS:
                self._line.put(Outcome(number, InputError("worker_lost")))
                held.pop(0)
        self._again.extend(held)

    def close(self) -> None:
        for worker in self._workers:
            worker.close()
