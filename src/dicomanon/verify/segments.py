"""An output that is not written yet, as a source.

Invariants: reads are what `to_bytes` would give; `origin` names a place in the original
only for ranges that are copied from there whole.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING

from dicomanon.dicom.ranges import SourceRange, read_painted
from dicomanon.dicom.segment import segment_bytes
from dicomanon.errors import MalformedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dicomanon.dicom.segment import Segment
    from dicomanon.dicom.source import Source


class SegmentSource:
    """Segments over their original, read as one."""

    def __init__(self, original: Source, segments: Sequence[Segment]) -> None:
        self.original = original
        self._segments = tuple(segments)
        self._stops = list(accumulate(map(segment_bytes, self._segments)))

    @property
    def size_bytes(self) -> int:
        """How many bytes the segments have together."""
        return self._stops[-1] if self._stops else 0

    def read(self, start: int, stop: int) -> bytes:
        """As `Source.read`."""
        if not 0 <= start <= stop <= self.size_bytes:
            raise MalformedError("truncated", offset=start)
        parts: list[bytes] = []
        index = bisect_right(self._stops, start)
        while start < stop:
            segment, end = self._segments[index], self._stops[index]
            upto = min(stop, end)
            if isinstance(segment, bytes):
                shift = len(segment) - end
                parts.append(segment[start + shift : upto + shift])
            elif isinstance(segment, SourceRange):
                shift = segment.stop - end
                parts.append(self.original.read(start + shift, upto + shift))
            else:
                shift = segment.stop - end
                parts.append(read_painted(self.original, segment, start + shift, upto + shift))
            start = upto
            index += 1
        return b"".join(parts)

    def origin(self, start: int, stop: int) -> int | None:
        """Where in the original a range begins that is copied whole; None if it is not."""
        index = bisect_right(self._stops, start)
        if start >= stop or index >= len(self._segments) or stop > self._stops[index]:
            return None
        segment = self._segments[index]
        if not isinstance(segment, SourceRange):
            return None
        return start + segment.stop - self._stops[index]
