"""One page a browser and module for all tests here: starting the engine is most of a test's time.

Strategy: `page` is that page, so `download` and `screenshot` work on it too; `desk` puts it back
to what a fresh page shows.

Invariants: a test that takes `language` runs once in each; the others see English.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest

from tests.web.desk import Desk

if TYPE_CHECKING:
    from playwright.sync_api import Page

    Language = Literal["ja", "en"]


@pytest.fixture
def page(shared_page: Page) -> Page:
    """The page of the module."""
    return shared_page


@pytest.fixture(params=["ja", "en"])
def language(request: pytest.FixtureRequest) -> Language:
    """What the page is switched to."""
    found: Language = request.param
    return found


@pytest.fixture
def desk(page: Page, request: pytest.FixtureRequest) -> Desk:
    """The page as if fresh, in the test's `language`."""
    named = "language" in request.fixturenames
    desk = Desk(page)
    desk.reset(request.getfixturevalue("language") if named else "en")
    return desk
