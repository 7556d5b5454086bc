"""What the command line tells of a Result, as plain data made where the Result is.

Invariants: no value of the source is in a summary or in the rows of a plan; a crosswalk
holds old UIDs and IDs, and is made only for who asked for one.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from dicomanon import data
from dicomanon.policy.action import Action
from dicomanon.policy.crosswalk import Crosswalk
from dicomanon.policy.decision import after

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dicomanon.engine import Result


def summary(result: Result) -> dict[str, Any]:
    """Counts and facts, for JSON."""
    plan = result.plan
    return {
        "actions": plan.counts(),
        "leak_check": "skipped" if result.findings is None else "passed",
        "weak_findings": len(result.findings or ()),
        "masks": len(result.regions),
        "masked_frames": result.masked_frames,
        "mask_change": result.mask_change,
        "unmaskable": result.instead,
        "preset": plan.profile.name,
    }


def rows(result: Result) -> list[tuple[str, str, str, str, str, str]]:
    """Path, name, action, rule, what is written anew, kinds of cuts; what is kept is not told."""
    found = []
    for decision in result.plan.decisions():
        action = "remove" if decision.inside else str(decision.ruling.action)
        changes = decision.edit is not None and decision.ruling.action is not Action.KEEP
        written = after(decision) if changes and not decision.inside else ""
        entry = data.entry(decision.element.tag)
        name = entry.name if entry is not None else ""
        cut = _counted(cut.kind for cut in decision.cuts)
        found.append((str(decision.path), name, action, decision.ruling.rule, written, cut))
    return found


def _counted(kinds: Iterable[str]) -> str:
    return ", ".join(f"{kind} {count}" for kind, count in Counter(kinds).items())


def crosswalk(result: Result) -> Crosswalk:
    """The old and new UIDs and IDs of one instance."""
    table = Crosswalk()
    table.add(result.plan)
    return table
