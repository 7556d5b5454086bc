"""What a profile decides, as a table: for printing, comparing and exporting.

Strategy: one row a tag that the profile names, in order of tags, then one for each single
element it names; what holds for all others (private elements, tags of no table) are rows
too, so that nothing a profile does is missing from its table.

Invariants: rows come from the same rulings that planning uses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dicomanon import data
from dicomanon.policy.action import Action
from dicomanon.policy.builtin import sensitive_tags
from dicomanon.policy.ruling import NOT_IN_DATA_SETS

if TYPE_CHECKING:
    from dicomanon.dicom.tag import Tag
    from dicomanon.policy.profile import Profile
    from dicomanon.policy.ruling import Ruling

PRIVATE_ROW = "private"
TEXT_ROW = "words"
"""The category of rows about words in texts, not about elements."""


class Line(NamedTuple):
    """One decision: tag or mask or path; code: where the attribute's Type has a say."""

    tag: str
    name: str
    category: str
    action: str
    rule: str
    code: str
    value: str


class Difference(NamedTuple):
    """One decision in which two profiles differ."""

    tag: str
    name: str
    first: str
    second: str


def table(profile: Profile) -> list[Line]:
    """Every decision of a profile."""
    masks = {int(mask.replace("x", "0"), 16): mask for mask in sensitive_tags() if "x" in mask}
    lines = [
        _line(masks.get(tag, f"{tag:08X}"), tag, ruling)
        for tag, ruling in sorted(profile.tags.items())
        if tag >> 16 not in NOT_IN_DATA_SETS
    ]
    lines += [_line(str(path), path.tag, ruling) for path, ruling in sorted(profile.paths.items())]
    lines.append(
        Line(PRIVATE_ROW, "Private elements", "private", profile.private, "private", "", "")
    )
    lines += [
        Line(f'({group:04X},"{creator}",{low:02X})', "", "private", action, "private_list", "", "")
        for creator, group, low, action in profile.listed.rows
    ]
    if profile.strict:
        lines.append(Line("text", "Words on no list", TEXT_ROW, Action.REMOVE, "strict", "", ""))
    if profile.cut:
        count = str(len(profile.cut))
        lines.append(Line("cut", "Listed texts", TEXT_ROW, Action.REMOVE, "cut", "", count))
    return lines


def differences(first: Profile, second: Profile) -> list[Difference]:
    """The decisions in which two profiles differ, in order; "" is a tag of no rule."""
    one, two = ({line.tag: line for line in table(each)} for each in (first, second))
    order = [*one, *(tag for tag in two if tag not in one)]
    return [
        Difference(tag, (one.get(tag) or two[tag]).name, _said(one, tag), _said(two, tag))
        for tag in order
        if _said(one, tag) != _said(two, tag)
    ]


def _said(lines: dict[str, Line], tag: str) -> str:
    line = lines.get(tag)
    if line is None:
        return ""
    given = f" {line.value}" if line.action == Action.VALUE else ""
    return line.action + given + (f" ({line.code})" if line.code else "")


def _line(shown: str, tag: Tag, ruling: Ruling) -> Line:
    entry = data.entry(tag)
    name = "" if entry is None else entry.name
    category = data.category_of(tag)
    return Line(shown, name, category, ruling.action, ruling.rule, ruling.code, ruling.given)
