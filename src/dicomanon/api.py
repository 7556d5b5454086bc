"""The library: one instance, or many, in a call.

Strategy: thin: what is given is made into the engine's own data, and what the engine says is
handed on. Nothing is kept between calls, and calls may run in several threads at once.

Invariants: as the engine's: nothing is returned or written that was not decided whole and
checked. An input is never written over.
"""

from __future__ import annotations

import os
import secrets
import weakref
from io import IOBase
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, cast

from dicomanon.batch.item import is_url
from dicomanon.batch.journal import kept
from dicomanon.batch.pool import Processes
from dicomanon.batch.run import Done, Run
from dicomanon.batch.store import store_at
from dicomanon.batch.task import Job
from dicomanon.batch.walk import items
from dicomanon.dicom.segment import to_bytes
from dicomanon.dicom.sink import write_file
from dicomanon.dicom.source import BytesSource, FileSource, Source
from dicomanon.engine import Result
from dicomanon.engine import anonymize as anonymize_source
from dicomanon.errors import InputError, MalformedError
from dicomanon.naming import TEMPLATE, checked_template
from dicomanon.policy.key import SECRET_BYTES, Key, load_key
from dicomanon.policy.profile import Profile
from dicomanon.policy.profile import profile as preset_of

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from dicomanon.pixels.region import Region
    from dicomanon.pixels.unmaskable import Unmaskable

Readable = str | os.PathLike[str] | bytes | BinaryIO | Source
"""A path, the bytes themselves, a seekable binary file, or a `Source`."""


class Anonymized(NamedTuple):
    """An anonymized instance, not yet written.

    source: what ranges of the output point into; it has to stay as it is until the output
    is written; result: the plan, the segments and what the leak check found.
    """

    source: Source
    result: Result

    @property
    def file_name(self) -> str:
        """A neutral name, the same for the same instance and key."""
        return f"{self.result.file_stem}.dcm"

    def to_bytes(self) -> bytes:
        """The whole output."""
        return to_bytes(self.source, self.result.segments)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the output to a new file, copying large ranges inside the system.

        Raises:
            FileExistsError: there is a file already.
            OSError: it cannot be written; nothing is left behind.
        """
        write_file(self.source, self.result.segments, Path(path))


def anonymize(  # noqa: PLR0913 - one parameter a choice
    source: Readable,
    profile: str | Profile = "research",
    key: Key | str | bytes | None = None,
    *,
    regions: Iterable[Region] = (),
    unmaskable: Unmaskable = "refuse",
    looked_at: bool = False,
    verify: bool = True,
) -> Anonymized:
    """Anonymize one instance.

    profile: a preset's name or a `Profile`; key: a `Key`, a key file's text, 32 bytes, or
    None for a random one that is forgotten; regions: rectangles to black out; unmaskable:
    what becomes of compressed pixels that they cannot be burned into (video, progressive
    JPEG and the like): "refuse", "remove" the pixels, or "convert" to native ones, which
    are masked; looked_at: somebody saw every frame as it will be; verify: search the output
    for the source's identifiers.

    Raises:
        InputError: the source cannot be handled.
        ProfileError: the profile, the key or a region is wrong.
        UnsafeError: it could be written, and must not be.

    Standard: PS3.15 Annex E.
    """
    opened = source_of(source)
    chosen, secret = _profile_of(profile), key_of(key)
    masks = tuple(regions)
    result = anonymize_source(
        opened, chosen, secret, masks, unmaskable=unmaskable, looked_at=looked_at, verify=verify
    )
    return Anonymized(opened, result)


def anonymize_many(  # noqa: PLR0913 - one parameter a choice
    sources: Iterable[str | os.PathLike[str]],
    profile: str | Profile = "research",
    key: Key | str | bytes | None = None,
    *,
    output: str | os.PathLike[str],
    template: str = TEMPLATE,
    regions: Iterable[Region] = (),
    unmaskable: Unmaskable = "refuse",
    looked_at: bool = False,
    verify: bool = True,
    workers: int = 1,
) -> Generator[Done]:
    """Anonymize files, folders, ZIPs and URLs into a folder or URL, and yield as each is done.

    What is refused is a `Done` with an `error`, and the others go on. With a key the output
    folder keeps a journal: a run that was stopped goes on where it was. Without one the key
    is random and forgotten. workers: processes; 1 is this one.

    Raises:
        ProfileError: the profile, the key, a region or the template is wrong, or the output
            folder was written with another key or other choices.
        OSError: the output cannot be written.
    """
    place = os.fspath(output)
    job = Job(
        _profile_of(profile),
        key_of(key),
        checked_template(template),
        tuple(regions),
        unmaskable,
        verify=verify,
        looked_at=looked_at,
        store=store_at(place),
    )
    names = [os.fspath(source) for source in sources]
    ours = None if is_url(place) else Path(place)
    with kept(place, job, keyed=key is not None) as journal:
        run = Run(job, journal, Processes(workers), inputs=filter(os.path.isfile, names))
        yield from run.all(items(names, ours))


def _profile_of(profile: str | Profile) -> Profile:
    return profile if isinstance(profile, Profile) else preset_of(profile)


def key_of(key: Key | str | bytes | None) -> Key:
    """A key of whatever says it; raises ProfileError `key`."""
    if isinstance(key, Key):
        return key
    if isinstance(key, str):
        return load_key(key)
    return Key(secrets.token_bytes(SECRET_BYTES) if key is None else key)


def source_of(readable: Readable) -> Source:
    """A Source of whatever can be read; a path is opened until the Source is forgotten.

    Raises:
        InputError: code `unreadable`.
    """
    if isinstance(readable, bytes | bytearray | memoryview):
        return BytesSource(bytes(readable))
    if isinstance(readable, str | os.PathLike):
        return _opened(readable)
    if isinstance(readable, IOBase):
        return StreamSource(cast("BinaryIO", readable))
    return cast("Source", readable)


def _opened(path: str | os.PathLike[str]) -> Source:
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    except OSError:
        raise InputError("unreadable") from None
    source = FileSource(descriptor)
    weakref.finalize(source, os.close, descriptor)
    return source


class StreamSource:
    """A seekable binary file object; its position moves."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.size_bytes = stream.seek(0, os.SEEK_END)

    def read(self, start: int, stop: int) -> bytes:
        """As `Source.read`."""
        self._stream.seek(start)
        data = self._stream.read(stop - start)
        if len(data) != stop - start:
            raise MalformedError("truncated", offset=start + len(data))
        return data
