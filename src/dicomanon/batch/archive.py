"""ZIP files as sources: their entries, checked, and each opened by whoever works on it.

Strategy: the directory is read once, by the process that lists the items; an item carries
where its entry lies, so a worker seeks there and reads nothing else. A stored entry is a
range of the ZIP itself; a deflated one is inflated into memory, or if large into a nameless
temporary file.

Invariants: an entry's name is never a path of ours. Nothing is inflated beyond the size that
the directory gives, and no directory is believed whose entries overlap, or whose entry is
both huge and absurdly small when packed. What is wrong with one entry stays its own.

Standard: PKWARE APPNOTE 6.3.10 §4.3.7, §4.4.4.
"""

from __future__ import annotations

import stat
import struct
import tempfile
import zipfile
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from dicomanon.batch.item import Entry, Item
from dicomanon.dicom.source import BytesSource, FileSource
from dicomanon.errors import InputError, MalformedError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dicomanon.dicom.source import Source

MAX_RATIO = 200
RATIO_FREE_BYTES = 1 << 28
"""Below this an entry may be packed as well as it can be: blank images are."""
MEMORY_BYTES = 1 << 26
_BLOCK_BYTES = 1 << 20
_LOCAL_HEADER = struct.Struct("<4s22xHH")
_LOCAL_MAGIC = b"PK\3\4"
_ENCRYPTED = 0x1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def items(stream: BinaryIO, place: str, stamp: str) -> Iterator[Item]:
    """The entries of a ZIP as items, in its own order; those not to be opened with the error."""
    try:
        with zipfile.ZipFile(stream) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, struct.error):
        yield Item(place, 0, stamp, error=InputError("zip_damaged"))
        return
    overlap = _overlap(infos)
    for info in infos:
        entry = Entry(
            info.filename, info.header_offset, info.compress_size, info.compress_type, info.CRC
        )
        error = InputError("zip_bomb") if overlap else _error(info)
        yield Item(place, info.file_size, f"{stamp} {info.CRC}", entry=entry, error=error)


def _error(info: zipfile.ZipInfo) -> InputError | None:
    """What is wrong with an entry by what the directory says."""
    name = info.orig_filename.replace("\\", "/")
    leaves = name.startswith("/") or ".." in name.split("/") or ":" in name or "\0" in name
    huge = info.file_size > max(RATIO_FREE_BYTES, MAX_RATIO * info.compress_size)
    errors = {
        InputError("zip_encrypted"): info.flag_bits & _ENCRYPTED,
        InputError("zip_path"): leaves or stat.S_ISLNK(info.external_attr >> 16),
        InputError("zip_bomb"): huge,
        UnsupportedError("zip_method"): info.compress_type not in _METHODS,
    }
    return next((error for error, holds in errors.items() if holds), None)


def _overlap(infos: list[zipfile.ZipInfo]) -> bool:
    """Whether two entries share bytes: no packer does that, bombs do."""
    position = 0
    for start, size_bytes in sorted((i.header_offset, i.compress_size) for i in infos):
        if start < position:
            return True
        position = start + _LOCAL_HEADER.size + size_bytes
    return False


class _Part:
    """A range of another source."""

    def __init__(self, whole: Source, start: int, size_bytes: int) -> None:
        self._whole = whole
        self._start = start
        self.size_bytes = size_bytes

    def read(self, start: int, stop: int) -> bytes:
        """As `Source.read`."""
        if not 0 <= start <= stop <= self.size_bytes:
            raise MalformedError("truncated", offset=start)
        return self._whole.read(self._start + start, self._start + stop)


@contextmanager
def opened(archive: Source, item: Item, entry: Entry) -> Iterator[Source]:
    """An entry of a ZIP.

    Raises:
        InputError: code `zip_damaged`; it is not what the directory says.
    """
    start = _data_start(archive, entry)
    if start + entry.packed_bytes > archive.size_bytes:
        raise InputError("zip_damaged")
    packed: Source = _Part(archive, start, entry.packed_bytes)
    if isinstance(archive, FileSource):
        packed = FileSource(archive.descriptor, start, entry.packed_bytes)
    if entry.method == zipfile.ZIP_STORED:
        for _ in _checking(entry, item, _stored(packed)):
            continue  # to its checksum
        yield packed
    elif item.size_bytes <= MEMORY_BYTES:
        yield BytesSource(b"".join(_checking(entry, item, _inflated(packed))))
    else:
        with tempfile.TemporaryFile() as spool:
            for block in _checking(entry, item, _inflated(packed)):
                spool.write(block)
            spool.flush()
            yield FileSource(spool.fileno())


def _data_start(archive: Source, entry: Entry) -> int:
    stop = entry.header_start + _LOCAL_HEADER.size
    if stop > archive.size_bytes:
        raise InputError("zip_damaged")
    magic, name_bytes, extra_bytes = _LOCAL_HEADER.unpack(archive.read(entry.header_start, stop))
    if magic != _LOCAL_MAGIC:
        raise InputError("zip_damaged")
    return stop + int(name_bytes) + int(extra_bytes)


def _stored(packed: Source) -> Iterator[bytes]:
    for start in range(0, packed.size_bytes, _BLOCK_BYTES):
        yield packed.read(start, min(start + _BLOCK_BYTES, packed.size_bytes))


def _inflated(packed: Source) -> Iterator[bytes]:
    """The entry's content in blocks of limited size."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for block in _stored(packed):
            rest = block
            while rest:
                yield inflater.decompress(rest, _BLOCK_BYTES)
                rest = inflater.unconsumed_tail
        while not inflater.eof and (block := inflater.decompress(b"", _BLOCK_BYTES)):
            yield block
    except zlib.error:
        raise InputError("zip_damaged") from None


def _checking(entry: Entry, item: Item, blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The blocks; ends in an error where size or checksum are not as promised."""
    size_bytes, crc = 0, 0
    for block in blocks:
        size_bytes += len(block)
        if size_bytes > item.size_bytes:
            raise InputError("zip_bomb")
        crc = zlib.crc32(block, crc)
        yield block
    if (size_bytes, crc) != (item.size_bytes, entry.crc):
        raise InputError("zip_damaged")
