"""Where bytes come from, and the window that makes small reads cheap.

Strategy: scanning reads thousands of small neighbouring ranges of something
whose single read may be dear (2 ms for a slice of a file in a browser). A
`Window` keeps one block of the source and serves what lies inside from it.

Invariants: `read` returns exactly the bytes asked for, or raises `MalformedError`
with code `truncated`; the window's size never changes what is read.
"""

from __future__ import annotations

import os
from typing import Protocol

from dicomanon.errors import InputError, MalformedError

WINDOW_BYTES = 1 << 16


class Source(Protocol):
    """Random access to bytes that do not change while they are read."""

    @property
    def size_bytes(self) -> int:
        """How many bytes there are."""
        ...

    def read(self, start: int, stop: int) -> bytes:
        """The bytes of the half-open range.

        Raises:
            MalformedError: the range is not inside the source.
        """
        ...


class BytesSource:
    """Bytes in memory."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    @property
    def size_bytes(self) -> int:
        """How many bytes there are."""
        return len(self._data)

    def read(self, start: int, stop: int) -> bytes:
        """As `Source.read`."""
        if not 0 <= start <= stop <= len(self._data):
            raise MalformedError("truncated", offset=start)
        return self._data[start:stop]


class FileSource:
    """A file that is open for reading, or a part of it; the opener closes it.

    start: where in the file the source begins; size_bytes: None for all the rest.
    """

    def __init__(self, descriptor: int, start: int = 0, size_bytes: int | None = None) -> None:
        self.descriptor = descriptor
        self.start = start
        rest = os.fstat(descriptor).st_size - start
        self._size_bytes = rest if size_bytes is None else size_bytes

    @property
    def size_bytes(self) -> int:
        """The source's size when the file was opened."""
        return self._size_bytes

    def read(self, start: int, stop: int) -> bytes:
        """As `Source.read`.

        Raises:
            InputError: code `unreadable`; the system cannot read the file.
        """
        if stop > self._size_bytes:
            raise MalformedError("truncated", offset=self._size_bytes)
        data = b""
        while len(data) < stop - start:
            more = self._more(start + len(data), stop)
            if not more:
                raise MalformedError("truncated", offset=start + len(data))
            data = data + more if data else more
        return data

    def read_into(self, view: memoryview, start: int) -> None:
        """Fill a view with the bytes from `start`; raises as `read`."""
        if start + len(view) > self._size_bytes:
            raise MalformedError("truncated", offset=self._size_bytes)
        while view:
            try:
                count = os.preadv(self.descriptor, [view], self.start + start)
            except OSError:
                raise InputError("unreadable", offset=start) from None
            if not count:
                raise MalformedError("truncated", offset=start)
            start, view = start + count, view[count:]

    def _more(self, start: int, stop: int) -> bytes:
        try:
            return os.pread(self.descriptor, stop - start, self.start + start)
        except OSError:
            raise InputError("unreadable", offset=start) from None


class Window:
    """A source with one cached block; itself a source."""

    def __init__(self, source: Source, window_bytes: int = WINDOW_BYTES) -> None:
        self.source = source
        self.window_bytes = window_bytes
        self.size_bytes = source.size_bytes
        self.start = 0
        self.stop = 0
        self.block = b""

    def load(self, start: int) -> None:
        """Move the block so that it begins at `start`."""
        self.start = start
        self.stop = max(start, min(start + self.window_bytes, self.size_bytes))
        self.block = self.source.read(start, self.stop)

    def read(self, start: int, stop: int) -> bytes:
        """As `Source.read`."""
        if self.start <= start and stop <= self.stop:
            return self.block[start - self.start : stop - self.start]
        if stop - start > self.window_bytes or stop > self.size_bytes:
            return self.source.read(start, stop)
        self.load(start)
        return self.block[: stop - start]
