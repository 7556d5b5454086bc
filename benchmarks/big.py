"""A native multi-frame of 2 GiB on the command line: time beside cp, peak memory.

    python benchmarks/big.py [--gigabytes 2] [--runs 3]

Strategy: contenders take turns; the file has real blocks everywhere, for cp would
skip holes. Peers that read a file whole show what that costs.

Invariants: every output's pixels are compared with the source's, and differ where they are
masked; nothing is asserted of the figures.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import ct  # noqa: E402 - the repository's own root
from benchmarks.measure import timed  # noqa: E402
from benchmarks.peers import Program, dcmanon, ours  # noqa: E402

if TYPE_CHECKING:
    from benchmarks.measure import Turn

BLOCK_BYTES = 1 << 24
MASKED = "dicomanon, 1 % of every frame masked, no check"


def same_tail(one: Path, other: Path, tail_bytes: int) -> bool:
    """Whether both files end with the same `tail_bytes` bytes."""
    with one.open("rb") as left, other.open("rb") as right:
        left.seek(-tail_bytes, os.SEEK_END)
        right.seek(-tail_bytes, os.SEEK_END)
        while block := left.read(BLOCK_BYTES):
            if block != right.read(BLOCK_BYTES):
                return False
    return True


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="a 2 GiB multi-frame on the command line")
    parser.add_argument("--gigabytes", type=int, default=2)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    source = ct.multi_frame(options.gigabytes)
    pixels_bytes = options.gigabytes << 30
    commands = {
        "cp": ("cp", "{source}", "{target}/out.dcm"),
        "dicomanon": ours().command,
        MASKED: ours("--mask", "10,10,52,50", verify=False).command,
    }
    peer = dcmanon()
    if isinstance(peer, Program):
        commands[peer.name] = peer.command
    turns: dict[str, list[Turn]] = {name: [] for name in commands}
    notes: dict[str, str] = {}
    with tempfile.TemporaryDirectory(dir=ct.CACHE) as scratch:
        # A folder of its own: some read folders only.
        folder = Path(scratch) / "in"
        folder.mkdir()
        (folder / "multi.dcm").hardlink_to(source)
        for _ in range(options.runs):
            for name, command in commands.items():
                target = Path(scratch) / "out"
                shutil.rmtree(target, ignore_errors=True)
                target.mkdir()
                os.sync()
                given = source if name == "cp" else folder
                words = [word.format(source=given, target=target) for word in command]
                try:
                    turns[name].append(timed(words))
                except subprocess.CalledProcessError as error:
                    notes[name] = f"failed: {error.stderr}"
                    continue
                (output,) = target.rglob("*.dcm")
                same = same_tail(source, output, pixels_bytes)
                wanted = same != (name == MASKED)
                notes[name] = "pixels as they should be" if wanted else "PIXELS WRONG"
    _print(turns, notes, source.stat().st_size)


def _print(turns: dict[str, list[Turn]], notes: dict[str, str], size_bytes: int) -> None:
    copy = statistics.median(turn.wall for turn in turns["cp"])
    print(f"{size_bytes / 1e9:.2f} GB native multi-frame, load {os.getloadavg()[0]:.1f}\n")
    print("| program | seconds | x cp | CPU seconds | peak MB | output |")
    print("|---|--:|--:|--:|--:|---|")
    for name, found in turns.items():
        if not found:
            print(f"| {name} | - | - | - | - | {notes[name]} |")
            continue
        wall = statistics.median(turn.wall for turn in found)
        processor = statistics.median(turn.processor for turn in found)
        peak = max(turn.peak_bytes for turn in found) / 1e6
        print(
            f"| {name} | {wall:.2f} | {wall / copy:.2f} | {processor:.2f} | {peak:.0f} "
            f"| {notes[name]} |"
        )


if __name__ == "__main__":
    main()
