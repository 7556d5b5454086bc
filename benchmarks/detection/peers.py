"""Other detectors, each as a process that is given scenes and answers with boxes.

Strategy: a peer's environment is made once under .cache by its registry's own client; its
half of the pipe is a short script that reads files' names and writes JSON. Who works on
DICOM files gets those, all others the picture as it is displayed. What a peer needs to load
is not timed. dentdeid runs as its users run it, from file to folder, with OCR beside it.

Invariants: a peer runs with its defaults, but for dentdeid's switch to mask what it would only
outline, text on what it takes for photographs. One that cannot be installed is an error.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from typing import IO, TYPE_CHECKING, Literal, NamedTuple, Self, cast

from PIL import Image

if TYPE_CHECKING:
    from types import TracebackType

    from benchmarks.detection.scenes import Scene

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
import tempfile
from dentdeid import deidentify
def boxes(path):
    with tempfile.TemporaryDirectory() as out:
        (done,) = deidentify([path], out, text_in_photos=True).files
    found = done.actions.get("burned_in_text", {"boxes": []})["boxes"]
    return [[x0, y0, x1 - x0, y1 - y0] for x0, y0, x1, y1 in found]
"""


class Known(NamedTuple):
    """A peer: what pip installs for it, its half of the pipe, and the kind of file it is given."""

    name: str
    requirements: tuple[str, ...]
    script: str
    suffix: Literal[".png", ".dcm"] = ".png"


PEERS = (
    Known("Tesseract 5 eng+jpn", (), _TESSERACT),
    Known("rapidocr 3.10 defaults", ("rapidocr==3.10.0", "onnxruntime"), _RAPIDOCR),
    Known("dentdeid 0.1.0 with OCR", ("dentdeid[ocr]==0.1.0",), _DENTDEID, ".dcm"),
)


class Peer:
    """A running peer."""

    def __init__(self, known: Known, cache: Path) -> None:
        python = _environment(known, cache) if known.requirements else Path(sys.executable)
        self._scratch = tempfile.TemporaryDirectory()
        self._given = Path(self._scratch.name) / f"scene{known.suffix}"
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

    def boxes(self, scene: Scene) -> tuple[list[tuple[int, int, int, int]], float]:
        """The boxes (x, y, width, height) on a scene, and the seconds they took."""
        if self._given.suffix == ".dcm":
            self._given.write_bytes(scene.data)
        else:
            Image.fromarray(scene.shown).save(self._given)
        start = time.perf_counter()
        cast("IO[str]", self._process.stdin).write(f"{self._given}\n")
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
