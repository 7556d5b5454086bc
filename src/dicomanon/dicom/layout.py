"""Slices of a series are laid out alike: what was scanned once is recognized, not scanned again.

Strategy: a layout is every byte that a scan looks at: headers, delimiters and the transfer
syntax, all but the values. Where another source of the same size has the same bytes in the
same places, a scan would find the same spans, so they are shared. To recognize 300 elements
takes 20 µs, to scan them 300 µs; a layout is made when a size is met for the second time, so
that a folder in which nothing is alike does not pay for it.

Invariants: what is recognized is what a scan would find; nothing that the end of a file cuts,
no deflated and no encapsulated instance is. No layout holds a value, but for the UID of the
transfer syntax. How much is remembered is bounded. Spans are never changed after a scan.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from dicomanon.dicom.header import PREAMBLE_BYTES
from dicomanon.dicom.instance import Instance
from dicomanon.dicom.source import WINDOW_BYTES
from dicomanon.dicom.transfer_syntax import TRANSFER_SYNTAX_UID

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dicomanon.dicom.instance import DataSet
    from dicomanon.dicom.source import Source, Window
    from dicomanon.dicom.transfer_syntax import TransferSyntax

MAX_LAYOUTS = 32
MAX_SIZES = 1024
MAX_VALUES = 2048
"""More elements than that are looked for one by one; an instance has some hundreds."""


class Stretch(NamedTuple):
    """Bytes between values that one load of the window holds; parts: them, out of its block."""

    start: int
    parts: Callable[[bytes], Any]
    known: Any


class Layout(NamedTuple):
    """An instance without its bytes."""

    size_bytes: int
    stretches: tuple[Stretch, ...]
    file_meta: DataSet
    command_set: DataSet | None
    data_set: DataSet
    transfer_syntax: TransferSyntax
    declared_transfer_syntax: str

    def fits(self, window: Window) -> bool:
        """Whether a scan would find these spans."""
        for stretch in self.stretches:
            if window.start != stretch.start or not window.block:
                window.load(stretch.start)
            if stretch.parts(window.block) != stretch.known:
                return False
        return True

    def at(self, window: Window) -> Instance:
        """The same spans over other bytes."""
        instance = Instance(window)
        instance.recognized = True
        instance.preamble = True
        instance.file_meta = self.file_meta
        instance.command_set = self.command_set
        instance.data_set = self.data_set
        instance.transfer_syntax = self.transfer_syntax
        instance.declared_transfer_syntax = self.declared_transfer_syntax
        return instance


class Layouts:
    """What this process met last; it changes how long a scan takes, and nothing else."""

    def __init__(self) -> None:
        # Replaced as a whole, so that threads may lose a layout and never see half of one.
        self.layouts: tuple[Layout, ...] = ()
        self._sizes: set[int] = set()

    def recognized(self, window: Window) -> Instance | None:
        """The instance, if it is laid out as one before."""
        if window.window_bytes != WINDOW_BYTES:
            return None
        for layout in self.layouts:
            if layout.size_bytes == window.size_bytes and layout.fits(window):
                return layout.at(window)
        return None

    def met(self, instance: Instance) -> None:
        """Remember an instance that was scanned: its size, and the second time its layout."""
        size_bytes = instance.original.size_bytes
        if size_bytes not in self._sizes:
            if len(self._sizes) >= MAX_SIZES:
                self._sizes.clear()
            self._sizes.add(size_bytes)
            return
        layout = _layout(instance)
        if layout is not None:
            self.layouts = (layout, *self.layouts[: MAX_LAYOUTS - 1])


LAYOUTS = Layouts()


def _layout(instance: Instance) -> Layout | None:
    """The layout of a scanned instance, None if it is not one to recognize."""
    cut = instance.truncated_at is not None or instance.deflated_start is not None
    if cut or not instance.preamble:
        return None
    levels = (instance.file_meta, instance.command_set, instance.data_set)
    values = [span for level in levels if level is not None for span in _values(level)]
    if None in values or len(values) > MAX_VALUES:
        return None
    stretches = _stretches([span for span in values if span is not None], instance.original)
    if not stretches:
        return None
    size_bytes, syntax = instance.original.size_bytes, instance.transfer_syntax
    return Layout(size_bytes, stretches, *levels, syntax, instance.declared_transfer_syntax)


def _values(level: DataSet) -> Iterator[tuple[int, int] | None]:
    """The spans of the values that a scan jumps over; None for one that it walks through."""
    for element in level.elements:
        if element.items is not None:
            for item in element.items:
                yield from _values(item)
        elif element.undefined_length:
            yield None
        elif element.value_bytes and element.tag != TRANSFER_SYNTAX_UID:
            yield element.value_start, element.value_stop


def _stretches(values: list[tuple[int, int]], source: Source) -> tuple[Stretch, ...]:
    """What is between the values, after the preamble; none where a part is too long."""
    starts = (PREAMBLE_BYTES, *(stop for _, stop in values))
    stops = (*(start for start, _ in values), source.size_bytes)
    parts = [part for part in zip(starts, stops, strict=True) if part[0] < part[1]]
    found: list[Stretch] = []
    while parts:
        first = parts[0][0]
        held = [slice(start - first, stop - first) for start, stop in parts]
        held = [part for part in held if part.stop <= WINDOW_BYTES]
        if not held:
            return ()
        of = itemgetter(*held)
        found.append(Stretch(first, of, of(source.read(first, first + held[-1].stop))))
        parts = parts[len(held) :]
    return tuple(found)
