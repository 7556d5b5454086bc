"""Time to ready, side by side: the page, the single file and a bare stock `loadPyodide()`.

    python benchmarks/web/startup.py [--dist dist] [--rounds 7] [--mbits 0]

Strategy: the same browser opens all three in turn, each time in a new empty profile (cold)
and once more in it when the service worker has taken over (warm). Page and stock come from
the same kind of server; `--mbits` gives each server a line of that width, shared by its
connections as a hospital's is (0: as fast as the machine). Stock is the smallest page there can
be: a worker that imports pyodide.js and calls `loadPyodide()`, pressed as ours is. Ready is, for
ours, the moment the whole page says so, and `accepts` the moment it takes a dropped file; all
clocks start with the navigation.

Invariants: same Pyodide version on all sides; a figure is a median; what is compared was
measured in turns.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import build_wasm  # noqa: E402 - the repository's own root
from tests.web.browsers import BROWSERS, launch_options  # noqa: E402
from webbuild.press import Presser  # noqa: E402
from webbuild.serve import PageHandler, PageServer  # noqa: E402

if TYPE_CHECKING:
    from http.server import ThreadingHTTPServer

    from playwright.sync_api import Browser, BrowserContext

STOCK = {
    "index.html": """<!doctype html><script type="module" src="stock.js"></script>
        <p data-testid="status"></p>""",
    "stock.js": """
        const worker = new Worker("stock-worker.js");
        const status = document.querySelector("[data-testid=status]");
        worker.onmessage = () => (status.dataset.state = "ready");
    """,
    "stock-worker.js": """
        importScripts("runtime/pyodide.js");
        loadPyodide({ packageBaseUrl: "./" }).then(() => postMessage("ready"));
    """,
}
WATCH = """
    document.addEventListener("DOMContentLoaded", () => {
        const status = document.querySelector("[data-testid=status]");
        const look = () => {
            const { dataset } = document.documentElement;
            if (status.dataset.state === "ready") dataset.readyMs ??= performance.now();
        };
        new MutationObserver(look).observe(status, { attributes: true });
        look();
    });
"""
ACCEPTS = "() => performance.getEntriesByName('accepting')[0]?.startTime ?? NaN"
KEPT = "() => navigator.serviceWorker.ready.then(() => true)"
CHUNK_BYTES = 16_384
HEAD = (
    "| browser | cache | stock ms | page | file | page/stock | file/page | of cold | accepts |",
    "|---|---|---|---|---|---|---|---|---|",
)


class Line:
    """A line of a width in Mbit/s that all connections of a server share; 0: no limit."""

    def __init__(self, mbits: float) -> None:
        self._seconds_per_byte = 8 / (mbits * 1e6) if mbits else 0.0
        self._lock = threading.Lock()

    def take(self, count: int) -> None:
        """Wait until so many bytes have passed."""
        if self._seconds_per_byte:
            with self._lock:
                time.sleep(count * self._seconds_per_byte)


def make_server(folder: Path, line: Line) -> ThreadingHTTPServer:
    """Return the page's own server behind a line."""

    class Slow(PageHandler):
        def __init__(self, *args: Any) -> None:  # noqa: ANN401 - as the base
            super().__init__(*args, directory=str(folder))

        def copyfile(self, source: Any, outputfile: Any) -> None:  # noqa: ANN401 - as the base
            while chunk := source.read(CHUNK_BYTES):
                line.take(len(chunk))
                outputfile.write(chunk)

    return PageServer(("127.0.0.1", 0), Slow)


def stock_pages(folder: Path) -> None:
    """Write the stock page, with the runtime as its npm package has it, pressed as ours is."""
    shutil.copytree(build_wasm.PARTS_CACHE / "pyodide", folder / "runtime")
    for name, text in STOCK.items():
        (folder / name).write_text(text, encoding="utf-8")
    presser = Presser(build_wasm.CACHE / "pressed", build_wasm.PARTS_CACHE)
    presser.place_beside([path for path in folder.rglob("*") if path.is_file()])


def visit(context: BrowserContext, url: str, *, keep: bool) -> tuple[float, float]:
    """Open `url` in a new tab; return its milliseconds to ready and to accepting a file."""
    page = context.new_page()
    page.add_init_script(WATCH)
    page.goto(url, wait_until="commit")
    page.locator("html[data-ready-ms]").wait_for(timeout=120_000)
    ready = float(page.locator("html").get_attribute("data-ready-ms") or "nan")
    accepts = float(page.evaluate(ACCEPTS))
    if keep:
        page.evaluate(KEPT)
    page.close()
    return ready, accepts


Figures = dict[tuple[str, str], tuple[float, float]]


def measure(browser: Browser, urls: dict[str, str], rounds: int) -> Figures:
    """Return the median milliseconds to ready and to accepting by (page, cold or warm)."""
    found: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for turn in range(rounds):
        for name, url in list(urls.items())[:: 1 if turn % 2 else -1]:
            context = browser.new_context()
            for state in ("cold", "warm"):
                keep = name == "page" and state == "cold"
                found.setdefault((name, state), []).append(visit(context, url, keep=keep))
            context.close()
    return {
        key: (statistics.median(row[0] for row in rows), statistics.median(row[1] for row in rows))
        for key, rows in found.items()
    }


def show(browser: str, found: Figures) -> None:
    """Print a browser's rows of the table."""
    cold = found["page", "cold"][0]
    for state in ("cold", "warm"):
        stock, (page, accepts) = found["stock", state][0], found["page", state]
        single = found["single", state][0]
        print(
            f"| {browser} | {state} | {stock:.0f} | {page:.0f} | {single:.0f} | {page / stock:.2f} "
            f"| {single / page:.2f} | {page / cold:.2f} | {accepts:.0f} |"
        )


def main() -> None:
    """Measure all three in both browsers and print the table."""
    parser = argparse.ArgumentParser(description="time to ready against a bare stock Pyodide")
    parser.add_argument("--dist", type=Path, default=ROOT / "dist")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--browsers", nargs="+", default=BROWSERS)
    parser.add_argument("--mbits", type=float, default=0, help="width of each server's line")
    options = parser.parse_args()
    single = options.dist.resolve() / "dicomanon.html"
    if not single.exists():
        parser.error(f"{single.name} is missing: build with --single-file")
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        folders = {"stock": Path(scratch) / "stock", "page": options.dist.resolve()}
        stock_pages(folders["stock"])
        line = Line(options.mbits)
        servers = {name: make_server(folder, line) for name, folder in folders.items()}
        urls = {name: f"http://127.0.0.1:{row.server_port}/" for name, row in servers.items()}
        for server in servers.values():
            threading.Thread(target=server.serve_forever, daemon=True).start()
        print("\n".join(HEAD))
        for name in options.browsers:
            browser = getattr(playwright, name).launch(**launch_options(name, offline=True))
            show(name, measure(browser, urls | {"single": single.as_uri()}, options.rounds))
            browser.close()
        for server in servers.values():
            server.shutdown()


if __name__ == "__main__":
    main()
