"""What of an instance identifies, and the forms in which texts are compared."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomanon.dicom.transfer_syntax import EXPLICIT_LE, IMPLICIT_LE, TransferSyntax
from dicomanon.policy.fold import Folded, fold, kana_sound, romaji_sound
from dicomanon.policy.identity import Identity, PersonName, collect, parse_name
from tests import builders, engine

SOURCE: tuple[builders.Element, ...] = (
    ("SpecificCharacterSet", "CS", "ISO_IR 192"),
    ("StudyDate", "DA", "20200102"),
    ("AcquisitionDateTime", "DT", "20200103101500.5+0900"),
    ("AccessionNumber", "SH", "ACC77"),
    ("InstitutionName", "LO", "聖路加国際病院"),
    ("ReferringPhysicianName", "PN", "Brown^James"),
    ("StationName", "SH", "CT01"),
    ("StudyDescription", "LO", "CT of Yamada"),
    (
        "OperatorIdentificationSequence",
        "SQ",
        [[("PersonIdentificationCodeSequence", "SQ", [[
            ("CodeValue", "SH", "OP-9"),
            ("CodeMeaning", "LO", "Ito^Ken"),
        ]])]],
    ),
    ("PatientName", "PN", "Yamada^Taro=山田^太郎=ヤマダ^タロウ"),
    ("PatientID", "LO", "0012345"),
    ("PatientBirthDate", "DA", "19500304"),
    ("PatientSex", "CS", "M"),
    ("OtherPatientIDsSequence", "SQ", [[("PatientID", "LO", "Z-5")]]),
    ("PatientAddress", "LO", "東京都千代田区"),
    ("PatientTelephoneNumbers", "SH", "03-1234-5678\\090-1111-2222"),
    ("DeviceSerialNumber", "LO", "SN40543"),
    ("StudyID", "SH", ""),
)  # fmt: skip


@pytest.mark.parametrize("syntax", [EXPLICIT_LE, IMPLICIT_LE])
def test_collect(syntax: TransferSyntax) -> None:
    """The sensitive tags at every depth, codes of persons too; free text is not identity."""
    found = collect(engine.scanned(builders.part10(syntax, *SOURCE)))
    assert found == Identity(
        names=frozenset(
            PersonName(parts)
            for parts in (("Yamada", "Taro"), ("山田", "太郎"), ("ヤマダ", "タロウ"))
        ),
        physicians=frozenset((PersonName(("Brown", "James")), PersonName(("Ito", "Ken")))),
        ids=frozenset(("ACC77", "0012345", "Z-5", "OP-9")),
        devices=frozenset(("SN40543", "CT01")),
        phones=frozenset(("03-1234-5678", "090-1111-2222")),
        addresses=frozenset(("東京都千代田区",)),
        institutions=frozenset(("聖路加国際病院",)),
        births=frozenset((date(1950, 3, 4),)),
        dates=frozenset((date(2020, 1, 2), date(2020, 1, 3))),
    )


def test_merge() -> None:
    """What one instance of a patient does not say, another may."""
    one = Identity(ids=frozenset(("1",)), names=frozenset(parse_name("A^B")))
    other = Identity(ids=frozenset(("2",)), dates=frozenset((date(2020, 1, 1),)))
    merged = one.merge(other)
    assert merged == Identity(
        names=one.names, ids=frozenset(("1", "2")), dates=frozenset((date(2020, 1, 1),))
    )
    assert repr(merged).startswith("Identity(names=1, physicians=0, ids=2,")


@pytest.mark.parametrize(
    ("text", "components"),
    [
        ("A^B^C^Dr^Jr", [("A", "B", "C")]),
        ("A^B=山^田=", [("A", "B"), ("山", "田")]),
        ("==ヤマ", [("ヤマ",)]),
        ("John Smith", [("John Smith",)]),
        ("^^", []),
        ("", []),
    ],
)
def test_names(text: str, components: list[tuple[str, ...]]) -> None:
    """Groups of components, prefix and suffix left out. Standard: PS3.5 §6.2.1.1."""
    assert parse_name(text) == tuple(map(PersonName, components))


@pytest.mark.parametrize(
    ("romaji", "kana"),
    [
        ("ohno", "オオノ"), ("ono", "おの"), ("sato", "サトウ"), ("satoh", "ｻﾄｳ"),
        ("satou", "さとー"), ("yuko", "ゆうこ"), ("kyoko", "キョウコ"), ("shota", "ショウタ"),
        ("syouta", "シヨウタ"), ("junichi", "ジュンイチ"), ("homma", "ほんま"), ("hatta", "はった"),
        ("matchi", "マッチ"), ("tsuduki", "ツヅキ"), ("fujii", "フジイ"), ("hujii", "ふぢい"),
        ("gondo", "ｺﾞﾝﾄﾞｳ"),
    ],
)  # fmt: skip
def test_romaji_and_kana_sound_alike(romaji: str, kana: str) -> None:
    """Whatever the romanisation, long vowel or width."""
    assert romaji_sound(romaji) == kana_sound(fold(kana)).text != ""


@given(st.text(max_size=60))
def test_folding(text: str) -> None:
    """Folding twice is folding once, and every folded character has its place in the source."""
    folded = Folded(text)
    assert fold(folded.folded) == folded.folded
    for n in range(len(folded.folded)):
        start, stop = folded.in_source(n, n + 1)
        assert 0 <= start < stop <= len(text)
    for n in range(len(folded.squashed)):
        start, stop = folded.in_folded(n, n + 1)
        assert folded.folded[start:stop] == folded.squashed[n]
