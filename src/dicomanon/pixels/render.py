"""One frame -> 8-bit RGBA for the preview.

Strategy: where values have 16 bits or fewer, the whole way from stored value to colour
is computed once for every possible value and looked up per pixel; else per pixel. The
window comes from the caller, the file, or the frame's own range. Overlays are burned in
white, because names on them must be seen to be masked.

Invariants: the array's size is checked before it is made. Rendering changes nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from dicomanon.dicom.tag import TagPath
from dicomanon.errors import PixelError
from dicomanon.pixels.cells import cells, stored_values
from dicomanon.pixels.codec import check_frame_bytes, comes_back_rgb, decode
from dicomanon.pixels.fragment import encapsulated_frame
from dicomanon.pixels.frame import first_bit, frame_span, native_frame, numbers
from dicomanon.pixels.lut import greys, palette
from dicomanon.pixels.overlay import overlays

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from dicomanon.dicom.instance import Instance
    from dicomanon.pixels.frame import PixelDescription
    from dicomanon.pixels.lut import Greys, Lut

Window = tuple[float, float]
"""Center and width, in output of the modality transformation."""

_TABLE_BYTES = 2
_OPAQUE = 0xFF000000
_WHITE = 0xFFFFFFFF
_UNSEEN_LEVELS = 4
"""Of 256: pictures that differ by no more are one, windows that round differently among them."""


class Rendered(NamedTuple):
    """A picture: width x height x 4 bytes RGBA, row by row; the window used, None for colour."""

    width: int
    height: int
    rgba: bytes
    window: Window | None


def render(
    instance: Instance,
    description: PixelDescription,
    frame: int,
    window: Window | None = None,
    max_px: int | None = None,
) -> Rendered:
    """Render a frame, counted from 1.

    window: center and width; None for the file's own, or the frame's full range;
    max_px: longest side; larger frames are thinned out by a whole step.

    Raises:
        PixelError: the frame is not there, cannot be decoded, or is not described well enough.

    Standard: PS3.3 §C.7.6.3.1.2, §C.11; PS3.4 §N.2.
    """
    d = description
    step = 1 if max_px is None else -(-max(d.rows_px, d.columns_px) // max(max_px, 1))
    values, stored_cells = _stored(instance, d, frame, step)
    used: Window | None = None
    if d.windowed:
        rgba, used = _grey(instance, d, values, greys(instance, d, frame), window)
    elif d.photometric == "PALETTE COLOR":
        rgba = _coloured(instance, d, values)
    else:
        rgba = _colour(d, values)
    for plane in _planes(instance, d, stored_cells, frame):
        rgba[_thinned(plane, step)] = _WHITE
    rows, columns = rgba.shape
    return Rendered(columns, rows, rgba.astype("<u4", copy=False).tobytes(), used)


def _stored(
    instance: Instance, d: PixelDescription, frame: int, step: int
) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """The values of a frame, thinned out, and the cells of a native one."""
    if d.codec is None:
        frame_span(d, frame)
    check_frame_bytes(d)
    if d.codec is None:
        stored_cells = cells(native_frame(instance, d, frame), d, first_bit(d, frame))
        return stored_values(stored_cells[::step, ::step], d), stored_cells
    return decode(encapsulated_frame(instance, d, frame), d)[::step, ::step], None


def views(
    instance: Instance, description: PixelDescription, frame: int, *, overlays_stay: bool = True
) -> list[NDArray[np.uint8]]:
    """Everything that text on a frame may show in: pictures (rows, columns, 3), no two alike.

    The frame as it is displayed, its overlays burned in; grey values over their full range,
    of which a window may hide a part; the overlays alone, which are white on white else.
    Unless they stay, overlays count only where they are bits of the pixels.

    Raises:
        PixelError: as `render`.
    """
    d = description
    values, stored_cells = _stored(instance, d, frame, 1)
    planes = list(_planes(instance, d, stored_cells, frame, apart=overlays_stay))
    drawn = np.logical_or.reduce(planes) if planes else np.zeros(values.shape[:2], np.bool_)
    if d.windowed:
        transformations = greys(instance, d, frame)
        full = _range(instance, d, values, transformations)
        exact = replace(transformations, function="LINEAR_EXACT")  # the file's is for its window
        shown = ((transformations, None), (exact, full))
        found = [_grey(instance, d, values, *each)[0] for each in shown]
    elif d.photometric == "PALETTE COLOR":
        found = [_coloured(instance, d, values)]
    else:
        found = [_colour(d, values)]
    found[0][drawn] = _WHITE
    if planes:
        found.append(np.where(drawn, np.uint32(_WHITE), np.uint32(_OPAQUE)))
    shape = (*values.shape[:2], 4)
    pictures = [c.astype("<u4").view(np.uint8).reshape(shape)[..., :3] for c in found]
    alike = [any(_alike(p, q) for q in pictures[:n]) for n, p in enumerate(pictures)]
    return [picture for picture, twin in zip(pictures, alike, strict=True) if not twin]


def _alike(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> bool:
    """Whether nothing can be read on one picture that the other does not show."""
    darker, brighter = np.minimum(one, other), np.maximum(one, other)
    return bool((brighter - darker <= _UNSEEN_LEVELS).all())


def _looked_up(
    values: NDArray[Any], shade: Callable[[NDArray[Any]], NDArray[np.uint32]]
) -> NDArray[np.uint32]:
    """`shade` of every value: by a table of all possible ones where that is less work."""
    size = values.dtype.itemsize
    if values.dtype.kind == "f" or size > _TABLE_BYTES or values.size < 1 << 8 * size:
        return shade(values)
    unsigned = f"u{size}"
    table = shade(np.arange(1 << 8 * size, dtype=unsigned).view(values.dtype))
    looked_up: NDArray[np.uint32] = table[values.view(unsigned)]
    return looked_up


# -- grey -----------------------------------------------------------------------------------


def _grey(
    instance: Instance,
    d: PixelDescription,
    values: NDArray[Any],
    transformations: Greys,
    window: Window | None,
) -> tuple[NDArray[np.uint32], Window]:
    wanted = window or transformations.window
    voi = transformations.voi if wanted is None else None
    function = transformations.function
    if wanted is None and voi is not None:
        wanted = (voi.first + len(voi.values) / 2, float(len(voi.values)))
    if wanted is None:
        wanted = _range(instance, d, values, transformations)
        function = "LINEAR_EXACT"
    center, width = wanted

    def shade(stored: NDArray[Any]) -> NDArray[np.uint32]:
        shown = _modality(stored, transformations)
        if voi is not None:
            bright = _entries(voi, shown) / ((1 << voi.bits) - 1)
        else:
            bright = _FUNCTIONS.get(function, _linear)(shown, center, width)
        level = (np.clip(np.nan_to_num(bright), 0, 1) * 255 + 0.5).astype(np.uint32)
        if transformations.inverted:
            level = 255 - level
        return level * np.uint32(0x010101) | np.uint32(_OPAQUE)

    with np.errstate(all="ignore"):  # hostile windows overflow; the clip settles that
        return _looked_up(values, shade), wanted


def _modality(stored: NDArray[Any], transformations: Greys) -> NDArray[Any]:
    """Stored values to output of the modality, as floats. Standard: PS3.3 §C.11.1."""
    if transformations.modality is not None:
        return _entries(transformations.modality, stored).astype(np.float64)
    with np.errstate(all="ignore"):  # hostile slopes overflow
        shown = stored * np.float64(transformations.slope) + transformations.intercept
    clipped: NDArray[Any] = np.clip(shown, -_GREATEST, _GREATEST)
    return clipped


def _entries(table: Lut, stored: NDArray[Any]) -> NDArray[Any]:
    """The table's entry of every value."""
    raw = table.values
    values = np.frombuffer(raw, np.uint8) if isinstance(raw, bytes) else np.asarray(raw)
    index = np.clip(np.nan_to_num(stored) - float(table.first), 0, len(values) - 1)
    entries: NDArray[Any] = values[index.astype(np.int64)]
    return entries


def _linear(x: NDArray[Any], center: float, width: float) -> NDArray[Any]:
    """Standard: PS3.3 §C.11.2.1.2.1."""
    return (x - (center - 0.5)) / max(width - 1, 1e-6) + 0.5


def _linear_exact(x: NDArray[Any], center: float, width: float) -> NDArray[Any]:
    """Standard: PS3.3 §C.11.2.1.3.2."""
    return (x - center) / max(width, 1e-300) + 0.5


def _sigmoid(x: NDArray[Any], center: float, width: float) -> NDArray[Any]:
    """Standard: PS3.3 §C.11.2.1.3.1."""
    return 1 / (1 + np.exp(np.clip(-4 * (x - center) / max(width, 1e-300), -700, 700)))


_GREATEST = 1e300
"""What no output of a modality exceeds; differences of two such are still numbers."""
_FUNCTIONS = {"LINEAR": _linear, "LINEAR_EXACT": _linear_exact, "SIGMOID": _sigmoid}


def _range(
    instance: Instance, d: PixelDescription, values: NDArray[Any], transformations: Greys
) -> Window:
    """The window of the frame's own least and greatest value, padding left out."""
    kept = values[np.isfinite(values)] if d.floating else values
    limits = [
        found[0] for tag in (0x00280120, 0x00280121) if (found := numbers(instance.context(), tag))
    ]
    if limits:
        low, high = min(limits), max(limits)
        kept = kept[(kept < low) | (kept > high)]
    if not kept.size:
        return 0.5, 1.0
    if transformations.modality is None:
        kept = np.array([kept.min(), kept.max()])
    shown = _modality(kept, transformations)
    low, high = float(shown.min()), float(shown.max())
    width = (high - low) or 1.0
    return low + width / 2, width


# -- colour ---------------------------------------------------------------------------------


def _coloured(instance: Instance, d: PixelDescription, values: NDArray[Any]) -> NDArray[np.uint32]:
    """Palette indexes as colours. Standard: PS3.3 §C.7.9."""
    tables = palette(instance, d)
    if tables is None:
        raise PixelError("pixel_description", path=TagPath((d.tag,)))

    def shade(stored: NDArray[Any]) -> NDArray[np.uint32]:
        colour = np.full(stored.shape, _OPAQUE, np.uint32)
        for place, table in enumerate(tables):
            level = _entries(table, stored).astype(np.uint32) >> np.uint32(table.bits - 8)
            colour |= (level & np.uint32(0xFF)) << np.uint32(8 * place)
        return colour

    return _looked_up(values, shade)


_YBR_FULL = ((1.0, 0.0, 1.402), (1.0, -0.344136, -0.714136), (1.0, 1.772, 0.0))
_YBR_PARTIAL = ((1.1644, 0.0, 1.596), (1.1644, -0.3917, -0.8129), (1.1644, 2.0173, 0.0))
_TO_RGB = {
    "YBR_FULL": (_YBR_FULL, 0.0),
    "YBR_FULL_422": (_YBR_FULL, 0.0),
    "YBR_PARTIAL_422": (_YBR_PARTIAL, 16.0),
    "YBR_PARTIAL_420": (_YBR_PARTIAL, 16.0),
}
"""Photometric -> matrix to RGB, and the luma of black. Standard: PS3.3 §C.7.6.3.1.2."""


def _colour(d: PixelDescription, values: NDArray[Any]) -> NDArray[np.uint32]:
    """Three samples as colours of 8 bits."""
    bits = min(d.bits_stored, values.dtype.itemsize * 8)
    if bits > 8:  # noqa: PLR2004 - bits of a byte
        values = values >> (bits - 8)
    elif bits < 8:  # noqa: PLR2004 - as above
        values = values.astype(np.uint16) * 255 // ((1 << bits) - 1)
    values = values.astype(np.uint8, copy=False)
    if d.photometric in _TO_RGB and not comes_back_rgb(d):
        matrix, black = _TO_RGB[d.photometric]
        centered = values.astype(np.float32) - np.array((black, 128, 128), np.float32)
        rgb = centered.reshape(-1, 3) @ np.array(matrix, np.float32).T  # flat: one call of BLAS
        values = np.clip(np.rint(rgb), 0, 255).astype(np.uint8).reshape(values.shape)
    colour = np.full((*values.shape[:2], 4), 255, np.uint8)
    colour[..., :3] = values
    return colour.view("<u4")[..., 0]


# -- overlays -------------------------------------------------------------------------------


def _planes(
    instance: Instance,
    d: PixelDescription,
    stored_cells: NDArray[Any] | None,
    n: int,
    *,
    apart: bool = True,
) -> Iterator[NDArray[np.bool_]]:
    """The overlays of frame n on the image: (rows, columns), true where they are drawn.

    apart: those, too, whose data are not bits of the pixels.
    """
    for overlay in overlays(instance, d):
        if overlay.element is None:
            if stored_cells is not None:
                yield (stored_cells >> overlay.bit & 1).astype(np.bool_)
            continue
        index = overlay.frame_of(n) if apart else None
        if index is None:
            continue
        size = overlay.rows_px * overlay.columns_px
        first = index * size
        start = overlay.element.value_start + first // 16 * 2
        stop = min(start + (first % 16 + size + 15) // 16 * 2, overlay.element.value_stop)
        raw = np.frombuffer(instance.window.read(start, stop), np.uint8)
        if overlay.word_swapped:
            raw = raw.view(np.uint16).byteswap().view(np.uint8)
        bits = np.unpackbits(raw, bitorder="little")[first % 16 :][:size]
        drawn = bits.reshape(overlay.rows_px, overlay.columns_px).astype(np.bool_)
        yield _placed(drawn, overlay.row_px, overlay.column_px, d)


def _placed(
    drawn: NDArray[np.bool_], row: int, column: int, d: PixelDescription
) -> NDArray[np.bool_]:
    """A bitmap cut to the image, its corner at row, column."""
    placed = np.zeros((d.rows_px, d.columns_px), np.bool_)
    part = drawn[max(-row, 0) :, max(-column, 0) :]
    top, left = max(row, 0), max(column, 0)
    target = placed[top : top + part.shape[0], left : left + part.shape[1]]
    target[:] = part[: target.shape[0], : target.shape[1]]
    return placed


def _thinned(plane: NDArray[np.bool_], step: int) -> NDArray[np.bool_]:
    """A bitmap thinned out like the image, but so that thin strokes stay."""
    if step == 1:
        return plane
    rows, columns = plane.shape
    thinned = np.logical_or.reduceat(plane, np.arange(0, rows, step), axis=0)
    return np.logical_or.reduceat(thinned, np.arange(0, columns, step), axis=1)
