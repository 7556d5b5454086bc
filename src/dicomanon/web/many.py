"""One file of many: where it belongs, and its anonymized copy; nothing is kept in between.

Strategy: a folder is listed first (`indexed`), which reads headers only, and anonymized
later (`anonymized`), each file by whichever worker is free.

Invariants: the answer depends on the file, the choices and the key, and on nothing that was
asked before. A file that cannot be listed is told by its error's code.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from dicomanon import data, overview
from dicomanon.dicom.scan import scan
from dicomanon.dicom.sink import parts
from dicomanon.errors import MalformedError, UnsupportedError
from dicomanon.naming import output_path
from dicomanon.pixels.risk import risk
from dicomanon.policy.plan import MEDIA_STORAGE_DIRECTORY, MEDIA_STORAGE_SOP_CLASS_UID
from dicomanon.report.entry import observed
from dicomanon.web.answer import Answer
from dicomanon.web.verdict import made, masked

if TYPE_CHECKING:
    from dicomanon.dicom.instance import Instance
    from dicomanon.dicom.source import Source
    from dicomanon.pixels.detect.find import Steps
    from dicomanon.policy.key import Key
    from dicomanon.web.answer import Body, Progress
    from dicomanon.web.detect import Count

WINDOW_BYTES = 1 << 18
_MANY_WINDOW_BYTES = 1 << 16
"""The worker has read ahead what one of many begins with: reads of it are cheap."""
_TEXTS = {
    "patient_id": 0x00100020,
    "patient_name": 0x00100010,
    "study_uid": 0x0020000D,
    "study_date": 0x00080020,
    "study_description": 0x00081030,
    "series_uid": 0x0020000E,
    "series_number": 0x00200011,
    "series_description": 0x0008103E,
    "instance_number": 0x00200013,
    "manufacturer": 0x00080070,
    "model": 0x00081090,
}


def scanned(source: Source, window_bytes: int = WINDOW_BYTES) -> Instance:
    """The instance of a file that is there to its end and is no index of others.

    Raises:
        InputError: it cannot be handled.
    """
    instance = scan(source, window_bytes)
    if instance.truncated_at is not None:
        raise MalformedError("truncated", offset=instance.truncated_at)
    if instance.text(MEDIA_STORAGE_SOP_CLASS_UID) == MEDIA_STORAGE_DIRECTORY:
        raise UnsupportedError("dicomdir")
    return instance


def indexed(source: Source) -> Body:
    """Where an instance belongs and what to look out for; raises as `scanned`."""
    instance = scanned(source, _MANY_WINDOW_BYTES)
    facts = overview.facts(instance, overview.Survey())
    found = risk(instance)
    sop_class = instance.text(0x00080016)
    return {
        **{name: instance.text(tag).strip() for name, tag in _TEXTS.items()},
        "modality": facts.modality.strip(),
        "sop_class": facts.sop_class,
        "sop_class_known": bool(data.uid_name(sop_class)),
        "columns_px": facts.columns_px,
        "rows_px": facts.rows_px,
        "frames": facts.frames,
        "risk": found.score,
        "burned_in": overview.burned_in(found),
    }


def anonymized(
    source: Source, body: Body, key: Key, progress: Progress, count: Count
) -> Steps[Answer]:
    """The anonymized copy as parts, where it goes and its entry; raises as `made`.

    The body's `digest` is False where the worker makes the output's SHA-256.
    """
    instance = scanned(source, _MANY_WINDOW_BYTES)
    started = perf_counter()
    result = yield from made(instance, body["choices"], key, progress, body.get("again"), count)
    decisions = list(result.plan.decisions())
    return Answer(
        {
            "path": output_path(instance, key),
            "searched": sorted(result.plan.profile.gone),
            **masked(result, decisions),
            "entry": {
                "seconds": round(perf_counter() - started, 4),
                **observed(result, decisions, digest=body.get("digest", True)),
            },
        },
        parts=parts(result.plan.instance.original, result.segments),
    )
