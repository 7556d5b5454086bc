"""An original beside its output, element by element, with the rule that decided each.

Strategy: both are scanned; the original is planned again under the profile that is said to
have been used, and what the output holds is held against what the plan says. Without the
key that was used, what depends on it is only known to be another value.

Invariants: nothing is written. Values are those of the two files; who prints them may
leave them out (`without_values`).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from dicomanon import data
from dicomanon.dicom.tag import PIXEL_DATA
from dicomanon.dicom.vr import VRS
from dicomanon.policy.action import Action
from dicomanon.policy.decision import after, before, category
from dicomanon.policy.option import OPTIONS
from dicomanon.policy.profile import PRESETS, profile
from dicomanon.policy.ruling import OVERLAY_DATA
from dicomanon.policy.stamp import (
    DEIDENTIFICATION_CODES,
    DEIDENTIFICATION_METHOD,
    FILE_META_GROUP_LENGTH,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dicomanon.dicom.instance import Instance, Place
    from dicomanon.dicom.tag import Tag, TagPath
    from dicomanon.policy.decision import Decision, Plan
    from dicomanon.policy.profile import Profile

KEPT, CHANGED, REMOVED, ADDED = "kept", "changed", "removed", "added"
CATEGORIES = (*data.CATEGORIES, "private", "structure", "other")
BLOCK_BYTES = 1 << 20
_KEYED = frozenset({Action.UID, Action.PSEUDONYM, Action.SHIFT, Action.CLEAN})
"""Actions whose outcome is another for another key."""
_CODE_VALUE = 0x00080100
_META_INSTANCE_UID = 0x00020003


_Placed = TypeVar("_Placed", "Place", "Decision")


class Difference(NamedTuple):
    """One element of either side.

    before, after: as text, "" where it is not; action, rule: what the plan decided, ""
    without one; planned: whether the output is as the plan says, None without one.
    """

    path: TagPath
    name: str
    category: str
    state: str
    before: str | None
    after: str | None
    action: str = ""
    rule: str = ""
    planned: bool | None = None

    def without_values(self) -> Difference:
        """The same, saying no value."""
        return self._replace(before=None, after=None)


def profile_of(output: Instance) -> Profile | None:
    """The profile that an output's stamps name; None if they name none of ours."""
    texts = {
        place.path: place.context.text(place.element) or ""
        for place in output.places()
        if place.path[0] in (DEIDENTIFICATION_METHOD, DEIDENTIFICATION_CODES)
    }
    methods = {m.strip() for p, text in texts.items() if len(p) == 1 for m in text.split("\\")}
    codes = {text.strip() for path, text in texts.items() if path[-1] == _CODE_VALUE}
    for name in PRESETS:
        if data.presets()[name]["method"] in methods:
            return profile(name, (), [each for each, code in OPTIONS.items() if code in codes])
    return None


def differences(
    original: Instance,
    output: Instance,
    plan: Plan | None = None,
    *,
    keyed: bool = False,
    masked: bool = False,
) -> Iterator[Difference]:
    """Every element of the original in file order, then what only the output has.

    plan: of the original; keyed: it was made with the key that the output was made with;
    masked: masks were burned into the output, so that pixels and overlays may differ.
    """
    outputs = _numbered(output.places())
    decisions = _numbered(() if plan is None else plan.decisions())
    for key, place in _numbered(original.places()).items():
        found = outputs.pop(key, None)
        decision = None if masked and _shown(place.path.tag) else decisions.get(key)
        state = REMOVED if found is None else KEPT if _same(place, found) else CHANGED
        yield Difference(
            place.path,
            _name(place.path.tag),
            category(place.path.tag),
            state,
            before(place.element, place.context),
            "" if found is None else before(found.element, found.context),
            "" if decision is None else _action(decision),
            "" if decision is None else decision.ruling.rule,
            None if decision is None else _as_planned(decision, state, found, keyed=keyed),
        )
    added = () if plan is None else {new.tag for new in plan.edit.data_set.insertions}
    for (path, _), place in outputs.items():
        planned = None if plan is None else path[0] in added or path.tag >> 16 == 2  # noqa: PLR2004 - File Meta
        name, kind = _name(path.tag), category(path.tag)
        yield Difference(
            path, name, kind, ADDED, "", before(place.element, place.context), planned=planned
        )


def _numbered(each: Iterable[_Placed]) -> dict[tuple[TagPath, int], _Placed]:
    """By path, and by number where a path occurs again."""
    counts: Counter[TagPath] = Counter()
    found = {}
    for one in each:
        found[one.path, counts[one.path]] = one
        counts[one.path] += 1
    return found


def _name(tag: Tag) -> str:
    entry = data.entry(tag)
    return "" if entry is None else entry.name


def _shown(tag: Tag) -> bool:
    """Whether an element is what a mask changes."""
    return tag == PIXEL_DATA or tag & 0xFF00FFFF == OVERLAY_DATA


def _same(one: Place, other: Place) -> bool:
    """Whether the same stands there: the text of texts, the bytes of everything else."""
    if one.element.items is not None or other.element.items is not None:
        return len(one.element.items or ()) == len(other.element.items or ())
    if before(one.element, one.context) != before(other.element, other.context):
        return False
    vr = one.context.vr(one.element)
    return (vr in VRS and VRS[vr].kind != "bytes") or _same_bytes(one, other)


def _same_bytes(one: Place, other: Place) -> bool:
    """Whether two values hold the same bytes, block by block."""
    read, other_read = one.context.instance.window.read, other.context.instance.window.read
    start, stop = one.element.value_start, one.element.value_stop
    shift = other.element.value_start - start
    return all(
        read(begin, min(begin + BLOCK_BYTES, stop))
        == other_read(begin + shift, min(begin + BLOCK_BYTES, stop) + shift)
        for begin in range(start, stop, BLOCK_BYTES)
    )


def _action(decision: Decision) -> str:
    return str(Action.REMOVE if decision.inside else decision.ruling.action)


def _as_planned(decision: Decision, state: str, found: Place | None, *, keyed: bool) -> bool:
    """Whether the output holds what the plan says."""
    expected = after(decision)
    gone = decision.inside or (decision.edit is not None and not expected and found is None)
    if gone or found is None:
        return gone and found is None
    if decision.edit is None:  # the rewriter counts the File Meta anew
        return state == KEPT or decision.element.tag == FILE_META_GROUP_LENGTH
    depends = decision.ruling.action in _KEYED or decision.element.tag == _META_INSTANCE_UID
    if depends and not keyed:
        return bool(before(found.element, found.context)) == bool(expected)
    return before(found.element, found.context) == expected
