"""Sources and stores behind a URL, by whatever fsspec knows: s3, gs, sftp, file, ...

Strategy: small objects are read whole, with one request; of large ones only the ranges that
are asked for. Outputs are written as parts and moved, which every store can do. The journal
is worked on in a local file and brought to the store every half minute and at the end, in
whatever way the run ends but by a kill.

Invariants: credentials are fsspec's own business and in no message. What cannot be read is
an InputError; what cannot be written an OSError, and ends the run. No store can hold off a
second run at the same time: one run a prefix is the person's to see to. Stores raise classes of
their own, whose words may hold a URL and so a patient: none of these gets out.
"""

from __future__ import annotations

import errno
import os
import tempfile
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import fsspec

from dicomanon.batch import archive
from dicomanon.batch.item import Item
from dicomanon.batch.journal import Journal
from dicomanon.batch.store import JOURNAL, PARTS, new_part
from dicomanon.dicom.sink import blocks
from dicomanon.dicom.source import BytesSource, Source, Window
from dicomanon.errors import InputError, MalformedError, ProfileError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from dicomanon.batch.task import Job
    from dicomanon.dicom.segment import Segment

WHOLE_BYTES = 1 << 26
WINDOW_BYTES = 1 << 20
_STAMPS = ("ETag", "etag", "md5Hash", "mtime", "LastModified", "updated", "modified")


class _Guarded:
    """A file system or file of fsspec's, whose methods raise OSErrors only."""

    def __init__(self, driver: Any) -> None:  # noqa: ANN401 - untyped
        self._driver = driver

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - untyped
        found = getattr(self._driver, name)
        return partial(_asked, found) if callable(found) else found


def _asked(method: Callable[..., Any], *given: object, **named: object) -> Any:  # noqa: ANN401
    """What a driver answers; what it raises as an error in the system's words, or its class."""
    try:
        return method(*given, **named)
    except ImportError:
        raise
    except Exception as error:  # noqa: BLE001 - each store has its own
        number = getattr(error, "errno", None)
        words = f"The store failed: {type(error).__name__}"
        told = OSError(number or errno.EIO, os.strerror(number) if number else words)
        raise told from None


def _place(url: str) -> tuple[_Guarded, str]:
    """The file system of a URL, and the path in it."""
    if fsspec.utils.get_protocol(url) not in {*fsspec.available_protocols(), *fsspec.registry}:
        raise OSError(errno.EPROTONOSUPPORT, os.strerror(errno.EPROTONOSUPPORT))
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
        yield from _items(system, found, named=named)


def _files(system: _Guarded, folder: str) -> Iterator[dict[str, Any]]:
    for info in sorted(system.ls(folder, detail=True), key=lambda info: str(info["name"])):
        if info["name"].rstrip("/") == folder.rstrip("/"):
            continue  # the object that stands for the folder
        if info["type"] == "directory":
            yield from _files(system, info["name"])
        else:
            yield info


def _items(system: _Guarded, info: dict[str, Any], *, named: bool) -> Iterator[Item]:
    place = system.unstrip_protocol(info["name"])
    stamp = next((str(info[name]) for name in _STAMPS if info.get(name)), "")
    if not archive.is_archive(PurePosixPath(info["name"])):
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
    """A prefix of an object store."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._sizes: dict[str, int] | None = None
        self._made = ""

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
        system, path = self._at(name)
        folder = path.rpartition("/")[0]
        if folder != self._made:
            system.makedirs(folder, exist_ok=True)
            self._made = folder
        system.mv(self._at(f"{PARTS}/{part}")[1], path)

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
def journal(url: str, job: Job, *, keyed: bool, anew: bool) -> Iterator[Journal]:
    """The journal of a store, fetched, kept up to date and brought back, as `journal.kept`."""
    system, path = _place(f"{url.rstrip('/')}/{JOURNAL}")
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
        system.makedirs(path.rpartition("/")[0], exist_ok=True)
        save = partial(system.put_file, str(local), path)
        found = Journal(local, job, save)
        try:
            yield found
        finally:  # what stopped the run does not undo what it did
            found.close()
            save()
