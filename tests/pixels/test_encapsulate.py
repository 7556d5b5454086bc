"""Encapsulated values: new frames go in, the others keep their bytes, and tables stay right."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING

import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.encaps import get_frame, parse_basic_offsets

from dicomanon.dicom.ranges import SourceRange
from dicomanon.dicom.scan import scan
from dicomanon.dicom.segment import (
    Encapsulated,
    InstanceEdit,
    LevelEdit,
    rewrite,
    to_bytes,
)
from dicomanon.dicom.source import BytesSource
from dicomanon.errors import PixelError
from dicomanon.pixels.encapsulate import encapsulated
from dicomanon.pixels.fragment import encapsulated_frame
from dicomanon.pixels.frame import describe
from tests.pixels.images import JPEG_BASELINE, Attribute, fragments, image, instance

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dicomanon.dicom.instance import Instance

BEGIN = b"\xff\xd8\xff"
END = b"\xff\xd9"


def cine(frames: list[list[bytes]], *, basic: bool, extended: bool = False) -> Instance:
    """An instance of these frames, each a list of fragments."""
    sizes = [sum(8 + len(f) for f in frame) for frame in frames]
    offsets = [sum(sizes[:n]) for n in range(len(frames))]
    count = len(frames)
    tables: dict[str, Attribute] = {
        "x7FE00001": ("OV", struct.pack(f"<{count}Q", *offsets)),
        "x7FE00002": ("OV", struct.pack(f"<{count}Q", *(size - 8 for size in sizes))),
    }
    value = fragments(
        *(fragment for frame in frames for fragment in frame),
        table=struct.pack(f"<{count}L", *offsets) if basic else b"",
    )
    more: dict[str, Attribute] = {
        "x00280008": ("IS", f"{count:<4}".encode()),
        "x7FE00010": ("OB", value),
        "x7FE10010": "AFTER",
        **(tables if extended else {}),
    }
    return instance(image(b"", 8, 8, 8, "OW", **more), JPEG_BASELINE)


def put(scanned: Instance, new: Mapping[int, bytes]) -> bytes:
    """The file with these frames replaced."""
    d = describe(scanned)
    assert d is not None
    level = LevelEdit(scanned.data_set)
    edits = encapsulated(scanned, d, new)
    for index, element in enumerate(scanned.data_set.elements):
        if element.tag in edits:
            level.edits[index] = edits[element.tag]
    edit = InstanceEdit(
        preamble=False,
        file_meta=LevelEdit(scanned.file_meta),
        drop_command_set=False,
        data_set=level,
    )
    return to_bytes(scanned.original, rewrite(scanned, edit))


@settings(max_examples=60)
@given(st.data())
def test_frames_go_in_and_the_others_stay(data: st.DataObject) -> None:
    """Read again by ourselves and by pydicom, with every kind of table."""
    fragment = st.lists(st.integers(0, 254), min_size=1, max_size=9).map(bytes)
    old = [
        [BEGIN + data.draw(fragment), *data.draw(st.lists(fragment, max_size=2)), END]
        for _ in range(data.draw(st.integers(1, 5)))
    ]
    single = data.draw(st.booleans())
    if single:
        old = [[b"".join(frame)] for frame in old]
    new = {
        n: BEGIN + data.draw(fragment) + END
        for n in range(1, len(old) + 1)
        if data.draw(st.booleans())
    }
    basic = data.draw(st.booleans())
    extended = single and data.draw(st.booleans())
    written = put(cine(old, basic=basic, extended=extended), new)

    expected = []
    for n, frame in enumerate(old, 1):
        parts = [new[n]] if n in new else frame
        expected.append(b"".join(part + b"\0" * (len(part) % 2) for part in parts))
    again = scan(BytesSource(written))
    d = describe(again)
    assert d is not None
    assert expected == [encapsulated_frame(again, d, n + 1) for n in range(len(old))]
    read = pydicom.dcmread(io.BytesIO(written))
    value = read.PixelData
    tables = (read.ExtendedOffsetTable, read.ExtendedOffsetTableLengths) if extended else None
    count = len(old)
    assert expected == [
        get_frame(value, n, number_of_frames=count, extended_offsets=tables) for n in range(count)
    ]
    assert (len(old) if basic else 0) == len(parse_basic_offsets(value))
    if extended:
        lengths = struct.unpack(f"<{count}Q", read.ExtendedOffsetTableLengths)
        assert [len(frame) for frame in expected] == list(lengths)
    assert read[0x7FE10010].value is not None


def test_nothing_new_is_the_same_file() -> None:
    """Even fragments, either table: not one byte differs."""
    for basic in (False, True):
        scanned = cine([[BEGIN + b"a"], [BEGIN + b"b", b"cd"]], basic=basic)
        source = scanned.original
        assert source.read(0, source.size_bytes) == put(scanned, {})


def test_frames_that_stay_are_one_range() -> None:
    """98 untouched frames around a new one: two ranges, none read."""
    scanned = cine([[BEGIN + bytes(200_001)]] * 99, basic=True)
    d = describe(scanned)
    assert d is not None
    edits = encapsulated(scanned, d, {50: b"new!"})
    level = LevelEdit(scanned.data_set)
    value = edits[d.tag]
    assert isinstance(value, Encapsulated)
    level.edits[len(scanned.data_set.elements) - 2] = value
    edit = InstanceEdit(
        preamble=False,
        file_meta=LevelEdit(scanned.file_meta),
        drop_command_set=False,
        data_set=level,
    )
    segments = rewrite(scanned, edit)
    kinds = [type(segment) for segment in segments]
    assert kinds == [bytes, SourceRange, bytes, SourceRange, bytes]


def test_extended_tables_go_where_they_would_be_wrong() -> None:
    """A frame of two fragments has no place in them."""
    old = [[BEGIN + b"a", b"bc"], [BEGIN + b"b"]]
    read = pydicom.dcmread(io.BytesIO(put(cine(old, basic=True, extended=True), {2: b"new!"})))
    assert "ExtendedOffsetTable" not in read
    assert "ExtendedOffsetTableLengths" not in read
    assert parse_basic_offsets(read.PixelData) == [0, 22]


@pytest.mark.parametrize(
    "value",
    [
        b"",
        fragments(BEGIN + b"a"),
        fragments(BEGIN + b"a", BEGIN + b"b", BEGIN + b"c"),
        fragments(BEGIN + b"a", BEGIN + b"b")[:-10],
        fragments(b"stray!", BEGIN + b"a", BEGIN + b"b"),
    ],
)
def test_fragments_that_belong_to_no_frame_are_refused(value: bytes) -> None:
    """Too few, too many, broken off, or before the first."""
    scanned = instance(
        image(b"", 8, 8, 8, x7FE00010=("OB", value), x00280008=("IS", b"2 ")), JPEG_BASELINE
    )
    d = describe(scanned)
    assert d is not None
    with pytest.raises(PixelError) as caught:
        encapsulated(scanned, d, {1: b"new!"})
    assert caught.value.code == "pixel_layout"
