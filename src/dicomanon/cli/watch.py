"""`watch`: what arrives in an inbox is anonymized into an outbox, until it is told to stop.

Strategy: each look through the inbox is a short run with the same journal, key and choices,
so what was done stays done, also over restarts and crashes.

Invariants: an interrupt or a termination ends the run after the file it is at, with exit code
0, and nothing half-written. Files stay in the inbox.
"""

from __future__ import annotations

import signal
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

import click

from dicomanon.cli.anonymize import CHOICES, RUNNING, wanted_of, with_options
from dicomanon.cli.common import DONE
from dicomanon.cli.run import prepared, stopped
from dicomanon.cli.sections import Sectioned

if TYPE_CHECKING:
    from collections.abc import Iterator

LOOK_SECONDS = 1.0
_SLICE_SECONDS = 0.1
_FOLDER = click.Path(file_okay=False, path_type=Path)


class _Stop:
    """Whether a signal came."""

    def __init__(self) -> None:
        self.asked = False

    def __call__(self, *_signal: object) -> None:
        self.asked = True


@click.command(cls=Sectioned)
@click.argument("inbox", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("-o", "--output", type=_FOLDER, required=True, help="The outbox, a folder.")
@click.option(
    "--settle",
    "settle_seconds",
    type=click.FloatRange(min=0),
    default=5.0,
    show_default=True,
    help="Seconds without a change after which a file is complete.",
)
@with_options(CHOICES, RUNNING)
def watch(inbox: Path, output: Path, settle_seconds: float, **given: Any) -> int:  # noqa: ANN401
    """Anonymize what arrives in INBOX, until a signal ends it.

    A key is needed: without one the same patient would get another pseudonym at each start.
    """
    from dicomanon.batch.watch import Inbox  # noqa: PLC0415 - commands import what they use

    wanted = wanted_of((str(inbox),), str(output), given)
    if wanted.choices.key_file is None:
        raise click.MissingParameter(param_type="option", param_hint="--key FILE")
    arriving = Inbox(inbox, output, settle_seconds)
    with prepared(wanted) as session, _stopping() as stop:
        while not stop.asked:
            began = monotonic()
            with closing(session.batch.all(arriving.complete())) as run, stopped(wanted):
                for done in run:
                    session.take(done)
                    if stop.asked:
                        break
            _wait(max(LOOK_SECONDS, monotonic() - began), stop)
        session.teller.end(0)
    return DONE


def _wait(seconds: float, stop: _Stop) -> None:
    """Wait that long, or until a signal comes."""
    until = monotonic() + seconds
    while not stop.asked and monotonic() < until:
        sleep(_SLICE_SECONDS)


@contextmanager
def _stopping() -> Iterator[_Stop]:
    """Signals ask to stop, in place of what they do otherwise."""
    stop = _Stop()
    names = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(name, stop) for name in names]
    try:
        yield stop
    finally:
        for name, handler in zip(names, before, strict=True):
            signal.signal(name, handler)
