"""Reads burned-in text for `score` with this project's own networks.

Invariants: where the networks are not installed, or pixels cannot be shown, the answer is
None and never an empty text. What is read is handed over and kept nowhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomanon.errors import DicomanonError

if TYPE_CHECKING:
    from pathlib import Path

    from dicomanon.verify.score import Box


def read_box(path: Path, box: Box) -> str | None:
    """All text in a box on any frame of a file, None if it cannot be read."""
    from dicomanon.dicom.scan import scan  # noqa: PLC0415 - commands import what they use
    from dicomanon.dicom.source import FileSource  # noqa: PLC0415
    from dicomanon.pixels.detect.native import drive  # noqa: PLC0415
    from dicomanon.pixels.detect.search import said  # noqa: PLC0415
    from dicomanon.pixels.region import Region  # noqa: PLC0415

    region = Region(box.left, box.top, box.right - box.left, box.bottom - box.top)
    try:
        with path.open("rb") as stream:
            return drive(said(scan(FileSource(stream.fileno())), region))
    except DicomanonError:
        return None
