"""Clean Descriptors: what identifies goes, the medical words stay."""

from __future__ import annotations

import re
import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomanon.policy.clean import KINDS, Cleaned, Cleaner, cleaner
from dicomanon.policy.fold import fold
from dicomanon.policy.identity import Identity, parse_name
from tests.policy import held_out, sentences

IDENTITY = Identity(
    names=frozenset(parse_name("Yamada^Taro=山田^太郎=ヤマダ^タロウ")),
    physicians=frozenset((*parse_name("Brown^James^^Dr"), *parse_name("林^花子"))),
    ids=frozenset(("0012345", "ACC-2020-77")),
    devices=frozenset(("SN40543", "CT01")),
    phones=frozenset(("03-1234-5678",)),
    addresses=frozenset(("東京都千代田区丸の内1-2-3",)),
    institutions=frozenset(("聖路加国際病院", "Keio University Hospital")),
    births=frozenset((date(1950, 3, 4),)),
    dates=frozenset((date(2020, 1, 2),)),
)
CLEANER = Cleaner(IDENTITY)
STRICT = Cleaner(IDENTITY, strict=True)
NOBODY = Cleaner(Identity())


def of(name: str) -> Cleaner:
    return Cleaner(Identity(names=frozenset(parse_name(name))))


def gone(text: str, cleaned: Cleaned) -> set[int]:
    """Where in a text the letters and digits stood that were cut."""
    spans = (range(cut.start, cut.stop) for cut in cleaned.cuts)
    return {n for span in spans for n in span if text[n].isalnum()}


def marked(text: str, places: set[int]) -> str:
    return "".join("_" if n in places else char for n, char in enumerate(text))


@pytest.mark.parametrize(("_group", "sentence"), sentences.rows())
def test_sentences(_group: str, sentence: str) -> None:
    """Exactly what stands in braces is cut."""
    text, expected = sentences.unmark(sentence)
    assert marked(text, gone(text, CLEANER.clean(text))) == marked(text, expected)


@pytest.mark.parametrize(("name", "sentence"), held_out.rows())
def test_sentences_of_others(name: str, sentence: str) -> None:
    """The same for other names: umlauts, apostrophes, hangul, Cyrillic, names that are words."""
    text, expected = sentences.unmark(sentence)
    assert marked(text, gone(text, of(name).clean(text))) == marked(text, expected)


def test_strict_keeps_the_medical_words() -> None:
    """Strict mode loses nothing that has to go, and few of the words that have to stay."""
    lost = kept = 0
    for name, sentence in held_out.rows():
        text, expected = sentences.unmark(sentence)
        identity = Identity(names=frozenset(parse_name(name)))
        cut = gone(text, Cleaner(identity, strict=True).clean(text))
        assert expected <= cut, sentence
        lost += len(cut - expected)
        kept += sum(char.isalnum() for char in text) - len(cut)
    assert lost / (lost + kept) < 0.04


VARIANTS = {
    "Ono^Yuko=小野^裕子=オノ^ユウコ": (
        "Ono|Ohno|Oono|Ōno|Yuko|Yuuko|Yūko|YUKO ONO|onoyuko|yono|小野|裕子|小野裕子|小野　裕子|オノ"
        "|オーノ|おおの|ｵﾉ|ｵｰﾉ|ユウコ|ゆーこ|ﾕｳｺ|おのゆうこ|ＯＮＯ|o\u200bno|Ono-Yuko"
    ),
    "Satoh^Shinichi=髙橋^眞一=サトウ^シンイチ": (
        "Sato|Satou|SATOH|Shin'ichi|Shinichi|サトー|さとう|高橋|髙橋|真一|眞一|高橋真一|ｻﾄｳｼﾝｲﾁ"
        "|シンイチ"
    ),
    "Gotō^Junji=後藤^純二=ゴトウ^ジュンジ": (
        "Goto|Gotoh|Gotou|Gotō|Junji|Zyunzi|ｺﾞﾄｳ|ごとう|ジユンジ|ｼﾞｭﾝｼﾞ|後藤"
    ),
    "Strauß^Björn": "Strauß|STRAUSS|Strauss|Björn|Bjorn|Bjoern|bstrauss",
    "Smith-Jones^Mary Ann": (
        "Smith|Jones|Smith-Jones|SMITHJONES|Smith Jones|Mary Ann|MARYANN|M. Smith"
    ),
}


@pytest.mark.parametrize(
    ("name", "written"),
    [(name, form) for name, forms in VARIANTS.items() for form in forms.split("|")],
)
def test_names_are_found_as_they_are_written(name: str, written: str) -> None:
    """Romaji, kana, kanji, width, long vowels, case, variant kanji, accents, glued or apart."""
    patient = of(name)
    assert patient.clean(written).text == ""
    assert patient.clean(f"CT {written} 5 mm").text == "CT 5 mm"
    assert patient.clean(f"t1_{written}_sag").text == "t1_sag"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Brown^Bob", "Brown-Séquard syndrome"),
        ("Brown^Bob", "brown fat, Brown tumor"),
        ("White^Ann", "white matter, Wolff-Parkinson-White"),
        ("Parkinson^P", "Parkinson's disease"),
        ("Hodgkin^T", "non-Hodgkin lymphoma"),
        ("Wilson^A", "WILSON DISEASE"),
        ("Head^Ann", "CT of the head"),
        ("Hip^Ann", "left hip"),
        ("Ng^Li", "5 ng/ml"),
        ("May^Ann", "may be a cyst"),
        ("林^一", "森林 林立 小林式"),
        ("森^心", "心臓 心筋 心電図 森林"),
        ("川崎^光", "川崎病 光学 蛍光"),
        ("橋本^学", "橋本病 医学 化学"),
        ("高安^明", "高安動脈炎 不明 明らか"),
        ("中^正", "中部 正中 正常 中心"),
        ("=凛=リン", "リンパ節 リンパ腫"),
        ("==マリ^エリ", "エリア マリファナ"),
    ],
)
def test_medical_words_that_are_names_stay(name: str, text: str) -> None:
    """A phrase or a longer word is not the patient."""
    assert of(name).clean(text) == Cleaned(text, ())


@pytest.mark.parametrize(
    ("name", "text", "left"),
    [
        ("Brown^Bob", "Brown tumor of Mr. Brown", "Brown tumor of"),
        ("Head^Ann", "CT HEAD for ANN HEAD", "CT for"),
        ("Stone^Ann", "BONE_CT STONE thorax", "BONE_CT thorax"),
        ("Short^X", "Follow-up, Short", "Follow-up"),
        ("May^Ann", "May be seen by May", "be seen by"),
        ("May^Ann", "Ann may", ""),
        ("Ng^Li", "Dr. Ng 5 ng", "5 ng"),
        ("林^一", "林 胸部", "胸部"),
        ("林^一", "胸部 林一", "胸部"),
        ("川崎^光", "川崎病の川崎様", "川崎病の"),
        ("=凛=リン", "リンさん リンパ節", "リンパ節"),
    ],
)
def test_names_that_are_words_go_where_they_are_names(name: str, text: str, left: str) -> None:
    """A title, another part of the name or a capital tells."""
    assert of(name).clean(text).text == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("CT chest", "CT chest"),
        ("  CT   chest ,, ", "  CT   chest ,, "),
        ("Yamada", ""),
        ("chest, Yamada, left", "chest, left"),
        ("chest (Yamada) left", "chest left"),
        ("chest (Yamada, Taro), left", "chest, left"),
        ("chest [Yamada / 0012345] left", "chest left"),
        ("chest (Yamada, left)", "chest (left)"),
        ("chest_Yamada_left", "chest_left"),
        ("chest: Yamada\nleft: 0012345\nright", "chest\nleft\nright"),
        ("Yamada^Taro^^=山田^太郎", ""),
        ("ID12345CT", "ID CT"),
        ("胸部山田CT", "胸部 CT"),
        ("Seen by Yamada. Normal.", "Seen by. Normal."),
        ("山山田田", ""),
    ],
)
def test_what_is_left_reads_well(text: str, left: str) -> None:
    """Nothing is glued, no double separators or empty brackets stay, uncut text is untouched."""
    assert CLEANER.clean(text).text == left


def test_cuts_say_what_went() -> None:
    """Spans of the source with their kind, in order."""
    text = "Yamada, tel 03-1234-5678, 2020-01-02, 93 y/o, a@b.jp, Dr. Tanaka, 1.2.3.4.5.6"
    cuts = CLEANER.clean(text).cuts
    assert [(text[cut.start : cut.stop], cut.kind) for cut in cuts] == [
        ("Yamada", "name"),
        ("03-1234-5678", "phone"),
        ("2020-01-02", "date"),
        ("93 y/o", "age"),
        ("a@b.jp", "email"),
        ("Dr. Tanaka", "title_name"),
        ("1.2.3.4.5.6", "uid"),
    ]


@pytest.mark.parametrize(
    ("value", "text", "left"),
    [
        ("0012345", "12345", ""),
        ("0012345", "000012345", ""),
        ("12345", "0012345", ""),
        ("12345", "x12345y", "x y"),
        ("12345", "912345 mm", "912345 mm"),
        ("12345", "1.2345", "1.2345"),
        ("12345", "12345 mm", "12345 mm"),
        ("123", "123", ""),
        ("123", "b123 1.23 123 mm 123x200 T123", "b123 1.23 123 mm 123x200 T123"),
        ("12", "12 slices, 1 2", "12 slices, 1 2"),
        ("HEAD", "CT HEAD", "CT HEAD"),
        ("CT1", "CT1", "CT1"),
        ("AB-12/34", "ab 12 34", ""),
        ("AB1234", "xAB1234CT", "x CT"),
        ("QX7", "QX7 QX77 AQX7", "QX77 AQX7"),
        ("K-2020-1234567", "scan1234567", "scan"),
    ],
)
def test_ids(value: str, text: str, left: str) -> None:
    """Zeros, separators and glued letters do not hide an ID; short ones need borders."""
    identity = Identity(ids=frozenset((value,)))
    assert Cleaner(identity).clean(text).text == left


# -- dates that shift -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("20200105", "20200101"),
        ("20200105103015.12+0900", "20200101103015.12+0900"),
        ("2020-01-05T10:30", "2020-01-01T10:30"),
        ("2020/1/5", "2020/1/1"),
        ("2020/01/05", "2020/01/01"),
        ("05.01.2020", "01.01.2020"),
        ("13/01/2020", "09/01/2020"),
        ("01/13/2020", "01/09/2020"),
        ("on Jan 5, 2020", "on Jan 1, 2020"),
        ("JAN 5TH 2020", "JAN 1ST 2020"),
        ("5 January 2020", "1 January 2020"),
        ("05jan20", "01jan20"),
        ("2020年1月5日 胸部", "2020年1月1日 胸部"),
        ("２０２０年１月５日", "２０２０年１月１日"),
        ("令和2年1月5日(日)", "令和2年1月1日"),
        ("R2.1.5", "R2.1.1"),
        ("r2/1/5 10:30", "r2/1/1 10:30"),
        ("平成元年1月9日", ""),
        ("平成2年3月1日", ""),
        ("平成2年3月5日", "平成2年3月1日"),
        ("昭和64年1月7日", "昭和64年1月3日"),
        ("S45.3.4", ""),
        ("S45.3.14", "S45.3.10"),
        ("令和二年一月五日", ""),
        ("January fifth, 2020", ""),
        ("Jan 2020, 5/6/20", ""),
        ("Fri, 10 Jan 2020", "6 Jan 2020"),
        ("1950-03-04", ""),
        ("2020-02-30", ""),
        ("1/1/2020", ""),
    ],
)
def test_dates_shift_in_their_layout(text: str, left: str) -> None:
    """By the same days; what says no full date, cannot be told or would not fit is cut."""
    births = frozenset((date(1950, 3, 4), date(1970, 3, 4)))
    assert Cleaner(Identity(births=births), shift_days=-4).clean(text).text == left


def test_a_month_that_is_the_patients_name() -> None:
    """A date that would move into March is cut of somebody called March: its word is a leak."""
    march = Identity(names=frozenset(parse_name("March^Anna")))
    shifting = Cleaner(march, shift_days=30)
    text = "CT of 12 February 2020, 2020-02-12, 13 February 2021, stable"
    assert shifting.clean(text).text == "CT of, 2020-03-13, stable"
    assert shifting.clean("seen 12 April 2020").text == "seen 12 May 2020"


def test_a_date_may_grow_where_there_is_room() -> None:
    """Never longer than the source, but for what the VR still holds."""
    shifting = Cleaner(IDENTITY, shift_days=-4)
    assert shifting.clean("CT 2020/1/1").text == "CT"
    assert shifting.clean("CT 2020/1/1", max_chars=64).text == "CT 2019/12/28"


def test_known_dates_settle_which_number_is_the_day() -> None:
    """2 January: the patient was examined then."""
    assert Cleaner(IDENTITY, shift_days=1).clean("01/02/2020").text == "01/03/2020"
    assert Cleaner(Identity(), shift_days=1).clean("01/02/2020").text == ""


def test_no_shift_keeps_dates_but_not_the_birth_date() -> None:
    """Retain Longitudinal Full Dates does not retain the date of birth. Standard: PS3.15 §E.3.6."""
    keeping = Cleaner(IDENTITY, shift_days=0)
    text = "CT 2020-01-02, May 2020, 令和2年1月2日(木)"
    assert keeping.clean(text) == Cleaner(Identity(), shift_days=0).clean(text)
    assert keeping.clean(text).text == text
    assert keeping.clean("born 1950-03-04").text == "born"


# -- rules for every text -------------------------------------------------------------

WORDS = st.sampled_from(
    (
        "CT chest 胸部 肺 Yamada 山田 ヤマダ ﾔﾏﾀﾞ Dr. 様 先生 ( ) , - _ ^ = / . : 12345 0012345 mm "
        "5 2020-01-02 令和2年1月2日 Jan 2020 93 y/o Brown tumor 林 森 tel 03-1234-5678 \n "
        "1.2.3.4.5.6 @ x. T. 病院"
    ).split(" ")
)
PIECES = st.lists(st.tuples(WORDS, st.sampled_from(("", " ", "\u3000", "_"))), max_size=12)
TEXTS = st.one_of(
    PIECES.map(lambda pieces: "".join(word + gap for word, gap in pieces)), st.text(max_size=40)
)


@given(TEXTS, st.booleans())
def test_rules_of_every_cleaning(text: str, strict: bool) -> None:  # noqa: FBT001 - hypothesis gives it
    """Twice is once; never longer; cuts in order inside the text; uncut is unchanged."""
    one = STRICT if strict else CLEANER
    cleaned = one.clean(text)
    assert one.clean(cleaned.text).text == cleaned.text
    assert len(cleaned.text) <= len(text)
    stops = [0, *(cut.stop for cut in cleaned.cuts)]
    for stop, cut in zip(stops, cleaned.cuts, strict=False):
        assert stop <= cut.start < cut.stop <= len(text)
        assert cut.kind in KINDS
    if not cleaned.cuts:
        assert cleaned.text == text


@given(
    st.sampled_from(
        ("Yamada", "YAMADA^TARO", "山田", "太郎", "ヤマダ", "ﾀﾛｳ", "ACC-2020-77", "聖路加")
    ),
    st.sampled_from(("CT ", "胸部", "(", "", "x_", "T2 ", "，")),
    st.sampled_from((" CT", "胸部", ")", "", "_x", "様", "。", " 5 mm")),
)
def test_no_known_value_survives(value: str, before: str, after: str) -> None:
    """Whatever stands around it."""
    left = re.sub(r"\W", "", fold(CLEANER.clean(before + value + after).text))
    assert re.sub(r"\W", "", fold(value)) not in left


@given(TEXTS)
def test_repr_says_nothing(text: str) -> None:
    """No text, name or number is in a repr."""
    shown = repr((CLEANER, IDENTITY, *IDENTITY.names, CLEANER.clean("Yamada " + text).text == ""))
    assert not re.search("yamada|山田|12345", shown, re.IGNORECASE)
    assert repr(Cleaned("Yamada", ())) == "Cleaned(6 characters, 0 cuts)"


def test_one_cleaner_for_one_identity() -> None:
    """A series compiles its patient once."""
    again = Identity(names=frozenset(parse_name("Yamada^Taro=山田^太郎=ヤマダ^タロウ")))
    assert cleaner(again) is cleaner(Identity(names=again.names))
    assert cleaner(again) is not cleaner(again, strict=True)


HOSTILE = (
    "a|1|1.|a@| |1-|山|山田|様|山様|ヤマダ|ﾔﾏﾀﾞ|お|Dr. Xyz |dr.|x, md |xx hospital |"
    "山田病院|jan |1jan|年月日|r2.|0-0-|(|Yamada Taro |www.|http://|tel |p.o. box |"
    "1 a a a |aged |(Yamada)|12345 |0a:|ÀÉ|T. |\n|, |2020-01-02 |令和2年|id: 1|1/1/|市|"
    "東京都|ん|うお|\u3099|\u200b"
).split("|")


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_texts_take_linear_time(piece: str) -> None:
    """100,000 characters of anything; the limit leaves room for a busy machine."""
    text = (piece * 100_000)[:100_000]
    for one in (STRICT, Cleaner(IDENTITY, shift_days=-4)):
        start = time.process_time()
        one.clean(text)
        assert time.process_time() - start < 4
