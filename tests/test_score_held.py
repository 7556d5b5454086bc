"""The engine's score on made-up patients: on a seed we know, and on one of the day."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from pydicom import dcmread

from dicomanon.synth.synthesis import FOLDER, KEY, Choices, write_set
from dicomanon.verify.score import Maps, Result, Verdict, read_map, score

if TYPE_CHECKING:
    from pathlib import Path

REMOVALS = {"text_removed", "uid_changed", "date_shifted"}
SEEDS = (7, int(f"{datetime.now(UTC):%Y%m%d}"))
PATIENTS = 6
PERCENT = 99.9


@pytest.fixture(scope="module", params=SEEDS, ids=lambda seed: f"seed {seed}")
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A set in both languages."""
    folder = tmp_path_factory.mktemp("set")
    write_set(folder, Choices(patients=PATIENTS, seed=request.param))
    return folder


def test_the_set_asks_what_can_be_told(made: Path) -> None:
    """Scored against itself, all that must stay is there, all that must go as well."""
    same: dict[str, str] = {}
    for path in made.glob(f"{FOLDER}/**/*.dcm"):
        data = dcmread(path, stop_before_pixels=True)
        known = (data.SOPInstanceUID, data.SeriesInstanceUID, data.StudyInstanceUID)
        same |= {each: each for each in (*known, data.PatientID)}
    wrong: list[Result] = []

    def note(result: Result) -> None:
        check, verdict = result.check, result.judged.verdict
        if check.action != "pixels_hidden":
            expected = Verdict.FAIL if check.action in REMOVALS else Verdict.PASS
            if verdict is not expected:
                wrong.append(result)

    found = score(made / KEY, made / FOLDER, Maps(same, same), each=note)
    assert wrong == []
    assert found.all.total > 50 * PATIENTS
    assert (found.missing, found.unmapped, found.not_dicom) == (0, 0, 0)


def test_the_score_is_held(made: Path, tmp_path: Path) -> None:
    """At least 99.9 % of all checks pass, and every one that asks for removal."""
    out, walk = tmp_path / "out", tmp_path / "maps"
    command = [sys.executable, "-m", "dicomanon", "anonymize", str(made / FOLDER), "-o", str(out)]
    options = ("--preset", "midi", "--crosswalk", str(walk))
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    maps = Maps(read_map(walk / "uid.csv"), read_map(walk / "patient.csv"))
    left: Counter[tuple[str, ...]] = Counter()

    def note(result: Result) -> None:
        check, verdict = result.check, result.judged.verdict
        if verdict in (Verdict.FAIL, Verdict.BLANK):
            left[check.action, check.path, check.value, check.text, result.judged.value] += 1

    found = score(made / KEY, out, maps, each=note)
    assert [each for each in left if each[0] in REMOVALS] == []
    assert found.percent >= PERCENT, left.most_common(20)
    assert (found.missing, found.unmapped) == (0, 0)
