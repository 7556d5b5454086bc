"""The person's own files on the built page, in both browsers: sealed keys, new keys, presets.

Invariants: what the page seals, Python opens, and the other way round; a preset that the page
saves is one that the command line reads.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from dicomanon.policy.action import Action
from dicomanon.policy.key import dump_key, load_key
from dicomanon.policy.preset import read, resolve
from dicomanon.policy.profile import Override, profile
from dicomanon.policy.seal import is_sealed, seal, unseal
from dicomanon.policy.table import table
from tests.web import instances
from tests.web.desk import ACCESSION, PATIENT_NAME, STUDY_DATE, Desk

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Language = Literal["ja", "en"]
    Download = Callable[[Callable[[], None]], Path]

PHRASE = "correct horse 電池"
KEY = dump_key(bytes(range(32)))
SEALED = seal(KEY, PHRASE, salt=bytes(16), nonce=bytes(12))
WRONG = {"ja": "パスフレーズが違うか", "en": "passphrase is wrong"}
DIFFER = {"ja": "一致しません", "en": "passphrases differ"}
NO_KEY = {"ja": "ランダム", "en": "random"}


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """The page with an image open."""
    desk.open(instances.ct())
    return desk


def give(desk: Desk, test_id: str, text: str) -> None:
    """Choose a file for one of the page's inputs."""
    file = {"name": "f.json", "mimeType": "application/json", "buffer": text.encode()}
    desk(test_id).set_input_files(file)  # type: ignore[arg-type]


def check(desk: Desk) -> None:
    """Axe finds nothing in what is shown now."""
    found = Axe().run(desk.page).response["violations"]
    assert [(v["id"], [node["html"] for node in v["nodes"]]) for v in found] == []


def test_a_sealed_key_opens_with_its_passphrase(desk: Desk, language: Language) -> None:
    """A wrong passphrase is said in the dialog and can be typed anew; the right one is used."""
    give(desk, "key-input", SEALED)
    expect(desk("unlock")).to_be_visible()
    expect(desk("unlock-passphrase")).to_be_focused()
    check(desk)
    desk("unlock-passphrase").fill("something else")
    desk("unlock-open").click()
    expect(desk("unlock-error")).to_contain_text(WRONG[language])
    check(desk)
    desk("unlock-passphrase").fill(PHRASE)
    desk("unlock-open").click()
    expect(desk("unlock")).to_be_hidden()
    expect(desk("key-state")).to_have_text(load_key(KEY).fingerprint)
    assert desk("unlock-passphrase").input_value() == ""


def test_a_sealed_key_gives_the_pseudonyms_of_the_key(desk: Desk) -> None:
    """The same as the plain file, to the letter."""
    give(desk, "key-input", SEALED)
    desk("unlock-passphrase").fill(PHRASE)
    desk("unlock-passphrase").press("Enter")
    expect(desk("key-state")).to_have_text(load_key(KEY).fingerprint)
    desk.settled()
    sealed = desk.after(PATIENT_NAME)
    desk("key-drop").click()
    give(desk, "key-input", KEY)
    expect(desk("key-state")).to_have_text(load_key(KEY).fingerprint)
    desk.settled()
    assert desk.after(PATIENT_NAME) == sealed


def test_a_dialog_that_is_left_changes_nothing(desk: Desk, language: Language) -> None:
    """Cancel and Escape keep the random key and forget what was typed."""
    ways: list[Callable[[], None]] = [
        lambda: desk("unlock-close").click(),
        lambda: desk.page.keyboard.press("Escape"),
    ]
    for leave in ways:
        give(desk, "key-input", SEALED)
        desk("unlock-passphrase").fill("typed")
        leave()
        expect(desk("unlock")).to_be_hidden()
        expect(desk("unlock-passphrase")).to_have_value("")
        expect(desk("key-state")).to_contain_text(NO_KEY[language])


def test_a_new_sealed_key(desk: Desk, language: Language, download: Download) -> None:
    """It is saved sealed, Python opens it, and it is in use at once."""
    desk("key-new").click()
    check(desk)
    desk("new-key-passphrase").fill(PHRASE)
    desk("new-key-again").fill(PHRASE + "x")
    desk("new-key-make").click()
    expect(desk("new-key-error")).to_contain_text(DIFFER[language])
    desk("new-key-again").fill(PHRASE)
    content = download(lambda: desk("new-key-make").click()).read_text()
    assert is_sealed(content)
    key = load_key(unseal(content, PHRASE))
    expect(desk("new-key")).to_be_hidden()
    expect(desk("key-state")).to_have_text(key.fingerprint)


def test_a_new_plain_key(desk: Desk, download: Download) -> None:
    """Without a passphrase, when the person takes the tick away."""
    desk("key-new").click()
    desk("new-key-seal").uncheck()
    expect(desk("new-key-passphrase")).to_be_disabled()
    content = download(lambda: desk("new-key-make").click()).read_text()
    expect(desk("key-state")).to_have_text(load_key(content).fingerprint)
    desk("key-new").click()
    desk("new-key-seal").check()
    desk("new-key-close").click()


def test_a_preset_of_one_s_own(desk: Desk) -> None:
    """A loaded preset decides; choosing one of the page's puts it away."""
    own: dict[str, Any] = {"name": "trial-7", "extends": "in-hospital"}
    own["tags"] = {"StudyDate": "remove", "PatientName": {"value": "SUBJECT"}}
    give(desk, "preset-input", json.dumps(own))
    expect(desk("preset-own")).to_contain_text("trial-7")
    desk.settled()
    assert desk.after(PATIENT_NAME) == "SUBJECT"
    assert desk.after(STUDY_DATE) == "(removed)"
    expect(desk("preset-research")).to_have_attribute("aria-pressed", "false")
    check(desk)
    desk("preset-research").click()
    desk.settled()
    expect(desk("preset-own")).to_be_hidden()
    assert desk.after(PATIENT_NAME) != "SUBJECT"


@pytest.mark.parametrize("name", ["basic", "research", "in-hospital", "midi"])
def test_every_preset_can_be_chosen(desk: Desk, name: str) -> None:
    """A click, and the table is planned anew."""
    desk(f"preset-{name}").click()
    desk.settled()
    expect(desk(f"preset-{name}")).to_have_attribute("aria-pressed", "true")
    expect(desk("error")).to_be_hidden()


def test_a_wrong_preset_is_taken_back(desk: Desk, language: Language) -> None:
    """The place in the file is said, and the table stays as it was."""
    before = desk.after(PATIENT_NAME)
    give(desk, "preset-input", '{"tags": {"PatientNam": "keep"}}')
    expect(desk("error")).to_be_visible()
    expect(desk("error")).to_contain_text("$.tags.PatientNam")
    expect(desk("preset-own")).to_be_hidden()
    assert desk.after(PATIENT_NAME) == before
    give(desk, "preset-input", "no JSON")
    assert language in ("ja", "en")
    expect(desk("error")).to_have_attribute("data-code", "preset_form")


def test_choices_saved_as_a_preset(desk: Desk, download: Download) -> None:
    """What was chosen on the page comes back from the file, there and in Python."""
    desk.act(STUDY_DATE, "keep")
    desk("search").fill("")
    desk.act(ACCESSION, "dummy")
    text = download(lambda: desk("preset-save").click()).read_text()
    chosen = (Override(STUDY_DATE, Action.KEEP), Override(ACCESSION, Action.DUMMY))
    assert table(resolve(read(text))) == table(profile("research", chosen))
    desk("reset").click()
    desk.settled()
    kept = desk.row(STUDY_DATE).locator(".c-before").inner_text()
    assert desk.after(STUDY_DATE) != kept
    give(desk, "preset-input", text)
    desk.settled()
    expect(desk.row(STUDY_DATE).locator(".c-after")).to_have_text(kept)
