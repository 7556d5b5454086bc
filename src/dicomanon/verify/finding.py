"""What the check reports: where something is left, of what kind, how surely; never what.

Invariants: a finding holds no element value and no file name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from dicomanon.dicom.tag import TagPath

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
