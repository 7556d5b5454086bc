"""Many files on the command line: processes, the journal, and a hundred thousand of them.

    python benchmarks/batch.py [--files 1000] [--many 100000] [--runs 3]

Strategy: contenders take turns, and ratios within one run are what counts. Peak memory is
the largest process's, as the kernel counted it.

Invariants: every turn's output has as many files as there were inputs; nothing is asserted
of the figures: the table says what was measured beside what is aimed at.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import ct  # noqa: E402 - the repository's own root
from benchmarks.measure import Targets, Turn, timed  # noqa: E402
from benchmarks.peers import Program, ours  # noqa: E402

KEY = json.dumps({"form": "dicomanon-key-1", "secret": bytes(range(32)).hex()})
COPY = "cp -r"


class Bench:
    """Turns of several commands over folders, and their table."""

    def __init__(self, scratch: Path, runs: int) -> None:
        self._targets = Targets(scratch)
        self._runs = runs

    def turns(self, commands: dict[str, tuple[Program, Path]]) -> dict[str, list[Turn]]:
        """Each command's turns, in turns with the others."""
        found: dict[str, list[Turn]] = {name: [] for name in commands}
        for _ in range(self._runs):
            for name, (program, source) in commands.items():
                found[name].append(self._turn(program, source))
        return found

    def _turn(self, program: Program, source: Path) -> Turn:
        target = self._targets.fresh()
        turn = timed([word.format(source=source, target=target) for word in program.command])
        written = sum(1 for path in target.rglob("*.dcm"))
        expected = sum(1 for path in source.rglob("*.dcm"))
        if written != expected:
            message = f"wrote {written} of {expected} files"
            raise RuntimeError(message)
        return turn

    def again(self, program: Program, source: Path) -> Turn:
        """A second run over what the last turn wrote."""
        target = self._targets.last
        return timed([word.format(source=source, target=target) for word in program.command])


def median(turns: list[Turn]) -> float:
    """The median wall seconds."""
    return statistics.median(turn.wall for turn in turns)


def peak_mb(turns: list[Turn]) -> float:
    """The largest peak."""
    return max(turn.peak_bytes for turn in turns) / 1e6


def workers(bench: Bench, source: Path, files: int, key: Path) -> None:
    """One process and two, with the journal and without, with the leak check and without."""
    copy = Program(COPY, "", ("cp", "-r", "{source}", "{target}"), makes_target=True, does="")
    keyed = ("--key", str(key))
    commands = {
        COPY: (copy, source),
        "1 process": (ours("--workers", "1", verify=False), source),
        "2 processes": (ours("--workers", "2", verify=False), source),
        "2 processes, journal": (ours("--workers", "2", *keyed, verify=False), source),
        "1 process, leak check": (ours("--workers", "1"), source),
        "2 processes, leak check": (ours("--workers", "2"), source),
    }
    found = bench.turns(commands)
    print(f"\n{files} CT slices\n\n| | ms a file | CPU ms | x cp -r | peak MB |")
    print("|---|--:|--:|--:|--:|")
    for name, turns in found.items():
        processor = statistics.median(turn.processor for turn in turns) / files * 1000
        ratio = median(turns) / median(found[COPY])
        wall = median(turns) / files * 1000
        print(f"| {name} | {wall:.2f} | {processor:.2f} | {ratio:.1f} | {peak_mb(turns):.0f} |")
    for text, one, two in (
        ("two processes are faster than one", "1 process", "2 processes"),
        ("the same, with the leak check", "1 process, leak check", "2 processes, leak check"),
    ):
        print(f"\n{text}: {median(found[one]) / median(found[two]):.2f}x (aim: at least 1.7x)")


def many(scratch: Path, runs: int, files: int, key: Path) -> None:
    """A thousand small files, very many once, and a thousand again."""
    program = ours("--key", str(key), verify=False)
    few = {"few": (program, ct.smalls(ct.FOLDER_FILES))}
    lots = {"lots": (program, ct.smalls(files))}
    short, long = Bench(scratch, runs), Bench(scratch, 1)
    before = short.turns(few)["few"]
    turns = long.turns(lots)["lots"]
    second = long.again(program, ct.smalls(files))
    _small_table(files, before + short.turns(few)["few"], turns, second)


def _small_table(files: int, few: list[Turn], lots: list[Turn], second: Turn) -> None:
    print("\n| small files | files a second | CPU ms a file | peak MB |\n|---|--:|--:|--:|")
    print(f"| {ct.FOLDER_FILES} | {_small_row(ct.FOLDER_FILES, few)} |")
    print(f"| {files} | {_small_row(files, lots)} |")
    print(f"| {files}, all done before | {_small_row(files, [second])} |")
    more = peak_mb(lots) - peak_mb(few)
    scale = files / ct.FOLDER_FILES
    rate = median(few) * scale / median(lots)
    processor = _processor(few) * scale / _processor(lots)
    print(f"\nmemory: {more:+.0f} MB (aim: at most +40), rate: {rate:.2f} (aim: 0.90 to 1.10),")
    print(f"by processor time, which other programs disturb less: {processor:.2f}")


def _small_row(files: int, turns: list[Turn]) -> str:
    rate, processor = files / median(turns), _processor(turns) / files * 1000
    return f"{rate:.0f} | {processor:.2f} | {peak_mb(turns):.0f}"


def _processor(turns: list[Turn]) -> float:
    """The median processor seconds."""
    return statistics.median(turn.processor for turn in turns)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="many files on the command line")
    parser.add_argument("--files", type=int, default=1000, help="CT slices of 512 x 512 x 16")
    parser.add_argument("--many", type=int, default=100_000, help="instances of 8 KB, 0 for none")
    parser.add_argument("--runs", type=int, default=3, help="turns of each")
    options = parser.parse_args()
    source = ct.folder(options.files)
    with tempfile.TemporaryDirectory(dir=ct.CACHE) as scratch:
        key = Path(scratch) / "project.key"
        key.write_text(KEY)
        print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        workers(Bench(Path(scratch), options.runs), source, options.files, key)
        if options.many:
            many(Path(scratch), options.runs, options.many, key)


if __name__ == "__main__":
    main()
