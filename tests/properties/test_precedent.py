"""What is decided by a precedent is what would be decided without."""

from __future__ import annotations

import gc
import random
from functools import cache
from typing import TYPE_CHECKING

import pytest

from dicomanon.dicom.segment import rewrite, to_bytes
from dicomanon.dicom.transfer_syntax import EXPLICIT_LE
from dicomanon.errors import DicomanonError
from dicomanon.policy.action import Action
from dicomanon.policy.content import CLEAN_CONTENT
from dicomanon.policy.key import Key
from dicomanon.policy.option import MODIFIED_DATES
from dicomanon.policy.plan import plan
from dicomanon.policy.planner import Grounds
from dicomanon.policy.precedent import MAX_PRECEDENTS, PRECEDENTS, decided_alike
from dicomanon.policy.profile import Override, Own, profile, target_of
from dicomanon.policy.stamp import PixelState
from tests.builders import CLASS, NAME, STUDY, part10
from tests.properties.mutations import Original, originals
from tests.properties.test_layout import PIXELS, anew, layouts_of, met, recognized

if TYPE_CHECKING:
    from dicomanon.dicom.instance import Element, Instance
    from dicomanon.dicom.layout import Layouts
    from dicomanon.policy.profile import Profile

SEED = 5
SERIES = 25
SLICES = 8
SECRET = bytes(range(32))
PROFILES: dict[str, Profile] = {
    "research": profile("research"),
    "midi": profile("midi"),
    "in-hospital": profile("in-hospital"),
    "cleaned": profile("basic", options=("clean-descriptors", "retain-safe-private")),
    "moved": profile(
        "basic", options=(MODIFIED_DATES, CLEAN_CONTENT, "retain-patient-characteristics")
    ),
    "by a person": profile(
        "basic",
        [
            Override("private", Action.KEEP),
            Override(target_of("PatientID"), Action.KEEP),
            Override("LO", Action.CLEAN),
            Override(target_of("ContentTime"), Action.SHIFT),
        ],
        own=Own(strict=True, cut=("CT",)),
    ),
}
SAID = (
    b"Yamada^Taro",
    b"20250102",
    b"CompressedSamples^CT1",
    b"ISO_IR 192",
    b"1CT1",
    b"\xe5\xb1\xb1",
)


def changed(rng: random.Random, original: Original) -> bytes:
    """A slice that differs in a few values: random ones, others' and the patient's."""
    data = bytearray(original.data)
    places = [place.element for place in anew(original.data).places()]
    values = [e for e in places if e.items is None and e.value_bytes and e.tag != 0x00020010]
    for element in rng.choices(values, k=rng.choice((0, 1, 1, 2, 5))):
        data[element.value_start : element.value_stop] = other(rng, data, element, values)
    return bytes(data)


def other(rng: random.Random, data: bytearray, element: Element, values: list[Element]) -> bytes:
    """Another value, of the same length."""
    source = rng.choice(values)
    found = rng.choice(
        (
            rng.randbytes(element.value_bytes),
            bytes(data[source.value_start : source.value_stop]),
            rng.choice(SAID),
            bytes(data[element.value_start : element.value_stop])[:-1] + b"%d" % rng.randrange(10),
        )
    )
    return found[: element.value_bytes].ljust(element.value_bytes)


def told(instance: Instance, chosen: Profile, key: Key) -> object:
    """Everything that a plan says, or why there is none."""
    try:
        made = plan(instance, chosen, key)
    except DicomanonError as error:
        return type(error), error.code, error.path, error.offset
    decisions = [
        (d.path, d.element.start, d.ruling, d.inside, d.cuts, d.charset, type(d.edit))
        for d in made.decisions()
    ]
    moved = {data_set.start for data_set in made.moved}
    return decisions, moved, to_bytes(instance.original, rewrite(instance, made.edit))


@cache
def known(original: Original) -> Layouts | None:
    """Layouts that have the original's, if it is one to recognize."""
    layouts = layouts_of(original)
    return layouts if recognized(layouts, original.data) is not None else None


@pytest.mark.parametrize("name", PROFILES)
def test_as_without(name: str) -> None:
    """Slice by slice, whatever differs between them: the same decisions, bytes and refusals."""
    alike = [original for original in originals() if known(original) is not None]
    for number in range(SERIES):
        rng = random.Random(f"{SEED}/{name}/{number}")  # noqa: S311 - the same every time
        original, key = rng.choice(alike), Key(SECRET)
        for _ in range(SLICES):
            data = changed(rng, original)
            layouts = known(original)
            assert layouts is not None
            instance = recognized(layouts, data)
            assert instance is not None
            expected = told(anew(data), PROFILES[name], Key(SECRET))
            assert told(instance, PROFILES[name], key) == expected, f"{number} of seed {SEED}"


def series(*values: str) -> list[Instance]:
    """Slices laid out alike, whose Series Description is each of these."""
    slices = [
        part10(
            EXPLICIT_LE,
            CLASS,
            STUDY,
            ("SOPInstanceUID", "UI", f"1.2.{number}"),
            ("SeriesDescription", "LO", value),
            NAME,
            ("PatientID", "LO", "12345678"),
            PIXELS,
        )
        for number, value in enumerate(values)
    ]
    layouts = met(slices[0])
    found = [recognized(layouts, data) for data in slices]
    return [instance for instance in found if instance is not None]


def grounds(name: str = "midi") -> Grounds:
    return Grounds(Key(SECRET), profile(name), PixelState(masked=False, cleaned=False))


def test_a_series_follows() -> None:
    """Slices that say the same of their patient follow, whatever else they say."""
    first, *others = series("of Yamada", "of Suzuki", "chest    ")
    chosen = grounds()
    assert decided_alike(first, chosen) is not None
    (held,) = PRECEDENTS[chosen.key]
    assert [held.follow(each, chosen) is not None for each in others] == [True, True]


def test_another_patient_does_not_follow() -> None:
    """What is said of all has a say in every element."""
    first, second = series("chest", "chest")
    chosen = grounds()
    assert decided_alike(first, chosen) is not None
    (held,) = PRECEDENTS[chosen.key]
    patient = second.data_set.find(0x00100020)
    assert patient is not None
    data = bytearray(second.original.read(0, second.original.size_bytes))
    data[patient.value_start] ^= 1
    other = recognized(met(bytes(data)), bytes(data))
    assert other is not None
    other.data_set = second.data_set
    assert held.follow(other, chosen) is None


def test_other_grounds_are_no_precedent() -> None:
    """Another profile, or pixels that will be masked, are decided by themselves."""
    (first,) = series("chest")
    chosen = grounds()
    assert decided_alike(first, chosen) is not None
    (held,) = PRECEDENTS[chosen.key]
    assert held.is_for(first, chosen)
    masked = chosen._replace(pixels=PixelState(masked=True, cleaned=False))
    assert not held.is_for(first, masked)
    assert not held.is_for(first, chosen._replace(profile=profile("basic")))


def test_what_is_remembered_is_bounded_and_goes_with_the_key() -> None:
    """The last few layouts are; without the key none is."""
    before, chosen = len(PRECEDENTS), grounds()
    lengths = range(2, 2 * MAX_PRECEDENTS + 6, 2)
    assert all(decided_alike(series("x" * length)[0], chosen) for length in lengths)
    assert len(PRECEDENTS[chosen.key]) == MAX_PRECEDENTS
    del chosen
    gc.collect()
    assert len(PRECEDENTS) == before
