"""Many files on the built page, in both browsers: slices into a ZIP, and memory over small files.

    python benchmarks/web/many.py [--dist dist] [--slices 1000] [--small 20000]

Strategy: files go in by the page's own chooser and come out as its ZIP. dcmjs does the same to
the same files in the same browser, one after the other on the page's thread, and is spared the
ZIP. Memory is that of the browser's processes together, its most while the small files are
listed and saved less what it was before they were chosen, engines started: a hundred slices
went through before.

Invariants: nothing is asserted of the figures; every file must be in the ZIP.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from benchmarks import ct  # noqa: E402 - the repository's own root
from benchmarks.web.page import READY_MS, open_ready, peak_resident, probed, rules  # noqa: E402
from tests.web.browsers import BROWSERS, launch_options  # noqa: E402
from tests.web.sites import running  # noqa: E402
from webbuild.serve import make_server  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser, Page

SAVE_SECONDS = 1800
WARM_SLICES = 100


class Found(NamedTuple):
    """What one browser showed; seconds, and megabytes."""

    slices: int
    listed: float
    saved: float
    dcmjs: float
    small: int
    small_seconds: float
    growth_mb: float


def through(page: Page, files: list[Path], downloads: Path) -> tuple[float, float]:
    """Seconds until all are listed, and from there until the ZIP is whole."""
    start = time.perf_counter()
    page.get_by_test_id("file-input").set_input_files(files, timeout=READY_MS)
    page.locator("#tree .series").first.wait_for(timeout=SAVE_SECONDS * 1000)
    ready = page.locator('[data-testid="status"][data-state="ready"]')
    ready.wait_for(timeout=SAVE_SECONDS * 1000)
    listed = time.perf_counter() - start
    known = set(downloads.iterdir())
    start = time.perf_counter()
    page.get_by_test_id("save").click()
    archive = _zip_of(page, downloads, known)
    seconds = time.perf_counter() - start
    with zipfile.ZipFile(archive) as opened:
        if len(opened.namelist()) != len(files):
            message = f"{len(opened.namelist())} of {len(files)} files came out"
            raise ValueError(message)
    archive.unlink()
    return listed, seconds


def _zip_of(page: Page, downloads: Path, known: set[Path]) -> Path:
    """Start the save and wait for its file, whoever writes it."""
    press = page.get_by_test_id("deliver-start").click
    if page.context.browser is not None and page.context.browser.browser_type.name == "chromium":
        with page.expect_download(timeout=SAVE_SECONDS * 1000) as caught:
            press()
        target = downloads / caught.value.suggested_filename
        caught.value.save_as(target)
        return target
    press()
    page.get_by_test_id("saved").wait_for(timeout=SAVE_SECONDS * 1000)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        new = set(downloads.iterdir()) - known
        if len(new) == 1 and zipfile.is_zipfile(path := next(iter(new))):
            return path
        time.sleep(0.05)
    message = "no file was saved"
    raise TimeoutError(message)


def theirs(browser: Browser, origin: str, files: list[Path]) -> float:
    """Seconds dcmjs takes for all."""
    page = browser.new_page()
    page.set_default_timeout(SAVE_SECONDS * 1000)
    page.goto(f"{origin}/versus.html")
    page.locator("#state", has_text="ready").wait_for(timeout=READY_MS)
    page.locator("input").set_input_files(files)
    found = page.evaluate("(rules) => theirsAll(input.files, rules)", rules(files[0]))
    page.close()
    return float(found) / 1000


def measure(playwright: Any, name: str, origin: str, sizes: tuple[int, int]) -> Found:  # noqa: ANN401 - Playwright
    """Everything in one browser; sizes: slices and small files."""
    slices = sorted(ct.folder(sizes[0]).iterdir())
    small = sorted(ct.smalls(sizes[1]).rglob("*.dcm"))
    with tempfile.TemporaryDirectory(dir=ct.CACHE) as scratch:
        downloads = Path(scratch)
        browser = getattr(playwright, name).launch(**launch_options(name, downloads))
        page = open_ready(browser, origin)
        listed, saved = through(page, slices, downloads)
        page.close()
        dcmjs = theirs(browser, origin, slices)
        page = open_ready(browser, origin)
        through(page, slices[:WARM_SLICES], downloads)
        with peak_resident() as resident:
            small_seconds = sum(through(page, small, downloads))
        browser.close()
    growth_mb = (resident[-1] - resident[0]) / 1e6
    return Found(len(slices), listed, saved, dcmjs, len(small), small_seconds, growth_mb)


ROWS: tuple[tuple[str, str, Callable[[Found], str]], ...] = (
    ("slices: listed, s", "", lambda f: f"{f.listed:.1f}"),
    ("slices: saved as a ZIP, s", "", lambda f: f"{f.saved:.1f}"),
    ("slices: dcmjs, no ZIP, s", "", lambda f: f"{f.dcmjs:.1f}"),
    ("dcmjs / listed and saved", "at least 8x", lambda f: f"{f.dcmjs / (f.listed + f.saved):.1f}x"),
    ("small files: listed and saved, s", "", lambda f: f"{f.small_seconds:.0f}"),
    ("small files: the browser's memory grows, MB", "at most 300", lambda f: f"{f.growth_mb:.0f}"),
)


def main() -> None:
    """Measure both browsers and print the table."""
    parser = argparse.ArgumentParser(description="many files on the built page")
    parser.add_argument("--dist", type=Path, default=ROOT / "dist")
    parser.add_argument("--slices", type=int, default=1000)
    parser.add_argument("--small", type=int, default=20_000)
    parser.add_argument("--browser", choices=BROWSERS, action="append")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=ct.CACHE) as scratch, sync_playwright() as playwright:
        site = Path(scratch) / "site"
        probed(options.dist, site)
        sizes = options.slices, options.small
        with running(make_server(site, 0)) as origin:
            names = options.browser or BROWSERS
            found = {name: measure(playwright, name, origin, sizes) for name in names}
    print(f"{options.slices} slices, {options.small} small files, load {os.getloadavg()[0]:.1f}\n")
    print(f"| many files | aim | {' | '.join(found)} |")
    print(f"|---|---|{'--:|' * len(found)}")
    for text, aim, shown in ROWS:
        print(f"| {text} | {aim} | {' | '.join(shown(row) for row in found.values())} |")


if __name__ == "__main__":
    main()
