"""The engine is broken on purpose, and the leak check finds out every time."""

from __future__ import annotations

import pytest

from dicomanon.dicom.segment import to_bytes
from dicomanon.dicom.source import BytesSource
from dicomanon.engine import anonymize
from dicomanon.errors import LeakError
from dicomanon.policy.profile import profile
from tests.mutation.breaks import BREAKS, MASK, ONE_FRAME, Break
from tests.mutation.patient import full
from tests.verify.outputs import KEY

SOURCE = BytesSource(full())
WHOLE = {
    (preset, masks): anonymize(SOURCE, profile(preset), KEY, masks)
    for preset, masks in {(each.preset, each.masks) for each in BREAKS}
}


def test_there_are_enough() -> None:
    """At least 25 ways, none of them twice."""
    names = {each.name for each in BREAKS}
    assert len(names) == len(BREAKS) >= 25


@pytest.mark.parametrize("preset", ["basic", "research", "in-hospital", "midi"])
@pytest.mark.parametrize("masks", [(), (MASK,), (ONE_FRAME,)], ids=str)
def test_the_engine_as_it_is_passes(preset: str, masks: tuple[object, ...]) -> None:
    """Nothing is found in what the engine makes of the same file, not even weakly."""
    assert anonymize(SOURCE, profile(preset), KEY, masks).findings == ()  # type: ignore[arg-type]


@pytest.mark.parametrize("broken", BREAKS, ids=lambda each: each.name)
def test_a_broken_engine_is_caught(broken: Break, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is returned; the findings say what is wrong."""
    chosen = profile(broken.preset)
    whole = WHOLE[broken.preset, broken.masks]
    broken.apply(monkeypatch)
    spoilt = anonymize(SOURCE, chosen, KEY, broken.masks, verify=False)
    different = to_bytes(SOURCE, spoilt.segments) != to_bytes(SOURCE, whole.segments)
    assert different or spoilt.file_stem != whole.file_stem
    with pytest.raises(LeakError) as raised:
        anonymize(SOURCE, chosen, KEY, broken.masks)
    strong = {f.kind for f in raised.value.findings if f.strength == "strong"}
    assert broken.caught & strong
