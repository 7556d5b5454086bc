"""The page on a tablet, emulated by Chromium: fingers, sizes, and little memory.

Strategy: Chromium alone can be told of touches, so it is launched here whatever browser the other
tests run in.

Invariants: nothing here needs a pointer that hovers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.web import burned, instances
from tests.web.browsers import launch_options
from tests.web.conftest import READY_MS
from tests.web.desk import Desk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Playwright

    Point = tuple[float, float]

LEAST_PX = 44
MEMORY_GB = 0.25
LITTLE_MEMORY = (
    f"Object.defineProperty(Navigator.prototype, 'deviceMemory', {{get: () => {MEMORY_GB}}});"
)
CONTROLS = """() => [...document.querySelectorAll(":is(button, select, input, .check)")]
  .filter((e) => e.checkVisibility() && e.type !== "checkbox" && e.type !== "file")
  .map((e) => [e.id || e.name || e.className, e.getBoundingClientRect().height])"""


class Fingers:
    """Touches on the image, in pixels of the image."""

    def __init__(self, desk: Desk) -> None:
        self._session = desk.page.context.new_cdp_session(desk.page)
        box = desk("overlay").bounding_box()
        width = desk("canvas").get_attribute("width")
        assert box is not None
        assert width is not None
        self._left, self._top, self._scale = box["x"], box["y"], box["width"] / int(width)

    def move(self, *paths: tuple[Point, Point]) -> None:
        """Put fingers down one after the other, move all of them, lift all."""
        starts, stops = [start for start, _ in paths], [stop for _, stop in paths]
        for count in range(1, len(paths) + 1):
            self._send("touchStart", starts[:count])
        for part in (0.25, 0.5, 0.75, 1):
            between = [
                (x + part * (to_x - x), y + part * (to_y - y))
                for (x, y), (to_x, to_y) in zip(starts, stops, strict=True)
            ]
            self._send("touchMove", between)
        self._send("touchEnd", [])

    def _send(self, kind: str, points: list[Point]) -> None:
        touches = [
            {"x": self._left + x * self._scale, "y": self._top + y * self._scale, "id": number}
            for number, (x, y) in enumerate(points)
        ]
        self._session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})


@pytest.fixture(scope="module")
def tablet(playwright: Playwright, site: str) -> Iterator[Desk]:
    """The page on a tablet with a radiograph open, at its pixels."""
    browser = playwright.chromium.launch(**launch_options("chromium"))
    page = browser.new_page(
        locale="en-US",
        viewport={"width": 820, "height": 1180},
        has_touch=True,
        is_mobile=True,
        service_workers="block",
    )
    page.add_init_script(LITTLE_MEMORY)
    page.goto(site)
    page.locator('[data-testid="status"][data-state="ready"]').wait_for(timeout=READY_MS)
    desk = Desk(page)
    desk.open(burned.radiograph())
    desk.pixels()
    yield desk
    browser.close()


def test_a_finger_draws_and_moves_masks(tablet: Desk) -> None:
    """One finger draws a mask and drags it."""
    fingers = Fingers(tablet)
    fingers.move(((100.4, 80.4), (199.6, 159.6)))
    assert tablet.numbers(1) == [100, 80, 100, 80]
    fingers.move(((150, 120), (180, 100)))
    assert tablet.numbers(1) == [130, 60, 100, 80]


def test_two_fingers_zoom_and_draw_nothing(tablet: Desk) -> None:
    """Fingers that part enlarge the image about their middle, fingers that move shift it."""
    masks = tablet("masks").locator("li").count()
    stage = tablet("stage")
    before = tablet("canvas").bounding_box()
    Fingers(tablet).move(((220, 150), (180, 150)), ((260, 150), (300, 150)))
    after = tablet("canvas").bounding_box()
    assert before is not None
    assert after is not None
    assert after["width"] / before["width"] == pytest.approx(3, rel=0.02)
    scrolled = "e => [e.scrollLeft, e.scrollTop]"
    left, top = stage.evaluate(scrolled)
    # 30 pixels of the screen to the left and downwards.
    step = 30 * burned.COLUMNS / after["width"]
    Fingers(tablet).move(*(((x, 150), (x - step, 150 + step)) for x in (220, 260)))
    assert np.allclose(stage.evaluate(scrolled), [left + 30, top - 30], atol=2)
    assert tablet("masks").locator("li").count() == masks
    tablet("zoom-fit").tap()


@pytest.mark.parametrize("step", [1, 2, 3, 4])
def test_controls_are_large_enough_for_fingers(tablet: Desk, step: int) -> None:
    """Every control that is on view at a step is at least 44 px high."""
    tablet(f"step-{step}").tap()
    expect(tablet.page.locator(f"#panel-{step}")).to_be_visible()
    if step == 3:
        tablet("add-mask").tap()
        expect(tablet("masks").locator("li").first).to_be_visible()
    heights = tablet.page.evaluate(CONTROLS)
    assert len(heights) > 10
    assert [found for found in heights if found[1] < LEAST_PX] == []


def test_fingers_are_told_of_no_dropping(tablet: Desk) -> None:
    """Where nothing can hover nothing can be dropped: the page speaks of opening."""
    titles = tablet.page.locator(".drop-title")
    shown = "titles => titles.map((title) => getComputedStyle(title).display)"
    assert titles.evaluate_all(shown) == ["none", "block"]


def test_little_memory_is_said_before_it_is_short(tablet: Desk) -> None:
    """An image that is large for the device has a sentence among the points to check."""
    large = np.zeros((1, 1100, 1100), np.uint16)
    tablet.open(instances.sliced(large))
    expect(tablet("warning-device_memory")).to_contain_text("0.25 GB")
    tablet.open(instances.ct())
    expect(tablet("warning-device_memory")).to_have_count(0)
