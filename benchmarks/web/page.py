"""The built page in both browsers: the first table, dcmjs beside it, a 2 GiB multi-frame.

    python benchmarks/web/page.py [--dist dist] [--turns 20] [--gigabytes 2]

Strategy: a copy of the build gets a probe in front of the page's and the worker's
scripts, and a page on which dcmjs, from its npm package, takes turns with our worker;
everything else is the build as it is, behind its own headers. Resident memory is that
of the browser's processes together, what they share counted once in each.

Invariants: the build itself is not touched. Nothing is asserted of the figures; the saved
bytes are compared with the command line's under the same key.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import build_wasm  # noqa: E402 - the repository's own root
from benchmarks import ct  # noqa: E402
from benchmarks.peers import ENVIRONMENTS, ours  # noqa: E402
from tests.web.browsers import BROWSERS, launch_options  # noqa: E402
from tests.web.sites import running  # noqa: E402
from webbuild.page import bind, served_parts  # noqa: E402
from webbuild.serve import make_server  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

HERE = Path(__file__).parent
WEB = ROOT / "web"
PRESSED = ("*.br", "*.gz")
DCMJS = "dcmjs@0.52.2"
DCMJS_SHA256 = "347e196054d749c2b23ee7e53e95f05d5ca61269917f2db23aeaf6a97e1619ad"
READY_MS = 120_000
SAVE_SECONDS = 180


class Times(NamedTuple):
    """Milliseconds: of the first time in a fresh page, and the median of all others."""

    first: float
    median: float


class Found(NamedTuple):
    """What one browser showed: milliseconds, the first and the median of the rest; memory in MB."""

    table: Times
    ours: Times
    save: Times
    dcmjs: Times
    heap_mb: float
    heap_growth_mb: float
    parts: int
    resident_growth_mb: float
    save_seconds: float
    same: bool


def dcmjs() -> Path:
    """The pinned package's bundle, fetched once by npm."""
    archive = ENVIRONMENTS / f"{DCMJS.replace('@', '-')}.tgz"
    if not archive.exists():
        ENVIRONMENTS.mkdir(parents=True, exist_ok=True)
        words = ["npm", "pack", "--silent", DCMJS]
        subprocess.run(words, cwd=ENVIRONMENTS, check=True, capture_output=True)
    if hashlib.sha256(archive.read_bytes()).hexdigest() != DCMJS_SHA256:
        message = f"{archive.name} is not the pinned one"
        raise ValueError(message)
    bundle = ENVIRONMENTS / "dcmjs.es.js"
    with tarfile.open(archive) as tar:
        member = tar.extractfile("package/build/dcmjs.es.js")
        if member is None:
            message = f"{archive.name} has no bundle"
            raise ValueError(message)
        bundle.write_bytes(member.read())
    return bundle


def probed(dist: Path, folder: Path) -> None:
    """Copy the build, put the probe in front of both of its sides, and bind it anew.

    The page dcmjs takes its turns on imports our modules one by one, as the sources are.
    """
    shutil.copytree(dist, folder, ignore=shutil.ignore_patterns(*PRESSED))
    first = folder / "runtime" / "pyodide.js"
    first.write_bytes((HERE / "probe.js").read_bytes() + first.read_bytes())
    index = folder / "index.html"
    shutil.copyfile(WEB / "index.html", index)
    bind(folder, WEB, build_wasm.PARTS_CACHE)
    tag = '<script type="module" src="main.js"'
    text = index.read_text(encoding="utf-8").replace(
        tag, f'<script src="probe.js"></script>\n{tag}'
    )
    index.write_text(text, encoding="utf-8")
    for name in ("probe.js", "versus.html", "versus.js"):
        shutil.copyfile(HERE / name, folder / name)
    shutil.copyfile(dcmjs(), folder / "dcmjs.es.js")
    for path in WEB.glob("*.js"):
        if not (folder / path.name).exists():
            shutil.copyfile(path, folder / path.name)
    (folder / "parts.js").write_text(served_parts(folder), encoding="utf-8")


def rules(path: Path) -> dict[str, dict[str, str]]:
    """What our plan does to each tag of a slice, for dcmjs to do the same."""
    words = (*_ours(), "anonymize", str(path), "--describe", "--json")
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    plan = json.loads(done.stdout)["plan"]
    return {row["path"].rpartition(".")[2]: row for row in plan}


def _ours() -> list[str]:
    words = ours().command
    return list(words[: words.index("anonymize")])


def open_ready(browser: Browser | BrowserContext, url: str) -> Page:
    """The page with its engine started and everything loaded."""
    page = browser.new_page()
    page.goto(url)
    page.locator('[data-testid="status"][data-state="ready"]').wait_for(timeout=READY_MS)
    page.wait_for_load_state("networkidle")
    return page


def times(found: list[float]) -> Times:
    """The first figure, and the median of the others."""
    return Times(found[0], statistics.median(found[1:]))


def first_table(browser: Browser, origin: str, slices: list[Path]) -> Times:
    """From a drop to the first row; each slice is new to the page."""
    page = open_ready(browser, origin)
    found = []
    for path in slices:
        # Not returned: its promise waits for the drop.
        page.evaluate("() => { probeDrop(); }")
        page.locator("body").drop({"files": str(path)})
        found.append(float(page.evaluate("() => dropped")))
    page.close()
    return times(found)


def versus(browser: Browser, origin: str, path: Path, turns: int) -> dict[str, Times]:
    """Anonymize one slice in turns: ours from opening, ours from saving, dcmjs."""
    page = browser.new_page()
    page.goto(f"{origin}/versus.html")
    page.locator("#state", has_text="ready").wait_for(timeout=READY_MS)
    page.locator("input").set_input_files(path)
    found = page.evaluate(
        "([rules, turns]) => versus(input.files[0], rules, turns)", [rules(path), turns]
    )
    page.close()
    return {name: times(values) for name, values in found.items()}


class Saved(NamedTuple):
    """What saving the multi-frame cost, and the SHA-256 of what was saved."""

    before: dict[str, int]
    after: dict[str, int]
    resident_growth_bytes: int
    seconds: float
    digest: str


def save_big(browser: Browser, origin: str, big: Path, key: Path, downloads: Path) -> Saved:
    """Open and save a large file by the page's own controls."""
    page = open_ready(browser, origin)
    page.get_by_test_id("key-input").set_input_files(key)
    before = page.evaluate("() => probeWorker()")
    with peak_resident() as resident:
        start = time.perf_counter()
        page.get_by_test_id("file-input").set_input_files(big)
        page.get_by_test_id("step-4").click(timeout=READY_MS)
        path = _download(page, downloads, big.stat().st_size // 2)
        seconds = time.perf_counter() - start
    after = page.evaluate("() => probeWorker()")
    digest = sha256(path)  # Chromium's own copy goes with the page
    page.close()
    return Saved(before, after, resident[-1] - resident[0], seconds, digest)


def _download(page: Page, downloads: Path, least_bytes: int) -> Path:
    """Press save; wait until the file is whole, whoever writes it."""
    known = set(downloads.iterdir())
    name = page.context.browser.browser_type.name if page.context.browser else ""
    if name == "chromium":
        with page.expect_download(timeout=SAVE_SECONDS * 1000) as caught:
            page.get_by_test_id("save").click(timeout=READY_MS)
        return Path(caught.value.path())
    page.get_by_test_id("save").click(timeout=READY_MS)
    deadline = time.monotonic() + SAVE_SECONDS
    while time.monotonic() < deadline:
        new = set(downloads.iterdir()) - known
        if len(new) == 1 and next(iter(new)).stat().st_size > least_bytes:
            return new.pop()
        time.sleep(0.05)
    message = "no file was saved"
    raise TimeoutError(message)


@contextmanager
def peak_resident() -> Iterator[list[int]]:
    """Yield a list whose first is now, and whose last, in the end, the most there was."""
    found = [_resident()]
    done = threading.Event()

    def watch() -> None:
        most = found[0]
        while not done.wait(0.05):
            most = max(most, _resident())
        found.append(most)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield found
    finally:
        done.set()
        thread.join()


def _resident() -> int:
    """Resident bytes of the browsers started from here, file pages and Playwright's own apart."""
    parents: dict[int, int] = {}
    memory: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            lines = (folder / "status").read_text(encoding="utf-8").splitlines()
        except OSError:
            continue  # it ended meanwhile
        fields = dict(line.split(":", 1) for line in lines)
        number = int(folder.name)
        parents[number] = int(fields["PPid"])
        kinds = ("RssAnon", "RssShmem")
        memory[number] = sum(int(fields.get(kind, "0").split()[0]) << 10 for kind in kinds)
    drivers = {number for number, parent in parents.items() if parent == os.getpid()}
    family = set(drivers)
    while more := {n for n, parent in parents.items() if parent in family} - family:
        family |= more
    return sum(memory[number] for number in family - drivers)


def sha256(path: Path) -> str:
    """SHA-256 of a file as hex digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


class Setting(NamedTuple):
    """What all browsers share: the site, the files, the command line's answer."""

    origin: str
    slices: list[Path]
    turns: int
    big: Path
    key: Path
    expected: str


def measure(playwright: Any, name: str, setting: Setting) -> Found:  # noqa: ANN401 - Playwright
    """Everything in one browser."""
    with tempfile.TemporaryDirectory(dir=ct.CACHE) as scratch:
        downloads = Path(scratch)
        browser = getattr(playwright, name).launch(**launch_options(name, downloads))
        table = first_table(browser, setting.origin, setting.slices)
        turns = versus(browser, setting.origin, setting.slices[0], setting.turns)
        saved = save_big(browser, setting.origin, setting.big, setting.key, downloads)
        browser.close()
    heap = saved.after["heap_bytes"]
    return Found(
        table,
        turns["ours"],
        turns["save"],
        turns["dcmjs"],
        heap / 1e6,
        (heap - saved.before["heap_bytes"]) / 1e6,
        saved.after["parts"],
        saved.resident_growth_bytes / 1e6,
        saved.seconds,
        saved.digest == setting.expected,
    )


def by_command_line(big: Path, folder: Path) -> tuple[Path, str]:
    """A key file, and the hash of what the command line makes of `big` with it."""
    key = folder / "bench.key"
    subprocess.run([*_ours(), "key", "new", str(key)], check=True, capture_output=True)
    out = folder / "out"
    words = [*_ours(), "anonymize", str(big), "-o", str(out), "--key", str(key)]
    subprocess.run(words, check=True, capture_output=True)
    (made,) = out.rglob("*.dcm")
    digest = sha256(made)
    made.unlink()
    return key, digest


def _pair(found: Times) -> str:
    return f"{found.first:.0f} / {found.median:.1f}"


ROWS: tuple[tuple[str, str, Callable[[Found], str]], ...] = (
    ("drop to first table: first / later, ms", "at most 300", lambda f: _pair(f.table)),
    ("CT slice, open and save: first / later, ms", "", lambda f: _pair(f.ours)),
    ("CT slice, save alone: first / later, ms", "", lambda f: _pair(f.save)),
    ("CT slice, dcmjs: first / later, ms", "", lambda f: _pair(f.dcmjs)),
    (
        "dcmjs / open and save: first, later",
        "at least 8x",
        lambda f: f"{f.dcmjs.first / f.ours.first:.1f}x, {f.dcmjs.median / f.ours.median:.1f}x",
    ),
    ("large file: WASM heap grows, MB", "at most 64", lambda f: f"{f.heap_growth_mb:.0f}"),
    ("large file: WASM heap, MB", "", lambda f: f"{f.heap_mb:.0f}"),
    ("large file: Blob parts", "below 18", lambda f: str(f.parts)),
    ("large file: browser's memory grows, MB", "", lambda f: f"{f.resident_growth_mb:.0f}"),
    ("large file: open to saved, s", "", lambda f: f"{f.save_seconds:.1f}"),
    ("large file: bytes as the command line's", "yes", lambda f: "yes" if f.same else "NO"),
)


def main() -> None:
    """Measure both browsers and print the table."""
    parser = argparse.ArgumentParser(description="the built page in both browsers")
    parser.add_argument("--dist", type=Path, default=ROOT / "dist")
    parser.add_argument("--turns", type=int, default=20)
    parser.add_argument("--gigabytes", type=int, default=2)
    options = parser.parse_args()
    big = ct.multi_frame(options.gigabytes)
    slices = sorted(ct.folder(100).iterdir())[:10]
    with tempfile.TemporaryDirectory(dir=ct.CACHE) as scratch, sync_playwright() as playwright:
        site = Path(scratch) / "site"
        probed(options.dist, site)
        key, expected = by_command_line(big, Path(scratch))
        with running(make_server(site, 0)) as origin:
            setting = Setting(origin, slices, options.turns, big, key, expected)
            found = {name: measure(playwright, name, setting) for name in BROWSERS}
    print(f"large file: {big.stat().st_size / 1e9:.2f} GB, load {os.getloadavg()[0]:.1f}\n")
    print(f"| page | aim | {' | '.join(found)} |")
    print(f"|---|---|{'--:|' * len(found)}")
    for text, aim, shown in ROWS:
        print(f"| {text} | {aim} | {' | '.join(shown(row) for row in found.values())} |")


if __name__ == "__main__":
    main()
