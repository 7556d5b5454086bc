"""Worker processes: what one input does to them stays with that input."""

from __future__ import annotations

import os
import pickle
import signal
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dicomanon.batch.item import Item
from dicomanon.batch.journal import Journal
from dicomanon.batch.line import Line
from dicomanon.batch.pool import Processes
from dicomanon.batch.run import Run
from dicomanon.batch.store import FolderStore
from dicomanon.batch.task import Job, Outcome, Task, one
from dicomanon.batch.walk import items
from dicomanon.errors import LeakError
from dicomanon.naming import TEMPLATE
from dicomanon.policy.key import Key
from dicomanon.policy.profile import profile
from tests.batch import batches

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dicomanon.dicom.instance import Instance
    from dicomanon.dicom.segment import Segment
    from dicomanon.dicom.source import Source
    from dicomanon.engine import Result
    from dicomanon.pixels.region import Region

JOB = Job(profile("research"), Key(batches.SECRET), TEMPLATE, verify=False)


def ends(instance: Instance) -> Sequence[Region]:
    """Takes its process along, as a crash in a codec does, for one of the instances."""
    if instance.text(0x00080018).strip("\0 ") == "1.2.3.7":
        os.kill(os.getpid(), signal.SIGKILL)
    return ()


class Deadly(FolderStore):
    """Takes the first process along that has written a part, before it can tell anybody."""

    def write(self, source: Source, segments: Iterable[Segment]) -> str:
        """As `Store.write`."""
        part = super().write(source, segments)
        mark = Path(self.path("died"))
        if not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return part


def fails(_instance: Instance) -> Sequence[Region]:
    raise ZeroDivisionError


def prints(_result: Result) -> str:
    print("a library that talks on standard output")  # noqa: T201 - what it is about
    return "seen"


def tasks(folder: Path) -> Iterator[Task]:
    return (Task(number, item) for number, item in enumerate(items([str(folder)]), 1))


@pytest.mark.parametrize("workers", [1, 2])
def test_outcomes_come_in_order(tmp_path: Path, workers: int) -> None:
    """As many outcomes as tasks, in their order, whoever did them; observers answer."""
    source = batches.fill(tmp_path / "in", 40)
    job = JOB._replace(observers=(prints,))
    found = list(Processes(workers).run(job, tasks(source)))
    assert [outcome.number for _, outcome in found] == list(range(1, 45))
    assert sum(outcome.error is not None for _, outcome in found) == 2
    assert {o.observed for _, o in found if o.error is None} == {("seen",)}


def test_a_worker_that_dies(tmp_path: Path) -> None:
    """The input that kills workers is told, all others are done."""
    source = batches.fill(tmp_path / "in", 40)
    found = list(Processes(2).run(JOB._replace(find=ends), tasks(source)))
    assert len(found) == 44
    lost = [t.item.label for t, o in found if o.error is not None and o.error.code == "worker_lost"]
    assert [path.rpartition("/")[2] for path in lost] == ["0007.dcm"]


def test_a_worker_that_dies_once(tmp_path: Path) -> None:
    """Its instance is done again, and there once: what it left is no output."""
    source, out, alone = batches.fill(tmp_path / "in", 40), tmp_path / "out", tmp_path / "alone"
    for folder, kind in ((alone, FolderStore), (out, Deadly)):
        folder.mkdir()
        job = JOB._replace(store=kind(folder))
        with closing(Journal(None, job)) as journal:
            run = Run(job, journal, Processes(2))
            found = [done.number for done in run.all(items([str(source)]))]
        assert found == list(range(1, 45))
    (out / "died").unlink()
    assert batches.tree(out) == batches.tree(alone)
    assert not (out / batches.OURS).exists()


def test_an_exception_that_nobody_foresaw(tmp_path: Path) -> None:
    """It is that input's error, told by its class alone."""
    (tmp_path / "a.dcm").write_bytes(batches.instance(1))
    ((_, outcome),) = Processes(1).run(JOB._replace(find=fails), tasks(tmp_path))
    assert outcome.error is not None
    assert (outcome.error.code, outcome.cause) == ("internal", "ZeroDivisionError")


def test_what_cannot_be_opened(tmp_path: Path) -> None:
    """It is an error of the input's own: gone, a folder, a pipe, or not permitted."""
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (found,) = items([str(tmp_path / "pipe")])
    assert found.error is not None
    for place in ("gone", "folder"):
        outcome = one(JOB, Task(1, Item(str(tmp_path / place), 10)))
        assert outcome.error is not None
        assert outcome.error.code == "unreadable"


def test_a_file_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run goes on, and says so with exit code 2."""
    source = batches.fill(tmp_path / "in", 3)
    real = os.open

    def guarded(path: str, *arguments: int, **named: int) -> int:
        if str(path).endswith("0001.dcm"):
            raise PermissionError(13, "Permission denied", path)
        return real(path, *arguments, **named)

    monkeypatch.setattr(os, "open", guarded)
    found = [outcome.error for _, outcome in Processes(1).run(JOB, tasks(source))]
    assert [error.code for error in found if error] == ["not_dicom", "truncated", "unreadable"]


def test_errors_travel_whole() -> None:
    """Code, place and findings of an error come back from a worker as they were."""
    error = pickle.loads(pickle.dumps(LeakError("leak", offset=7)))  # noqa: S301
    assert (error.code, error.offset, error.findings) == ("leak", 7, ())


def test_a_line_runs_ahead_only_so_far() -> None:
    """Behind an old task only so many others wait; a second outcome does not count."""
    line = Line((Task(n, Item("", 0)) for n in range(1, 10)), lead=3)
    taken = [line.take() for _ in range(4)]
    assert [task.number if task else None for task in taken] == [1, 2, 3, None]
    assert line.put(Outcome(2))
    assert not line.put(Outcome(2))
    assert list(line.ready()) == []
    line.put(Outcome(1))
    assert [task.number for task, _ in line.ready()] == [1, 2]
    assert line.take() is not None
    assert line.waiting


def test_the_key_is_in_no_argument(tmp_path: Path) -> None:
    """While workers work, no process shows the key in its arguments or environment."""
    source = batches.fill(tmp_path / "in", 40)
    run = Processes(2).run(JOB, tasks(source))
    next(run)
    shown = b""
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            shown += _shown(process / "cmdline") + _shown(process / "environ")
    run.close()
    assert b"dicomanon.batch.worker" in shown
    assert batches.SECRET not in shown
    assert batches.SECRET.hex().encode() not in shown


def _shown(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
