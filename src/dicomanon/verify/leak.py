"""The leak check: the original's identifiers, searched in the output.

Strategy: pydicom reads both sides. What identified somebody in the original is searched
in the output's values, bytes, wrapped content and file name; each hit is judged by what
it is and where it stands. Structure is compared beside it.

Invariants: nothing here is shared with the code that wrote the output. A finding never
carries a value. An output that cannot be read whole is a strong finding, not an error.

Standard: PS3.15 §E.1.
"""

from __future__ import annotations

import warnings
from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from dicomanon.dicom.tag import TagPath
from dicomanon.errors import LeakError
from dicomanon.verify.claims import claimed
from dicomanon.verify.facts import CATEGORIES, PRIVATE_GROUP
from dicomanon.verify.finding import Accepted, Finding
from dicomanon.verify.identifiers import identifiers
from dicomanon.verify.judge import Judge
from dicomanon.verify.reader import read
from dicomanon.verify.reading import OPAQUE_VRS
from dicomanon.verify.search import ENCAPSULATED_DOCUMENT, Search
from dicomanon.verify.structure import compare

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from dicomanon.dicom.source import Source
    from dicomanon.verify.finding import Strength, Where
    from dicomanon.verify.pixels import Mask
    from dicomanon.verify.reading import Entry, Reading
    from dicomanon.verify.search import Hit
    from dicomanon.verify.structure import Instead

__all__ = ["CATEGORIES", "Expectation", "Finding", "check", "find"]

PAIR_BYTES = 32
MAX_WEAK = 200
_HEAD_BYTES = 132
_FILE_META_GROUP = 0x0002
_OVERLAY_GROUPS = 0x60


class Expectation(NamedTuple):
    """What an output is meant to be.

    gone: the categories of `CATEGORIES` that must not be left, None for those that the
    output's own stamps claim; kept: paths and tags that
    stay because a person chose so; masks: the regions that were blacked out; output_name:
    the output's own file name; instead: what became of compressed pixels that no mask could
    be burned into, a key of `structure.INSTEAD`.
    """

    gone: frozenset[str] | None = None
    kept: Collection[tuple[int, ...] | int] = ()
    masks: tuple[Mask, ...] = ()
    output_name: str = ""
    instead: Instead | None = None


def find(original: Source, output: Source, expectation: Expectation | None = None) -> list[Finding]:
    """Everything of the original that the output still says, and what its structure lost.

    expectation: None for nothing kept and nothing masked. Strong findings come first.
    """
    wanted = expectation or Expectation()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom warns of what this check looks at itself
        before, after = read(original), read(output)
        gone = claimed(after) if wanted.gone is None else wanted.gone
        search = Search(identifiers(before, gone, wanted.kept))
        hits = [*search.hits(after), *search.in_name(wanted.output_name)]
        judge = Judge(before, gone, wanted.kept)
        found = [
            _finding(hit, after, strength)
            for hit in hits
            if (strength := judge.strength(hit)) is not None
        ]
        found += _paired((hit for hit in hits if not judge.stays(hit)), after)
        found += compare(before, after, wanted.masks, wanted.kept, wanted.instead)
    return _sorted(found)


def check(
    original: Source,
    output: Source,
    expectation: Expectation | None = None,
    accepted: Accepted | None = None,
    more: Iterable[Finding] = (),
) -> list[Finding]:
    """`find`, where no finding is strong but those a person accepted.

    more: findings of others, which count like ours.

    Raises:
        LeakError: there is another strong finding; it carries the place of the first.
    """
    found = [*find(original, output, expectation), *more]
    for finding in found:
        if finding.strength == "strong" and not (accepted and accepted.covers(finding)):
            raise LeakError("leak", path=finding.path, offset=finding.offset, findings=found)
    return found


def _sorted(found: Iterable[Finding]) -> list[Finding]:
    """One finding a place and kind, the strongest; weak ones are not listed without end."""
    best: dict[tuple[object, ...], Finding] = {}
    for finding in found:
        key = (finding.path, finding.kind, finding.category, finding.where)
        held = best.get(key)
        if held is None or (held.strength, finding.strength) == ("weak", "strong"):
            best[key] = finding
    strong = [finding for finding in best.values() if finding.strength == "strong"]
    weak = [finding for finding in best.values() if finding.strength == "weak"]
    return sorted(strong, key=_place) + sorted(weak, key=_place)[:MAX_WEAK]


def _place(finding: Finding) -> tuple[tuple[int, ...], int, str]:
    return finding.path or (), finding.offset or 0, finding.kind


def _finding(hit: Hit, after: Reading, strength: Strength) -> Finding:
    path = TagPath(hit.entry.path) if hit.entry is not None else None
    offset = None if after.deflated else hit.start
    identifier = hit.identifier
    where = _where(hit, after)
    return Finding(path, identifier.kind, identifier.category, strength, where, offset)


def _where(hit: Hit, after: Reading) -> Where:
    if hit.wrapped:
        return hit.wrapped
    if hit.entry is not None:
        return _where_in(hit.entry)
    start = hit.start or 0
    if start >= after.stop:
        return "trailing"
    return "preamble" if start < _HEAD_BYTES else "raw"


def _where_in(entry: Entry) -> Where:
    if entry.tag >> 16 == _FILE_META_GROUP:
        return "file_meta"
    if any(tag & PRIVATE_GROUP for tag in entry.path[::2]):
        return "private"
    if entry.tag >> 24 == _OVERLAY_GROUPS:
        return "overlay"
    if entry.tag == ENCAPSULATED_DOCUMENT:
        return "document"
    return "raw" if entry.vr in OPAQUE_VRS else "value"


def _paired(hits: Iterable[Hit], after: Reading) -> list[Finding]:
    """Two parts of one name close together, in bytes nobody said were text: the whole name."""
    parts: dict[int, list[Hit]] = defaultdict(list)
    for hit in hits:
        exact = hit.needle is not None and hit.needle.exact
        if exact and hit.start is not None and hit.identifier.kind == "name":
            parts[id(hit.identifier)].append(hit)
    found = []
    for near in parts.values():
        near.sort(key=lambda hit: hit.start or 0)
        for one, other in pairwise(near):
            apart = (other.start or 0) - (one.start or 0)
            different = one.needle and other.needle and one.needle.pieces != other.needle.pieces
            if different and apart <= PAIR_BYTES:
                found.append(_finding(one, after, "strong"))
    return found
