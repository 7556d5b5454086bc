"""One call of `anonymize` or `watch`: what the person wants, made into a run.

Strategy: `Wanted` is the command line as data. It becomes a `Job`, a place for the outputs,
a journal and somebody to do the work; everything that can be wrong with it is found before
the first file is opened.

Invariants: a run with a key given keeps a journal and can be resumed; one without cannot, for
its key is forgotten. A crosswalk is written only on request, also when a run was stopped, and
never over another; since it is of one run, that run does everything anew.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import click

from dicomanon.cli import choices
from dicomanon.cli.common import passphrase
from dicomanon.cli.tell import Manner, Teller

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from dicomanon.batch.item import Item
    from dicomanon.batch.packed import Packed
    from dicomanon.batch.pool import Workers
    from dicomanon.batch.run import Done, Run
    from dicomanon.batch.task import Job
    from dicomanon.cli.crosswalk import CrosswalkFolder
    from dicomanon.engine import Result
    from dicomanon.policy.crosswalk import Crosswalk
    from dicomanon.report.run import Writer


class Wanted(NamedTuple):
    """The options of a run, as the command line has them."""

    sources: tuple[str, ...]
    output: str | None
    choices: choices.Choices
    template: str
    workers: int | None = None
    scheduler: str | None = None
    on_error: str = "skip"
    two_pass: bool = False
    redo: bool = False
    dry_run: bool = False
    describe: bool = False
    as_json: bool = False
    show_names: bool = False
    quarantine: Path | None = None
    zip_phrase_file: str | None = None
    crosswalk: Path | None = None
    seal_crosswalk: bool = False
    crosswalk_phrase_file: str | None = None
    report: Path | None = None

    def items(self) -> Iterator[Item]:
        """The inputs, from the first."""
        from dicomanon.batch.walk import items  # noqa: PLC0415 - commands import what they use

        return items(self.sources, self.folder)

    @property
    def writes(self) -> bool:
        """Whether there will be outputs."""
        return not (self.dry_run or self.describe)

    @property
    def folder(self) -> Path | None:
        """The output folder on this machine."""
        from dicomanon.batch.item import is_url  # noqa: PLC0415 - commands import what they use

        elsewhere = self.output is None or self.is_zip or is_url(self.output)
        return None if elsewhere else Path(self.output or "")

    @property
    def is_zip(self) -> bool:
        """Whether the outputs go into one ZIP."""
        return self.output is not None and self.output.lower().endswith(".zip")


class Session(NamedTuple):
    """A run that is ready: the engine's run, and who tells of it."""

    batch: Run
    teller: Teller
    observers: tuple[str, ...]
    entries: Writer | None
    walk: CrosswalkFolder | None

    def take(self, done: Done) -> None:
        """Tell of an item, and remember what was asked for."""
        # Of an error there is nothing observed.
        seen = dict(zip(self.observers, done.outcome.observed, strict=False))
        self.teller.tell(done, seen)
        if self.walk is not None and "crosswalk" in seen:
            self.walk.table.merge(cast("Crosswalk", seen["crosswalk"]))
        if self.entries is not None:
            self.entries.add(_entry(done, seen))


def run(wanted: Wanted) -> int:
    """Do it; the exit code."""
    total = None
    if sys.stderr.isatty() and not wanted.describe:
        total = sum(1 for _ in wanted.items())
    with prepared(wanted, total) as session:
        with closing(session.batch.all(wanted.items())) as dones, stopped(wanted):
            for done in dones:
                session.take(done)
                if done.error is not None and not done.skipped and wanted.on_error == "stop":
                    break
        return session.teller.end(session.batch.before)


@contextmanager
def stopped(wanted: Wanted) -> Iterator[None]:
    """What stops a run in its middle is told as that, and what to do then."""
    try:
        yield
    except OSError as error:
        resumes = wanted.choices.key_file is not None and wanted.writes and not wanted.is_zip
        then = " The same command goes on from there." if resumes else ""
        raise OSError(error.errno, f"The run stopped: {error.strerror}.{then}") from None


@contextmanager
def _output() -> Iterator[None]:
    """What is wrong with the output is told as that."""
    try:
        yield
    except OSError as error:
        words = f"The output cannot be written: {error.strerror}."
        raise OSError(error.errno, words) from None


@contextmanager
def prepared(wanted: Wanted, total: int | None = None) -> Iterator[Session]:
    """Everything a run needs, checked and opened; closed again at the end."""
    from dicomanon.batch.journal import kept  # noqa: PLC0415 - commands import what they use
    from dicomanon.batch.run import Run, identities  # noqa: PLC0415
    from dicomanon.batch.store import store_at  # noqa: PLC0415

    observers = _observers(wanted)
    job = choices.job_of(wanted.choices, template=wanted.template)
    job = job._replace(observers=tuple(observers.values()), carries=wanted.is_zip and wanted.writes)
    if job.verify:
        from dicomanon.verify.lean import import_pydicom  # noqa: PLC0415 - for the check only

        import_pydicom()  # once, before workers become copies of this process
    with ExitStack() as stack:
        walk = _walk(wanted, stack)
        entries = _entries(wanted, job, stack)
        packed = _packed(wanted, stack)
        place = wanted.output if wanted.writes and not wanted.is_zip else None
        with _output():
            job = job._replace(store=None if place is None else store_at(place))
        if wanted.two_pass:
            job = job._replace(known=identities(job, wanted.items(), _workers(wanted)))
        keyed, anew = wanted.choices.key_file is not None, wanted.redo or walk is not None
        with _output():
            journal = stack.enter_context(kept(place, job, keyed=keyed, anew=anew, waits=_waits))
        manner = Manner(
            as_json=wanted.as_json,
            show_names=wanted.show_names,
            describes=wanted.describe,
            writes=wanted.writes,
            quarantine=wanted.quarantine,
            total=total,
        )
        teller = stack.enter_context(Teller(manner))
        named = (source for source in wanted.sources if Path(source).is_file())
        batch = Run(job, journal, _workers(wanted), packed, named)
        yield Session(batch, teller, tuple(observers), entries, walk)


def _waits() -> None:
    message = "Another run was at work here; a minute will show whether it still is."
    click.echo(f"dicomanon: {message}", err=True)


def _observers(wanted: Wanted) -> dict[str, Callable[[Result], object]]:
    """What is wanted of each Result, by name."""
    from dicomanon.batch import observe  # noqa: PLC0415

    found: dict[str, Callable[[Result], object]] = {}
    if wanted.as_json:
        found["summary"] = observe.summary
    if wanted.describe:
        found["rows"] = observe.rows
    if wanted.crosswalk is not None and wanted.writes:
        found["crosswalk"] = observe.crosswalk
    if wanted.report is not None and wanted.writes:
        from dicomanon.report.entry import observed  # noqa: PLC0415

        found["report"] = observed
    return found


def _walk(wanted: Wanted, stack: ExitStack) -> CrosswalkFolder | None:
    if wanted.crosswalk is None or not wanted.writes:
        return None
    from dicomanon.cli.crosswalk import CrosswalkFolder  # noqa: PLC0415

    folder = CrosswalkFolder(
        wanted.crosswalk, wanted.crosswalk_phrase_file, seals=wanted.seal_crosswalk
    )
    return stack.enter_context(folder)


def _entries(wanted: Wanted, job: Job, stack: ExitStack) -> Writer | None:
    if wanted.report is None or not wanted.writes:
        return None
    from dicomanon.cli.report import ReportFolder  # noqa: PLC0415

    folder = ReportFolder(wanted.report, job.profile, job.key, verify=job.verify)
    return stack.enter_context(folder).writer


def _entry(done: Done, seen: Mapping[str, Any]) -> dict[str, Any]:
    from dicomanon.report.entry import refused, written  # noqa: PLC0415

    seconds = done.outcome.seconds
    if done.error is not None:
        return refused(done.number, done.error, seconds)
    return written(done.number, seen["report"], done.name, seconds)


def _packed(wanted: Wanted, stack: ExitStack) -> Packed | None:
    if not wanted.is_zip or not wanted.writes or wanted.output is None:
        return None
    from dicomanon.batch.item import is_url  # noqa: PLC0415
    from dicomanon.batch.packed import Packed  # noqa: PLC0415

    path = Path(wanted.output)
    if is_url(wanted.output):
        message = "a ZIP is written on this machine only"
        raise click.UsageError(message)
    if path.exists():
        message = "the ZIP exists already"
        raise click.UsageError(message)
    path.parent.mkdir(parents=True, exist_ok=True)
    return stack.enter_context(Packed(path, zip_passphrase(wanted.zip_phrase_file)))


def zip_passphrase(phrase_file: str | None) -> str | None:
    """From a file, or typed at a terminal, where an empty one means none."""
    if phrase_file is not None:
        return passphrase(phrase_file, new=True)
    if not sys.stdin.isatty():
        return None
    asked = "Passphrase of the ZIP, empty for none"
    typed: str = click.prompt(
        asked, "", hide_input=True, confirmation_prompt=True, show_default=False, err=True
    )
    return typed or None


def _workers(wanted: Wanted) -> Workers:
    from dicomanon.batch.pool import Processes, cores  # noqa: PLC0415

    if wanted.scheduler is not None:
        from dicomanon.batch.cluster import Cluster  # noqa: PLC0415 - an extra

        return Cluster(wanted.scheduler, wanted.workers)
    return Processes(wanted.workers or cores(), forks=True)
