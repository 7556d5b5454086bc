"""The page watched at every step: layout shift, long tasks, axe, in both languages and browsers.

    python benchmarks/web/audit.py [--dist dist] [--single-file]

Strategy: a person's way through the page (start, review, pixels, masks, saved, error), with the
browser's own observers running from the first byte. A step's figures are what came since the
step before. Chromium observes layout shifts and tasks; Firefox observes neither, so there the
longest gap between two turns of the event loop stands for the longest task.

Invariants: a shift that follows a person's own input is not counted (as in Core Web Vitals). Ends
with 1 when a limit is broken.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.web import instances  # noqa: E402 - the repository's own root
from tests.web.browsers import BROWSERS, launch_options  # noqa: E402
from tests.web.desk import Desk  # noqa: E402
from tests.web.sites import running  # noqa: E402
from webbuild.serve import make_server  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser

SHIFT_LIMIT = 0.02
TASK_LIMIT_MS = 200
READY_MS = 120_000
TICK_MS = 10
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}

WATCH = f"""
    window.audit = {{ shift: 0, task: 0, moved: [] }};
    const kinds = PerformanceObserver.supportedEntryTypes;
    const watch = (type, take) => new PerformanceObserver((list) => list.getEntries().forEach(take))
        .observe({{ type, buffered: true }});
    if (kinds.includes("layout-shift")) watch("layout-shift", (entry) => {{
        if (entry.hadRecentInput) return;
        audit.shift += entry.value;
        const name = (node) => node?.id || node?.getAttribute?.("class") || node?.nodeName || "";
        audit.moved.push(...entry.sources.map(({{ node }}) => name(node)));
    }});
    if (kinds.includes("longtask")) {{
        watch("longtask", ({{ duration }}) => (audit.task = Math.max(audit.task, duration)));
    }} else {{
        let last = performance.now();
        setInterval(() => {{
            const now = performance.now();
            audit.task = Math.max(audit.task, now - last - {TICK_MS});
            last = now;
        }}, {TICK_MS});
    }}
"""
TAKE = """() => {
    const found = window.audit;
    window.audit = { shift: 0, task: 0, moved: [] };
    return found;
}"""


class Row(NamedTuple):
    """What one step cost: shift (score), longest task (ms), axe's findings by id."""

    step: str
    shift: float
    task_ms: float
    moved: tuple[str, ...]
    axe: tuple[str, ...]

    @property
    def fine(self) -> bool:
        """Whether all limits are kept."""
        return self.shift <= SHIFT_LIMIT and self.task_ms <= TASK_LIMIT_MS and not self.axe


def ready(desk: Desk) -> None:
    """Wait for the engine."""
    expect(desk("status")).to_have_attribute("data-state", "ready", timeout=READY_MS)


def load(desk: Desk) -> None:
    """Open a file with a long table."""
    desk.open(instances.many(3000))


def pixels(desk: Desk) -> None:
    """Open a file with pixels and look at them."""
    desk.open(instances.ultrasound())
    desk.pixels()


def mask(desk: Desk) -> None:
    """Mask a rectangle and everything outside the image area."""
    desk("mask-outside").click()
    desk("add-mask").click()
    desk.settled()


def save(desk: Desk) -> None:
    """Save the file."""
    desk("save").click()
    expect(desk("saved")).to_be_visible()


def fail(desk: Desk) -> None:
    """Open what is no DICOM file."""
    desk.give(b"")
    expect(desk("error")).to_be_visible()


STEPS: dict[str, Callable[[Desk], None]] = {
    "empty": ready,
    "loaded": load,
    "pixels": pixels,
    "masks": mask,
    "done": save,
    "error": fail,
}


def audit(browser: Browser, address: str, locale: str) -> list[Row]:
    """Walk through the page in one language."""
    page = browser.new_page(locale=locale, viewport={"width": 1280, "height": 800})
    page.add_init_script(WATCH)
    page.goto(address, wait_until="commit")
    desk, rows = Desk(page), []
    for step, act in STEPS.items():
        act(desk)
        found = page.evaluate(TAKE)
        violations = Axe().run(page, options=RULES).response["violations"]
        page.evaluate(TAKE)  # axe's own work is not the page's
        names = tuple(row["id"] for row in violations)
        moved = tuple(dict.fromkeys(found["moved"]))
        rows.append(Row(step, found["shift"], found["task"], moved, names))
    page.close()
    return rows


def main() -> int:
    """Audit the page in both browsers and languages; print the table; return the exit code."""
    parser = argparse.ArgumentParser(description="layout shift, long tasks and axe at every step")
    parser.add_argument("--dist", type=Path, default=ROOT / "dist")
    parser.add_argument("--single-file", action="store_true", help="audit dicomanon.html")
    options = parser.parse_args()
    broken = False
    print("| browser | language | step | layout shift | longest task ms | axe | what moved |")
    print("|---|---|---|---|---|---|---|")
    with sync_playwright() as playwright, running(make_server(options.dist, 0)) as site:
        single = (options.dist.resolve() / "dicomanon.html").as_uri()
        for name in BROWSERS:
            browser = getattr(playwright, name).launch(**launch_options(name))
            for locale in ("en-US", "ja-JP"):
                for row in audit(browser, single if options.single_file else site, locale):
                    broken |= not row.fine
                    axe, moved = ", ".join(row.axe) or "clean", " ".join(row.moved)
                    shift = f"{row.shift:.3f}" if name == "chromium" else "-"
                    figures = f"{shift} | {row.task_ms:.0f} | {axe} | {moved}"
                    print(f"| {name} | {locale[:2]} | {row.step} | {figures} |")
            browser.close()
    return int(broken)


if __name__ == "__main__":
    raise SystemExit(main())
