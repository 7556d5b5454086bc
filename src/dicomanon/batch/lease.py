"""A lease: of several runs, one at a time writes below a prefix of a store.

Strategy: stores have no locks that a dead run lets go of, and no clock that is also ours. A
lease is a small object that a living run writes anew every few seconds. Who finds one watches
whether it still changes, and takes it over when it has not for longer than its owner would go
on without renewing it; so a crash leaves nothing for a person to tidy up. It is made by a
request that fails where there is one already, as S3, Google's stores and SFTP know it.

Invariants: who finds a living lease writes nothing. A run that could not renew its own in
time, or finds that it is another's, names no more outputs. Where two take over the lease of
one dead run in the same instant, the first finds out at its next renewal. The object holds a
random name and a number, nothing else.
"""

from __future__ import annotations

import errno
import secrets
from contextlib import contextmanager, suppress
from threading import Event, Thread
from time import monotonic, sleep, time
from typing import TYPE_CHECKING, Any

from dicomanon.errors import ProfileError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RENEW_SECONDS = 10.0
LOST_SECONDS = 30.0
"""Not renewed for so long, an owner gives it up: before anybody else may take it."""
DEAD_SECONDS = 45.0
"""Unchanged for so long, a lease is nobody's."""
_LOOKS = 20
"""How often who waits looks in the time a living run takes to renew its lease."""


class Lease:
    """A lease that is held; place: asks for a file system, one a thread, and the path in it."""

    def __init__(self, place: Callable[[], tuple[Any, str]]) -> None:
        self._place = place
        self._owner = secrets.token_hex(8)
        self._count = 0
        self._renewed = 0.0
        self._ended = Event()
        self._thread = Thread(target=self._renew, daemon=True)

    def _said(self) -> bytes:
        return f"{self._owner} {self._count}\n".encode()

    def take(self, waits: Callable[[], object]) -> None:
        """Make it, or take it over from a run that is dead; waits: told that this takes a while.

        Raises:
            ProfileError: `busy`; another run holds it.
            OSError: the store cannot be written.
        """
        system, path = self._place()
        system.makedirs(path.rpartition("/")[0], exist_ok=True)
        if not self._made():
            waits()
            with suppress(FileNotFoundError):  # it was given back meanwhile
                self._await_death()
                system.rm_file(path)
            if not self._made():
                raise ProfileError("busy")
        self._thread.start()

    def _made(self) -> bool:
        """Whether it could be made, that is, there was none."""
        system, path = self._place()
        self._renewed = time()
        try:
            system.pipe_file(path, self._said(), mode="create")
        except FileExistsError:
            return False
        return True

    def _await_death(self) -> None:
        """Return when what lies there has not changed for long enough; raises as `take`."""
        system, path = self._place()
        found, since = system.cat_file(path), monotonic()
        while monotonic() - since < DEAD_SECONDS:
            sleep(RENEW_SECONDS / _LOOKS)
            if system.cat_file(path) != found:
                raise ProfileError("busy")

    def _renew(self) -> None:
        """Every few seconds until the end; a renewal that fails is tried again while it may."""
        while not self._ended.wait(RENEW_SECONDS):
            try:
                self.check()
                self._renew_once()
            except OSError:
                continue  # as it goes on, `check` tells the run

    def _renew_once(self) -> None:
        system, path = self._place()
        began = time()
        if system.cat_file(path) != self._said():
            self._renewed = 0.0
            return
        self._count += 1
        system.pipe_file(path, self._said())
        self._renewed = began

    def check(self) -> None:
        """Raise an OSError unless it is ours for sure; by a clock that runs on in sleep."""
        if not 0 <= time() - self._renewed < LOST_SECONDS:
            raise OSError(
                errno.EBUSY, "the store did not answer for long, so another run may have it"
            )

    def give_back(self) -> None:
        """Remove it, if it is still ours."""
        self._ended.set()
        self._thread.join()
        system, path = self._place()
        if time() - self._renewed < LOST_SECONDS and system.cat_file(path) == self._said():
            system.rm_file(path)


@contextmanager
def leased(place: Callable[[], tuple[Any, str]], waits: Callable[[], object]) -> Iterator[Lease]:
    """A lease at a place while the context lasts; raises as `Lease.take`."""
    lease = Lease(place)
    lease.take(waits)
    try:
        yield lease
    finally:
        lease.give_back()
