"""Tasks under way: taken in order, done in any order, handed back in order.

Strategy: who runs tasks takes the next one when there is room and puts outcomes back as they
come; what is done early waits here. How far work may run ahead of the oldest task is limited,
so that one large file does not make a heap of the small ones behind it.

Invariants: every task taken comes back exactly once, in the order it was taken. A second
outcome for the same task is told to be one.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dicomanon.batch.task import Outcome, Task

LEAD = 1024


class Line:
    """The tasks of one run; lead: how many may be under way or wait for an older one."""

    def __init__(self, tasks: Iterator[Task], lead: int = LEAD) -> None:
        self._tasks = tasks
        self._lead = lead
        self._taken: deque[Task] = deque()
        self._under_way: set[int] = set()
        self._done: dict[int, Outcome] = {}

    @property
    def waiting(self) -> bool:
        """Whether a task that was taken has not been handed back."""
        return bool(self._taken)

    def take(self) -> Task | None:
        """The next task, None if there is none or it has to wait."""
        if len(self._taken) >= self._lead:
            return None
        task = next(self._tasks, None)
        if task is not None:
            self._taken.append(task)
            self._under_way.add(task.number)
        return task

    def put(self, outcome: Outcome) -> bool:
        """Give an outcome back; False if its task has one already."""
        if outcome.number not in self._under_way:
            return False
        self._under_way.remove(outcome.number)
        self._done[outcome.number] = outcome
        return True

    def ready(self) -> Iterator[tuple[Task, Outcome]]:
        """What can be handed on now."""
        while self._taken and self._taken[0].number in self._done:
            task = self._taken.popleft()
            yield task, self._done.pop(task.number)
