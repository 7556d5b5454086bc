"""The worker and its client, on the real runtime, with an engine that misbehaves on request.

Strategy: one probe page a browser; a test that makes the worker restart waits for
the next one, so the tests may run in any order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

BOOTED = {"version": "probe", "edition": "probe"}


@pytest.fixture(scope="module")
def loaded(browser: Browser, probe_site: str) -> Iterator[Page]:
    """The probe page with everything loaded."""
    page = browser.new_page()
    page.goto(probe_site)
    page.locator("#state", has_text="loaded").wait_for(timeout=60_000)
    yield page
    page.close()


@pytest.fixture
def probe(loaded: Page) -> Page:
    """The probe page, its engine up, its list of restarts empty."""
    loaded.evaluate("client.ready.then(() => { restarts.length = 0; })")
    return loaded


def ask(page: Page, kind: str, body: str = "{}") -> Any:  # noqa: ANN401 - JSON
    """What the engine answers, or the error's code and detail."""
    return page.evaluate(f"ask({kind!r}, {body})")


def test_boot_answers_with_its_stages(probe: Page) -> None:
    """The engine answers `boot` after naming the stages of starting."""
    assert probe.evaluate("client.ready") == BOOTED
    assert probe.evaluate("stages.slice(0, 2)") == ["start", "engine"]


def test_answers_carry_bytes_and_ranges(probe: Page) -> None:
    """Pixels arrive as exactly their bytes; a saved file is new bytes and ranges of the source."""
    opened = 'ask("open", {file: new File(["0123456789"], "x"), choices: {}})'
    assert probe.evaluate(opened) == {"total_rows": 10}
    pixels = 'ask("frame").then(({rgba}) => [...new Uint8Array(rgba)])'
    assert probe.evaluate(pixels) == [2, 3, 4, 5]
    assert probe.evaluate('ask("save").then(({blob}) => blob.text())') == "new234"


def test_engine_errors_keep_their_code(probe: Page) -> None:
    """An error the engine names reaches the page as that code, and the worker lives on."""
    assert ask(probe, "plan")["code"] == "tag"
    assert probe.evaluate("restarts") == []


def test_packs_load_when_asked_for(probe: Page) -> None:
    """Arrays and every DICOM codec work, from packs that came before the connection closed."""
    codecs = ("jpegls", "ljpeg", "htj2k", "jpeg2k", "jpegxl", "jpeg8", "dicomrle")
    found = ask(probe, "value", '{index: "codecs"}')
    assert found == dict.fromkeys(codecs, True)


def test_walls_hold_inside_the_worker(probe: Page) -> None:
    """No way out of the worker can be called, and no store is left."""
    walls = ask(probe, "value", '{index: "walls"}')
    assert {name for name, what in walls.items() if what == "open"} == set()
    assert set(ask(probe, "value", '{index: "stores"}').values()) == {"None"}


def test_an_unexpected_exception_tells_its_class_only(probe: Page) -> None:
    """A bug reaches the page as `crash` and a class name; the next request finds a new worker."""
    found = ask(probe, "value", '{index: "secret"}')
    assert found == {"code": "crash", "detail": "ValueError"}
    assert probe.evaluate("restarts") == ["crash"]
    assert probe.evaluate("client.ready") == BOOTED


def test_cancelling_ends_what_hangs(probe: Page) -> None:
    """Abort rejects everything pending as cancelled and starts another worker."""
    found = probe.evaluate(
        """Promise.all([
            ask("value", {index: "hang"}, {signal: AbortSignal.timeout(200)}),
            ask("plan"),
        ])"""
    )
    assert [row["code"] for row in found] == ["cancelled", "cancelled"]
    assert probe.evaluate("restarts") == ["cancelled"]
    assert probe.evaluate("client.ready") == BOOTED


def test_an_abort_before_posting_restarts_nothing(probe: Page) -> None:
    """A request that is already aborted is refused and leaves the worker alone."""
    found = probe.evaluate('ask("plan", {}, {signal: AbortSignal.abort()})')
    assert found["code"] == "cancelled"
    assert probe.evaluate("restarts") == []


def test_a_worker_that_dies_rejects_all(probe: Page) -> None:
    """An error nobody caught in the worker rejects what is pending; requests work again after."""
    asked = 'Promise.all([ask("value", {index: "die"}), ask("value", {index: "codecs"})])'
    assert [row["code"] for row in probe.evaluate(asked)] == ["crash", "crash"]
    assert probe.evaluate("restarts") == ["crash"]
    assert ask(probe, "plan")["code"] == "tag"


def test_what_does_not_arrive_is_rejected(probe: Page) -> None:
    """A file that cannot be had, and one that is waited for when the loader ends, settle."""
    found = probe.evaluate(
        """async () => {
            const { Loader } = await import("./loader.js");
            const loader = new Loader();
            const wanted = { url: new URL("nothing", document.baseURI).href, integrity: "" };
            const settled = await Promise.allSettled([loader.load(wanted)]);
            const waiting = Promise.allSettled([loader.load(wanted)]);
            loader.end();
            return [...settled, ...(await waiting)].map(({ status }) => status);
        }"""
    )
    assert found == ["rejected", "rejected"]
