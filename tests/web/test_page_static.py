"""The page's sources, without a browser: policy, words, and what must never stand in them.

Strategy: messages and geometry are plain modules, so Node runs them as they are; what the engine
may say is read from its own tables and from its source.

Invariants: whatever the engine can say has a sentence in both languages.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from dicomanon import data, errors
from dicomanon.policy.action import Action
from dicomanon.policy.clean import KINDS
from dicomanon.report.words import tables
from dicomanon.review import risk
from webbuild.serve import META_CSP

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "web"
ENGINE = ROOT / "src" / "dicomanon"
LANGUAGES = ("ja", "en")
PAGE_ERRORS = {
    *("crash", "cancelled", "start", "clipboard"),
    *("no_images", "mask_size", "disk_full", "unwritable"),  # many files
    "insecure",  # no Web Crypto
}
# The service worker keeps the page's own files; nothing of a person's reaches it.
WORKERS = {"worker.js", "walls.js", "sw.js"}
STORES = ("localStorage", "sessionStorage", "indexedDB", "document.cookie", "caches.")
HTML_SINKS = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "DOMParser")
WAYS_OUT = ("window.open", "sendBeacon", "RTCPeerConnection", "WebSocket", "location.href")


def node(script: str) -> Any:  # noqa: ANN401 - JSON
    """What a module script prints as JSON."""
    command = ["node", "--input-type=module", "-e", script]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    return json.loads(done.stdout)


def imported(path: Path) -> str:
    """An import expression for a module that imports nothing itself."""
    source = json.dumps(path.read_text())
    return f"await import('data:text/javascript,' + encodeURIComponent({source}))"


@cache
def messages(language: str) -> dict[str, dict[str, Any]]:
    """All messages of a language; functions as null."""
    module = imported(WEB / "messages" / f"{language}.js")
    plain = "(key, value) => typeof value === 'function' ? null : value"
    found: dict[str, dict[str, Any]] = node(
        f"const m = {module}; console.log(JSON.stringify(m.default, {plain}))"
    )
    return found


def first_arguments(names: set[str], position: int, folder: Path) -> set[str]:
    """String constants given at that position to calls of those names."""
    found = set()
    for path in folder.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name)):
                continue
            if call.func.id in names and len(call.args) > position:
                argument = call.args[position]
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    found.add(argument.value)
    return found


class Page(HTMLParser):
    """What index.html holds."""

    def __init__(self) -> None:
        super().__init__()
        self.attributes: list[tuple[str, str, str]] = []
        self.feed((WEB / "index.html").read_text())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def all(self, *names: str) -> list[str]:
        return [value for _, name, value in self.attributes if name in names]


def sources() -> list[Path]:
    """The page's scripts; the worker runs none of its own words and is tested apart."""
    return [path for path in WEB.rglob("*.js") if path.name not in WORKERS]


def test_the_policy_in_the_page_is_the_one_the_server_sends() -> None:
    """A host that sends no header still gets the whole policy."""
    assert META_CSP in Page().all("content")


def test_nothing_is_inline_and_nothing_is_foreign() -> None:
    """No handler, style or script in the markup, and no address but our own files."""
    page = Page()
    names = {name for _, name, _ in page.attributes}
    assert {name for name in names if name.startswith("on") or name == "style"} == set()
    elsewhere = ("data:", "#", "guide/")  # the guide is made from docs/
    addresses = [a for a in page.all("src", "href") if not a.startswith(elsewhere)]
    assert [address for address in addresses if not (WEB / address).is_file()] == []


@pytest.mark.parametrize("forbidden", [*STORES, *HTML_SINKS, *WAYS_OUT])
def test_sources_never_say(forbidden: str) -> None:
    """No store, no HTML from strings, no way out, in any script of the page."""
    assert [path.name for path in sources() if forbidden in path.read_text()] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_fixed_texts_exist(language: str) -> None:
    """Every text the markup names is written."""
    named = set(Page().all("data-text", "data-label", "data-hint", "data-tip"))
    assert named - set(messages(language)["text"]) == set()


def test_both_languages_say_the_same_things() -> None:
    """Warnings and errors are open tables to the type check, so their keys are compared here."""
    for table in ("warning", "error"):
        assert set(messages("ja")[table]) == set(messages("en")[table])


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_error_has_a_sentence_and_a_way_on(language: str) -> None:
    """Each code of the engine and of the page says what happened and what to do next."""
    table = messages(language)["error"]
    assert set(table) == set(errors.SENTENCES) | PAGE_ERRORS
    assert [code for code, text in table.items() if not (text["what"] and text["next"])] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_warning_and_rule_of_the_engine_is_named(language: str) -> None:
    """Each `Warning` and each `Ruling` the engine makes has words."""
    warned = first_arguments({"Warning"}, 0, ENGINE)
    ruled = first_arguments({"Ruling"}, 1, ENGINE)
    assert warned
    assert ruled
    assert warned - set(messages(language)["warning"]) == set()
    assert ruled - set(messages(language)["rule"]) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_tables_match_the_engine(language: str) -> None:
    """Actions, categories and presets are the engine's, no more and no fewer."""
    found = messages(language)
    assert set(found["action"]) == {str(action) for action in Action}
    assert set(found["category"]) == {*data.CATEGORIES, "private", "structure", "other"}
    presets = json.loads((ENGINE / "data" / "presets.json").read_text())
    assert set(found["preset"]) == set(presets)


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_of_what_is_found_match_the_engine(language: str) -> None:
    """Findings, cuts and signs have words, and the reports have the same for findings."""
    found, reported = messages(language), tables()[language]
    assert set(found["cut_kind"]) == set(KINDS)
    assert set(found["sign"]) == {*(name for name, _, _ in risk.SIGNS), "private", "rare"}
    assert found["where"] == reported["where"]
    assert found["finding"].items() <= reported["kind"].items()


def test_japanese_is_japanese() -> None:
    """No fixed Japanese text was left in English, terms and single letters aside."""
    left = {
        key: text
        for key, text in messages("ja")["text"].items()
        if not re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", text)
    }
    terms = {"list_comma": "、", "column_vr": "VR", "window_center": "WL", "window_width": "WW"}
    assert left == terms | {"mask_x": "X", "mask_y": "Y"}


REGIONS = [
    [],
    [[2, 1, 3, 4]],
    [[0, 0, 10, 8]],
    [[1, 1, 2, 2], [6, 4, 3, 3]],
    [[1, 1, 5, 4], [3, 2, 6, 5]],
    [[0, 0, 10, 3], [0, 5, 10, 3]],
]


@pytest.mark.parametrize("regions", REGIONS)
def test_outside_covers_what_no_region_covers(regions: list[list[int]]) -> None:
    """Every pixel lies in a region or in exactly one of the rectangles outside."""
    width, height = 10, 8
    given = [dict(zip(("x", "y", "width", "height"), r, strict=True)) for r in regions]
    module = imported(WEB / "views" / "geometry.js")
    call = f"g.outside({json.dumps(given)}, {{width: {width}, height: {height}}})"
    rectangles = node(f"const g = {module}; console.log(JSON.stringify({call}))")

    def inside(r: dict[str, int], x: int, y: int) -> bool:
        return r["x"] <= x < r["x"] + r["width"] and r["y"] <= y < r["y"] + r["height"]

    for y in range(height):
        for x in range(width):
            covered = any(inside(r, x, y) for r in given)
            assert sum(inside(r, x, y) for r in rectangles) == (not covered)


@pytest.mark.parametrize(
    ("handle", "dx", "dy", "expected"),
    [
        ("se", 3, 2, [4, 4, 7, 5]),
        ("nw", -9, -9, [0, 0, 8, 7]),
        ("e", -9, 0, [0, 4, 4, 3]),
        ("s", 0, 99, [4, 4, 4, 16]),
        ("n", 0, 3, [4, 7, 4, 1]),
    ],
)
def test_resize_stays_inside_and_is_never_empty(
    handle: str, dx: int, dy: int, expected: list[int]
) -> None:
    """A handle may cross to the other side and is cut at the image's edge."""
    module = imported(WEB / "views" / "geometry.js")
    box = "{x: 4, y: 4, width: 4, height: 3}"
    call = f"g.resize({box}, '{handle}', {dx}, {dy}, {{width: 20, height: 20}})"
    values = f"(({{x, y, width, height}}) => [x, y, width, height])({call})"
    found = node(f"const g = {module}; console.log(JSON.stringify({values}))")
    assert found == expected
