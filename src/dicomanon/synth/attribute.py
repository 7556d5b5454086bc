"""Attributes as they are planned: a tag, its VR, and a value that is text, numbers or items.

Strategy: a level is a list of attributes, written by keyword. Texts with planted parts stay
what they are until the very end, so that one list gives both the bytes and the answers.

Invariants: a level is written in the order of tags; private blocks get their creators.

Standard: PS3.5 §7.1, §7.8.1.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from dicomanon import data
from dicomanon.dicom import value as values
from dicomanon.dicom.charset import charset
from dicomanon.dicom.segment import NewElement
from dicomanon.dicom.vr import VRS
from dicomanon.synth.text import Part, Text, planted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dicomanon.dicom.transfer_syntax import TransferSyntax

    Plain = str | Text | bytes | float | Sequence[str | float] | Sequence["Level"]
    """What a value may be written as: a text, a number, several of them, items."""

Level = list["Attribute"]
Value = str | Text | bytes | tuple[Level, ...]

PRIVATE_BLOCK = 0x10


class Attribute(NamedTuple):
    """One element.

    creator: of a private one, whose tag names the low byte only; demand: a row of
    `demand.DEMANDS`, "" for that of its keyword; plants: what identifies in bytes.
    """

    tag: int
    vr: str
    value: Value
    creator: str = ""
    demand: str = ""
    plants: tuple[Part, ...] = ()

    @property
    def texts(self) -> list[str]:
        """The values as text, [] if there are none."""
        return values.split_values(str(self.value), self.vr)


def attribute(keyword: str, value: Plain, vr: str = "") -> Attribute:
    """A standard attribute by keyword; vr: where the dictionary leaves a choice."""
    tag = data.keywords()[keyword]
    return Attribute(tag, vr or data.vr_of(tag), plain(value))


def level(**attributes: Plain) -> Level:
    """Attributes by keyword."""
    return [attribute(keyword, value) for keyword, value in attributes.items()]


class Block(NamedTuple):
    """A private block, to make elements of."""

    creator: str
    group: int

    def open(self, low: int, vr: str, value: Plain) -> Attribute:
        """An element of which nothing is asked, but of the planted parts of its text."""
        return Attribute(self.group << 16 | low, vr, plain(value), self.creator, "open")

    def safe(self, low: int, vr: str, value: Plain) -> Attribute:
        """An element that is known as safe and has to stay."""
        return self.open(low, vr, value)._replace(demand="safe")

    def planted(self, low: int, vr: str, value: str, kind: str) -> Attribute:
        """A text that identifies as a whole; kind: HIPAA's letter."""
        return self.open(low, vr, planted(value, kind))

    def hidden(self, low: int, vr: str, value: bytes, *plants: Part) -> Attribute:
        """Bytes with texts that identify in them."""
        return self.open(low, vr, value)._replace(plants=plants)


def plain(value: Plain) -> Value:
    """A value as text, bytes or items."""
    if isinstance(value, str | Text | bytes):
        return value
    if isinstance(value, int | float):
        return _number(value)
    items = tuple(item for item in value if isinstance(item, list))
    if items or not value:
        return items
    plains = (one for one in value if not isinstance(one, list))
    return "\\".join(one if isinstance(one, str) else _number(one) for one in plains)


def _number(value: float) -> str:
    """A number as a DS has room for."""
    return str(value) if isinstance(value, int) else f"{value:.10g}"


def placed(attributes: Iterable[Attribute]) -> list[tuple[int, Attribute]]:
    """Attributes with their full tags, in order, with the creators of their private blocks."""
    blocks: dict[tuple[int, str], int] = {}
    found: list[tuple[int, Attribute]] = []
    for one in attributes:
        if not one.creator:
            found.append((one.tag, one))
            continue
        group = one.tag >> 16
        used = sum(1 for other, _ in blocks if other == group)
        block = blocks.setdefault((group, one.creator), PRIVATE_BLOCK + used)
        found.append((group << 16 | block << 8 | one.tag & 0xFF, one))
    for (group, creator), block in blocks.items():
        tag = group << 16 | block
        found.append((tag, Attribute(tag, "LO", creator)))
    return sorted(found, key=lambda pair: pair[0])


def encoded(
    attributes: Iterable[Attribute], terms: str, syntax: TransferSyntax
) -> tuple[NewElement, ...]:
    """The elements of a level. terms: of Specific Character Set.

    Raises:
        ProfileError: a value is not one of its VR, or not of the character set.
    """
    return tuple(
        NewElement(tag, one.vr, _raw(one, terms, syntax)) for tag, one in placed(attributes)
    )


def _raw(
    one: Attribute, terms: str, syntax: TransferSyntax
) -> bytes | tuple[tuple[NewElement, ...], ...]:
    if isinstance(one.value, tuple):
        return tuple(encoded(item, terms, syntax) for item in one.value)
    if isinstance(one.value, bytes):
        raw = one.value if syntax.little else _swapped(one.value, VRS[one.vr].unit_bytes)
        return raw + b"\0" * (len(raw) % 2)
    return values.encode(str(one.value), one.vr, syntax.little, charset(terms.encode()))


def _swapped(raw: bytes, unit_bytes: int) -> bytes:
    """Words in the other byte order."""
    if unit_bytes == 1:
        return raw
    numbers = struct.unpack(f"<{len(raw) // 2}H", raw)
    return struct.pack(f">{len(numbers)}H", *numbers)
