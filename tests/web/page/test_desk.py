"""What stands around the work: the verdict before saving, the sample, undo, keys.

Invariants: the verdict is the engine's own; what it refuses is never saved without a reason.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.web import instances
from tests.web.desk import PATIENT_NAME, STUDY_DATE, Desk

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Download = Callable[[Callable[[], None]], Path]
    Language = Literal["ja", "en"]

MODEL = "00081090"
REASON = "A vendor's name, nobody's"
PASSED = {"ja": "確認済み", "en": "Checked"}
NAME = {"ja": "氏名", "en": "name"}


def accessible(desk: Desk) -> None:
    """Nothing that axe knows to be wrong."""
    found = Axe().run(desk.page)
    assert found.violations_count == 0, found.generate_report()


def standing(desk: Desk, expected: str) -> None:
    expect(desk("verdict")).to_have_attribute("data-standing", expected)


def test_the_verdict_comes_before_saving(desk: Desk, language: Language) -> None:
    """Step 4 makes the output and searches it at once; a choice takes the verdict away."""
    desk.open(instances.ct())
    standing(desk, "none")
    desk("step-4").click()
    standing(desk, "passed")
    expect(desk("verdict-text")).to_contain_text(PASSED[language])
    desk("verdict-open").click()
    expect(desk("verdict-searched")).not_to_be_empty()
    accessible(desk)
    desk("verdict-close").click()
    desk("preset-basic").click()
    standing(desk, "none")
    desk("verdict-check").click()
    standing(desk, "passed")


def test_what_is_refused_is_not_saved(desk: Desk, language: Language) -> None:
    """The findings are told by place and kind, never by value, and saving is blocked."""
    desk.open(instances.leaking())
    desk("save").click()
    expect(desk("verdict-dialog")).to_be_visible()
    standing(desk, "refused")
    found = desk("verdict-findings").inner_text()
    assert MODEL in found
    assert NAME[language] in found
    assert "Yamada" not in desk("verdict-dialog").inner_text()
    accessible(desk)
    desk("verdict-close").click()
    expect(desk("save")).to_be_disabled()
    expect(desk("save-zip")).to_be_disabled()
    desk("verdict-open").click()
    desk("verdict-findings").get_by_role("button").click()
    expect(desk(f"row-{MODEL}")).to_be_visible()
    desk.act(MODEL, "remove")
    standing(desk, "none")
    expect(desk("save")).to_be_enabled()


def test_a_person_may_override_for_a_reason(desk: Desk, download: Download) -> None:
    """Neither a short reason nor an unticked box will do; the reason stands in the report."""
    desk.open(instances.leaking())
    desk("step-4").click()
    standing(desk, "refused")
    desk("verdict-open").click()
    for reason, ticked in (("short", True), (REASON, False), ("          ", True)):
        desk("verdict-reason").fill(reason)
        desk("verdict-looked").set_checked(ticked)
        desk("verdict-accept").click()
        expect(desk("verdict-dialog")).to_be_visible()
        standing(desk, "refused")
    desk("verdict-reason").fill(REASON)
    desk("verdict-looked").check()
    desk("verdict-accept").click()
    standing(desk, "accepted")
    expect(desk("verdict-text")).to_contain_text(REASON)
    saved = download(lambda: desk("save").click())
    assert saved.stat().st_size > 0
    desk("report-form").select_option("json")
    report = json.loads(download(lambda: desk("report-save").click()).read_text())
    assert report["inputs"][0]["accepted"] == REASON
    assert report["totals"]["check"] == {"passed": 0, "accepted": 1, "skipped": 0}
    desk("preset-midi").click()
    desk("step-2").click()
    desk("step-4").click()
    standing(desk, "passed")


@pytest.mark.parametrize(
    ("form", "expected"),
    [("page", "<!doctype html>"), ("summary", "<!doctype html>"), ("csv", "number,state")],
)
def test_reports(desk: Desk, download: Download, form: str, expected: str) -> None:
    """Each form of the report is the engine's and holds nothing of the patient."""
    desk.open(instances.ct())
    download(lambda: desk("save").click())
    desk("report-form").select_option(form)
    report = download(lambda: desk("report-save").click()).read_text()
    assert report.lower().lstrip("\ufeff").startswith(expected)
    assert [value for value in instances.PLANTED if value in report] == []


def test_many_are_refused_one_by_one(desk: Desk, download: Download, tmp_path: Path) -> None:
    """What the check refuses is listed by file, and saved later for a reason, on its own."""
    for name, content in (("a.dcm", instances.ct()), ("b.dcm", instances.leaking())):
        (tmp_path / name).write_bytes(content)
    desk.open_all(tmp_path / "a.dcm", tmp_path / "b.dcm")
    desk("save").click()
    download(desk.deliver)
    standing(desk, "refused")
    expect(desk("saved")).to_contain_text("1 file saved")
    desk("verdict-open").click()
    expect(desk("verdict-findings")).to_contain_text("b.dcm")
    expect(desk("verdict-findings")).to_contain_text(MODEL)
    accessible(desk)
    desk("verdict-reason").fill(REASON)
    desk("verdict-looked").check()
    desk("verdict-accept").click()
    download(desk.deliver)
    standing(desk, "passed")
    desk("report-form").select_option("json")
    report = json.loads(download(lambda: desk("report-save").click()).read_text())
    assert [(entry["state"], entry["accepted"]) for entry in report["inputs"]] == [
        ("written", REASON)
    ]


def test_a_sample_is_one_click_away(desk: Desk) -> None:
    """An empty page offers a made-up patient."""
    desk("forget-now").click() if desk("forget-now").is_visible() else None
    desk.settled()
    desk("sample").click()
    expect(desk("file-name")).to_have_text("sample.dcm")
    desk.settled()
    assert "YAMADA" in desk.row(PATIENT_NAME).locator(".c-before").inner_text()


def test_every_choice_is_undone_and_redone(desk: Desk) -> None:
    """Preset, action and mask come back in turn, by button and by key, and the page says so."""
    desk.open(instances.ultrasound())
    expect(desk("undo")).to_be_disabled()
    before = desk.after(STUDY_DATE)
    desk.act(STUDY_DATE, "keep")
    assert desk.after(STUDY_DATE) == "20260114"
    desk("preset-in-hospital").click()
    desk.settled()
    desk.pixels()
    desk.drag((10, 8), (30, 24))
    expect(desk("mask-1")).to_be_visible()
    desk("undo").click()
    expect(desk("mask-1")).to_have_count(0)
    expect(desk("live")).to_have_text("Undone: masks.")
    desk("undo").click()
    expect(desk("preset-research")).to_have_attribute("aria-pressed", "true")
    desk.page.keyboard.press("Control+z")
    desk("step-2").click()
    desk.settled()
    assert desk.after(STUDY_DATE) == before
    expect(desk("undo")).to_be_disabled()
    desk("step-2").focus()
    desk.page.keyboard.press("Control+Shift+z")
    desk.page.keyboard.press("Control+y")
    desk.settled()
    expect(desk("preset-in-hospital")).to_have_attribute("aria-pressed", "true")
    assert desk.after(STUDY_DATE) == "20260114"
    desk("redo").click()
    expect(desk("redo")).to_be_disabled()
    desk("step-3").click()
    expect(desk("mask-1")).to_be_visible()


def test_what_the_engine_refuses_is_no_step(desk: Desk) -> None:
    """A choice that was taken back cannot be undone; another file begins anew."""
    desk.open(instances.ct())
    desk.row(STUDY_DATE).locator("select").select_option("value")
    desk("detail-value").fill("no date")
    desk("detail-apply").click()
    expect(desk("error")).to_be_visible()
    desk("error-close").click()
    expect(desk("undo")).to_be_disabled()
    desk.act(STUDY_DATE, "keep")
    expect(desk("undo")).to_be_enabled()
    desk.open(instances.ct())
    expect(desk("undo")).to_be_disabled()


def test_keys(desk: Desk, language: Language) -> None:
    """Keys do what their buttons do, a field keeps what is typed, and a sheet lists them."""
    desk.open(instances.ultrasound())
    press = desk.page.keyboard.press
    desk.page.locator("#title-2").focus()
    press("3")
    expect(desk("canvas")).to_have_attribute("data-shown", "1")
    press(".")
    expect(desk("canvas")).to_have_attribute("data-shown", "2")
    press(",")
    expect(desk("canvas")).to_have_attribute("data-shown", "1")
    press("m")
    expect(desk("mask-1")).to_be_visible()
    press("/")
    expect(desk("search")).to_be_focused()
    press("3")
    press("m")
    expect(desk("search")).to_have_value("3m")
    expect(desk("mask-2")).to_have_count(0)
    desk.page.locator("#title-2").focus()
    press("?")
    expect(desk("shortcuts-list").locator("dt")).to_have_count(13)
    accessible(desk)
    press("4")
    desk("shortcuts-single").uncheck()
    press("Escape")
    press("3")
    expect(desk("panel-pixels")).to_be_hidden()
    desk("help-open").click()
    desk("shortcuts-open").click()
    desk("shortcuts-single").check()
    press("Escape")
    expect(desk("shortcuts-list")).to_contain_text({"ja": "元に戻す", "en": "undo"}[language])


def test_a_file_that_is_pasted_is_opened(desk: Desk) -> None:
    """What was copied in the file manager opens; text goes where it is pasted, as ever."""
    desk.open(instances.ct(), "before.dcm")
    # Firefox leaves out files of an event that a script makes, so they are put into a bare one.
    paste = """(bytes) => {
        const clipboardData = new DataTransfer();
        clipboardData.items.add(new File([new Uint8Array(bytes)], "pasted.dcm"));
        const event = new Event("paste", { bubbles: true });
        document.body.dispatchEvent(Object.assign(event, { clipboardData }));
    }"""
    desk.page.evaluate(paste, list(instances.ct()))
    expect(desk("file-name")).to_have_text("pasted.dcm")


@pytest.mark.parametrize(("width", "lines"), [(1280, 1), (768, 2), (390, 2), (360, 2)])
@pytest.mark.usefixtures("language")
def test_the_header_takes_few_lines(desk: Desk, width: int, lines: int) -> None:
    """With a file open, so with all its buttons; a third line would make it 110 px high."""
    desk.open(instances.ct())
    desk.page.set_viewport_size({"width": width, "height": 800})
    header = desk.page.locator(".top").bounding_box()
    assert header is not None
    assert header["height"] < 45 * lines


def test_what_is_kept_is_reviewed_and_cut_everywhere(desk: Desk, tmp_path: Path) -> None:
    """Over a batch each kept text stands once, the riskiest first, and goes from all at a click."""
    paths = [tmp_path / "a.dcm", tmp_path / "b.dcm"]
    for number, path in enumerate(paths):
        path.write_bytes(instances.described(f"Head Ellipsoidson {number}", "KERNEL 99123456"))
    desk.open_all(*paths)
    desk("preset-midi").click()
    desk.settled()
    desk("distinct-open").click()
    rows = desk("distinct-rows").locator("tr")
    rare = rows.filter(has_text="KERNEL")
    expect(rare).to_have_count(1)
    expect(rare.locator("td").nth(2)).to_have_text("2")
    expect(rare.locator("td").nth(3)).to_have_text("(0018,1210)")
    assert "KERNEL" in rows.first.inner_text()
    expect(desk("distinct-csv")).to_be_enabled()
    accessible(desk)
    rare.get_by_role("button").click()
    desk("distinct-start").click()
    expect(rows.first).to_be_visible()
    expect(rare).to_have_count(0)
    desk("distinct-close").click()
    desk.settled()
    assert "99123456" not in desk.after("00181210")
    desk("undo").click()
    desk.settled()
    assert "99123456" in desk.after("00181210")


def test_what_is_cut_is_shown_in_the_text(desk: Desk) -> None:
    """The cleaned part is struck through in the value before, and named in the detail."""
    desk.open(instances.described("CT CHEST Yamada Tarou", "B30f"))
    desk("preset-midi").click()
    desk.settled()
    before = desk.row("00081030").locator(".c-before")
    expect(before.locator("del")).to_have_text("Yamada Tarou")
    before.click()
    expect(desk("detail-before").locator("del")).to_have_text("Yamada Tarou")
    expect(desk("detail-before")).to_contain_text("name")
    accessible(desk)


def test_the_plan_is_printed_without_values(desk: Desk) -> None:
    """Every element stands on the sheet with what becomes of it and why; no value does."""
    desk.open(instances.ct())
    desk.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    sheet = desk("sheet")
    shown = int(desk("table").get_attribute("aria-rowcount") or 0) - 1
    expect(sheet.locator("tbody tr")).to_have_count(shown)
    text = sheet.text_content() or ""
    assert "PS3.15" in text
    assert "Patient's Name" in text
    assert [value for value in instances.PLANTED if value in text] == []
    desk.page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(sheet).to_be_empty()
    expect(desk("edition")).to_contain_text("PS3.15")
