"""Many files on the built page, in both browsers: slices into a ZIP, and memory over small files.

    python benchmarks/web/many.py [--dist dist] [--slices 1000] [--small 20000]

Strategy: in Chromium a folder is dropped, in Firefox, where no driver can, its files are
chosen; they come out as the page's ZIP. dcmjs does the same to the same files in the same
browser, one after the other on the page's thread, and packs them by the same worker into the
same kind of ZIP; it is spared the listing. Each browser has a profile on the disk, as a
person's has: a private one keeps what should be on the disk in memory. Memory is that of the
browser's processes together, its most while the small files are listed and saved less what
it was before they were given, engines started: a hundred slices went through before.

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

    from playwright.sync_api import BrowserContext, Page

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


class Driven(NamedTuple):
    """A browser with a profile on the disk, the site, and where its downloads are."""

    name: str
    context: BrowserContext
    origin: str
    downloads: Path


def give(driven: Driven, page: Page, folder: Path) -> None:
    """Drop a folder on the page, or choose its files where no driver can drop it."""
    if driven.name == "firefox":
        page.get_by_test_id("file-input").set_input_files(files_in(folder), timeout=READY_MS)
        return
    events = driven.context.new_cdp_session(page)
    dragged = {"items": [], "files": [str(folder)], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        at = {"type": kind, "x": 200, "y": 200, "data": dragged}
        events.send("Input.dispatchDragEvent", at)


def files_in(folder: Path) -> list[Path]:
    """Its files at every depth, in order."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def through(driven: Driven, page: Page, folder: Path) -> tuple[float, float]:
    """Seconds until all are listed, and from there until the ZIP is whole."""
    start = time.perf_counter()
    give(driven, page, folder)
    page.locator("#tree .series").first.wait_for(timeout=SAVE_SECONDS * 1000)
    ready = page.locator('[data-testid="status"][data-state="ready"]')
    ready.wait_for(timeout=SAVE_SECONDS * 1000)
    listed = time.perf_counter() - start
    page.get_by_test_id("save").click()
    return listed, downloaded(driven, page, folder, page.get_by_test_id("deliver-start").click)


def theirs(driven: Driven, folder: Path) -> float:
    """Seconds until the ZIP of what dcmjs made of all files is whole."""
    page = driven.context.new_page()
    page.set_default_timeout(SAVE_SECONDS * 1000)
    page.goto(f"{driven.origin}/versus.html")
    page.locator("#state", has_text="ready").wait_for(timeout=READY_MS)
    files = files_in(folder)
    page.locator("input").set_input_files(files)
    run, plan = "(rules) => theirsAll(input.files, rules)", rules(files[0])
    seconds = downloaded(driven, page, folder, lambda: page.evaluate(run, plan))
    page.close()
    return seconds


def downloaded(driven: Driven, page: Page, folder: Path, begin: Callable[[], object]) -> float:
    """Seconds until the ZIP of all files is whole, whoever writes it; then it goes."""
    known = set(driven.downloads.iterdir())
    start = time.perf_counter()
    if driven.name == "chromium":
        with page.expect_download(timeout=SAVE_SECONDS * 1000) as caught:
            begin()
        archive = Path(caught.value.path())
    else:
        begin()
        archive = _new_zip(driven.downloads, known)
    seconds = time.perf_counter() - start
    with zipfile.ZipFile(archive) as opened:
        names = opened.namelist()
    if len(names) != len(files_in(folder)):
        message = f"{len(names)} of {len(files_in(folder))} files came out"
        raise ValueError(message)
    archive.unlink()
    return seconds


def _new_zip(folder: Path, known: set[Path]) -> Path:
    deadline = time.monotonic() + SAVE_SECONDS
    while time.monotonic() < deadline:
        new = set(folder.iterdir()) - known
        if len(new) == 1 and zipfile.is_zipfile(path := next(iter(new))):
            return path
        time.sleep(0.05)
    message = "no file was saved"
    raise TimeoutError(message)


def measure(playwright: Any, name: str, origin: str, sizes: tuple[int, int]) -> Found:  # noqa: ANN401 - Playwright
    """Everything in one browser; sizes: slices and small files."""
    warm, slices, small = ct.folder(WARM_SLICES), ct.folder(sizes[0]), ct.smalls(sizes[1])
    with tempfile.TemporaryDirectory(dir=ct.CACHE) as scratch:
        profile, downloads = Path(scratch) / "profile", Path(scratch) / "downloads"
        downloads.mkdir()
        launch = getattr(playwright, name).launch_persistent_context
        context = launch(profile, **launch_options(name, downloads))
        driven = Driven(name, context, origin, downloads)
        page = open_ready(context, origin)
        listed, saved = through(driven, page, slices)
        page.close()
        dcmjs = theirs(driven, slices)
        page = open_ready(context, origin)
        through(driven, page, warm)
        with peak_resident() as resident:
            small_seconds = sum(through(driven, page, small))
        context.close()
    growth_mb = (resident[-1] - resident[0]) / 1e6
    return Found(sizes[0], listed, saved, dcmjs, sizes[1], small_seconds, growth_mb)


ROWS: tuple[tuple[str, str, Callable[[Found], str]], ...] = (
    ("slices: listed, s", "", lambda f: f"{f.listed:.1f}"),
    ("slices: saved as a ZIP, s", "", lambda f: f"{f.saved:.1f}"),
    ("slices: dcmjs into a ZIP, s", "", lambda f: f"{f.dcmjs:.1f}"),
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
