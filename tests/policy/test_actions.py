"""Every sensitive tag under every action it may take: what is promised is what is written."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from dicomanon import data
from dicomanon.dicom.transfer_syntax import EXPLICIT_LE, IMPLICIT_LE, TransferSyntax
from dicomanon.dicom.value import valid
from dicomanon.dicom.vr import VRS
from dicomanon.errors import ProfileError
from dicomanon.policy.action import ALLOWED, Action
from dicomanon.policy.profile import (
    LOCKED,
    NEVER_ABSENT,
    Override,
    allowed,
    profile,
    sensitive_tags,
)
from tests import engine
from tests.policy import sources

if TYPE_CHECKING:
    from collections.abc import Callable

GIVEN = {
    **dict.fromkeys(("LO", "LT", "PN", "SH", "ST", "UC", "UT"), "東京"),
    **dict.fromkeys(("AE", "CS"), "GIVEN 1"),
    **dict.fromkeys(("DS", "IS", "FD", "FL", "SL", "SS", "SV", "UL", "US", "UV"), "12"),
    "AS": "012M",
    "AT": "00100010",
    "DA": "20200229",
    "DT": "20200229",
    "TM": "1200",
    "UI": "1.2.3",
    "UR": "urn:given",
}
ZERO = {
    **dict.fromkeys(("AE", "CS", "PN", "SH", "LO", "ST", "LT", "UC", "UT"), "0"),
    **dict.fromkeys(("DS", "IS", "SL", "SS", "SV", "UL", "US", "UV"), "0"),
    **dict.fromkeys(("FD", "FL"), "0.0"),
    "AS": "000Y",
    "AT": "00000000",
    "DA": "19000101",
    "DT": "19000101000000",
    "TM": "000000",
    "UI": "2.25.0",
    "UR": "urn:anonymized",
}
DAYS = engine.KEY.shift_days("ID-4711")
SHIFTED = [(date(1957, 4, 13) + timedelta(days=DAYS + n)).strftime("%Y%m%d") for n in (0, 1)]


def kept(vr: str, before: str | None, after: str | None) -> bool:
    return after == before and vr in VRS


def zeroed(vr: str, before: str | None, after: str | None) -> bool:
    return before is None or after == ZERO[vr]


def dummied(vr: str, before: str | None, after: str | None) -> bool:
    return before is None or (after != before and bool(after) and valid(after or "", vr))


def shifted(vr: str, before: str | None, after: str | None) -> bool:
    """Dates move by the patient's days, and by one more where a time moves them over midnight."""
    moved = {(before or "").replace("19570413", on) for on in SHIFTED}
    if vr == "TM":
        return after != before and valid(after or "", "TM")
    return (after in moved) if vr == "DA" else (after or "")[:8] in SHIFTED


def dated(vr: str, before: str | None, after: str | None) -> bool:
    return vr == "DA" and after in (f"{(before or '')[:4]}0101", "")


def cleaned(vr: str, before: str | None, after: str | None) -> bool:
    return before is None or valid(after or "", vr)


def pseudonymized(vr: str, before: str | None, after: str | None) -> bool:
    return bool(re.fullmatch("ANON[A-Z2-7]{12}", after or "")) and before != after and bool(vr)


def renewed(vr: str, before: str | None, after: str | None) -> bool:
    return after == engine.KEY.uid(before or "") and vr == "UI"


def emptied(_vr: str, before: str | None, after: str | None) -> bool:
    return after == (None if before is None else "")


def said(_vr: str, _before: str | None, after: str | None) -> bool:
    return after == "ANONYMIZED"


def given(vr: str, _before: str | None, after: str | None) -> bool:
    return after in (GIVEN[vr], f"{GIVEN[vr]}.0")


def aged(_vr: str, _before: str | None, after: str | None) -> bool:
    return after == "090Y"


PROMISED: dict[Action, Callable[[str, str | None, str | None], bool]] = {
    Action.KEEP: kept,
    Action.EMPTY: emptied,
    Action.ZERO: zeroed,
    Action.DUMMY: dummied,
    Action.TEXT: said,
    Action.VALUE: given,
    Action.UID: renewed,
    Action.PSEUDONYM: pseudonymized,
    Action.SHIFT: shifted,
    Action.CLEAN: cleaned,
    Action.AGE: aged,
    Action.YEAR: dated,
}


@pytest.mark.parametrize("syntax", [EXPLICIT_LE, IMPLICIT_LE], ids=lambda s: s.name)
@pytest.mark.parametrize("action", list(Action))
def test_every_sensitive_tag(action: Action, syntax: TransferSyntax) -> None:
    """Every tag that may take an action takes it at top level and nested, and stays valid."""
    rows = [m for m, row in sensitive_tags().items() if action in row.allowed]
    masks = sources.masks(rows)
    assert masks
    overrides = [
        Override(f"{sources.tag(m):08X}", action, GIVEN.get(sources.vr(m), "")) for m in masks
    ]
    source = sources.instance(rows, syntax)
    output = engine.anonymized(source, profile("in-hospital", overrides))
    before, after = engine.texts(source), engine.texts(output)
    wrong = {}
    for mask in masks:
        for prefix in ("", sources.WRAPPER_PATH):
            path = f"{prefix}{sources.tag(mask):08X}"
            if action is Action.REMOVE:
                if path in after:
                    wrong[path] = after[path]
            elif path not in after:
                wrong[path] = "absent"
            elif not PROMISED[action](sources.vr(mask), before[path], after[path]):
                wrong[path] = after[path]
    assert wrong == {}
    assert engine.invalid(engine.read(output)) == []


def test_sequences_and_bulk_values_are_emptied() -> None:
    """What has no text is gone as well when it is to be empty."""
    rows = [m for m in sensitive_tags() if sources.vr(m) in ("SQ", "OB", "OW", "UN")]
    overrides = [Override(f"{sources.tag(m):08X}", Action.EMPTY) for m in sources.masks(rows)]
    output = engine.anonymized(
        sources.instance(rows, EXPLICIT_LE), profile("in-hospital", overrides)
    )
    found = engine.read(output)
    assert {str(e.tag) for e in found if e.VR in ("SQ", "OB", "OW") and e.value} == {
        "(0012,0064)",
        "(5200,9229)",
    }


def representative(vr: str) -> str:
    """A sensitive tag of a VR, as the person would write it."""
    mask = next(m for m in sources.masks(sources.ALL) if sources.vr(m) == vr)
    return f"{sources.tag(mask):08X}"


@pytest.mark.parametrize("action", list(Action))
@pytest.mark.parametrize("vr", sorted({sources.vr(m) for m in sources.ALL} - {"UN"}))
def test_actions_that_a_vr_does_not_allow(vr: str, action: Action) -> None:
    """An action that an element cannot take is refused where the person chooses it."""
    override = Override(representative(vr), action, GIVEN.get(vr, ""))
    if action in ALLOWED[vr]:
        assert profile("research", [override])
    else:
        with pytest.raises(ProfileError) as caught:
            profile("research", [override])
        assert caught.value.code == "action_not_allowed"
        assert str(caught.value.path) == override.target


def test_allowed_actions_follow_the_vr() -> None:
    """SENSITIVE_TAGS offers what the VR allows, less what no IOD admits."""
    for mask, row in sensitive_tags().items():
        if sources.tag(mask) in LOCKED | NEVER_ABSENT or mask[:4] == "0002":
            continue
        assert row.allowed == ALLOWED[sources.vr(mask)], mask


@pytest.mark.parametrize("tag", sorted(NEVER_ABSENT))
@pytest.mark.parametrize("action", [Action.REMOVE, Action.EMPTY])
def test_type_1_uids_are_never_absent(tag: int, action: Action) -> None:
    """An instance without its UIDs is none."""
    with pytest.raises(ProfileError):
        profile("research", [Override(f"{tag:08X}", action)])


@pytest.mark.parametrize("tag", sorted(tag for tag in LOCKED if data.is_standard(tag)))
def test_locked_tags_only_keep(tag: int) -> None:
    """What says how to read the file is no choice of anyone."""
    assert allowed(tag, "US") == (Action.KEEP,)
    for action in set(Action) - {Action.KEEP}:
        with pytest.raises(ProfileError):
            profile("research", [Override(f"{tag:08X}", action)])


@pytest.mark.parametrize(
    ("vr", "value"),
    [
        ("DA", "2020-01-01"),
        ("DA", "20210229"),
        ("TM", "25"),
        ("UI", "1..2"),
        ("DS", "abc"),
        ("SH", "x" * 17),
        ("IS", "99999999999"),
        ("PN", "a\\b\x1b"),
        ("CS", "lower"),
    ],
)
def test_given_values_fit_their_vr(vr: str, value: str) -> None:
    """A value that its VR does not admit is refused, with its place and without itself."""
    chosen = profile("research", [Override(representative(vr), Action.VALUE, value)])
    source = sources.instance(sources.ALL, EXPLICIT_LE)
    with pytest.raises(ProfileError) as caught:
        engine.anonymized(source, chosen)
    assert caught.value.code == "action_value"
    assert str(caught.value.path) == representative(vr)
    assert value not in str(caught.value)
