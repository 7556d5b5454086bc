"""Text in the one form that searches compare: folded, squashed, and by its sound.

Strategy: every character folds by itself to what NFKC, lower case, no accents, hiragana
and the everyday form of a kanji make of it, and the offsets remember where it stood.
Squashed text is the same without anything that is not a letter or a digit, so `山田 太郎`
and `山田^太郎` are one. A sound is big hiragana without long vowels, of kana and of
romaji alike: Ohno, Ōno, オオノ, ｵｰﾉ and おおの are all おの.

Invariants: pure and linear; a span of the folded text is a span of the source, and hidden
characters (zero width, direction marks) are in neither. Folding is idempotent.

Standard: PS3.5 §6.2.1.1 (the groups of a PN); Unicode Annex 15.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

_VARIANTS = """
    髙高 﨑崎 嵜崎 碕崎 齋斎 齊斎 斉斎 齎斎 邊辺 邉辺 濱浜 濵浜 廣広 國国 圀国 澤沢 櫻桜 嶋島
    嶌島 眞真 德徳 龍竜 惠恵 榮栄 豐豊 澁渋 關関 槇槙 藏蔵 黑黒 壽寿 實実 學学 靜静 淺浅 瀨瀬
    瀧滝 條条 萬万 與与 冨富 假仮 會会 亞亜 圓円 應応 禮礼 彌弥 彥彦 𠮷吉 淸清 靑青 緖緒 總総
    聰聡 莊荘 薰薫 螢蛍 讓譲 賴頼 鄕郷 鐵鉄 鷗鴎 鹽塩 麥麦 歲歳 號号 醫医 體体 頸頚 顏顔 靱靭
    囊嚢 繩縄 縣県 驛駅 壯壮 將将 帶帯 廳庁
"""
_KANJI = {pair[0]: pair[1] for pair in _VARIANTS.split()}
_LETTERS = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th"}
_LETTERS |= {"\u0131": "i", **dict.fromkeys("\u2018\u2019\u02bc\u00b4`", "'")}
_ACCENTED_BELOW = 0x2000
_KATAKANA = range(0x30A1, 0x30F7)
_TO_HIRAGANA = 0x60
_VOICED, _SEMIVOICED = "\u3099", "\u309a"
_MARKS = {"゛": _VOICED, "゜": _SEMIVOICED}


class _Fold(dict[str, str]):
    """What a character folds to, each worked out once."""

    def __missing__(self, char: str) -> str:
        folded = self[char] = _fold_char(char)
        return folded


def _fold_char(char: str) -> str:
    if char in _MARKS:
        return _MARKS[char]
    if unicodedata.category(char) == "Cf":
        return ""
    pieces = []
    for piece in unicodedata.normalize("NFKC", char).lower():
        if ord(piece) in _KATAKANA:
            pieces.append(chr(ord(piece) - _TO_HIRAGANA))
        elif ord(piece) < _ACCENTED_BELOW:
            bare = unicodedata.normalize("NFD", piece)
            letters = (c for c in bare if unicodedata.category(c) != "Mn")
            pieces.extend(_LETTERS.get(letter, letter) for letter in letters)
        else:
            pieces.append(_KANJI.get(piece, _LETTERS.get(piece, piece)))
    return "".join(pieces)


_FOLD = _Fold()
_NO_DIGITS = dict.fromkeys(map(ord, "0123456789"))


class Folded:
    """A text to search in, and the way back to its source.

    folded: what is searched; squashed: its letters and digits alone; digits: how many it has.
    """

    __slots__ = ("_offsets", "_places", "digits", "folded", "source", "squashed")

    def __init__(self, source: str) -> None:
        self.source = source
        self._offsets: list[int] | None = None
        self._places: list[int] | None = None
        if source.isascii():
            self.folded = source.lower()
        else:
            pieces = [_FOLD[char] for char in source]
            if any(mark in pieces for mark in (_VOICED, _SEMIVOICED)):
                _compose(pieces)
            self.folded = "".join(pieces)
            if any(len(piece) != 1 for piece in pieces):
                self._offsets = [n for n, piece in enumerate(pieces) for _ in piece]
        self.squashed = "".join(filter(str.isalnum, self.folded))
        self.digits = len(self.squashed) - len(self.squashed.translate(_NO_DIGITS))

    def __repr__(self) -> str:
        return f"Folded({len(self.source)} characters)"

    def in_source(self, start: int, stop: int) -> tuple[int, int]:
        """A span of the folded text as a span of the source."""
        if self._offsets is None or start == stop:
            return start, stop
        after = self._offsets[stop] if stop < len(self._offsets) else len(self.source)
        return self._offsets[start], max(after, self._offsets[stop - 1] + 1)

    def in_folded(self, start: int, stop: int) -> tuple[int, int]:
        """A span of the squashed text as a span of the folded one."""
        if len(self.squashed) == len(self.folded):
            return start, stop
        if self._places is None:
            self._places = [n for n, char in enumerate(self.folded) if char.isalnum()]
        return self._places[start], self._places[stop - 1] + 1

    def is_upper(self, start: int) -> bool:
        """Whether the source has a capital where this folded character stands."""
        return self.source[self.in_source(start, start + 1)[0]].isupper()


def _compose(pieces: list[str]) -> None:
    """Put the voicing marks of half-width kana into the kana they stand behind."""
    for n, piece in enumerate(pieces):
        if piece in (_VOICED, _SEMIVOICED):
            whole = unicodedata.normalize("NFC", pieces[n - 1] + piece) if n else ""
            pieces[n] = ""
            if len(whole) == 1:
                pieces[n - 1] = whole


def fold(text: str) -> str:
    """The folded form of a text."""
    return Folded(text).folded


def squash(text: str) -> str:
    """The letters and digits of a text, folded."""
    return Folded(text).squashed


# -- sounds ---------------------------------------------------------------------------


class Sound(NamedTuple):
    """How kana sound, and where in them each sound begins."""

    text: str
    starts: list[int]


_BIG = str.maketrans("ぁぃぅぇぉっゃゅょゎぢづをゐゑ", "あいうえおつやゆよわじずおいえ")
_O_ROW = frozenset("おこそとのほもよろごぞどぼぽ")
_U_ROW = frozenset("うくすつぬふむゆるぐずぶぷ")
_AFTER_N = {
    **dict(zip("あいうえお", "なにぬねの", strict=True)),
    **dict.fromkeys("やゆよ", "に"),
}


def kana_sound(kana: str) -> Sound:
    """The sound of folded kana: no small kana, no long vowels, one spelling for each."""
    big = kana.translate(_BIG)
    made: list[str] = []
    starts: list[int] = []
    for n, char in enumerate(big):
        last = made[-1] if made else ""
        if char == "ー" or (
            (char in "うお" and last in _O_ROW) or (char == "う" and last in _U_ROW)
        ):
            continue
        if last == "ん" and char in _AFTER_N:
            made[-1] = _AFTER_N[char]
            if char not in "やゆよ":
                continue
        made.append(char)
        starts.append(n)
    return Sound("".join(made), starts)


_ROWS = {
    "": "あいうえお",
    "k": "かきくけこ",
    "s": "さしすせそ",
    "t": "たちつてと",
    "n": "なにぬねの",
    "h": "はひふへほ",
    "m": "まみむめも",
    "r": "らりるれろ",
    "g": "がぎぐげご",
    "z": "ざじずぜぞ",
    "d": "だじずでど",
    "b": "ばびぶべぼ",
    "p": "ぱぴぷぺぽ",
}
_SYLLABLES = {
    row + vowel: kana
    for row, kanas in _ROWS.items()
    for vowel, kana in zip("aiueo", kanas, strict=True)
}
_SYLLABLES |= {
    f"{row}y{vowel}": kanas[1] + big
    for row, kanas in _ROWS.items()
    if row
    for vowel, big in zip("auo", "やゆよ", strict=True)
}
_SYLLABLES |= {
    "っ": "つ", "ya": "や", "yu": "ゆ", "yo": "よ", "wa": "わ", "wo": "お", "n": "ん",
    "shi": "し", "chi": "ち", "tsu": "つ", "fu": "ふ", "ji": "じ", "dzu": "ず",
    "sha": "しや", "shu": "しゆ", "sho": "しよ", "cha": "ちや", "chu": "ちゆ", "cho": "ちよ",
    "ja": "じや", "ju": "じゆ", "jo": "じよ", "jya": "じや", "jyu": "じゆ", "jyo": "じよ",
}  # fmt: skip
_LONGEST = 3
_LONG_H = re.compile(r"(?<=[ou])h(?![aiueoy])")
_M_AS_N = re.compile(r"m(?=[bpm])")
_DOUBLED = re.compile(r"([kstpgzdbc])(?=\1)|t(?=ch)")
_MAX_WORD = 40


@lru_cache(maxsize=8192)
def romaji_sound(word: str) -> str:
    """The sound of a folded Latin word that can be read as Japanese, "" if it cannot."""
    if len(word) > _MAX_WORD:
        return ""
    word = _M_AS_N.sub("n", _LONG_H.sub("", word))
    word = _DOUBLED.sub("っ", word)
    made = []
    at = 0
    while at < len(word):
        sizes = range(min(_LONGEST, len(word) - at), 0, -1)
        size = next((n for n in sizes if word[at : at + n] in _SYLLABLES), 0)
        if not size:
            return ""
        made.append(_SYLLABLES[word[at : at + size]])
        at += size
    return kana_sound("".join(made)).text
