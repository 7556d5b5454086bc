"""Tasks under way: taken in order, done in any order, handed back in order.

Strategy: who runs tasks takes the next one when there is room and puts outcomes back as they
come; what is done early waits here. How far work may run ahead of the oldest task is limited,
so that one large file does not make a heap of the small ones behind it.

Invariants: every task taken comes back exactly once, in the order it was taken. A second
outcome for the same task is told to be one.
"""

from __future__ import annotations

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
        self._under_way: dict[int, Task] = {}
        self._done: dict[int, Outcome] = {}

    @property
    def waiting(self) -> bool:
        """Whether a task that was taken has not been handed back."""
        return bool(self._under_way)

    def take(self) -> Task | None:
        """The next task, None if there is none or it has to wait."""
        if len(self._under_way) >= self._lead:
            return None
        task = next(self._tasks, None)
        if task is not None:
            self._under_way[task.number] = task
        return task

    def put(self, outcome: Outcome) -> bool:
        """Give an outcome back; False if its task has one already."""
        number = outcome.number
        if number not in self._under_way or number in self._done:
            return False
        self._done[number] = outcome
        return True

    def ready(self) -> Iterator[tuple[Task, Outcome]]:
        """What can be handed on now."""
        while self._under_way and (number := next(iter(self._under_way))) in self._done:
            yield self._under_way.pop(number), self._done.pop(number)
