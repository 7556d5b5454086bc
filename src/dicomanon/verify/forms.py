"""The forms in which an identifier may turn up again: orders, scripts, encodings, layouts.

Strategy: texts are compared squeezed: lower case, without separators, so that one needle
stands for `YAMADA^TARO`, `Yamada, Taro` and `yamada_taro`, in UTF-16 too, whose zero bytes
count as separators. Where a squeezed needle is met, `Needle.locator` says whether it is
really there. What is not ASCII is searched decoded (width and kana folded) and as the
bytes every plausible encoding makes of it.

Invariants: forms depend on the text alone. A needle that is too short to mean anything by
itself is not made; `full` needles name somebody whole.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SEPARATORS = " ^,._-/()+:='\"\t\r\n\0"
SQUEEZED = bytes(range(256)).lower()
SQUEEZED_AWAY = SEPARATORS.encode("ascii")
_ALSO_AWAY = "\N{IDEOGRAPHIC COMMA}\N{IDEOGRAPHIC FULL STOP}\N{KATAKANA MIDDLE DOT}"
_FOLDS = str.maketrans(
    {chr(code): chr(code + 0x60) for code in range(0x3041, 0x3097)}
    | dict.fromkeys(SEPARATORS + _ALSO_AWAY, None)
)
_JAPANESE = ("cp932", "euc_jp", "iso2022_jp", "iso2022_jp_2")
_ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", *_JAPANESE, "gb18030", "euc_kr", "latin-1")
_ESCAPES = re.compile(rb"\x1b[\x24\x28\x29\x2d\x2e][\x20-\x7e]{0,2}?[\x40-\x5a]")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "oe", "å": "aa"})
_BETWEEN = rb"[\s\0^,._\-/()+:='\"]{0,6}"
_JOINS = ("^", " ", "", "\N{IDEOGRAPHIC SPACE}")
_HALF_KANA = {unicodedata.normalize("NFKC", chr(code)): chr(code) for code in range(0xFF66, 0xFF9E)}

NAME_LETTERS = 4
FULL_LETTERS = 5
RAW_BYTES = 3
"""Fewer bytes stand everywhere by chance."""
ID_CHARS = 3
LOCAL_PHONE_DIGITS = 9
PHONE_DIGITS = 7
COMPONENTS = 3


class Needle(NamedTuple):
    """One form: `squeezed` ASCII, `exact` bytes, or `folded` text; the others are empty.

    pieces: what stands between separators, for ASCII; full: more than a part of a name.
    """

    squeezed: bytes
    exact: bytes
    folded: str
    pieces: tuple[str, ...]
    full: bool


def fold(text: str) -> str:
    """A text for comparing: width, case, kana and separators do not matter."""
    return unicodedata.normalize("NFKC", text).casefold().translate(_FOLDS)


def squeeze(data: bytes) -> bytes:
    """Bytes for comparing with `Needle.squeezed`."""
    return data.translate(SQUEEZED, SQUEEZED_AWAY)


@lru_cache(maxsize=1 << 10)
def locator(pieces: tuple[str, ...]) -> re.Pattern[bytes]:
    """Finds the pieces with separators between them, in ASCII or UTF-16."""
    return re.compile(
        _BETWEEN.join(
            rb"\0?".join(re.escape(char.encode("ascii")) for char in piece) for piece in pieces
        ),
        re.IGNORECASE,
    )


@lru_cache(maxsize=1 << 11)
def forms(kind: str, text: str, encodings: tuple[str, ...]) -> tuple[Needle, ...]:
    """Every form of an identifier; encodings: of the data set it is from, beside the usual."""
    if kind == "name":
        return tuple(dict.fromkeys(_name(text, encodings)))
    if kind == "phone":
        return tuple(_phone(text))
    return tuple(dict.fromkeys(_whole(text, encodings)))


def _name(text: str, encodings: tuple[str, ...]) -> Iterator[Needle]:
    """Standard: PS3.5 §6.2.1."""
    for group in text.split("="):
        parts = [part.strip() for part in group.split("^")[:COMPONENTS]]
        parts = [part for part in parts if part]
        if len(parts) == 1:
            parts = [part for part in re.split(r"[\s,\u3000]+", parts[0]) if part]
        if not 0 < len(parts) <= COMPONENTS:
            if parts:
                yield from _whole(" ".join(parts), encodings)
            continue
        orders = _orders(parts)
        for spelled in _ascii_spellings(parts):
            yield from _ascii_name(spelled)
        if not all(part.isascii() for part in parts):
            yield from _other_name(parts, orders, encodings)


def _orders(parts: list[str]) -> list[tuple[str, ...]]:
    if len(parts) == 1:
        return [(parts[0],)]
    orders: list[tuple[str, ...]] = [(parts[0], parts[1]), (parts[1], parts[0])]
    if len(parts) == COMPONENTS:
        orders.append((parts[1], parts[2], parts[0]))
    return orders


def _ascii_spellings(parts: list[str]) -> set[tuple[str, ...]]:
    """The parts in ASCII: as they are, without accents, with umlauts spelled out."""
    spellings = set()
    for lowered in ([p.lower() for p in parts], [p.lower().translate(_UMLAUTS) for p in parts]):
        bare = tuple(
            "".join(c for c in unicodedata.normalize("NFD", p) if not unicodedata.combining(c))
            for p in lowered
        )
        if all(part.isascii() for part in bare):
            spellings.add(bare)
    return spellings


def _ascii_name(parts: tuple[str, ...]) -> Iterator[Needle]:
    if len(parts) > 1:
        for order in _orders(list(parts)):
            pieces = _pieces(" ".join(order))
            if sum(map(len, pieces)) >= FULL_LETTERS:
                yield _ascii_needle(pieces, full=True)
    for part in parts:
        pieces = _pieces(part)
        if sum(map(len, pieces)) >= NAME_LETTERS:
            yield _ascii_needle(pieces, full=False)


def _other_name(
    parts: list[str], orders: list[tuple[str, ...]], encodings: tuple[str, ...]
) -> Iterator[Needle]:
    for order in orders:
        folded = fold("".join(order))
        if len(folded) > 1:
            yield Needle(b"", b"", folded, (), full=len(order) > 1 or len(folded) >= NAME_LETTERS)
    for part in parts:
        folded = fold(part)
        if len(folded) > 1 and len(parts) > 1:
            yield Needle(b"", b"", folded, (), full=False)
        for exact in _encoded(part, encodings):
            yield Needle(b"", exact, "", (folded,), full=False)
    if len(parts) > 1 and any(len(part) == 1 for part in parts):  # too short to be met alone
        for joined in (between.join(order) for order in orders for between in _JOINS):
            for exact in _encoded(joined, encodings):
                yield Needle(b"", exact, "", (fold(joined),), full=True)


def _whole(text: str, encodings: tuple[str, ...]) -> Iterator[Needle]:
    if text.isascii():
        pieces = _pieces(text)
        if sum(map(len, pieces)) >= ID_CHARS:
            yield _ascii_needle(pieces, full=True)
        return
    folded = fold(text)
    if len(folded) > 1:
        yield Needle(b"", b"", folded, (), full=True)
        for exact in _encoded(text, encodings):
            yield Needle(b"", exact, "", (folded,), full=True)


def _phone(text: str) -> Iterator[Needle]:
    """By digits; without a country's or trunk prefix where there are enough of them."""
    for number in re.split(r"[\\;|]|\bext\b", text, flags=re.IGNORECASE):
        digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", number))
        if len(digits) >= PHONE_DIGITS:
            yield _ascii_needle(tuple(digits[-LOCAL_PHONE_DIGITS:]), full=True)
    for mail in re.findall(r"[\w.+-]+@[\w.-]+\w", text, re.ASCII):
        yield _ascii_needle(_pieces(mail), full=True)


def _pieces(text: str) -> tuple[str, ...]:
    """What stands between separators."""
    return tuple(text.translate(_TO_SPACES).split())


_TO_SPACES = str.maketrans(dict.fromkeys(SEPARATORS, " "))


def _ascii_needle(pieces: tuple[str, ...], *, full: bool) -> Needle:
    squeezed = "".join(pieces).lower().encode("ascii")
    return Needle(squeezed, b"", "", pieces, full)


def _encoded(text: str, encodings: Iterable[str]) -> set[bytes]:
    """The bytes a text may be, escape sequences taken off at both ends."""
    found = set()
    for spelled, encoding in (
        (spelled, encoding)
        for spelled in _kana_spellings(text)
        for encoding in chain(_ENCODINGS, encodings)
    ):
        try:
            raw = spelled.encode(encoding)
        except (UnicodeEncodeError, LookupError):
            continue
        raw = _ESCAPES.sub(b"", raw)
        if len(raw) >= RAW_BYTES and not (raw.isascii() and spelled.isascii()):
            found.add(raw)
    return found


def _kana_spellings(text: str) -> set[str]:
    """As it is; and its kana as katakana, hiragana and of half width."""
    wide = unicodedata.normalize("NFKC", text)
    katakana = "".join(chr(ord(c) + 0x60) if "ぁ" <= c <= "ゖ" else c for c in wide)
    hiragana = "".join(chr(ord(c) - 0x60) if "ァ" <= c <= "ヶ" else c for c in wide)
    half = "".join(_half(c) for c in katakana)
    return {text, wide, katakana, hiragana, half}


def _half(char: str) -> str:
    base = unicodedata.normalize("NFD", char)
    marks = {"\u3099": "\uff9e", "\u309a": "\uff9f"}
    narrow = _HALF_KANA.get(base[0])
    return char if narrow is None else narrow + "".join(marks.get(mark, "") for mark in base[1:])
