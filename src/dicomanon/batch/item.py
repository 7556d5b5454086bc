"""An item: one instance to be, in a file, in a ZIP or in an object store, not yet opened.

Invariants: an item is plain data that travels to any worker. What it says of its place stays
in the process and in its workers: journals hold keyed digests of it only.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from dicomanon.errors import DicomanonError
    from dicomanon.policy.key import Key

_PLACE_BYTES = 16
_STAMP_BYTES = 8


def is_url(place: str) -> bool:
    """Whether a source or a destination is a URL, as fsspec takes them."""
    return "://" in place


def _without_password(url: str) -> str:
    scheme, _, rest = url.partition("://")
    who, slash, path = rest.partition("/")
    login, at, host = who.rpartition("@")
    return f"{scheme}://{login.partition(':')[0]}{at}{host}{slash}{path}"


def is_archive(place: str) -> bool:
    """Whether a name says that a file is a ZIP."""
    return os.path.splitext(place)[1].lower() == ".zip"  # noqa: PTH122 - a Path takes longer


class Entry(NamedTuple):
    """Where an entry lies in its ZIP; header_start, packed_bytes: as the directory says."""

    name: str
    header_start: int
    packed_bytes: int
    method: int
    crc: int


class Item(NamedTuple):
    """What to open.

    place: path or URL of the file, or of the ZIP around it; stamp: differs when the content
    does; named: by the person, and not found in a folder; error: why it is not opened at all.
    """

    place: str
    size_bytes: int
    stamp: str = ""
    named: bool = False
    entry: Entry | None = None
    error: DicomanonError | None = None

    @property
    def label(self) -> str:
        """What the person knows it by, without a URL's password; it may name the patient."""
        place = _without_password(self.place) if is_url(self.place) else self.place
        return place if self.entry is None else f"{place}/{self.entry.name}"

    def digests(self, key: Key) -> tuple[bytes, bytes]:
        """Who it is and in which state, for the holder of the key only."""
        state = f"{self.size_bytes} {self.stamp}"
        place = key.digest("journal place", self.label, _PLACE_BYTES)
        return place, key.digest("journal stamp", state, _STAMP_BYTES)
