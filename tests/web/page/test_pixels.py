"""Masks, saving, keys and recovery on the built page, in both browsers.

Invariants: saved files are read by pydicom, never by the engine that wrote them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pydicom
import pytest
from playwright.sync_api import expect

from dicomanon.dicom.segment import to_bytes
from dicomanon.dicom.source import BytesSource
from dicomanon.engine import anonymize
from dicomanon.pixels.region import Region
from dicomanon.policy.action import Action
from dicomanon.policy.key import dump_key, load_key
from dicomanon.policy.profile import Override, profile
from tests.web import instances
from tests.web.desk import (
    PATIENT_NAME,
    STUDY_DATE,
    WRAP_WORKER,
    Desk,
    contains,
    given_name,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Browser

    Language = Literal["ja", "en"]

    Download = Callable[[Callable[[], None]], Path]

KEY = dump_key(bytes(range(32)))
NOT_DICOM = {"ja": "DICOM ファイルではありません", "en": "not a DICOM file"}
TRUNCATED = {"ja": "途中で切れています", "en": "ends in the middle"}
EMPTY_FILE = {"ja": "ファイルが空です", "en": "file is empty"}
PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452") + bytes(200)


def pixels_of(path: Path) -> np.ndarray[Any, Any]:
    """The stored values of a saved ultrasound."""
    shape = (instances.US_FRAMES, instances.US_ROWS, instances.US_COLUMNS, 3)
    return np.frombuffer(pydicom.dcmread(path).PixelData, np.uint8).reshape(shape)


def black(*boxes: tuple[int, int, int, int]) -> np.ndarray[Any, Any]:
    """What a white ultrasound looks like with these boxes masked in all frames."""
    shape = (instances.US_FRAMES, instances.US_ROWS, instances.US_COLUMNS, 3)
    expected = np.full(shape, 255, np.uint8)
    for x, y, width, height in boxes:
        expected[:, y : y + height, x : x + width] = 0
    return expected


def test_masks_by_mouse(desk: Desk, download: Download) -> None:
    """Draw, move, resize; the saved pixels are black there and nowhere else."""
    desk.open(instances.ultrasound())
    desk.pixels()
    desk.drag((16.4, 12.4), (31.6, 23.6))
    assert desk.numbers(1) == [16, 12, 16, 12]
    desk.drag((24, 18), (32, 24))
    assert desk.numbers(1) == [24, 18, 16, 12]
    desk.drag((40, 30), (48, 36))
    assert desk.numbers(1) == [24, 18, 24, 18]
    desk.settled()
    saved = download(lambda: desk("save").click())
    assert np.array_equal(pixels_of(saved), black((24, 18, 24, 18)))


def test_masks_by_keyboard(desk: Desk, download: Download) -> None:
    """Add, move, resize, untick and delete without a pointer; an unticked mask changes nothing."""
    desk.open(instances.ultrasound())
    desk.pixels()
    keyboard = desk.page.keyboard
    desk("add-mask").focus()
    keyboard.press("Enter")
    expect(desk("mask-box-1")).to_be_focused()
    assert desk.numbers(1) == [24, 21, 16, 6]
    for key in ("ArrowRight", "Control+ArrowUp", "Shift+ArrowDown", "Control+Shift+ArrowLeft"):
        keyboard.press(key)
    assert desk.numbers(1) == [25, 11, 6, 7]
    desk("add-mask").focus()
    keyboard.press("Enter")
    expect(desk("mask-box-2")).to_be_focused()
    keyboard.press("Space")
    expect(desk("mask-2").locator("input[name=applied]")).not_to_be_checked()
    desk.settled()
    saved = download(lambda: desk("save").press("Enter"))
    assert np.array_equal(pixels_of(saved), black((25, 11, 6, 7)))
    desk("mask-box-2").focus()
    keyboard.press("Delete")
    expect(desk("mask-2")).to_have_count(0)
    expect(desk("mask-box-1")).to_be_focused()


def test_exact_numbers_and_frames(desk: Desk, download: Download) -> None:
    """Numbers place a mask to the pixel, cut at the edge; a range of frames spares the others."""
    desk.open(instances.ultrasound())
    desk.pixels()
    desk("add-mask").click()
    item = desk("mask-1")
    for name, value in (("x", "60"), ("y", "2"), ("width", "99"), ("height", "5")):
        desk.enter(item.locator(f"input[name={name}]"), value)
    assert desk.numbers(1) == [60, 2, 4, 5]
    item.locator("select[name=frames]").select_option("some")
    desk.enter(item.locator("input[name=first]"), "2")
    desk.settled()
    expected = black((60, 2, 4, 5))
    expected[0] = 255
    saved = download(lambda: desk("save").click())
    assert np.array_equal(pixels_of(saved), expected)


def test_everything_outside_the_image_area(desk: Desk, download: Download) -> None:
    """One button masks all that lies outside of the ultrasound's own regions."""
    desk.open(instances.ultrasound())
    desk.pixels()
    desk("mask-outside").click()
    desk.settled()
    left, top, right, bottom = instances.AREA
    saved = pixels_of(download(lambda: desk("save").click()))
    expected = np.zeros_like(saved)
    expected[:, top : bottom + 1, left : right + 1] = 255
    assert np.array_equal(saved, expected)


def test_frames_window_and_zoom(desk: Desk) -> None:
    """Frames by number, wheel and slider; window by number and drag; zoom by button."""
    desk.open(instances.ultrasound())
    desk.pixels()
    desk.enter(desk("frame-number"), "3")
    expect(desk("canvas")).to_have_attribute("data-shown", "3")
    desk.open(instances.ct())
    desk.pixels()
    expect(desk("window-width")).to_have_value("400")
    desk.enter(desk("window-width"), "1000")
    desk("mode-window").click()
    desk.drag((16, 32), (48, 32))
    expect(desk("window-width")).not_to_have_value("1000")
    desk("window-reset").click()
    expect(desk("window-width")).to_have_value("400")
    before = desk("canvas").bounding_box()
    desk("zoom-full").click()
    after = desk("canvas").bounding_box()
    assert before is not None
    assert after is not None
    assert after["width"] == 64 < before["width"]


def test_saved_file_holds_no_identifier(desk: Desk, download: Download, language: Language) -> None:
    """The saved file is read by pydicom, has a neutral name and none of the planted identifiers."""
    desk.open(instances.ct(), "Yamada_0012345678.dcm")
    saved = download(lambda: desk("save").click())
    expect(desk("saved")).to_contain_text(given_name(saved))
    assert contains(saved, (*instances.PLANTED, "山田")) == []
    assert not any(word in saved.name for word in instances.PLANTED)
    assert pydicom.dcmread(saved).PatientIdentityRemoved == "YES"
    desk("report-form").select_option("text")
    report = download(lambda: desk("report-save").click())
    assert contains(report, (*instances.PLANTED, "山田", "image.dcm")) == []
    words = {"ja": "もう一度保存", "en": "Save again"}
    expect(desk("save")).to_have_text(words[language])


def test_saved_bytes_are_those_of_the_library(desk: Desk, download: Download) -> None:
    """Same file, choices and key: the page and the library write the same bytes."""
    source = instances.ultrasound()
    desk.open(source)
    file = {"name": "key.txt", "mimeType": "text/plain", "buffer": KEY.encode()}
    desk("key-input").set_input_files(file)  # type: ignore[arg-type]
    expect(desk("key-state")).to_have_text(load_key(KEY).fingerprint)
    desk.act(STUDY_DATE, "keep")
    desk.pixels()
    desk.drag((16.4, 12.4), (31.6, 23.6))
    desk.settled()
    saved = download(lambda: desk("save").click())
    chosen = profile("research", [Override(STUDY_DATE, Action.KEEP, "")])
    region = Region(16, 12, 16, 12, None)
    opened = BytesSource(source)
    result = anonymize(opened, chosen, load_key(KEY), [region])
    assert saved.read_bytes() == to_bytes(opened, result.segments)
    assert given_name(saved) == f"{result.file_stem}.dcm"


def test_key_file_gives_the_same_pseudonyms(desk: Desk) -> None:
    """A key file decides pseudonyms; without it the page's own key is back; junk is refused."""
    desk.open(instances.ct())
    random = desk.after(PATIENT_NAME)
    file = {"name": "k", "mimeType": "text/plain", "buffer": KEY.encode()}
    desk("key-input").set_input_files(file)  # type: ignore[arg-type]
    expect(desk("key-state")).to_have_text(load_key(KEY).fingerprint)
    desk.settled()
    keyed = desk.after(PATIENT_NAME)
    assert keyed != random
    desk("key-drop").click()
    expect(desk("key-drop")).to_be_hidden()
    desk.settled()
    assert desk.after(PATIENT_NAME) == random
    junk = {"name": "k", "mimeType": "text/plain", "buffer": b"not a key"}
    desk("key-input").set_input_files(junk)  # type: ignore[arg-type]
    desk.problem("not a dicomanon key file")


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", EMPTY_FILE), (PNG, NOT_DICOM), (instances.ct()[:3000], TRUNCATED)],
    ids=["0-byte", "png", "truncated"],
)
def test_refused_files_say_why(
    desk: Desk, language: Language, content: bytes, words: dict[Language, str]
) -> None:
    """A file that cannot be handled has a sentence in the person's language, which takes focus."""
    desk.give(content)
    desk.problem(words[language])
    desk.open(instances.ct())
    expect(desk("error")).to_be_hidden()


def test_crash_says_so_and_opens_again(browser: Browser, site: str) -> None:
    """After a crash one click opens the file again: same choices, same pseudonyms."""
    page = browser.new_page()
    page.add_init_script(WRAP_WORKER)
    page.goto(site)
    desk = Desk(page)
    desk.open(instances.ct())
    before = desk.after(PATIENT_NAME)
    desk.act(STUDY_DATE, "keep")
    page.evaluate("window.worker.dispatchEvent(new ErrorEvent('error'))")
    desk.problem("stopped unexpectedly")
    desk("error-again").click()
    expect(page.locator("body")).to_have_attribute("data-view", "work", timeout=60_000)
    desk.settled()
    assert desk.after(STUDY_DATE) == "20260114"
    assert desk.after(PATIENT_NAME) == before
    page.close()


def test_cancel_restarts_and_keeps_everything(browser: Browser, site: str) -> None:
    """Cancelling a save gives the table back: same choices, same pseudonyms."""
    page = browser.new_page()
    page.add_init_script(WRAP_WORKER)
    page.goto(site)
    desk = Desk(page)
    desk.open(instances.ct())
    before = desk.after(PATIENT_NAME)
    desk.act(STUDY_DATE, "keep")
    page.evaluate("window.swallow = 'save'")
    desk("save").click()
    desk("cancel").click()
    desk.problem("Cancelled")
    page.evaluate("window.swallow = 'none'")
    expect(desk("save")).to_be_enabled(timeout=60_000)
    desk.settled()
    assert desk.after(STUDY_DATE) == "20260114"
    assert desk.after(PATIENT_NAME) == before
    page.close()
