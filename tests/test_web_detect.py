"""The page's searches, run natively: steps out, answers in, and outputs looked at again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from dicomanon.dicom.source import BytesSource
from dicomanon.errors import InputError, PixelError
from dicomanon.pixels.detect.find import Inference
from dicomanon.pixels.detect.native import infer
from dicomanon.verify.finding import BURNED_IN, UNDECIDED
from dicomanon.web.session import Session
from tests.pixels.written import NAME, file_of, picture

if TYPE_CHECKING:
    from dicomanon.web.answer import Answer

HOW = {"effort": "fast", "every_frame": False, "read": True}
AT = (40, 30)
MASK = {"x": 30, "y": 20, "width": 160, "height": 40, "frames": None}
PLACE = ["7FE00010", BURNED_IN]


@pytest.fixture(scope="module")
def named() -> bytes:
    """One frame with the patient's name burned in."""
    return file_of([picture((NAME, *AT))])


def silent(_stage: str) -> None:
    """Progress that nobody looks at."""


def ask(session: Session, kind: str, *files: bytes, **body: Any) -> Answer:  # noqa: ANN401 - JSON
    """One request, as the page's worker makes it."""
    return session.handle(kind, body, [BytesSource(file) for file in files], silent)


def finish(session: Session, answer: Answer) -> Answer:
    """What the engine answers in the end; networks run here."""
    while isinstance(answer.body, dict) and "network" in answer.body:
        step = answer.body
        tensor = np.frombuffer(answer.buffers[0], "<f4").reshape(step["shape"])
        made = infer(Inference(step["network"], tensor))
        body = {"search": step["search"], "shape": list(made.shape)}
        answer = ask(session, "inferred", made.tobytes(), **body)
    return answer


def opened(file: bytes) -> Session:
    session = Session()
    ask(session, "open", file, choices=choices())
    return session


def choices(**more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {"preset": "research", "overrides": [], "masks": [], "looked_at": False, **more}


def test_searches_go_on_side_by_side(named: bytes) -> None:
    """Two searches on one engine, and neither takes the other's answers."""
    session = Session()
    first, second = (ask(session, "detect", file, **HOW) for file in (named, file_of([picture()])))
    assert first.body["search"] != second.body["search"]
    (region,) = finish(session, first).body["regions"]
    assert region["identifies"]
    assert region["reason"]["kind"] == "identifier"
    assert finish(session, second).body["regions"] == []


def test_a_search_that_was_left_is_gone(named: bytes) -> None:
    """Nobody goes on with it, nor with one that there never was."""
    session = Session()
    step = ask(session, "detect", named, **HOW).body
    ask(session, "leave", search=step["search"])
    with pytest.raises(InputError):
        ask(session, "inferred", b"", search=step["search"], shape=[0])


def test_what_its_modality_needs_is_told(named: bytes) -> None:
    """The page offers a modality's list for a person to change."""
    session = Session()
    body = finish(session, ask(session, "detect", named, **HOW)).body
    assert (body["modality"], body["stays"]) == ("US", ["measurement", "orientation", "scale"])


def test_a_name_that_stays_readable_blocks(named: bytes) -> None:
    """The second look is a finding like any other: it blocks, and a reason lets it pass."""
    session = opened(named)
    verdict = finish(session, ask(session, "save", choices=choices(), again=HOW)).body
    assert not verdict["passed"]
    assert [(f["path"], f["kind"]) for f in verdict["findings"] if f["strength"] == "strong"] == [
        tuple(PLACE)
    ]
    word = {"reason": "a phantom", "places": [PLACE]}
    verdict = finish(session, ask(session, "save", choices=choices(accepted=word), again=HOW)).body
    assert (verdict["passed"], verdict["accepted"]) == (True, True)


def test_a_masked_name_passes(named: bytes) -> None:
    """Under the mask nothing is readable; of many files, too."""
    session = opened(named)
    chosen = choices(masks=[MASK])
    assert finish(session, ask(session, "save", choices=chosen, again=HOW)).body["passed"]
    asked = ask(session, "anonymize", named, choices=chosen, again=HOW)
    assert finish(session, asked).body["masked_regions"] == 1


def test_without_reading_only_what_was_shown_may_stay(named: bytes) -> None:
    """A page that cannot read refuses text that nobody was shown, whatever it says."""
    how = HOW | {"read": False}
    session = opened(named)
    shown = finish(session, ask(session, "detect", named, **how)).body["regions"]
    for texts, kinds in (([], [UNDECIDED]), (shown, [])):
        again = how | {"shown": texts}
        verdict = finish(session, ask(session, "save", choices=choices(), again=again)).body
        assert [found["kind"] for found in verdict["findings"]] == kinds
        assert verdict["passed"] is not bool(kinds)


@pytest.mark.parametrize("again", [None, HOW], ids=["once", "again"])
@pytest.mark.parametrize("kind", ["save", "anonymize"])
def test_unsure_frames_want_a_person(named: bytes, kind: str, again: dict[str, Any] | None) -> None:
    """Nothing is made of what a search left to a person who has not looked."""
    session = opened(named)
    files = [named] if kind == "anonymize" else []
    unsure = choices(masks=[MASK], unsure=True)
    with pytest.raises(PixelError) as caught:
        ask(session, kind, *files, choices=unsure, again=again)
    assert caught.value.code == "text_review"
    asked = ask(session, kind, *files, choices={**unsure, "looked_at": True}, again=again)
    assert finish(session, asked).parts is not None
