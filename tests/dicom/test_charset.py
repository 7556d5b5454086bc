"""Specific Character Set: the standard's own examples, and what real files do to it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomanon.dicom.charset import PN_DELIMITERS, TEXT_DELIMITERS, charset

VECTORS = json.loads((Path(__file__).parent / "charset_vectors.json").read_text(encoding="utf-8"))
JAPANESE = rb"\ISO 2022 IR 87"
ALPHABETS = {
    b"": "Az ~",
    b"ISO_IR 100": "Az é ß ÿ",
    b"ISO_IR 101": "Dvořák",
    b"ISO_IR 109": "Ħħ ĝ",
    b"ISO_IR 110": "Āķ",
    b"ISO_IR 126": "Διον",
    b"ISO_IR 127": "قباني",
    b"ISO_IR 138": "שרון",
    b"ISO_IR 144": "Люк",
    b"ISO_IR 148": "Çavuşoğlu",
    b"ISO_IR 166": "นามสกุล",
    b"ISO_IR 203": "œ €",
    b"ISO_IR 13": "ﾔﾏﾀﾞ",
    b"ISO_IR 192": "山田 𠮷 é",
    b"GB18030": "王小东 𠮷",
    b"GBK": "张小东",
    rb"\ISO 2022 IR 87": "山田 やまだ",
    rb"\ISO 2022 IR 159": "丂",
    rb"\ISO 2022 IR 149": "洪 길동",
    rb"\ISO 2022 IR 58": "张小东",
    rb"ISO 2022 IR 100\ISO 2022 IR 126": "é Διον é",
    rb"ISO 2022 IR 13\ISO 2022 IR 87\ISO 2022 IR 159": "ﾔﾏﾀﾞ 山田 丂 A",
    rb"\ISO 2022 IR 100\ISO 2022 IR 144\ISO 2022 IR 149": "é Люк 홍 é",
}


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["id"] for vector in VECTORS])
def test_standard_examples(vector: dict[str, str]) -> None:
    """The byte listings of PS3.5 Annexes H to K read, and write, as printed there."""
    delimiters = PN_DELIMITERS if vector["vr"] == "PN" else b""
    raw = bytes.fromhex(vector["bytes"])
    parsed = charset(vector["charset"].encode())
    assert parsed.decode(raw, delimiters=delimiters) == vector["text"]
    assert parsed.encode(vector["text"], delimiters=delimiters) == raw


@pytest.mark.parametrize(("term", "text"), ALPHABETS.items())
def test_every_defined_term_writes_what_it_reads(term: bytes, text: str) -> None:
    """Each defined term is known, and its own letters come back, delimiters between them."""
    parsed = charset(term)
    assert parsed.problem == ""
    for whole in (text, f"{text}^{text}={text}\\{text}", f"{text}\r\n{text}\t{text}"):
        raw = parsed.encode(whole)
        assert raw is not None
        assert parsed.decode(raw) == whole


@pytest.mark.parametrize(
    ("term", "raw", "codec"),
    [(b"ISO_IR 100", b"\xe9", "latin_1"), (b"ISO_IR 192", "é".encode(), "utf_8")],
)
def test_codecs_agree_with_python(term: bytes, raw: bytes, codec: str) -> None:
    """Without escape sequences a value is one codec's work."""
    assert charset(term).decode(raw) == raw.decode(codec)


def test_every_character_of_jis_x_0208() -> None:
    """All 94 x 94 positions read as Python's own ISO-2022-JP reads them, 5C 5E 3D included."""
    parsed = charset(JAPANESE)
    for row in range(0x21, 0x7F):
        for cell in range(0x21, 0x7F):
            raw = b"\x1b$B" + bytes((row, cell)) + b"\x1b(B"
            expected = raw.decode("iso2022_jp", "replace")
            if "\ufffd" not in expected:
                assert parsed.decode(raw) == expected


def test_every_character_of_jis_x_0212() -> None:
    """All positions read as Python's own ISO-2022-JP-2 reads them."""
    parsed = charset(rb"\ISO 2022 IR 159")
    for row in range(0x21, 0x7F):
        for cell in range(0x21, 0x7F):
            raw = b"\x1b$(D" + bytes((row, cell)) + b"\x1b(B"
            expected = raw.decode("iso2022_jp_2", "replace")
            if "\ufffd" not in expected:
                assert parsed.decode(raw) == expected


def test_delimiter_bytes_inside_characters() -> None:
    """本 holds 5C, 春 3D and ま 5E; none of them is a delimiter."""
    raw = b"\x1b$B;3K\\\x1b(B\\\x1b$B=U$^\x1b(B^A"
    assert charset(JAPANESE).decode(raw) == "山本\\春ま^A"
    assert charset(b"GB18030").decode("俓\\A".encode("gb18030")) == "俓\\A"


def test_value_1_is_active_again_after_a_delimiter() -> None:
    """PS3.5 §6.1.2.5.3: before CR, LF, FF, TAB, backslash and, in a PN, `^` and `=`."""
    parsed = charset(rb"ISO 2022 IR 100\ISO 2022 IR 126")
    assert parsed.decode(b"\x1b-F\xc4^\xe9") == "Δ^é"
    assert parsed.decode(b"\x1b-F\xc4^\xc4", delimiters=TEXT_DELIMITERS) == "Δ^Δ"
    assert parsed.decode(b"\x1b-F\xc4\\\xe9", delimiters=TEXT_DELIMITERS) == "Δ\\é"
    assert parsed.decode(b"\x1b-F\xc4\r\n\xe9", delimiters=b"") == "Δ\r\né"


def test_g1_stays_where_value_1_has_none() -> None:
    """A missing second designation is forgiven: nothing else could give the bytes a meaning."""
    parsed = charset(rb"\ISO 2022 IR 149")
    assert parsed.decode(b"\x1b$)C\xfb\xf3^\xd1\xce\xd4\xd7") == "洪^吉洞"


def test_undeclared_escape_sequences_are_obeyed() -> None:
    """Files that switch without saying so are common; the text must be seen to be removed."""
    assert charset(b"").decode(b"\x1b$B;3ED\x1b(B") == "山田"
    assert charset(b"ISO_IR 100").decode(b"\xe9\x1b$B;3ED\x1b(B\xe9") == "é山田é"


@pytest.mark.parametrize(
    ("term", "problem"),
    [
        (b"", ""),
        (b"ISO_IR 100 ", ""),
        (b"ISO 2022 IR 6\\ISO 2022 IR 87", ""),
        (b"ISO-IR 100", "misspelled"),
        (b"ISO IR 100", "misspelled"),
        (b"iso_ir 100", "misspelled"),
        (b"ISO_IR_192", "misspelled"),
        (b"ISO-2022-IR 87", "misspelled"),
        (b"ISO_IR 87", "misspelled"),
        (b"ISO 2022 IR 192", "misspelled"),
        (b"ISO 2022 GBK", "misspelled"),
        (b"ISO 2022 58", "misspelled"),
        (b"UTF-8", "misspelled"),
        (b"SHIFT_JIS", "misspelled"),
        (b"ISO_IR 999", "unknown"),
        (b"nonsense", "unknown"),
        (b"ISO_IR 192\\ISO 2022 IR 87", "combination"),
        (b"\\ISO_IR 192", "combination"),
        (b"\xff\x00\\\\\\", "unknown"),
    ],
)
def test_problems_are_named(term: bytes, problem: str) -> None:
    """Misspellings are understood and reported, the unknown is read as the default."""
    assert charset(term).problem == problem


@pytest.mark.parametrize(
    ("term", "raw", "text"),
    [
        (b"ISO-IR 144", b"\xbb\xee\xda", "Люк"),
        (b"utf8", "山田".encode(), "山田"),
        (b"\\ISO_IR 192", "山田".encode(), "山田"),
        (b"ISO_IR 192\\ISO 2022 IR 87", "山田".encode(), "山田"),
        (b"SHIFT_JIS", "山田".encode("shift_jis"), "山田"),
        (b"ISO_IR 13", "山田".encode("shift_jis"), "山田"),
        (b"ISO_IR 149", "홍".encode("euc_kr"), "홍"),
        (b"windows-1252", b"\x80", "€"),
        (b"nonsense", b"\xe9", "é"),
    ],
)
def test_habits_of_real_files(term: bytes, raw: bytes, text: str) -> None:
    """What the file meant is what is read."""
    assert charset(term).decode(raw) == text


def test_broken_text_is_still_shown() -> None:
    """A character that does not exist is U+FFFD, and the ones after it are right."""
    parsed = charset(JAPANESE)
    assert parsed.decode(b"\x1b$B;3\x7d\x7dED\x1b(BA") == "山\ufffd田A"
    assert parsed.decode(b"\x1b$B;3E\x1b(BA") == "山EA"
    assert charset(rb"\ISO 2022 IR 149").decode(b"\x1b$)C\xfb\xf3\xff\xff\xd1\xce") == "洪\ufffd吉"
    assert charset(b"ISO_IR 192").decode(b"A\xff") == "A\ufffd"
    assert charset(b"").decode(b"A\x1b(K\x1b") == "A\x1b(K\x1b"


@pytest.mark.parametrize(
    ("term", "text"),
    [
        (b"", "é"),
        (b"ISO_IR 100", "山"),
        (b"ISO_IR 13", "山"),
        (rb"\ISO 2022 IR 87", "é"),
        (rb"\ISO 2022 IR 87", "髙"),
        (rb"\ISO 2022 IR 87", "ﾔ"),
        (rb"\ISO 2022 IR 149", "뢔"),
        (b"GBK", "𠮷"),
        (b"nonsense", "é"),
    ],
)
def test_what_does_not_fit_is_none(term: bytes, text: str) -> None:
    """Encoding never replaces a character."""
    assert charset(term).encode(text) is None


@given(raw=st.binary(max_size=60), term=st.sampled_from([*ALPHABETS, b"nonsense", b"SHIFT_JIS"]))
def test_decoding_never_fails(raw: bytes, term: bytes) -> None:
    """Any bytes under any term give text."""
    for delimiters in (PN_DELIMITERS, TEXT_DELIMITERS, b""):
        assert isinstance(charset(term).decode(raw, delimiters=delimiters), str)


@given(raw=st.binary(max_size=60))
def test_parsing_never_fails(raw: bytes) -> None:
    """Any value of (0008,0005) gives a character set."""
    assert charset(raw).decode(b"A") == "A"


@given(
    text=st.text(st.sampled_from("Az ~^=\\\r\n\té山本春ま丂ﾔ홍洪吉张小东Δ"), max_size=30),
    term=st.sampled_from([*ALPHABETS]),
    delimiters=st.sampled_from([PN_DELIMITERS, TEXT_DELIMITERS, b""]),
)
def test_what_is_written_reads_back(text: str, term: bytes, delimiters: bytes) -> None:
    """decode(encode(text)) == text, wherever the text fits."""
    raw = charset(term).encode(text, delimiters=delimiters)
    if raw is not None:
        assert charset(term).decode(raw, delimiters=delimiters) == text
