"""Values by VR: what is read, what is written, and what is admitted."""

from __future__ import annotations

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomanon.dicom import value
from dicomanon.dicom.charset import DEFAULT, charset
from dicomanon.dicom.vr import VRS
from dicomanon.errors import MalformedError, ProfileError

UTF_8 = charset(b"ISO_IR 192")
LATIN = charset(b"ISO_IR 100")


@pytest.mark.parametrize(
    ("raw", "vr", "text"),
    [
        (b"", "LO", ""),
        (b"A ", "LO", "A"),
        (b" A \\ B ", "LO", " A\\ B"),
        (b"A\0", "LO", "A"),
        (b"A\\B \r\n ", "LT", "A\\B \r\n"),
        (b"Yamada^Taro= ", "PN", "Yamada^Taro"),
        (b"A^B=\\C ", "PN", "A^B\\C"),
        (b"1.2.3\0", "UI", "1.2.3"),
        (b"1.2.3\\1.2\0", "UI", "1.2.3\\1.2"),
        (b" 1.50 \\ 2", "DS", "1.50\\2"),
        (b"+12 ", "IS", "+12"),
        (b"20260101\\20260102 ", "DA", "20260101\\20260102"),
        (b"AE1 \\AE2 ", "AE", "AE1\\AE2"),
        (b"caf\xe9", "CS", "caf\xe9"),
        (b"\x01\x00\xff\xff", "US", "1\\65535"),
        (b"\xff\xff", "SS", "-1"),
        (b"\x10\x00\x20\x00", "AT", "00100020"),
        (struct.pack("<d", 0.1), "FD", "0.1"),
        (struct.pack("<f", 0.1), "FL", "0.10000000149011612"),
        (b"\xff" * 8, "UV", "18446744073709551615"),
        (b"\xff" * 8, "SV", "-1"),
        (b"", "US", ""),
        (b"\x00\x01", "OW", None),
        (b"\x00\x01", "UN", None),
        (b"\x00\x01", "??", None),
        (b"", "SQ", None),
    ],
)
def test_decode(raw: bytes, vr: str, text: str | None) -> None:
    """Text without padding, numbers as Python prints them, bulk values as None."""
    assert value.decode(raw, vr, little=True, charset=DEFAULT) == text


def test_big_endian() -> None:
    """Every number is swapped by itself; a tag is two of them."""
    assert value.numbers(b"\x00\x01\x00\x02", "US", little=False) == (1, 2)
    assert value.decode(b"\x00\x10\x00\x20", "AT", little=False, charset=DEFAULT) == "00100020"
    assert value.encode("1\\2", "UL", little=False, charset=DEFAULT) == b"\0\0\0\x01\0\0\0\x02"
    assert value.encode("00100020", "AT", little=False, charset=DEFAULT) == b"\0\x10\0\x20"


@pytest.mark.parametrize(
    ("raw", "vr", "expected"),
    [
        (b"1.5\\-2e1 ", "DS", (1.5, -20.0)),
        (b" 7\\\\8", "IS", (7, 8)),
        (b"1.0 ", "IS", (1.0,)),
        (b"", "DS", ()),
        (b"\x01\x02", "OB", (1, 2)),
        (b"\x01\x02", "OW", (513,)),
        (b"\x10\x00\x20\x00", "AT", (0x00100020,)),
    ],
)
def test_numbers(raw: bytes, vr: str, expected: tuple[float, ...]) -> None:
    """Numbers of binary VRs, of DS and IS, and of bulk words."""
    assert value.numbers(raw, vr, little=True) == expected


@pytest.mark.parametrize(
    ("raw", "vr"),
    [
        (b"\x01\x02\x03", "US"),
        (b"\x01\x02", "UL"),
        (b"\x01\x02", "AT"),
        (b"\0" * 12, "FD"),
        (b"\x01", "OW"),
        (b"one ", "IS"),
        (b"1_0 ", "IS"),
        (b"nan ", "DS"),
        (b"1e999 ", "DS"),
        (b"A ", "LO"),
        (b"A ", "??"),
    ],
)
def test_what_is_no_number(raw: bytes, vr: str) -> None:
    """A value that is not numbers of its VR is malformed, and the error does not quote it."""
    with pytest.raises(MalformedError) as caught:
        value.numbers(raw, vr, little=True)
    assert caught.value.code == "value"
    assert caught.value.__cause__ is None


def test_binary_of_wrong_length_is_malformed() -> None:
    """A US of three bytes is not text either."""
    with pytest.raises(MalformedError):
        value.decode(b"\x01\x02\x03", "US", little=True, charset=DEFAULT)


@pytest.mark.parametrize(
    ("text", "vr", "raw"),
    [
        ("", "LO", b""),
        ("", "OB", b""),
        ("A", "LO", b"A "),
        ("1.2.3", "UI", b"1.2.3\0"),
        ("20260101", "DA", b"20260101"),
        ("1\\-2", "SS", b"\x01\x00\xfe\xff"),
        ("0.5", "FD", struct.pack("<d", 0.5)),
        ("é", "LO", b"\xe9 "),
        ("a\\b", "LT", b"a\\b "),
    ],
)
def test_encode(text: str, vr: str, raw: bytes) -> None:
    """Values are padded to even length as their VR wants."""
    assert value.encode(text, vr, little=True, charset=LATIN) == raw


@pytest.mark.parametrize(
    ("text", "vr", "code"),
    [
        ("A", "US", "action_value"),
        ("70000", "US", "action_value"),
        ("lower", "CS", "action_value"),
        ("A", "OB", "action_value"),
        ("A", "SQ", "action_value"),
        ("A", "??", "action_value"),
        ("山田", "PN", "charset_value"),
    ],
)
def test_what_cannot_be_encoded(text: str, vr: str, code: str) -> None:
    """The person's value is refused before anything is written."""
    with pytest.raises(ProfileError) as caught:
        value.encode(text, vr, little=True, charset=LATIN)
    assert caught.value.code == code


VALID = {
    "AE": ["STORE_SCP", "a b", "A\\B", "x" * 16],
    "AS": ["018M", "000D", "120Y"],
    "AT": ["00100020", "7fe00010\\FFFEE000"],
    "CS": ["MONOCHROME2", "A_B 1", "A\\B", "\\A"],
    "DA": ["20260228", "20240229", "00010101"],
    "DS": ["1", "-1.5", "+.5", "1e-05", " 1 ", "1.", "1\\2"],
    "DT": ["2026", "202602", "20260228", "2026022823", "20260228235960.123456+0900", "2026-1200"],
    "FD": ["0.1", "-1e300", "nan", "-inf", "5"],
    "FL": ["0.5", "inf"],
    "IS": ["0", "-2147483648", "2147483647", " +12 "],
    "LO": ["x" * 64, "山^=", "a\\b"],
    "LT": ["a\\b\r\n\t\f", "x" * 10240],
    "PN": ["A^B^C^D^E", "A=山=や", "x" * 64 + "=" + "y" * 64, "=山", "A\\B"],
    "SH": ["x" * 16],
    "SL": ["-2147483648"],
    "SS": ["-32768", "32767"],
    "ST": ["a\nb"],
    "SV": ["-9223372036854775808"],
    "TM": ["07", "0709", "070907", "235960", "070907.0705"],
    "UC": ["x" * 1000],
    "UI": ["1.2.840.0", "2.25.0", "1\\2", "1." + "2" * 62],
    "UL": ["4294967295"],
    "UR": ["http://example.org/a?b=c%20d"],
    "US": ["0", "65535", "1\\2"],
    "UT": ["x" * 100000],
    "UV": ["18446744073709551615"],
}
INVALID = {
    "AE": ["x" * 17, "   ", "é", "A\n"],
    "AS": ["18M", "018X", "1018M"],
    "AT": ["0010", "0010002G", "00100020 "],
    "CS": ["lower", "x" * 17, "A-B"],
    "DA": [
        "20260229",
        "2026-02-28",
        "20261301",
        "2026",
        "\uff12\uff10\uff12\uff16\uff10\uff11\uff10\uff11",
        "00000101",
    ],
    "DS": ["1,5", "1" * 17, "e5", ".", "nan", "--1"],
    "DT": ["20260229", "202613", "2026022824", "20260228+1500", "20260228235960.1234567"],
    "FD": ["", "1e999x", "a", "1_0"],
    "FL": ["1e300", "1\\"],
    "IS": ["1.0", "2147483648", "-2147483649", "1" * 13],
    "LO": ["x" * 65, "a\nb", "a\x1bb"],
    "LT": ["x" * 10241, "\0", "\x1b"],
    "PN": ["A^B^C^D^E^F", "A=B=C=D", "x" * 65, "A\n"],
    "SH": ["x" * 17],
    "SL": ["2147483648"],
    "SS": ["32768", "1.5"],
    "ST": ["x" * 1025],
    "SV": ["9223372036854775808"],
    "TM": ["7", "24", "0760", "070961", "070907.", "07:09"],
    "UC": ["a\tb"],
    "UI": ["1..2", ".1", "1.", "1.02", "1.2." + "3" * 61, "a"],
    "UL": ["-1", "4294967296"],
    "UR": ["a b", " a", "a\\b"],
    "US": ["-1", "65536", "0x1", "1\\", "\uff19"],
    "UT": ["\x07"],
    "UV": ["18446744073709551616"],
    "OB": ["00"],
    "OD": ["1"],
    "OF": ["1"],
    "OL": ["1"],
    "OV": ["1"],
    "OW": ["1"],
    "SQ": ["1"],
    "UN": ["A"],
}


@pytest.mark.parametrize("vr", sorted(VRS))
def test_valid(vr: str) -> None:
    """Characters, form, length and range of PS3.5 Table 6.2-1, for every VR."""
    assert [text for text in VALID.get(vr, []) if not value.valid(text, vr)] == []
    assert [text for text in INVALID[vr] if text and value.valid(text, vr)] == []
    assert value.valid("", vr)


def test_split_values() -> None:
    """A backslash separates values, except in VRs that hold one text."""
    assert value.split_values("A\\B", "LO") == ["A", "B"]
    assert value.split_values("A\\B", "UT") == ["A\\B"]
    assert value.split_values("", "LO") == []
    assert value.split_values("A\\B", "??") == ["A\\B"]


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=60)


@given(text=TEXTS, vr=st.sampled_from(["LO", "LT", "SH", "ST", "UC", "UT", "PN"]))
def test_text_round_trip(text: str, vr: str) -> None:
    """What is admitted comes back, but for the padding that the standard lets go."""
    if value.valid(text, vr):
        raw = value.encode(text, vr, little=True, charset=UTF_8)
        assert len(raw) % 2 == 0
        assert value.decode(raw, vr, little=True, charset=UTF_8) == value._strip(text, vr)  # noqa: SLF001


@given(
    data=st.data(),
    vr=st.sampled_from(["SS", "US", "SL", "UL", "SV", "UV", "AT", "FL", "FD"]),
    little=st.booleans(),
)
def test_numbers_round_trip(data: st.DataObject, vr: str, *, little: bool) -> None:
    """Whatever bytes a binary number has, its text gives them back."""
    size = 4 if vr == "AT" else VRS[vr].unit_bytes
    raw = data.draw(st.binary(max_size=8 * size).map(lambda b: b[: len(b) // size * size]))
    if any(math.isnan(number) for number in value.numbers(raw, vr, little)):
        return  # a NaN's payload has no text
    text = value.decode(raw, vr, little, DEFAULT)
    assert text is not None
    assert value.encode(text, vr, little, DEFAULT) == raw


@given(raw=st.binary(max_size=60), vr=st.sampled_from(sorted(VRS)), little=st.booleans())
def test_decoding_gives_text_or_malformed(raw: bytes, vr: str, *, little: bool) -> None:
    """Garbage raises nothing but MalformedError, and only in binary VRs."""
    for read in (
        lambda: value.decode(raw, vr, little, LATIN),
        lambda: value.numbers(raw, vr, little),
    ):
        try:
            read()
        except MalformedError as error:
            assert error.code == "value"  # noqa: PT017 - either outcome is right


@given(text=st.text(max_size=40), vr=st.sampled_from(sorted(VRS)))
def test_encoding_writes_only_what_is_valid(text: str, vr: str) -> None:
    """A text is either valid and written, or a ProfileError."""
    try:
        raw = value.encode(text, vr, little=True, charset=UTF_8)
    except ProfileError:
        assert not value.valid(text, vr) or not text.isascii()
    else:
        assert value.valid(text, vr)
        assert len(raw) % 2 == 0
