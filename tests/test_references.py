"""References across instances hold after a run: a study is built, and every reference followed.

A CT series in two frames of reference, a concatenation, a structure set, a plan, a dose, a
segmentation, a presentation state, a registration and a key object selection; each instance
is anonymized by itself, as on different days, with one key.

Standard: PS3.15 §E.1.1 ("internally consistent"), §E.3.9.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dicomanon.dicom.transfer_syntax import EXPLICIT_LE
from dicomanon.policy.key import Key
from dicomanon.policy.profile import profile
from tests import builders, engine

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pydicom import Dataset

ROOT = "1.2.826.0.1.3680043.2.4711"
STUDY, CT_SERIES, FRAME, OTHER_FRAME, CONCATENATION, SOURCE = (
    f"{ROOT}.{number}" for number in range(1, 7)
)
STORAGE = "1.2.840.10008.5.1.4.1.1"
CT, ENHANCED, RTSTRUCT, RTDOSE, RTPLAN, SEG, PR, KO, REG = (
    f"{STORAGE}.{tail}"
    for tail in ("2", "2.1", "481.3", "481.2", "481.5", "66.4", "11.1", "88.59", "66.1")
)
WELL_KNOWN_FRAME = "1.2.840.10008.1.4.1.1"
"""Talairach Brain Atlas: registered by the standard, the same for everybody."""

Specs = list[builders.Element]


def uid(kind: str, number: int = 1) -> str:
    """The SOP Instance UID of the n-th instance of a kind."""
    return f"{ROOT}.{ALL_KINDS.index(kind) + 10}.{number}"


ALL_KINDS = (CT, ENHANCED, RTSTRUCT, RTDOSE, RTPLAN, SEG, PR, KO, REG)
IMAGES = [uid(CT, number) for number in (1, 2, 3)]


def to(sop_class: str, instance: str) -> Specs:
    """A reference to an instance."""
    return [
        ("ReferencedSOPClassUID", "UI", sop_class),
        ("ReferencedSOPInstanceUID", "UI", instance),
    ]


def series(*references: Specs, name: str) -> builders.Element:
    """A reference to the CT series and instances of it; name: of the inner sequence."""
    inner: Specs = [(name, "SQ", list(references)), ("SeriesInstanceUID", "UI", CT_SERIES)]
    return ("ReferencedSeriesSequence", "SQ", [ordered(inner)])


def images() -> list[Specs]:
    return [to(CT, image) for image in IMAGES]


def functional_groups(image: str) -> Specs:
    source: builders.Element = ("SourceImageSequence", "SQ", [to(CT, image)])
    return [("DerivationImageSequence", "SQ", [[source]])]


def part(number: int) -> Specs:
    """What makes an enhanced image a part of a concatenation."""
    return [
        ("ConcatenationUID", "UI", CONCATENATION),
        ("InConcatenationNumber", "US", number),
        ("SOPInstanceUIDOfConcatenationSource", "UI", SOURCE),
    ]


def structures() -> Specs:
    contour_images: builders.Element = ("ContourImageSequence", "SQ", images())
    rt_series: Specs = [("SeriesInstanceUID", "UI", CT_SERIES), contour_images]
    study: Specs = [
        *to("1.2.840.10008.3.1.2.3.1", STUDY),
        ("RTReferencedSeriesSequence", "SQ", [rt_series]),
    ]
    return [
        (
            "ReferencedFrameOfReferenceSequence",
            "SQ",
            [[("FrameOfReferenceUID", "UI", FRAME), ("RTReferencedStudySequence", "SQ", [study])]],
        ),
        (
            "StructureSetROISequence",
            "SQ",
            [[("ROINumber", "IS", "1"), ("ReferencedFrameOfReferenceUID", "UI", FRAME)]],
        ),
        (
            "ROIContourSequence",
            "SQ",
            [[("ContourSequence", "SQ", [[("ContourImageSequence", "SQ", [to(CT, IMAGES[1])])]])]],
        ),
    ]


def selection() -> Specs:
    named: Specs = [
        ("ReferencedSOPSequence", "SQ", [to(CT, IMAGES[2])]),
        ("ValueType", "CS", "IMAGE"),
    ]
    evidence = series(*images(), name="ReferencedSOPSequence")
    study: Specs = [evidence, ("StudyInstanceUID", "UI", STUDY)]
    return [
        ("CurrentRequestedProcedureEvidenceSequence", "SQ", [ordered(study)]),
        ("ContentSequence", "SQ", [ordered(named)]),
    ]


def ordered(specs: Specs) -> Specs:
    return sorted(specs, key=lambda spec: builders.tag_of(spec[0]))


def registration() -> Specs:
    return [
        (
            "RegistrationSequence",
            "SQ",
            [
                ordered(
                    [("FrameOfReferenceUID", "UI", frame), ("ReferencedImageSequence", "SQ", found)]
                )
                for frame, found in ((OTHER_FRAME, images()[:1]), (WELL_KNOWN_FRAME, images()[1:]))
            ],
        )
    ]


def instance(
    kind: str, number: int, specs: Sequence[builders.Element], frame: str = FRAME
) -> bytes:
    whole: Specs = [
        ("SOPClassUID", "UI", kind),
        ("SOPInstanceUID", "UI", uid(kind, number)),
        ("PatientName", "PN", "Yamada^Taro"),
        ("PatientID", "LO", "ID-4711"),
        ("StudyInstanceUID", "UI", STUDY),
        ("SeriesInstanceUID", "UI", CT_SERIES if kind == CT else f"{uid(kind)}.9"),
        ("FrameOfReferenceUID", "UI", frame),
        *specs,
    ]
    return builders.part10(EXPLICIT_LE, *ordered(whole))


STUDY_SET: list[bytes] = [
    *(instance(CT, number, []) for number in (1, 2, 3)),
    *(instance(ENHANCED, number, part(number)) for number in (1, 2)),
    instance(RTSTRUCT, 1, structures()),
    instance(RTPLAN, 1, [("ReferencedStructureSetSequence", "SQ", [to(RTSTRUCT, uid(RTSTRUCT))])]),
    instance(RTDOSE, 1, [("ReferencedRTPlanSequence", "SQ", [to(RTPLAN, uid(RTPLAN))])]),
    instance(
        SEG,
        1,
        [
            series(*images(), name="ReferencedInstanceSequence"),
            (
                "PerFrameFunctionalGroupsSequence",
                "SQ",
                [functional_groups(image) for image in IMAGES],
            ),
        ],
    ),
    instance(PR, 1, [series(*images(), name="ReferencedImageSequence")]),
    instance(KO, 1, selection()),
    instance(REG, 1, registration(), OTHER_FRAME),
]

REFERENCES = 4 + 1 + 1 + 6 + 3 + 4 + 3
"""Of structure set, plan, dose, segmentation, presentation state, key objects, registration."""

Found = dict[tuple[int, ...], str]


def uids(data_set: Dataset, prefix: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], str]]:
    """Every UID of an instance by its path, SOP Classes apart."""
    for element in data_set:
        path = (*prefix, int(element.tag))
        if element.VR == "SQ":
            for number, item in enumerate(element.value):
                yield from uids(item, (*path, number))
        elif element.VR == "UI" and "Class" not in element.keyword:
            yield path, str(element.value)


@pytest.fixture(scope="module", params=["basic", "research", "in-hospital", "midi"])
def pairs(request: pytest.FixtureRequest) -> list[tuple[Found, Found]]:
    """The UIDs of each instance before and after."""
    chosen = profile(request.param)
    return [
        (
            dict(uids(engine.read(source))),
            dict(uids(engine.read(engine.anonymized(source, chosen, key=Key(bytes(range(32))))))),
        )
        for source in STUDY_SET
    ]


def test_every_reference_is_still_there(pairs: list[tuple[Found, Found]]) -> None:
    """No path with a UID is lost."""
    assert [before.keys() - after.keys() for before, after in pairs] == [set()] * len(STUDY_SET)


def test_one_uid_stays_one(pairs: list[tuple[Found, Found]]) -> None:
    """Everywhere the same source UID becomes the same UID, and different ones stay different."""
    new: dict[str, set[str]] = {}
    for before, after in pairs:
        for path, value in before.items():
            new.setdefault(value, set()).add(after[path])
    assert [old for old, found in new.items() if len(found) != 1] == []
    assert len(set.union(*new.values())) == len(new)


def test_every_reference_leads_to_an_instance(pairs: list[tuple[Found, Found]]) -> None:
    """What referred to an instance of the set refers to the same instance of the output."""
    sop_instance = (builders.tag_of("SOPInstanceUID"),)
    numbers_before = {before[sop_instance]: n for n, (before, _) in enumerate(pairs)}
    numbers_after = {after[sop_instance]: n for n, (_, after) in enumerate(pairs)}
    followed = 0
    for before, after in pairs:
        for path, value in before.items():
            if path != sop_instance and value in numbers_before:
                assert numbers_after[after[path]] == numbers_before[value]
                followed += 1
    assert followed == REFERENCES


def test_well_known_frames_stay(pairs: list[tuple[Found, Found]]) -> None:
    """A frame of reference of the standard means the same to everybody."""
    found = {
        after[p] for before, after in pairs for p, v in before.items() if v == WELL_KNOWN_FRAME
    }
    assert found == {WELL_KNOWN_FRAME}
