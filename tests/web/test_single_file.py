"""The page as one file, opened from the disk in both browsers.

Invariants: saved files are read by pydicom, never by the engine that wrote them.
"""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pydicom
import pytest
from playwright.sync_api import expect
from pydicom.data import get_testdata_file

import build_wasm
from tests.web import instances
from tests.web.desk import OPEN_MS, PATIENT_NAME, Desk
from webbuild.fetch import BuildError
from webbuild.press import Presser
from webbuild.single import write_single_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    Download = Callable[[Callable[[], None]], Path]

READY_MS = 60_000
LIMITS = {"dicomanon.html": 16_000_000, "dicomanon-full.html": 32_000_000}


@pytest.fixture(scope="module")
def opened(browser: Browser, dist: Path) -> Iterator[Page]:
    """The single file, opened from the disk, with its engine up; one for all tests of a browser."""
    page = browser.new_page(locale="en-US", viewport={"width": 1280, "height": 800})
    page.goto((dist / "dicomanon.html").as_uri())
    expect(page.get_by_test_id("status")).to_have_attribute("data-state", "ready", timeout=READY_MS)
    yield page
    page.close()


@pytest.fixture
def page(opened: Page) -> Page:
    """The page that `download` listens to."""
    return opened


@pytest.fixture
def desk(page: Page) -> Desk:
    """The page as if fresh."""
    desk = Desk(page)
    desk.reset()
    return desk


def test_the_files_are_small_enough(dist: Path) -> None:
    """One file without text detection, one with it; both within their limits."""
    sizes = {path.name: path.stat().st_size for path in dist.glob("dicomanon*.html")}
    assert set(sizes) == set(LIMITS)
    assert {name: size for name, size in sizes.items() if size > LIMITS[name]} == {}


def test_the_policy_allows_no_connection(dist: Path) -> None:
    """Script and style by hash only, connections not at all, before anything else is read."""
    text = (dist / "dicomanon.html").read_text(encoding="utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)
    assert policy is not None
    assert "<script" not in text[: policy.start()]
    rules = dict(rule.split(" ", 1) for rule in policy[1].split("; "))
    assert rules["default-src"] == rules["connect-src"] == "'none'"
    assert re.fullmatch(r"'sha256-[\w+/]{43}=' 'wasm-unsafe-eval'", rules["script-src"])
    assert re.fullmatch(r"'sha256-[\w+/]{43}='", rules["style-src"])
    assert rules["worker-src"] == "blob:"


def test_a_reference_to_another_file_stops_the_build(dist: Path, tmp_path: Path) -> None:
    """What the page refers to outside itself is named, and no file is written."""
    web = tmp_path / "web"
    shutil.copytree(build_wasm.WEB, web)
    page = (build_wasm.WEB / "index.html").read_text(encoding="utf-8")
    (web / "index.html").write_text(page.replace("</main>", '<img src="x.png"></main>'))
    presser = Presser(build_wasm.CACHE / "pressed", build_wasm.PARTS_CACHE)
    with pytest.raises(BuildError, match=r"x\.png"):
        write_single_files(dist, web, presser, build_wasm.PARTS_CACHE)


def test_open_mask_and_save(desk: Desk, download: Download) -> None:
    """A file is opened, masked in part and saved; names are gone and the mask is black."""
    desk.open(instances.ultrasound())
    desk("step-3").click()
    desk("add-mask").click()
    desk.settled()
    x, y, width, height = desk.numbers(1)
    saved = pydicom.dcmread(download(desk("save").click))
    assert "Yamada" not in str(saved.PatientName)
    shape = (instances.US_FRAMES, instances.US_ROWS, instances.US_COLUMNS, 3)
    expected = np.full(shape, 255, np.uint8)
    expected[:, y : y + height, x : x + width] = 0
    assert np.array_equal(np.frombuffer(saved.PixelData, np.uint8).reshape(shape), expected)


def test_a_compressed_image_is_masked(desk: Desk, download: Download) -> None:
    """Numpy and the codecs come out of the page too; outside the mask nothing changes."""
    source = get_testdata_file("JPEG2000.dcm", download=False)
    assert source is not None
    with open(str(source), "rb") as stream:  # noqa: PTH123 - pydicom gives a name
        desk.open(stream.read())
    desk.pixels()
    expect(desk("find-none")).to_contain_text("cannot look for text")
    expect(desk("find-start")).to_be_hidden()
    desk("add-mask").click()
    desk.settled()
    x, y, width, height = desk.numbers(1)
    saved = pydicom.dcmread(download(desk("save").click))
    before = pydicom.dcmread(str(source))
    assert saved.file_meta.TransferSyntaxUID == before.file_meta.TransferSyntaxUID
    inside = np.zeros(before.pixel_array.shape, bool)
    inside[y : y + height, x : x + width] = True
    assert len(np.unique(saved.pixel_array[inside])) == 1
    assert np.array_equal(saved.pixel_array[~inside], before.pixel_array[~inside])


def test_both_languages_are_inside(desk: Desk) -> None:
    """The language changes without asking for anything."""
    requests: list[str] = []
    desk.page.on("request", lambda request: requests.append(request.url))
    desk.open(instances.ct())
    for language, words in (("ja", "ファイル"), ("en", "Save")):
        desk(f"language-{language}").click()
        expect(desk.page.locator("main")).to_contain_text(words)
        expect(desk.page.locator("html")).to_have_attribute("lang", language)
    expect(desk.row(PATIENT_NAME)).to_be_visible(timeout=OPEN_MS)
    assert [url for url in requests if not url.startswith("blob:")] == []
