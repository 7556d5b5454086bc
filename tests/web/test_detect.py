"""Text detection in the page: the same networks, and the same code around them, as natively."""

from __future__ import annotations

import base64
import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from build_wasm import WEB
from dicomanon.dicom.scan import scan
from dicomanon.dicom.source import BytesSource
from dicomanon.pixels.detect.native import drive
from dicomanon.pixels.detect.search import Options, search
from tests.pixels.written import file_of, picture
from tests.web.processes import worker_seconds
from tests.web.sites import plain_server, running
from webbuild.page import served_parts
from webbuild.serve import make_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from http.server import ThreadingHTTPServer

    from playwright.sync_api import Browser, Page

SEARCHING = Path(__file__).with_name("searching")
NAME, DATE, SHORT = ("YAMADA TARO", 30, 20), ("1958-03-07", 200, 80), ("28Hz", 300, 200)


def searching_page(dist: Path, folder: Path) -> Path:
    """The build with the smallest page in place of ours; what is large is linked, not copied."""
    unpressed = shutil.ignore_patterns("*.br", "*.gz", "*.html", "*.js")
    shutil.copytree(dist, folder, ignore=unpressed, copy_function=os.link)
    for source in (*WEB.glob("*.js"), *SEARCHING.iterdir()):
        shutil.copyfile(source, folder / source.name)
    for script in (dist / "runtime").glob("*.js"):
        os.link(script, folder / "runtime" / script.name)
    (folder / "parts.js").write_text(served_parts(folder), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def folder(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a page that searches what it is given."""
    return searching_page(dist, tmp_path_factory.mktemp("searching", numbered=True) / "dist")


@contextmanager
def opened(browser: Browser, server: ThreadingHTTPServer) -> Iterator[Page]:
    """The page of a server, with all its files loaded."""
    with running(server) as origin:
        found = browser.new_page()
        found.goto(origin)
        found.locator("#state", has_text="loaded").wait_for(timeout=60_000)
        yield found
        found.close()


@pytest.fixture(scope="module")
def page(folder: Path, browser: Browser) -> Iterator[Page]:
    """The page, isolated by the headers that our own server sends."""
    with opened(browser, make_server(folder, 0)) as found:
        yield found


def in_page(page: Page, file: bytes, effort: str) -> Any:  # noqa: ANN401 - JSON
    """What the page finds."""
    request = {"effort": effort, "every_frame": False, "read": True}
    given = [base64.b64encode(file).decode(), request]
    return page.evaluate("([file, request]) => search(file, request)", given)["found"]


def natively(file: bytes, options: Options) -> list[tuple[str, str | None]]:
    """Regions and texts, as the command line finds them."""
    findings = drive(search(scan(BytesSource(file)), options))
    return [(str(found.region), found.text) for found in findings.regions]


@pytest.mark.parametrize("bits", [8, 16])
def test_the_page_finds_what_the_command_line_finds(page: Page, bits: int) -> None:
    """The same regions and the same texts, from the same networks."""
    file = file_of([picture(NAME, DATE, SHORT)], bits=bits)
    found = in_page(page, file, "normal")
    regions = [
        (f"{r['x']},{r['y']},{r['width']},{r['height']}", r["text"]) for r in found["regions"]
    ]
    assert regions == natively(file, Options("normal"))
    assert [r["reason"]["kind"] for r in found["regions"]].count("identifier") == 2


def test_no_text_in_the_page(page: Page) -> None:
    """Nothing is found where nothing is, and nobody has to look."""
    found = in_page(page, file_of([picture()]), "fast")
    assert (found["frames"], found["regions"], found["review"]) == ([1], [], [])


INFER = "() => infer('det_small', [1, 3, 640, 640], 6)"


def threads_in_use(page: Page) -> int:
    """How many of the browser's workers have a real share in running a network."""
    page.evaluate("() => infer('det_small', [1, 3, 64, 64], 1)")
    before = worker_seconds()
    page.evaluate(INFER)
    used = [seconds - before.get(at, 0) for at, seconds in worker_seconds().items()]
    return sum(seconds > max(used) / 4 for seconds in used)


def test_an_isolated_page_runs_networks_on_several_threads(page: Page, browser_name: str) -> None:
    """With the two headers all threads work, in Chromium; the processor time of each counts."""
    assert page.evaluate("crossOriginIsolated")
    cores = page.evaluate("navigator.hardwareConcurrency")
    assert threads_in_use(page) == (min(cores, 4) if browser_name == "chromium" else 1)


def test_any_other_page_runs_them_on_one(folder: Path, browser: Browser) -> None:
    """Without the headers there is one thread, and the networks run all the same."""
    with opened(browser, plain_server(folder)) as page:
        assert not page.evaluate("crossOriginIsolated")
        assert threads_in_use(page) == 1
