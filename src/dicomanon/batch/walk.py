"""Sources -> items: files, folders, ZIPs and URLs, in one order every time.

Strategy: what a person names is walked when it is its turn, so that a million files take no
more memory than the largest of their folders. Of a folder only what is a file counts: nobody
named the pipes and dead links in it.

Invariants: the order is that of the sources, and inside each of names. The output folder is
never walked, nor what links into it.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from dicomanon.batch import archive
from dicomanon.batch.item import Item, is_url
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
        path = Path(os.path.abspath(source))  # noqa: PTH100 - Path has no such thing
        if path.is_dir():
            yield from _folder(path, ours)
        else:
            yield from _file(path, named=True)


def _folder(root: Path, ours: Path | None) -> Iterator[Item]:
    unlisted: list[str] = []
    for folder, names, files in os.walk(root, onerror=lambda e: unlisted.append(str(e.filename))):
        here = Path(folder)
        if ours is not None and here.resolve() == ours:
            names.clear()
            continue
        names.sort()
        for name in sorted(files):
            path = here / name
            linked = ours is not None and path.is_symlink()
            if not (linked and ours in path.resolve().parents):
                yield from _file(path, named=False)
    yield from (Item(place, 0, error=InputError("unreadable")) for place in unlisted)


def _file(path: Path, *, named: bool) -> Iterator[Item]:
    """A file's item, or those of the ZIP it is."""
    place = str(path)
    try:
        status = path.stat()
    except OSError:
        if named or not path.is_symlink():
            yield Item(place, 0, named=named, error=InputError("unreadable"))
        return
    if not stat.S_ISREG(status.st_mode):
        if named:
            yield Item(place, 0, named=named, error=InputError("unreadable"))
        return
    stamp = str(status.st_mtime_ns)
    if not archive.is_archive(path):
        yield Item(place, status.st_size, stamp, named)
        return
    try:
        with path.open("rb") as stream:
            yield from archive.items(stream, place, stamp)
    except OSError:
        yield Item(place, 0, named=named, error=InputError("unreadable"))
