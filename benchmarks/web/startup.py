"""Time to ready, side by side: this page against a bare stock `loadPyodide()`.

    python benchmarks/web/startup.py [--dist dist] [--rounds 7]

Strategy: both are served by the same server to the same browser, each time in a
new empty profile (cold) and once more in it (warm), taking turns. Stock is the
smallest page there can be: a worker that imports pyodide.js and calls
`loadPyodide()`, nothing of ours in it. Ready is, for ours, the engine's answer to
`boot`; both clocks start with the navigation.

Invariants: same Pyodide version on both sides; the figure is a median.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.web.browsers import BROWSERS, launch_options  # noqa: E402 - the repository's own root
from webbuild.serve import make_server  # noqa: E402

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

STOCK = {
    "index.html": '<!doctype html><script type="module" src="stock.js"></script><p id="ms"></p>',
    "stock.js": """
        const worker = new Worker("stock-worker.js");
        worker.onmessage = () => (document.getElementById("ms").textContent = performance.now());
    """,
    "stock-worker.js": """
        importScripts("runtime/pyodide.js");
        loadPyodide({ packageBaseUrl: "./" }).then(() => postMessage("ready"));
    """,
}
OURS = {
    "index.html": '<!doctype html><script type="module" src="bare.js"></script><p id="ms"></p>',
    "bare.js": """
        import { fetchAssets } from "./assets.js";
        import { Client } from "./client.js";
        await new Client(fetchAssets()).ready;
        document.getElementById("ms").textContent = performance.now();
    """,
}


def stock_pages(folder: Path) -> None:
    """Write the stock page, with the runtime as its npm package has it."""
    shutil.copytree(ROOT / ".cache/wasm/parts/pyodide", folder / "runtime")
    for name, text in STOCK.items():
        (folder / name).write_text(text, encoding="utf-8")


def our_pages(dist: Path, folder: Path) -> None:
    """Copy the build, with a page that only starts the engine in place of the whole one."""
    shutil.copytree(dist, folder)
    for name, text in OURS.items():
        (folder / name).write_text(text, encoding="utf-8")


def ready_ms(context: BrowserContext, url: str) -> float:
    """Open `url` in a new tab and return its milliseconds to ready."""
    page = context.new_page()
    page.goto(url)
    label = page.locator("#ms:not(:empty)")
    label.wait_for(timeout=60_000)
    found = float(label.text_content() or "nan")
    page.close()
    return found


def measure(browser: Browser, urls: dict[str, str], rounds: int) -> dict[tuple[str, str], float]:
    """Return the median milliseconds by (page, cold or warm)."""
    figures: dict[tuple[str, str], list[float]] = {}
    for turn in range(rounds):
        order = list(urls.items())[:: 1 if turn % 2 else -1]
        for name, url in order:
            context = browser.new_context()
            for state in ("cold", "warm"):
                figures.setdefault((name, state), []).append(ready_ms(context, url))
            context.close()
    return {key: statistics.median(values) for key, values in figures.items()}


def main() -> None:
    """Measure both pages in both browsers and print the table."""
    parser = argparse.ArgumentParser(description="time to ready against a bare stock Pyodide")
    parser.add_argument("--dist", type=Path, default=ROOT / "dist")
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        folders = {"stock": Path(scratch) / "stock", "ours": Path(scratch) / "ours"}
        stock_pages(folders["stock"])
        our_pages(options.dist, folders["ours"])
        servers = {name: make_server(folder, 0) for name, folder in folders.items()}
        urls = {name: f"http://127.0.0.1:{row.server_port}/" for name, row in servers.items()}
        for server in servers.values():
            threading.Thread(target=server.serve_forever, daemon=True).start()
        print("| browser | cache | stock ms | ours ms | ours/stock |")
        print("|---|---|---|---|---|")
        for name in BROWSERS:
            browser = getattr(playwright, name).launch(**launch_options(name))
            found = measure(browser, urls, options.rounds)
            browser.close()
            for state in ("cold", "warm"):
                stock, ours = found["stock", state], found["ours", state]
                print(f"| {name} | {state} | {stock:.0f} | {ours:.0f} | {ours / stock:.2f} |")
        for server in servers.values():
            server.shutdown()


if __name__ == "__main__":
    main()
