"""Known values in a text: an identity compiled into what to look for, and looking.

Strategy: three indexes, none of them a regular expression, so that compiling one patient
costs microseconds. Latin words are looked up as they stand and by their sound; kana are
searched by their sound; everything else (IDs, kanji, whole names, places) is searched in
the squashed text, and what was found is then held against what stands around it.

Invariants: linear in the text for one identity. A part of a name with a capital letter is
cut wherever it stands as a word, be it Short or Bone: no text says whether the patient or
the bone is meant. In lower case an everyday part is cut only where its surroundings say
that it is a name. A medical phrase (Parkinson disease) is not cut for the name in it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dicomanon.policy.fold import Folded, fold, kana_sound, romaji_sound, squash
from dicomanon.policy.lexicon import (
    PARTICLES,
    Certainty,
    certainty,
    in_japanese_word,
    is_word,
    lexicon,
    measured,
)
from dicomanon.policy.needle import (
    ANYWHERE_CHARS,
    GLUED_DIGITS,
    HONORIFIC,
    ID_LABELS,
    SHORT_WORD,
    SURE_DIGITS,
    TYPICAL_NAME,
    Needle,
    as_name,
    as_number,
    bordered,
    institution_parts,
    not_in_word,
    permutations,
    spellings,
    whole_kanji,
    zeros_before,
)
from dicomanon.policy.script import IDEOGRAPHS, JAPANESE, KANA_RUN, PIECES, WORD, Span, Words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from dicomanon.policy.identity import Identity, PersonName

_UMLAUTS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "AE", "Ö": "OE", "Ü": "UE", "ø": "oe", "å": "aa"}
)
_SPLIT_NAME = re.compile(r"[\s,.^_/・-]+")
_ADDRESS_PART = re.compile(r"[^\d\s,、都道府県市区町村郡-]+(?:[都道府県市区町村郡](?!市))?")
_ADDRESS_END = re.compile(r"[都道府県市区町村郡]?\Z")
_HOUSE_NUMBER = re.compile(r" ?\d{1,4}(?:-\d{1,4}){0,3}(?:丁目|番地?|号)?(?!\d|\.\d)")
_TITLE_AFTER = re.compile(r" ?(様|殿|さん|さま|氏|先生|君|くん|ちゃん)")
_FEW_DIGITS = 3
_SHORT_KANA = 3
_MIN_KANA = 2


class Known:
    """An identity, ready to be found."""

    def __init__(self, identity: Identity) -> None:
        self._words: dict[str, tuple[str, Certainty]] = {}
        self._sounds: dict[str, str] = {}
        self._needles: dict[str, Needle] = {}
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
            self._add_place(value, "institution", institution_parts(value))

    # -- compiling -----------------------------------------------------------------

    def _add_name(self, name: PersonName, kind: str) -> None:
        written_out = tuple(component.translate(_UMLAUTS) for component in name.components)
        for components in {name.components, written_out}:
            self._add_components([fold(c) for c in components if c], kind)

    def _add_components(self, components: list[str], kind: str) -> None:
        parts = [part for c in components for part in _SPLIT_NAME.split(c) if part]
        parts += [part for whole in parts if "'" in whole for part in whole.split("'") if part]
        whole = [squash(component) for component in components]
        if len(whole) == 1 and len(parts) > 1:
            whole = [squash(part) for part in parts]
        for part in dict.fromkeys([*(squash(part) for part in parts), *whole]):
            self._add_part(part, kind)
        orders = permutations(whole)
        if all(map(IDEOGRAPHS.fullmatch, whole)):
            orders = orders[:1]  # nobody writes kanji given name first
        for order in orders:
            self._add_whole(order, kind)
        if len(whole) == 1 and len(whole[0]) >= _SHORT_KANA and IDEOGRAPHS.fullmatch(whole[0]):
            # Nobody said where the family name ends; most have two characters.
            self._add_kanji(whole[0][:2], kind)
            self._add_kanji(whole[0][2:], kind)
            self._add_kanji(whole[0][-2:], kind)

    def _add_part(self, part: str, kind: str) -> None:
        if not part or part.isdigit():
            return
        if IDEOGRAPHS.fullmatch(part):
            self._add_kanji(part, kind)
        elif KANA_RUN.fullmatch(part):
            self._add_sound(kana_sound(part).text, kind)
        elif WORD.fullmatch(part):
            self._initials.add(part[0])
            for spelling in spellings(part):
                self._words.setdefault(spelling, (kind, certainty(spelling)))
            if part not in PARTICLES:
                self._add_sound(romaji_sound(part), kind)
        else:
            self._add(part, kind, bordered)

    def _add_kanji(self, part: str, kind: str) -> None:
        sure = len(part) > 1 and part not in lexicon().japanese
        self._add(part, kind, not_in_word if sure else as_name)

    def _add_sound(self, sound: str, kind: str) -> None:
        if sound:
            self._sounds.setdefault(sound, kind)

    def _add_whole(self, pair: tuple[str, ...], kind: str) -> None:
        text = "".join(pair)
        if all(IDEOGRAPHS.fullmatch(part) for part in pair):
            self._add(text, kind, whole_kanji)
        elif all(KANA_RUN.fullmatch(part) for part in pair):
            self._add_sound(kana_sound(text).text, kind)
        else:
            self._add(text, kind, bordered)
            sounds = [romaji_sound(part) for part in pair]
            if all(sounds):
                self._add_sound(kana_sound("".join(sounds)).text, kind)
            for initials in (pair[0][0] + pair[-1], pair[0] + pair[-1][0]):
                if len(initials) >= TYPICAL_NAME and not is_word(initials):
                    self._words.setdefault(initials, (kind, Certainty.SURE))

    def _add_id(self, value: str, kind: str) -> None:
        text = squash(value)
        pieces = PIECES.findall(text)
        digits = sum(len(piece) for piece in pieces if piece.isdigit())
        words = [piece for piece in pieces if not piece.isdigit()]
        if text.isdigit():
            self._add_number(text, kind)
        elif all(is_word(word) or word in lexicon().japanese for word in words):
            if digits > _FEW_DIGITS:
                self._add(text, kind, bordered)
        elif len(text) >= SHORT_WORD:
            self._add(text, kind, bordered)
        for piece in PIECES.findall(text):
            if piece.isdigit() and len(piece) >= GLUED_DIGITS:
                self._add_number(piece, kind)

    def _add_number(self, digits: str, kind: str) -> None:
        bare = digits.lstrip("0")
        if len(bare) >= _FEW_DIGITS:
            self._add(bare, kind, as_number)
        elif len(digits) > _FEW_DIGITS:
            self._add(digits, kind, as_number)

    def _add_phone(self, value: str) -> None:
        digits = "".join(re.findall(r"\d", fold(value)))
        if len(digits) >= SURE_DIGITS:
            self._add(digits, "phone", as_number)
            self._add(digits[-9:].lstrip("0"), "phone", as_number)  # with or without the country
        elif not digits and "@" in value:
            self._add(squash(value), "email", bordered)

    def _add_place(self, value: str, kind: str, parts: Iterable[str]) -> None:
        whole = squash(value)
        generic = lexicon().institutions
        words = [squash(part) for part in parts]
        if len(whole) >= TYPICAL_NAME and any(
            word not in generic and not is_word(word) and not word.isdigit()
            for word in words
            if word
        ):
            self._add(whole, kind, bordered)
        for word in words:
            if not word or word in generic or word in lexicon().japanese:
                continue
            if IDEOGRAPHS.match(word) and len(word) > 1:
                self._add(word, kind, not_in_word)
            elif len(word) >= TYPICAL_NAME and WORD.fullmatch(word) and not is_word(word):
                self._words.setdefault(word, (kind, certainty(word)))

    def _add(self, text: str, kind: str, holds: Callable[[Folded, int, int, str], bool]) -> None:
        if text:
            self._needles.setdefault(text, Needle(text, kind, holds))

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
                    end = _with_what_follows(text.folded, end, needle.kind)
                    yield Span(zeros_before(text.folded, start), end, needle.kind)
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
                self._weigh(text, words, n, entry, kinds, weak)
            elif len(key) == 1 or not is_word(key):
                sound = romaji_sound(key)
                kind = self._sounds.get(sound, "") if len(key) > 1 else ""
                if kind:
                    (kinds if len(sound) >= _MIN_KANA else weak)[n] = kind
                elif len(key) < SHORT_WORD and self._initials.issuperset(key):
                    weak[n] = "name"
                else:
                    found += self._glued(text, *words.spans[n])
        if kinds and weak:
            _spread(kinds, weak, words)
        return found + [Span(*words.spans[n], kind) for n, kind in kinds.items()]

    @staticmethod
    def _weigh(  # noqa: PLR0913 - what is known, where, and the two piles
        text: Folded,
        words: Words,
        n: int,
        entry: tuple[str, Certainty],
        kinds: dict[int, str],
        weak: dict[int, str],
    ) -> None:
        """Put a word that the patient has as a name to the sure ones or to the weak ones."""
        kind, sure = entry
        capital = text.is_upper(words.spans[n][0]) and len(words.keys[n]) >= SHORT_WORD
        if (capital or sure is Certainty.SURE) and (not words.in_phrase(n) or words.shouted(n)):
            kinds[n] = kind  # with a capital an everyday word too: nobody can tell which is meant
        elif sure is Certainty.CONTEXT:
            weak[n] = kind

    def _possessive(self, text: Folded, words: Words, n: int) -> tuple[str, Certainty] | None:
        start, stop = words.spans[n]
        return self._words.get(words.keys[n][:-1]) if "'" in text.folded[start:stop] else None

    def _glued(self, text: Folded, start: int, stop: int) -> Iterator[Span]:
        """A name that is one word with a medical one: SMITHCT, ChestSmith."""
        for at in range(start + SHORT_WORD, stop - 1):
            head, tail = text.folded[start:at], text.folded[at:stop]
            camel = text.is_upper(at) and not text.is_upper(at - 1)
            if tail in ID_LABELS and head in self._words:
                yield Span(start, at, self._words[head][0])
            if (entry := self._sure(head)) and (camel or is_word(tail)):
                yield Span(start, at, entry)
            if (entry := self._sure(tail)) and (camel or is_word(head)):
                yield Span(at, stop, entry)
            if at - start > 2 * ANYWHERE_CHARS:
                return

    def _sure(self, word: str) -> str:
        kind, sure = self._words.get(word, ("", Certainty.CONTEXT))
        return kind if sure is Certainty.SURE and len(word) >= SHORT_WORD else ""

    def _in_kana(self, text: Folded) -> Iterator[Span]:
        for run in KANA_RUN.finditer(text.squashed):
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
                        start, end = text.in_folded(first, last)
                        yield Span(start, _with_what_follows(text.folded, end, kind), kind)
                    at = sound.text.find(known, stop)

    def _kana_holds(
        self, text: Folded, start: int, stop: int, run: re.Match[str], size: int
    ) -> bool:
        squashed = text.squashed
        if in_japanese_word(squashed, start, stop):
            return False
        if size >= _SHORT_KANA:
            return True
        if stop - start < _MIN_KANA:
            return False
        first, last = text.in_folded(start, stop)
        before, after = text.folded[first - 1 : first], text.folded[last : last + 1]
        starts = start == run.start() or not JAPANESE.match(before)
        return starts and (
            stop == run.end()
            or not JAPANESE.match(after)
            or HONORIFIC.match(squashed, stop) is not None
        )


def _with_what_follows(folded: str, stop: int, kind: str) -> int:
    """Where a known value ends with the house number or the title that stands after it."""
    if kind == "address":
        house = _HOUSE_NUMBER.match(folded, stop)
        return house.end() if house and not measured(folded, house.end()) else stop
    title = _TITLE_AFTER.match(folded, stop) if kind in ("name", "physician") else None
    return title.end() if title and not in_japanese_word(folded, *title.span(1)) else stop


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
