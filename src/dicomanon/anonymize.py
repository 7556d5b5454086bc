"""One instance from source to segments: scan, plan, mask, rewrite, and the leak check.

Strategy: the only place where the rooms meet. Pixels are imported when a mask asks for
them, and the check's second reader when a check is made, so that neither costs anything
before.

Invariants: nothing is returned that was not decided whole and, unless the caller says
otherwise, checked; the result depends on the source, the profile, the key and the
regions, and on nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dicomanon.dicom.scan import scan
from dicomanon.dicom.segment import rewrite
from dicomanon.policy.plan import plan
from dicomanon.policy.stamp import SOP_INSTANCE_UID

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dicomanon.dicom.instance import Instance
    from dicomanon.dicom.segment import Segment
    from dicomanon.dicom.source import Source
    from dicomanon.pixels.mask import Masked
    from dicomanon.pixels.region import Region
    from dicomanon.policy.decision import Plan
    from dicomanon.policy.key import Key
    from dicomanon.policy.profile import Profile
    from dicomanon.verify.finding import Finding

_HEAD_BYTES = 4096


class Result(NamedTuple):
    """An anonymized instance, not yet written.

    segments: what to write, ranges of the source included; file_stem: a neutral name;
    masked_frames: how many frames a region touches; mask_change: the greatest difference
    of a stored value outside the regions, which only irreversible codecs make; findings:
    the leak check's weak findings, None if it was not made.
    """

    plan: Plan
    segments: list[Segment]
    file_stem: str
    regions: tuple[Region, ...]
    masked_frames: int
    mask_change: int
    findings: tuple[Finding, ...] | None


def anonymize(
    source: Source,
    profile: Profile,
    key: Key,
    regions: Sequence[Region] = (),
    *,
    verify: bool = True,
) -> Result:
    """Anonymize one instance; verify: search the output for the source's identifiers.

    Raises:
        InputError: the source cannot be handled.
        ProfileError: the profile, the key or a region does not fit it.
        UnsafeError: it could be written, and must not be; LeakError is the check's.

    Standard: PS3.15 Annex E.
    """
    return anonymize_instance(scan(source), profile, key, regions, verify=verify)


def anonymize_instance(
    instance: Instance,
    profile: Profile,
    key: Key,
    regions: Sequence[Region] = (),
    *,
    verify: bool = True,
) -> Result:
    """`anonymize` for an instance that is scanned already; raises the same."""
    regions = tuple(regions)
    decided = plan(instance, profile, key, masked=bool(regions))
    masked = _mask(instance, decided, regions) if regions else None
    segments = rewrite(instance, decided.edit)
    stem = file_stem(instance, key)
    frames, change = (masked.frames, masked.change) if masked else (0, 0)
    result = Result(decided, segments, stem, regions, frames, change, None)
    if not verify:
        return result
    burned = masked.regions if masked else ()
    return result._replace(findings=_checked(instance, result, burned))


def _checked(instance: Instance, result: Result, burned: tuple[Region, ...]) -> tuple[Finding, ...]:
    """The weak findings of the leak check; burned: the regions that changed something.

    Raises:
        LeakError: there is a strong one.
    """
    from dicomanon.verify.leak import Expectation, check  # noqa: PLC0415 - imports pydicom
    from dicomanon.verify.segments import SegmentSource  # noqa: PLC0415

    chosen = result.plan.profile
    expectation = Expectation(chosen.gone, chosen.kept_by_person, burned, f"{result.file_stem}.dcm")
    output = SegmentSource(instance.original, result.segments)
    return tuple(check(instance.original, output, expectation))


def file_stem(instance: Instance, key: Key) -> str:
    """A neutral file name without its ending, the same for the same instance and key."""
    uid = instance.text(SOP_INSTANCE_UID)
    if not uid:
        size_bytes = min(_HEAD_BYTES, instance.original.size_bytes)
        uid = instance.original.read(0, size_bytes).hex()
    return key.file_stem(uid)


def _mask(instance: Instance, decided: Plan, regions: tuple[Region, ...]) -> Masked:
    """Put the blackened bytes into the plan's edit.

    Overlay planes that stay are blackened too; those that go are gone, and thumbnails
    of what is masked go by the plan.
    """
    from dicomanon.pixels.mask import mask  # noqa: PLC0415 - only masks need the pixels room

    masked = mask(instance, regions)
    level = decided.edit.data_set
    for index, element in enumerate(level.data_set.elements):
        edit = masked.edits.get(element)
        if edit is not None and index not in level.edits:
            level.edits[index] = edit
    level.insertions.extend(masked.insertions)
    return masked
