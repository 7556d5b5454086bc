"""The words of the reports: every code of the engine, in both languages."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import get_args

import pytest

import dicomanon
from dicomanon import data
from dicomanon.errors import SENTENCES
from dicomanon.policy.action import Action
from dicomanon.policy.builtin import PRESETS
from dicomanon.policy.option import OPTIONS
from dicomanon.report.words import LANGUAGES, tables, words
from dicomanon.verify.facts import facts
from dicomanon.verify.finding import BURNED_IN, Where
from dicomanon.verify.structure import PROBLEMS

ENGINE = Path(dicomanon.__file__).parent
KINDS = ("name", "identifier", "date", "phone", "address", "institution", "device", "order", "uid")


def rules() -> set[str]:
    """What the engine's source names as the rule of a `Ruling`."""
    return {
        node.args[1].value
        for path in ENGINE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "Ruling"
        and len(node.args) > 1
        and isinstance(node.args[1], ast.Constant)
        and isinstance(node.args[1].value, str)
    }


def test_both_languages_have_the_same_words() -> None:
    """Nothing is said in one language only, and no word is empty."""
    english, japanese = (tables()[language] for language in LANGUAGES)
    assert {table: set(found) for table, found in english.items()} == {
        table: set(found) for table, found in japanese.items()
    }
    assert not [word for table in japanese.values() for word in table.values() if not word]


@pytest.mark.parametrize(
    ("table", "codes"),
    [
        ("error", set(SENTENCES)),
        ("action", {str(action) for action in Action}),
        ("rule", {*rules(), *OPTIONS}),
        ("option", set(OPTIONS)),
        ("preset", set(PRESETS)),
        ("category", set(data.CATEGORIES)),
        ("kind", {*PROBLEMS, *KINDS, BURNED_IN}),
        ("where", set(get_args(Where))),
    ],
)
def test_every_code_has_a_word(table: str, codes: set[str]) -> None:
    """The engine's codes, no fewer."""
    assert codes - set(tables()["en"][table]) == set()


def test_the_kinds_are_those_of_the_check() -> None:
    """What `facts` knows and what is tested here are the same."""
    tags = (0x00100010, 0x00100020, 0x00100030, 0x00102154, 0x00101040, 0x00080080, 0x00181000)
    assert {facts(tag, "").kind for tag in (*tags, 0x00080050, 0x00080018)} == set(KINDS)


@pytest.mark.parametrize("path", ["page.py"])
def test_every_text_that_is_said_exists(path: str) -> None:
    """`say("...")` names a text."""
    source = (ENGINE / "report" / path).read_text(encoding="utf-8")
    said = set(re.findall(r'say\("(\w+)"', source))
    assert said
    assert said - set(tables()["en"]["text"]) == set()


def test_japanese_is_japanese() -> None:
    """No text was left in English, terms aside."""
    terms = {"ID", "UID", "ANONYMIZED", "DICOM"}
    left = [
        word
        for table in tables()["ja"].values()
        for word in table.values()
        if word not in terms and not re.search(r"[ぁ-んァ-ヶ一-龠]", word)
    ]
    assert left == []


def test_an_unknown_code_stands_for_itself() -> None:
    """A report of a later version is still readable."""
    assert words("ja").of("rule", "of_tomorrow") == "of_tomorrow"
