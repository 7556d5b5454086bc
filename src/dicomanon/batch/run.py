"""A run: items to outputs, each named and noted in order.

Strategy: items that the journal knows as they are, and whose output is there, are not looked
at again; those it knows as refused are told again, in their place among the others. Outcomes
come back from the workers in order of the items; the first output that wants a name gets it,
a later one gets a number behind it, unless it is the same to the byte.

Invariants: no name depends on who was quick. An input is never written over. A store that is
full ends the run, and what was noted before stays noted.
"""

from __future__ import annotations

import os
from itertools import count
from typing import TYPE_CHECKING, NamedTuple, cast

from dicomanon.batch.journal import Known
from dicomanon.batch.task import Task
from dicomanon.errors import NotDicomError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from dicomanon.batch.item import Item
    from dicomanon.batch.journal import Journal
    from dicomanon.batch.packed import Packed
    from dicomanon.batch.pool import Workers
    from dicomanon.batch.task import Job, Outcome
    from dicomanon.errors import DicomanonError
    from dicomanon.policy.identity import Identity

Patient = tuple[str, str]
"""Patient ID and its issuer."""
SKIPPED_IN_FOLDERS = (NotDicomError, UnsupportedError)
_TRANSIENT = ("unreadable", "internal", "worker_lost")
"""What may be otherwise the next time, though the input is the same."""


class Done(NamedTuple):
    """What became of an item.

    name: the output's, "" if there is none; error: why there is none; twin: whether the output
    was there already, of another input and the same to the byte.
    """

    number: int
    item: Item
    name: str
    error: DicomanonError | None
    outcome: Outcome
    twin: bool = False

    @property
    def skipped(self) -> bool:
        """Whether nothing else was to be expected: nobody named it, and it is no instance."""
        return isinstance(self.error, SKIPPED_IN_FOLDERS) and not self.item.named


def identities(job: Job, items: Iterable[Item], workers: Workers) -> dict[Patient, Identity]:
    """What all items together say of each patient, by `patient_of`: a first pass over them.

    One instance may name in a text whom only another's header names. Without this pass an
    output depends on its own input alone, whatever lies beside it; that is why it is a choice.
    Items without a Patient ID say nothing of each other.
    """
    learns = job._replace(learns=True, find=None, store=None, carries=False, observers=())
    tasks = (Task(number, item) for number, item in enumerate(items, 1))
    found: dict[Patient, Identity] = {}
    for _, outcome in workers.run(learns, tasks):
        if outcome.error is None:
            whose, identity = cast("tuple[Patient | None, Identity]", outcome.observed)
            if whose is not None:
                found[whose] = found[whose].merge(identity) if whose in found else identity
    return found


class Run:
    """One run of a job.

    inputs: files that must not be written over; packed: where segments go that came back;
    before: how many outputs of earlier runs stand, so far.
    """

    def __init__(
        self,
        job: Job,
        journal: Journal,
        workers: Workers,
        packed: Packed | None = None,
        inputs: Iterable[str] = (),
    ) -> None:
        self._job = job
        self._journal = journal
        self._workers = workers
        self._packed = packed
        self._inputs = frozenset(os.path.realpath(path) for path in inputs)
        self._under_way: dict[int, tuple[bytes, bytes]] = {}
        self.before = 0

    def all(self, items: Iterable[Item]) -> Generator[Done]:
        """Do all items, and tell of each when its output stands under its name.

        What was written before is only counted; what was refused before is told again.

        Raises:
            OSError: the store or the journal cannot be written.
        """
        store = self._job.store
        if store is not None:
            store.begin()
        under_way = self._workers.run(self._job, self._tasks(items))
        try:
            for task, outcome in under_way:
                digests = self._under_way.pop(task.number)
                if self._is_done(digests):
                    self._drop(outcome)
                else:
                    yield self._settled(task, outcome, digests)
        finally:
            under_way.close()
            if store is not None:
                store.end()

    def _tasks(self, items: Iterable[Item]) -> Iterator[Task]:
        """What is left to do, or to be told again; what is written goes past."""
        for number, item in enumerate(items, 1):
            digests = item.digests(self._job.key)
            known = self._journal.find(*digests)
            if known is not None and self._stands(known):
                self.before += 1
                continue
            self._under_way[number] = digests
            refused = None if known is None else known.error
            yield Task(number, item if refused is None else item._replace(error=refused))

    def _stands(self, known: Known) -> bool:
        """Whether an input's output is there, and whole."""
        store = self._job.store
        written = known.error is None
        return written and (store is None or store.size_bytes(known.name) == known.size_bytes)

    def _is_done(self, digests: tuple[bytes, bytes]) -> bool:
        """Whether an item that was named twice was done while it was under way."""
        known = self._journal.find(*digests)
        return known is not None and self._stands(known)

    def _drop(self, outcome: Outcome) -> None:
        self.before += 1
        if self._job.store is not None and outcome.part:
            self._job.store.drop(outcome.part)

    def _settled(self, task: Task, outcome: Outcome, digests: tuple[bytes, bytes]) -> Done:
        """Name and note one outcome."""
        if outcome.full:
            raise OSError(outcome.full, os.strerror(outcome.full))
        place, stamp = digests
        error, name, twin = outcome.error, "", False
        if error is None:
            name, twin = self._named(place, outcome)
            self._placed(name, task.item, outcome, twin=twin)
        lasts = error is None or error.code not in _TRANSIENT
        if lasts and task.item.error is None:  # what was never opened is found again, or noted
            self._journal.note(place, stamp, Known(name, outcome.size_bytes, error))
        return Done(task.number, task.item, name, error, outcome, twin)

    def _named(self, place: bytes, outcome: Outcome) -> tuple[str, bool]:
        """The name of an output, and whether just that output is there already."""
        store = self._job.store
        stem, dot, ending = outcome.path.rpartition(".")
        name = outcome.path
        for number in count(2):
            owners = self._journal.owners(name) - {place}
            if owners and store is not None and store.same(outcome.part, name):
                return name, True
            if not owners and not self._is_input(name):
                break
            name = f"{stem}-{number}{dot}{ending}"
        return name, False

    def _placed(self, name: str, item: Item, outcome: Outcome, *, twin: bool) -> None:
        store = self._job.store
        if store is not None and twin:
            store.drop(outcome.part)
        elif store is not None:
            store.place(outcome.part, name)
        if self._packed is not None:
            self._packed.add(name, item, outcome.segments)

    def _is_input(self, name: str) -> bool:
        store = self._job.store
        return bool(self._inputs) and store is not None and store.path(name) in self._inputs
