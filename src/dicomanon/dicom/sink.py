"""Segments -> files and streams.

Strategy: a range of a file goes to another file inside the kernel, where it can; any other
source is read in blocks, so that nothing is ever whole in memory.

Invariants: nothing is overwritten; a failure leaves nothing behind. What the source cannot
give is an InputError, what cannot be written an OSError.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from dicomanon.dicom.segment import SourceRange
from dicomanon.dicom.source import FileSource

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from dicomanon.dicom.segment import Segment
    from dicomanon.dicom.source import Source

_COPY_BYTES = 1 << 26
_BLOCK_BYTES = 1 << 20


def write_file(source: Source, segments: Iterable[Segment], path: str | Path) -> int:
    """Write segments, whose ranges are of `source`, to a new file; how many bytes it has.

    Raises:
        OSError: the output cannot be written, or is there already.
        InputError: the source ends before a range does, or cannot be read.
    """
    out = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        size_bytes = 0
        try:
            for segment in segments:
                if isinstance(segment, SourceRange):
                    _copy_range(source, out, segment)
                    size_bytes += segment.stop - segment.start
                else:
                    _write_all(out, segment)
                    size_bytes += len(segment)
        finally:
            os.close(out)
    except BaseException:
        os.unlink(path)  # noqa: PTH108 - a Path costs more than the call
        raise
    return size_bytes


def blocks(source: Source, segments: Iterable[Segment]) -> Iterator[bytes]:
    """The output of segments, in blocks; raises as `Source.read`."""
    for segment in segments:
        if isinstance(segment, SourceRange):
            yield from _blocks(source, segment)
        else:
            yield segment


def size_of(segments: Iterable[Segment]) -> int:
    """How many bytes segments are."""
    return sum(
        segment.stop - segment.start if isinstance(segment, SourceRange) else len(segment)
        for segment in segments
    )


def _blocks(source: Source, span: SourceRange) -> Iterator[bytes]:
    for start in range(span.start, span.stop, _BLOCK_BYTES):
        yield source.read(start, min(start + _BLOCK_BYTES, span.stop))


def _write_all(out: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(out, view) :]


def _copy_range(source: Source, out: int, span: SourceRange) -> None:
    """Copy in the kernel where it can, else in blocks."""
    position = _copied_in_kernel(source, out, span) if isinstance(source, FileSource) else 0
    for block in _blocks(source, SourceRange(span.start + position, span.stop)):
        _write_all(out, block)


def _copied_in_kernel(source: FileSource, out: int, span: SourceRange) -> int:
    """How many bytes the kernel copied; what it cannot copy, as between file systems, is left."""
    position, stop = source.start + span.start, source.start + span.stop
    if not hasattr(os, "copy_file_range"):
        return 0
    while position < stop:
        try:
            copied = os.copy_file_range(
                source.descriptor, out, min(stop - position, _COPY_BYTES), position
            )
        except OSError:
            break
        if not copied:
            break
        position += copied
    return position - source.start - span.start
