"""The journal: which inputs of which content are done, under which name.

Strategy: a small SQLite file in the output folder, written in steps of a second. It holds no
value and no path of the source, only keyed digests of where an input lies and of its size and
time, so it tells nothing to who has not got the key. What was written and not yet noted when
a run was killed is simply done again: names follow from the inputs' order, so the same
output is put in the same place.

Invariants: an input is noted after its output stands under its name. A journal of another key
or of other choices is never continued. One run at a time is at work on a folder, also where it
keeps no journal.
"""

from __future__ import annotations

import errno
import pickle
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic
from types import BuiltinFunctionType, FunctionType
from typing import TYPE_CHECKING, NamedTuple

from dicomanon import __version__, errors
from dicomanon.batch.item import is_url
from dicomanon.batch.store import JOURNAL, LOCK
from dicomanon.errors import ProfileError

if TYPE_CHECKING:
    from collections.abc import Callable

    from dicomanon.batch.task import Job
    from dicomanon.errors import DicomanonError

FORM = "dicomanon-journal-1"
STEP_SECONDS = 1.0
SAVE_SECONDS = 30.0
_CHOICES_BYTES = 16
_MUST_AGREE = (("form", "journal"), ("key", "journal_key"), ("choices", "journal_choices"))
_SCHEMA = """
CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS input (
    place BLOB PRIMARY KEY, stamp BLOB, name TEXT, size_bytes INTEGER, kind TEXT, code TEXT
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS by_name ON input (name) WHERE name != '';
"""


class Known(NamedTuple):
    """What the journal knows of an input; error: why it was not written, None if it was."""

    name: str
    size_bytes: int
    error: DicomanonError | None


class Journal:
    """The journal in a file, or where path is None one that ends with the process.

    save: called now and then when the file is whole, to copy it elsewhere.

    Raises:
        ProfileError: `busy`, another run holds it; `journal`, it is damaged; `journal_key`,
            `journal_choices`, it is of another key or of other choices.
    """

    def __init__(
        self, path: Path | None, job: Job, save: Callable[[], object] | None = None
    ) -> None:
        self._since = self._saved = monotonic()
        self._save = save
        self._file = sqlite3.connect("" if path is None else path, isolation_level=None, timeout=0)
        try:
            # No other run gets in, and no file of shared memory is needed beside it.
            self._file.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._file.execute("PRAGMA journal_mode = WAL")
            self._file.execute("PRAGMA synchronous = NORMAL")
            self._file.executescript(_SCHEMA)
            self._file.execute("BEGIN IMMEDIATE")
            if path is not None:
                self._agree(job)
        except sqlite3.DatabaseError as error:
            self._file.close()
            raise _told(error) from None
        except ProfileError:
            self._file.close()
            raise

    def _agree(self, job: Job) -> None:
        """Take up what was written with the same key and the same choices, and nothing else.

        Refusals of another version are forgotten, for that version may have known less.
        """
        about = dict(self._file.execute("SELECT name, value FROM about"))
        ours = {"form": FORM, "key": job.key.fingerprint, "choices": choices(job)}
        for name, code in _MUST_AGREE:
            if about.get(name, ours[name]) != ours[name]:
                raise ProfileError(code)
        if about.get("version") != __version__:
            self._file.execute("DELETE FROM input WHERE code != ''")
        rows = (ours | {"version": __version__}).items()
        self._file.executemany("INSERT OR REPLACE INTO about VALUES (?, ?)", rows)

    def find(self, place: bytes, stamp: bytes) -> Known | None:
        """What is known of an input as it is now."""
        row = self._file.execute(
            "SELECT name, size_bytes, kind, code FROM input WHERE place = ? AND stamp = ?",
            (place, stamp),
        ).fetchone()
        if row is None:
            return None
        name, size_bytes, kind, code = row
        return Known(name, size_bytes, getattr(errors, kind)(code) if code else None)

    def owners(self, name: str) -> set[bytes]:
        """The places of the inputs whose output has that name."""
        rows = self._file.execute("SELECT place FROM input WHERE name = ? AND name != ''", (name,))
        return {place for (place,) in rows}

    def note(self, place: bytes, stamp: bytes, known: Known) -> None:
        """Remember what became of an input.

        Raises:
            OSError: the journal cannot be written.
        """
        error = known.error
        kind, code = ("", "") if error is None else (type(error).__name__, error.code)
        row = (place, stamp, known.name, known.size_bytes, kind, code)
        try:
            self._file.execute("INSERT OR REPLACE INTO input VALUES (?, ?, ?, ?, ?, ?)", row)
            if monotonic() - self._since > STEP_SECONDS:
                self._step()
        except sqlite3.DatabaseError as failure:
            raise _told(failure) from None

    def _step(self) -> None:
        self._file.execute("COMMIT")
        if self._save is not None and monotonic() - self._saved > SAVE_SECONDS:
            self._file.execute("PRAGMA wal_checkpoint (TRUNCATE)")
            self._save()
            self._saved = monotonic()
        self._file.execute("BEGIN IMMEDIATE")
        self._since = monotonic()

    def close(self) -> None:
        """Write what is noted, and let go; raises as `note`."""
        try:
            if self._file.in_transaction:
                self._file.execute("COMMIT")
        except sqlite3.DatabaseError as failure:
            raise _told(failure) from None
        finally:
            self._file.close()


@contextmanager
def kept(
    place: str | None,
    job: Job,
    *,
    keyed: bool,
    anew: bool = False,
    waits: Callable[[], object] = lambda: None,
) -> Iterator[Journal]:
    """The journal of the outputs at a path or a URL; without a key one that is forgotten.

    keyed: whether the person has the key, so that the run can be resumed; anew: forget what
    was noted before; waits: called where a store shows after a while only that no other run
    is at it.

    Raises:
        ProfileError: as `Journal`; `journal_key` also where a key is missing.
    """
    if place is not None and is_url(place):
        from dicomanon.batch.cloud import journal as remote  # noqa: PLC0415 - an extra

        with remote(place, job, keyed=keyed, anew=anew, waits=waits) as journal:
            yield journal
        return
    if place is None:
        with closing(Journal(None, job)) as forgotten:
            yield forgotten
        return
    path = Path(place) / JOURNAL
    if path.exists() and not keyed:
        raise ProfileError("journal_key")
    with _alone(Path(place) / LOCK):
        if anew:
            path.unlink(missing_ok=True)
        with closing(Journal(path if keyed else None, job)) as journal:
            yield journal


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold off other runs by a file that is locked, which the system undoes after a crash.

    Raises:
        ProfileError: `busy`; another run holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as lock:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.DatabaseError as error:
            raise _told(error) from None
        try:
            yield
        finally:
            lock.close()  # before it is removed, for systems that keep what is open
            path.unlink(missing_ok=True)
            if not any(path.parent.iterdir()):
                path.parent.rmdir()


def _told(error: sqlite3.DatabaseError) -> OSError | ProfileError:
    """A full disk as the system's error; everything else as a journal that is not to be used."""
    code = error.sqlite_errorcode & 0xFF
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
        return OSError(errno.ENOSPC, "the journal cannot be written")
    return ProfileError("busy" if code == sqlite3.SQLITE_BUSY else "journal")


def choices(job: Job) -> str:
    """A keyed digest of everything that has a say in an output."""
    chosen = job.profile._replace(resolved={}), job.template, job.regions, job.verify, job.find
    text = _canonical(
        (*chosen, job.unmaskable, job.looked_at, job.accepted is None, job.known is None)
    )
    return job.key.digest("journal choices", text, _CHOICES_BYTES).hex()


def _canonical(value: object) -> str:
    """A text that equal values share in every process: no order of sets, no addresses."""
    if isinstance(value, set | frozenset):
        return f"{{{','.join(sorted(map(_canonical, value)))}}}"
    if isinstance(value, dict):
        return _canonical(frozenset(_texts(value)))
    if isinstance(value, tuple | list | Iterator):
        return f"({','.join(map(_canonical, value))})"
    if isinstance(value, type | FunctionType | BuiltinFunctionType):
        return value.__qualname__
    if value is None or isinstance(value, str | int | float | bytes):
        return repr(value)
    return _canonical(value.__reduce_ex__(pickle.HIGHEST_PROTOCOL))


def _texts(pairs: dict[object, object]) -> Iterator[tuple[str, str]]:
    return ((_canonical(key), _canonical(value)) for key, value in pairs.items())
