"""What a person does at the page, in one word each, for the browser tests.

Strategy: elements are found by the test ids of index.html and by the paths of rows.

Invariants: every action waits for what it causes; none sleeps.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Locator, Page

OPEN_MS = 20_000
expect.set_options(timeout=OPEN_MS)
PATIENT_NAME, STUDY_DATE, ACCESSION = "00100010", "00080020", "00080050"
PHONE, REFERRING = "00102154", "00080090"
WRAP_WORKER = """
  const Real = Worker;
  window.swallow = "none";
  window.Worker = class extends Real {
    constructor(...a) { super(...a); window.worker = this; }
    postMessage(message, ...rest) {
      if (message.type !== window.swallow) super.postMessage(message, ...rest);
    }
  };
"""
"""A script for the page's start: `worker` is the last one, `swallow` a request never answered."""


class Desk:
    """The page with its engine up."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def __call__(self, test_id: str) -> Locator:
        return self.page.get_by_test_id(test_id)

    def reset(self, language: str = "en") -> None:
        """Back to what a fresh page shows; a file that is open stays until another is opened."""
        # Firefox gives focus to the window in front only.
        self.page.bring_to_front()
        self.page.set_viewport_size({"width": 1280, "height": 800})
        while self.page.locator("dialog[open]").count():
            self.page.keyboard.press("Escape")
        self(f"language-{language}").click()
        if self("error").is_visible():
            self("error-close").click()
        if self("step-2").is_enabled():
            self("step-2").click()
            self("preset-research").click()
        if self("key-drop").is_visible():
            self("key-drop").click()
        self.settled()

    def give(self, content: bytes, name: str = "image.dcm") -> None:
        """Choose a file."""
        file = {"name": name, "mimeType": "application/dicom", "buffer": content}
        self("file-input").set_input_files(file)  # type: ignore[arg-type]

    def open(self, content: bytes, name: str = "image.dcm") -> None:
        """Choose a file and wait for its table."""
        self.give(content, name)
        expect(self.page.locator("body")).to_have_attribute("data-view", "work")
        self.settled()

    def open_all(self, *paths: Path) -> None:
        """Choose several files, or one that holds several, and wait for the tree."""
        self("file-input").set_input_files(paths)
        expect(self("tree").locator(".series").first).to_be_visible()
        self.settled()

    def deliver(self, passphrase: str = "") -> None:
        """Save into a ZIP, from the dialog that is open; encrypted if there is a passphrase."""
        expect(self("deliver")).to_be_visible()
        self("deliver-encrypt").set_checked(bool(passphrase))
        if passphrase:
            self("deliver-passphrase").fill(passphrase)
            self("deliver-again").fill(passphrase)
        self("deliver-start").click()

    def chooser(self) -> str:
        """The button that opens the file chooser now."""
        return "open-other" if self("open-other").is_visible() else "choose-file"

    def settled(self) -> None:
        """Wait until nothing is being worked on."""
        expect(self("status")).to_have_attribute("data-state", "ready")

    def row(self, path: str) -> Locator:
        """The row of that path, found through the text filter."""
        self("search").fill(path)
        return self(f"row-{path}").first

    def act(self, path: str, action: str) -> None:
        """Choose an action in a row."""
        self.row(path).locator("select").select_option(action)
        self.settled()

    def after(self, path: str) -> str:
        """A row's value after."""
        return self.row(path).locator(".c-after").inner_text()

    def pixels(self) -> None:
        """Go to the pixels and wait for the picture."""
        self("step-3").click()
        expect(self("canvas")).to_have_attribute("data-shown", "1")

    def drag(self, start: tuple[float, float], stop: tuple[float, float]) -> None:
        """Drag over the image, in image pixels."""
        box = self("overlay").bounding_box()
        width = self("canvas").get_attribute("width")
        assert box is not None
        assert width is not None
        scale = box["width"] / int(width)
        mouse = self.page.mouse
        mouse.move(box["x"] + start[0] * scale, box["y"] + start[1] * scale)
        mouse.down()
        mouse.move(box["x"] + stop[0] * scale, box["y"] + stop[1] * scale, steps=4)
        mouse.up()

    def enter(self, field: Locator, text: str) -> None:
        """Type into a field as a person does: select all, type, leave."""
        field.focus()
        field.press("Control+a")
        field.press_sequentially(text)
        field.press("Tab")

    def numbers(self, mask: int) -> list[int]:
        """x, y, width and height of a mask, as its list entry says."""
        item = self(f"mask-{mask}")
        names = ("x", "y", "width", "height")
        return [int(item.locator(f'input[name="{name}"]').input_value()) for name in names]

    def problem(self, words: str) -> None:
        """The error summary says this and has focus."""
        expect(self("error-what")).to_contain_text(words)
        expect(self("error")).to_be_focused()


def given_name(path: Path) -> str:
    """The name the page gave a saved file, without the number a browser adds to a second one."""
    return re.sub(r" ?\(\d+\)(?=\.)", "", path.name)


def contains(path: Path, words: tuple[str, ...]) -> list[str]:
    """Which of the words stand in a file."""
    content = path.read_bytes()
    return [word for word in words if word.encode() in content]
