"""Masks in the DCT domain: a sequential JPEG whose blocks under a mask are black.

Strategy: the marker segments are followed from start to end; each scan's blocks that
touch a mask are replaced in its entropy-coded segments (`entropy`), everything else is
copied. A table that lacks a code is sent again, longer, before the scan.

Invariants: blocks that touch no mask keep their coefficients to the bit. Application
segments and comments that could hold a thumbnail or a text do not pass. Progressive,
hierarchical and arithmetic JPEG are refused, as is what is broken or not whole.

Standard: ISO/IEC 10918-1 §A.2, §B, §F.
"""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dicomanon.dicom.tag import TagPath
from dicomanon.errors import PixelError
from dicomanon.pixels.codestream import jpeg_header, kept_application, says_ybr
from dicomanon.pixels.entropy import Coder, Wanted, replaced, restarts, walk
from dicomanon.pixels.huffman import table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from dicomanon.pixels.black import Black
    from dicomanon.pixels.frame import PixelDescription
    from dicomanon.pixels.huffman import Table
    from dicomanon.pixels.region import Band

_BLOCK_PX = 8
_ENTROPY_END = re.compile(rb"\xff+[\x01-\xcf\xd8-\xfe]")
_NO_SEGMENT = frozenset((0x01, *range(0xD0, 0xD9)))
_END, _SCAN, _TABLES, _QUANTIZERS, _INTERVAL = 0xD9, 0xDA, 0xC4, 0xDB, 0xDD
_APPLICATIONS, _COMMENT = range(0xE0, 0xF0), 0xFE


class MaskedJpeg(NamedTuple):
    """A masked JPEG.

    changed: (rows, columns), the pixels of replaced blocks; black: the components of a
    black pixel; tolerance: by how much quantization may miss it; subsampled: whether
    components are enlarged, so that neighbours of a replaced block look different too.
    """

    data: bytes
    changed: NDArray[np.bool_]
    black: tuple[int, ...]
    tolerance: int
    subsampled: bool


class _Component(NamedTuple):
    """identifier; across, down: sampling factors; quantizer: its table's number. §B.2.2."""

    identifier: int
    across: int
    down: int
    quantizer: int


def mask_jpeg(
    data: bytes, description: PixelDescription, bands: Sequence[Band], black: Black
) -> MaskedJpeg:
    """Make the blocks that touch the bands black.

    Raises:
        PixelError: `codec`, the JPEG is broken; `encapsulated_mask`, it is of a kind that
            cannot be masked.
    """
    try:
        return _Masker(data, description, bands, black).masked()
    except OverflowError:  # a full Huffman table has no code for black
        raise PixelError("encapsulated_mask", path=TagPath((description.tag,))) from None
    except (IndexError, KeyError, ValueError, struct.error):
        raise PixelError("codec", path=TagPath((description.tag,))) from None


class _Masker:
    """One JPEG on its way."""

    def __init__(
        self, data: bytes, d: PixelDescription, bands: Sequence[Band], black: Black
    ) -> None:
        self._data = data
        self._d = d
        self._bands = bands
        self._black_pixel = black
        self._out = [data[:2]]
        self._huffman: dict[int, Table] = {}
        self._dc_steps: dict[int, int] = {}
        self._components: dict[int, _Component] = {}
        self._precision = 0
        self._interval = 0
        self._black: dict[int, int] = {}
        self._tolerance = 0
        self._done: set[int] = set()
        self._changed = np.zeros((d.rows_px, d.columns_px), np.bool_)

    def masked(self) -> MaskedJpeg:
        """Follow the marker segments to the end of the image."""
        data, position = self._data, 2
        while position < len(data):
            if data[position] != 0xFF:  # noqa: PLR2004 - a marker's first byte
                raise IndexError
            marker = data[position + 1]
            if marker == 0xFF:  # noqa: PLR2004 - a fill byte
                position += 1
                continue
            if marker == _END:
                break
            if marker in _NO_SEGMENT:
                raise IndexError
            stop = position + 2 + struct.unpack_from(">H", data, position + 2)[0]
            segment = data[position:stop]
            position = stop
            if marker == _SCAN:
                position = self._scan(segment, stop)
                continue
            self._HANDLERS.get(marker, _Masker._other)(self, marker, segment)
            if kept_application(segment) or marker not in (*_APPLICATIONS, _COMMENT):
                self._out.append(segment)
        if self._done != self._components.keys() or not self._done:
            raise IndexError
        self._out.append(b"\xff\xd9")
        components = self._components.values()
        return MaskedJpeg(
            b"".join(self._out),
            self._changed,
            tuple(self._black[c.identifier] for c in components),
            self._tolerance,
            len({(c.across, c.down) for c in components}) > 1,
        )

    # -- marker segments -----------------------------------------------------------------

    def _other(self, marker: int, _: bytes) -> None:
        if marker not in (*_APPLICATIONS, _COMMENT):  # DNL, DAC, hierarchical, other frames
            raise self._refused()

    def _refused(self) -> PixelError:
        return PixelError("encapsulated_mask", path=TagPath((self._d.tag,)))

    def _frame(self, _: int, segment: bytes) -> None:
        """§B.2.2; the size was compared with the description before."""
        if self._components:
            raise IndexError
        self._precision, rows, columns, count = struct.unpack_from(">BHHB", segment, 4)
        if (rows, columns, count) != (self._d.rows_px, self._d.columns_px, self._d.samples):
            raise IndexError
        for at in range(10, 10 + 3 * count, 3):
            identifier, sampling, quantizer = segment[at : at + 3]
            across, down = sampling >> 4, sampling & 15
            if not (1 <= across <= 4 and 1 <= down <= 4):  # noqa: PLR2004 - §B.2.2
                raise IndexError
            self._components[identifier] = _Component(identifier, across, down, quantizer)
        if len(self._components) != count:
            raise IndexError
        if any(
            self._most[0] % c.across or self._most[1] % c.down for c in self._components.values()
        ):
            raise self._refused()
        values = black_components(self._data, self._d, self._black_pixel, self._precision)
        self._black = dict(zip(self._components, values, strict=True))

    def _quantizers(self, _: int, segment: bytes) -> None:
        """The DC step of each table. §B.2.4.1."""
        at = 4
        while at < len(segment):
            wide, number = segment[at] >> 4, segment[at] & 15
            form, size = (">H", 128) if wide else (">B", 64)
            (self._dc_steps[number],) = struct.unpack_from(form, segment, at + 1)
            at += 1 + size

    def _tables(self, _: int, segment: bytes) -> None:
        """Huffman tables by class and number. §B.2.4.2."""
        at = 4
        while at < len(segment):
            counts = segment[at + 1 : at + 17]
            stop = at + 17 + sum(counts)
            self._huffman[segment[at]] = table(counts, segment[at + 17 : stop])
            at = stop

    def _restart_interval(self, _: int, segment: bytes) -> None:
        (self._interval,) = struct.unpack_from(">H", segment, 4)

    _HANDLERS: dict[int, Callable[[_Masker, int, bytes], None]] = {  # noqa: RUF012 - a table
        0xC0: _frame,
        0xC1: _frame,
        _TABLES: _tables,
        _QUANTIZERS: _quantizers,
        _INTERVAL: _restart_interval,
    }

    @property
    def _most(self) -> tuple[int, int]:
        components = self._components.values()
        return max(c.across for c in components), max(c.down for c in components)

    # -- scans ---------------------------------------------------------------------------

    def _scan(self, segment: bytes, start: int) -> int:
        """Write a scan with its header; where its entropy-coded data ends. §B.2.3.

        Scans of sequential processes hold the whole spectrum, even where a header says less,
        as some do: no decoder listens to it.
        """
        count = segment[4]
        chosen = [
            (self._components[segment[at]], segment[at + 1]) for at in range(5, 5 + 2 * count, 2)
        ]
        self._done.update(component.identifier for component, _ in chosen)
        found = _ENTROPY_END.search(self._data, start)
        stop = len(self._data) if found is None else found.start()
        coders: dict[int, Coder] = {}
        for _, numbers in chosen:
            for number in (numbers >> 4, numbers & 15 | 0x10):
                coders.setdefault(number, Coder(self._huffman[number]))
        written = self._entropy(chosen, coders, self._data[start:stop])
        for number, coder in coders.items():
            if coder.extended:
                self._huffman[number] = coder.table
                body = bytes((number,)) + coder.table.counts + coder.table.symbols
                self._out.append(b"\xff\xc4" + struct.pack(">H", len(body) + 2) + body)
        self._out += (segment, written)
        return stop

    def _entropy(
        self, chosen: list[tuple[_Component, int]], coders: dict[int, Coder], data: bytes
    ) -> bytes:
        """A scan's entropy-coded data, restart interval by restart interval."""
        pairs = tuple((coders[n >> 4], coders[n & 15 | 0x10]) for _, n in chosen)
        touched, owners = self._units([component for component, _ in chosen])
        pattern = tuple((pairs[o][0].table, pairs[o][1].table) for o in owners.tolist())
        black = np.array([self._black_dc(component) for component, _ in chosen], np.int64)
        segments = list(restarts(data))
        each = self._interval or len(touched)
        if len(segments) != -(-len(touched) // each):
            raise IndexError
        made: list[bytes] = []
        for number, coded in enumerate(segments):
            mine = touched[number * each : (number + 1) * each]
            if number:
                made.append(bytes((0xFF, 0xD0 + (number - 1) % 8)))
            if not mine.any():
                made.append(coded)
                continue
            plain = coded.replace(b"\xff\0", b"\xff")
            blocks = walk(plain, len(mine), pattern)
            every = np.tile(owners, len(mine))
            wanted = Wanted(mine.reshape(-1), black[every], every)
            new = replaced(plain, blocks, wanted, pairs)
            made.append(new.replace(b"\xff", b"\xff\0"))
        return b"".join(made)

    def _units(self, chosen: list[_Component]) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
        """Of every MCU, which blocks touch a mask; and which component owns each block. §A.2."""
        across_most, down_most = self._most
        if len(chosen) == 1:
            c = chosen[0]
            grid = self._touched(c)
            rows = -(-self._d.rows_px * c.down // (_BLOCK_PX * down_most))
            columns = -(-self._d.columns_px * c.across // (_BLOCK_PX * across_most))
            return grid[:rows, :columns].reshape(-1, 1), np.zeros(1, np.int64)
        parts = []
        owners: list[int] = []
        for owner, c in enumerate(chosen):
            grid = self._touched(c)
            rows, columns = grid.shape[0] // c.down, grid.shape[1] // c.across
            units = grid.reshape(rows, c.down, columns, c.across).transpose(0, 2, 1, 3)
            parts.append(units.reshape(rows * columns, c.down * c.across))
            owners += [owner] * (c.down * c.across)
        return np.concatenate(parts, axis=1), np.array(owners)

    def _touched(self, c: _Component) -> NDArray[np.bool_]:
        """The blocks of a component that touch a mask, those that only pad MCUs included.

        Padding repeats the image's edge, so a mask at the edge goes on into it.
        """
        across_most, down_most = self._most
        d = self._d
        rows = -(-d.rows_px // (_BLOCK_PX * down_most)) * c.down
        columns = -(-d.columns_px // (_BLOCK_PX * across_most)) * c.across
        high, wide = _BLOCK_PX * down_most // c.down, _BLOCK_PX * across_most // c.across
        grid = np.zeros((rows, columns), np.bool_)
        for band in self._bands:
            bottom = rows if band.stop == d.rows_px else -(-band.stop // high)
            for start, stop in band.columns:
                right = columns if stop == d.columns_px else -(-stop // wide)
                grid[band.start // high : bottom, start // wide : right] = True
        pixels = grid.repeat(high, axis=0).repeat(wide, axis=1)
        self._changed |= pixels[: d.rows_px, : d.columns_px]
        return grid

    def _black_dc(self, c: _Component) -> int:
        """The quantized DC coefficient of a black block.

        Where black is an end of the range, quantization errs beyond it and is clipped.
        """
        step = self._dc_steps[c.quantizer]
        value, middle = self._black[c.identifier], 1 << self._precision - 1
        wanted = (value - middle) * _BLOCK_PX
        if value == 0:
            return wanted // step
        if value == 2 * middle - 1:
            return -(-wanted // step)
        if wanted % step:
            self._tolerance = max(self._tolerance, step // 16 + 1)
        return round(wanted / step)


def black_components(
    data: bytes, d: PixelDescription, black: Black, precision: int
) -> tuple[int, ...]:
    """The components of a black pixel, by what a decoder takes them for."""
    if d.samples == 1:
        return (black.values[0] & (1 << precision) - 1,)
    middle = 1 << precision - 1
    return (0, 0, 0) if _holds_rgb(data, d) else (0, middle, middle)


def _holds_rgb(data: bytes, d: PixelDescription) -> bool:
    """Whether components are RGB: as `codec` has it, and where that asks libjpeg, as that has."""
    if d.photometric == "RGB":
        return not says_ybr(data)
    header = jpeg_header(data)
    if b"\xff\xe0\x00\x10JFIF\0" in header.applications:
        return False
    adobe = header.applications.find(b"\xff\xee\x00\x0eAdobe")
    if adobe >= 0:
        return header.applications[adobe + 15] == 0
    return header.identifiers == b"RGB"
