"""The crosswalk: which new UID and patient ID stands for which old one.

Strategy: it is read off the plans of what was written, so nothing else has to remember
anything, and a run that was not asked for a crosswalk never makes one.

Invariants: one row an old value, in order of it; UIDs that DICOM registers are not in it;
what was removed has no row. A cell never begins a formula. Its repr holds no value.
"""

from __future__ import annotations

import csv
from io import StringIO
from typing import TYPE_CHECKING

from dicomanon import data
from dicomanon.policy.decision import after, value_text
from dicomanon.spreadsheet import cell

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dicomanon.policy.decision import Decision, Plan

PATIENT_ID = 0x00100020
COLUMNS = ("id_old", "id_new")
_FILE_META = 2


class Crosswalk:
    """Old and new UIDs and patient IDs of the plans added so far."""

    __slots__ = ("_patients", "_uids")

    def __init__(self) -> None:
        self._uids: dict[str, str] = {}
        self._patients: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"Crosswalk({len(self._uids)} UIDs, {len(self._patients)} patients)"

    def __len__(self) -> int:
        return len(self._uids) + len(self._patients)

    def add(self, plan: Plan) -> None:
        """Remember an instance that was written as planned."""
        for decision in plan.decisions():
            tag = decision.element.tag
            if decision.inside or tag >> 16 == _FILE_META or decision.element.items is not None:
                continue
            if tag == PATIENT_ID:
                self._remember(self._patients, decision)
            elif decision.context.vr(decision.element) == "UI":
                self._remember(self._uids, decision)

    def merge(self, other: Crosswalk) -> None:
        """Add the rows of another; of two new values for one old, the first stays."""
        self._uids = other._uids | self._uids
        self._patients = other._patients | self._patients

    def _remember(self, table: dict[str, str], decision: Decision) -> None:
        element, context = decision.element, decision.context
        before = value_text(context.instance.value(element), context.vr(element), context)
        old, new = before.split("\\"), after(decision).split("\\")
        if len(old) != len(new):
            return
        for source, target in zip(old, new, strict=True):
            if source.strip() and target.strip() and not data.uid_name(source.strip()):
                table.setdefault(source.strip(), target.strip())

    def files(self) -> dict[str, str]:
        """The two tables as CSV text, by file name."""
        return {"uid.csv": _csv(self._uids), "patient.csv": _csv(self._patients)}


def _csv(table: Mapping[str, str]) -> str:
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows((cell(old), cell(new)) for old, new in sorted(table.items()))
    return text.getvalue()
