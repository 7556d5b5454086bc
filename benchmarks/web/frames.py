"""Whether the page stays smooth while it looks for text: the time between its frames.

    python benchmarks/web/frames.py [--dist dist] [--size 1024]

Strategy: the page is watched by its own requestAnimationFrame, at rest and then during a search, in
the same tab and right after each other; at rest is what the machine and the browser can do now. A
search takes all cores it is given, so with no core left the frames wait for one: what the page
itself does is told by the tasks that hold its main thread up (Chromium only).

Invariants: the search is the page's own, pressed as a person presses it.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from io import BytesIO
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

import numpy as np  # noqa: E402 - the repository's own root
import pydicom  # noqa: E402
from playwright.sync_api import Page, expect, sync_playwright  # noqa: E402

from tests.web import burned, instances  # noqa: E402
from tests.web.browsers import BROWSERS, launch_options  # noqa: E402
from tests.web.desk import Desk  # noqa: E402
from tests.web.sites import running  # noqa: E402
from webbuild.serve import make_server  # noqa: E402

REST_MS = 3_000
SEARCH_MS = 300_000
FRAME_MS = 1000 / 60
LATE = 1.5
"""An interval of more frames than this dropped one."""
WATCH = """() => {
  const seen = (window.seen = { intervals: [], tasks: [] });
  let last = performance.now();
  const tick = (now) => {
    if (window.seen !== seen) return;
    seen.intervals.push(now - last);
    last = now;
    requestAnimationFrame(tick);
  };
  requestAnimationFrame((now) => { last = now; requestAnimationFrame(tick); });
  if (PerformanceObserver.supportedEntryTypes.includes("longtask"))
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) seen.tasks.push(duration);
    }).observe({ type: "longtask" });
}"""
TAKE = """() => {
  const { intervals, tasks } = window.seen;
  window.seen = null;
  return [intervals, tasks];
}"""


def main() -> None:
    """Print a table of intervals for each browser."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--dist", type=Path, default=ROOT / "dist")
    parser.add_argument("--size", type=int, default=1024, help="rows and columns of the image")
    given = parser.parse_args()
    file = radiograph(given.size)
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores, {given.size} x {given.size}")
    head = ("", "frames", "median ms", "95 %", "99 %", "longest", "on time", "long tasks")
    print(f"{head[0]:20s}" + "".join(f"{title:>11s}" for title in head[1:]))
    with (
        sync_playwright() as driver,
        running(make_server(given.dist, 0)) as origin,
        tempfile.TemporaryDirectory() as scratch,
    ):
        for name in BROWSERS:
            with getattr(driver, name).launch(**launch_options(name, Path(scratch))) as browser:
                rest, search = watched(browser.new_page(), origin, file)
            print(line(f"{name}, at rest", *rest))
            print(line(f"{name}, searching", *search))


def radiograph(size: int) -> bytes:
    """A CR of that many rows and columns, with the patient's name at several places."""
    data = pydicom.dcmread(BytesIO(burned.radiograph()))
    more = [(0, max(size - side, 0)) for side in data.pixel_array.shape]
    data.PixelData = np.pad(data.pixel_array, more, "wrap")[:size, :size].tobytes()
    data.Rows = data.Columns = size
    return instances.written(data)


def watched(page: Page, origin: str, file: bytes) -> tuple[Any, Any]:
    """Intervals and long tasks, at rest and during the second search: networks are compiled."""
    page.goto(origin)
    page.locator('[data-testid="status"][data-state="ready"]').wait_for(timeout=SEARCH_MS)
    desk = Desk(page)
    desk.open(file)
    desk.pixels()
    searched(desk)
    page.evaluate(WATCH)
    page.wait_for_timeout(REST_MS)
    rest = page.evaluate(TAKE)
    page.evaluate(WATCH)
    searched(desk)
    return rest, page.evaluate(TAKE)


def searched(desk: Desk) -> None:
    """Look for text until it is over."""
    desk("find-start").click()
    expect(desk("find-over")).to_be_hidden()
    expect(desk("find-over")).to_be_visible(timeout=SEARCH_MS)


def line(title: str, intervals: list[float], tasks: list[float]) -> str:
    """A row of the table."""
    parts = statistics.quantiles(intervals, n=100)
    on_time = sum(interval <= LATE * FRAME_MS for interval in intervals) / len(intervals)
    numbers = (statistics.median(intervals), parts[94], parts[98], max(intervals))
    told = [f"{len(intervals)}", *(f"{number:.1f}" for number in numbers), f"{on_time:.0%}"]
    told.append(f"{len(tasks)}" + (f" ({max(tasks):.0f} ms)" if tasks else ""))
    return f"{title:20s}" + "".join(f"{cell:>11s}" for cell in told)


if __name__ == "__main__":
    main()
