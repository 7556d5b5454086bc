"""Names of people and places that the text itself gives away: Dr. X, 山田様, X Hospital.

Strategy: a title, a label, a degree or the word for an institution is found; from there the
name is read word by word against the lexicon, because no pattern can say where it ends.

Invariants: linear. What is on the lists is no name after a title: `DR CHEST` is a modality,
患者様 is everybody. `MR` and `MS` are titles only as `Mr`, `Ms` or with a dot.

Standard: PS3.15 §E.3.5; 45 CFR 164.514(b)(2)(i)(A).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dicomanon.policy.fold import fold
from dicomanon.policy.lexicon import Certainty, certainty, in_japanese_word, is_word, lexicon
from dicomanon.policy.needle import own_part
from dicomanon.policy.script import IDEOGRAPH, KANA, LETTER, WORD, Span, Words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dicomanon.policy.fold import Folded

_TITLES = "dr prof professor doctor mister mr mrs ms miss sir herr frau mme"
_TITLE_WORDS = frozenset(_TITLES.split())
_TITLE = re.compile(
    rf"(?<![a-z])(?P<title>{_TITLES.replace(' ', '|')})(?![a-z])"
    rf"(?P<dot>\.?)[ _^:]{{0,2}}(?=[{LETTER}])"
)
_PEOPLE = (
    "patient pt physician doctor radiologist tech technologist technician operator name nurse "
    "attending surgeon resident mother father spouse contact reviewer reader"
)
_DEEDS = (
    "performed read reported reviewed dictated signed approved referred requested ordered "
    "interpreted verified transcribed reporting acquired scanned"
)
_LABEL_WORDS = frozenset(f"{_PEOPLE} {_DEEDS}".split())
_LABEL = re.compile(
    rf"(?<![a-z])(?P<title>(?:{_PEOPLE.replace(' ', '|')})(?:'s)?(?: name)? ?[:=]"
    rf"|(?:{_DEEDS.replace(' ', '|')}) by ?:?)(?P<dot>) ?(?=[{LETTER}])"
)
_SUFFIX_WORDS = frozenset(["m", "md", "ph", "phd", "frcr", "facr", "r"])
_SUFFIX = re.compile(r",? ?(?:m\.d\.?|md|ph\.?d\.?|frcr|facr|r\.n\.)(?![a-z])")
_GAP = re.compile(r"[ ._^-]{1,2}")
_MAX_NAME_WORDS = 3
_AMBIGUOUS = {"mr": "Mr", "ms": "Ms", "mme": "Mme"}


def find_named(text: Folded, words: Words) -> list[Span]:
    """Every name that a title, a label or a degree gives away, and every institution."""
    found: list[Span] = []
    present = words.present
    if not present.isdisjoint(_TITLE_WORDS):
        found += _after(text, words, _TITLE)
    if not present.isdisjoint(_LABEL_WORDS):
        found += _after(text, words, _LABEL)
    if not present.isdisjoint(_SUFFIX_WORDS):
        found += _before_suffix(text, words)
    if not present.isdisjoint(_INSTITUTION_WORDS):
        found += _institutions(words)
    if not text.folded.isascii():
        found += _japanese_titled(text.folded)
        found += _japanese_institutions(text.folded)
    return found


def _after(text: Folded, words: Words, pattern: re.Pattern[str]) -> Iterator[Span]:
    """Names after a title, which goes with them, or after a label, which stays."""
    index = {start: n for n, (start, _) in enumerate(words.spans)}
    for match in pattern.finditer(text.folded):
        title = match["title"]
        written = text.source[slice(*text.in_source(*match.span("title")))]
        if title in _AMBIGUOUS and not match["dot"] and written != _AMBIGUOUS[title]:
            continue
        stop = _name_end(text, words, index.get(match.end()), sure=bool(match["dot"]))
        if stop:
            yield Span(match.start() if pattern is _TITLE else match.end(), stop, "title_name")


def _could_be_name(text: Folded, words: Words, n: int) -> bool:
    key = words.keys[n]
    sure = certainty(key)
    if sure is Certainty.CAPITALISED:
        return text.is_upper(words.spans[n][0])
    return sure is Certainty.SURE and not is_word(key)


def _name_end(text: Folded, words: Words, n: int | None, *, sure: bool) -> int:
    """Where the name ends that begins with word number n, 0 if none does."""
    stop = 0
    first = n
    while n is not None and n < len(words.keys) and n - (first or 0) < _MAX_NAME_WORDS:
        start, end = words.spans[n]
        if stop and not _GAP.fullmatch(text.folded, stop, start):
            break
        initial = len(words.keys[n]) == 1 and text.is_upper(start)
        told = sure and n == first and text.is_upper(start)
        if not (told or initial or _could_be_name(text, words, n)):
            break
        stop = end
        n += 1
    return stop


def _before_suffix(text: Folded, words: Words) -> Iterator[Span]:
    index = {stop: n for n, (_, stop) in enumerate(words.spans)}
    for match in _SUFFIX.finditer(text.folded):
        n = index.get(match.start())
        start = None
        for back in range(_MAX_NAME_WORDS):
            if n is None or n - back < 0:
                break
            initial = back and len(words.keys[n - back]) == 1
            if not (initial or _could_be_name(text, words, n - back)):
                break
            start = words.spans[n - back][0]
        if start is not None:
            yield Span(start, match.end(), "title_name")


_JAPANESE_LABELS = fold(
    "患者氏名|患者名|患者|お名前|氏名|名前|担当技師|担当看護師|担当医師|担当医|担当|術者|依頼医師|依頼医"
    "|診断医師|診断医|診断者|読影医師|読影医|読影者|撮影者|撮影技師|技師|主治医|医師|操作者|検査者|施行医"
    "|報告者|承認者|記録者|記入者|入力者|紹介医"
)
_JAPANESE_LABEL = re.compile(
    rf"(?:{_JAPANESE_LABELS})"
    rf" ?[::] ?(?P<name>[{IDEOGRAPH}]{{1,6}}|[{KANA}]{{2,8}}|[{LETTER}]{{2,24}})"
    rf"(?:[ ・^](?P<given>[{IDEOGRAPH}]{{1,4}}|[{KANA}]{{2,8}})(?![{IDEOGRAPH}{KANA}]))?"
)


_JAPANESE_TITLE = re.compile(
    r"様|殿|さん|さま|氏|先生|医師|技師|看護師|ちゃん|くん|君|教授|部長|医長|院長"
)
_SCRIPTS = tuple(
    (re.compile(rf"[{chars}]"), longest)
    for chars, longest in ((IDEOGRAPH, 8), (KANA, 12), (LETTER, 14))
)
_NAME_GAP = frozenset(" ・^")
_FIRST_KANJI = "\u3400"
_MIN_OWN_CHARS = 2
_MAX_NAME_CHARS = 14


def _japanese_titled(folded: str) -> Iterator[Span]:
    done = 0
    for title in _JAPANESE_TITLE.finditer(folded):
        start, stop = _run_before(folded, title.start(), done)
        done = title.end()
        if start == stop or in_japanese_word(folded, *title.span()):
            continue
        if stop - start < _MIN_OWN_CHARS and not folded[start:stop] > _FIRST_KANJI:
            continue
        name = _own_name(folded[start:stop])
        if name and not name.endswith("の"):
            yield Span(stop - len(name), title.end(), "title_name")
    for match in _JAPANESE_LABEL.finditer(folded):
        if _own_name(match["name"]):
            given = match["given"] and _own_name(match["given"]) == match["given"]
            stop = match.end("given" if given else "name")
            yield Span(match.start("name"), stop, "title_name")


def _run_before(folded: str, stop: int, first: int) -> tuple[int, int]:
    """The run of one script before a title, a kanji name's space and family name with it.

    first: where it may begin, after the title before.
    """
    if stop > first and folded[stop - 1] in _NAME_GAP:
        stop -= 1
    start = _run_start(folded, stop, first)
    if start > first + 1 and folded[start - 1] in _NAME_GAP and folded[start:stop] > _FIRST_KANJI:
        family = _run_start(folded, start - 1, first)
        glued = family > first and WORD.fullmatch(folded[family - 1])  # the 線 of X線
        if start - 1 - family in range(1, 5) and folded[family] > _FIRST_KANJI and not glued:
            start = family
    return start, stop


def _run_start(folded: str, stop: int, first: int) -> int:
    for script, longest in _SCRIPTS:
        start = stop
        while start > max(first, stop - longest) and script.match(folded, start - 1):
            start -= 1
        if start < stop:
            return start
    return stop


def _own_name(run: str) -> str:
    """What stands before a title without the known words it begins with."""
    known = lexicon().japanese
    if run.isascii():
        return "" if is_word(run) else run
    while run:
        size = next(
            (n for n in range(min(len(run), _MAX_NAME_CHARS), 1, -1) if run[:n] in known), 0
        )
        if not size:
            return "" if run in known else run
        run = run[size:]
    return ""


# -- institutions ---------------------------------------------------------------------

_JAPANESE_INSTITUTION = re.compile(
    rf"[{IDEOGRAPH}{KANA}]{{2,16}}?(?:病院|医院|くりにっく|診療所|せんたー|大学|保健所)"
    r"(?:医学部)?(?:附属|付属)?(?:病院)?"
)
_INSTITUTION_WORDS = frozenset(
    ["hospital", "clinic", "infirmary", "university", "polyclinic", "hospice"]
)
_FOUNDED = re.compile("国立|公立|[都道府県市区町村]立|医療法人|社会福祉法人|赤十字|日赤|済生会")
_BEFORE_INSTITUTION = frozenset(("st", "saint", "university", "mount"))
_MAX_INSTITUTION_WORDS = 5


def _japanese_institutions(folded: str) -> Iterator[Span]:
    for match in _JAPANESE_INSTITUTION.finditer(folded):
        name = match[0] if _FOUNDED.match(match[0]) else _own_name(match[0])
        own = own_part(name)
        named = own and len(own[0]) >= _MIN_OWN_CHARS and own[0] not in lexicon().japanese
        if named or _FOUNDED.match(name):
            yield Span(match.end() - len(name), match.end(), "institution")


def _institutions(words: Words) -> Iterator[Span]:
    for n, key in enumerate(words.keys):
        if key not in _INSTITUTION_WORDS:
            continue
        start = None
        back = n
        while back and n - back < _MAX_INSTITUTION_WORDS and words.near(back, -1):
            back -= 1
            word = words.keys[back]
            if not is_word(word) or word in _BEFORE_INSTITUTION:
                start = back if start is not None or not is_word(word) else start
            elif word not in lexicon().institutions and is_word(words.near(back, -1) or word):
                break  # a word of its own, and no name before it: Royal Free, outside
        if start is not None:
            yield Span(words.spans[start][0], words.spans[n][1], "institution")
        elif words.near(n, 1) == "of" and not is_word(words.near(n + 1, 1) or "of"):
            yield Span(words.spans[n][0], words.spans[n + 2][1], "institution")
