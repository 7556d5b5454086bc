"""An output, made and searched, and what came of it: the page shows it before it saves.

Strategy: one file and one of many are made the same way. The result of the last check is
what is saved and what its report is about; nothing is made twice.

Invariants: what the check refuses has no bytes. Findings say where and what kind, never
what; a person's word covers only the findings that they were shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomanon import report
from dicomanon.engine import anonymize_instance
from dicomanon.web.answer import Answer, require
from dicomanon.web.choices import accepted, profile_of, regions
from dicomanon.web.rows import counts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dicomanon.dicom.instance import Instance
    from dicomanon.engine import Result
    from dicomanon.errors import LeakError
    from dicomanon.policy.key import Key
    from dicomanon.verify.finding import Finding
    from dicomanon.web.answer import Body, Progress


def made(instance: Instance, choices: Body, key: Key, progress: Progress) -> Result:
    """The checked output of an instance; raises as `anonymize_instance`."""
    if choices["masks"]:
        progress("mask")
        if instance.transfer_syntax.codec is not None:
            require("numpy", "imagecodecs")
    require("pydicom")
    progress("check")
    return anonymize_instance(
        instance,
        profile_of(choices),
        key,
        regions(choices["masks"]),
        looked_at=bool(choices.get("looked_at")),
        accepted=accepted(choices),
    )


def passed(result: Result, key: Key) -> Answer:
    """An output that may be saved, as parts."""
    return Answer(
        {
            **_searched(result.plan.profile.gone, result.findings or ()),
            "passed": True,
            "accepted": result.accepted is not None,
            "name": f"{result.file_stem}.dcm",
            "report": report.text(result, key),
            **masked(result),
        },
        parts=tuple(result.segments),
    )


def refused(choices: Body, error: LeakError) -> Answer:
    """Why an output may not be saved."""
    return Answer({**_searched(profile_of(choices).gone, error.findings), "passed": False})


def masked(result: Result) -> Body:
    """What was done, in numbers."""
    return {
        "counts": counts(list(result.plan.decisions())),
        "masked_regions": len(result.regions),
        "masked_frames": result.masked_frames,
    }


def _searched(gone: Iterable[str], findings: Iterable[Finding]) -> Body:
    return {"searched": sorted(gone), "findings": [finding.plain() for finding in findings]}
