"""Opening and reviewing on the built page, in both browsers.

Invariants: expected values are those the engine gives natively for the same file and choices.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest
from playwright.sync_api import expect

from tests.web import instances
from tests.web.desk import ACCESSION, PATIENT_NAME, PHONE, REFERRING, STUDY_DATE, Desk

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    Language = Literal["ja", "en"]

BURNED_IN = {"ja": "文字が写り込んで", "en": "annotation is burned into"}
REMOVED = {"ja": "\uff08削除\uff09", "en": "(removed)"}
EMPTY = {"ja": "\uff08空\uff09", "en": "(empty)"}
FULL_WIDTH_NAME = "\uff39\uff21\uff2d\uff21\uff24\uff21"


def test_drop_shows_summary_and_warnings(desk: Desk, language: Language) -> None:
    """A dropped file shows facts, and the most serious warning first, in the browser's language."""
    buffer = instances.ultrasound()
    desk.page.locator("main").drop({"files": {"name": "a.dcm", "mimeType": "", "buffer": buffer}})
    expect(desk("file-name")).to_have_text("a.dcm")
    expect(desk("warnings").locator("li").first).to_contain_text(BURNED_IN[language])
    expect(desk("warnings").locator("li").first).to_have_attribute("data-level", "high")
    expect(desk("facts")).to_contain_text("US")
    expect(desk("facts")).to_contain_text("64 \u00d7 48")
    assert desk.page.locator("html").get_attribute("lang") == language


def test_file_button_opens_the_chooser_by_keyboard(desk: Desk) -> None:
    """The button takes focus, and Enter on it opens the browser's file chooser."""
    button = desk(desk.chooser())
    button.focus()
    with desk.page.expect_file_chooser() as chooser:
        # One round trip, so that the browser knows it is being watched.
        expect(button).to_be_focused()
        desk.page.keyboard.press("Enter")
    file = {"name": "b.dcm", "mimeType": "", "buffer": instances.ct()}
    chooser.value.set_files(file)  # type: ignore[arg-type]
    expect(desk("file-name")).to_have_text("b.dcm")


@pytest.mark.parametrize(("tag", "language"), [("ja-JP", "ja"), ("en-US", "en"), ("fr-FR", "en")])
def test_a_file_waits_for_the_engine(browser: Browser, site: str, tag: str, language: str) -> None:
    """A file given early is opened later; the page speaks the browser's language or English."""
    page = browser.new_page(locale=tag)
    page.goto(site)
    desk = Desk(page)
    desk.give(instances.ct(), "early.dcm")
    expect(desk("waiting")).to_contain_text("early.dcm")
    assert page.locator("html").get_attribute("lang") == language
    expect(desk("file-name")).to_have_text("early.dcm", timeout=60_000)
    page.close()


def test_language_switch_keeps_the_file(desk: Desk) -> None:
    """Switching the language changes words and `lang`, and nothing else."""
    desk.open(instances.ct())
    desk("language-ja").click()
    expect(desk("save")).to_have_text("匿名化して保存")
    assert desk.page.locator("html").get_attribute("lang") == "ja"
    assert desk.after(STUDY_DATE) == EMPTY["ja"]
    desk("language-en").click()
    expect(desk("save")).to_have_text("Anonymize and save")


def test_presets_change_value_after(desk: Desk, language: Language) -> None:
    """Research empties the study date, in-hospital keeps it; both hide the name and the phone."""
    desk.open(instances.ct())
    assert desk.after(STUDY_DATE) == EMPTY[language]
    assert desk.after(PATIENT_NAME).startswith("ANON")
    desk("preset-in-hospital").click()
    desk.settled()
    assert desk.after(STUDY_DATE) == "20260114"
    assert desk.after(PATIENT_NAME).startswith("ANON")
    assert desk.after(PHONE) == REMOVED[language]


def test_override_shows_at_once_and_can_be_taken_back(desk: Desk) -> None:
    """One element's action changes its own value after only."""
    desk.open(instances.ct())
    desk.act(ACCESSION, "keep")
    assert desk.after(ACCESSION) == "A000123"
    assert desk.after(STUDY_DATE) == EMPTY["en"]
    expect(desk("own-changes")).to_have_text("1 change by you")
    desk("reset").click()
    desk.settled()
    assert desk.after(ACCESSION) == EMPTY["en"]


def test_own_value_through_the_detail(desk: Desk) -> None:
    """`replace` asks for the value; one that does not fit is refused and taken back."""
    desk.open(instances.ct())
    desk.row(STUDY_DATE).locator("select").select_option("value")
    desk("detail-value").fill("20260101")
    desk("detail-apply").click()
    desk.settled()
    assert desk.after(STUDY_DATE) == "20260101"
    desk.row(STUDY_DATE).locator(".c-name").click()
    desk("detail-value").fill("yesterday")
    desk("detail-apply").click()
    desk.problem("does not fit")
    desk("error-close").click()
    assert desk.after(STUDY_DATE) == "20260101"


def test_detail_shows_whole_values(desk: Desk) -> None:
    """A click on a row shows its whole value, as text."""
    desk.open(instances.ct())
    desk.row("00204000").locator(".c-before").click()
    expect(desk("detail-before")).to_have_text(instances.HOSTILE)
    desk("detail-close").click()
    expect(desk("detail")).to_be_hidden()


def test_one_click_for_a_category(desk: Desk) -> None:
    """A category's button changes all of it, and outranks single choices made in it before."""
    desk.open(instances.ct())
    desk.act(PHONE, "keep")
    desk("search").fill("")
    desk("category-contact").click()
    expect(desk("table").locator("tbody tr:visible")).to_have_count(2)
    desk("bulk-empty").click()
    desk.settled()
    assert desk.after(PHONE) == EMPTY["en"]
    assert desk.after(REFERRING) == EMPTY["en"]
    desk("bulk-preset").click()
    desk.settled()
    assert desk.after(PHONE) == REMOVED["en"]


def test_filters(desk: Desk) -> None:
    """Text finds tags, names and values in any width and case; the select parts the elements."""
    desk.open(instances.ct())
    rows = desk("table").locator("tbody tr:visible")
    for text in ("(0010,0010)", "00100010", "山田", "yamada", FULL_WIDTH_NAME):
        desk("search").fill(text)
        expect(rows).to_have_count(1)
        expect(rows).to_contain_text("Patient's Name")
    desk("search").fill("no such thing")
    expect(rows).to_have_count(0)
    desk.page.locator("#clear-filter").click()
    total = int(desk("table").get_attribute("aria-rowcount") or 0)
    counts = []
    for state, words in (("changed", "[data-state=changed]"), ("removed", "[data-state=removed]")):
        desk("filter-state").select_option(state)
        expect(desk("table")).not_to_have_attribute("aria-rowcount", str(total))
        expect(desk("table").locator(f"tbody tr:visible:not({words})")).to_have_count(0)
        counts.append(int(desk("table").get_attribute("aria-rowcount") or 0) - 1)
    desk("filter-state").select_option("kept")
    expect(desk("table")).to_have_attribute("aria-rowcount", str(total - sum(counts)))
    desk("filter-state").select_option("all")


def test_ten_thousand_rows_stay_few_on_the_page(desk: Desk) -> None:
    """Only rows in view exist; the last ones are there when wanted, with their path."""
    desk.open(instances.many(10_000))
    total = int(desk("table").get_attribute("aria-rowcount") or 0)
    assert total > 10_000
    desk("table").locator("td[tabindex='0']").focus()
    desk.page.keyboard.press("Control+End")
    last = desk("table").locator(f"tr[aria-rowindex='{total}']")
    expect(last).to_be_visible()
    expect(last.locator(".c-tag")).not_to_be_empty()
    assert desk("table").locator("tbody tr").count() < 60
    desk("search").fill("P3000")
    expect(desk("table").locator("tbody tr:visible")).to_have_count(1)
    expect(desk("table")).to_contain_text("00101002[3000].00100020")


def test_grid_by_keyboard(desk: Desk) -> None:
    """Arrows move one cell, Enter goes into the action, Escape comes back, Enter shows details."""
    desk.open(instances.ct())
    desk("search").fill("00080050")
    desk("table").locator("td[tabindex='0']").focus()
    keyboard = desk.page.keyboard
    keyboard.press("End")
    keyboard.press("ArrowLeft")
    expect(desk("row-00080050").locator(".c-action")).to_be_focused()
    keyboard.press("Enter")
    expect(desk("row-00080050").locator("select")).to_be_focused()
    keyboard.press("Escape")
    expect(desk("row-00080050").locator(".c-action")).to_be_focused()
    keyboard.press("Home")
    keyboard.press("Enter")
    expect(desk("detail")).to_be_visible()
    keyboard.press("Escape")
    expect(desk("row-00080050").locator(".c-category")).to_be_focused()


def test_update_preview_recomputes_everything(desk: Desk) -> None:
    """The button asks for the whole plan again and ends with the same table."""
    desk.open(instances.ct())
    before = desk("shown").inner_text()
    desk("refresh").click()
    desk.settled()
    expect(desk("shown")).to_have_text(before)
    assert desk.after(STUDY_DATE) == EMPTY["en"]


def test_hostile_names_and_values_stay_text(desk: Desk) -> None:
    """Markup in a file name or a value is shown, never run."""
    desk.open(instances.ct(), f"{instances.HOSTILE}.dcm")
    expect(desk("file-name")).to_contain_text("onerror")
    desk("search").fill("onerror")
    expect(desk("table")).to_contain_text(instances.HOSTILE)
    assert desk.page.locator("img").count() == 0
    assert "hit" not in desk.page.title()
