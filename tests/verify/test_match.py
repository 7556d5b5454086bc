"""Pairs of originals and outputs are found by content, and never guessed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from dicomanon.dicom.source import BytesSource
from dicomanon.verify.match import Matching, card, match, pixel_digest
from dicomanon.verify.reader import read
from dicomanon.verify.reading import is_instance
from tests.verify.outputs import INSTANCE, ROOT, SIDE_PX, anonymized, edited, original

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dicomanon.verify.match import Card

PIXELS = SIDE_PX * SIDE_PX * 2
NONE: Matching = Matching((), (), (), frozenset())


def slices(count: int, **more: int) -> list[bytes]:
    """Images of one series, alike but for place and number."""
    return [
        original(
            SOPInstanceUID=f"{ROOT}{number + 100}",
            InstanceNumber=number,
            ImagePositionPatient=[0, 0, number],
            charset="ISO_IR 192",
            **more,
        )
        for number in range(count)
    ]


def cards(files: Sequence[bytes], read_pixels: list[int] | None = None) -> list[Card]:
    """Cards; read_pixels: gets the index of each whose pixels are read."""

    def digest(index: int, source: BytesSource) -> bytes:
        if read_pixels is not None:
            read_pixels.append(index)
        return pixel_digest(read(source))

    sources = [BytesSource(file) for file in files]
    return [
        card(read(source), partial(digest, index, source)) for index, source in enumerate(sources)
    ]


def test_slices_are_told_by_their_place() -> None:
    """The order of the files does not matter, and no pixel is read."""
    originals = slices(5)
    outputs = [anonymized(originals[index]) for index in (3, 1, 4, 0, 2)]
    seen: list[int] = []
    found = match(cards(originals, seen), cards(outputs, seen))
    assert found == NONE._replace(pairs=((3, 0), (1, 1), (4, 2), (0, 3), (2, 4)))
    assert seen == []


def test_what_is_alike_is_told_by_its_pixels() -> None:
    """Two patients' images of one form differ in their pixels."""
    originals = [original(PixelData=bytes([shade]) * PIXELS) for shade in (1, 2, 3)]
    outputs = [anonymized(originals[index]) for index in (2, 0)]
    found = match(cards(originals), cards(outputs))
    assert found.pairs == ((2, 0), (0, 1))
    assert found.originals == (1,)


def test_what_nothing_tells_apart_stays_alone() -> None:
    """Of two equal images nobody says which became which; a map of UIDs does."""
    originals = [original(SOPInstanceUID=f"{ROOT}{number}") for number in (100, 101)]
    outputs = [anonymized(each) for each in originals]
    assert match(cards(originals), cards(outputs)) == Matching(
        (), (0, 1), (0, 1), frozenset({0, 1})
    )
    new_uids = {
        cards(originals)[one].uid: cards(outputs)[other].uid for one, other in ((0, 1), (1, 0))
    }
    assert match(cards(originals), cards(outputs), new_uids).pairs == ((1, 0), (0, 1))


def test_a_study_tells() -> None:
    """Reports of two patients are alike; the images beside them say whose is whose."""
    studies = (f"{ROOT}901", f"{ROOT}902")
    images = [
        original(StudyInstanceUID=study, PixelData=bytes([n]) * PIXELS, SOPInstanceUID=f"{ROOT}{n}")
        for n, study in enumerate(studies, 100)
    ]
    notes = [
        original(StudyInstanceUID=study, Modality="SR", SOPInstanceUID=f"{ROOT}{n}")
        for n, study in enumerate(studies, 200)
    ]
    originals = [*images, *notes]
    outputs = [anonymized(originals[index]) for index in (3, 1, 0, 2)]
    assert match(cards(originals), cards(outputs)).pairs == ((3, 0), (1, 1), (0, 2), (2, 3))


def test_kept_uids_tell() -> None:
    """Where UIDs stay, equal images have their partners."""
    originals = [original(SOPInstanceUID=f"{ROOT}{number}") for number in (100, 101)]
    outputs = [anonymized(each, "in-hospital") for each in reversed(originals)]
    assert match(cards(originals), cards(outputs)).pairs == ((1, 0), (0, 1))


def test_a_stranger_has_no_partner() -> None:
    """An output of another form is not ambiguous: nothing belongs to it."""
    originals = slices(2)
    outputs = [anonymized(originals[0]), anonymized(original(Rows=16, Columns=64))]
    assert match(cards(originals), cards(outputs)) == Matching(((0, 0),), (1,), (1,), frozenset())


def test_changed_figures_do_not_part_a_pair() -> None:
    """A number that someone removed, masked pixels: the place still tells."""
    originals = slices(3, PatientWeight=60, KVP=120)
    outputs = [edited(anonymized(each), lambda data: delattr(data, "KVP")) for each in originals]
    assert match(cards(originals), cards(outputs)).pairs == ((0, 0), (1, 1), (2, 2))


def test_what_is_no_instance() -> None:
    """Text and an empty file are none."""
    assert is_instance(read(BytesSource(original())))
    assert not is_instance(read(BytesSource(b"id_old,id_new\n" * 20)))
    assert not is_instance(read(BytesSource(b"")))
    assert cards([original()])[0].uid == INSTANCE
