"""The networks' files: which there are and where they lie.

Strategy: `python3 -m webbuild.models` puts them here at build time, checked against their
pins; a wheel takes them along.
"""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from dicomanon.errors import ProfileError

if TYPE_CHECKING:
    from dicomanon.pixels.detect.find import Network

FOLDER = files(__package__).joinpath("models")
FINDING: Network = "det_small"
READING: Network = "rec_small"


def model_file(network: Network) -> bytes:
    """The ONNX model of a network. Raises: ProfileError, `detect_models`."""
    return _read(f"{network}.onnx")


def characters() -> list[str]:
    """What the reading network's answers stand for, the blank first and the space last."""
    return ["", *_read(f"{READING}.txt").decode("utf-8").splitlines(), " "]


def _read(name: str) -> bytes:
    try:
        return FOLDER.joinpath(name).read_bytes()
    except OSError:
        raise ProfileError("detect_models") from None
