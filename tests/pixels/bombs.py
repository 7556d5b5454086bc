"""Small files that say they are gigantic: each is tried, and what came of it is printed.

Run as a program, because what a decoder allocates is seen by the system only.
"""

from __future__ import annotations

import json
import re
import struct
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import imagecodecs

from dicomanon.dicom.scan import scan
from dicomanon.dicom.source import BytesSource
from dicomanon.errors import PixelError
from dicomanon.pixels.mask import Region, mask
from tests.pixels.coded import BASE, CASES, COLUMNS, ROWS
from tests.pixels.images import fragments, image, part10

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.pixels.coded import Case
    from tests.pixels.images import Attribute

HUGE = 60_000
LARGE = 16_000
"""Of the size of a frame that is still taken on."""


def jpeg_of(data: bytes, rows: int, columns: int) -> bytes:
    """A JPEG or JPEG-LS whose frame header says another size."""
    found = re.search(rb"\xff[\xc0-\xc3\xf7]\0[\x0b\x11]", data)
    assert found is not None
    at = found.start() + 5
    return data[:at] + struct.pack(">HH", rows, columns) + data[at + 4 :]


def jpeg2000_of(data: bytes, rows: int, columns: int) -> bytes:
    """A JPEG 2000 codestream of one tile of another size."""
    at = data.index(b"\xff\x4f\xff\x51") + 8
    made = bytearray(data)
    struct.pack_into(">2L", made, at, columns, rows)
    struct.pack_into(">2L", made, at + 16, columns, rows)
    return bytes(made)


def jpegxl_of(data: bytes, rows: int, columns: int) -> bytes:
    """A JPEG XL codestream that begins with another size, both numbers in 30 bits."""
    bits = 3 << 1 | rows - 1 << 3 | 3 << 36 | columns - 1 << 38
    return b"\xff\x0a" + bits.to_bytes(12, "little") + data[8:]


def alike(data: bytes, _: int, __: int) -> bytes:
    """A codestream that has no size."""
    return data


SIZED: dict[str, Callable[[bytes, int, int], bytes]] = {
    "4.50": jpeg_of, "4.51": jpeg_of, "4.57": jpeg_of, "4.70": jpeg_of, "4.80": jpeg_of,
    "4.81": jpeg_of, "4.90": jpeg2000_of, "4.91": jpeg2000_of, "4.201": jpeg2000_of,
    "4.202": jpeg2000_of, "4.203": jpeg2000_of, "4.110": jpegxl_of, "4.112": jpegxl_of,
    "4.111": alike, "5": alike, "8.1": alike,
}  # fmt: skip
"""Of every transfer syntax, how a codestream comes to say another size."""
CUTS = {"4.80": range(1, 33), "4.81": range(1, 33)}
"""How many bytes are missing at the end, of what CharLS may read on for ever."""


def bombs() -> Iterator[tuple[str, bytes]]:
    """Name and file of each."""
    for uid, sized in SIZED.items():
        case = next(case for case in CASES if case.uid == uid and case.stored == 8)
        data = case.encode(case.values(1), 8)
        yield f"{uid} attributes", _file(case, data, HUGE, HUGE)
        yield f"{uid} attributes, a row less", _file(case, data, ROWS - 1, COLUMNS)
        if sized is not alike:
            yield f"{uid} codestream", _file(case, sized(data, HUGE, HUGE), ROWS, COLUMNS)
            yield f"{uid} both", _file(case, sized(data, HUGE, HUGE), HUGE, HUGE)
        if uid != "4.111":  # it holds a JPEG, whose bytes tell
            yield f"{uid} too few bytes", _file(case, sized(data, LARGE, LARGE), LARGE, LARGE)
        for cut in CUTS.get(uid, ()):
            yield f"{uid} without its last {cut}", _file(case, data[: -2 - cut], ROWS, COLUMNS)
            marked = data[: -2 - cut] + b"\xff\xd9"
            yield f"{uid} ends {cut} before", _file(case, marked, ROWS, COLUMNS)
        yield f"{uid} no fragment", _file(case, b"", ROWS, COLUMNS, value=fragments())
        outside = struct.pack("<HHLHHL", 0xFFFE, 0xE000, 0, 0xFFFE, 0xE000, 1 << 31)
        yield f"{uid} fragment outside", _file(case, b"", ROWS, COLUMNS, value=outside + data)


def _file(case: Case, data: bytes, rows: int, columns: int, value: bytes = b"") -> bytes:
    padded = data + b"\0" * (len(data) % 2)
    more: dict[str, Attribute] = {"x00280002": case.samples, "x00280004": case.photometric}
    pixels = image(
        b"", rows, columns, 8, "OB", x7FE00010=("OB", value or fragments(padded)), **more
    )
    return part10(pixels, BASE + case.uid)


def main() -> None:
    """Print the code and seconds of each, and the most memory of all, as JSON."""
    list(bombs())
    imagecodecs.jpeg2k_version()
    found = {}
    for name, data in bombs():
        started = time.process_time()
        try:
            mask(scan(BytesSource(data)), [Region(0, 0, 1, 1)])
        except PixelError as error:
            code = error.code
        else:
            code = ""
        found[name] = code, time.process_time() - started
    status = Path("/proc/self/status").read_text()
    (peak_kb,) = re.findall(r"VmHWM:\s+(\d+)", status)
    sys.stdout.write(json.dumps([found, int(peak_kb) * 1024]))


if __name__ == "__main__":
    main()
