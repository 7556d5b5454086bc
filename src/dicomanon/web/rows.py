"""Decisions as the rows of the page's table.

Strategy: a row is what the file says, what is decided and why, what the select offers; a
change is the part of a row that another choice may make different.

Invariants: JSON-ready; texts are cut, so a row is small whatever the file holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dicomanon import data
from dicomanon.dicom.instance import UNDEFINED
from dicomanon.policy.decision import after, before, category
from dicomanon.policy.profile import allowed
from dicomanon.policy.stamp import STAMPS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dicomanon.policy.decision import Decision

    Body = dict[str, Any]

SHOWN_CHARS = 256
_FILE_META_GROUP = 2


def counts(decisions: Sequence[Decision]) -> Body:
    """How many elements each action concerns, and how many change."""
    actions: dict[str, int] = {}
    changed = 0
    for decision in decisions:
        action = "remove" if decision.inside else str(decision.ruling.action)
        actions[action] = actions.get(action, 0) + 1
        changed += _changed(decision)
    return {"actions": actions, "changed": changed, "total": len(decisions)}


def _changed(decision: Decision) -> bool:
    return decision.inside or decision.edit is not None


def differs(old: Decision, new: Decision) -> bool:
    """Whether two decisions on one element write something else."""
    if old.ruling != new.ruling or old.inside != new.inside:
        return True
    if old.cuts != new.cuts:
        return True
    if isinstance(old.edit, list) and isinstance(new.edit, list):
        return False
    return old.edit != new.edit


def _after(decision: Decision) -> str:
    return after(decision) if _changed(decision) else before(decision.element, decision.context)


def change(index: int, decision: Decision) -> Body:
    """The part of a row that a choice may make different."""
    return {
        "index": index,
        "action": str(decision.ruling.action),
        "after": _cut(_after(decision)),
        "rule": decision.ruling.rule,
        "changed": _changed(decision),
        "inside": decision.inside,
        "cuts": [list(cut) for cut in decision.cuts],
    }


def row(index: int, decision: Decision) -> Body:
    """One row of the table."""
    tag = decision.element.tag
    vr = decision.context.vr(decision.element)
    entry = data.entry(tag)
    element = decision.element
    return {
        **change(index, decision),
        "path": str(decision.path),
        "depth": len(decision.path) // 2,
        "tag": f"({tag >> 16:04X},{tag & 0xFFFF:04X})",
        "name": "" if entry is None else entry.name,
        "vr": vr,
        "length_bytes": UNDEFINED if element.undefined_length else element.value_bytes,
        "before": _cut(before(decision.element, decision.context)),
        "category": category(tag),
        "allowed": _offered(decision, vr),
    }


def _offered(decision: Decision, vr: str) -> list[str]:
    """What the select offers: what the VR allows, and always what is decided now.

    What follows the data set or says what was done is not the person's to decide.
    """
    tag, current = decision.element.tag, str(decision.ruling.action)
    if tag in STAMPS or tag >> 16 == _FILE_META_GROUP:
        return [current]
    offered = [str(action) for action in allowed(tag, vr)]
    return offered if current in offered else [*offered, current]


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN_CHARS else f"{text[:SHOWN_CHARS]}…"
