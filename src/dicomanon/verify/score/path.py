"""The answer key's paths, such as `<(0008,1140)>[<0000>]<(0008,1155)>`, and what stands there.

Strategy: a path is followed in pydicom's data set step by step, so that only what is asked
for is decoded. A private step names its creator instead of a block:
`<(0019,"SIEMENS MR HEADER",0c)>`.

Invariants: hexadecimal digits in any case; creators compare upper-cased. Where a creator
has several blocks the last that holds the element counts. A plain step never reaches a
private element whose creator is known.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from pydicom.charset import convert_encodings
from pydicom.values import convert_SQ

if TYPE_CHECKING:
    from collections.abc import MutableSequence, Sequence

    from pydicom.dataelem import DataElement
    from pydicom.dataset import Dataset

    Charset = str | MutableSequence[str] | None

_TAG = r'<\(([0-9a-fA-F]{4}),(?:"(.*?)",([0-9a-fA-F]{2})|([0-9a-fA-F]{4}))\)>'
_ITEM = r"\[<(\d+)>\]"
_STEP = re.compile(rf"{_TAG}(?:{_ITEM}(?=<))?", re.DOTALL)
_PIXEL_DATA, _OVERLAY_DATA, _OVERLAYS = 0x7FE00010, 0x60003000, 0xFF00FFFF
REMOVED = "<REMOVED>"
"""What stands for the value of a bulk element."""
EMPTY = "<>"


class Step(NamedTuple):
    """One step: an element, then an item of it; item: None at the end of a path.

    number: the element's, of a private one with a creator its last two digits.
    """

    group: int
    number: int
    creator: str | None
    item: int | None


@lru_cache(maxsize=1 << 14)
def parse(path: str) -> tuple[Step, ...]:
    """A path's steps.

    Raises:
        ValueError: it is none.
    """
    steps: list[Step] = []
    position = 0
    while (found := _STEP.match(path, position)) is not None:
        group, creator, low, number, item = found.groups()
        steps.append(
            Step(
                int(group, 16), int(low or number, 16), creator, None if item is None else int(item)
            )
        )
        position = found.end()
        if item is None:
            break
    if not steps or position != len(path) or steps[-1].item is not None:
        message = "not a path"
        raise ValueError(message)
    return tuple(steps)


def find(data_set: Dataset, path: str) -> DataElement | None:
    """The element at a path, None if there is none.

    Raises:
        ValueError: it is not a path. What pydicom raises on a value it cannot read.
    """
    element: DataElement | None = None
    charset: Charset = None
    for step in parse(path):
        charset = data_set.get("SpecificCharacterSet", charset)
        tag = _tag(data_set, step)
        if tag is None or tag not in data_set:
            return None
        element = data_set[tag]
        if step.item is None:
            break
        items = _items(element, charset)
        if step.item >= len(items):
            return None
        data_set = items[step.item]
    return element


def _items(element: DataElement, charset: Charset) -> Sequence[Dataset]:
    """The items of a sequence, in UN as well, which pydicom leaves closed.

    charset: Specific Character Set of the level, as pydicom gives it.

    Standard: PS3.5 §6.2.2 Note 2.
    """
    if element.VR == "UN" and isinstance(element.value, bytes):
        encodings = convert_encodings(charset)
        return convert_SQ(element.value, True, True, encodings)  # noqa: FBT003 - Implicit VR, LE
    return element.value if element.VR == "SQ" else ()


def _tag(data_set: Dataset, step: Step) -> int | None:
    """The tag of a step in this data set."""
    base = step.group << 16
    if step.creator is None:
        return None if _has_creator(data_set, step) else base | step.number
    wanted = step.creator.upper()
    found = None
    for reserved in sorted(_creators(step.group) & data_set.keys()):
        tag = base | (reserved & 0xFF) << 8 | step.number
        if tag in data_set and _creator(data_set, reserved) == wanted:
            found = tag
    return found


@cache
def _creators(group: int) -> frozenset[int]:
    """The tags that reserve a group's blocks. Standard: PS3.5 §7.8.1."""
    return frozenset(range(group << 16 | 0x10, group << 16 | 0x100))


def _has_creator(data_set: Dataset, step: Step) -> bool:
    """Whether a plain step names a private element that its creator should name."""
    is_element = step.group % 2 == 1 and step.number >= 0x1000  # noqa: PLR2004 - PS3.5 §7.8.1
    return is_element and _creator(data_set, step.group << 16 | step.number >> 8) is not None


def _creator(data_set: Dataset, tag: int) -> str | None:
    if tag not in data_set:
        return None
    return str(data_set[tag].value or "").strip().upper() or None


def text_of(element: DataElement) -> str:
    """A value in brackets, as the answer key writes it."""
    tag = int(element.tag)
    if tag == _PIXEL_DATA or tag & _OVERLAYS == _OVERLAY_DATA:
        return REMOVED
    value = element.value
    return EMPTY if value is None or value == b"" else f"<{str(value).strip()}>"
