"""A sequential JPEG read and written the plain way, bit by bit: what `dct` is tested against."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

Block = list[int]
"""64 quantized coefficients in zigzag order, DC whole."""


@dataclass
class Plane:
    """One component: sampling factors, tables, and its blocks by row, MCU padding included."""

    identifier: int
    across: int
    down: int
    quantizer: int
    blocks: list[list[Block]] = field(default_factory=list)


@dataclass
class Jpeg:
    """A JPEG as numbers; dc_steps: by quantization table."""

    process: int = 0
    precision: int = 0
    rows: int = 0
    columns: int = 0
    interval: int = 0
    planes: list[Plane] = field(default_factory=list)
    dc_steps: dict[int, int] = field(default_factory=dict)
    tables: dict[int, dict[tuple[int, int], int]] = field(default_factory=dict)

    @property
    def most(self) -> tuple[int, int]:
        return max(p.across for p in self.planes), max(p.down for p in self.planes)

    def units(self) -> tuple[int, int]:
        """MCUs of an interleaved scan: down, across."""
        across, down = self.most
        return -(-self.rows // (8 * down)), -(-self.columns // (8 * across))

    def own(self, plane: Plane) -> tuple[int, int]:
        """Blocks of a component's own scan: down, across."""
        across, down = self.most
        rows = -(-self.rows * plane.down // down)
        columns = -(-self.columns * plane.across // across)
        return -(-rows // 8), -(-columns // 8)

    def order(self, chosen: list[Plane]) -> list[list[tuple[Plane, int, int]]]:
        """The blocks of each MCU of a scan: component, row, column."""
        if len(chosen) == 1:
            rows, columns = self.own(chosen[0])
            return [[(chosen[0], y, x)] for y in range(rows) for x in range(columns)]
        rows, columns = self.units()
        return [
            [
                (p, y * p.down + v, x * p.across + h)
                for p in chosen
                for v in range(p.down)
                for h in range(p.across)
            ]
            for y in range(rows)
            for x in range(columns)
        ]


class Bits:
    """Bits to take one by one."""

    def __init__(self, data: bytes) -> None:
        self.text = "".join(f"{byte:08b}" for byte in data)
        self.at = 0

    def take(self, count: int) -> int:
        assert self.at + count <= len(self.text)
        taken = self.text[self.at : self.at + count]
        self.at += count
        return int(taken or "0", 2)

    def symbol(self, table: dict[tuple[int, int], int]) -> int:
        for length in range(1, 17):
            key = (length, int(self.text[self.at : self.at + length], 2))
            if key in table:
                self.at += length
                return table[key]
        raise AssertionError

    def value(self, size: int) -> int:
        raw = self.take(size)
        return raw if not size or raw >> size - 1 else raw - (1 << size) + 1


def canonical(counts: bytes, symbols: bytes) -> dict[tuple[int, int], int]:
    """(length, code) -> symbol."""
    table: dict[tuple[int, int], int] = {}
    code, at = 0, 0
    for length, count in enumerate(counts, 1):
        for symbol in symbols[at : at + count]:
            table[length, code] = symbol
            code += 1
        at += count
        code <<= 1
    return table


def read(data: bytes) -> Jpeg:
    """Every coefficient of a sequential Huffman-coded JPEG."""
    jpeg, at = Jpeg(), 2
    while data[at : at + 2] != b"\xff\xd9":
        marker, length = struct.unpack_from(">HH", data, at)
        body = data[at + 4 : at + 2 + length]
        at += 2 + length
        if marker in (0xFFC0, 0xFFC1):
            read_frame(jpeg, marker, body)
        elif marker in (0xFFDB, 0xFFC4):
            read_tables(jpeg, marker, body)
        elif marker == 0xFFDD:
            (jpeg.interval,) = struct.unpack(">H", body)
        elif marker == 0xFFDA:
            end = at
            while not (data[end] == 0xFF and data[end + 1] not in (0, *range(0xD0, 0xD8))):
                end += 1
            read_scan(jpeg, body, data[at:end])
            at = end
    return jpeg


def read_frame(jpeg: Jpeg, marker: int, body: bytes) -> None:
    jpeg.process = marker & 0xFF
    jpeg.precision, jpeg.rows, jpeg.columns = struct.unpack_from(">BHH", body)
    for i in range(6, len(body), 3):
        jpeg.planes.append(Plane(body[i], body[i + 1] >> 4, body[i + 1] & 15, body[i + 2]))
    rows, columns = jpeg.units()
    for p in jpeg.planes:
        p.blocks = [[[0] * 64 for _ in range(columns * p.across)] for _ in range(rows * p.down)]


def read_tables(jpeg: Jpeg, marker: int, body: bytes) -> None:
    while body:
        if marker == 0xFFDB:
            wide = body[0] >> 4
            jpeg.dc_steps[body[0] & 15] = int.from_bytes(body[1 : 3 if wide else 2], "big")
            body = body[129 if wide else 65 :]
        else:
            count = sum(body[1:17])
            jpeg.tables[body[0]] = canonical(body[1:17], body[17 : 17 + count])
            body = body[17 + count :]


def read_scan(jpeg: Jpeg, header: bytes, coded: bytes) -> None:
    by_identifier = {p.identifier: p for p in jpeg.planes}
    chosen = [by_identifier[header[i]] for i in range(1, 1 + 2 * header[0], 2)]
    numbers = {header[i]: header[i + 1] for i in range(1, 1 + 2 * header[0], 2)}
    units = jpeg.order(chosen)
    each = jpeg.interval or len(units)
    for number in range(8):
        coded = coded.replace(bytes((0xFF, 0xD0 + number)), b"\xff\xd0")
    segments = coded.split(b"\xff\xd0")
    assert len(segments) == -(-len(units) // each)
    for number, segment in enumerate(segments):
        bits = Bits(segment.replace(b"\xff\0", b"\xff"))
        last = dict.fromkeys(numbers, 0)
        for unit in units[number * each : (number + 1) * each]:
            for plane, y, x in unit:
                tables = numbers[plane.identifier]
                block = plane.blocks[y][x]
                dc, ac = jpeg.tables[tables >> 4], jpeg.tables[tables & 15 | 16]
                last[plane.identifier] += bits.value(bits.symbol(dc))
                block[0] = last[plane.identifier]
                k = 1
                while k < 64:
                    symbol = bits.symbol(ac)
                    if symbol == 0:
                        break
                    k += symbol >> 4
                    if symbol & 15:
                        block[k] = bits.value(symbol & 15)
                    k += 1
        assert set(bits.text[bits.at :]) <= {"1"}
        assert len(bits.text) - bits.at < 8


# -- writing ------------------------------------------------------------------------------------


def symbols_of(block: Block, last: int) -> list[tuple[bool, int, str]]:
    """Whether DC, the symbol, and the bits after it."""

    def extra(value: int) -> tuple[int, str]:
        size = abs(value).bit_length()
        raw = value if value > 0 else value + (1 << size) - 1
        return size, f"{raw:0{size}b}" if size else ""

    size, text = extra(block[0] - last)
    found = [(True, size, text)]
    run = 0
    for value in block[1:]:
        if not value:
            run += 1
            continue
        while run > 15:
            found.append((False, 0xF0, ""))
            run -= 16
        size, text = extra(value)
        found.append((False, run << 4 | size, text))
        run = 0
    if run:
        found.append((False, 0, ""))
    return found


def flat(symbols: set[int], length: int) -> tuple[bytes, bytes]:
    """A table that gives every symbol as many bits, and no others any."""
    assert len(symbols) < 1 << length
    counts = bytes(len(symbols) if n == length else 0 for n in range(1, 17))
    return counts, bytes(sorted(symbols))


def write(jpeg: Jpeg, scans: list[list[int]], length: int = 8) -> bytes:
    """The JPEG in scans of these components, with tables of just the symbols each scan needs."""
    out = [b"\xff\xd8"]
    for number, step in jpeg.dc_steps.items():
        out.append(segment(0xDB, bytes((number, min(step, 255))) + bytes((7,)) * 63))
    planes = b"".join(
        bytes((p.identifier, p.across << 4 | p.down, p.quantizer)) for p in jpeg.planes
    )
    size = struct.pack(">BHHB", jpeg.precision, jpeg.rows, jpeg.columns, len(jpeg.planes))
    out.append(segment(jpeg.process, size + planes))
    if jpeg.interval:
        out.append(segment(0xDD, struct.pack(">H", jpeg.interval)))
    for chosen in scans:
        out += write_scan(jpeg, [jpeg.planes[i] for i in chosen], length)
    return b"".join((*out, b"\xff\xd9"))


def segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def write_scan(jpeg: Jpeg, chosen: list[Plane], length: int) -> list[bytes]:
    units = jpeg.order(chosen)
    each = jpeg.interval or len(units)
    intervals: list[list[tuple[bool, int, str]]] = []
    for start in range(0, len(units), each):
        coded: list[tuple[bool, int, str]] = []
        last = {p.identifier: 0 for p in chosen}
        for unit in units[start : start + each]:
            for plane, y, x in unit:
                block = plane.blocks[y][x]
                coded += symbols_of(block, last[plane.identifier])
                last[plane.identifier] = block[0]
        intervals.append(coded)
    out, codes = [], {}
    for is_dc in (True, False):
        needed = {symbol for coded in intervals for dc, symbol, _ in coded if dc == is_dc}
        counts, symbols = flat(needed, length)
        out.append(segment(0xC4, bytes((0 if is_dc else 16,)) + counts + symbols))
        codes[is_dc] = {s: f"{c:0{n}b}" for (n, c), s in canonical(counts, symbols).items()}
    parts = bytes((len(chosen),)) + b"".join(bytes((p.identifier, 0)) for p in chosen)
    out.append(segment(0xDA, parts + b"\0\x3f\0"))
    for number, coded in enumerate(intervals):
        if number:
            out.append(bytes((0xFF, 0xD0 + (number - 1) % 8)))
        text = "".join(codes[dc][symbol] + extra for dc, symbol, extra in coded)
        text += "1" * (-len(text) % 8)
        raw = int(text or "0", 2).to_bytes(len(text) // 8, "big")
        out.append(raw.replace(b"\xff", b"\xff\0"))
    return out
