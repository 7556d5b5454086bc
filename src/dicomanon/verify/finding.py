"""What the check reports: where something is left, of what kind, how surely; never what.

Invariants: a finding holds no element value and no file name. What a person accepts is
named by a reason, and the reason is theirs.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from dicomanon.dicom.tag import PIXEL_DATA, TagPath
from dicomanon.errors import ProfileError

BURNED_IN, UNDECIDED = "burned_in", "burned_in_undecided"

Strength = Literal["strong", "weak"]
Where = Literal[
    "value",
    "raw",
    "preamble",
    "file_meta",
    "trailing",
    "private",
    "document",
    "overlay",
    "name",
    "structure",
    "reference",
    "pixels",
]


class Finding(NamedTuple):
    """One finding.

    path: the element, None if it is in none; kind: what is left ("name", "identifier",
    "date", "phone", "address", "institution", "device", "order", "uid") or what is wrong
    (a key of `structure.PROBLEMS`); category: whose it is, "" for structure; offset: in
    the output, None where it is inside something compressed.
    """

    path: TagPath | None
    kind: str
    category: str
    strength: Strength
    where: Where
    offset: int | None

    def plain(self) -> dict[str, Any]:
        """The finding as JSON has it."""
        return {**self._asdict(), "path": None if self.path is None else str(self.path)}


def still_readable() -> Finding:
    """That an output's pixels still show what identifies somebody in its source."""
    return Finding(TagPath((PIXEL_DATA,)), BURNED_IN, "patient", "strong", "pixels", None)


def undecided_text() -> Finding:
    """That an output's pixels show text that was neither masked nor shown to anybody."""
    return Finding(TagPath((PIXEL_DATA,)), UNDECIDED, "patient", "strong", "pixels", None)


class Accepted(NamedTuple):
    """A person's word that strong findings are none.

    reason: stands in the report; places: path and kind of the findings meant, the path
    as text, None where there is none; without places all findings are meant.
    """

    reason: str
    places: frozenset[tuple[str | None, str]] | None = None

    def covers(self, finding: Finding) -> bool:
        """Whether a finding is meant."""
        path = None if finding.path is None else str(finding.path)
        return self.places is None or (path, finding.kind) in self.places


def accepted(reason: str, places: frozenset[tuple[str | None, str]] | None = None) -> Accepted:
    """A person's word.

    Raises:
        ProfileError: code `reason`; it is empty.
    """
    if not reason.strip():
        raise ProfileError("reason")
    return Accepted(reason.strip(), places)
