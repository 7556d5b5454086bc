"""The work on one instance: `one(job, task) -> Outcome`, plain data in and out.

Strategy: everything the person chose is one `Job`, which goes to a worker once; a `Task` is a
number and an item. The output is written as a part, or travels back as segments where the
store is not for workers to write to. What somebody wants to know of a Result, for a report
say, is an observer: a function that turns it into plain data where it was made.

Invariants: `one` never raises for what one input is like; a store that cannot be written to
is `Outcome.full`, and ends the run. An outcome holds no value of the source but what
observers put there.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

from dicomanon.batch.item import is_url
from dicomanon.dicom.scan import scan
from dicomanon.dicom.sink import size_of
from dicomanon.dicom.source import FileSource
from dicomanon.errors import DicomanonError, InputError
from dicomanon.naming import output_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from dicomanon.batch.item import Item
    from dicomanon.batch.store import Store
    from dicomanon.dicom.instance import Instance
    from dicomanon.dicom.segment import Segment
    from dicomanon.dicom.source import Source
    from dicomanon.engine import Look, Result
    from dicomanon.pixels.region import Region
    from dicomanon.pixels.unmaskable import Unmaskable
    from dicomanon.policy.identity import Identity
    from dicomanon.policy.key import Key
    from dicomanon.policy.profile import Profile
    from dicomanon.verify.finding import Accepted

FLAT = "{instance}.dcm"


class Job(NamedTuple):
    """What is the same for all tasks of a run; it can be pickled.

    unmaskable: what becomes of compressed pixels that no mask can be burned into; find: more
    regions, by what an instance shows; left: more findings, by what its output
    shows; template: names below the store of what was
    found in folders (`naming.output_path`), files that were named lie flat; known: by
    `patient_of`, what all inputs say of one; learns: only to tell that; store: where parts are
    written; carries: whether segments travel back instead; observers: module-level
    functions of a Result whose answers can be pickled.
    """

    profile: Profile
    key: Key
    template: str
    regions: tuple[Region, ...] = ()
    unmaskable: Unmaskable = "refuse"
    find: Callable[[Instance], Sequence[Region]] | None = None
    left: Look | None = None
    verify: bool = True
    accepted: Accepted | None = None
    looked_at: bool = False
    known: Mapping[tuple[str, str], Identity] | None = None
    learns: bool = False
    store: Store | None = None
    carries: bool = False
    observers: tuple[Callable[[Result], object], ...] = ()


class Task(NamedTuple):
    """One item of a run, numbered from 1 in order of the inputs."""

    number: int
    item: Item


class Outcome(NamedTuple):
    """What became of a task.

    error: why nothing was written; cause: the class of an exception that nobody foresaw;
    full: the system's number for why the store cannot be written to; path: the name wanted;
    part: the store's own name of what was written; observed: the observers' answers.
    """

    number: int
    error: DicomanonError | None = None
    cause: str = ""
    full: int = 0
    path: str = ""
    part: str = ""
    size_bytes: int = 0
    segments: tuple[Segment, ...] = ()
    observed: tuple[object, ...] = ()
    seconds: float = 0.0


def one(job: Job, task: Task) -> Outcome:
    """Anonymize one item and write the part."""
    started = perf_counter()
    try:
        with opened(task.item) as source:
            outcome = _learned(task, source) if job.learns else _written(job, task, source)
    except DicomanonError as error:
        outcome = Outcome(task.number, error)
    except OSError as error:
        outcome = Outcome(task.number, InputError("internal"), "OSError", error.errno or -1)
    except Exception as error:  # noqa: BLE001 - one bad file never stops the rest
        outcome = Outcome(task.number, InputError("internal"), type(error).__name__)
    return outcome._replace(seconds=perf_counter() - started)


def _learned(task: Task, source: Source) -> Outcome:
    """Who the instance is about, if it says so; nothing is written."""
    from dicomanon.policy.identity import collect, patient_of  # noqa: PLC0415 - two passes only

    instance = scan(source)
    return Outcome(task.number, observed=(patient_of(instance), collect(instance)))


def _known(job: Job, instance: Instance) -> Identity | None:
    """What all inputs together say of the instance's patient."""
    if job.known is None:
        return None
    from dicomanon.policy.identity import patient_of  # noqa: PLC0415 - two passes only

    whose = patient_of(instance)
    return None if whose is None else job.known.get(whose)


def _written(job: Job, task: Task, source: Source) -> Outcome:
    from dicomanon.engine import anonymize_instance  # noqa: PLC0415 - listing needs no engine

    instance = scan(source)
    regions = job.regions if job.find is None else (*job.regions, *job.find(instance))
    result = anonymize_instance(
        instance,
        job.profile,
        job.key,
        regions,
        unmaskable=job.unmaskable,
        verify=job.verify,
        looked_at=job.looked_at,
        accepted=job.accepted,
        known=_known(job, instance),
        left=job.left,
    )
    template = FLAT if task.item.named else job.template
    outcome = Outcome(
        task.number,
        path=output_path(instance, job.key, template),
        size_bytes=size_of(result.segments),
        segments=tuple(result.segments) if job.carries else (),
        observed=tuple(observe(result) for observe in job.observers),
    )
    if job.store is None:
        return outcome
    return outcome._replace(part=job.store.write(source, result.segments))


@contextmanager
def opened(item: Item) -> Iterator[Source]:
    """An item's bytes.

    Raises:
        InputError: it cannot be opened, or is no sound entry of its ZIP.
    """
    if item.error is not None:
        raise item.error
    if is_url(item.place):
        from dicomanon.batch.cloud import opened as remote  # noqa: PLC0415 - an extra

        with remote(item) as source:
            yield source
        return
    try:
        descriptor = os.open(item.place, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    except OSError:
        raise InputError("unreadable") from None
    try:
        whole = FileSource(descriptor)
        if item.entry is None:
            yield whole
        else:
            from dicomanon.batch import archive  # noqa: PLC0415 - most files are no ZIPs

            with archive.opened(whole, item, item.entry) as source:
                yield source
    finally:
        os.close(descriptor)
