"""Sources and stores behind a URL, by whatever fsspec knows: s3, gs, sftp, file, ...

Strategy: small objects are read whole, with one request; of large ones only the ranges that
are asked for. Outputs are written as parts and moved, which every store can do. The journal
is worked on in a local file and brought to the store every half minute and at the end, in
whatever way the run ends but by a kill; a lease (`lease.py`) keeps a second run away.

Invariants: credentials are fsspec's own business and in no message. What cannot be read is
an InputError; what cannot be written an OSError, and ends the run. Stores raise classes of
their own and write logs, whose words may hold a URL and so a patient: none of these gets out,
unless the program around us collects logs.
"""

from __future__ import annotations

import errno
import logging
import os
import tempfile
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import fsspec

from dicomanon.batch import archive
from dicomanon.batch.item import Item, is_archive
from dicomanon.batch.journal import Journal
from dicomanon.batch.lease import leased
from dicomanon.batch.store import JOURNAL, OURS, PARTS, new_part
from dicomanon.dicom.sink import blocks
from dicomanon.dicom.source import BytesSource, Source, Window
from dicomanon.errors import DicomanonError, InputError, MalformedError, ProfileError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from dicomanon.batch.lease import Lease
    from dicomanon.batch.task import Job
    from dicomanon.dicom.segment import Segment

LEASE = f"{OURS}/lease"
WHOLE_BYTES = 1 << 26
WINDOW_BYTES = 1 << 20
_STAMPS = ("ETag", "etag", "md5Hash", "mtime", "LastModified", "updated", "modified")
_SFTP = ("sftp", "ssh")
_NUMBERS = {
    "FileNotFoundError": errno.ENOENT,
    "FileExistsError": errno.EEXIST,
    "PermissionError": errno.EACCES,
    "NoCredentialsError": errno.EACCES,
    "gaierror": errno.EHOSTUNREACH,
    "TimeoutError": errno.ETIMEDOUT,
    "SSHException": errno.ECONNABORTED,
    "EOFError": errno.ECONNABORTED,
    "ConnectionError": errno.ECONNABORTED,
    "ClientConnectionError": errno.ECONNABORTED,
    "ClientConnectorError": errno.ECONNREFUSED,
    "EndpointConnectionError": errno.ECONNREFUSED,
}
"""What errors that carry no number of the system's mean, by the names of their classes."""

_FAILED = getattr(errno, "EREMOTEIO", errno.EIO)
"""What is left: whatever else a store has to say, as SFTP's one word for a full disk and more."""

for _name in ("fsspec", "s3fs", "gcsfs", "paramiko", "aiobotocore", "botocore"):
    logging.getLogger(_name).addHandler(logging.NullHandler())  # in place of standard error


class _Guarded:
    """A file system or file of fsspec's, whose methods raise OSErrors only."""

    def __init__(self, driver: Any) -> None:  # noqa: ANN401 - untyped
        self._driver = driver

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - untyped
        found = getattr(self._driver, name)
        return partial(_asked, found) if callable(found) else found


def _asked(method: Callable[..., Any], *given: object, **named: object) -> Any:  # noqa: ANN401
    """What a driver answers; what it raises as an error in the system's words."""
    try:
        return method(*given, **named)
    except ImportError:
        raise  # its cause says which package is missing
    except Exception as error:  # noqa: BLE001 - each store has its own
        raise _told(error) from None


def _told(error: Exception) -> Exception:
    """The same in the system's words, unless it is ours."""
    if isinstance(error, DicomanonError):
        return error
    names = [kind.__name__ for kind in type(error).__mro__]
    meant = (_NUMBERS[name] for name in names if name in _NUMBERS)
    number = getattr(error, "errno", None) or 0
    if number <= 0:
        number = next(meant, _FAILED)
    return OSError(number, os.strerror(number))


def _place(url: str) -> tuple[_Guarded, str]:
    """The file system of a URL, and the path in it."""
    protocol = fsspec.utils.get_protocol(url)
    if protocol not in {*fsspec.available_protocols(), *fsspec.registry}:
        raise OSError(errno.EPROTONOSUPPORT, os.strerror(errno.EPROTONOSUPPORT))
    if protocol in _SFTP:
        from dicomanon.batch.sftp import Sftp  # noqa: PLC0415 - for these only

        kind = _Guarded(Sftp)
        system, path = _asked(Sftp, **kind._get_kwargs_from_urls(url)), kind._strip_protocol(url)  # noqa: SLF001
    else:
        system, path = _asked(fsspec.core.url_to_fs, url)
    return _Guarded(system), path.rstrip("/")


def items(url: str) -> Iterator[Item]:
    """The items of an object, or of all objects below a prefix, in order of names."""
    system, path = _place(url)
    try:
        info = system.info(path)
    except OSError:
        yield Item(url, 0, named=True, error=InputError("unreadable"))
        return
    named = info["type"] != "directory"
    for found in [info] if named else _files(system, path):
        place = url.rstrip("/") + found["name"][len(path) :]
        yield from _items(system, found, place, named=named)


def _files(system: _Guarded, folder: str) -> Iterator[dict[str, Any]]:
    for info in sorted(system.ls(folder, detail=True), key=lambda info: str(info["name"])):
        if info["name"].rstrip("/") == folder.rstrip("/"):
            continue  # the object that stands for the folder
        if info["type"] == "directory":
            yield from _files(system, info["name"])
        else:
            yield system.info(info["name"]) if info["type"] == "link" else info


def _items(system: _Guarded, info: dict[str, Any], place: str, *, named: bool) -> Iterator[Item]:
    stamp = next((str(info[name]) for name in _STAMPS if info.get(name)), "")
    if not is_archive(str(info["name"])):
        yield Item(place, info["size"] or 0, stamp, named)
        return
    stream: Any = _Guarded(system.open(info["name"], "rb"))
    with closing(stream):
        yield from archive.items(stream, place, stamp)


class RemoteSource:
    """An object read by ranges."""

    def __init__(self, system: _Guarded, path: str, size_bytes: int) -> None:
        self._system = system
        self._path = path
        self.size_bytes = size_bytes

    def read(self, start: int, stop: int) -> bytes:
        """As `Source.read`; raises also InputError `unreadable`."""
        if start == stop:
            return b""
        try:
            data: bytes = self._system.cat_file(self._path, start=start, end=stop)
        except OSError:
            raise InputError("unreadable", offset=start) from None
        if len(data) != stop - start:
            raise MalformedError("truncated", offset=start + len(data))
        return data


@contextmanager
def opened(item: Item) -> Iterator[Source]:
    """An item behind a URL; raises InputError."""
    system, path = _place(item.place)
    if item.entry is not None:
        try:
            size_bytes = system.size(path)
        except OSError:
            raise InputError("unreadable") from None
        whole = Window(RemoteSource(system, path, size_bytes), WINDOW_BYTES)
        with archive.opened(whole, item, item.entry) as source:
            yield source
        return
    remote = RemoteSource(system, path, item.size_bytes)
    if item.size_bytes <= WHOLE_BYTES:
        yield BytesSource(remote.read(0, item.size_bytes))
    else:
        yield Window(remote, WINDOW_BYTES)


class CloudStore:
    """A prefix of an object store; lease: ours while we write, and not for workers."""

    def __init__(self, url: str) -> None:
        self.lease: Lease | None = None
        self._url = url.rstrip("/")
        self._sizes: dict[str, int] | None = None
        self._made = ""

    def __reduce__(self) -> tuple[type[CloudStore], tuple[str]]:
        return CloudStore, (self._url,)

    def _at(self, name: str) -> tuple[_Guarded, str]:
        return _place(f"{self._url}/{name}")

    def write(self, source: Source, segments: Iterable[Segment]) -> str:
        """As `Store.write`."""
        part = new_part()
        system, path = self._at(f"{PARTS}/{part}")
        with closing(_Guarded(system.open(path, "wb"))) as stream:
            for block in blocks(source, segments):
                stream.write(block)
        return part

    def place(self, part: str, name: str) -> None:
        """As `Store.place`."""
        if self.lease is not None:
            self.lease.check()
        system, path = self._at(name)
        folder = path.rpartition("/")[0]
        if folder != self._made:
            system.makedirs(folder, exist_ok=True)
            self._made = folder
        system.mv(self._at(f"{PARTS}/{part}")[1], path)

    def keep(self, local: Path) -> None:
        """Put a file of this machine there as the journal, whole or not at all."""
        if self.lease is not None:
            self.lease.check()
        system, path = self._at(JOURNAL)
        system.put_file(str(local), f"{path}.part")
        system.mv(f"{path}.part", path)

    def drop(self, part: str) -> None:
        """As `Store.drop`."""
        system, path = self._at(f"{PARTS}/{part}")
        system.rm_file(path)

    def same(self, part: str, name: str) -> bool:
        """As `Store.same`; sizes first, for contents are far away."""
        system, new = self._at(f"{PARTS}/{part}")
        path = self._at(name)[1]
        if not system.exists(path) or system.size(new) != system.size(path):
            return False
        return bool(system.cat_file(new) == system.cat_file(path))

    def size_bytes(self, name: str) -> int | None:
        """As `Store.size_bytes`; what is there is listed once."""
        if self._sizes is None:
            system, root = _place(self._url)
            found = system.find(root, detail=True) if system.exists(root) else {}
            self._sizes = {path[len(root) + 1 :]: info["size"] for path, info in found.items()}
        return self._sizes.get(name)

    def path(self, name: str) -> str:
        """As `Store.path`."""
        del name
        return ""

    def begin(self) -> None:
        """As `Store.begin`."""
        self.end()
        system, path = self._at(PARTS)
        system.makedirs(path, exist_ok=True)

    def end(self) -> None:
        """As `Store.end`."""
        system, path = self._at(PARTS)
        system.invalidate_cache()
        if system.exists(path):
            system.rm(path, recursive=True)


@contextmanager
def journal(
    url: str, job: Job, *, keyed: bool, anew: bool, waits: Callable[[], object]
) -> Iterator[Journal]:
    """The journal of a store, fetched, kept up to date and brought back, as `journal.kept`."""
    root = url.rstrip("/")
    store = cast("CloudStore", job.store)
    with leased(partial(_place, f"{root}/{LEASE}"), waits) as store.lease:
        system, path = _place(f"{root}/{JOURNAL}")
        there = system.exists(path)
        if there and not keyed:
            raise ProfileError("journal_key")
        if not keyed:
            with closing(Journal(None, job)) as forgotten:
                yield forgotten
            return
        with tempfile.TemporaryDirectory() as folder:
            local = Path(folder) / "journal.sqlite"
            if there and not anew:
                system.get_file(path, str(local))
            save = partial(store.keep, local)
            found = Journal(local, job, save)
            try:
                yield found
            finally:  # what stopped the run does not undo what it did
                found.close()
                save()
