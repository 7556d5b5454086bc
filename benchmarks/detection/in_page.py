"""The same scenes natively and in both browsers: which boxes agree, and how long it takes.

Invariants: boxes agree where all four sides are the same pixel.
"""

from __future__ import annotations

import base64
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from playwright.sync_api import sync_playwright  # noqa: E402 - the repository's own root

from benchmarks.detection.scenes import scenes  # noqa: E402
from dicomanon.dicom.scan import scan  # noqa: E402
from dicomanon.dicom.source import BytesSource  # noqa: E402
from dicomanon.pixels.detect.native import drive  # noqa: E402
from dicomanon.pixels.detect.search import Options, search  # noqa: E402
from tests.web.browsers import BROWSERS, launch_options  # noqa: E402
from tests.web.sites import running  # noqa: E402
from tests.web.test_detect import searching_page  # noqa: E402
from webbuild.serve import make_server  # noqa: E402

REQUEST = {"effort": "normal", "every_frame": False, "read": False}


def print_page(seed: int, pictures: int, dist: Path = ROOT / "dist") -> None:
    """Print agreement and seconds for each browser; `dist` is a build of today."""
    files = [scene.data for scene in scenes(seed, range(pictures), text=True)]
    wanted = [natively(data) for data in files]
    with tempfile.TemporaryDirectory(dir=dist.parent) as scratch, sync_playwright() as driver:
        folder = searching_page(dist, Path(scratch) / "dist")
        with running(make_server(folder, 0)) as origin:
            for name in BROWSERS:
                with getattr(driver, name).launch(**launch_options(name)) as browser:
                    page = browser.new_page()
                    page.goto(origin)
                    page.locator("#state", has_text="loaded").wait_for(timeout=120_000)
                    answers = [in_page(page, data) for data in files]
                same = sum(len(a & b) for (a, _), b in zip(answers, wanted, strict=True))
                every = sum(len(a | b) for (a, _), b in zip(answers, wanted, strict=True))
                seconds = statistics.median(s for _, s in answers)
                print(f"  {name}: {same} of {every} boxes agree, median {seconds:.2f} s a picture")


def natively(data: bytes) -> set[str]:
    """The boxes of the command line."""
    options = Options("normal", read=False)
    return {str(found.region) for found in drive(search(scan(BytesSource(data)), options)).regions}


def in_page(page: Any, data: bytes) -> tuple[set[str], float]:  # noqa: ANN401 - Playwright's page
    """The boxes of the page, and its seconds."""
    given = [base64.b64encode(data).decode(), REQUEST]
    answer = page.evaluate("([file, request]) => search(file, request)", given)
    found = answer["found"]["regions"]
    return {f"{r['x']},{r['y']},{r['width']},{r['height']}" for r in found}, answer["seconds"]


if __name__ == "__main__":
    print_page(1, 4)
