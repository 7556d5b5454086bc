"""What looks identifying whoever it belongs to: phones, addresses, numbers, ages over 89.

Strategy: a table of patterns on folded text, each with the characters without which it need
not be tried, and one check of what stands around a match.

Invariants: linear; every quantifier has a bound, and a pattern starts at something rare. A
measurement, a code with its scheme and a registered UID are never cut.

Standard: 45 CFR 164.514(b)(2)(i)(A) to (R); PS3.15 §E.3.5.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from dicomanon import data
from dicomanon.policy.fold import fold
from dicomanon.policy.lexicon import is_word, measured
from dicomanon.policy.script import IDEOGRAPH, KANA, LETTER, Span, Words

if TYPE_CHECKING:
    from collections.abc import Callable

    from dicomanon.policy.fold import Folded

    _Check = Callable[[str, re.Match[str]], tuple[int, int] | None]

_SCHEME = re.compile(
    r"sct|snomed|srt|snm|umls|loinc|\bln\b|\bdcm\b|icd|radlex|\brid|\bfma\b|\bcpt\b"
)
_SCHEME_CHARS = 14
_YEARS = re.compile(r"(?:19|20)\d\d")
_SURE_ID_DIGITS = 7
_HEAD = re.compile(r"(?<![a-z\d])(\d{0,4})([a-z]{1,4})[-_]?\Z")
_HEAD_CHARS = 10
_MAX_OCTET = 255


def _any(words: str) -> str:
    return "|".join(
        sorted((re.escape(fold(word)) for word in words.split()), key=len, reverse=True)
    )


_PREFECTURES = (
    "北海道 東京都 京都府 大阪府 青森県 岩手県 宮城県 秋田県 山形県 福島県 茨城県 "
    "栃木県 群馬県 埼玉県 千葉県 神奈川県 新潟県 富山県 石川県 福井県 山梨県 長野県 "
    "岐阜県 静岡県 愛知県 三重県 滋賀県 兵庫県 奈良県 和歌山県 鳥取県 島根県 岡山県 "
    "広島県 山口県 徳島県 香川県 愛媛県 高知県 福岡県 佐賀県 長崎県 熊本県 大分県 "
    "宮崎県 鹿児島県 沖縄県 "
)
_ID_LABEL = (
    r"(?<![a-z])(?:patient ?id|pat ?id|pid|mrn|ssn|nhs|upi|medical record(?: number)?|accession|"
    r"chart|account|acct|policy|licen[cs]e|passport|id|(?:hospital|hosp|case|visit|order)"
    r"(?= ?(?:no|nr|num|number|id|#)))(?: ?(?:no|nr|num|number|id))?\.? ?"
)
_ID_LABEL_JA = _any(
    "患者番号 患者id 患者no カルテ番号 カルテno 受付番号 id番号 "
    "診察券番号 検査番号 登録番号 症例番号 カルテ 保険証番号 被保険者番号 "
    "受診番号 整理番号 個人番号 マイナンバー 管理番号 オーダ番号 オーダー番号 "
)
_STREETS = (
    "street avenue road boulevard lane drive court square terrace parkway highway ave blvd rd"
)


_ID_WORDS = (
    "id mrn ssn pid nhs upi patient pat medical accession chart account acct policy license "
    "licence passport hospital hosp case visit order acc"
)


# -- checks: folded text, match -> the span to cut, None for nothing --------------------


def _all(_folded: str, match: re.Match[str]) -> tuple[int, int]:
    return match.span()


def _value(_folded: str, match: re.Match[str]) -> tuple[int, int]:
    return match.span(1)


def _numbered_value(_folded: str, match: re.Match[str]) -> tuple[int, int] | None:
    return match.span(1) if any(char.isdigit() for char in match[1]) else None


def _unregistered(_folded: str, match: re.Match[str]) -> tuple[int, int] | None:
    return None if data.uid_name(match[0]) else match.span()


def _octets(_folded: str, match: re.Match[str]) -> tuple[int, int] | None:
    octets = [int(octet) for octet in match[0].split(".")]
    address = max(octets) <= _MAX_OCTET and octets[0] >= 10  # noqa: PLR2004 - versions are lower
    return match.span() if address else None


def is_code(folded: str, start: int, stop: int) -> bool:
    """Whether a number is a measurement, or the code of a scheme that is named beside it."""
    around = (
        folded[max(0, start - _SCHEME_CHARS) : start] + "\n" + folded[stop : stop + _SCHEME_CHARS]
    )
    return measured(folded, stop) or _SCHEME.search(around) is not None


def _uncoded(folded: str, match: re.Match[str]) -> tuple[int, int] | None:
    """A long number that is no code; unknown letters before it go with it."""
    start, stop = match.span()
    if is_code(folded, start, stop):
        return None
    head = _HEAD.search(folded[max(0, start - _HEAD_CHARS) : start])
    if head is not None and (head[1] or len(head[2]) == 1 or not is_word(head[2])):
        start -= len(head[0])
    return start, stop


def _unknown_head(folded: str, match: re.Match[str]) -> tuple[int, int] | None:
    return None if is_word(match[1]) else _uncoded(folded, match)


def _grouped(folded: str, match: re.Match[str]) -> tuple[int, int] | None:
    """Groups of digits that make an ID: not two years, round numbers or a code."""
    groups = match[0].split("-")
    digits = sum(map(len, groups))
    round_ones = all(group.endswith("0") for group in groups)
    if digits < _SURE_ID_DIGITS or round_ones or all(map(_YEARS.fullmatch, groups)):
        return None
    return _uncoded(folded, match)


class _Pattern(NamedTuple):
    """One row: it is tried where one of `chars` and one of `words` is there, and enough digits."""

    kind: str
    regex: re.Pattern[str]
    check: _Check
    chars: str
    words: frozenset[str]
    digits: int


def _row(  # noqa: PLR0913 - a row of the table below
    kind: str,
    regex: str,
    check: _Check = _all,
    *,
    chars: str = "",
    words: str = "",
    digits: int = 0,
) -> _Pattern:
    return _Pattern(kind, re.compile(regex), check, chars, frozenset(words.split()), digits)


_LINKS = (
    _row(
        "url",
        r"(?<![a-z])(?:https?|s?ftps?|file|dicom(?:web)?|smb)://[^\s\"'<>、。]{1,2000}",
        chars="/",
    ),
    _row("url", r"(?<![a-z0-9])www\.[^\s\"'<>、。]{1,2000}", words="www"),
    _row(
        "url",
        r"(?<![\w.-])(?:[a-z0-9-]{1,63}\.){1,6}(?:com|org|net|edu|gov|info|"
        r"(?:co|or|ac|go|ne|ed|lg)\.jp|jp|de|uk|fr|eu|int)(?![\w-])(?:/[^\s]{0,2000})?",
        chars=".",
        words="com org net edu gov info jp de uk fr eu int",
    ),
    _row(
        "email",
        r"(?<![\w.+-])[\w.+%-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,6}",
        chars="@",
    ),
    _row("id", r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.]*\d)", _octets, chars=".", digits=5),
    _row("id", r"(?<![0-9a-z:])[0-9a-f]{2}(?::[0-9a-f]{2}){5}(?![0-9a-z:])", chars=":"),
    _row(
        "id",
        r"(?<![0-9a-z])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-z])",
        chars="-",
    ),
    _row(
        "uid",
        r"(?<![\d.])[0-2](?:\.(?:0|[1-9]\d{0,62})){4,31}(?![\d.]*\d)",
        _unregistered,
        chars=".",
        digits=5,
    ),
)
_PHONES = (
    _row(
        "phone",
        r"(?<![a-z])(?:tel|phone|telephone|fax|mobile|cell|pager|ext|extension)"
        r"(?: ?(?:no|number))?\.? ?:? ?(\+?[(\d][\d() .-]{1,22}\d)",
        _value,
        words="tel phone telephone fax mobile cell pager ext extension",
        digits=3,
    ),
    _row(
        "phone",
        rf"(?:{_any('電話 電話番号 ファックス 内線 携帯 携帯番号')}) ?:? ?"
        r"(\+?[(\d][\d() .-]{1,22}\d)",
        _value,
        chars="電内携ふ",
        digits=3,
    ),
    _row(
        "phone",
        r"\+\d{1,3}[ -.]?(?:\(0?\d{1,4}\)|\d{1,4})(?:[ .-]?\d{2,4}){1,4}(?!\d)",
        chars="+",
        digits=7,
    ),
    _row(
        "phone",
        r"(?<![\d.])0\d{1,4}(?:-\d{1,4}-|\(\d{1,4}\)| \d{2,4} )\d{3,4}(?!\d)",
        chars="0",
        digits=9,
    ),
    _row("phone", r"(?<![\d.])\(0\d{1,4}\) ?\d{1,4}-?\d{3,4}(?!\d)", chars="(", digits=9),
    _row(
        "phone",
        r"(?<![\d.-])(?:1[-.])?(?:\(\d{3}\) ?|\d{3}[-.])\d{3}[-.]\d{4}(?![\d-])",
        chars="-.",
        digits=10,
    ),
)
_HOUSES = r"\d{1,4}(?:-\d{1,4}){1,3}"
_ADDRESSES = (
    _row("address", r"〒 ?\d{3}[- ]?\d{4}(?!\d)", chars="〒", digits=7),
    _row(
        "address",
        rf"(?:(?<![\d-])\d{{3}}-\d{{4}} ?)?(?:{_any(_PREFECTURES)})[^\s,、。()\[\]:;]{{0,40}}"
        rf"(?: ?{_HOUSES})?",
        chars="都道府県",
    ),
    _row(
        "address",
        rf"[{IDEOGRAPH}]{{1,4}}[市区町村郡](?:[{IDEOGRAPH}{KANA}]|\d{{1,3}}条){{1,12}} ?"
        rf"(?:{_HOUSES}|\d{{1,3}}丁目[^\s、。]{{0,16}}|\d{{1,4}}番地?[^\s、。]{{0,10}})",
        chars="市区町村郡",
        digits=1,
    ),
    _row(
        "address",
        rf"(?<![\w.])\d{{1,5}}[a-z]? (?:[nsew]\.? )?(?:[{LETTER}'.-]{{2,24}} ){{1,3}}"
        rf"(?:{_any(_STREETS)})(?![a-z])\.?"
        r"(?:,? (?:apt|suite|unit|#)\.? ?\w{1,6})?(?:,? \d{5}(?:-\d{4})?)?",
        words=_STREETS,
        digits=1,
    ),
    _row("address", r", ?[a-z]{2} \d{5}(?:-\d{4})?(?!\d)", chars=",", digits=5),
    _row("address", r"(?<![a-z])p\.? ?o\.? box \d{1,6}", words="box", digits=1),
)
_OLD = r"(?:9\d|1[0-4]\d)"
_AGES = (
    _row(
        "age",
        rf"(?<![\d.])0?{_OLD} ?-?(?:y/?o(?![a-z])|y\.o\.|y/old|(?:yrs?|years?)[- ]old"
        r"|yrs?(?! ?(?:f/?u|ago|follow))(?![a-z])|y(?! ?ago)(?![a-z\d]))",
        words="y yo yr yrs year years",
        digits=2,
    ),
    _row(
        "age",
        rf"(?<![a-z])aged? ?[:=]? ?0?{_OLD}(?![\d.%])(?: ?(?:years?|yrs?))?(?![a-z])",
        words="age aged",
        digits=2,
    ),
    _row("age", rf"(?<![\d.]){_OLD} ?[歳才]", chars="歳才", digits=2),
    _row("age", rf"年齢 ?:? ?{_OLD}(?![\d.%])", chars="齢", digits=2),
    _row(
        "age",
        r"(?:九十[一二三四五六七八九]?|百[〇一二三四五六七八九十]{0,3})[歳才]",
        chars="十百",
    ),
)
_NUMBERS = (
    _row(
        "id",
        rf"{_ID_LABEL}[:#=] ?([a-z0-9][a-z0-9_./-]{{0,31}})",
        _numbered_value,
        chars=":#=",
        words=_ID_WORDS,
        digits=1,
    ),
    _row(
        "id",
        r"(?<![a-z])(?:mrn|ssn|pid|patient ?id|accession(?: ?(?:no|number|#))?"
        r"|medical record(?: number)?"
        r"|(?:hospital|hosp|chart|case|visit|order|account|acct|policy)"
        r" ?(?:no|nr|num|number|id|#)\.?"
        r") ?#?([a-z]{0,4}-?\d[a-z0-9_-]{0,31})",
        _value,
        words=_ID_WORDS,
        digits=1,
    ),
    _row(
        "id",
        r"(?<![a-z])(?:id|acc)[ _#:.-]{0,2}(\d{3,64}(?:-\d{1,16}){0,3})",
        _value,
        words="id acc",
        digits=3,
    ),
    _row(
        "id",
        rf"(?:{_ID_LABEL_JA}) ?[:#]? ?([a-z]{{0,4}}-?\d[a-z0-9-]{{0,31}})",
        _value,
        chars="番者るま",
        digits=1,
    ),
    _row("id", r"(?<![\d.-])\d{2,8}(?:-\d{1,8}){1,4}(?![\d-])", _grouped, chars="-", digits=7),
    _row("id", r"(?<!\d)(?<!\d\.)\d{6,}(?!\d|\.\d)", _uncoded, digits=6),
    _row("id", r"(?<![a-z0-9])([a-z]{1,4})-?\d{5}(?!\d|\.\d)", _unknown_head, digits=5),
)
_TABLE = (*_LINKS, *_PHONES, *_ADDRESSES, *_AGES, *_NUMBERS)
_GATES = frozenset().union(*(row.words for row in _TABLE))
_BY_FORM = tuple(row for row in _TABLE if not row.words)


def find_patterns(text: Folded, words: Words) -> list[Span]:
    """Every span that looks identifying by its form, in any order; overlaps are possible."""
    folded = text.folded
    chars = frozenset(folded)
    digits = text.digits
    rows = _BY_FORM if _GATES.isdisjoint(words.present) else _TABLE
    found: list[Span] = []
    for row in rows:
        if (
            row.digits > digits
            or (row.chars and chars.isdisjoint(row.chars))
            or (row.words and row.words.isdisjoint(words.present))
        ):
            continue
        for match in row.regex.finditer(folded):
            span = row.check(folded, match)
            if span is not None:
                found.append(Span(*span, row.kind))
    return found
