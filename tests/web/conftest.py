"""The built page, served, in both browsers.

Strategy: one build a run, taken from the build's own cache. pytest-playwright
gives `page` in each browser named on the command line (see pyproject.toml); what
differs between them is in browsers.py and in `download` here. The probe site is
the same build with tests/web/probe/ in place of the engine and of the page: the
real worker and runtime, with an engine that can be told to misbehave.

Invariants: servers listen on the loopback interface only. A missing browser fails.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

import build_wasm
from tests.web.browsers import launch_options
from tests.web.sites import running
from webbuild.packs import engine_file
from webbuild.page import served_parts
from webbuild.serve import make_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

    Locale = Literal["ja", "en"]

ROOT = Path(__file__).resolve().parents[2]
PROBE = Path(__file__).with_name("probe")
# Copies of files that the probe replaces.
PRESSED = ("*.br", "*.gz")
READY_MS = 60_000
SAVE_MS = 90_000
# The style Playwright would like to add for a screenshot in Firefox, which the policy refuses.
DRIVER_STYLE = "sha256-YjaKGiklmzC6wjXA513HAMmzus8VE61XCOT+SmwNZWA="


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page, built as a person would build it, once for all processes of a run."""
    root = tmp_path_factory.getbasetemp()
    shared = root.parent if "PYTEST_XDIST_WORKER" in os.environ else root
    folder = shared / "dist"
    with (shared / "dist.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            build_wasm.build(folder, single_file=True)
    return folder


@pytest.fixture(scope="session")
def site(dist: Path) -> Iterator[str]:
    """The origin that serves the page with its headers."""
    with running(make_server(dist, 0)) as origin:
        yield origin


@pytest.fixture(scope="session")
def probe_dist(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The build with the probe's engine and page in place of ours."""
    folder = tmp_path_factory.mktemp("probe") / "dist"
    shutil.copytree(dist, folder, ignore=shutil.ignore_patterns(*PRESSED))
    cache = build_wasm.CACHE
    engine = engine_file(cache / "packs", cache / "parts", PROBE / "dicomanon")
    shutil.copyfile(engine, folder / "runtime" / "engine.zip")
    for name in ("index.html", "probe.js"):
        shutil.copyfile(PROBE / name, folder / name)
    for source in build_wasm.WEB.glob("*.js"):
        shutil.copyfile(source, folder / source.name)
    (folder / "parts.js").write_text(served_parts(folder), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def probe_site(probe_dist: Path) -> Iterator[str]:
    """The origin that serves the probe with the page's headers."""
    with running(make_server(probe_dist, 0)) as origin:
        yield origin


@pytest.fixture(scope="session")
def downloads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder Firefox saves into."""
    return tmp_path_factory.mktemp("downloads")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_name: str, downloads: Path) -> dict[str, Any]:
    """How pytest-playwright launches each browser."""
    return launch_options(browser_name, downloads)


@pytest.fixture(params=["ja", "en"])
def locale(request: pytest.FixtureRequest) -> Locale:
    """The browser's language; a test that takes it runs once in each."""
    found: Locale = request.param
    return found


@pytest.fixture
def browser_context_args(
    browser_context_args: dict[str, Any], request: pytest.FixtureRequest
) -> dict[str, Any]:
    """Give the context the test's `locale`, English where it names none."""
    named = "locale" in request.fixturenames
    language = request.getfixturevalue("locale") if named else "en"
    tag = {"ja": "ja-JP", "en": "en-US"}[language]
    # Each test has a new profile: every page would fetch the whole build once more to keep it.
    return browser_context_args | {
        "locale": tag,
        "viewport": {"width": 1280, "height": 800},
        "service_workers": "block",
    }


@pytest.fixture
def ready_page(page: Page, site: str) -> Page:
    """The page, with its engine started."""
    page.goto(site)
    page.locator('[data-testid="status"][data-state="ready"]').wait_for(timeout=READY_MS)
    return page


@pytest.fixture(scope="module")
def shared_page(browser: Browser, site: str) -> Iterator[Page]:
    """One page a browser and module with its engine started; fails on any error in the console."""
    page = browser.new_page(
        locale="en-US", viewport={"width": 1280, "height": 800}, service_workers="block"
    )
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
    page.goto(site)
    page.locator('[data-testid="status"][data-state="ready"]').wait_for(timeout=READY_MS)
    yield page
    page.close()
    assert [problem for problem in problems if DRIVER_STYLE not in problem] == []


@pytest.fixture
def download(
    page: Page, browser_name: str, downloads: Path, tmp_path: Path
) -> Callable[[Callable[[], None]], Path]:
    """Return a function that runs `press` and returns the file it made the browser save."""

    def by_event(press: Callable[[], None]) -> Path:
        with page.expect_download(timeout=SAVE_MS) as caught:
            press()
        target = tmp_path / caught.value.suggested_filename
        caught.value.save_as(target)
        return target

    def by_polling(press: Callable[[], None]) -> Path:
        before = set(downloads.iterdir())
        press()
        deadline = time.monotonic() + SAVE_MS / 1000
        while time.monotonic() < deadline:
            new = set(downloads.iterdir()) - before
            finished = {path for path in new if size_bytes(path) and path.suffix != ".part"}
            # While it saves, Firefox keeps a .part beside the final name.
            if finished and finished == new:
                return finished.pop()
            time.sleep(0.05)
        message = "no file was saved"
        raise TimeoutError(message)

    return by_event if browser_name == "chromium" else by_polling


def size_bytes(path: Path) -> int:
    """A file's size; 0 if it was renamed a moment ago."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


@pytest.fixture
def screenshot(
    page: Page, browser_name: str, request: pytest.FixtureRequest
) -> Callable[[str], Path]:
    """Return a function that saves a picture of the page under build/screenshots/."""

    def take(name: str) -> Path:
        named = "locale" in request.fixturenames
        language = request.getfixturevalue("locale") if named else "en"
        path = ROOT / "build" / "screenshots" / f"{browser_name}-{language}-{name}.png"
        page.screenshot(path=path)
        return path

    return take
