"""Other detectors, each as a process that is given pictures and answers with boxes.

Strategy: a peer's environment is made once under .cache by its registry's own client; its
half of the pipe is a short script that reads PNG files' names and writes JSON. What a peer
needs to load is not timed.

Invariants: a peer runs with its defaults. One that cannot be installed is an error.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple, Self, cast

from PIL import Image

if TYPE_CHECKING:
    from types import TracebackType

    import numpy as np
    from numpy.typing import NDArray

_LOOP = """
import json, sys
for line in sys.stdin:
    print(json.dumps(boxes(line.strip())), flush=True)
"""

_TESSERACT = """
import csv, subprocess
def boxes(path):
    command = ["tesseract", path, "-", "-l", "eng+jpn", "--psm", "11", "tsv"]
    out = subprocess.run(command, capture_output=True, text=True).stdout
    rows = csv.DictReader(out.splitlines(), delimiter="\\t", quoting=csv.QUOTE_NONE)
    return [[int(r[k]) for k in ("left", "top", "width", "height")]
            for r in rows if r["level"] == "5" and r["text"].strip()]
"""

_RAPIDOCR = """
import logging
logging.disable(logging.CRITICAL)
from rapidocr import RapidOCR
engine = RapidOCR()
def boxes(path):
    found = engine(path, use_cls=False, use_rec=False).boxes
    corners = [] if found is None else found
    return [[int(b[:, 0].min()), int(b[:, 1].min()), int(b[:, 0].max() - b[:, 0].min()) + 1,
             int(b[:, 1].max() - b[:, 1].min()) + 1] for b in corners]
"""

_DENTDEID = """
import numpy as np
from PIL import Image
from dentdeid import detect_text
def boxes(path):
    found = detect_text(np.asarray(Image.open(path)))
    return [[int(r.x0), int(r.y0), int(r.x1 - r.x0), int(r.y1 - r.y0)] for r in found]
"""


class Known(NamedTuple):
    """A peer: what pip installs for it, and its half of the pipe."""

    name: str
    requirements: tuple[str, ...]
    script: str


PEERS = (
    Known("Tesseract 5 eng+jpn", (), _TESSERACT),
    Known("rapidocr 3.10 defaults", ("rapidocr==3.10.0", "onnxruntime"), _RAPIDOCR),
    Known("dentdeid 0.1.0", ("dentdeid==0.1.0",), _DENTDEID),
)


class Peer:
    """A running peer."""

    def __init__(self, known: Known, cache: Path) -> None:
        python = _environment(known, cache) if known.requirements else Path(sys.executable)
        self._scratch = tempfile.TemporaryDirectory()
        self._process = subprocess.Popen(
            [python, "-c", known.script + _LOOP],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        cast("IO[str]", self._process.stdin).close()
        self._process.wait()
        self._scratch.cleanup()

    def boxes(self, picture: NDArray[np.uint8]) -> tuple[list[tuple[int, int, int, int]], float]:
        """The boxes (x, y, width, height) on a picture, and the seconds they took."""
        path = Path(self._scratch.name) / "picture.png"
        Image.fromarray(picture).save(path)
        start = time.perf_counter()
        cast("IO[str]", self._process.stdin).write(f"{path}\n")
        cast("IO[str]", self._process.stdin).flush()
        answer = cast("IO[str]", self._process.stdout).readline()
        return [tuple(box) for box in json.loads(answer)], time.perf_counter() - start


def _environment(known: Known, cache: Path) -> Path:
    """A virtual environment with a peer in it, made once; its Python."""
    folder = cache / known.requirements[0].replace("==", "-")
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *known.requirements], check=True)
    return python
