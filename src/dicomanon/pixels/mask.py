"""Regions -> edits: black where a person masked, every other bit as it was.

Strategy: native pixels are a formula, so a mask is byte ranges and what to put there.
The pattern of one frame is made once and stands for a whole run of frames; no pixel is
read, except the byte at each end of a row of single bits.
Masked cells are replaced whole, so overlays in their unused bits go too; overlay
planes are cleared under the same regions. Compressed pixels are `compressed`'s.

Invariants: patches are sorted, disjoint and inside the value. A stored cell changes
only if a masked pixel is made of it; where two pixels share their chroma (4:2:2),
masking one of them replaces the chroma of both, and the other keeps its luma. What
cannot be masked as asked raises; nothing is masked in part.

Standard: PS3.5 §8, PS3.3 §C.7.6.3.1.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Literal, NamedTuple

from dicomanon.dicom.ranges import PaintedRange
from dicomanon.dicom.segment import NewElement, Patches
from dicomanon.dicom.tag import TagPath
from dicomanon.errors import PixelError, ProfileError
from dicomanon.pixels.black import black
from dicomanon.pixels.frame import describe, swapped_pairs
from dicomanon.pixels.overlay import overlays
from dicomanon.pixels.region import Region, clip, frame_runs, moved, parse_region

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from dicomanon.dicom.instance import Element, Instance
    from dicomanon.dicom.segment import Edit
    from dicomanon.dicom.source import Window
    from dicomanon.dicom.tag import Tag
    from dicomanon.pixels.compressed import MaskedFrames
    from dicomanon.pixels.frame import PixelDescription
    from dicomanon.pixels.overlay import Overlay
    from dicomanon.pixels.region import Band, FrameRun
    from dicomanon.pixels.unmaskable import Instead, Unmaskable

__all__ = ["Masked", "Region", "blackout", "blackout_overlays", "mask", "parse_region"]

Part = tuple[int, bytes]

_FILL_BYTES = 1 << 20
_BLOCK_BYTES = 1 << 20


class Masked(NamedTuple):
    """What masks change in an instance.

    edits: of Pixel Data and what describes it, and of overlay planes; insertions: elements
    that are new; frames: how many frames are touched; change: the greatest difference of a
    stored value outside the masks, which only irreversible codecs make; regions: what was
    masked, less frames that were black there already and keep their bytes; instead: what
    became of pixels that could not be masked, None where they could.
    """

    edits: dict[Element, Edit]
    insertions: tuple[NewElement, ...]
    frames: int
    change: int
    regions: tuple[Region, ...]
    instead: Instead | None = None


def mask(
    instance: Instance, regions: Sequence[Region], unmaskable: Unmaskable = "refuse"
) -> Masked:
    """Everything that masking these regions changes; no regions, no change.

    unmaskable: what becomes of compressed pixels that no mask can be burned into.

    Raises:
        PixelError: `no_pixels`, `encapsulated_mask`, `codec`, `frame_size`,
            `pixel_description`, `pixel_layout`.
        ProfileError: `mask`, a region lies outside the image.
    """
    if not regions:
        return Masked({}, (), 0, 0, ())
    description = describe(instance)
    if description is None:
        raise PixelError("no_pixels")
    clipped = _clipped(description, regions)
    runs = list(frame_runs(clipped, description.frames))
    frames = sum(run.last + 1 - run.first for run in runs)
    by_tag: dict[Tag, Edit] = {}
    change, same, instead = 0, frozenset[int](), None
    if description.codec is None:
        by_tag[description.tag] = blackout(instance, description, regions)
    elif runs:
        by_tag, change, same, instead = _compressed(instance, description, runs, unmaskable)
        frames = 0 if instead == "remove" else frames
    found = {tag: instance.data_set.find(tag) for tag in by_tag}
    edits = {element: by_tag[tag] for tag, element in found.items() if element is not None}
    edits.update(blackout_overlays(instance, description, regions))
    new = (by_tag[tag] for tag, element in found.items() if element is None)
    insertions = tuple(edit for edit in new if isinstance(edit, NewElement))
    burned = tuple(_without(clipped, same, description.frames)) if same else tuple(regions)
    return Masked(edits, insertions, frames, change, burned, instead)


def _compressed(
    instance: Instance,
    description: PixelDescription,
    runs: Sequence[FrameRun],
    unmaskable: Unmaskable,
) -> MaskedFrames:
    """Masked frames, or what the person chose in their place."""
    from dicomanon.pixels.compressed import MaskedFrames, mask_compressed  # noqa: PLC0415 - numpy

    try:
        return mask_compressed(instance, description, runs)
    except PixelError:
        if unmaskable == "refuse":
            raise
    from dicomanon.pixels.unmaskable import ANSWERS  # noqa: PLC0415 - few are asked

    edits = ANSWERS[unmaskable](instance, description, runs)
    return MaskedFrames(edits, 0, frozenset(), unmaskable)


def _without(regions: Iterable[Region], same: frozenset[int], frames: int) -> Iterator[Region]:
    """Regions on every frame but those, frame by frame."""
    for region in regions:
        first, last = region.frames or (1, frames)
        for n in range(first, last + 1):
            if n not in same:
                yield replace(region, frames=(n, n))


def blackout(
    instance: Instance, description: PixelDescription, regions: Sequence[Region]
) -> Patches:
    """Patches of native pixels that make the regions black; regions are cut at the image's edge.

    Raises:
        PixelError: `pixel_layout`, the value has not the size the attributes say;
            `pixel_description`, black cannot be told.
        ProfileError: `mask`, a region lies outside the image.
    """
    d = description
    clipped = _clipped(d, regions)
    _check_size(instance.window, d)
    runs = list(frame_runs(clipped, d.frames))
    if not runs:
        return Patches(())
    cells = black(instance, d, runs[0].first).cells
    if d.bits_allocated == 1:
        width, frame_bits = d.columns_px, d.frame_bits
        bits = _bits(((run, (run.first - 1) * frame_bits) for run in runs), width, frame_bits)
        swapped = d.word_swapped
        return _patched_bits(instance.window, d.start, bits, swapped=swapped, fill=cells[0])
    painted = (_painted(d, run, cells) for run in runs)
    if not d.word_swapped:
        return Patches(tuple((each.start, each) for each in painted))
    parts = ((start - d.start, data) for each in painted for start, data in _every(each))
    return Patches(tuple((d.start + start, data) for start, data in _swapped(parts)))


def _clipped(description: PixelDescription, regions: Sequence[Region]) -> list[Region]:
    d = description
    clipped = [clip(region, d.columns_px, d.rows_px, d.frames) for region in regions]
    inside = [region for region in clipped if region is not None]
    if len(inside) < len(clipped):
        raise ProfileError("mask")
    return inside


def _check_size(window: Window, d: PixelDescription) -> None:
    """Refuse a value that is shorter than its frames, or holds more than padding after them.

    Pixels that the attributes do not account for would stay unmasked.
    """
    size_bytes = (d.frames * d.frame_bits + 7) // 8
    stop = d.start + size_bytes + (size_bytes % 2 if d.word_swapped else 0)
    surplus = d.stop - stop
    if surplus < 0 or 1 < surplus >= d.frame_bits // 8:
        raise PixelError("pixel_layout", path=TagPath((d.tag,)))
    if surplus > 1:
        for start in range(stop, d.stop, _BLOCK_BYTES):
            if any(window.read(start, min(start + _BLOCK_BYTES, d.stop))):
                raise PixelError("pixel_layout", path=TagPath((d.tag,)))


# -- cells of whole bytes -----------------------------------------------------------------


def _painted(d: PixelDescription, run: FrameRun, black: tuple[int, ...]) -> PaintedRange:
    """A run of frames, with the parts of one of them."""
    order: Literal["little", "big"] = "little" if d.little else "big"
    cells = [cell.to_bytes(d.cell_bytes, order) for cell in black]
    plane_bytes = d.rows_px * d.row_cells * d.cell_bytes
    parts = chain.from_iterable(
        _band_parts(d, band, plane * plane_bytes, [cells[plane]] if d.planar else cells)
        for plane in range(d.planes)
        for band in run.bands
    )
    frame_bytes = d.frame_bits // 8
    start, stop = d.start + (run.first - 1) * frame_bytes, d.start + run.last * frame_bytes
    return PaintedRange(start, stop, frame_bytes, tuple(parts))


def _band_parts(d: PixelDescription, band: Band, plane: int, cells: list[bytes]) -> Iterator[Part]:
    """The parts of a band of one plane, relative to the frame; whole rows are joined."""
    pieces: list[Part] = []
    for start, stop in band.columns:
        if d.shared_chroma:
            pieces += _shared(start, stop, cells, d.cell_bytes)
        else:
            pixel = b"".join(cells)
            pieces.append((start * len(pixel), pixel * (stop - start)))
    row_bytes = d.row_cells * d.cell_bytes
    together = 1
    if len(pieces) == 1 and len(pieces[0][1]) == row_bytes:
        together = max(1, min(band.stop - band.start, _FILL_BYTES // row_bytes))
        pieces = [(0, pieces[0][1] * together)]
    for row in range(band.start, band.stop, together):
        rest_bytes = (band.stop - row) * row_bytes
        for at, data in pieces:
            yield plane + row * row_bytes + at, data[:rest_bytes]


def _every(painted: PaintedRange) -> Iterator[Part]:
    """The parts of every frame, absolute."""
    for base in range(painted.start, painted.stop, painted.period_bytes):
        for at, data in painted.parts:
            yield base + at, data


def _shared(start: int, stop: int, cells: list[bytes], cell_bytes: int) -> list[Part]:
    """Columns start..stop of a row of Y Y Cb Cr: chroma goes with either of its pixels.

    Standard: PS3.3 §C.7.6.3.1.2.
    """
    luma, chroma = cells[0], cells[1] + cells[2]
    first, last = start // 2, (stop + 1) // 2
    data = (luma + luma + chroma) * (last - first)
    at = first * 4 * cell_bytes
    if start % 2:
        at, data = at + cell_bytes, data[cell_bytes:]
    if stop % 2 == 0:
        return [(at, data)]
    kept = len(data) - 3 * cell_bytes  # then comes the last pair's second luma, which stays
    return [(at, data[:kept]), (at + kept + cell_bytes, chroma)]


def _joined(parts: Iterable[Part]) -> Iterator[Part]:
    """Parts that touch, as one."""
    held: list[bytes] = []
    start = stop = -1
    for at, data in parts:
        if at != stop:
            if held:
                yield start, b"".join(held)
            held, start = [], at
        held.append(data)
        stop = at + len(data)
    if held:
        yield start, b"".join(held)


def _swapped(parts: Iterable[Part]) -> Iterator[Part]:
    """Parts of bytes that are stored swapped in pairs: byte k stands at k ^ 1.

    Standard: PS3.5 §8.1.1, Annex A.3 (OW in Explicit VR Big Endian).
    """
    for at, data in _joined(parts):
        start, rest = at, data
        if start % 2:
            yield start - 1, rest[:1]
            start, rest = start + 1, rest[1:]
        paired = len(rest) - len(rest) % 2
        if paired:
            yield start, swapped_pairs(rest[:paired])
        if paired < len(rest):
            yield start + paired + 1, rest[paired:]


# -- single bits --------------------------------------------------------------------------


def _bits(
    runs: Iterable[tuple[FrameRun, int]], columns_px: int, frame_bits: int
) -> Iterator[tuple[int, int]]:
    """The half-open bit ranges of runs of frames, each with the bit its first frame begins at."""
    for run, first in runs:
        for frame in range(run.last + 1 - run.first):
            for band in run.bands:
                for row in range(band.start, band.stop):
                    at = first + frame * frame_bits + row * columns_px
                    for start, stop in band.columns:
                        yield at + start, at + stop


def _patched_bits(
    window: Window, start: int, bits: Iterable[tuple[int, int]], *, swapped: bool, fill: int
) -> Patches:
    """Bits of a packed value set or cleared; bytes that keep some bits are read."""

    def whole(byte: int, changed: int) -> bytes:
        at = start + (byte ^ 1 if swapped else byte)
        kept = window.read(at, at + 1)[0] & ~changed
        return bytes((kept | (changed if fill else 0),))

    parts = _byte_parts(bits, b"\xff" if fill else b"\0", whole)
    if swapped:
        parts = _swapped(parts)
    return Patches(tuple((start + at, data) for at, data in parts))


def _byte_parts(
    bits: Iterable[tuple[int, int]], fill: bytes, whole: Callable[[int, int], bytes]
) -> Iterator[Part]:
    """Bit ranges as bytes, lowest bit first; `whole` makes the byte of which only bits change.

    Standard: PS3.5 §8.1.1.
    """
    byte, changed = -1, 0
    for start, stop in bits:
        first, last = start // 8, (stop - 1) // 8
        head, tail = 0xFF << start % 8 & 0xFF, 0xFF >> 7 - (stop - 1) % 8
        if first != byte:
            if changed:
                yield byte, whole(byte, changed)
            byte, changed = first, 0
        if first == last:
            changed |= head & tail
            continue
        yield byte, whole(byte, changed | head)
        if last - first > 1:
            yield first + 1, fill * (last - first - 1)
        byte, changed = last, tail
    if changed:
        yield byte, whole(byte, changed)


# -- overlay planes -----------------------------------------------------------------------


def blackout_overlays(
    instance: Instance, description: PixelDescription, regions: Sequence[Region]
) -> dict[Element, Patches]:
    """Patches of the overlay planes (60xx,3000) that clear them under the regions.

    Raises:
        PixelError: `pixel_description` or `pixel_layout`, a plane is not what its attributes say.
        ProfileError: `mask`, a region lies outside the image.

    Standard: PS3.3 §C.9.2.
    """
    clipped = _clipped(description, regions)
    found: dict[Element, Patches] = {}
    for overlay in overlays(instance, description):
        if overlay.element is None:
            continue  # it lives in the cells, which are replaced whole
        bits = _bits(
            (
                (run, (run.first - 1) * overlay.rows_px * overlay.columns_px)
                for run in frame_runs(_on_overlay(overlay, clipped), overlay.frames)
            ),
            overlay.columns_px,
            overlay.rows_px * overlay.columns_px,
        )
        start, swapped = overlay.element.value_start, overlay.word_swapped
        patches = _patched_bits(instance.window, start, bits, swapped=swapped, fill=0)
        if patches.parts:
            found[overlay.element] = patches
    return found


def _on_overlay(overlay: Overlay, regions: Iterable[Region]) -> list[Region]:
    """Image regions in an overlay's own rows, columns and frames."""
    found = []
    for region in regions:
        frames = None
        if region.frames is not None and not overlay.every_frame:
            first, last = (n - overlay.first_frame + 1 for n in region.frames)
            if last < 1:
                continue
            frames = (max(first, 1), last)
        here = moved(region, -overlay.column_px, -overlay.row_px)
        own = Region(here.x_px, here.y_px, here.width_px, here.height_px, frames)
        inside = clip(own, overlay.columns_px, overlay.rows_px, overlay.frames)
        if inside is not None:
            found.append(inside)
    return found
