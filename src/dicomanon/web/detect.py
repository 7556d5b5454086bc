"""The page's host of text detection: steps out, answers of networks in.

Strategy: what asks for networks is a coroutine (`pixels.detect.search`). The page runs its
networks in a worker of their own, so each step leaves as an answer, and the network's tensor
comes back with another request; in between the engine is free, for other coroutines, too.

Invariants: each coroutine has a number of its own; it is forgotten when it ends or fails, and
when the page says that nobody goes on with it.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from dicomanon import data
from dicomanon.dicom.scan import scan
from dicomanon.errors import NotDicomError
from dicomanon.pixels.risk import PIXELS
from dicomanon.verify import finding
from dicomanon.web.answer import Answer, require
from dicomanon.web.choices import regions
from dicomanon.web.templates import mask_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dicomanon.dicom.instance import Instance
    from dicomanon.dicom.source import Source
    from dicomanon.pixels.detect.find import Inference, Steps, TextRegion
    from dicomanon.pixels.detect.search import Options
    from dicomanon.pixels.region import Region
    from dicomanon.verify.finding import Finding
    from dicomanon.web.answer import Body


class Count:
    """How many frames of how many a search is through with."""

    done = total = 0

    def __call__(self, done: int, total: int) -> None:
        """Be told."""
        self.done, self.total = done, total


class _Waiting(NamedTuple):
    steps: Steps[Answer]
    frames: Count


class Searches:
    """The coroutines that wait for a network's answer."""

    def __init__(self) -> None:
        self._waiting: dict[int, _Waiting] = {}
        self._last = 0

    def begin(self, steps: Steps[Answer], count: Count) -> Answer:
        """The first step, or what `steps` ends with where it asks for no network."""
        self._last += 1
        return self._step(self._last, _Waiting(steps, count), partial(next, steps))

    def go_on(self, number: int, tensor: Source, shape: list[int]) -> Answer:
        """The step after a network's answer, or the end. Raises: InputError, nobody waits."""
        from dicomanon.pixels.detect.find import answer  # noqa: PLC0415 - numpy on demand

        waiting = self._waiting.pop(number, None)
        if waiting is None:
            raise NotDicomError("empty")
        answered = answer(tensor.read(0, tensor.size_bytes), shape)
        return self._step(number, waiting, partial(waiting.steps.send, answered))

    def leave(self, number: int) -> None:
        """Forget a coroutine that nobody goes on with."""
        self._waiting.pop(number, None)

    def _step(self, number: int, waiting: _Waiting, go_on: Callable[[], Inference]) -> Answer:
        try:
            wanted = go_on()
        except StopIteration as end:
            ended: Answer = end.value
            return ended
        self._waiting[number] = waiting
        frames = waiting.frames
        told = {"search": number, "done": frames.done, "total": frames.total}
        body = {**told, "network": wanted.network, "shape": wanted.tensor.shape}
        return Answer(body, (wanted.tensor.tobytes(),))


def found(instance: Instance, how: Body, count: Count) -> Steps[Answer]:
    """What a search finds on an instance; raises PixelError where there is nothing to look at."""
    _require(instance)
    from dicomanon.pixels.detect.reason import may_stay  # noqa: PLC0415 - as above
    from dicomanon.pixels.detect.search import search  # noqa: PLC0415

    findings = yield from search(instance, _options(how), progress=count)
    modality = instance.text(0x00080060).strip()
    return Answer(
        {
            "modality": modality,
            "stays": sorted(may_stay(modality)),
            "frames": findings.frames,
            "regions": [_region(region) for region in findings.regions],
            "review": [{"frame": frame, "why": why} for frame, why in findings.review],
        }
    )


def left(
    instance: Instance, output: Source, masks: Sequence[Region], again: Body, count: Count
) -> Steps[tuple[Finding, ...]]:
    """What an output still shows of its source's identifying values; raises as `found`.

    Without the network that reads it is all text that the person did not decide on; again: how to
    look, and the text that they were `shown`.
    """
    written = scan(output)
    if not any(written.data_set.find(tag) for tag in PIXELS):
        return ()
    _require(instance)
    from dicomanon.pixels.detect.again import still_readable, undecided  # noqa: PLC0415 - as above
    from dicomanon.pixels.detect.reason import known_values  # noqa: PLC0415

    options = _options(again)
    if options.read:
        known = known_values(instance)
        readable = yield from still_readable(written, known, options, progress=count)
        return (finding.still_readable(),) if readable else ()
    shown = regions(again["shown"])
    text = yield from undecided(written, masks, shown, options, progress=count)
    return (finding.undecided_text(),) if text else ()


def _require(instance: Instance) -> None:
    require("numpy")
    if instance.transfer_syntax.codec is not None:
        require("imagecodecs")


def _options(how: Body) -> Options:
    from dicomanon.pixels.detect.search import Options  # noqa: PLC0415 - numpy on demand

    return Options(how["effort"], every_frame=how["every_frame"], read=how["read"])


def _region(region: TextRegion) -> Body:
    from dicomanon.pixels.detect.reason import IDENTIFYING  # noqa: PLC0415 - only now needed

    why = region.reason
    return mask_of(region.region) | {
        "confidence": region.confidence,
        "text": region.text,
        "reason": None if why is None else {"kind": why.kind, "name": _name(why.keyword)},
        "identifies": why is not None and why.kind in IDENTIFYING,
        "sure": region.sure,
    }


def _name(keyword: str) -> str:
    """An attribute's name by its keyword, "" if there is none."""
    tag = data.tag_of(keyword)
    entry = None if tag is None else data.entry(tag)
    return "" if entry is None else entry.name
