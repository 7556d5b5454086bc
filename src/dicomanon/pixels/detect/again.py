"""A second look, at an output: the text that is still there and should not be.

Strategy: where texts are read, those that equal a value of the source should be gone. Where
nobody reads them, any text counts that was not decided on: it lies neither where a mask is nor
where the search had shown text that was then left as it was.

Invariants: coroutines, as in `find`. What is on frames that no decision was about counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dicomanon.pixels.detect.search import Options, search

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from dicomanon.dicom.instance import Instance
    from dicomanon.pixels.detect.find import Steps, TextRegion
    from dicomanon.pixels.detect.reason import Known
    from dicomanon.pixels.region import Region

_EVERY_FRAME = Options(every_frame=True)
_LEFT_ALONE = 0.25
"""Text that was shown and has no more than this share under masks was meant to stay."""
_DECIDED = 0.5
"""Text of the output is another than was decided on where this share of it lies outside."""


def still_readable(
    output: Instance,
    known: Known,
    options: Options = _EVERY_FRAME,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Steps[tuple[TextRegion, ...]]:
    """What an output still shows of the source's identifying values; known: of the source.

    progress: as in `search`.

    Raises:
        PixelError: as `search`.
    """
    findings = yield from search(output, options, known, progress)
    return tuple(
        found
        for found in findings.regions
        if found.reason is not None and found.reason.kind == "identifier"
    )


def undecided(
    output: Instance,
    masks: Sequence[Region],
    shown: Iterable[Region],
    options: Options,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Steps[tuple[TextRegion, ...]]:
    """The text of an output that nobody decided on; shown: text that a person was shown.

    progress: as in `search`.

    Raises:
        PixelError: as `search`.
    """
    findings = yield from search(output, options, progress=progress)
    decided = [*masks, *(text for text in shown if _share(text, masks) <= _LEFT_ALONE)]
    return tuple(text for text in findings.regions if _share(text.region, decided) < _DECIDED)


def _share(region: Region, others: Iterable[Region]) -> float:
    """How much of a region lies in others that are on all of its frames, 0 to 1."""
    covered = np.zeros((region.height_px, region.width_px), np.bool_)
    for other in others:
        if _is_throughout(other, region):
            x, y = other.x_px - region.x_px, other.y_px - region.y_px
            rows = slice(max(y, 0), max(y + other.height_px, 0))
            covered[rows, max(x, 0) : max(x + other.width_px, 0)] = True
    return float(covered.mean())


def _is_throughout(other: Region, region: Region) -> bool:
    """Whether one region is on every frame of another."""
    if other.frames is None or region.frames is None:
        return other.frames is None
    return other.frames[0] <= region.frames[0] and region.frames[1] <= other.frames[1]
