"""Text comparison: the vectors of the MIDI validation, and how text is cut into words."""

from __future__ import annotations

import pytest

from dicomanon.verify.score.text import removed, retained, tokens, words_of

BLANK = None


@pytest.mark.parametrize(
    ("value", "answer", "expected"),
    [
        ("<chest  ap portable>", "<CHEST AP>", 1.0),
        ("<12>", "<12.0>", 1.0),
        ("<-12>", "<-12.0>", 0.0),
        ("<1e3>", "<1000>", 0.0),
        ("<0.5>", "<.50>", 1.0),
        ("<xyz>", "<>", 1.0),
        ("<['ORIGINAL', 'PRIMARY', 'AXIAL']>", "<['ORIGINAL', 'PRIMARY']>", 1.0),
        ("<CT chest>", "<CT of the abdomen>", 0.5),
        ("<x>", "<the>", BLANK),
        ("<胸部CT 造影>", "<胸部ct>", 1.0),
    ],
)
def test_retained(value: str, answer: str, expected: float | None) -> None:
    """Equal numbers, the whole answer, or all of its words."""
    assert retained(value, answer) == expected


@pytest.mark.parametrize(
    ("value", "answer", "expected"),
    [
        ("<12>", "<12.0>", 0.0),
        ("<>", "<SMITH^JOHN>", 1.0),
        ("<John Doe>", "<SMITH JOHN>", 0.5),
        ("<XR CHEST AP PORTABLE>", "<for Douglas Davidson>", 1.0),
        ("<portable for d>", "<for the>", BLANK),
        ("<x>", "<a>", BLANK),
        ("<xyz>", "<>", 0.0),
        ("<Jonathan>", "<Jon>", 0.0),
        ("<20180805>", "<2018>", 1.0),
        (
            "<The patient address is 1261 AR 72223>",
            "<1261 Leawood Street, Little Rock AR 72223>",
            4 / 7,
        ),
        ("<山田様 胸部>", "<山田>", 0.0),
        ("<胸部>", "<山田>", 1.0),
    ],
)
def test_removed(value: str, answer: str, expected: float | None) -> None:
    """Different numbers, or not one word of the answer."""
    assert removed(value, answer) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("smith^john", "smith^john"),
        ("ct chest w/contrast for dr. o'brien", "ct chest w/contrast for dr. o'brien"),
        ("don't", "do n't"),
        ('"quoted"', "`` quoted ''"),
        ("['original', 'primary']", "[ ' original ' , ' primary ' ]"),
        ("a.b. jones's ct, 10:30", "a.b. jones 's ct , 10:30"),
        ("tel:03-1234-5678; x@y.z (home)", "tel:03-1234-5678 ; x @ y.z ( home )"),
        ("e.g. 5%", "e.g. 5 %"),
        ("seen by smith. no change.", "seen by smith . no change ."),
        ("j. smith.", "j. smith ."),
        ("--x end...", "-- x end ..."),
        ("50,000 a,b :c 1:2", "50,000 a , b : c 1:2"),
        ("山田太郎、胸部ct。", "山田太郎、胸部ct。"),
        ("", ""),
    ],
)
def test_tokens(text: str, expected: str) -> None:
    """Words are cut as the Penn Treebank cuts them."""
    assert " ".join(tokens(text)) == expected


def test_words() -> None:
    """Stop words and marks do not count; a closing quote does."""
    assert words_of('the "smith" (at home)') == ("smith", "''", "home")
