"""The distinct-values review: nothing kept is missed, the likeliest stands first, and back."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

from dicomanon import cli as commands
from dicomanon.errors import ProfileError
from dicomanon.policy.action import Action
from dicomanon.policy.plan import plan
from dicomanon.policy.profile import Override, profile
from dicomanon.review import sheet
from dicomanon.review.risk import risk
from dicomanon.review.tally import MAX_PLACES, ROOM_BYTES, Tally, Value
from tests.engine import read, scanned
from tests.mutation.patient import full
from tests.verify.outputs import KEY, ROOT, anonymized, original

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from click.testing import Result

    from dicomanon.policy.profile import Profile

RESEARCH = profile("research")


def reviewed(
    files: Sequence[bytes], chosen: Profile = RESEARCH, room_bytes: int = ROOM_BYTES
) -> list[Value]:
    tally = Tally(room_bytes)
    for file in files:
        tally.add(plan(scanned(file), chosen, KEY))
    assert tally.instances == len(files)
    return list(tally.values())


def batch() -> list[bytes]:
    """Thirty slices, one of them with a name where nobody expects it."""
    files = [
        original(SOPInstanceUID=f"{ROOT}{number + 100}", ConvolutionKernel="CHEST ROUTINE")
        for number in range(29)
    ]
    return [*files, original(ConvolutionKernel="Ohtani Jiro", ImageType=["ORIGINAL", "PRIMARY"])]


def test_each_value_once_the_likeliest_first() -> None:
    """With its count and where it stands."""
    found = reviewed(batch())
    assert found[0][:3] == ("Ohtani Jiro", 1, ("00181210",))
    assert {"name", "rare"} <= set(found[0].signs)
    by_text = {value.text: value for value in found}
    assert len(by_text) == len(found)
    assert by_text["CHEST ROUTINE"].times == 29
    assert by_text["MONOCHROME2"].places == ("00280004",)
    assert {"ORIGINAL", "PRIMARY"} <= set(by_text)


def test_only_what_would_stay_is_listed() -> None:
    """Neither what goes, nor what is new, nor what the de-identifier writes of itself."""
    texts = {value.text for value in reviewed([full()])}
    output = read(anonymized(full()))
    assert texts & {"Yamada^Tarou", "KX-774-2091", "YES", RESEARCH.method} == set()
    assert str(output.PatientID) not in texts
    assert "CT" in texts


def test_cleaned_text_is_listed_as_it_will_be() -> None:
    """In-hospital keeps comments without names: what is left of them is to be read."""
    (comment,) = [
        value
        for value in reviewed([full()], profile("in-hospital"))
        if value.places == ("00204000",)
    ]
    assert "Yamada" not in comment.text
    assert "born" in comment.text


def test_kept_private_text_is_listed() -> None:
    """Declared as text or not."""
    found = reviewed([full()], profile("in-hospital", [Override("private", Action.KEEP)]))
    by_text = {value.text: value for value in found}
    assert "private" in by_text["ACME 1.1"].signs


@pytest.mark.parametrize("room_bytes", [1, 3_000, ROOM_BYTES])
def test_room_does_not_matter(room_bytes: int) -> None:
    """However often it goes to disk, the rows are the same."""
    assert reviewed(batch(), RESEARCH, room_bytes) == reviewed(batch())


def test_places_are_bounded() -> None:
    """A value that stands everywhere names some places and says that there are more."""
    tally = Tally()
    for number in range(MAX_PLACES + 3):
        tally.count("X", 1, (f"{number:08X}",))
    (value,) = tally.values()
    assert value.times == MAX_PLACES + 3
    assert (len(value.places), value.places[-1]) == (MAX_PLACES + 1, "…")


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("Ohtani Jiro", "name"),
        ("Rasmussen", "name"),
        ("ask Dr. Brown", "title"),
        ("新田医師依頼", "title"),
        ("OHTANI^JIRO", "caret"),
        ("大谷次郎", "kanji"),
        ("胸部CT 大谷", "kanji"),
        ("オオタニ ジロウ", "kana"),
        ("ｵｵﾀﾆ ｼﾞﾛｳ", "kana"),
        ("tel 03-5550-1234", "phone"),
        ("(555) 123-4567", "phone"),
        ("j.ohtani@example.org", "mail"),
        ("seen 2024-03-15", "date"),
        ("令和6年3月15日", "date"),
        ("MRN 774209", "digits"),
        ("KX7742091", "id"),
        ("4 North Ward", "place"),
        ("愛知県名古屋市", "place"),
        ("the patient moved during the whole acquisition", "free_text"),
    ],
)
def test_signs(text: str, sign: str) -> None:
    """What each is meant to notice."""
    assert sign in risk(text, 100, private=False).signs


@pytest.mark.parametrize(
    "text",
    [
        *("CT", "MONOCHROME2", "AXIAL", "Chest Routine", "Lung 1.0", "SOFT TISSUE", "T2 FLAIR"),
        *("胸部単純撮影", "腹部造影", "頭部CT", "ORIGINAL", "HFS", "Standard", "T1 SE"),
    ],
)
def test_ordinary_values_weigh_nothing(text: str) -> None:
    """Where they stand often."""
    assert risk(text, 100, private=False).weight == 0


def test_codes_are_numbers() -> None:
    """A Code Value looks like an ID, and is none; a name in its place is still one."""
    assert risk("113691", 100, private=False, coded=True).weight == 0
    assert "caret" in risk("OHTANI^JIRO", 100, private=False, coded=True).signs


def test_what_is_rare_weighs_more() -> None:
    """And what is private."""
    assert risk("CT", 1, private=True).signs == ("private", "rare")
    assert risk("CT", 1, private=True).weight == 2


# -- the sheet and the way back --------------------------------------------------------


def test_no_cell_begins_a_formula_and_all_come_back() -> None:
    """A value is marked, whatever it is, and is itself again."""
    texts = ["=HYPERLINK(1)", "+1", "-x", "@a", "'quoted", "a\nb", "大谷", "＝１", "plain"]
    stream = io.StringIO(newline="")
    assert sheet.write([Value(text, 1, ("00081030",), 0, ()) for text in texts], stream) == 9
    rows = list(csv.reader(io.StringIO(stream.getvalue(), newline="")))
    assert not [row[-1] for row in rows if row[-1].startswith(("=", "+", "-", "@", "＝"))]
    text = stream.getvalue().replace("\r\n,", "\r\nx,")
    assert sheet.marked(io.StringIO("\ufeff" + text, newline="")) == texts


def test_only_what_is_marked_is_cut() -> None:
    """A no is a no."""
    lines = ["cut,value", "x,one", ",two", "no,three", "1,four", "0,five", "いいえ,six", "はい,one"]
    assert sheet.marked(io.StringIO("\n".join(lines))) == ["one", "four"]


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "cut,value\nx\n"])
def test_another_table_is_refused(text: str) -> None:
    """With its line."""
    with pytest.raises(ProfileError) as raised:
        sheet.marked(io.StringIO(text))
    assert raised.value.code == "review"


# -- the command line ------------------------------------------------------------------


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(commands.cli, ["review", *map(str, arguments)], standalone_mode=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "in"
    path.mkdir()
    for number, file in enumerate(batch()[-3:]):
        (path / f"{number}.dcm").write_bytes(file)
    (path / "notes.txt").write_text("Ohtani", encoding="utf-8")
    return path


def test_read_mark_cut(folder: Path, tmp_path: Path) -> None:
    """The whole way: review, mark a part of a value, and it is gone from every output."""
    table, own, out = tmp_path / "values.csv", tmp_path / "own.json", tmp_path / "out"
    done = run(folder, "-o", table)
    assert done.return_value == 0
    assert done.output.endswith("values of 3 instances.\n")
    text = table.read_text(encoding="utf-8-sig")
    assert text.splitlines()[1].endswith(",Ohtani Jiro")
    marked = text.replace("\n,", "\nx,", 1).replace("Ohtani Jiro", "Jiro")
    table.write_text(marked, encoding="utf-8-sig")
    assert run("--apply", table, "--preset", "research", "-o", own).return_value == 0
    assert json.loads(own.read_text(encoding="utf-8")) == {
        "form": "dicomanon-preset-1",
        "extends": "research",
        "cut": ["Jiro"],
    }
    made = ["anonymize", str(folder), "-o", str(out), "--preset", str(own)]
    assert CliRunner().invoke(commands.cli, made, standalone_mode=False).return_value == 0
    outputs = [path.read_bytes() for path in out.rglob("*") if path.is_file()]
    assert len(outputs) == 3
    assert [data.count(b"Jiro") for data in outputs] == [0, 0, 0]
    assert sum(data.count(b"Ohtani") for data in outputs) == 1
    again = run(folder, "--preset", own, "--top", "1")
    assert "Ohtani" in again.output


def test_a_preset_of_ones_own_is_extended(folder: Path, tmp_path: Path) -> None:
    """By its place beside the new one."""
    base = tmp_path / "base.json"
    base.write_text('{"extends": "midi"}', encoding="utf-8")
    table, own = tmp_path / "values.csv", tmp_path / "own.json"
    assert run(folder, "--preset", base, "-o", table).return_value == 0
    assert run("--apply", table, "--preset", base, "-o", own).return_value == 0
    assert json.loads(own.read_text(encoding="utf-8"))["extends"] == "base.json"
    assert run(folder, "--preset", own).exception is None


def test_usage(folder: Path, tmp_path: Path) -> None:
    """Nothing to read; a file that is there already; one that is refused by name."""
    assert isinstance(run().exception, click.MissingParameter)
    there = tmp_path / "there.csv"
    there.write_text("", encoding="utf-8")
    assert isinstance(run(folder, "-o", there).exception, click.UsageError)
    done = run(folder / "notes.txt")
    assert done.return_value == 2
    assert "notes" not in done.stderr
