"""The words of the reports' pages, in each language.

Invariants: both languages have the same words (a test holds them to the engine's codes);
a code without a word is shown as it is.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any

LANGUAGES = ("en", "ja")


class Words:
    """The words of one language."""

    def __init__(self, language: str, tables: dict[str, dict[str, str]]) -> None:
        self.language = language
        self._tables = tables

    def __call__(self, key: str, **numbers: object) -> str:
        """A fixed text; numbers: what its braces hold."""
        return self._tables["text"][key].format(**numbers)

    def of(self, table: str, code: str) -> str:
        """The word for a code of the engine."""
        return self._tables[table].get(code, code)


@cache
def words(language: str) -> Words:
    """The words of a language of `LANGUAGES`."""
    return Words(language, tables()[language])


@cache
def tables() -> dict[str, Any]:
    """Every word by language, table and code."""
    text = resources.files(__package__).joinpath("words.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found
