"""An output, made and searched, and what came of it: the page shows it before it saves.

Strategy: one file and one of many are made the same way. The result of the last check is
what is saved and what its report is about; nothing is made twice.

Invariants: what the check refuses has no bytes. Findings say where and what kind, never
what; a person's word covers only the findings that they were shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomanon import report
from dicomanon.dicom.sink import parts
from dicomanon.engine import anonymize_instance, checked, output_of
from dicomanon.errors import PixelError
from dicomanon.web.answer import Answer, require
from dicomanon.web.choices import accepted, profile_of, regions
from dicomanon.web.detect import left
from dicomanon.web.rows import counts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dicomanon.dicom.instance import Instance
    from dicomanon.engine import Result
    from dicomanon.errors import LeakError
    from dicomanon.pixels.detect.find import Steps
    from dicomanon.policy.decision import Decision
    from dicomanon.policy.key import Key
    from dicomanon.verify.finding import Finding
    from dicomanon.web.answer import Body, Progress
    from dicomanon.web.detect import Count


def made(  # noqa: PLR0913 - one parameter a part of the page
    instance: Instance,
    choices: Body,
    key: Key,
    progress: Progress,
    again: Body | None,
    count: Count,
) -> Steps[Result]:
    """The checked output of an instance; again: how to look for text that it still shows.

    Raises:
        PixelError: `text_review`, a search left frames that nobody looked at; or as
            `anonymize_instance` does, like all else.
    """
    looked_at = bool(choices.get("looked_at"))
    if choices.get("unsure") and not looked_at:
        raise PixelError("text_review")
    if choices["masks"]:
        progress("mask")
        if instance.transfer_syntax.codec is not None:
            require("numpy", "imagecodecs")
    require("pydicom")
    progress("check")
    profile, masks, word = profile_of(choices), regions(choices["masks"]), accepted(choices)
    result = anonymize_instance(
        instance,
        profile,
        key,
        masks,
        unmaskable=choices.get("unmaskable", "refuse"),
        looked_at=looked_at,
        verify=False,
    )
    if again is None:
        return checked(result, word)
    more = yield from left(instance, output_of(result), masks, again, count)
    return checked(result, word, more)


def passed(result: Result, key: Key) -> Answer:
    """An output that may be saved, as parts."""
    return Answer(
        {
            **_searched(result.plan.profile.gone, result.findings or ()),
            "passed": True,
            "accepted": result.accepted is not None,
            "name": f"{result.file_stem}.dcm",
            "report": report.text(result, key),
            **masked(result, list(result.plan.decisions())),
        },
        parts=parts(result.plan.instance.original, result.segments),
    )


def refused(choices: Body, error: LeakError) -> Answer:
    """Why an output may not be saved."""
    return Answer({**_searched(profile_of(choices).gone, error.findings), "passed": False})


def masked(result: Result, decisions: Sequence[Decision]) -> Body:
    """What was done, in numbers; decisions: the plan's."""
    return {
        "counts": counts(decisions),
        "masked_regions": len(result.regions),
        "masked_frames": result.masked_frames,
    }


def _searched(gone: Iterable[str], findings: Iterable[Finding]) -> Body:
    return {"searched": sorted(gone), "findings": [finding.plain() for finding in findings]}
