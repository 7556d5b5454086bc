"""Masks on compressed pixel data: touched frames are coded again, all others keep their bytes.

Strategy: the frames of each run are read, recoded (`recode`), natively several at a
time, and put in place of the old (`encapsulate`). Where every frame is touched and
an irreversible colour transformation is all that stands against lossless coding, the
pixels become of the reversible kind, and the Photometric Interpretation says so.

Invariants: the transfer syntax stays. Attributes that describe the pixels stay true:
where a stored value outside the masks changed, that is one more lossy compression.
"""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from dicomanon.dicom.segment import NewElement
from dicomanon.dicom.tag import TagPath
from dicomanon.errors import PixelError
from dicomanon.pixels.black import black
from dicomanon.pixels.encapsulate import encapsulated
from dicomanon.pixels.fragment import encapsulated_frame
from dicomanon.pixels.frame import PHOTOMETRIC, text
from dicomanon.pixels.recode import recode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from dicomanon.dicom.instance import Instance
    from dicomanon.dicom.segment import Edit
    from dicomanon.dicom.tag import Tag
    from dicomanon.pixels.frame import PixelDescription
    from dicomanon.pixels.recode import Recoded
    from dicomanon.pixels.region import FrameRun
    from dicomanon.pixels.unmaskable import Instead

LOSSY: Tag = 0x00282110
LOSSY_RATIO: Tag = 0x00282112
LOSSY_METHOD: Tag = 0x00282114
_REVERSIBLE = {"YBR_ICT": "YBR_RCT", "XYB": "RGB"}
_METHODS = {
    "jpeg": "ISO_10918_1",
    "jpeg_2000": "ISO_15444_1",
    "htj2k": "ISO_15444_15",
    "jpeg_xl": "ISO_18181_1",
}
_AT_ONCE = 64

Made = TypeVar("Made")


class MaskedFrames(NamedTuple):
    """Edits by tag; the greatest change of a stored value outside the masks; what stayed.

    same: frames, from 1, that were black under their masks and coded as we code them;
    instead: what became of pixels that could not be masked.
    """

    edits: dict[Tag, Edit]
    change: int
    same: frozenset[int]
    instead: Instead | None = None


def mask_compressed(
    instance: Instance, description: PixelDescription, runs: Sequence[FrameRun]
) -> MaskedFrames:
    """Make the bands of runs of frames black in compressed pixel data.

    Raises:
        PixelError: `encapsulated_mask`, it cannot be encoded back; `codec`, `frame_size`,
            `pixel_layout`, `pixel_description`, as decoding has them.
    """
    d = description
    if not d.maskable:
        raise PixelError("encapsulated_mask", path=TagPath((d.tag,)))
    touched = sum(run.last + 1 - run.first for run in runs)
    if touched == d.frames:
        d = replace(d, photometric=_REVERSIBLE.get(d.photometric, d.photometric))
    pixel = black(instance, d, runs[0].first)
    uid = instance.transfer_syntax.uid

    def job(run: FrameRun, n: int) -> Callable[[], Recoded | None]:
        data = encapsulated_frame(instance, d, n)

        def recoded() -> Recoded | None:
            new = recode(data, d, run.bands, pixel, uid)
            return None if new.data == data else new

        return recoded

    jobs = {n: (run, n) for run in runs for n in range(run.first, run.last + 1)}
    done = dict(zip(jobs, in_order(job(*each) for each in jobs.values()), strict=True))
    new = {n: recoded for n, recoded in done.items() if recoded is not None}
    edits: dict[Tag, Edit] = {}
    if new:
        edits.update(encapsulated(instance, d, {n: recoded.data for n, recoded in new.items()}))
    if new and d.photometric != description.photometric:
        edits[PHOTOMETRIC] = NewElement(PHOTOMETRIC, "CS", padded(d.photometric))
    change = max((recoded.change for recoded in new.values()), default=0)
    if change:
        packed = sum(len(recoded.data) for recoded in new.values())
        edits.update(lossy(instance, d, len(new) * d.frame_bits / 8 / packed))
    return MaskedFrames(edits, change, frozenset(done.keys() - new.keys()))


def in_order(jobs: Iterable[Callable[[], Made]]) -> Iterator[Made]:
    """Jobs done in order, several at a time where there are threads; few are read ahead."""
    if sys.platform == "emscripten":
        for job in jobs:
            yield job()
        return
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        waiting = []
        for job in jobs:
            waiting.append(pool.submit(job))
            if len(waiting) == _AT_ONCE:
                yield from (each.result() for each in waiting)
                waiting = []
        yield from (each.result() for each in waiting)


def lossy(instance: Instance, d: PixelDescription, ratio: float) -> dict[Tag, Edit]:
    """The attributes that tell of one more lossy compression. Standard: PS3.3 §C.7.6.1.1.5."""
    context = instance.context()

    def longer(tag: Tag, value: str) -> bytes:
        had = text(context, tag)
        return padded(f"{had}\\{value}" if had else value)

    return {
        LOSSY: NewElement(LOSSY, "CS", b"01"),
        LOSSY_RATIO: NewElement(LOSSY_RATIO, "DS", longer(LOSSY_RATIO, f"{ratio:.2f}")),
        LOSSY_METHOD: NewElement(
            LOSSY_METHOD, "CS", longer(LOSSY_METHOD, _METHODS.get(d.codec or "", ""))
        ),
    }


def padded(value: str) -> bytes:
    """A string as written, of even length. Standard: PS3.5 §6.2."""
    raw = value.encode("ascii")
    return raw + b" " * (len(raw) % 2)
