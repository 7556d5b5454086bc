"""Segments become files and streams: whole, or not at all."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from dicomanon.dicom.ranges import PaintedRange, SourceRange
from dicomanon.dicom.sink import blocks, size_of, write_file
from dicomanon.dicom.source import BytesSource, FileSource, Source
from dicomanon.errors import InputError, MalformedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from dicomanon.dicom.segment import Segment

DATA = bytes(range(256)) * 9000
PERIOD_BYTES = 300_000
PAINTED = PaintedRange(7, 7 + 4 * PERIOD_BYTES, PERIOD_BYTES, ((5, b"one"), (200_000, b"two")))
PARTS: list[Segment] = [
    b"head", SourceRange(10, 2_000_010), b"tail", PAINTED, SourceRange(0, 3)
]  # fmt: skip
FRAMES = (DATA[at : at + PERIOD_BYTES] for at in range(7, PAINTED.stop, PERIOD_BYTES))
WHOLE = b"".join((
    b"head", DATA[10:2_000_010], b"tail",
    *(f[:5] + b"one" + f[8:200_000] + b"two" + f[200_003:] for f in FRAMES), DATA[:3],
))  # fmt: skip


@contextmanager
def file_source(path: Path, data: bytes = DATA, start: int = 0) -> Iterator[FileSource]:
    path.write_bytes(data)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        yield FileSource(descriptor, start)
    finally:
        os.close(descriptor)


def refused(*_arguments: object) -> int:
    raise OSError(18, "Invalid cross-device link")


@pytest.mark.parametrize(
    "kernel", [None, refused, lambda *_: 0], ids=["kernel", "refused", "nothing"]
)
@pytest.mark.parametrize("before", [b"", b"of another entry"])
def test_a_file_into_a_file(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kernel: Callable[..., int] | None,
    before: bytes,
) -> None:
    """Bytes and ranges are written in order, in the kernel or not, of a part of a file too."""
    if kernel is not None:
        monkeypatch.setattr(os, "copy_file_range", kernel)
    with file_source(tmp_path / "source", before + DATA, len(before)) as source:
        assert write_file(source, PARTS, tmp_path / "out") == len(WHOLE) == size_of(PARTS)
    assert (tmp_path / "out").read_bytes() == WHOLE


def test_memory_into_a_file_and_a_stream(tmp_path: Path) -> None:
    """Any source will do, and blocks are the same bytes."""
    source: Source = BytesSource(DATA)
    write_file(source, PARTS, tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == WHOLE
    assert b"".join(blocks(source, PARTS)) == WHOLE


def failing() -> Iterator[Segment]:
    yield b"a part of the output"
    raise RuntimeError


def test_failure_leaves_nothing(tmp_path: Path) -> None:
    """A failure leaves no part of an output."""
    with pytest.raises(RuntimeError):
        write_file(BytesSource(b""), failing(), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """What is there stays, also when it is in the way."""
    (tmp_path / "out").write_bytes(b"what was there")
    with pytest.raises(FileExistsError):
        write_file(BytesSource(b""), [b"new"], tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b"what was there"


def test_a_source_that_shrinks(tmp_path: Path) -> None:
    """A source that ends before a range does is an error, and leaves nothing."""
    with file_source(tmp_path / "source") as source:
        os.truncate(tmp_path / "source", 10)
        with pytest.raises(MalformedError) as caught:
            write_file(source, [SourceRange(0, 20)], tmp_path / "out")
    assert caught.value.code == "truncated"
    assert [p.name for p in tmp_path.iterdir()] == ["source"]


def test_a_part_of_a_file_ends_where_it_ends(tmp_path: Path) -> None:
    """A range beyond a source is an error, though the file around it goes on."""
    with file_source(tmp_path / "source") as whole:
        part = FileSource(whole.descriptor, 10, 20)
        with pytest.raises(MalformedError) as caught:
            write_file(part, [SourceRange(0, 21)], tmp_path / "out")
    assert caught.value.code == "truncated"


@pytest.mark.parametrize(
    "read",
    [
        lambda source: source.read(0, 10),
        lambda source: source.read_into(memoryview(bytearray(10)), 0),
    ],
    ids=["read", "read_into"],
)
def test_a_source_that_the_system_cannot_read(
    tmp_path: Path, read: Callable[[FileSource], object]
) -> None:
    """A reading error is the input's, so a batch goes on."""
    folder = os.open(tmp_path, os.O_RDONLY)  # opens, and cannot be read
    try:
        with pytest.raises(InputError) as caught:
            read(FileSource(folder, 0, 10))
    finally:
        os.close(folder)
    assert caught.value.code == "unreadable"
