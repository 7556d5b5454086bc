"""Burned-in text: what is found, what is masked that is none, and how long it takes.

    python benchmarks/detection/detection.py [--seed 20261122] [--with-text 250] [--without 100]
        [--peers] [--page]

Strategy: scenes of the day (the seed is its date) go through the whole way, from the DICOM
file to regions, natively for each effort; with --peers also through Tesseract, rapidocr
with its defaults and dentdeid, in an environment of their own under .cache, on the picture
as it is displayed; with --page some of them through both browsers, compared box by box.

Invariants: nothing is asserted of the figures, and no scene is left out of them.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

import numpy as np  # noqa: E402 - the repository's own root
from pydicom.data import get_testdata_file  # noqa: E402

from benchmarks.detection.peers import PEERS, Peer  # noqa: E402
from benchmarks.detection.scenes import Scene, file_of, scenes  # noqa: E402
from benchmarks.detection.score import Score  # noqa: E402
from dicomanon.dicom.scan import scan  # noqa: E402
from dicomanon.dicom.source import BytesSource  # noqa: E402
from dicomanon.pixels.detect.native import drive  # noqa: E402
from dicomanon.pixels.detect.search import Options, search  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dicomanon.pixels.detect.find import Effort
    from dicomanon.pixels.detect.search import Findings

TITLES = ("detector", "recall", "false with", "without", "over 2 %", "median", "for review")
EFFORTS: tuple[Effort, ...] = ("fast", "normal", "large")
ULTRASOUND = ("examples_palette.dcm", "examples_rgb_color.dcm", "examples_ybr_color.dcm")
SIDE_PX = 1024


def ours(scene: Scene, effort: Effort) -> tuple[Findings, float]:
    """What is found on a scene, without reading, and in how many seconds."""
    start = time.perf_counter()
    found = drive(search(scan(BytesSource(scene.data)), Options(effort, read=False)))
    return found, time.perf_counter() - start


def native(seed: int, with_text: int, without: int) -> Iterator[tuple[str, Score]]:
    """The scores of each effort, and of each peer that is there."""
    scores = {effort: Score() for effort in EFFORTS}
    for scene in all_scenes(seed, with_text, without):
        for effort, score in scores.items():
            found, seconds = ours(scene, effort)
            regions = [found.region for found in found.regions]
            boxes = [(r.x_px, r.y_px, r.width_px, r.height_px) for r in regions]
            score.add(scene, boxes, seconds)
            score.reviews += bool(found.review)
    yield from scores.items()


def of_peers(seed: int, with_text: int, without: int) -> Iterator[tuple[str, Score]]:
    """The scores of the peers, one after the other."""
    for peer in PEERS:
        with Peer(peer, ROOT / ".cache" / "peers-detection") as running:
            score = Score()
            for scene in all_scenes(seed, with_text, without):
                boxes, seconds = running.boxes(scene.shown)
                score.add(scene, boxes, seconds)
        yield peer.name, score


def all_scenes(seed: int, with_text: int, without: int) -> Iterator[Scene]:
    """The scenes of a seed, those with text first."""
    yield from scenes(seed, with_text, text=True)
    yield from scenes(seed, without, text=False)


def print_missed(score: Score) -> None:
    """Recall by height, which tells more than one figure."""
    edges = (8, 10, 13, 17, 25, 45, 80, 201)
    print("\nmissed by height, effort normal:")
    for low, high in pairwise(edges):
        missed = [m for m in score.missed if low <= m.height_px < high]
        faint = sum(m.contrast < 25 for m in missed)  # noqa: PLR2004 - of 256 levels
        print(f"  {low:>3} to {high - 1:>3} px: {len(missed)}, {faint} of them below 25 levels")


def print_real() -> None:
    """The real ultrasound images that pydicom ships: what is found and why it matters."""
    for name in ULTRASOUND:
        source = BytesSource(Path(str(get_testdata_file(name))).read_bytes())
        found = drive(search(scan(source), Options("normal")))
        kinds = [text.reason.kind for text in found.regions if text.reason is not None]
        identifiers = kinds.count("identifier")
        print(f"  {name}: {len(found.regions)} regions, {identifiers} equal the header's values")


def print_time() -> None:
    """Seconds for one frame of 1024 x 1024."""
    picture = np.random.default_rng(0).integers(0, 60, (SIDE_PX, SIDE_PX)).astype(np.uint8)
    data = file_of(picture.astype(np.float32), 8)
    for effort in EFFORTS:
        turns = []
        for _ in range(4):
            start = time.perf_counter()
            drive(search(scan(BytesSource(data)), Options(effort, read=False)))
            turns.append(time.perf_counter() - start)
        print(f"  {effort}: {min(turns):.2f} s")


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    today = dt.datetime.now(tz=dt.UTC).strftime("%Y%m%d")
    parser.add_argument("--seed", type=int, default=int(today))
    parser.add_argument("--with-text", type=int, default=300)
    parser.add_argument("--without", type=int, default=100)
    parser.add_argument("--peers", action="store_true", help="measure the peers too")
    parser.add_argument("--page", type=int, default=0, help="so many scenes in both browsers")
    options = parser.parse_args()
    print(f"seed {options.seed}")
    rows = dict(native(options.seed, options.with_text, options.without))
    if options.peers:
        rows |= dict(of_peers(options.seed, options.with_text, options.without))
    print(" | ".join(TITLES))
    for name, score in rows.items():
        print(" | ".join((name, *score.row(), str(score.reviews))))
    print_missed(rows["normal"])
    print("\nreal ultrasound images:")
    print_real()
    print(f"\none frame of {SIDE_PX} x {SIDE_PX}:")
    print_time()
    if options.page:
        from benchmarks.detection.in_page import print_page  # noqa: PLC0415 - needs a build and both browsers

        print_page(options.seed, options.page)


if __name__ == "__main__":
    main()
