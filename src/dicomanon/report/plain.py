"""One Result as plain text: a record of what was done to an instance.

Strategy: everything is read off the Result, so the record and the output cannot differ.

Invariants: no value of the source and no name of its file is in a report.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from dicomanon import __version__, data

if TYPE_CHECKING:
    from dicomanon.engine import Result
    from dicomanon.policy.key import Key

_INSTEAD = {None: "none", "remove": "removed", "convert": "converted to uncompressed, and masked"}


def text(result: Result, key: Key) -> str:
    """The record as plain text; key: only its fingerprint is told."""
    chosen = result.plan.profile
    decisions = [d for d in result.plan.decisions() if not d.inside]
    return "\n".join(
        [
            f"dicomanon {__version__}, PS3.15 {data.EDITION}",
            f"preset: {chosen.name}",
            f"options: {', '.join(chosen.options) or 'none'}",
            f"method: {chosen.method}",
            f"key fingerprint: {key.fingerprint}",
            f"output: {result.file_stem}.dcm",
            "actions:",
            *(f"  {action}: {n}" for action, n in sorted(result.plan.counts().items())),
            f"masks: {len(result.regions)}, frames masked: {result.masked_frames}",
            f"greatest change of a stored value outside the masks: {result.mask_change}",
            f"pixels that could not be masked: {_INSTEAD[result.instead]}",
            f"leak check: {_check(result)}",
            "",
            *(
                f"{decision.path}\t{decision.ruling.action}\t{decision.ruling.rule}"
                for decision in decisions
                if decision.edit is not None
            ),
            "",
        ]
    )


def _check(result: Result) -> str:
    if result.findings is None:
        return "skipped"
    counts = Counter(finding.strength for finding in result.findings)
    said = f"passed, {counts['weak']} weak likenesses"
    if result.accepted is None:
        return said
    return f"{said}; {counts['strong']} findings accepted: {result.accepted.reason}"
