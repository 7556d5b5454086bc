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

import build_wasm
from tests import pydicom_files
from tests.pixels.coded import PROGRESSIVE, VIDEO
from tests.web import burned, instances
from tests.web.desk import PATIENT_NAME, Desk
from webbuild.fetch import BuildError
from webbuild.press import Presser
from webbuild.single import write_single_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    Download = Callable[[Callable[[], None]], Path]

READY_MS, SEARCH_MS = 60_000, 120_000
LIMITS = {"dicomanon.html": 16_000_000, "dicomanon-full.html": 32_000_000}


def started(browser: Browser, file: Path) -> Page:
    """A file opened from the disk, with its engine up."""
    page = browser.new_page(locale="en-US", viewport={"width": 1280, "height": 800})
    page.goto(file.as_uri())
    expect(page.get_by_test_id("status")).to_have_attribute("data-state", "ready", timeout=READY_MS)
    return page


@pytest.fixture(scope="module")
def opened(browser: Browser, dist: Path) -> Iterator[Page]:
    """The single file, with its engine up; one for all tests of a browser."""
    page = started(browser, dist / "dicomanon.html")
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
    """Numpy and the codecs come out of the page too; outside the mask nothing changes.

    JPEG-LS, because there a decoder's own words are read.
    """
    source = pydicom_files.image("MR_small_jpeg_ls_lossless.dcm")
    desk.open(source.read_bytes())
    desk.pixels()
    expect(desk("find-none")).to_contain_text("cannot look for text")
    expect(desk("find-start")).to_be_hidden()
    desk("add-mask").click()
    desk.settled()
    x, y, width, height = desk.numbers(1)
    saved = pydicom.dcmread(download(desk("save").click))
    before = pydicom.dcmread(source)
    assert saved.file_meta.TransferSyntaxUID == before.file_meta.TransferSyntaxUID
    inside = np.zeros(before.pixel_array.shape, bool)
    inside[y : y + height, x : x + width] = True
    assert len(np.unique(saved.pixel_array[inside])) == 1
    assert np.array_equal(saved.pixel_array[~inside], before.pixel_array[~inside])


def test_what_no_mask_can_be_burned_into(desk: Desk, download: Download) -> None:
    """A progressive JPEG is converted and masked, a video loses its pixels; both on request."""
    desk.open(PROGRESSIVE[0].file())
    desk.pixels()
    desk("add-mask").click()
    desk.settled()
    desk("unmaskable").select_option("convert")
    desk.settled()
    x, y, width, height = desk.numbers(1)
    saved = pydicom.dcmread(download(desk("save").click))
    assert (saved.pixel_array[:, y : y + height, x : x + width] == PROGRESSIVE[0].black[0]).all()
    desk.open(VIDEO.file())
    desk("step-3").click()
    desk("unmaskable").select_option("remove")
    desk.settled()
    assert "PixelData" not in pydicom.dcmread(download(desk("save").click))


def test_text_that_nobody_decided_on_is_not_saved(browser: Browser, dist: Path) -> None:
    """What was shown and left alone may stay in the output, half of a masked name may not."""
    desk = Desk(started(browser, dist / "dicomanon-full.html"))
    desk.open(burned.radiograph())
    desk.pixels()
    desk("find-effort").select_option("fast")
    desk("find-start").click()
    expect(desk("find-over")).to_be_visible(timeout=SEARCH_MS)
    name = desk("mask-1")
    expect(desk("masks").locator("li")).to_have_count(len(burned.TEXTS))
    name.locator("input[name=applied]").check()
    desk("looked-at").check()
    desk.settled()
    desk("verdict-check").click()
    expect(desk("verdict")).to_have_attribute("data-standing", "passed", timeout=SEARCH_MS)
    desk.enter(name.locator("input[name=width]"), str(desk.numbers(1)[2] // 2))
    desk.settled()
    desk("verdict-check").click()
    expect(desk("verdict")).to_have_attribute("data-standing", "refused", timeout=SEARCH_MS)
    expect(desk("verdict-text")).to_contain_text("text that nobody decided on")
    desk.page.close()


def test_both_languages_are_inside(desk: Desk) -> None:
    """The language changes without asking for anything."""
    requests: list[str] = []
    desk.page.on("request", lambda request: requests.append(request.url))
    desk.open(instances.ct())
    for language, words in (("ja", "ファイル"), ("en", "Save")):
        desk(f"language-{language}").click()
        expect(desk.page.locator("main")).to_contain_text(words)
        expect(desk.page.locator("html")).to_have_attribute("lang", language)
    expect(desk.row(PATIENT_NAME)).to_be_visible()
    assert [url for url in requests if not url.startswith("blob:")] == []
