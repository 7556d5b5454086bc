r"""Specific Character Set: bytes to text and back, ISO 2022 code extensions included.

Strategy: (0008,0005) is parsed once into a `Charset`, two code elements (G0 for
bytes below 80, G1 above) and those it may switch to. Nearly every value is
plain ASCII or has no escape sequence, and is one call of a codec. The others
run through a small ISO 2022 machine that walks whole characters, so the bytes
5C, 5E and 3D (`\`, `^`, `=`) inside a two-byte character (本 is 4B 5C) never
look like delimiters; text is split only after it is decoded. The codecs of the
standard library only map single runs, none of them sees an escape sequence.

Where this reads more than pydicom 3.0.2 does:
- IR 58 (Chinese): pydicom leaves the escape sequences in the text (PS3.5 §K.2).
- An escape sequence that (0008,0005) does not announce is obeyed all the same.
- After a delimiter, Value 1 is active again (§6.1.2.5.3) also in a PN and before
  `\`; pydicom resets at line ends only. Where Value 1 has no G1, the last G1
  stays, because nothing else could give those bytes a meaning.
- 5C and 7E stay `\` and `~` in ISO-IR 14 (as in pydicom; the standard shows ¥
  and ‾): 5C is a delimiter there too, and text must come back as it was.

Invariants: decoding never fails; what cannot be read is U+FFFD. Encoding never
replaces: a text that does not fit is None. decode(encode(text)) == text.

Standard: PS3.3 §C.12.1.1.2; PS3.5 §6.1.2 and Annexes H to K.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import NamedTuple

ESC = 0x1B
GR_START = 0xA0
PN_DELIMITERS = b"\\^="
TEXT_DELIMITERS = b"\\"
_TO_GR = bytes(range(128, 256)) * 2
_TO_GL = bytes(range(128)) * 2


class CodeElement(NamedTuple):
    """A set of characters that can stand in G0 or G1.

    codec: a Python codec that knows its characters in the upper half; prefix:
    what that codec wants before each character; width_bytes: of a character.
    Standard: PS3.3 Tables C.12-3 and C.12-4.
    """

    escape: bytes
    codec: str
    g1: bool
    width_bytes: int = 1
    prefix: bytes = b""

    def decode(self, run: bytes) -> str:
        """The text of a run of whole characters, U+FFFD for each that does not exist."""
        if not self.g1 and self.width_bytes == 1:
            return run.decode("ascii")
        try:
            return self._decode(run, self.codec)
        except UnicodeDecodeError:
            # One character at a time, or a bad one would put its successors out of step.
            step = self.width_bytes
            return "".join(self._one(run[n : n + step]) for n in range(0, len(run), step))

    def _one(self, char: bytes) -> str:
        try:
            return self._decode(char, self.codec)
        except UnicodeDecodeError:
            return "\ufffd"

    def _decode(self, run: bytes, codec: str) -> str:
        run = run.translate(_TO_GR)
        if self.prefix:
            step = self.width_bytes
            run = b"".join(self.prefix + run[n : n + step] for n in range(0, len(run), step))
        return run.decode(codec)

    def encode(self, char: str) -> bytes | None:
        """The bytes of a character, None if the set does not have it."""
        if not self.g1 and self.width_bytes == 1:
            return char.encode() if " " <= char <= "~" else None
        try:
            coded = char.encode(self.codec)
        except UnicodeEncodeError:
            return None
        body = coded[len(self.prefix) :]
        fits = coded.startswith(self.prefix) and len(body) == self.width_bytes
        if not fits or min(body) < GR_START:
            return None
        return body if self.g1 else body.translate(_TO_GL)


_ASCII = CodeElement(b"\x1b(B", "ascii", g1=False)
_ROMAJI = CodeElement(b"\x1b(J", "ascii", g1=False)
_KATAKANA = CodeElement(b"\x1b)I", "shift_jis", g1=True)
_JIS_X_0208 = CodeElement(b"\x1b$B", "euc_jp", g1=False, width_bytes=2)
_JIS_X_0212 = CodeElement(b"\x1b$(D", "euc_jp", g1=False, width_bytes=2, prefix=b"\x8f")
_KS_X_1001 = CodeElement(b"\x1b$)C", "euc_kr", g1=True, width_bytes=2)
_GB_2312 = CodeElement(b"\x1b$)A", "gb2312", g1=True, width_bytes=2)


class _Term(NamedTuple):
    """What a defined term means. codec: reads a value without escape sequences."""

    codec: str
    g0: CodeElement = _ASCII
    g1: CodeElement | None = None
    extension: CodeElement | None = None
    alone: bool = False


def _latin(codec: str, final: bytes) -> _Term:
    return _Term(codec, g1=CodeElement(b"\x1b-" + final, codec, g1=True))


_DEFAULT = _Term("latin_1")
_TERMS: dict[str, _Term] = {
    "6": _DEFAULT,
    # Real Shift JIS is often written under this name; for its own katakana the codec is the same.
    "13": _Term("cp932", _ROMAJI, _KATAKANA),
    "58": _Term("gb2312", g1=_GB_2312),
    "87": _Term("latin_1", extension=_JIS_X_0208),
    "100": _latin("latin_1", b"A"),
    "101": _latin("iso8859_2", b"B"),
    "109": _latin("iso8859_3", b"C"),
    "110": _latin("iso8859_4", b"D"),
    "126": _latin("iso8859_7", b"F"),
    "127": _latin("iso8859_6", b"G"),
    "138": _latin("iso8859_8", b"H"),
    "144": _latin("iso8859_5", b"L"),
    "148": _latin("iso8859_9", b"M"),
    "149": _Term("euc_kr", g1=_KS_X_1001),
    "159": _Term("latin_1", extension=_JIS_X_0212),
    "166": _latin("tis_620", b"T"),
    "192": _Term("utf_8", alone=True),
    "203": _latin("iso8859_15", b"b"),
    "GB18030": _Term("gb18030", alone=True),
    "GBK": _Term("gbk", alone=True),
}
_STANDARD_TERM = re.compile(r"(ISO_IR |ISO 2022 IR |)(\w+)")
_ONLY_PREFIX = {
    "GB18030": "",
    "GBK": "",
    "192": "ISO_IR ",
    **dict.fromkeys(("58", "87", "149", "159"), "ISO 2022 IR "),
}
_MISSPELLED_TERM = re.compile(r"ISO[ _-]?(?:2022[ _-]?)?(?:IR[ _-]?)?(\d+|GBK)")

_CODEC_NAMES: dict[str, _Term] = {
    # Names of codecs, seen in place of a defined term; letters and digits only.
    **dict.fromkeys(("ASCII", "USASCII", "ISO646"), _DEFAULT),
    **dict.fromkeys(("LATIN1", "L1", "ISO88591"), _TERMS["100"]),
    **{f"ISO8859{n}": _TERMS[ir] for n, ir in enumerate(
        ("101", "109", "110", "144", "127", "126", "138", "148"), 2)},
    "ISO885915": _TERMS["203"],
    "UTF8": _TERMS["192"],
    **dict.fromkeys(("SHIFTJIS", "SJIS", "CP932", "WINDOWS31J"), _Term("cp932", alone=True)),
    "EUCJP": _Term("euc_jp", alone=True),
    "EUCKR": _TERMS["149"],
    "CP949": _Term("cp949", alone=True),
    "GB2312": _TERMS["58"],
    "BIG5": _Term("big5", alone=True),
    **{f"{prefix}{n}": _Term(f"cp{n}", alone=True)
       for prefix in ("CP", "WINDOWS") for n in range(1250, 1259)},
}  # fmt: skip

_ELEMENTS: dict[bytes, CodeElement] = {
    element.escape: element
    for term in _TERMS.values()
    for element in (term.g0, term.g1, term.extension)
    if element is not None
} | {
    b"\x1b$@": _JIS_X_0208,  # its first edition, JIS C 6226-1978
    b"\x1b$(B": _JIS_X_0208,  # the long form of the same designation
}


@cache
def _tokens(delimiters: bytes, width_bytes: int) -> re.Pattern[bytes]:
    """Match an escape sequence, a delimiter, a run of G0, a run of G1, or what is left.

    In a two-byte G0 only a control character can be a delimiter: all of 21 to 7E is text.
    """
    control = rb"\x00-\x1a\x1c-\x1f"
    if width_bytes == 1:
        delimiter = control + re.escape(delimiters)
        g0 = rb"[^\x1b\x80-\xff" + delimiter + rb"]+"
    else:
        delimiter, g0 = control, rb"(?:[\x21-\x7e]{2})+"
    return re.compile(
        rb"(?P<escape>\x1b(?:\$[()]?|[()-])[@-~])|(?P<delimiter>["
        + delimiter
        + rb"])|(?P<g0>"
        + g0
        + rb")|(?P<g1>[\x80-\xff]+)|(?P<stray>.)",
        re.DOTALL,
    )


class Charset(NamedTuple):
    """A parsed Specific Character Set.

    g0, g1: active at the start of a value and after a delimiter; extensions:
    all that may be switched to, in order of preference; codec: reads a value
    without escape sequences; alone: there are no escape sequences; problem:
    "" or why (0008,0005) is not as the standard wants it: `unknown`,
    `misspelled` or `combination`.
    """

    codec: str
    g0: CodeElement
    g1: CodeElement | None
    extensions: tuple[CodeElement, ...]
    alone: bool
    problem: str

    def decode(self, raw: bytes, *, delimiters: bytes = PN_DELIMITERS) -> str:
        """The text of a value, or of several with a backslash between them, padding kept.

        delimiters: the bytes before which Value 1 is active again, by VR:
        `PN_DELIMITERS`, `TEXT_DELIMITERS`, or none where a backslash is text.

        Standard: PS3.5 §6.1.2.5.3.
        """
        if ESC not in raw:
            return raw.decode("ascii" if raw.isascii() else self.codec, "replace")
        if self.alone:
            return raw.decode(self.codec, "replace")
        text: list[str] = []
        g0, g1, at = self.g0, self.g1, 0
        while match := _tokens(delimiters, g0.width_bytes).match(raw, at):
            run, kind, at = match[0], match.lastgroup, match.end()
            if kind == "escape" and (element := _ELEMENTS.get(run)):
                g0, g1 = (g0, element) if element.g1 else (element, g1)
            elif kind == "delimiter":
                text.append(chr(run[0]))
                g0, g1 = self.g0, self.g1 or g1
            elif kind == "g0":
                text.append(g0.decode(run))
            elif kind == "g1" and g1 is not None:
                text.append(g1.decode(run))
            else:  # a stray byte, a G1 nobody designated, an escape sequence nobody knows
                text.append(run.decode("latin_1"))
        return "".join(text)

    def readable(self, raw: bytes, *, delimiters: bytes = PN_DELIMITERS) -> bool:
        """Whether all bytes of a value have a meaning here, so that `decode` had to guess none."""
        if raw.isascii() and ESC not in raw:
            return True
        known = self.alone or self.g1 is not None or ESC in raw
        return known and "\ufffd" not in self.decode(raw, delimiters=delimiters)

    def encode(self, text: str, *, delimiters: bytes = PN_DELIMITERS) -> bytes | None:
        """The bytes of a text, unpadded; None if it has a character that does not fit.

        delimiters: as for `decode`. Standard: PS3.5 §6.1.2.5.3.
        """
        if text.isascii():
            return text.encode("ascii")
        if self.alone:
            try:
                return text.encode(self.codec)
            except UnicodeEncodeError:
                return None
        coded = bytearray()
        g0, g1 = self.g0, self.g1
        for char in text:
            if char < " " or char in delimiters.decode("ascii"):
                coded += self._back(g0, g1) + char.encode()
                g0, g1 = self.g0, self.g1
                continue
            element, body = self._element(char, g0, g1)
            if element is None:
                return None
            if element not in (g0, g1):
                coded += element.escape
                g0, g1 = (g0, element) if element.g1 else (element, g1)
            coded += body
        return bytes(coded + self._back(g0, g1))

    def _element(
        self, char: str, g0: CodeElement, g1: CodeElement | None
    ) -> tuple[CodeElement | None, bytes]:
        """The first set that has the character, those already designated before others."""
        for element in (g0, g1, *self.extensions):
            if element is not None and (body := element.encode(char)) is not None:
                return element, body
        return None, b""

    def _back(self, g0: CodeElement, g1: CodeElement | None) -> bytes:
        """The escape sequences that make Value 1 active again."""
        back = b"" if g0 == self.g0 else self.g0.escape
        return back if self.g1 is None or g1 == self.g1 else back + self.g1.escape


def _term(text: str) -> tuple[_Term, str]:
    """A defined term, misspelled or not, and the problem with it."""
    match = _STANDARD_TERM.fullmatch(text)
    if match and match[2] in _TERMS and _ONLY_PREFIX.get(match[2], match[1] or "?") == match[1]:
        return _TERMS[match[2]], ""
    if not text:
        return _DEFAULT, ""
    upper = text.upper()
    match = _MISSPELLED_TERM.fullmatch(upper)
    term = _TERMS.get(match[1]) if match else None
    term = term or _TERMS.get(upper) or _CODEC_NAMES.get(re.sub("[^A-Z0-9]", "", upper))
    return (term, "misspelled") if term else (_DEFAULT, "unknown")


@lru_cache(maxsize=64)
def charset(raw: bytes) -> Charset:
    """The Charset of the raw value of (0008,0005); b"" is the default repertoire.

    Raises: nothing; see `Charset.problem`. Standard: PS3.3 §C.12.1.1.2.
    """
    read = [_term(text.strip(" \0")) for text in raw.decode("latin_1").split("\\")]
    terms = [term for term, _ in read]
    problem = next((p for kind in ("unknown", "misspelled") for _, p in read if p == kind), "")
    first = terms[0]
    if len(terms) > 1 and any(term.alone for term in terms):
        problem = problem or "combination"
        # These admit no code extension. As an extension of ASCII, which they contain, one is
        # taken at its word (pydicom drops it); as an extension of anything else it is dropped.
        if first == _DEFAULT:
            first = next(term for term in terms if term.alone)
        terms = [first, *(term for term in terms[1:] if not term.alone and not first.alone)]
    elements = [e for term in terms for e in (term.g0, term.g1, term.extension)]
    extensions = tuple(dict.fromkeys(e for e in elements if e is not None))
    return Charset(first.codec, first.g0, first.g1, extensions, first.alone, problem)


DEFAULT = charset(b"")
"""The default repertoire, for data sets without (0008,0005)."""
UTF_8 = charset(b"ISO_IR 192")
"""What can write every text. Standard: PS3.3 §C.12.1.1.2."""
