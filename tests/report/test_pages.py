"""The report's tables and pages: safe to open, whole in both languages, and nothing made up."""

from __future__ import annotations

import csv
import io
import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest

from dicomanon.report import page, sheet
from dicomanon.report.run import read
from dicomanon.report.words import LANGUAGES, words
from tests.report.runs import report, some
from tests.verify.outputs import SECRETS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dicomanon.report.run import Report
    from dicomanon.report.words import Words

PAGES = (page.report_page, page.summary_page)
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>&'
FINDING = {
    "path": "00081030",
    "kind": "name",
    "category": "patient",
    "strength": "strong",
    "where": "value",
    "offset": 12,
}
VOID = {"meta", "link", "br", "img", "input", "hr"}


class Outline(HTMLParser):
    """The tags of a page, in order, and whether they close as they open."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] != "style":
            self.words.append(data)

    def close(self) -> None:
        super().close()
        assert self._open == []


def outline(text: str) -> Outline:
    found = Outline()
    found.feed(text)
    found.close()
    return found


def made(entries: list[dict[str, Any]]) -> Report:
    return read(io.StringIO(report(entries)))


def accepted(number: int, reason: str) -> dict[str, Any]:
    """An entry whose finding a person accepted."""
    return {
        **some()[0],
        "number": number,
        "check": "accepted",
        "findings": [FINDING],
        "accepted": reason,
    }


BOTH = [(make, language) for make in PAGES for language in LANGUAGES]


@pytest.mark.parametrize(("make", "language"), BOTH)
def test_a_page_stands_alone(make: Callable[[Report, Words], Iterator[str]], language: str) -> None:
    """No script, no address, nothing to load; a policy that says so, with the style's hash."""
    text = "".join(make(made(some()), words(language)))
    found = outline(text)
    assert {tag for tag, _ in found.tags} & {"script", "link", "img", "iframe", "form"} == set()
    assert not [a for _, attributes in found.tags for a in attributes if a in ("src", "href")]
    assert "url(" not in text
    (policy,) = [
        attributes["content"] or ""
        for tag, attributes in found.tags
        if attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    style = text.partition("<style>")[2].partition("</style>")[0]
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert policy.startswith("default-src 'none'; ")
    assert f"style-src 'sha256-{digest}'" in policy
    assert ("html", {"lang": language}) in found.tags
    assert [tag for tag, _ in found.tags].count("h1") == 1
    assert not [secret for secret in SECRETS if secret in text]


@pytest.mark.parametrize(("make", "language"), BOTH)
def test_tables_have_captions_and_heads(
    make: Callable[[Report, Words], Iterator[str]], language: str
) -> None:
    """Who hears a table hears what it is of, and each head says what it heads."""
    found = outline("".join(make(made([*some(), accepted(4, "why")]), words(language))))
    heads = [attributes for tag, attributes in found.tags if tag == "th"]
    assert all(attributes["scope"] in ("col", "row") for attributes in heads)
    tables = [attributes.get("class") for tag, attributes in found.tags if tag == "table"]
    captions = [tag for tag, _ in found.tags].count("caption")
    assert captions == sum(kind != "facts" for kind in tables)


@pytest.mark.parametrize("make", PAGES)
def test_text_is_escaped(make: Callable[[Report, Words], Iterator[str]]) -> None:
    """A reason and a preset's name are text, whatever they hold."""
    found = made([accepted(1, HOSTILE)])
    found.head["profile"]["name"] = HOSTILE
    tags = {tag for tag, _ in outline("".join(make(found, words("en")))).tags}
    assert tags & {"script", "img"} == set()


def test_what_the_report_page_says() -> None:
    """Counts, reasons and findings in words, not in codes."""
    entries = [*some(), accepted(4, "the street's name")]
    said = outline("".join(page.report_page(made(entries), words("en")))).words
    assert {"The file is empty (0 bytes).", "Patient", "00081030", "the street's name"} <= {*said}
    assert "research" not in said
    japanese = outline("".join(page.report_page(made(entries), words("ja")))).words
    assert "研究用（全項目）" in japanese
    assert "承認した検出結果" in japanese


def test_the_summary_is_for_signing() -> None:
    """Purpose, recipient and approval to fill in; three roles sign, none of them twice."""
    said = outline("".join(page.summary_page(made(some()), words("ja")))).words
    for word in ("提供の目的", "提供先", "承認番号", "匿名化実施者", "確認者（別の担当者）"):
        assert word in said


def test_long_runs_end_in_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page lists so many files and says where the others are."""
    monkeypatch.setattr(page, "MAX_ROWS", 2)
    said = outline("".join(page.report_page(made(some()), words("en")))).words
    assert "2 of 3 are listed here; the CSV file has all of them." in said


def test_csv() -> None:
    """A line an input under one header; a refused one has its code and nothing else."""
    stream = io.StringIO(newline="")
    sheet.write(made([*some(), accepted(4, "a\nb")]).entries(), stream)
    lines = list(csv.DictReader(io.StringIO(stream.getvalue(), newline="")))
    assert [line["state"] for line in lines] == ["written", "refused", "refused", "written"]
    assert (lines[1]["code"], lines[1]["output"]) == ("not_dicom", "")
    assert lines[0]["patient"].startswith("ANON")
    assert int(lines[0]["action_remove"]) > 0
    assert (lines[3]["findings_strong"], lines[3]["accepted"]) == ("1", "a\nb")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_no_cell_begins_a_formula(start: str) -> None:
    """A reason is a person's text, and a spreadsheet must take it for that."""
    written = list(sheet.rows([accepted(1, f"{start}cmd|' /C calc'!A0")]))
    assert not [cell for row in written for cell in row if re.match(r"[=+\-@\t\r\n＝＋－＠]", cell)]
