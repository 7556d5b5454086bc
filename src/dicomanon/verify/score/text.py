"""Whether a text is still there, or gone: how the MIDI validation compares.

Strategy: equal numbers first, then the whole answer, then its words one by one, each
looked for as a substring. Words are cut as the Penn Treebank cuts them; where a sentence
ends is told by its full stop and a list of abbreviations instead of a trained model, so
partial scores may differ from the reference where a full stop is ambiguous.

Invariants: case never matters. An answer without words cannot be judged: None.
"""

from __future__ import annotations

import re
from functools import lru_cache

_BRACKETS = str.maketrans("", "", "<>")
_OPENING, _CLOSING = "``", "''"
_DROPPED = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_{|}~`“”‘’•") | {_OPENING}
"""Marks that are no words; a closing `''` counts as one, as in the reference."""
_STOP_WORDS = frozenset(
    """
    i me my myself we our ours ourselves you your yours yourself yourselves he him his himself
    she her hers herself it its itself they them their theirs themselves what which who whom
    this that these those am is are was were be been being have has had having do does did
    doing a an the and but if or because as until while of at by for with about against between
    into through during before after above below to from up down in out on off over under again
    further then once here there when where why how all any both each few more most other some
    such no nor not only own same so than too very s t can will just don should now d ll m o re
    ve y ain aren couldn didn doesn hadn hasn haven isn ma mightn mustn needn shan shouldn wasn
    weren won wouldn
    """.split()
)
_ABBREVIATIONS = frozenset(
    "dr mr mrs ms prof st jr sr vs inc ltd co corp dept no nos fig approx ca cf etc ave rd".split()
)
_MARK = re.compile(
    r"""(\.{2,}|--|``|''|[];@#$%&?!*[(){}<>"«»“”‘’„]|[:,](?!\d)|(?<!\w)'(?=\w)|'(?!\w))"""
)
_CLITIC = re.compile(r"(.*[^'])('(?:s|m|d|ll|re|ve)|n't)")
_CLOSERS = frozenset("])}>\"'»”’")
_BEFORE_OPENING = frozenset("([{<")


def removed(value: str, answer: str) -> float | None:
    """The share of an answer's words that a value no longer has; 1.0 passes."""
    return _compared(value, answer, keep=False)


def retained(value: str, answer: str) -> float | None:
    """The share of an answer's words that a value still has; 1.0 passes."""
    return _compared(value, answer, keep=True)


def _compared(value: str, answer: str, *, keep: bool) -> float | None:
    value, answer = (text.translate(_BRACKETS).lower() for text in (value, answer))
    if _is_number(value) and _is_number(answer):
        return float((float(value) == float(answer)) is keep)
    if answer in value:
        return float(keep)
    words = words_of(answer)
    if not words:
        return None
    return sum((word in value) is keep for word in words) / len(words)


def _is_number(text: str) -> bool:
    """Digits with at most one point: signs and exponents make a text of it."""
    return text.replace(".", "", 1).isdigit()


@lru_cache(maxsize=1 << 12)
def words_of(text: str) -> tuple[str, ...]:
    """The tokens of a text that count: no marks, no English stop words."""
    return tuple(t for t in tokens(text) if t not in _DROPPED and t not in _STOP_WORDS)


def tokens(text: str) -> list[str]:
    """A text's tokens as the Penn Treebank cuts them."""
    chunks = text.split()
    found: list[str] = []
    for number, chunk in enumerate(chunks, 1):
        found += _tokens_of(chunk, last=number == len(chunks))
    return found


def _tokens_of(chunk: str, *, last: bool) -> list[str]:
    """The tokens of what stands between two spaces."""
    pieces = [piece for piece in _MARK.split(chunk) if piece]
    found: list[str] = []
    for number, piece in enumerate(pieces):
        if piece == '"':
            opens = number == 0 or pieces[number - 1] in _BEFORE_OPENING
            found.append(_OPENING if opens else _CLOSING)
        elif _MARK.fullmatch(piece):
            found.append(piece)
        else:
            closed = _CLOSERS.issuperset("".join(pieces[number + 1 :]))
            found += _word(piece, ends=closed and (last or _ends_sentence(piece)))
    return found


def _word(piece: str, *, ends: bool) -> list[str]:
    """A word, and what hangs on it: a full stop, a clitic."""
    if ends and len(piece) > 1 and piece.endswith("."):
        return [*_word(piece[:-1], ends=False), "."]
    clitic = _CLITIC.fullmatch(piece)
    return [clitic[1], clitic[2]] if clitic else [piece]


def _ends_sentence(piece: str) -> bool:
    """Whether a full stop in the middle of a text is one, and not part of the word."""
    word = piece[:-1]
    return len(word) > 1 and "." not in word and word not in _ABBREVIATIONS
