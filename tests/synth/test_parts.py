"""The parts of a set: texts, what the standard demands, stamps."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomanon import data
from dicomanon.dicom.charset import charset
from dicomanon.synth import sentences
from dicomanon.synth.attribute import level
from dicomanon.synth.codestream import encapsulated
from dicomanon.synth.demand import DEMANDS, checks
from dicomanon.synth.dice import Dice
from dicomanon.synth.person import patient
from dicomanon.synth.stamp import Stamp, burn
from dicomanon.synth.text import DATE, Facts, filled, sentence
from tests.synth import sets

CHOICES = [
    choices
    for choices in vars(sentences).values()
    if isinstance(choices, dict) and set(choices) == {"en", "ja"}
]


def facts(number: int, seed: int, lang: str, day: date = date(2019, 5, 1)) -> Facts:
    return Facts(patient(number, lang, Dice(str(seed))), day, "A12345678", "CT CHEST")


@given(
    st.integers(0, 200),
    st.integers(0, 10**6),
    st.sampled_from(["en", "ja"]),
    st.sampled_from(CHOICES),
)
def test_texts_are_fair(
    number: int, seed: int, lang: str, choices: dict[str, tuple[str, ...]]
) -> None:
    """A text that is asked about can be encoded, and holds no planted word a second time."""
    about = facts(number, seed, lang)
    coder = charset(about.patient.charset.encode())
    text = sentence(
        choices[lang], about, Dice(str(seed)), 64, lambda text: coder.encode(text) is not None
    )
    if text is None:
        return
    assert "{" not in str(text)
    rest = " ".join(part.text for part in text.parts if part not in text.planted).lower()
    for part in text.planted:
        if part.kind != DATE:
            assert not any(word.lower() in rest for word in part.text.split())


@pytest.mark.parametrize(
    ("day", "written"),
    [
        (date(2019, 5, 1), "令和元年5月1日"),
        (date(2019, 4, 30), "平成31年4月30日"),
        (date(1989, 1, 7), "昭和64年1月7日"),
        (date(1926, 12, 24), "大正15年12月24日"),
    ],
)
def test_eras(day: date, written: str) -> None:
    """A Japanese year begins with its era, and the first one is 元年."""
    assert str(filled("{date_era}", facts(1, 1, "ja", day))) == written


def test_a_second_reading_of_the_table() -> None:
    """Nothing must stay that Table E.1-1 removes without an Option, nor the other way round."""
    for keyword, demand in DEMANDS.items():
        tag = data.tag_of(keyword)
        row = None if tag is None else data.profile_row(tag)
        if tag is None or demand.kind == "open":
            continue
        if demand.kind == "keep":
            assert row is None or "K" in row, keyword
        else:
            assert row is not None, keyword


def test_kept_wholes_are_kept_by_the_table() -> None:
    """What a whole value is asked to stay for is in no row of the table, or an Option keeps it."""
    rows = set()
    for made in sets.made():
        for check in made.answer.checks:
            whole = check.action == "text_retained" and check.code in ("TCIA-REV", "TCIA-P15-PAT-K")
            if whole and check.path is not None and '"' not in check.path:
                rows.add(int(check.path[-11:-7] + check.path[-6:-2], 16))
    assert rows
    for tag in rows:
        row = data.profile_row(tag)
        assert row is None or "K" in row or "C" in row, f"{tag:08X}"


def test_a_name_that_is_an_everyday_word() -> None:
    """No text that says BONE has to stay of a patient called Bone; all else is asked as before."""
    attributes = level(SeriesDescription="BONE SCAN", ProtocolName="Bones, head", Modality="NM")

    def kept(*names: str) -> list[str]:
        found = checks(attributes, (), frozenset(names))
        return [check.text for check in found if check.action == "text_retained"]

    assert kept() == ["NM", "BONE SCAN", "Bones, head"]
    assert kept("bone", "taro") == ["NM", "Bones, head"]


def test_stamp() -> None:
    """All pixels that a stamp changed lie in its box, in every frame, also at the border."""
    for x in (-5, 0, 90, 400):
        picture = np.zeros((2, 60, 200), np.uint8)
        box = burn(picture, Stamp("BROWN MAY\n1234", x, 50, 2), 255)
        _, rows, columns = np.nonzero(picture)
        assert box.top <= rows.min() <= rows.max() < box.bottom <= 60
        assert box.left <= columns.min() <= columns.max() < box.right <= 200
        assert (picture[0] == picture[1]).all()


def test_encapsulated() -> None:
    """Fragments have even lengths, and the offset table says where they begin."""
    value = encapsulated([b"abc", b"de"])
    assert value[:16].hex() == "feff00e008000000" + "00000000" + "0c000000"
    assert value[16:24].hex() == "feff00e004000000"
