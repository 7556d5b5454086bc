"""Nothing leaves the tab: watched at a proxy that is the browser's only route.

Strategy: a browser of its own for each name, forced through the proxy, loopback
addresses too. The browser's own chatter is allowed by name; a request of the page
is none of those.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests import pydicom_files
from tests.web.browsers import launch_options
from tests.web.sites import LoggingProxy, Sink, plain_server, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import BrowserType, Page, ProxySettings

CT = pydicom_files.image("CT_small.dcm")
# Update, account and portal services the browsers themselves call, whatever page is open.
CHATTER = (
    *("google.com", "googleapis.com", "gstatic.com", "gvt1.com"),
    *("mozilla.com", "mozilla.org", "mozilla.net", "firefox.com"),
)


@pytest.fixture
def proxy() -> Iterator[LoggingProxy]:
    """The browser's only route."""
    server = LoggingProxy()
    with running(server):
        yield server


@pytest.fixture
def sink() -> Iterator[Sink]:
    """A second origin that would take whatever is sent."""
    server = Sink()
    with running(server):
        yield server


@pytest.fixture
def watched(
    browser_type: BrowserType, browser_name: str, downloads: Path, proxy: LoggingProxy
) -> Iterator[Page]:
    """A tab of a browser that reaches anything only through the proxy."""
    route: ProxySettings = {
        "server": f"http://127.0.0.1:{proxy.server_port}",
        "bypass": "<-loopback>",
    }
    options = launch_options(browser_name, downloads)
    browser = browser_type.launch(**options, proxy=route)
    yield browser.new_page(service_workers="block")
    browser.close()


def asked_by_the_page(proxy: LoggingProxy) -> list[str]:
    """What the proxy was asked for, without the browser's own chatter."""
    hosts = ((address, urlsplit(address).hostname or "") for address in proxy.asked)
    return [address for address, host in hosts if not host.endswith(CHATTER)]


def load(page: Page, origin: str) -> None:
    page.goto(origin)
    page.locator('[data-testid="status"][data-state="ready"]').wait_for(timeout=60_000)
    # The second policy is the page's own word that everything is here.
    page.locator('meta[http-equiv="Content-Security-Policy"]').nth(1).wait_for(state="attached")


def test_the_page_asks_its_own_origin_only(watched: Page, proxy: LoggingProxy, site: str) -> None:
    """Loading asks for the page's own files, each once, through the proxy."""
    proxy.allowed.add(site)
    load(watched, site)
    asked = asked_by_the_page(proxy)
    assert {urlsplit(address).netloc for address in asked} == {urlsplit(site).netloc}
    assert f"{site}/runtime/imagecodecs.zip" in asked
    assert len(asked) == len(set(asked))


def test_the_single_file_asks_for_nothing(
    watched: Page, proxy: LoggingProxy, sink: Sink, dist: Path
) -> None:
    """Opened from the disk, it asks for nothing while it starts and works, and nothing gets out."""
    target = f"http://127.0.0.1:{sink.server_port}"
    proxy.allowed.add(target)
    load(watched, (dist / "dicomanon.html").as_uri())
    watched.get_by_test_id("file-input").set_input_files(CT)
    watched.get_by_test_id("step-4").click()
    watched.get_by_test_id("save").click()
    watched.get_by_test_id("saved").wait_for()
    assert watched.evaluate(TRY_ALL, [target]) == []
    assert asked_by_the_page(proxy) == []
    assert sink.visits == []


def test_work_asks_for_nothing(watched: Page, proxy: LoggingProxy, site: str) -> None:
    """Opening a file, looking at its pixels and saving it asks for nothing at all."""
    proxy.allowed.add(site)
    load(watched, site)
    before = list(proxy.asked)
    requests: list[str] = []
    watched.on("request", lambda request: requests.append(request.url))
    watched.get_by_test_id("file-input").set_input_files(CT)
    watched.get_by_test_id("step-3").click()
    watched.locator('[data-testid="status"][data-state="ready"]').wait_for()
    watched.get_by_test_id("step-4").click()
    watched.get_by_test_id("save").click()
    watched.get_by_test_id("saved").wait_for()
    assert [address for address in requests if not address.startswith("blob:")] == []
    assert asked_by_the_page(proxy) == [row for row in before if row in asked_by_the_page(proxy)]


def test_after_load_nobody_can_connect(
    watched: Page, proxy: LoggingProxy, sink: Sink, site: str
) -> None:
    """Once loaded, neither the page nor a worker it starts can even ask the page's own origin."""
    target = f"http://127.0.0.1:{sink.server_port}"
    proxy.allowed |= {site, target}
    load(watched, site)
    before = asked_by_the_page(proxy)
    assert watched.evaluate(TRY_ALL, [f"{site}/main.js", target]) == []
    assert asked_by_the_page(proxy) == before
    assert sink.visits == []


def test_without_headers_the_worker_is_confined_too(
    watched: Page, proxy: LoggingProxy, sink: Sink, dist: Path
) -> None:
    """On a host that sends no headers, a blob worker inherits the page's own policy."""
    target = f"http://127.0.0.1:{sink.server_port}"
    with running(plain_server(dist)) as origin:
        proxy.allowed |= {origin, target}
        load(watched, origin)
        assert watched.evaluate(TRY_ALL, [target]) == []
    assert sink.visits == []


# Every way to send something, from the page and from a new blob worker: what got through.
TRY_ALL = """async (targets) => {
    const ways = `async (target) => {
        const through = [];
        const tried = [
            ["fetch", () => fetch(target)],
            ["no-cors", () => fetch(target, {method: "POST", body: "x", mode: "no-cors"})],
            ["xhr", () => new Promise((yes, no) => {
                const request = new XMLHttpRequest();
                request.onload = yes; request.onerror = no;
                request.open("GET", target); request.send();
            })],
            ["socket", () => new Promise((yes, no) => {
                const socket = new WebSocket(target.replace("http", "ws"));
                socket.onopen = yes; socket.onerror = no;
            })],
        ];
        for (const [name, send] of tried) {
            try { await send(); through.push(name + " " + target); } catch {}
        }
        return through;
    }`;
    const found = [];
    for (const target of targets) {
        const script = `(${ways})(${JSON.stringify(target)}).then((found) => postMessage(found))`;
        const worker = new Worker(URL.createObjectURL(new Blob([script])));
        found.push(...await new Promise((settle) => (worker.onmessage = ({data}) => settle(data))));
        worker.terminate();
        const script2 = URL.createObjectURL(new Blob([`importScripts(${JSON.stringify(target)})`]));
        const importer = new Worker(script2);
        await new Promise((settle) => (importer.onerror = (event) => {
            event.preventDefault();
            settle();
        }));
        importer.terminate();
        try { await fetch(target, {mode: "no-cors"}); found.push("page " + target); } catch {}
        const image = new Image();
        image.src = target;
        await new Promise((settle) => (image.onload = image.onerror = settle));
    }
    return found;
}"""
