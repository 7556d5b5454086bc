"""Sources -> items: files, folders, ZIPs and URLs, in one order every time.

Strategy: what a person names is walked when it is its turn, so that a million files take no
more memory than the largest of their folders. Of a folder only what is a file counts: nobody
named the pipes and dead links in it. Paths are strings: with `Path`s, listing takes 17 µs a file
in place of 10.

Invariants: the order is that of the sources, and inside each of names. The output folder is
never walked, nor what links into it.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from dicomanon.batch.item import Item, is_archive, is_url
from dicomanon.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def items(sources: Sequence[str], output: Path | None = None) -> Iterator[Item]:
    """The items of all sources; what cannot be listed is an item with an error.

    output: a folder that is none of them.
    """
    ours = None if output is None else output.resolve()
    for source in sources:
        if is_url(source):
            from dicomanon.batch.cloud import items as remote  # noqa: PLC0415 - an extra

            yield from remote(source)
            continue
        place = os.path.abspath(source)  # noqa: PTH100 - Path has no such thing
        if os.path.isdir(place):  # noqa: PTH112
            yield from _folder(place, ours)
        else:
            yield from _file(place, named=True)


def _folder(root: str, ours: Path | None) -> Iterator[Item]:
    unlisted: list[str] = []
    for folder, names, files in os.walk(root, onerror=lambda e: unlisted.append(str(e.filename))):
        if ours is not None and Path(folder).resolve() == ours:
            names.clear()
            continue
        names.sort()
        for name in sorted(files):
            place = os.path.join(folder, name)  # noqa: PTH118
            linked = ours is not None and os.path.islink(place)  # noqa: PTH114
            if not (linked and ours in Path(place).resolve().parents):
                yield from _file(place, named=False)
    yield from (Item(place, 0, error=InputError("unreadable")) for place in unlisted)


def _file(place: str, *, named: bool) -> Iterator[Item]:
    """A file's item, or those of the ZIP it is."""
    try:
        status = os.stat(place)  # noqa: PTH116
    except OSError:
        if named or not os.path.islink(place):  # noqa: PTH114
            yield Item(place, 0, named=named, error=InputError("unreadable"))
        return
    if not stat.S_ISREG(status.st_mode):
        if named:
            yield Item(place, 0, named=named, error=InputError("unreadable"))
        return
    stamp = str(status.st_mtime_ns)
    if not is_archive(place):
        yield Item(place, status.st_size, stamp, named)
        return
    from dicomanon.batch import archive  # noqa: PLC0415 - zipfile and tempfile take 4 ms to import

    try:
        with Path(place).open("rb") as stream:
            yield from archive.items(stream, place, stamp)
    except OSError:
        yield Item(place, 0, named=named, error=InputError("unreadable"))
