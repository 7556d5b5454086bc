"""Burned-in text and masks by device on the built page: find, accept, save, and what is left.

Invariants: saved files are read by pydicom; what they show is searched by the networks, natively.
"""

from __future__ import annotations

import json
import zipfile
from io import BytesIO
from typing import TYPE_CHECKING, Any

import imagecodecs
import numpy as np
import pydicom
import pytest
from playwright.sync_api import expect
from pydicom.encaps import generate_frames

from dicomanon.dicom.scan import scan
from dicomanon.dicom.source import BytesSource
from dicomanon.pixels.detect.native import drive
from dicomanon.pixels.detect.search import Options, search
from tests.web import burned, instances, studies
from tests.web.page.test_access import check

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from tests.web.desk import Desk

    Download = Callable[[Callable[[], None]], Path]

SEARCH_MS = 120_000
BLOCK_PX = 16
"""A JPEG with its colours halved changes in blocks of 16 by 8."""


def frames_of(content: bytes) -> NDArray[Any]:
    """The stored values of each frame, grey: (frames, rows, columns)."""
    instance = pydicom.dcmread(BytesIO(content))
    if instance.SamplesPerPixel == 1:
        return np.frombuffer(instance.PixelData, np.uint16).reshape(1, burned.ROWS, -1)
    frames = generate_frames(instance.PixelData, number_of_frames=burned.FRAMES)
    return np.stack([imagecodecs.jpeg8_decode(frame)[..., 1] for frame in frames])


def around(texts: tuple[tuple[str, int, int], ...]) -> NDArray[np.bool_]:
    """Generous boxes around texts: what may change there, and nothing else."""
    boxes = np.zeros((burned.ROWS, burned.COLUMNS), np.bool_)
    for text, x, y in texts:
        across = len(text) * burned.LETTERS_PX
        boxes[max(y - BLOCK_PX, 0) : y + 2 * BLOCK_PX, max(x - BLOCK_PX, 0) : x + across] = True
    return boxes


def find(desk: Desk, content: bytes, effort: str = "normal") -> None:
    """Open a file and look for its text."""
    desk.open(content)
    desk.pixels()
    desk("find-effort").select_option(effort)
    desk("find-start").click()
    expect(desk("find-over")).to_be_visible(timeout=SEARCH_MS)
    desk.settled()


def kept_texts(path: Path) -> list[str | None]:
    """What the networks still read in a saved file."""
    return [found.text for found in drive(search(scan(BytesSource(path.read_bytes())))).regions]


def looked(desk: Desk) -> None:
    """Say that every frame was looked at, after what the page had to say."""
    if desk("error").is_visible():
        desk("error-close").click()
    desk("looked-at").check()
    desk.settled()


@pytest.mark.parametrize(
    ("make", "effort"), [(burned.ultrasound_jpeg, "fast"), (burned.radiograph, "normal")]
)
def test_found_text_is_masked_and_the_rest_stays(
    desk: Desk, download: Download, make: Callable[[], bytes], effort: str
) -> None:
    """What identifies goes from every frame; the measurement and all other pixels stay."""
    source = make()
    find(desk, source, effort)
    expect(desk("masks").locator("li")).to_have_count(len(burned.TEXTS))
    reasons = desk("masks").inner_text()
    assert "equals Patient's Name" in reasons
    assert "equals Patient's Birth Date" in reasons
    assert "measurement" in reasons
    expect(desk("masks").locator("input[name=applied]:checked")).to_have_count(0)
    desk("accept-identifiers").click()
    desk.settled()
    looked(desk)
    desk("verdict-check").click()
    expect(desk("verdict")).to_have_attribute("data-standing", "passed", timeout=SEARCH_MS)
    saved = download(lambda: desk("save").click())
    assert kept_texts(saved) == [burned.DEPTH[0]]
    before, after = frames_of(source), frames_of(saved.read_bytes())
    changed = (before != after).any(axis=0)
    assert changed.any()
    assert not changed[~around((burned.NAME, burned.BIRTH))].any()


def test_frames_to_look_at(desk: Desk) -> None:
    """A frame the search is not sure of is named, with a way there; nothing is saved before."""
    find(desk, burned.cine(), "fast")
    check(desk)
    expect(desk("find-review")).to_contain_text("on this sample only")
    desk(f"review-{burned.ONLY}").first.click()
    expect(desk("canvas")).to_have_attribute("data-shown", str(burned.ONLY))
    expect(desk("caution")).to_contain_text("not sure of some frames")
    desk("save").click()
    desk.problem("not sure of some frames")
    looked(desk)
    expect(desk("caution")).not_to_contain_text("not sure of some frames")
    expect(desk("find-review")).to_contain_text("You said that you looked")


def test_what_may_stay_is_the_person_s_choice(desk: Desk) -> None:
    """The list of the modality is shown and can be changed; what is accepted can be undone."""
    find(desk, burned.ultrasound_jpeg(), "fast")
    expect(desk("find-stays")).to_contain_text("May stay on US images")
    expect(desk("accept-all")).to_have_text("Mask all (2)")
    desk("stays-measurement").uncheck()
    expect(desk("accept-all")).to_have_text("Mask all (3)")
    desk("accept-all").click()
    ticked = desk("masks").locator("input[name=applied]:checked")
    expect(ticked).to_have_count(len(burned.TEXTS))
    expect(desk("find-choice")).to_be_hidden()
    desk("undo").click()
    expect(ticked).to_have_count(0)
    expect(desk("masks").locator("li")).to_have_count(len(burned.TEXTS))


def test_what_is_still_readable_is_not_saved(desk: Desk, download: Download) -> None:
    """After a search the output is looked at again; a name that stays blocks, but for a reason."""
    find(desk, burned.radiograph(), "fast")
    looked(desk)
    desk("save").click()
    expect(desk("verdict-dialog")).to_be_visible(timeout=SEARCH_MS)
    expect(desk("verdict-findings")).to_contain_text("still readable in the image")
    desk("verdict-looked").check()
    desk("verdict-reason").fill("a phantom, made for this test")
    desk("verdict-accept").click()
    expect(desk("verdict")).to_have_attribute("data-standing", "accepted", timeout=SEARCH_MS)
    saved = download(lambda: desk("save").click())
    assert burned.NAME[0] in kept_texts(saved)


def test_many_images_by_one_click(desk: Desk, download: Download, tmp_path: Path) -> None:
    """One search, one click: what stands on most images of a series goes from each of them.

    Three radiographs, of which the last has no birth date, and a cine that a person has to look
    at: it is left out until they did.
    """
    texts = [burned.TEXTS, burned.TEXTS, (burned.NAME, burned.DEPTH)]
    contents = [burned.radiograph(number, shown) for number, shown in enumerate(texts, 1)]
    paths = [tmp_path / f"{number}.dcm" for number in range(len(texts) + 1)]
    for path, content in zip(paths, [*contents, burned.cine()], strict=True):
        path.write_bytes(content)
    desk.open_all(*paths)
    desk.pixels()
    expect(desk("find-where")).to_have_value("series")
    desk("find-where").select_option("risk")
    desk("find-effort").select_option("fast")
    desk("find-start").click()
    expect(desk("find-run")).to_contain_text("of 4")
    expect(desk("found-list")).to_contain_text("3 of 3 images looked at", timeout=SEARCH_MS)
    expect(desk("masks").locator("li")).to_have_count(len(burned.TEXTS))
    check(desk)
    desk("accept-identifiers").click()
    desk.settled()
    desk("found-next").click()
    expect(desk("find-review")).to_contain_text("on this sample only")
    desk.settled()
    desk("save").click()
    saved = download(desk.deliver)
    expect(desk("failed")).to_contain_text("not sure of some frames")
    with zipfile.ZipFile(saved) as archive:
        outputs = [archive.read(name) for name in archive.namelist() if name.endswith(".dcm")]
    assert len(outputs) == len(texts)
    for content in outputs:
        found = drive(search(scan(BytesSource(content)), Options("fast")))
        assert [region.text for region in found.regions] == [burned.DEPTH[0]]
    looked(desk)
    expect(desk("found-next")).to_be_hidden()


@pytest.mark.parametrize("many", [False, True], ids=["one", "many"])
def test_a_preset_that_refuses_burned_in_text(desk: Desk, tmp_path: Path, *, many: bool) -> None:
    """Nothing that may have text burned in is saved unmasked, one file or many."""
    own = {"form": "dicomanon-preset-1", "extends": "research", "burned_in": {"refuse": True}}
    preset = {"name": "p.json", "mimeType": "application/json", "buffer": json.dumps(own).encode()}
    if many:
        desk.open_all(*studies.folder(tmp_path))
    else:
        desk.open(instances.ultrasound())
    desk("preset-input").set_input_files(preset)  # type: ignore[arg-type]
    expect(desk("preset-own")).to_be_visible()
    desk.settled()
    desk("save").click()
    if many:
        desk("deliver-start").click()
        expect(desk("failed")).to_contain_text("Text may be burned into", timeout=SEARCH_MS)
        return
    desk.problem("Text may be burned into")
    desk.pixels()
    looked(desk)
    desk("verdict-check").click()
    expect(desk("verdict")).to_have_attribute("data-standing", "passed", timeout=SEARCH_MS)


def test_a_search_is_stopped(desk: Desk) -> None:
    """Nothing is proposed by a search that was stopped, and the next one starts afresh."""
    desk.open(burned.radiograph())
    desk.pixels()
    desk("find-start").click()
    desk("find-stop").click()
    expect(desk("find-run")).to_be_hidden(timeout=SEARCH_MS)
    expect(desk("masks").locator("li")).to_have_count(0)
    desk("find-start").click()
    # The page stays a page while it searches.
    desk("add-mask").click()
    expect(desk("mask-box-1")).to_be_focused()
    expect(desk("find-over")).to_be_visible(timeout=SEARCH_MS)
    desk("dismiss").click()
    expect(desk("masks").locator("li")).to_have_count(1)


def test_masks_are_remembered_for_a_device(desk: Desk, download: Download) -> None:
    """A drawn mask becomes a template file; loaded again it is proposed, and used by one click."""
    desk.open(instances.ultrasound())
    desk.pixels()
    expect(desk("template-save")).to_be_disabled()
    desk.drag((16.4, 12.4), (31.6, 23.6))
    desk.settled()
    kept = download(lambda: desk("template-save").click())
    made = json.loads(kept.read_text())["templates"][0]
    assert made["regions"] == ["16,12,16,12"]
    assert {made["match"][name] for name in ("Rows", "Columns")} == {48, 64}
    desk.open(instances.ultrasound())
    desk.pixels()
    desk("template-input").set_input_files(kept)
    use = desk("template-list").get_by_role("button")
    expect(desk("template-list")).to_contain_text("from your template file")
    use.click()
    assert desk.numbers(1) == [16, 12, 16, 12]
    expect(desk("mask-1").locator("input[name=applied]")).to_be_checked()
    junk = {"name": "t.json", "mimeType": "application/json", "buffer": b"{}"}
    desk("template-input").set_input_files(junk)  # type: ignore[arg-type]
    desk.problem("not a file of mask templates")


def test_a_known_device_is_recognized(desk: Desk) -> None:
    """The catalogue proposes its layout with the reason, and masks nothing by itself."""
    instance = pydicom.dcmread(BytesIO(burned.ultrasound_jpeg()))
    instance.Manufacturer, instance.ManufacturerModelName = "GE Vingmed", "LOGIQ9"
    desk.open(instances.written(instance))
    desk.pixels()
    expect(desk("template-list")).to_contain_text("GE LOGIQ 9")
    expect(desk("template-list")).to_contain_text("CTP")
    expect(desk("masks").locator("li")).to_have_count(0)
    desk("template-list").get_by_role("button").click()
    assert desk.numbers(1) == [0, 0, 640, 30]


def test_looking_at_every_frame_is_recorded(desk: Desk, download: Download) -> None:
    """With masks and a person's word the output says that its pixels are clean (113101)."""
    desk.open(instances.ultrasound())
    desk.pixels()
    desk("add-mask").click()
    desk("looked-at").check()
    desk.settled()
    saved = pydicom.dcmread(download(lambda: desk("save").click()))
    codes = {item.CodeValue for item in saved.DeidentificationMethodCodeSequence}
    assert "113101" in codes
    desk("looked-at").uncheck()
    desk.settled()
    saved = pydicom.dcmread(download(lambda: desk("save").click()))
    codes = {item.CodeValue for item in saved.DeidentificationMethodCodeSequence}
    assert "113101" not in codes


def test_looking_is_said_of_a_series(desk: Desk, tmp_path: Path) -> None:
    """Of many files the word is given for a series, and stays with it."""
    desk.open_all(*studies.folder(tmp_path))
    series = desk("tree").locator("button.series")
    series.nth(0).click()
    desk.settled()
    desk.pixels()
    desk("looked-at").check()
    desk.settled()
    series.nth(1).click()
    expect(desk("looked-at")).not_to_be_checked()
    desk.settled()
    series.nth(0).click()
    expect(desk("looked-at")).to_be_checked()


def test_before_and_after_by_keyboard(desk: Desk) -> None:
    """The line moves by keys and hides the masks on its left; without masks there is nothing."""
    desk.open(instances.ultrasound())
    desk.pixels()
    expect(desk("wipe")).to_be_disabled()
    desk("add-mask").click()
    desk("wipe").focus()
    for _ in range(5):
        desk.page.keyboard.press("PageUp")
    expect(desk("wipe")).not_to_have_value("0")
    shown = desk("overlay").evaluate("element => getComputedStyle(element).maskImage")
    assert "linear-gradient" in shown
    check(desk)
    desk.page.keyboard.press("Home")
    expect(desk("wipe")).to_have_attribute("aria-valuetext", "masks shown")
    assert desk("overlay").evaluate("element => getComputedStyle(element).maskImage") == "none"
