"""The page for everyone: axe in every state, keyboard only, narrow, in both languages.

Invariants: axe finds nothing, in light and dark; nothing scrolls sideways at 320 px.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.web import instances

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.web.desk import Desk

    Language = Literal["ja", "en"]

AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def check(desk: Desk) -> None:
    """Axe finds nothing in what is shown now."""
    found = Axe().run(desk.page, options=AXE).response["violations"]
    assert [(v["id"], [node["html"] for node in v["nodes"]]) for v in found] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_any_state(
    desk: Desk, language: Language, scheme: str, screenshot: Callable[[str], Path]
) -> None:
    """Start, help, table, detail, masks, saved and error."""
    desk.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    assert desk.page.locator("html").get_attribute("lang") == language
    check(desk)
    screenshot(f"1-start-{language}-{scheme}")
    desk("help-open").click()
    check(desk)
    desk("help-close").click()
    desk.open(instances.ultrasound())
    desk("category-contact").click()
    desk("bulk-empty").click()
    desk.settled()
    check(desk)
    desk("category-contact").click()
    screenshot(f"2-review-{language}-{scheme}")
    desk.row("00100010").locator(".c-name").click()
    check(desk)
    desk("detail-close").click()
    desk.pixels()
    desk("mask-outside").click()
    desk("add-mask").click()
    desk.settled()
    check(desk)
    screenshot(f"3-pixels-{language}-{scheme}")
    desk("save").click()
    expect(desk("saved")).to_be_visible()
    check(desk)
    screenshot(f"4-saved-{language}-{scheme}")
    desk.give(b"")
    expect(desk("error")).to_be_visible()
    check(desk)
    screenshot(f"5-error-{language}-{scheme}")


def test_keyboard_only_from_file_to_save(
    desk: Desk, download: Callable[[Callable[[], None]], Path]
) -> None:
    """Open, preset, mask and save with keys alone; every stop of Tab is visible."""
    page, press = desk.page, desk.page.keyboard.press

    def tab_to(test_id: str, key: str = "Tab") -> None:
        for _ in range(60):
            press(key)
            focused = page.evaluate("document.activeElement.dataset.testid ?? ''")
            if focused == test_id:
                return
        pytest.fail(f"Tab does not reach {test_id}")

    tab_to("choose-file")
    with page.expect_file_chooser() as chooser:
        # One round trip, so that the browser knows it is being watched.
        expect(desk("choose-file")).to_be_focused()
        press("Enter")
    file = {"name": "k.dcm", "mimeType": "", "buffer": instances.ultrasound()}
    chooser.value.set_files(file)  # type: ignore[arg-type]
    expect(desk("file-name")).to_have_text("k.dcm")
    tab_to("preset-in-hospital")
    press("Enter")
    # Back, not round: beyond the last stop lies the browser's own bar.
    tab_to("step-3", "Shift+Tab")
    press("Enter")
    tab_to("add-mask")
    press("Enter")
    expect(desk("mask-box-1")).to_be_focused()
    press("ArrowLeft")
    desk.settled()
    tab_to("save")
    saved = download(lambda: press("Enter"))
    assert saved.stat().st_size > 0


@pytest.mark.parametrize(("width", "height"), [(320, 256), (320, 640), (768, 1024)])
def test_reflow(desk: Desk, language: Language, width: int, height: int) -> None:
    """At 400 % zoom of a 1280 px window nothing scrolls sideways, in any step."""
    desk.page.set_viewport_size({"width": width, "height": height})
    assert desk.page.locator("html").get_attribute("lang") == language

    def overflow() -> int:
        script = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        return int(desk.page.evaluate(script))

    assert overflow() == 0
    desk.open(instances.ultrasound())
    for step in (1, 2, 3, 4):
        desk(f"step-{step}").click()
        assert overflow() == 0
        expect(desk.page.locator(f"#panel-{step}")).to_be_visible()


def test_one_screen_needs_no_page_scrolling(desk: Desk) -> None:
    """At 1280x800 everything of the work is in the window."""
    desk.open(instances.ultrasound())
    tall = "document.documentElement.scrollHeight - innerHeight"
    assert desk.page.evaluate(tall) <= 0
    desk.pixels()
    assert desk.page.evaluate(tall) <= 0
    for test_id in ("warnings", "stage", "save", "totals"):
        expect(desk(test_id)).to_be_in_viewport()


def test_nothing_is_stored(desk: Desk) -> None:
    """After a whole run the browser holds no cookie and no entry in any store."""
    desk.open(instances.ct())
    script = """async () => [document.cookie, localStorage.length, sessionStorage.length,
      (await indexedDB.databases()).length, (await caches.keys()).length]"""
    assert desk.page.evaluate(script) == ["", 0, 0, 0, 0]
