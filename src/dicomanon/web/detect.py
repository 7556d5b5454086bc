"""The page's host of text detection: steps out, answers of networks in.

Strategy: the search is a coroutine (`pixels.detect.search`). The page runs its networks in
a worker of their own, so each of its steps leaves as an answer and the network's tensor
comes back with the next request; in between the engine is free.

Invariants: one search at a time; a new one, or another file, ends the last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomanon import data
from dicomanon.web.answer import Answer, require
from dicomanon.web.templates import mask_of

if TYPE_CHECKING:
    from dicomanon.dicom.instance import Instance
    from dicomanon.dicom.source import Source
    from dicomanon.pixels.detect.find import Steps, TextRegion
    from dicomanon.pixels.detect.search import Findings
    from dicomanon.web.answer import Body


class Detection:
    """A search for text on one instance."""

    def __init__(self, instance: Instance, body: Body) -> None:
        require("numpy")
        if instance.transfer_syntax.codec is not None:
            require("imagecodecs")
        from dicomanon.pixels.detect.search import Options, search  # noqa: PLC0415 - numpy on demand

        options = Options(body["effort"], every_frame=body["every_frame"], read=body["read"])
        self._frames = (0, 0)
        self._steps: Steps[Findings] = search(instance, options, progress=self._count)

    def _count(self, done: int, total: int) -> None:
        self._frames = (done, total)

    def start(self) -> Answer:
        """The first step; raises PixelError where there is nothing to look at."""
        return self._step(None)

    def go_on(self, tensor: Source, shape: list[int]) -> Answer:
        """The step after a network's answer."""
        return self._step((tensor, shape))

    def _step(self, answered: tuple[Source, list[int]] | None) -> Answer:
        from dicomanon.pixels.detect.find import answer  # noqa: PLC0415 - as above

        try:
            if answered is None:
                wanted = next(self._steps)
            else:
                source, shape = answered
                wanted = self._steps.send(answer(source.read(0, source.size_bytes), shape))
        except StopIteration as end:
            return Answer({**self._said(), "found": _found(end.value)})
        body = {**self._said(), "network": wanted.network, "shape": wanted.tensor.shape}
        return Answer(body, (wanted.tensor.tobytes(),))

    def _said(self) -> Body:
        done, total = self._frames
        return {"done": done, "total": total, "found": None}


def _found(findings: Findings) -> Body:
    return {
        "frames": findings.frames,
        "regions": [_region(found) for found in findings.regions],
        "review": [{"frame": frame, "why": why} for frame, why in findings.review],
    }


def _region(found: TextRegion) -> Body:
    from dicomanon.pixels.detect.reason import IDENTIFYING  # noqa: PLC0415 - only now needed

    why = found.reason
    return mask_of(found.region) | {
        "confidence": found.confidence,
        "text": found.text,
        "reason": None if why is None else {"kind": why.kind, "name": _name(why.keyword)},
        "identifies": why is not None and why.kind in IDENTIFYING,
        "keepable": found.keepable,
    }


def _name(keyword: str) -> str:
    """An attribute's name by its keyword, "" if there is none."""
    tag = data.tag_of(keyword)
    entry = None if tag is None else data.entry(tag)
    return "" if entry is None else entry.name
