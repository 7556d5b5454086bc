"""What the other browser tests stand on: downloads and languages, in both browsers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

SAVE = """() => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(["saved"]));
    link.download = "a.dcm";
    link.click();
}"""


def test_a_download_arrives_whole(
    page: Page, site: str, download: Callable[[Callable[[], None]], Path]
) -> None:
    """What the page saves is found on the disk under its name."""
    page.goto(site)
    saved = download(lambda: page.evaluate(SAVE))
    assert (saved.name, saved.read_bytes()) == ("a.dcm", b"saved")


def test_the_browser_speaks_the_language_asked_for(page: Page, site: str, locale: str) -> None:
    """A test that takes `locale` runs in a browser of that language."""
    page.goto(site)
    assert page.evaluate("navigator.languages[0].slice(0, 2)") == locale
    assert page.locator("html").get_attribute("lang") == locale
