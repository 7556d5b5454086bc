"""The command line against its peers, side by side.

    python benchmarks/native.py [--files 1000] [--runs 5] [--quick]

Strategy: contenders take turns (A B C, A B C, ...), so that a slow minute of the
machine meets all of them; figures are medians, and what counts are their ratios
within one run. Beside wall time stands processor time, which a busy machine moves
less. After each contender's first turn its output is looked at: how many files, and how
many of the planted identifiers are still in one of them.

Invariants: the same source folder and disk for all, page cache warm, everything
flushed before the clock starts, a new target a turn. Nothing is asserted: the table
says what was measured beside what is aimed at.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import ct  # noqa: E402 - the repository's own root
from benchmarks.measure import Targets, Turn, timed  # noqa: E402
from benchmarks.peers import Missing, Program, ours, peers  # noqa: E402
from dicomanon.batch.pool import cores  # noqa: E402

OURS = "dicomanon"
UNCHECKED = "dicomanon --no-verify"
ALONE = "dicomanon --no-verify --workers 1"
COPY = "cp -r"
STARTS = 20
TARGETS = (
    ("time of cp -r", COPY, "at most 3x"),
    ("faster than gdcmanon --dumb", "gdcmanon --dumb", "at least 1x"),
    ("faster than dcmanon", "dcmanon", "at least 4x"),
    ("faster than fw-file-rs", "fw-file-rs", "at least 4x"),
    ("faster than dicom-anonymizer", "dicom-anonymizer", "at least 20x"),
)
START_TARGET = "under 150 ms"


def turn(program: Program, source: Path, target: Path) -> Turn:
    """One contender's turn, into a fresh target."""
    if not program.makes_target:
        target.mkdir()
    return timed([word.format(source=source, target=target) for word in program.command])


def left(target: Path) -> int:
    """How many planted identifiers are in the first output file by name."""
    data = min(path for path in target.rglob("*") if path.is_file()).read_bytes()
    return sum(text.encode("ascii") in data for text in ct.PLANTED)


def race(programs: list[Program], source: Path, runs: int) -> tuple[list[Row], list[Missing]]:
    """All contenders in turns; those that fail drop out with their reason."""
    files = sum(1 for _ in source.iterdir())
    turns: dict[str, list[Turn]] = {program.name: [] for program in programs}
    found: dict[str, int] = {}
    failed: dict[str, Missing] = {}
    with tempfile.TemporaryDirectory(dir=ct.CACHE) as scratch:
        targets = Targets(Path(scratch))
        for _ in range(runs):
            for program in programs:
                if program.name in failed:
                    continue
                target = targets.fresh()
                try:
                    turns[program.name].append(turn(program, source, target))
                except subprocess.CalledProcessError as error:
                    failed[program.name] = Missing(program.name, f"failed: {error.stderr}")
                    continue
                written = sum(1 for path in target.rglob("*") if path.is_file())
                if written != files:
                    reason = f"wrote {written} of {files} files"
                    failed[program.name] = Missing(program.name, reason)
                elif program.name not in found:
                    found[program.name] = left(target)
    rows = [
        Row(program, files, turns[program.name], found[program.name])
        for program in programs
        if program.name not in failed
    ]
    return rows, list(failed.values())


class Row(NamedTuple):
    """A contender's turns; left: planted identifiers in its output."""

    program: Program
    files: int
    turns: list[Turn]
    left: int

    @property
    def wall_ms(self) -> float:
        """Median wall milliseconds a file."""
        return statistics.median(t.wall for t in self.turns) / self.files * 1000

    @property
    def processor_ms(self) -> float:
        """Median processor milliseconds a file."""
        return statistics.median(t.processor for t in self.turns) / self.files * 1000

    @property
    def peak_mb(self) -> float:
        """Median of the peak resident MB."""
        return statistics.median(t.peak_bytes for t in self.turns) / 1e6


def print_race(rows: list[Row], missing: list[Missing]) -> None:
    """The table of contenders, then the targets beside what was found."""
    by_name = {row.program.name: row for row in rows}
    copy, own = by_name[COPY].wall_ms, by_name[OURS].wall_ms
    print("| program | ms a file | CPU ms | x cp -r | x dicomanon | MB | left | what it does |")
    print("|---|--:|--:|--:|--:|--:|--:|---|")
    for row in sorted(rows, key=lambda row: row.wall_ms):
        print(
            f"| {row.program.name} {row.program.version} | {row.wall_ms:.2f} | "
            f"{row.processor_ms:.2f} | {row.wall_ms / copy:.1f} | {row.wall_ms / own:.1f} | "
            f"{row.peak_mb:.0f} | {row.left} | {row.program.does} |"
        )
    for gone in missing:
        print(f"| {gone.name} | - | - | - | - | - | - | {gone.reason} |")
    print(f"\nleft: which of {len(ct.PLANTED)} planted identifiers one output file still holds\n")
    print(f"| | {OURS} | {UNCHECKED} | aim |\n|---|--:|--:|---|")
    for text, name, aim in TARGETS:
        peer = by_name.get(name)
        if peer is not None:
            ratios = [by_name[row].wall_ms / peer.wall_ms for row in (OURS, UNCHECKED)]
            shown = [f"{r if name == COPY else 1 / r:.1f}x" for r in ratios]
            print(f"| {text} | {' | '.join(shown)} | {aim} |")
    faster = by_name[ALONE].wall_ms / by_name[UNCHECKED].wall_ms
    print(f"\n{cores()} processes without the check: {faster:.2f}x one (two: at least 1.7x)")


def start_up(starts: int) -> list[tuple[str, float, float]]:
    """What starting costs, in turns: (what, median ms, least ms)."""
    words = list(ours().command[: ours().command.index("anonymize")])
    with tempfile.TemporaryDirectory(dir=ct.CACHE) as scratch:
        target = Path(scratch) / "out"
        one = [*words, "anonymize", str(ct.small()), "-o", str(target)]
        commands = {
            "python -c pass": [sys.executable, "-c", "pass"],
            "dicomanon --version": [*words, "--version"],
            "dicomanon --help": [*words, "--help"],
            "dicomanon inspect --json, one small file": [
                *(*words, "inspect", "--json", str(ct.small())),
            ],
            "dicomanon anonymize, one small file": one,
            "dicomanon anonymize --no-verify, one small file": [*one, "--no-verify"],
        }
        found: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(starts):
            for name, command in commands.items():
                shutil.rmtree(target, ignore_errors=True)
                found[name].append(timed(command).wall * 1000)
    return [(name, statistics.median(values), min(values)) for name, values in found.items()]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="the command line against its peers")
    parser.add_argument("--files", type=int, default=1000, help="CT slices of 512 x 512 x 16")
    parser.add_argument("--runs", type=int, default=5, help="turns of each contender")
    parser.add_argument("--quick", action="store_true", help="100 files, 3 turns")
    options = parser.parse_args()
    files, runs = (100, 3) if options.quick else (options.files, options.runs)
    source = ct.folder(files)
    alone = ours("--workers", "1", verify=False)._replace(name=ALONE)
    contenders = [*peers(), ours(), ours(verify=False), alone]
    programs = [program for program in contenders if isinstance(program, Program)]
    load = os.getloadavg()[0]
    rows, failed = race(programs, source, runs)
    print(
        f"{files} CT slices, {runs} turns each, Python {platform.python_version()}, "
        f"{os.cpu_count()} cores, load before and after {load:.1f}, {os.getloadavg()[0]:.1f}\n"
    )
    print_race(rows, [row for row in contenders if isinstance(row, Missing)] + failed)
    print(f"\n| start-up (aim: {START_TARGET}) | median ms | least ms |\n|---|--:|--:|")
    for name, median, least in start_up(5 if options.quick else STARTS):
        print(f"| {name} | {median:.0f} | {least:.0f} |")


if __name__ == "__main__":
    main()
