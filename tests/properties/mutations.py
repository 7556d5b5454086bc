"""Real files, broken on purpose: the same ones for the same seed.

Strategy: a mutation is one of a few attacks, or several in a row, on a small real file.
Attacks on structure aim at element headers, because random bytes seldom hit one.
"""

from __future__ import annotations

import random
import struct
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from dicomanon.dicom.scan import scan
from dicomanon.dicom.source import BytesSource
from dicomanon.errors import InputError
from tests import pydicom_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SMALL_BYTES = 12_000
LENGTHS = (0, 1, 2, 7, 8, 12, 0x7F, 0xFF, 0xFFFE, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF)
TAGS = (
    0xFFFEE000,
    0xFFFEE00D,
    0xFFFEE0DD,
    0x7FE00010,
    0x00080005,
    0x00080018,
    0x00081110,
    0x00100010,
    0x00100020,
    0x00280103,
    0x0040A730,
    0x00090010,
    0x00091001,
    0x60003000,
    0x00020010,
    0x00000000,
)
VRS = (b"SQ", b"UN", b"OB", b"UI", b"PN", b"US", b"DA", b"UT", b"ZZ", b"\0\0")


class Original(NamedTuple):
    """A real file and where its elements begin."""

    data: bytes
    headers: tuple[int, ...]


@cache
def originals() -> tuple[Original, ...]:
    """Small files as they are."""
    found = []
    for path in pydicom_files.dicom_files():
        if path.stat().st_size <= SMALL_BYTES:
            data = path.read_bytes()
            try:
                places = scan(BytesSource(data)).places()
            except InputError:
                continue
            headers = tuple(p.element.start for p in places if p.element.start < len(data) - 12)
            found.append(Original(data, headers))
    return tuple(found)


def _flip(rng: random.Random, data: bytearray, _: Original) -> None:
    for _n in range(rng.choice((1, 1, 2, 8))):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def _overwrite(rng: random.Random, data: bytearray, _: Original) -> None:
    at = rng.randrange(len(data))
    data[at : at + rng.choice((1, 2, 4, 16))] = rng.randbytes(rng.choice((1, 2, 4, 16)))


def _insert(rng: random.Random, data: bytearray, _: Original) -> None:
    at = rng.randrange(len(data))
    data[at:at] = rng.randbytes(rng.choice((1, 2, 7, 8, 64)))


def _delete(rng: random.Random, data: bytearray, _: Original) -> None:
    at = rng.randrange(len(data))
    del data[at : at + rng.choice((1, 2, 7, 8, 64))]


def _cut(rng: random.Random, data: bytearray, _: Original) -> None:
    del data[rng.randrange(1, len(data)) :]


def _length(rng: random.Random, data: bytearray, original: Original) -> None:
    at = rng.choice(original.headers) + rng.choice((4, 6, 8))
    length = rng.choice(LENGTHS)
    if rng.random() < 0.3:
        length = max(0, min(len(data) - at + rng.randint(-16, 16), 0xFFFFFFFF))
    raw = struct.pack("<L", length)
    data[at : at + 4] = raw if rng.random() < 0.5 else raw[:2] + data[at + 2 : at + 4]


def _tag(rng: random.Random, data: bytearray, original: Original) -> None:
    at, tag = rng.choice(original.headers), rng.choice(TAGS)
    data[at : at + 4] = struct.pack("<HH", tag >> 16, tag & 0xFFFF)


def _vr(rng: random.Random, data: bytearray, original: Original) -> None:
    at = rng.choice(original.headers) + 4
    data[at : at + 2] = rng.choice(VRS)


def _repeat(rng: random.Random, data: bytearray, original: Original) -> None:
    start, stop = sorted(rng.choices(original.headers, k=2))
    at = rng.choice(original.headers)
    data[at:at] = data[start : min(stop, start + 2000)] * rng.choice((1, 2, 20))


def _splice(rng: random.Random, data: bytearray, original: Original) -> None:
    other = rng.choice(originals())
    start = rng.choice(other.headers)
    at = rng.choice(original.headers)
    data[at : at + rng.choice((0, 0, 8, 100))] = other.data[start : start + rng.randrange(1, 3000)]


ATTACKS: tuple[Callable[[random.Random, bytearray, Original], None], ...] = (
    _flip,
    _overwrite,
    _insert,
    _delete,
    _cut,
    _length,
    _length,
    _tag,
    _vr,
    _repeat,
    _splice,
)


def mutations(seed: int, count: int) -> Iterator[tuple[int, bytes]]:
    """Numbered mutations; each depends on its own number and the seed alone."""
    for number in range(count):
        yield number, mutation(seed, number)


def mutation(seed: int, number: int) -> bytes:
    """One mutation."""
    rng = random.Random(f"{seed}/{number}")  # noqa: S311 - the same every time
    original = rng.choice(originals())
    data = bytearray(original.data)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        if len(data) > 1:
            rng.choice(ATTACKS)(rng, data, original)
    return bytes(data)
