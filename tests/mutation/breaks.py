"""Ways to break the engine on purpose, each at the place where the mistake would be made.

Strategy: a break changes the rules, the plan, the key, the mask or the bytes that the
engine has made, between two of its own steps, so that everything before and after runs as
it is. The table says what the check has to say about it.

Invariants: a break changes the output (the test sees to it), and nothing of `verify`.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

from dicomanon.dicom.ranges import PaintedRange
from dicomanon.dicom.segment import NewElement, Patches, rewrite, to_bytes
from dicomanon.dicom.tag import parse_path
from dicomanon.engine import anonymize
from dicomanon.pixels.mask import mask
from dicomanon.pixels.region import Region, moved
from dicomanon.policy.key import Key
from dicomanon.policy.plan import plan
from tests.mutation.patient import FRAME_BYTES, TRAILING
from tests.verify.outputs import edited

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pydicom.dataset import Dataset
    from pytest import MonkeyPatch  # noqa: PT013 - for its type

    from dicomanon.dicom.instance import Instance
    from dicomanon.dicom.segment import InstanceEdit, LevelEdit, Segment
    from dicomanon.pixels.mask import Masked
    from dicomanon.pixels.unmaskable import Unmaskable
    from dicomanon.policy.decision import LevelPlan, Plan
    from dicomanon.policy.profile import Profile

ENGINE = sys.modules[anonymize.__module__]
MASK = Region(4, 4, 10, 6)
ONE_FRAME = Region(4, 4, 10, 6, (2, 2))


class Break(NamedTuple):
    """One way: caught: the kinds of finding that tell it; preset, masks: what runs."""

    name: str
    apply: Callable[[MonkeyPatch], object]
    caught: frozenset[str]
    preset: str = "research"
    masks: tuple[Region, ...] = ()


# -- where the engine is broken ------------------------------------------------------


def in_plan(change: Callable[[Plan], Plan | None]) -> Callable[[MonkeyPatch], object]:
    """The plan is changed before it is rewritten."""

    def broken(*given: object, **named: object) -> Plan:
        made = plan(*given, **named)  # type: ignore[arg-type]  # as it was called
        return change(made) or made

    return lambda patch: patch.setattr(ENGINE, "plan", broken)


def in_rules(change: Callable[[Profile], Profile]) -> Callable[[MonkeyPatch], object]:
    """The profile is changed before anything is planned; what it promises stays."""

    def broken(instance: Instance, profile: Profile, *given: object, **named: object) -> Plan:
        return plan(instance, change(profile), *given, **named)  # type: ignore[arg-type]

    return lambda patch: patch.setattr(ENGINE, "plan", broken)


def in_bytes(change: Callable[[bytes], bytes]) -> Callable[[MonkeyPatch], object]:
    """The output is changed after it was rewritten."""

    def broken(instance: Instance, edit: InstanceEdit) -> list[Segment]:
        return [change(to_bytes(instance.original, rewrite(instance, edit)))]

    return lambda patch: patch.setattr(ENGINE, "rewrite", broken)


def in_data_set(change: Callable[[Dataset], object]) -> Callable[[MonkeyPatch], object]:
    """As `in_bytes`, by pydicom."""
    return in_bytes(lambda output: edited(output, change))


def in_mask(change: Callable[[Sequence[Region]], list[Region]]) -> Callable[[MonkeyPatch], object]:
    """Other regions are burned in than those asked for."""

    def broken(instance: Instance, regions: Sequence[Region], _: Unmaskable) -> Masked:
        return mask(instance, change(regions))._replace(regions=tuple(regions))

    return lambda patch: patch.setattr("dicomanon.pixels.mask.mask", broken)


# -- what is broken ------------------------------------------------------------------


def without_rule(*tags: int) -> Callable[[MonkeyPatch], object]:
    """The table has lost a row."""

    def change(profile: Profile) -> Profile:
        rules = {tag: ruling for tag, ruling in profile.tags.items() if tag not in tags}
        return profile._replace(tags=rules, resolved={})

    return in_rules(change)


def level_of(plan_: Plan, path: tuple[int, ...]) -> LevelPlan:
    """The level that holds an element of the data set."""
    level = plan_.levels[-1]
    for sequence, number in zip(path[:-1:2], path[1:-1:2], strict=True):
        tags = [element.tag for element in level.context.data_set.elements]
        level = level.items[tags.index(sequence)][number]
    return level


def forgotten(*paths: str) -> Callable[[MonkeyPatch], object]:
    """What the plan decided about an element is not carried out."""

    def change(plan_: Plan) -> None:
        for text in paths:
            path = parse_path(text)
            assert path is not None
            level = level_of(plan_, path)
            tags = [element.tag for element in level.context.data_set.elements]
            level.edit.edits.pop(tags.index(path[-1]), None)

    return in_plan(change)


def _nested_unread(plan_: Plan) -> None:
    """Sequences stay as they are."""
    level = plan_.levels[-1]
    for index, element in enumerate(level.context.data_set.elements):
        if element.items is not None:
            level.edit.edits.pop(index, None)


def _second_items_unread(plan_: Plan) -> None:
    for edit in plan_.levels[-1].edit.edits.values():
        if isinstance(edit, list) and len(edit) > 1:
            _clear(edit[1])


def _clear(edit: LevelEdit) -> None:
    edit.edits.clear()
    edit.insertions.clear()


def _groups_stay(*groups: int) -> Callable[[Plan], None]:
    def change(plan_: Plan) -> None:
        level = plan_.levels[-1]
        for index, element in enumerate(level.context.data_set.elements):
            if element.tag >> 16 in groups:
                level.edit.edits.pop(index, None)

    return change


def _meta_stays(plan_: Plan) -> None:
    meta = plan_.levels[0]
    for index, element in enumerate(meta.context.data_set.elements):
        if element.tag == 0x00020016:
            meta.edit.edits.pop(index)


def _written(path: str, vr: str, value: bytes) -> Callable[[MonkeyPatch], object]:
    """Another value than the decided one is written."""

    def change(plan_: Plan) -> None:
        tags = parse_path(path)
        assert tags is not None
        level = level_of(plan_, tags)
        found = [element.tag for element in level.context.data_set.elements]
        level.edit.edits[found.index(tags[-1])] = NewElement(tags[-1], vr, value)

    return in_plan(change)


def _uids_of_their_own(patch: MonkeyPatch) -> None:
    """Every UID is new each time, so nothing refers to anything."""
    made = iter(range(1, 1 << 20))
    patch.setattr(Key, "uid", lambda _key, _source: f"2.25.{next(made)}")


def _one_uid(patch: MonkeyPatch) -> None:
    patch.setattr(Key, "uid", lambda _key, _source: "2.25.99")


def _longer_uid(patch: MonkeyPatch) -> None:
    patch.setattr(Key, "uid", lambda _key, source: f"{source}.1")


def _pseudonym_of_the_id(patch: MonkeyPatch) -> None:
    patch.setattr(Key, "pseudonym", lambda _key, source: f"ANON-{source}"[:16])


def _flipped(from_end: int) -> Callable[[bytes], bytes]:
    """A bit of the last frame, before the trailing padding if there is any."""
    return lambda output: (
        output[:-from_end] + bytes([output[-from_end] ^ 1]) + output[len(output) - from_end + 1 :]
    )


def _noise_in_mask(patch: MonkeyPatch) -> None:
    """A mask is burned in, and a cell of it is not black."""

    def broken(instance: Instance, regions: Sequence[Region], _: Unmaskable) -> Masked:
        masked = mask(instance, regions)
        return masked._replace(
            edits={
                element: _spotted(edit) if isinstance(edit, Patches) else edit
                for element, edit in masked.edits.items()
            }
        )

    patch.setattr("dicomanon.pixels.mask.mask", broken)


def _overlays_unmasked(patch: MonkeyPatch) -> None:
    patch.setattr("dicomanon.pixels.mask.blackout_overlays", lambda *_: {})


def _spotted(patches: Patches) -> Patches:
    """Patches of pixels with one cell of every frame not black; those of an overlay as they are."""
    (start, painted), *others = patches.parts
    if not isinstance(painted, PaintedRange):
        return patches
    (at, first), *rest = painted.parts
    spotted = painted._replace(parts=((at, b"\1" + first[1:]), *rest))
    return Patches(((start, spotted), *others))


def _set(keyword: str, value: object) -> Callable[[Dataset], object]:
    return lambda data: setattr(data, keyword, value)


def _private_text(value: bytes) -> Callable[[Dataset], object]:
    def change(data: Dataset) -> None:
        data.private_block(0x0019, "NEW", create=True).add_new(1, "UN", value)

    return change


def _dates_apart(data: Dataset) -> None:
    data.SeriesDate = "20190411"


NAME, ID, DATE, UID = (frozenset({kind}) for kind in ("name", "identifier", "date", "uid"))
PIXELS, MASKED = frozenset({"pixels"}), frozenset({"mask"})
GEOMETRY = frozenset({"geometry"})

BREAKS: tuple[Break, ...] = (
    Break("forgets Patient's Name", forgotten("00100010"), NAME),
    Break("forgets Patient ID", forgotten("00100020"), ID),
    Break("drops the rule of the birth date", without_rule(0x00100030), DATE),
    Break("drops the rule of Study Date", without_rule(0x00080020), DATE),
    Break("drops the rule of Series Date", without_rule(0x00080021), DATE),
    Break("drops the rule of Accession Number", without_rule(0x00080050), frozenset({"order"})),
    Break(
        "drops the rule of the institution", without_rule(0x00080080), frozenset({"institution"})
    ),
    Break("drops the rule of the referring physician", without_rule(0x00080090), NAME),
    Break("drops the rule of the operators", without_rule(0x00081070), NAME),
    Break("drops the rule of the serial number", without_rule(0x00181000), frozenset({"device"})),
    Break("drops the rule of the station", without_rule(0x00081010), frozenset({"device"})),
    Break("drops the rule of the phone", without_rule(0x00102154), frozenset({"phone"})),
    Break("drops the rule of the address", without_rule(0x00101040), frozenset({"address"})),
    Break("drops the rule of other IDs", without_rule(0x00101000), ID),
    Break("drops the rule of other names", without_rule(0x00101001), NAME),
    Break("drops the rule of comments", without_rule(0x00204000), NAME | DATE | {"phone"}),
    Break("forgets the Study Instance UID", without_rule(0x0020000D), UID),
    Break("forgets the Frame of Reference UID", without_rule(0x00200052), UID),
    Break("forgets the SOP Instance UID in the data set", forgotten("00080018"), UID),
    Break("forgets a referenced UID", forgotten("00081140"), UID),
    Break("skips nested items", in_plan(_nested_unread), NAME | UID),
    Break("skips all items but the first", in_plan(_second_items_unread), NAME, "in-hospital"),
    Break("forgets overlays", in_plan(_groups_stay(0x6000)), NAME),
    Break("leaves private elements", in_plan(_groups_stay(0x0019)), NAME | ID),
    Break(
        "leaves the preamble",
        in_plan(lambda p: p._replace(edit=p.edit._replace(preamble=False))),
        NAME,
    ),
    Break("leaves a title in the File Meta", in_plan(_meta_stays), ID),
    Break(
        "leaves trailing bytes",
        in_bytes(lambda output: output + TRAILING),
        frozenset({"strays"}),
    ),
    Break("cuts the output", in_bytes(lambda output: output[:-2]), frozenset({"unreadable"})),
    Break(
        "names the output after the patient",
        lambda patch: patch.setattr(ENGINE, "file_stem", lambda *_: "KX-774-2091"),
        ID,
    ),
    Break("makes UIDs that refer to nothing", _uids_of_their_own, frozenset({"reference"})),
    Break("makes one UID of all", _one_uid, frozenset({"reference"})),
    Break("makes UIDs out of the old ones", _longer_uid, UID),
    Break("makes pseudonyms out of the ID", _pseudonym_of_the_id, ID),
    Break(
        "writes a UID that is none",
        _written("0020000E", "UI", b"2.25.007"),
        frozenset({"uid_form"}),
    ),
    Break("leaves one kana form", in_data_set(_set("StudyDescription", "ﾔﾏﾀﾞ ﾀﾛｳ")), NAME),
    Break(
        "leaves the name turned round", in_data_set(_set("StudyDescription", "Tarou YAMADA")), NAME
    ),
    Break(
        "leaves the kanji in Shift-JIS",
        in_data_set(_private_text("山田太郎様".encode("cp932"))),
        NAME,
    ),
    Break(
        "leaves the name in UTF-16",
        in_data_set(_private_text("Yamada Tarou".encode("utf-16-be"))),
        NAME,
    ),
    Break(
        "leaves a date in words",
        in_data_set(_set("StudyDescription", "born December 7th, 1956")),
        DATE,
    ),
    Break(
        "leaves a date of an era", in_data_set(_set("StudyDescription", "昭和31年12月7日")), DATE
    ),
    Break(
        "leaves the ID glued to text", in_data_set(_set("StudyDescription", "ptKX7742091chest")), ID
    ),
    Break("does not shift one date", forgotten("00080021"), DATE, "midi"),
    Break(
        "shifts one date by another number of days",
        in_data_set(_dates_apart),
        frozenset({"intervals"}),
        "midi",
    ),
    Break("cleans nothing in-hospital", forgotten("00204000"), NAME, "in-hospital"),
    Break("says another number of frames", in_data_set(_set("NumberOfFrames", 2)), GEOMETRY),
    Break("turns rows and columns round", in_data_set(_set("Rows", 16)), GEOMETRY),
    Break(
        "loses the place of the slice",
        in_data_set(lambda data: data.pop("ImagePositionPatient")),
        GEOMETRY,
    ),
    Break(
        "says another transfer syntax",
        in_bytes(lambda output: output.replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.4\0")),
        frozenset({"transfer_syntax"}),
    ),
    Break("loses the pixels", in_data_set(lambda data: data.pop("PixelData")), PIXELS),
    Break("damages a pixel", in_bytes(_flipped(100)), PIXELS),
    Break(
        "damages a pixel outside the mask",
        in_bytes(_flipped(FRAME_BYTES + 2)),
        PIXELS,
        masks=(MASK,),
    ),
    Break(
        "masks one pixel too far right",
        in_mask(lambda regions: [moved(r, 1, 0) for r in regions]),
        PIXELS | MASKED,
        masks=(MASK,),
    ),
    Break(
        "masks one row too far down",
        in_mask(lambda regions: [moved(r, 0, 1) for r in regions]),
        PIXELS | MASKED,
        masks=(MASK,),
    ),
    Break(
        "masks one row too few",
        in_mask(
            lambda regions: [Region(r.x_px, r.y_px, r.width_px, r.height_px - 1) for r in regions]
        ),
        MASKED,
        masks=(MASK,),
    ),
    Break(
        "masks the first frame only",
        in_mask(
            lambda regions: [
                Region(r.x_px, r.y_px, r.width_px, r.height_px, (1, 1)) for r in regions
            ]
        ),
        MASKED,
        masks=(MASK,),
    ),
    Break(
        "masks the wrong frame",
        in_mask(
            lambda regions: [
                Region(r.x_px, r.y_px, r.width_px, r.height_px, (1, 1)) for r in regions
            ]
        ),
        MASKED | PIXELS,
        masks=(ONE_FRAME,),
    ),
    Break("leaves a cell in a mask", _noise_in_mask, MASKED, masks=(MASK,)),
    Break(
        "keeps the icon of what is masked",
        forgotten("00880200"),
        frozenset({"icon"}),
        masks=(MASK,),
    ),
    Break(
        "masks the pixels and not the overlay over them",
        _overlays_unmasked,
        frozenset({"overlay"}),
        "in-hospital",
        masks=(MASK,),
    ),
    Break("leaves what was masked as it was", in_mask(lambda _regions: []), MASKED, masks=(MASK,)),
)
