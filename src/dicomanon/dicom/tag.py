"""Tags, and paths of tags through nested sequences.

Strategy: a Tag is a plain int, 0xggggeeee: it hashes, compares and sorts as the
standard orders elements, and costs nothing. A TagPath is a tuple that alternates
tags and zero-based item indexes and prints as `00081140[0].00081155`.

Invariants: a TagPath has an odd number of parts; it starts and ends with a tag.
"""

from __future__ import annotations

import re

Tag = int

ITEM: Tag = 0xFFFEE000
ITEM_DELIMITER: Tag = 0xFFFEE00D
SEQUENCE_DELIMITER: Tag = 0xFFFEE0DD
PIXEL_DATA: Tag = 0x7FE00010
SPECIFIC_CHARACTER_SET: Tag = 0x00080005

_CREATOR_NUMBERS = range(0x0010, 0x0100)
ANY_ITEM = -1
"""In place of an item index: every item."""
_STEP = re.compile(r"([0-9A-F]{8})(?:\[(\d{1,6}|\*)\])?\Z")


class TagPath(tuple[int, ...]):
    """The way to an element: tag, item index, tag, ..., tag."""

    __slots__ = ()

    def __str__(self) -> str:
        items = ["*" if index == ANY_ITEM else str(index) for index in self[1::2]]
        steps = [f"{tag:08X}[{item}]" for tag, item in zip(self[::2], items, strict=False)]
        return ".".join([*steps, f"{self[-1]:08X}"])

    @property
    def tag(self) -> Tag:
        """The tag of the element the path ends at."""
        return self[-1]

    def covers(self, path: tuple[int, ...]) -> bool:
        """Whether this is the path, or is where each `*` stands for any item."""
        return len(self) == len(path) and all(
            mine in (other, ANY_ITEM) for mine, other in zip(self, path, strict=True)
        )


def parse_path(text: str) -> TagPath | None:
    """`00081140[0].00081155` as a TagPath, None if it is not one; `*` is every item."""
    parts: list[int] = []
    steps = text.upper().split(".")
    for n, step in enumerate(steps):
        match = _STEP.match(step)
        if match is None or (match[2] is None) != (n == len(steps) - 1):
            return None
        parts.append(int(match[1], 16))
        if match[2] is not None:
            parts.append(ANY_ITEM if match[2] == "*" else int(match[2]))
    return TagPath(parts)


def is_private(tag: Tag) -> bool:
    """Whether the group is odd. Standard: PS3.5 §7.8."""
    return bool(tag & 0x10000)


def is_private_creator(tag: Tag) -> bool:
    """Whether this is (gggg,0010-00FF) of an odd group. Standard: PS3.5 §7.8.1."""
    return bool(tag & 0x10000) and (tag & 0xFFFF) in _CREATOR_NUMBERS


def creator_of(tag: Tag) -> Tag:
    """The Private Creator's tag for a private element (gggg,xxyy): (gggg,00xx)."""
    return (tag & 0xFFFF0000) | ((tag >> 8) & 0xFF)


def is_group_length(tag: Tag) -> bool:
    """Whether this is (gggg,0000). Standard: PS3.5 §7.2."""
    return not tag & 0xFFFF
