"""An inbox: a folder whose files are handed on once they are there completely.

Strategy: the folder is looked through again and again, for that works on every file system,
over a network too. A file is complete when its size and time have not changed for a while of
our own watching, however old it claims to be; one that is renamed when it is complete begins
its while then, for until then its name says that it is not.

Invariants: an item is handed on once in each state it has. What is under way by its name
never is.
"""

from __future__ import annotations

from pathlib import PurePath
from time import monotonic
from typing import TYPE_CHECKING

from dicomanon.batch.walk import items

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dicomanon.batch.item import Item

UNFINISHED = (".part", ".partial", ".tmp", ".filepart", ".crdownload")


class Inbox:
    """A folder to look through; output: a folder inside it that is not part of it."""

    def __init__(self, folder: Path, output: Path, settle_seconds: float) -> None:
        self._folder = folder
        self._output = output
        self._settle_seconds = settle_seconds
        self._seen: dict[str, tuple[tuple[int, str], float | None]] = {}

    def complete(self) -> Iterator[Item]:
        """What is there completely and was not handed on before, in order."""
        seen = {}
        now = monotonic()
        for item in items([str(self._folder)], self._output):
            if _under_way(item):
                continue
            state = (item.size_bytes, item.stamp)
            before, since = self._seen.get(item.label, (None, None))
            if before != state:
                since = now
            elif since is not None and now - since >= self._settle_seconds:
                since = None
                yield item
            seen[item.label] = (state, since)
        self._seen = seen


def _under_way(item: Item) -> bool:
    name = PurePath(item.place).name
    return name.startswith(".") or name.lower().endswith(UNFINISHED)
