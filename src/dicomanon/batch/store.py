"""Where outputs go: workers write parts, the run gives them names.

Strategy: a part lies in the store itself, in a folder of ours, so that naming it is a rename.
What is left there by a run that was stopped is nobody's, and is cleared by the next.

Invariants: an output appears under its name only when it is complete. A name stays inside
the store.
"""

from __future__ import annotations

import os
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from dicomanon.batch.item import is_url
from dicomanon.dicom.sink import write_file

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dicomanon.dicom.segment import Segment
    from dicomanon.dicom.source import Source

OURS = ".dicomanon"
PARTS = f"{OURS}/parts"
JOURNAL = f"{OURS}/journal.sqlite"
LOCK = f"{OURS}/lock"

_numbers = count()
_process = os.urandom(8).hex()


def new_part() -> str:
    """A name for a part that no other process and no other call gives."""
    return f"{_process}-{os.getpid()}-{next(_numbers)}"


class Store(Protocol):
    """Outputs by name; `/` stands between the parts of a name."""

    def write(self, source: Source, segments: Iterable[Segment]) -> str:
        """Write a part and return its name; called by workers.

        Raises:
            OSError: the store cannot be written to.
            InputError: the source cannot be read.
        """
        ...

    def place(self, part: str, name: str) -> None:
        """Make a part the output of that name."""
        ...

    def drop(self, part: str) -> None:
        """Remove a part."""
        ...

    def same(self, part: str, name: str) -> bool:
        """Whether a part is known to equal an output to the byte."""
        ...

    def size_bytes(self, name: str) -> int | None:
        """The size of an output, None if there is none."""
        ...

    def path(self, name: str) -> str:
        """The path of an output on this machine, "" if it has none."""
        ...

    def begin(self) -> None:
        """Make ready, and clear what a stopped run left."""
        ...

    def end(self) -> None:
        """Clear what is no output, once all work is done."""
        ...


def store_at(place: str) -> Store:
    """The store at a path, which is made, or behind a URL."""
    if is_url(place):
        from dicomanon.batch.cloud import CloudStore  # noqa: PLC0415 - an extra

        return CloudStore(place)
    Path(place).mkdir(parents=True, exist_ok=True)
    return FolderStore(Path(place))


class FolderStore:
    """A folder of this machine, or of one that all workers see."""

    def __init__(self, root: Path) -> None:
        self._root = os.path.abspath(root)  # noqa: PTH100 - strings: Paths cost more than renames
        self._parts = f"{self._root}/{PARTS}"
        self._made = ""

    def write(self, source: Source, segments: Iterable[Segment]) -> str:
        """As `Store.write`."""
        part = new_part()
        write_file(source, segments, f"{self._parts}/{part}")
        return part

    def place(self, part: str, name: str) -> None:
        """As `Store.place`."""
        target = f"{self._root}/{name}"
        folder = os.path.dirname(target)  # noqa: PTH120
        if folder != self._made:
            os.makedirs(folder, exist_ok=True)  # noqa: PTH103
            self._made = folder
        os.replace(f"{self._parts}/{part}", target)  # noqa: PTH105

    def drop(self, part: str) -> None:
        """As `Store.drop`."""
        os.unlink(f"{self._parts}/{part}")  # noqa: PTH108

    def same(self, part: str, name: str) -> bool:
        """As `Store.same`."""
        import filecmp  # noqa: PLC0415 - for twins only, which are few

        target = f"{self._root}/{name}"
        both = os.path.isfile(target)  # noqa: PTH113
        return both and filecmp.cmp(f"{self._parts}/{part}", target, shallow=False)

    def size_bytes(self, name: str) -> int | None:
        """As `Store.size_bytes`."""
        try:
            return os.lstat(f"{self._root}/{name}").st_size
        except FileNotFoundError:
            return None

    def path(self, name: str) -> str:
        """As `Store.path`, without links."""
        return os.path.realpath(f"{self._root}/{name}")

    def begin(self) -> None:
        """As `Store.begin`."""
        self.end()
        Path(self._parts).mkdir(parents=True)

    def end(self) -> None:
        """As `Store.end`; a folder of ours that holds no journal goes too.

        It is moved before it is removed: a worker that outlives its run for the length of one
        task finds no folder, and puts nothing into one that is about to go.
        """
        import shutil  # noqa: PLC0415 - workers never clear

        parts = Path(self._parts)
        if parts.exists():
            parts.rename(f"{parts}-{new_part()}")
        for left in parts.parent.glob(f"{parts.name}-*"):
            shutil.rmtree(left)
        if parts.parent.exists() and not any(parts.parent.iterdir()):
            parts.parent.rmdir()
