"""Our output and our peers' held against planted truth.

    python benchmarks/score.py [--patients 60] [--peers 10] [--seed N]

Strategy: `synth` makes a set in English and Japanese, `anonymize --preset midi` writes its
outputs and its maps, with a mask on text that looks like an identifier and the word that
somebody looks at the rest, and the answer key scores them: once with seed 7, once with the
day's date, which nobody tuned to. What did not pass is listed by element. Peers get a smaller set
under neutral names and run as their manuals say; as none writes maps, theirs are read off
their outputs, element by element, so that every consistent change counts for them.

Invariants: one process a contender, the same files for all, no peer sees our packages.
Nothing is asserted: the tables say what came of it. A file that a contender does not write
passes what asks for removal and fails all else.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pydicom import dcmread

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from benchmarks.peers import Missing, deidentifiers  # noqa: E402 - the repository's own root
from dicomanon.cli.burned_in import read_box  # noqa: E402
from dicomanon.verify.score import Maps, Result, Score, Verdict, read_map, score  # noqa: E402
from dicomanon.verify.score.output import UNREADABLE  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydicom import Dataset

    from benchmarks.peers import Program

SEED = 7
REMOVALS = ("text_removed", "uid_changed", "date_shifted")
SHOWN = 40
PATIENT_ID = 0x00100020
IMAGES, KEY = "images", "answer_key.db"
OURS = (sys.executable, "-m", "dicomanon")


class Outcome(NamedTuple):
    """A contender's score; source, written: how many files; left: what did not pass, by element."""

    name: str
    source: int
    written: int
    score: Score
    left: Counter[tuple[str, str, str, str]]

    def cells(self) -> tuple[str, ...]:
        """A line of the table, under `TITLES`."""
        lines = {line.name: line for line in self.score.actions()}
        missed = [str(lines[a].failed + lines[a].blank) if a in lines else "0" for a in ACTIONS]
        unread = str(self.score.all.unread)
        files = f"{self.score.files}/{self.source}"
        return (self.name, files, f"{self.score.percent:.2f} %", *missed, unread)


ACTIONS = (
    *REMOVALS,
    "pixels_hidden",
    "text_retained",
    "uid_consistent",
    "patid_consistent",
    "pixels_retained",
)
TITLES = ("", "files", "score", *ACTIONS, "unread")


def synthesize(folder: Path, patients: int, seed: int) -> Path:
    """A set in its own folder."""
    made = folder / f"set-{patients}-{seed}"
    command = [*OURS, "synth", str(made), "--patients", str(patients), "--seed", str(seed)]
    subprocess.run(command, check=True, capture_output=True)
    return made


def ours(made: Path, scratch: Path) -> Outcome:
    """What the preset `midi` makes of a set, with its own maps."""
    out, walk = scratch / "ours", scratch / "maps"
    command = [*OURS, "anonymize", str(made / IMAGES), "-o", str(out), "--preset", "midi"]
    command += ["--mask-text", "identifiers", "--looked-at", "--crosswalk", str(walk)]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.stderr:
        print(done.stderr.decode().strip())
    maps = Maps(read_map(walk / "uid.csv"), read_map(walk / "patient.csv"))
    return outcome("dicomanon", made, files_of(made / IMAGES), out, maps)


def peer(program: Program, made: Path, flat: Path, scratch: Path) -> Outcome | Missing:
    """What a peer makes of a set; flat: its files under neutral names."""
    out = scratch / "peer"
    shutil.rmtree(out, ignore_errors=True)
    if not program.makes_target:
        out.mkdir()
    command = [word.format(source=flat, target=out) for word in program.command]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if not out.is_dir() or not files_of(out):
        said = (done.stderr or done.stdout).strip().splitlines() or ["nothing was written"]
        return Missing(program.name, said[-1][:200])
    name = f"{program.name} {program.version}"
    found = outcome(name, made, files_of(flat), out, claimed(flat, out))
    if not found.score.files:
        reason = f"none of its {found.written} files has a SOP Instance UID to be joined by"
        return Missing(name, reason)
    return found


def outcome(name: str, made: Path, source: list[Path], out: Path, maps: Maps) -> Outcome:
    """The score of an output, and what did not pass."""
    left: Counter[tuple[str, str, str, str]] = Counter()

    def note(result: Result) -> None:
        check, verdict = result.check, result.judged.verdict
        if verdict is not Verdict.PASS:
            left[str(verdict), check.action, check.path, check.name] += 1

    found = score(made / KEY, out, maps, reader=read_box, each=note)
    return Outcome(name, len(source), len(files_of(out)), found, left)


def files_of(folder: Path) -> list[Path]:
    """All files below a folder."""
    return [path for path in sorted(folder.rglob("*")) if path.is_file()]


def flattened(made: Path, folder: Path) -> Path:
    """A set's files under numbers, for whoever keeps only names or stumbles over folders."""
    folder.mkdir()
    for number, path in enumerate(files_of(made / IMAGES)):
        shutil.copyfile(path, folder / f"{number:05}.dcm")
    return folder


def claimed(source: Path, out: Path) -> Maps:
    """The maps that an output amounts to: old and new at the same place in the same file."""
    uids: dict[str, str] = {}
    patients: dict[str, str] = {}
    for path in files_of(out):
        before = source / path.name
        if before.is_file():
            for tag, old, new in pairs(dcmread(before, force=True), dcmread(path, force=True)):
                (patients if tag == PATIENT_ID else uids).setdefault(old, new)
    return Maps(uids, patients)


def pairs(old: Dataset, new: Dataset) -> Iterator[tuple[int, str, str]]:
    """UIDs and patient IDs that stand at the same place."""
    for tag in old.keys() & new.keys():
        try:
            one, other = old[tag], new[tag]
        except UNREADABLE:
            continue
        if one.VR == "SQ" and other.VR == "SQ":
            for item, changed in zip(one.value, other.value, strict=False):
                yield from pairs(item, changed)
        elif (one.VR == "UI" or tag == PATIENT_ID) and one.value and other.value:
            yield int(tag), str(one.value).strip(), str(other.value).strip()


# -- what is printed ---------------------------------------------------------------------


def table(rows: list[tuple[str, ...]]) -> None:
    """A table as Markdown has it."""
    for number, row in enumerate(rows):
        print(f"| {' | '.join(row)} |")
        if number == 0:
            print(f"|{'---|' * len(row)}")


def details(found: Outcome) -> None:
    """Each action, and what did not pass by element."""
    for line in found.score.actions():
        print(f"  {line.name:<18}{line.passed:>8} passed {line.failed:>5} failed", end="")
        print(f" {line.blank:>4} blank {line.unread:>4} unread")
    for (verdict, action, path, name), count in found.left.most_common(SHOWN):
        print(f"  {count:>5} {verdict} {action} {path} {name}")


def main() -> None:
    """Score our engine on two seeds, then everybody on a smaller set."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--patients", type=int, default=60)
    arguments.add_argument("--peers", type=int, default=10, help="patients of the peers' set")
    today = int(f"{datetime.now(UTC):%Y%m%d}")
    arguments.add_argument("--seed", type=int, default=today, help="the second seed")
    asked = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        rows: list[tuple[str, ...]] = [("seed", *TITLES[1:])]
        for seed in (SEED, asked.seed):
            folder = scratch / str(seed)
            folder.mkdir()
            found = ours(synthesize(folder, asked.patients, seed), folder)
            print(f"\nseed {seed}, {asked.patients} patients:")
            details(found)
            rows.append((str(seed), *found.cells()[1:]))
        print()
        table(rows)
        if asked.peers:
            print(f"\nAll, seed {SEED}, {asked.peers} patients; checks that did not pass:\n")
            compared(asked.peers, scratch)


def compared(patients: int, scratch: Path) -> None:
    """Everybody on one set."""
    made = synthesize(scratch, patients, SEED)
    flat = flattened(made, scratch / "flat")
    rows: list[tuple[str, ...]] = [TITLES, ours(made, scratch).cells()]
    missing = []
    for program in deidentifiers():
        found = program if isinstance(program, Missing) else peer(program, made, flat, scratch)
        if isinstance(found, Missing):
            missing.append(found)
        else:
            rows.append(found.cells())
    table(rows)
    for each in missing:
        print(f"{each.name}: not scored: {each.reason}")


if __name__ == "__main__":
    main()
