"""`dicomanon verify`: what it prints and how it ends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from dicomanon import cli as commands
from dicomanon.errors import ProfileError
from tests.verify.outputs import ROOT, SECRETS, anonymized, edited, original

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

FILE_NAME = "Yamada_Tarou.dcm"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(commands.cli, ["verify", *map(str, arguments)], standalone_mode=False)


def lines(done: Result) -> list[dict[str, Any]]:
    assert done.exception is None
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Three slices and their outputs, under names that tell nothing."""
    before, after = tmp_path / "in", tmp_path / "out"
    before.mkdir()
    after.mkdir()
    for number in range(3):
        source = original(
            SOPInstanceUID=f"{ROOT}{number + 100}", ImagePositionPatient=[0, 0, number]
        )
        (before / f"{number}-{FILE_NAME}").write_bytes(source)
        (after / f"{9 - number}.dcm").write_bytes(anonymized(source))
    return before, after


def test_two_files(tmp_path: Path) -> None:
    """0 and one line where nothing is left; 3 and the place, never the value, where it is."""
    source = original()
    before, after = tmp_path / FILE_NAME, tmp_path / "a.dcm"
    before.write_bytes(source)
    after.write_bytes(anonymized(source))
    done = run(before, after)
    assert (done.return_value, done.output) == (0, "1 compared, 0 findings.\n")
    after.write_bytes(
        edited(anonymized(source), lambda data: setattr(data, "StudyDescription", "Yamada Tarou"))
    )
    done = run(before, after)
    assert done.return_value == 3
    cells = "a.dcm 00081030 Study Description name patient strong value"
    assert cells in " ".join(done.output.split())
    assert not [secret for secret in (*SECRETS, FILE_NAME) if secret in done.output]


def test_folders_in_any_order(folders: tuple[Path, Path]) -> None:
    """Pairs are found by content."""
    found = lines(run(*folders, "--json"))
    assert [(line["original"], line["output"], line["name"]) for line in found] == [
        (3, 1, "7.dcm"),
        (2, 2, "8.dcm"),
        (1, 3, "9.dcm"),
    ]
    assert [line["findings"] for line in found] == [[], [], []]


def test_what_has_no_partner(folders: tuple[Path, Path]) -> None:
    """A stranger among the outputs is a strong finding; a missing one and a note are weak."""
    before, after = folders
    (after / "8.dcm").unlink()
    (after / "notes.txt").write_text("nothing", encoding="utf-8")
    done = run(before, after, "--json")
    assert done.return_value == 0
    alone = [line for line in lines(done) if line["findings"]]
    assert [(line["original"], line["name"], line["findings"][0]["kind"]) for line in alone] == [
        (2, None, "missing"),
        (None, "notes.txt", "not_dicom"),
    ]
    (after / "stranger.dcm").write_bytes(original(Rows=16, Columns=64))
    done = run(before, after, "--json")
    assert done.return_value == 3
    assert lines(done)[2]["findings"][0] == {
        "path": None,
        "kind": "unmatched",
        "category": "",
        "strength": "strong",
        "where": "structure",
        "offset": None,
    }


def test_a_uid_map_pairs_what_is_alike(tmp_path: Path) -> None:
    """Equal images are ambiguous, a strong finding, until `uid.csv` says which is which."""
    before, after = tmp_path / "in", tmp_path / "out"
    before.mkdir()
    for number in (1, 2):
        uid = f"{ROOT}{number}"
        (before / f"{number}.dcm").write_bytes(original(SOPInstanceUID=uid))
    crosswalk = tmp_path / "crosswalk"
    made = ["anonymize", str(before), "-o", str(after), "--crosswalk", str(crosswalk)]
    CliRunner().invoke(commands.cli, made, standalone_mode=False)
    done = run(before, after, "--json")
    assert done.return_value == 3
    kinds = [line["findings"][0]["kind"] for line in lines(done)]
    assert kinds == ["ambiguous", "ambiguous", "missing", "missing"]
    done = run(before, after, "--uid-map", crosswalk / "uid.csv")
    assert (done.return_value, done.output) == (0, "2 compared, 0 findings.\n")
    (tmp_path / "bad.csv").write_text("id_old,id_new\n1.2.3\n", encoding="utf-8")
    done = run(before, after, "--uid-map", tmp_path / "bad.csv")
    assert isinstance(done.exception, ProfileError)
    assert done.exception.code == "uid_map"


def test_a_preset_instead_of_the_stamps(tmp_path: Path) -> None:
    """What in-hospital keeps is a leak where research was meant; a kept element is none."""
    source = original()
    before, after = tmp_path / FILE_NAME, tmp_path / "a.dcm"
    before.write_bytes(source)
    after.write_bytes(anonymized(source, "in-hospital"))
    assert run(before, after).return_value == 0
    assert run(before, after, "--preset", "research").return_value == 3
    after.write_bytes(
        edited(anonymized(source), lambda data: setattr(data, "StationName", "CTROOM-2"))
    )
    assert run(before, after).return_value == 3
    assert run(before, after, "--preset", "research", "--set", "StationName=keep").return_value == 0


def test_masks_are_told(tmp_path: Path) -> None:
    """Changed pixels are a finding unless a mask explains them."""
    source = original()
    before, after = tmp_path / FILE_NAME, tmp_path / "a.dcm"
    before.write_bytes(source)

    def blacken(data: Any) -> None:  # noqa: ANN401 - a Dataset
        data.PixelData = bytes(32) + data.PixelData[32:]

    after.write_bytes(edited(anonymized(source), blacken))
    assert run(before, after).return_value == 3
    assert run(before, after, "--mask", "0,0,16,1").return_value == 0
