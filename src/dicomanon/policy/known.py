"""Known values in a text: an identity compiled into what to look for, and looking.

Strategy: three indexes, none of them a regular expression, so that compiling one patient
costs microseconds. Latin words are looked up as they stand and by their sound; kana are
searched by their sound; everything else (IDs, kanji, whole names, places) is searched in
the squashed text, and what was found is then held against what stands around it.

Invariants: linear in the text for one identity. A short or everyday part of a name is cut
only where its surroundings say that it is a name. A medical phrase is not cut for the name
that is in it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from dicomanon.policy.fold import Folded, fold, kana_sound, romaji_sound, squash
from dicomanon.policy.lexicon import (
    PARTICLES,
    Certainty,
    certainty,
    in_japanese_word,
    is_phrase,
    is_word,
    lexicon,
    measured,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from dicomanon.policy.identity import Identity, PersonName

LETTER = "a-z\u00b5\u00df-\u00f6\u00f8-\u10ff\u1200-\u1fff"
IDEOGRAPH = "\u3005-\u3007\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
KANA = "\u3041-\u3096\u30fc"
WORD = re.compile(rf"[{LETTER}]+(?:'[{LETTER}]+)*")
_IDEOGRAPHS = re.compile(rf"[{IDEOGRAPH}]+")
_KANA_RUN = re.compile(rf"[{KANA}]+")
_JAPANESE = re.compile(rf"[{IDEOGRAPH}{KANA}]")
_PIECES = re.compile(rf"\d+|[{LETTER}]+|[{IDEOGRAPH}]+|[{KANA}]+")
_SPLIT_NAME = re.compile(r"[\s,.^_/・-]+")
_HONORIFIC = re.compile(
    "様|殿|さん|さま|氏|先生|せんせい|くん|君|ちゃん|医師|技師|どの|の|は|が|へ|に|と"
)
_ADDRESS_PART = re.compile(r"[^\d\s,、都道府県市区町村郡-]+(?:[都道府県市区町村郡](?!市))?")
_ADDRESS_END = re.compile(r"[都道府県市区町村郡]?\Z")
_HOUSE_NUMBER = re.compile(r" ?\d{1,4}(?:-\d{1,4}){0,3}(?:丁目|番地?|号)?(?!\d|\.\d)")
_BETWEEN_PARTS = re.compile(r"[ ,.^_/=・-]{0,3}")

ANYWHERE_CHARS = 8
"""From this length on a match needs no border: it is no coincidence."""
_SURE_DIGITS = 7
_FEW_DIGITS = 3
_GLUED_DIGITS = 5
_SHORT_KANA = 3
_SHORT_WORD = 3
_MIN_KANA = 2
_TYPICAL_NAME = 4


class Span(NamedTuple):
    """A span of a folded text, and what it is."""

    start: int
    stop: int
    kind: str


class _Needle(NamedTuple):
    """What to find in squashed text. holds: whether what was found may be cut."""

    text: str
    kind: str
    holds: Callable[[Folded, int, int, str], bool]


class Words:
    """The Latin words of a folded text, each read once."""

    __slots__ = ("keys", "present", "spans", "text")

    def __init__(self, text: Folded) -> None:
        self.text = text
        self.spans = [match.span() for match in WORD.finditer(text.folded)]
        self.keys = [text.folded[a:b].replace("'", "") for a, b in self.spans]
        self.present = frozenset(self.keys)

    def near(self, n: int, step: int) -> str:
        """The word before or after word number n, "" if something else stands between."""
        other = n + step
        if not 0 <= other < len(self.keys):
            return ""
        left, right = sorted((n, other))
        between = _BETWEEN_PARTS.fullmatch(
            self.text.folded, self.spans[left][1], self.spans[right][0]
        )
        return self.keys[other] if between else ""

    def in_phrase(self, n: int) -> bool:
        """Whether word number n belongs to a medical phrase."""
        return is_phrase(self.near(n, -1), self.keys[n], self.near(n, 1))


class Known:
    """An identity, ready to be found."""

    def __init__(self, identity: Identity) -> None:
        self._words: dict[str, tuple[str, Certainty]] = {}
        self._sounds: dict[str, str] = {}
        self._needles: dict[str, _Needle] = {}
        self._initials: set[str] = set()
        for kind, names in (("name", identity.names), ("physician", identity.physicians)):
            for name in names:
                self._add_name(name, kind)
        for kind, values in (("id", identity.ids), ("id", identity.devices)):
            for value in values:
                self._add_id(value, kind)
        for value in identity.phones:
            self._add_phone(value)
        for value in identity.addresses:
            parts = _ADDRESS_PART.findall(fold(value))
            parts += [_ADDRESS_END.sub("", part) for part in parts]
            self._add_place(value, "address", parts)
        for value in identity.institutions:
            self._add_place(value, "institution", _institution_parts(value))

    # -- compiling -----------------------------------------------------------------

    def _add_name(self, name: PersonName, kind: str) -> None:
        components = [fold(component) for component in name.components if component]
        parts = [part for c in components for part in _SPLIT_NAME.split(c) if part]
        whole = [squash(component) for component in components]
        if len(whole) == 1 and len(parts) > 1:
            whole = [squash(part) for part in parts]
        for part in dict.fromkeys([*(squash(part) for part in parts), *whole]):
            self._add_part(part, kind)
        for order in _permutations(whole):
            self._add_whole(order, kind)
        if len(whole) == 1 and len(whole[0]) >= _SHORT_KANA and _IDEOGRAPHS.fullmatch(whole[0]):
            # Nobody said where the family name ends; most have two characters.
            self._add_kanji(whole[0][:2], kind)
            self._add_kanji(whole[0][2:], kind)
            self._add_kanji(whole[0][-2:], kind)

    def _add_part(self, part: str, kind: str) -> None:
        if not part or part.isdigit():
            return
        if _IDEOGRAPHS.fullmatch(part):
            self._add_kanji(part, kind)
        elif _KANA_RUN.fullmatch(part):
            self._add_sound(kana_sound(part).text, kind)
        elif WORD.fullmatch(part):
            self._initials.add(part[0])
            for spelling in _spellings(part):
                self._words.setdefault(spelling, (kind, certainty(spelling)))
            if part not in PARTICLES:
                self._add_sound(romaji_sound(part), kind)
        else:
            self._add(part, kind, _bordered)

    def _add_kanji(self, part: str, kind: str) -> None:
        sure = len(part) > 1 and part not in lexicon().japanese
        self._add(part, kind, _not_in_word if sure else _as_name)

    def _add_sound(self, sound: str, kind: str) -> None:
        if len(sound) >= _MIN_KANA:
            self._sounds.setdefault(sound, kind)

    def _add_whole(self, pair: tuple[str, ...], kind: str) -> None:
        text = "".join(pair)
        if all(_IDEOGRAPHS.fullmatch(part) for part in pair):
            self._add(text, kind, _anywhere)
        elif all(_KANA_RUN.fullmatch(part) for part in pair):
            self._add_sound(kana_sound(text).text, kind)
        else:
            self._add(text, kind, _bordered)
            sounds = [romaji_sound(part) for part in pair]
            if all(sounds):
                self._add_sound(kana_sound("".join(sounds)).text, kind)
            for initials in (pair[0][0] + pair[-1], pair[0] + pair[-1][0]):
                if len(initials) >= _TYPICAL_NAME and not is_word(initials):
                    self._words.setdefault(initials, (kind, Certainty.SURE))

    def _add_id(self, value: str, kind: str) -> None:
        text = squash(value)
        pieces = _PIECES.findall(text)
        digits = sum(len(piece) for piece in pieces if piece.isdigit())
        words = [piece for piece in pieces if not piece.isdigit()]
        if text.isdigit():
            self._add_number(text, kind)
        elif all(is_word(word) or word in lexicon().japanese for word in words):
            if digits > _FEW_DIGITS:
                self._add(text, kind, _bordered)
        elif len(text) >= _SHORT_WORD:
            self._add(text, kind, _bordered)
        for piece in _PIECES.findall(text):
            if piece.isdigit() and len(piece) >= _GLUED_DIGITS:
                self._add_number(piece, kind)

    def _add_number(self, digits: str, kind: str) -> None:
        bare = digits.lstrip("0")
        if len(bare) >= _FEW_DIGITS:
            self._add(bare, kind, _as_number)
        elif len(digits) > _FEW_DIGITS:
            self._add(digits, kind, _as_number)

    def _add_phone(self, value: str) -> None:
        digits = "".join(re.findall(r"\d", fold(value)))
        if len(digits) >= _SURE_DIGITS:
            self._add(digits, "phone", _as_number)
            self._add(digits[-9:].lstrip("0"), "phone", _as_number)  # with or without the country
        elif not digits and "@" in value:
            self._add(squash(value), "email", _bordered)

    def _add_place(self, value: str, kind: str, parts: Iterable[str]) -> None:
        whole = squash(value)
        generic = lexicon().institutions
        words = [squash(part) for part in parts]
        if len(whole) >= _TYPICAL_NAME and any(
            word not in generic and not is_word(word) and not word.isdigit()
            for word in words
            if word
        ):
            self._add(whole, kind, _bordered)
        for word in words:
            if not word or word in generic or word in lexicon().japanese:
                continue
            if _IDEOGRAPHS.match(word) and len(word) > 1:
                self._add(word, kind, _not_in_word)
            elif len(word) >= _TYPICAL_NAME and WORD.fullmatch(word) and not is_word(word):
                self._words.setdefault(word, (kind, certainty(word)))

    def _add(self, text: str, kind: str, holds: Callable[[Folded, int, int, str], bool]) -> None:
        if text:
            self._needles.setdefault(text, _Needle(text, kind, holds))

    # -- looking -------------------------------------------------------------------

    def find(self, text: Folded, words: Words) -> list[Span]:
        """Every known value in a text, as spans of the folded text in any order."""
        found = list(self._in_squashed(text))
        found += self._in_words(text, words)
        if self._sounds and not text.folded.isascii():
            found += self._in_kana(text)
        return found

    def _in_squashed(self, text: Folded) -> Iterator[Span]:
        squashed = text.squashed
        for needle in self._needles.values():
            if needle.text not in squashed:
                continue
            at = squashed.find(needle.text)
            while at >= 0:
                stop = at + len(needle.text)
                start, end = text.in_folded(at, stop)
                if needle.holds(text, start, end, needle.text):
                    if needle.kind == "address":
                        house = _HOUSE_NUMBER.match(text.folded, end)
                        end = (
                            house.end() if house and not measured(text.folded, house.end()) else end
                        )
                    yield Span(_zeros_before(text.folded, start), end, needle.kind)
                    at = squashed.find(needle.text, stop)
                else:
                    at = squashed.find(needle.text, at + 1)

    def _in_words(self, text: Folded, words: Words) -> list[Span]:
        kinds: dict[int, str] = {}
        weak: dict[int, str] = {}
        found: list[Span] = []
        for n, key in enumerate(words.keys):
            entry = self._words.get(key)
            if entry is None and key.endswith("s"):
                entry = self._possessive(text, words, n)
            if entry is not None:
                kind, sure = entry
                if sure is Certainty.CONTEXT:
                    weak[n] = kind
                elif words.in_phrase(n):
                    continue
                elif sure is Certainty.SURE or text.is_upper(words.spans[n][0]):
                    kinds[n] = kind
            elif len(key) == 1:
                if key in self._initials:
                    weak[n] = "name"
            elif not is_word(key):
                kind = self._sounds.get(romaji_sound(key), "") if len(key) >= _SHORT_WORD else ""
                if kind:
                    kinds[n] = kind
                else:
                    found += self._glued(text, *words.spans[n])
        if kinds and weak:
            _spread(kinds, weak, words)
        return found + [Span(*words.spans[n], kind) for n, kind in kinds.items()]

    def _possessive(self, text: Folded, words: Words, n: int) -> tuple[str, Certainty] | None:
        start, stop = words.spans[n]
        return self._words.get(words.keys[n][:-1]) if "'" in text.folded[start:stop] else None

    def _glued(self, text: Folded, start: int, stop: int) -> Iterator[Span]:
        """A name that is one word with a medical one: SMITHCT, ChestSmith."""
        for at in range(start + _SHORT_WORD, stop - 1):
            head, tail = text.folded[start:at], text.folded[at:stop]
            camel = text.is_upper(at) and not text.is_upper(at - 1)
            if (entry := self._sure(head)) and (camel or is_word(tail)):
                yield Span(start, at, entry)
            if (entry := self._sure(tail)) and (camel or is_word(head)):
                yield Span(at, stop, entry)
            if at - start > 2 * ANYWHERE_CHARS:
                return

    def _sure(self, word: str) -> str:
        kind, sure = self._words.get(word, ("", Certainty.CONTEXT))
        return kind if sure is Certainty.SURE and len(word) >= _SHORT_WORD else ""

    def _in_kana(self, text: Folded) -> Iterator[Span]:
        for run in _KANA_RUN.finditer(text.squashed):
            sound = kana_sound(run[0])
            for known, kind in self._sounds.items():
                at = sound.text.find(known)
                while at >= 0:
                    stop = at + len(known)
                    first = run.start() + sound.starts[at]
                    last = run.start() + (
                        sound.starts[stop] if stop < len(sound.starts) else len(run[0])
                    )
                    if self._kana_holds(text, first, last, run, len(known)):
                        yield Span(*text.in_folded(first, last), kind)
                    at = sound.text.find(known, stop)

    def _kana_holds(
        self, text: Folded, start: int, stop: int, run: re.Match[str], size: int
    ) -> bool:
        squashed = text.squashed
        if in_japanese_word(squashed, start, stop):
            return False
        if size >= _SHORT_KANA:
            return True
        first, last = text.in_folded(start, stop)
        before, after = text.folded[first - 1 : first], text.folded[last : last + 1]
        starts = start == run.start() or not _JAPANESE.match(before)
        return starts and (
            stop == run.end()
            or not _JAPANESE.match(after)
            or _HONORIFIC.match(squashed, stop) is not None
        )


def _permutations(whole: list[str]) -> list[tuple[str, ...]]:
    """The ways in which the components of a name are written together."""
    if len(whole) == 1:
        return []
    family, given, *others = whole
    orders = [(family, given), (given, family)]
    for middle in others:
        orders += [(family, given, middle), (given, middle, family), (given, middle[0], family)]
    return [order for order in orders if all(order)]


def _spellings(word: str) -> set[str]:
    """A Latin name part with umlauts written out or not."""
    found = {word}
    for written, bare in (("ue", "u"), ("oe", "o"), ("ae", "a")):
        if written in word and len(word) > _TYPICAL_NAME:
            found.add(word.replace(written, bare))
    return found


def _institution_parts(value: str) -> list[str]:
    """The words of an institution's name that are its own, and its initials."""
    folded = fold(value)
    words = WORD.findall(folded)
    parts = list(words)
    if len(words) >= _SHORT_WORD:
        initials = "".join(word[0] for word in words if word not in PARTICLES)
        if len(initials) >= _SHORT_WORD and not is_word(initials):
            parts.append(initials)
    for run in _PIECES.findall(squash(value)):
        if _JAPANESE.match(run):
            parts += own_part(run)
    return parts


def own_part(run: str) -> list[str]:
    """A Japanese institution's name without 国立, 大学病院 and the like around it."""
    generic = lexicon().institutions
    sizes = range(len(run), 0, -1)
    while run:
        cut = next((n for n in sizes if run[:n] in generic), 0)
        end = next((n for n in sizes if run[-n:] in generic and n <= len(run)), 0)
        if not cut and not end:
            break
        run = run[cut:] if cut else run[:-end]
    return [run] if run else []


def _spread(kinds: dict[int, str], weak: dict[int, str], words: Words) -> None:
    """Cut initials and everyday words too where they stand beside a part of a name."""
    last = len(words.keys)
    for order in (range(last), range(last - 1, -1, -1)):
        for n in order:
            if n in weak and n not in kinds:
                for step in (-1, 1):
                    if n + step in kinds and words.near(n, step) and not _numbered(words, n):
                        kinds[n] = weak[n]


def _numbered(words: Words, n: int) -> bool:
    """Whether a digit is glued to the word: T2, 3D."""
    start, stop = words.spans[n]
    folded = words.text.folded
    return folded[start - 1 : start].isdigit() or folded[stop : stop + 1].isdigit()


# -- what has to stand around a match -------------------------------------------------


def _zeros_before(folded: str, start: int) -> int:
    if folded[start : start + 1].isdigit():
        while start and folded[start - 1] == "0":
            start -= 1
    return start


def _anywhere(_text: Folded, _start: int, _stop: int, _needle: str) -> bool:
    return True


def _bordered(text: Folded, start: int, stop: int, needle: str) -> bool:
    """Long values anywhere, short ones where they are not in the middle of a word or number."""
    if len(needle) >= ANYWHERE_CHARS and not needle.isdigit():
        return True
    folded = text.folded
    return not (
        _joined(folded[start - 1 : start], folded[start])
        or _joined(folded[stop - 1], folded[stop : stop + 1])
    )


def _joined(left: str, right: str) -> bool:
    return (left.isdigit() and right.isdigit()) or (
        WORD.fullmatch(left) is not None and WORD.fullmatch(right) is not None
    )


def _as_number(text: Folded, start: int, stop: int, needle: str) -> bool:
    """A number that is not a part of another one, nor a measurement."""
    folded = text.folded
    if len(needle) >= _SURE_DIGITS:
        return "." not in folded[start:stop] or len(needle) > ANYWHERE_CHARS
    start = _zeros_before(folded, start)
    before, after = folded[max(0, start - 2) : start], folded[stop : stop + 2]
    if before[-1:].isdigit() or after[:1].isdigit() or re.search(r"[.\n]", folded[start:stop]):
        return False
    if re.search(r"\d\.\Z", before) or re.match(r"\.\d", after) or measured(folded, stop):
        return False
    if len(needle) >= _GLUED_DIGITS:
        return True
    if stop - start != len(folded[start:stop].strip()) or not folded[start:stop].isdigit():
        return False
    return not (before[-1:].isalpha() or after[:1].isalpha() or before[-1:] in ("x", "*", "×"))


def _not_in_word(text: Folded, start: int, stop: int, needle: str) -> bool:
    """Kanji of a name, but not where they belong to a longer medical word."""
    if stop - start != len(needle):
        return True
    return not in_japanese_word(text.folded, start, stop)


def _as_name(text: Folded, start: int, stop: int, needle: str) -> bool:
    """Kanji that are an everyday word too: only by themselves, or before 様 and the like."""
    if not _not_in_word(text, start, stop, needle):
        return False
    folded = text.folded
    before, after = folded[start - 1 : start], folded[stop : stop + 1]
    if before and _JAPANESE.match(before):
        return False
    return not (after and _JAPANESE.match(after)) or _HONORIFIC.match(folded, stop) is not None
