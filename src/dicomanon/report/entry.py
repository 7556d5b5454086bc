"""One input of a run as the report has it: what was written, or why it was refused.

Strategy: everything is read off the Result or the error, so the record and the output
cannot differ. An entry is plain JSON, small enough to be sent between processes.

Invariants: no value of the source is in an entry: an ID stands there only if the plan
replaced it, a SOP Class only if DICOM registers it.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from dicomanon import data
from dicomanon.dicom.segment import NewElement, segment_bytes
from dicomanon.dicom.sink import blocks
from dicomanon.errors import LeakError
from dicomanon.policy.action import Action
from dicomanon.policy.decision import after
from dicomanon.policy.stamp import (
    DEIDENTIFICATION_CODES,
    DEIDENTIFICATION_METHOD,
    PATIENT_IDENTITY_REMOVED,
    SOP_CLASS_UID,
    TEMPORAL_INFORMATION,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dicomanon.dicom.instance import Instance
    from dicomanon.dicom.segment import Segment
    from dicomanon.dicom.source import Source
    from dicomanon.engine import Result
    from dicomanon.errors import DicomanonError
    from dicomanon.pixels.region import Region
    from dicomanon.policy.decision import Decision, Plan
    from dicomanon.verify.finding import Finding

    Observed = dict[str, Any]
    Entry = dict[str, Any]

SECONDS_DIGITS = 4
_SHARE_DIGITS = 6
_IDS = {0x00100020: "patient", 0x0020000D: "study", 0x0020000E: "series", 0x00080018: "instance"}
_REPLACED = (Action.UID, Action.PSEUDONYM)
_CODE_VALUE = 0x00080100


def observed(
    result: Result, decisions: Sequence[Decision] | None = None, *, digest: bool = True
) -> Observed:
    """What a report says of an output wherever it is written; made where the Result is.

    decisions: the plan's, where the caller has them listed; digest: whether its SHA-256 is
    made here; None stands in its place where a host makes it.
    """
    if decisions is None:
        decisions = list(result.plan.decisions())
    instance = result.plan.instance
    return {
        "size_bytes": sum(map(segment_bytes, result.segments)),
        "sha256": _digest(instance.original, result.segments) if digest else None,
        "sop_class": data.uid_name(instance.text(SOP_CLASS_UID)) or None,
        "ids": _ids(decisions),
        "actions": _actions(decisions),
        "masks": [_mask(region) for region in result.regions],
        "masked_frames": result.masked_frames,
        "masked_share": _share(instance, result.regions),
        "mask_change": result.mask_change,
        "unmaskable": result.instead,
        "stamps": _stamps(result.plan),
        "check": _check(result),
        "findings": [finding.plain() for finding in result.findings or ()],
        "accepted": None if result.accepted is None else result.accepted.reason,
    }


def written(number: int, seen: Observed, name: str, seconds: float) -> Entry:
    """The entry of an output.

    number: of the input, from 1; seen: what `observed` said; name: the output's own, which
    is neutral.
    """
    return {
        "number": number,
        "state": "written",
        "output": name,
        "seconds": round(seconds, SECONDS_DIGITS),
        **seen,
    }


def refused(number: int, error: DicomanonError, seconds: float) -> Entry:
    """The entry of an input that was not written; its name stays unsaid."""
    found: Iterable[Finding] = error.findings if isinstance(error, LeakError) else ()
    return {
        "number": number,
        "state": "refused",
        "code": error.code,
        "path": None if error.path is None else str(error.path),
        "offset": error.offset,
        "findings": [finding.plain() for finding in found],
        "seconds": round(seconds, SECONDS_DIGITS),
    }


def _digest(source: Source, segments: Iterable[Segment]) -> str:
    """SHA-256 of an output, written or not."""
    digest = sha256()
    for block in blocks(source, segments):
        digest.update(block)
    return digest.hexdigest()


def _ids(decisions: Iterable[Decision]) -> dict[str, str | None]:
    """The output's IDs, None where there is none or the source's own stays."""
    ids: dict[str, str | None] = dict.fromkeys(_IDS.values())
    for decision in decisions:
        tag = decision.element.tag
        if tag in _IDS and len(decision.path) == 1 and decision.edit is not None:
            ids[_IDS[tag]] = after(decision) if decision.ruling.action in _REPLACED else None
    return ids


def _actions(decisions: Iterable[Decision]) -> dict[str, dict[str, int]]:
    """How many elements each action met, by the rule that decided it.

    What a removed sequence holds counts with it.
    """
    actions: dict[str, dict[str, int]] = {}
    for decision in decisions:
        action = Action.REMOVE if decision.inside else decision.ruling.action
        rules = actions.setdefault(str(action), {})
        rule = decision.ruling.rule
        rules[rule] = rules.get(rule, 0) + 1
    return actions


def _mask(region: Region) -> dict[str, Any]:
    return {
        "x": region.x_px,
        "y": region.y_px,
        "width": region.width_px,
        "height": region.height_px,
        "frames": None if region.frames is None else list(region.frames),
    }


def _share(instance: Instance, regions: Sequence[Region]) -> float:
    """How much of all frames' pixels masks cover."""
    if not regions:
        return 0.0
    from dicomanon.pixels.frame import describe  # noqa: PLC0415 - only masks need the pixels room
    from dicomanon.pixels.region import clip, frame_runs  # noqa: PLC0415

    description = describe(instance)
    if description is None:
        return 0.0
    columns, rows, frames = description.columns_px, description.rows_px, description.frames
    clipped = [part for each in regions if (part := clip(each, columns, rows, frames)) is not None]
    covered = sum(
        (run.last - run.first + 1)
        * sum(
            (band.stop - band.start) * (stop - start)
            for band in run.bands
            for start, stop in band.columns
        )
        for run in frame_runs(clipped, frames)
    )
    return round(covered / (columns * rows * frames), _SHARE_DIGITS)


def _stamps(plan: Plan) -> dict[str, Any]:
    """What the output says was done to it."""
    level = plan.edit.data_set
    new = [*level.insertions, *(e for e in level.edits.values() if isinstance(e, NewElement))]
    made = {element.tag: element.value for element in new}
    codes = made.get(DEIDENTIFICATION_CODES, ())
    return {
        "identity_removed": _ascii(made.get(PATIENT_IDENTITY_REMOVED, b"")),
        "method": _ascii(made.get(DEIDENTIFICATION_METHOD, b"")),
        "dates": _ascii(made.get(TEMPORAL_INFORMATION, b"")),
        "codes": [
            _ascii(element.value)
            for item in (() if isinstance(codes, bytes) else codes)
            for element in item
            if element.tag == _CODE_VALUE
        ],
    }


def _ascii(value: object) -> str:
    return value.decode("ascii").strip(" ") if isinstance(value, bytes) else ""


def _check(result: Result) -> str:
    """`passed`; `accepted`, strong findings by a person's word; `skipped`."""
    if result.findings is None:
        return "skipped"
    return "passed" if result.accepted is None else "accepted"
