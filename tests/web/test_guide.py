"""The user guide: the same pages in both languages, whole links, no scripts."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from webbuild.guide import LANGUAGES, MODULES, PAGES, REFERENCE, write_guide

if TYPE_CHECKING:
    from pathlib import Path

NAMES = (*PAGES, REFERENCE)
OUT_OF_GUIDE = "../../index.html"


class Page(HTMLParser):
    """What a page holds; references: href and src; tags: by number."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.references: list[str] = []
        self.tags: dict[str, int] = {}
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] = self.tags.get(tag, 0) + 1
        self.references += [value for name, value in attrs if name in ("href", "src") and value]


@pytest.fixture(scope="module")
def guide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built guide."""
    dist = tmp_path_factory.mktemp("dist")
    write_guide(dist)
    return dist / "guide"


@pytest.mark.parametrize("name", NAMES)
def test_both_languages_have_the_same_structure(guide: Path, name: str) -> None:
    """Neither language is missing a section, a row or a picture of the other."""
    english, japanese = (Page(guide / language.code / f"{name}.html") for language in LANGUAGES)
    assert english.tags == japanese.tags


@pytest.mark.parametrize("language", [language.code for language in LANGUAGES])
@pytest.mark.parametrize("name", NAMES)
def test_links_lead_somewhere(guide: Path, language: str, name: str) -> None:
    """Every link and picture is a file of the guide, or the page itself."""
    path = guide / language / f"{name}.html"
    found = Page(path).references
    missing = [r for r in found if r != OUT_OF_GUIDE and not (path.parent / r).is_file()]
    assert missing == []
    assert OUT_OF_GUIDE in found


@pytest.mark.parametrize("name", NAMES)
def test_pages_hold_no_script(guide: Path, name: str) -> None:
    """A page of the guide is text, and its policy says so."""
    text = (guide / "en" / f"{name}.html").read_text(encoding="utf-8")
    assert not re.search(r"<script|\son\w+=|javascript:", text)
    assert "default-src 'none'; style-src 'self'; img-src 'self'" in text


def test_the_reference_tells_every_module(guide: Path) -> None:
    """Each listed module is there with its docstring and at least one definition or error."""
    text = (guide / "en" / f"{REFERENCE}.html").read_text(encoding="utf-8")
    headings = re.findall(r"<h2[^>]*><code>(.*?)</code></h2>", text)
    assert len(headings) == len(MODULES)
    assert "Raises:" in text
    assert "Standard: PS3.15" in text


def test_two_builds_are_equal(guide: Path, tmp_path: Path) -> None:
    """The same sources give the same bytes."""
    write_guide(tmp_path)
    paths = sorted(p.relative_to(guide) for p in guide.rglob("*") if p.is_file())
    assert [(guide / p).read_bytes() for p in paths] == [
        (tmp_path / "guide" / p).read_bytes() for p in paths
    ]
