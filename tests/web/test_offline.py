"""The service worker: one version, whole, with the server gone, in both browsers.

Strategy: a browser of its own that runs service workers; a server whose folder is
swapped, as a host is deployed to. A version is the same build with a mark in its
script and in the page. A tab at the licences, which ask nothing by themselves, tells what
the browser gets.

Invariants: what is kept, and what a tab gets, is read from the browser, not from the code.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

import build_wasm
from tests.web import instances
from tests.web.browsers import launch_options
from tests.web.conftest import PRESSED, READY_MS
from tests.web.desk import Desk
from tests.web.sites import Sink, plain_server, running
from webbuild.page import seal
from webbuild.serve import make_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import BrowserContext, BrowserType, Page

ACTIVE = "() => navigator.serviceWorker.ready.then(() => true)"
CACHES = "() => caches.keys()"
GET = "(name) => fetch(name).then((answer) => answer.text())"
TRY = "(address) => fetch(address, {mode: 'no-cors'}).then(() => 'through', () => 'refused')"
UPDATE = """async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    await registration.update();
    const worker = registration.installing;
    await new Promise((settle) => worker.addEventListener("statechange", settle));
    return worker.state;
}"""


@pytest.fixture
def context(
    browser_type: BrowserType, browser_name: str, downloads: Path
) -> Iterator[BrowserContext]:
    """A new profile of a browser that runs service workers."""
    browser = browser_type.launch(**launch_options(browser_name, downloads, offline=True))
    yield browser.new_context(locale="en-US")
    browser.close()


@pytest.fixture
def served(tmp_path: Path) -> Path:
    """The folder the server looks into."""
    return tmp_path / "served"


@pytest.fixture
def origin(served: Path) -> Iterator[str]:
    """A server of that folder, with the page's headers."""
    with running(make_server(served, 0)) as found:
        yield found


def deploy(dist: Path, served: Path, mark: str) -> None:
    """Put a version of the build where the server looks; `mark` tells it from others."""
    shutil.rmtree(served, ignore_errors=True)
    shutil.copytree(dist, served, ignore=shutil.ignore_patterns(*PRESSED, "dicomanon*.html"))
    for name in ("index.html", "sw.js"):
        shutil.copyfile(build_wasm.WEB / name, served / name)
    index, module = served / "index.html", served / "main.js"
    index.write_text(index.read_text(encoding="utf-8") + f"<!-- {mark} -->", encoding="utf-8")
    module.write_text(module.read_text(encoding="utf-8") + f"// {mark}", encoding="utf-8")
    seal(served)


def open_page(context: BrowserContext, origin: str) -> Page:
    """Open the page in a new tab and wait for its engine."""
    page = context.new_page()
    page.goto(origin)
    expect(page.get_by_test_id("status")).to_have_attribute("data-state", "ready", timeout=READY_MS)
    return page


def observer(context: BrowserContext, origin: str) -> Page:
    """A tab of the page's origin that only looks."""
    page = context.new_page()
    page.goto(f"{origin}/THIRD-PARTY-NOTICES.txt")
    return page


def marks(page: Page) -> tuple[str, str]:
    """The marks of what a tab gets: the page and its script."""
    index, module = page.evaluate(GET, "./"), page.evaluate(GET, "main.js")
    return index[-8:-4], module[-3:]


def test_it_works_with_the_server_gone(
    context: BrowserContext, dist: Path, served: Path, origin: str
) -> None:
    """Once it says so, the page opens, shows an image and saves a file without its server."""
    deploy(dist, served, "one")
    first = open_page(context, origin)
    expect(first.get_by_test_id("kept")).to_be_visible(timeout=READY_MS)
    assert first.evaluate(ACTIVE)
    # A stopped server still answers on connections it has; one without files answers nothing.
    shutil.rmtree(served)
    desk = Desk(open_page(context, origin))
    desk.open(instances.ultrasound())
    desk.pixels()
    desk("save").click()
    expect(desk("saved")).to_be_visible()


def test_a_new_version_waits_until_the_person_reloads(
    context: BrowserContext, dist: Path, served: Path, origin: str
) -> None:
    """Both versions are whole: the old until the button is pressed, the new after that."""
    deploy(dist, served, "one")
    page = open_page(context, origin)
    assert page.evaluate(ACTIVE)
    expect(page.get_by_test_id("update")).to_be_hidden()
    looking = observer(context, origin)
    old = looking.evaluate(CACHES)
    deploy(dist, served, "two")
    page.goto(origin)
    expect(page.get_by_test_id("update")).to_be_visible(timeout=READY_MS)
    assert marks(looking) == (" one", "one")
    page.get_by_test_id("update-now").click()
    expect(page.get_by_test_id("update")).to_be_hidden(timeout=READY_MS)
    expect(page.get_by_test_id("status")).to_have_attribute("data-state", "ready", timeout=READY_MS)
    assert marks(looking) == (" two", "two")
    assert len(looking.evaluate(CACHES)) == len(old) == 1
    assert looking.evaluate(CACHES) != old


def test_half_a_version_is_never_kept(
    context: BrowserContext, dist: Path, served: Path, origin: str
) -> None:
    """A host in the middle of a deployment changes nothing for who has the page."""
    deploy(dist, served, "one")
    assert open_page(context, origin).evaluate(ACTIVE)
    looking = observer(context, origin)
    old = looking.evaluate(CACHES)
    deploy(dist, served, "two")
    (served / "main.js").write_text("// of another version", encoding="utf-8")
    assert looking.evaluate(UPDATE) == "redundant"
    assert marks(looking) == (" one", "one")
    assert looking.evaluate(CACHES) == old


def test_other_origins_are_answered_with_an_error(context: BrowserContext, dist: Path) -> None:
    """Where a host sends no policy, the service worker is still a wall for what it controls."""
    sink = Sink()
    with running(sink) as target, running(plain_server(dist)) as origin:
        before = observer(context, origin)
        assert before.evaluate(TRY, f"{target}/before") == "through"
        assert open_page(context, origin).evaluate(ACTIVE)
        before.reload()
        assert before.evaluate(TRY, f"{target}/after") == "refused"
    assert sink.visits == ["/before"]
