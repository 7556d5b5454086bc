"""Burned-in text: what is found, what is masked that is none, and how long it takes.

    python benchmarks/detection/detection.py [--seed 20261122] [--with-text 350] [--without 100]
        [--efforts fast,normal] [--peers 60] [--page 30]

Strategy: scenes of the day (the seed is its date) go through the whole way, from the DICOM
file to regions, natively in a process for each processor; with --peers the first of them
also through Tesseract, rapidocr with its defaults and dentdeid, in an environment of their
own under .cache, on the picture as it is displayed; with --page through both browsers,
compared box by box.

Invariants: nothing is asserted of the figures, and no scene is left out of them.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import chain, pairwise
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
WITHOUT = 3
"""The peers get so many scenes with text for one without."""
CHUNK = 8
"""Scenes that a process is given at a time."""

Task = tuple[int, bool]
"""The number of a scene, and whether it has text."""


def ours(scene: Scene, effort: Effort) -> tuple[Findings, float]:
    """What is found on a scene, without reading, and in how many seconds."""
    start = time.perf_counter()
    found = drive(search(scan(BytesSource(scene.data)), Options(effort, read=False)))
    return found, time.perf_counter() - start


def native(seed: int, tasks: list[Task], effort: Effort) -> Score:
    """The score of an effort, worked out by a process for each processor."""
    whole = Score()
    chunks = [tasks[at : at + CHUNK] for at in range(0, len(tasks), CHUNK)]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for part in pool.map(partial(scored, seed, effort), chunks):
            whole += part
            print(f"\r{effort}: {len(whole.seconds)} of {len(tasks)}", end="", file=sys.stderr)
    print(file=sys.stderr)
    return whole


def scored(seed: int, effort: Effort, tasks: list[Task]) -> Score:
    """The score of some scenes."""
    score = Score()
    for scene in made(seed, tasks):
        found, seconds = ours(scene, effort)
        regions = [found.region for found in found.regions]
        score.add(scene, [(r.x_px, r.y_px, r.width_px, r.height_px) for r in regions], seconds)
        score.reviews += bool(found.review)
    return score


def of_peers(seed: int, tasks: list[Task]) -> Iterator[tuple[str, Score]]:
    """The scores of the peers, one after the other."""
    for peer in PEERS:
        with Peer(peer, ROOT / ".cache" / "peers-detection") as running:
            score = Score()
            for scene in made(seed, tasks):
                boxes, seconds = running.boxes(scene)
                score.add(scene, boxes, seconds)
        yield peer.name, score


def made(seed: int, tasks: list[Task]) -> Iterator[Scene]:
    """The scenes of tasks."""
    for number, text in tasks:
        yield from scenes(seed, (number,), text=text)


def tasks_of(with_text: int, without: int) -> list[Task]:
    """So many scenes with text, and so many without."""
    return [*((n, True) for n in range(with_text)), *((n, False) for n in range(without))]


def print_peers(seed: int, tasks: list[Task]) -> None:
    """The peers, and ourselves on the same scenes."""
    print(f"\nthe first {len(tasks)} scenes:")
    ours = [("normal", native(seed, tasks, "normal"))]
    for name, score in chain(ours, of_peers(seed, tasks)):
        print(" | ".join((name, *score.row())), flush=True)


def print_missed(score: Score) -> None:
    """Recall by height, which tells more than one figure."""
    edges = (8, 10, 13, 17, 25, 45, 80, 201)
    print("missed by height:")
    for low, high in pairwise(edges):
        missed = [m for m in score.missed if low <= m.height_px < high]
        faint = sum(m.contrast < 25 for m in missed)  # noqa: PLR2004 - of 256 levels
        print(f"  {low:>3} to {high - 1:>3} px: {len(missed)}, {faint} of them below 25 levels")
    print(
        f"{score.cleared} strings were drawn clearer, to be legible:"
        f" at least {100 * score.least_recall:.2f} % without that"
    )


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
    parser.add_argument("--with-text", type=int, default=350)
    parser.add_argument("--without", type=int, default=100)
    parser.add_argument("--efforts", default="normal", help="a comma-separated list")
    parser.add_argument("--peers", type=int, default=0, help="so many scenes for the peers, too")
    parser.add_argument("--page", type=int, default=0, help="so many scenes in both browsers")
    options = parser.parse_args()
    print(f"seed {options.seed}")
    print(" | ".join(TITLES))
    tasks = tasks_of(options.with_text, options.without)
    for effort in options.efforts.split(","):
        score = native(options.seed, tasks, effort)
        print(" | ".join((effort, *score.row())), flush=True)
        print_missed(score)
    if options.peers:
        print_peers(options.seed, tasks_of(options.peers, options.peers // WITHOUT))
    print("\nreal ultrasound images:")
    print_real()
    print(f"\none frame of {SIDE_PX} x {SIDE_PX}:")
    print_time()
    if options.page:
        from benchmarks.detection.in_page import print_page  # noqa: PLC0415 - needs a build and both browsers

        print_page(options.seed, options.page)


if __name__ == "__main__":
    main()
