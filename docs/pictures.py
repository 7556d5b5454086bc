"""Takes the guide's pictures of the real page, with the made-up sample.

    python docs/pictures.py [--dist dist]

Strategy: the built page is served and driven in Chromium; each picture is a step in both
languages. The README's picture is the English review.

Invariants: only the sample is shown, whose patient is made up.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import expect, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.web.browsers import launch_options  # noqa: E402 - the repository's own root
from tests.web.sites import running  # noqa: E402
from webbuild.serve import make_server  # noqa: E402

if TYPE_CHECKING:
    from playwright.sync_api import Page, ViewportSize

IMAGES = ROOT / "docs" / "guide" / "images"
SIZE: ViewportSize = {"width": 1280, "height": 800}
LANGUAGES = ("en", "ja")
STEPS = {"review": "step-2", "mask": "step-3", "save": "step-4"}
WAIT_MS = 120_000


def prepare(page: Page, name: str) -> None:
    """Bring a step to where its picture says something."""
    page.get_by_test_id(STEPS[name]).click()
    if name == "mask":
        page.get_by_test_id("find-start").click()
        page.get_by_test_id("accept-all").click(timeout=WAIT_MS)
        page.get_by_test_id("looked-at").check()
    if name == "save":
        expect(page.get_by_test_id("verdict")).to_have_attribute(
            "data-standing", "passed", timeout=WAIT_MS
        )


def main() -> None:
    """Serve a build, open the sample, and take the pictures."""
    parser = argparse.ArgumentParser(description="pictures of the page for the guide")
    parser.add_argument("--dist", type=Path, default=ROOT / "dist", help="a built page")
    dist = parser.parse_args().dist
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_options("chromium", Path(scratch)))
        page = browser.new_page(viewport=SIZE, color_scheme="light")
        with running(make_server(dist, 0)) as origin:
            page.goto(origin)
            page.get_by_test_id("sample").click()
            expect(page.get_by_test_id("table")).to_be_visible(timeout=WAIT_MS)
            for name in STEPS:
                prepare(page, name)
                for language in LANGUAGES:
                    page.get_by_test_id(f"language-{language}").click()
                    picture = IMAGES / f"{name}-{language}.png"
                    page.screenshot(path=picture, animations="disabled")
        browser.close()
    shutil.copyfile(IMAGES / "review-en.png", ROOT / "docs" / "page.png")


if __name__ == "__main__":
    main()
