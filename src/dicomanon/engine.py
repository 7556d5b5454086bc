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
from dicomanon.dicom.segment import Drop, NewElement, rewrite
from dicomanon.policy.decision import MASK_REMOVED, MASK_WRITTEN
from dicomanon.policy.option import CLEAN_FACES
from dicomanon.policy.plan import plan
from dicomanon.policy.stamp import SOP_CLASS_UID, SOP_INSTANCE_UID, say_native

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from dicomanon.dicom.instance import Instance
    from dicomanon.dicom.segment import Segment
    from dicomanon.dicom.source import Source
    from dicomanon.pixels.mask import Masked
    from dicomanon.pixels.region import Region
    from dicomanon.pixels.unmaskable import Instead, Unmaskable
    from dicomanon.policy.decision import Plan
    from dicomanon.policy.identity import Identity
    from dicomanon.policy.key import Key
    from dicomanon.policy.profile import Profile
    from dicomanon.verify.finding import Accepted, Finding
    from dicomanon.verify.leak import Expectation

    Look = Callable[[Instance, Source], Iterable[Finding]]
    """Finds in an output what is left of its source's instance."""

_HEAD_BYTES = 4096
_RULINGS = {Drop: MASK_REMOVED, NewElement: MASK_WRITTEN}
"""What a mask's edits are as decisions; where only parts of a value change, it stays."""
WHOLE_SLIDE = "1.2.840.10008.5.1.4.1.1.77.1.6"


class Result(NamedTuple):
    """An anonymized instance, not yet written.

    segments: what to write, ranges of the source included; file_stem: a neutral name;
    burned: the regions that changed something; masked_frames: how many frames a region
    touches; mask_change: the greatest difference of a stored value outside the regions,
    which only irreversible codecs make; findings: the leak check's, None if it was not made;
    accepted: the person's word where strong ones are among them; instead: what became of
    pixels that could not be masked, None where they could.
    """

    plan: Plan
    segments: list[Segment]
    file_stem: str
    regions: tuple[Region, ...]
    burned: tuple[Region, ...]
    masked_frames: int
    mask_change: int
    findings: tuple[Finding, ...] | None
    accepted: Accepted | None = None
    instead: Instead | None = None

    def __repr__(self) -> str:
        return f"Result({self.file_stem}, {len(self.segments)} segments)"


def anonymize(  # noqa: PLR0913 - one parameter a choice of the caller
    source: Source,
    profile: Profile,
    key: Key,
    regions: Sequence[Region] = (),
    *,
    unmaskable: Unmaskable = "refuse",
    looked_at: bool = False,
    verify: bool = True,
    accepted: Accepted | None = None,
    known: Identity | None = None,
    left: Look | None = None,
) -> Result:
    """Anonymize one instance; verify: search the output for the source's identifiers.

    unmaskable: what becomes of compressed pixels that no mask can be burned into; looked_at:
    somebody saw every frame as it will be; accepted: the strong findings that a
    person knows to be none; known: what other instances say of the same patient, cut out
    of this one's texts as well; left: finds more in an output than the leak check looks for.

    Raises:
        InputError: the source cannot be handled.
        ProfileError: the profile, the key or a region does not fit it.
        UnsafeError: it could be written, and must not be; LeakError is the check's.

    Standard: PS3.15 Annex E.
    """
    instance = scan(source)
    return anonymize_instance(
        instance,
        profile,
        key,
        regions,
        unmaskable=unmaskable,
        looked_at=looked_at,
        verify=verify,
        accepted=accepted,
        known=known,
        left=left,
    )


def anonymize_instance(  # noqa: PLR0913 - as `anonymize`
    instance: Instance,
    profile: Profile,
    key: Key,
    regions: Sequence[Region] = (),
    *,
    unmaskable: Unmaskable = "refuse",
    looked_at: bool = False,
    verify: bool = True,
    accepted: Accepted | None = None,
    known: Identity | None = None,
    left: Look | None = None,
) -> Result:
    """`anonymize` for an instance that is scanned already; raises the same."""
    regions = tuple(regions)
    masks = bool(regions)
    decided = plan(instance, profile, key, masked=masks, cleaned=looked_at, known=known)
    _guard(instance, profile, seen=masks or looked_at)
    masked = _mask(instance, decided, regions, unmaskable) if regions else None
    segments = rewrite(instance, decided.edit)
    stem = file_stem(instance, key)
    result = Result(decided, segments, stem, regions, (), 0, 0, None)
    if masked is not None:
        result = result._replace(
            burned=masked.regions,
            masked_frames=masked.frames,
            mask_change=masked.change,
            instead=masked.instead,
        )
    if not verify:
        return result
    more = left(instance, output_of(result)) if left is not None else ()
    return checked(result, accepted, more)


def expectation(
    profile: Profile,
    burned: tuple[Region, ...],
    output_name: str,
    instead: Instead | None = None,
) -> Expectation:
    """What the leak check is told.

    burned: the regions that changed something; instead: what became of pixels that could
    not be masked.
    """
    from dicomanon.verify.leak import Expectation  # noqa: PLC0415 - imports pydicom

    return Expectation(profile.gone, profile.kept_by_person, burned, output_name, instead)


def _guard(instance: Instance, profile: Profile, *, seen: bool) -> None:
    """Refuse pixels that nobody should pass on; raises PixelError."""
    no_faces = CLEAN_FACES in profile.options
    if profile.wary or no_faces or instance.text(SOP_CLASS_UID) == WHOLE_SLIDE:
        from dicomanon.pixels.guard import guard  # noqa: PLC0415 - few instances need it

        guard(instance, seen=seen, wary=profile.wary, no_faces=no_faces)


def output_of(result: Result) -> Source:
    """What will be written, to be read."""
    from dicomanon.verify.segments import SegmentSource  # noqa: PLC0415 - only where it is checked

    return SegmentSource(result.plan.instance.original, result.segments)


def checked(
    result: Result, accepted: Accepted | None = None, more: Iterable[Finding] = ()
) -> Result:
    """A result that was not checked with the leak check's findings; more: findings of others.

    Raises:
        LeakError: one is strong and not accepted.
    """
    from dicomanon.verify.leak import check  # noqa: PLC0415 - imports pydicom

    name = f"{result.file_stem}.dcm"
    wanted = expectation(result.plan.profile, result.burned, name, result.instead)
    original = result.plan.instance.original
    found = tuple(check(original, output_of(result), wanted, accepted, more))
    overridden = any(finding.strength == "strong" for finding in found)
    return result._replace(findings=found, accepted=accepted if overridden else None)


def file_stem(instance: Instance, key: Key) -> str:
    """A neutral file name without its ending, the same for the same instance and key."""
    uid = instance.text(SOP_INSTANCE_UID)
    if not uid:
        size_bytes = min(_HEAD_BYTES, instance.original.size_bytes)
        uid = instance.original.read(0, size_bytes).hex()
    return key.file_stem(uid)


def _mask(
    instance: Instance, decided: Plan, regions: tuple[Region, ...], unmaskable: Unmaskable
) -> Masked:
    """Put the blackened bytes into the plan's edit, or what a person chose in their place.

    Overlay planes that stay are blackened too; those that go are gone, and thumbnails
    of what is masked go by the plan.
    """
    from dicomanon.pixels.mask import mask  # noqa: PLC0415 - only masks need the pixels room

    masked = mask(instance, regions, unmaskable)
    level, rulings = decided.edit.data_set, decided.levels[-1].rulings
    for index, element in enumerate(level.data_set.elements):
        edit = masked.edits.get(element)
        if edit is not None and index not in level.edits:
            level.edits[index] = edit
            rulings[index] = _RULINGS.get(type(edit), rulings[index])
    level.insertions.extend(masked.insertions)
    if masked.instead is not None:
        say_native(instance, decided.levels[0])
    return masked
