"""What is recognized is what a scan finds, however hostile the bytes that look alike."""

from __future__ import annotations

import random
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from dicomanon.dicom.layout import MAX_LAYOUTS, MAX_VALUES, Layouts
from dicomanon.dicom.scan import scanned
from dicomanon.dicom.source import WINDOW_BYTES, BytesSource, Window
from dicomanon.dicom.transfer_syntax import DEFLATED_LE, EXPLICIT_BE, EXPLICIT_LE, IMPLICIT_LE
from tests import builders
from tests.builders import CLASS, Delimited, Fragments, Verbatim, part10
from tests.properties.mutations import ATTACKS, Original, originals

if TYPE_CHECKING:
    from collections.abc import Callable

    from dicomanon.dicom.instance import DataSet, Instance
    from dicomanon.dicom.transfer_syntax import TransferSyntax

SEED = 3
NAMES = ("Yamada^Taro", "Suzuki^Hana")
PIXELS = ("PixelData", "OW", bytes(600))


def anew(data: bytes) -> Instance:
    """An instance that nothing was known of."""
    return scanned(Window(BytesSource(data)))


def met(*data: bytes) -> Layouts:
    """Layouts of what was scanned twice."""
    layouts = Layouts()
    for each in data:
        for _ in range(2):
            layouts.met(anew(each))
    return layouts


def recognized(layouts: Layouts, data: bytes) -> Instance | None:
    return layouts.recognized(Window(BytesSource(data)))


def spans(level: DataSet | None) -> object:
    """Everything that a scan says of a level."""
    if level is None:
        return None
    elements = [
        (e.tag, e.vr, e.start, e.value_start, e.value_stop, e.stop, e.items and len(e.items))
        for e in level.elements
    ]
    items = [spans(item) for e in level.elements for item in e.items or ()]
    places = (level.start, level.content_start, level.content_stop, level.stop)
    return places, level.explicit, level.little, elements, items


def found(instance: Instance) -> object:
    """Everything that a scan says of an instance."""
    return (
        instance.preamble,
        spans(instance.file_meta),
        spans(instance.command_set),
        spans(instance.data_set),
        instance.transfer_syntax,
        instance.declared_transfer_syntax,
        instance.deflated_start,
        instance.truncated_at,
        [instance.value(p.element) for p in instance.places() if p.element.items is None],
    )


@cache
def layouts_of(original: Original) -> Layouts:
    return met(original.data)


def attacked(rng: random.Random, original: Original) -> bytes:
    """An attack on an original, of its size."""
    data = bytearray(original.data)
    for _ in range(rng.choice((1, 1, 2))):
        rng.choice(ATTACKS)(rng, data, original)
    return bytes(data[: len(original.data)]).ljust(len(original.data), b"\0")


def in_values(rng: random.Random, original: Original) -> bytes:
    """Other values in the same places."""
    data = bytearray(original.data)
    places = list(anew(original.data).places())
    for place in rng.choices(places, k=3):
        element = place.element
        if element.items is None and element.tag != 0x00020010 and not element.undefined_length:
            data[element.value_start : element.value_stop] = rng.randbytes(element.value_bytes)
    return bytes(data)


def test_attacks() -> None:
    """Whatever is recognized is what a scan finds; attacks on headers are not recognized."""
    counts = {True: 0, False: 0}
    for number in range(2_000):
        rng = random.Random(f"{SEED}/{number}")  # noqa: S311 - the same every time
        original = rng.choice(originals())
        data = rng.choice((attacked, in_values))(rng, original)
        known = recognized(layouts_of(original), data)
        counts[known is not None] += 1
        if known is not None:
            assert found(known) == found(anew(data)), f"attack {number} of seed {SEED}"
    assert min(counts.values()) > 500


@pytest.mark.parametrize("syntax", [EXPLICIT_LE, IMPLICIT_LE, EXPLICIT_BE], ids=lambda s: s.name)
@pytest.mark.parametrize("wrap", [list, Delimited])
def test_other_values_are_recognized(
    syntax: TransferSyntax, wrap: Callable[[list[Any]], Any]
) -> None:
    """Of three slices that differ in values alone, only two are scanned."""
    slices = [
        part10(
            syntax,
            CLASS,
            ("ReferencedStudySequence", "SQ", wrap([[("StudyID", "SH", f"{number}")]])),
            ("PatientName", "PN", name),
            ("PatientSex", "CS", ""),
            PIXELS,
        )
        for number, name in enumerate((*NAMES, "Tanaka^Jiro"))
    ]
    assert len({len(data) for data in slices}) == 1
    layouts = Layouts()
    for data in slices[:2]:
        assert recognized(layouts, data) is None
        layouts.met(anew(data))
    known = recognized(layouts, slices[2])
    assert known is not None
    assert found(known) == found(anew(slices[2]))
    assert known.text(0x00100010) == "Tanaka^Jiro"


def test_a_header_longer_than_the_window() -> None:
    """Long values in a header are jumped over."""
    long = ("00291010", "OB", bytes(WINDOW_BYTES * 2 + 6))
    first, second = (
        part10(EXPLICIT_LE, CLASS, ("PatientName", "PN", name), long, PIXELS) for name in NAMES
    )
    known = recognized(met(first), second)
    assert known is not None
    assert found(known) == found(anew(second))


@pytest.mark.parametrize(
    "data",
    [
        part10(DEFLATED_LE, CLASS, PIXELS),
        part10(EXPLICIT_LE, CLASS, ("PixelData", "OB", Fragments((b"", b"1234")))),
        part10(EXPLICIT_LE, CLASS, PIXELS)[len(builders.PREAMBLE) :],
        part10(EXPLICIT_LE, CLASS, PIXELS)[:-1],
        part10(EXPLICIT_LE, CLASS, *[("PatientName", "PN", "A^")] * (MAX_VALUES + 1)),
        part10(EXPLICIT_LE, CLASS, Verbatim(b"\x10\x00\x40\x00LO\0\0" * WINDOW_BYTES), PIXELS),
    ],
    ids=["deflated", "encapsulated", "no-preamble", "cut", "many-values", "long-part"],
)
def test_not_recognized(data: bytes) -> None:
    """What a scan walks through, or cannot jump over, is scanned each time."""
    assert recognized(met(data), data) is None


def test_the_transfer_syntax_is_looked_at() -> None:
    """The one value that says how to read is part of a layout."""
    data = part10(EXPLICIT_LE, CLASS, PIXELS)
    other = data.replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.99")
    assert recognized(met(data), data) is not None
    assert recognized(met(data), other) is None


def test_what_is_remembered_is_bounded() -> None:
    """New layouts push the oldest out."""
    slices = [
        part10(EXPLICIT_LE, CLASS, ("PatientName", "PN", "A" * 2 * n), PIXELS)
        for n in range(1, MAX_LAYOUTS + 2)
    ]
    layouts = met(*slices)
    assert recognized(layouts, slices[0]) is None
    assert all(recognized(layouts, data) is not None for data in slices[1:])


def test_a_layout_holds_no_value() -> None:
    """What a process remembers of an instance is nobody's."""
    layouts = met(part10(EXPLICIT_LE, CLASS, ("PatientName", "PN", NAMES[0]), PIXELS))
    (layout,) = layouts.layouts
    held = b"".join(b"".join(stretch.known) for stretch in layout.stretches)
    assert NAMES[0].encode() not in held
