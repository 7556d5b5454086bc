"""`dicomanon diff`: what became of every element, why, and whether it is what was decided."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click
import pytest
from click.testing import CliRunner

from dicomanon import cli as commands
from dicomanon.diff import CATEGORIES, Difference, differences, profile_of
from dicomanon.pixels.region import Region
from dicomanon.policy.key import dump_key
from dicomanon.policy.plan import plan
from dicomanon.policy.profile import PRESETS, profile
from dicomanon.report.words import LANGUAGES, tables
from tests import pydicom_files
from tests.engine import scanned
from tests.verify.outputs import KEY, SECRETS, anonymized, edited, original

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from click.testing import Result

SOURCE = original()
OUTPUT = anonymized(SOURCE)


def compared(
    source: bytes, output: bytes, preset: str = "research", *, keyed: bool = True
) -> dict[str, Difference]:
    """The differences by path, held against a plan."""
    before = scanned(source)
    decided = plan(before, profile(preset), KEY)
    found = differences(before, scanned(output), decided, keyed=keyed)
    return {str(each.path): each for each in found}


def not_planned(found: dict[str, Difference]) -> list[str]:
    return [path for path, each in found.items() if each.planned is not True]


def test_states_and_rules() -> None:
    """Kept, changed, removed and added, each with both values and the rule that decided."""
    found = compared(SOURCE, OUTPUT)
    pseudonym = found["00100010"].after
    assert found["00100010"][1:] == (
        "Patient's Name",
        "patient",
        "changed",
        "Yamada^Tarou=山田^太郎=やまだ^たろう",
        pseudonym,
        "pseudonym",
        "preset",
        True,
    )
    assert (found["00180050" if "00180050" in found else "00280010"].state) == "kept"
    assert found["00101040"][3:6] == ("removed", "12 Sakuradori, Nagoya", "")
    assert found["00120062"][3:6] == ("added", "", "YES")
    assert found["7FE00010"][3:6] == ("kept", "<2048>", "<2048>")


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("keyed", [True, False])
def test_what_the_engine_makes_is_as_planned(preset: str, keyed: bool) -> None:  # noqa: FBT001 - a case
    """With the key and without it."""
    assert not_planned(compared(SOURCE, anonymized(SOURCE, preset), preset, keyed=keyed)) == []


@pytest.mark.parametrize("path", pydicom_files.whole_files()[::6], ids=lambda path: path.name)
def test_real_files_are_as_planned(path: Path) -> None:
    """Whatever they hold."""
    source = path.read_bytes()
    assert not_planned(compared(source, anonymized(source))) == []


@pytest.mark.parametrize(
    ("keyword", "value", "path"),
    [
        ("PatientName", "Other^Pseudonym", "00100010"),
        ("PatientName", "", "00100010"),
        ("PatientAddress", "12 Sakuradori", "00101040"),
        ("InstanceNumber", 2, "00200013"),
        ("StudyDate", "20240315", "00080020"),
        ("PatientIdentityRemoved", "YES", None),
        ("PixelData", bytes(2048), "7FE00010"),
        ("OperatorsName", "Some^One", "00081070"),
    ],
)
def test_what_is_not_as_planned_is_marked(keyword: str, value: object, path: str | None) -> None:
    """Another value, one that should have gone, one that should have stayed, one too many."""
    output = edited(OUTPUT, lambda data: setattr(data, keyword, value))
    assert not_planned(compared(SOURCE, output)) == ([] if path is None else [path])


def test_without_the_key_a_pseudonym_is_some_value() -> None:
    """Which one cannot be said; that there must be one can."""
    other = edited(OUTPUT, lambda data: setattr(data, "PatientName", "Other^Pseudonym"))
    assert not_planned(compared(SOURCE, other, keyed=False)) == []
    empty = edited(OUTPUT, lambda data: setattr(data, "PatientName", ""))
    assert not_planned(compared(SOURCE, empty, keyed=False)) == ["00100010"]


def test_masked_pixels_may_differ() -> None:
    """A plan without masks says they stay; of masked ones nothing is said."""
    output = anonymized(SOURCE, masks=[Region(0, 0, 4, 4)])
    assert not_planned(compared(SOURCE, output)) == ["7FE00010"]
    decided = plan(scanned(SOURCE), profile("research"), KEY, masked=True)
    found = differences(scanned(SOURCE), scanned(output), decided, keyed=True, masked=True)
    assert [str(each.path) for each in found if each.planned is not True] == ["7FE00010"]


def test_without_a_plan_nothing_is_judged() -> None:
    """States and values are told all the same."""
    found = list(differences(scanned(SOURCE), scanned(OUTPUT)))
    assert {each.planned for each in found} == {None}
    assert {each.action for each in found} == {""}
    assert {each.state for each in found} == {"kept", "changed", "removed", "added"}


@pytest.mark.parametrize("preset", PRESETS)
def test_the_stamps_name_the_profile(preset: str) -> None:
    """The method names the preset, the codes its Options; other stamps name nothing."""
    found = profile_of(scanned(anonymized(SOURCE, preset)))
    assert found is not None
    assert (found.name, found.options) == (preset, profile(preset).options)
    assert profile_of(scanned(SOURCE)) is None


def test_categories_have_words() -> None:
    """The filter's names are those of the reports."""
    for language in LANGUAGES:
        assert set(CATEGORIES) == set(tables()[language]["category"])


# -- the command line ------------------------------------------------------------------


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(commands.cli, ["diff", *map(str, arguments)], standalone_mode=False)


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    before, after = tmp_path / "a.dcm", tmp_path / "b.dcm"
    before.write_bytes(SOURCE)
    after.write_bytes(OUTPUT)
    return before, after


def lines(*arguments: str | Path) -> list[dict[str, Any]]:
    done = run(*arguments, "--format", "json")
    assert done.exception is None
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_as_text(pair: tuple[Path, Path]) -> None:
    """One line an element: mark, place, name, values, rule."""
    done = run(*pair)
    assert done.return_value == 0
    said = done.output.splitlines()
    assert "- 00101040 Patient's Address: 12 Sakuradori, Nagoya [remove: table_e1_1]" in said
    assert "= 00080060 Modality: CT [keep: not_in_table]" in said
    assert [line for line in said if line.startswith("~ 00100010 Patient's Name: Yamada")]
    assert "+ 00120062 Patient Identity Removed: YES" in said
    assert "\x1b[" not in done.output


def test_in_color(pair: tuple[Path, Path]) -> None:
    """The same lines; what was removed is red, what is not as planned bold."""
    done = CliRunner().invoke(
        commands.cli,
        ["diff", *map(str, pair), "--format", "color"],
        standalone_mode=False,
        color=True,
    )
    assert "\x1b[31m- 00101040" in done.output


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (("--only", "added"), {"added"}),
        (("--only", "removed", "--only", "kept"), {"removed", "kept"}),
        (("--category", "date"), {"changed", "removed"}),
    ],
)
def test_filters(pair: tuple[Path, Path], filters: Sequence[str], expected: set[str]) -> None:
    """By state and by category."""
    found = lines(*pair, *filters)
    assert {each["state"] for each in found} <= expected
    assert found
    if "--category" in filters:
        assert {each["category"] for each in found} == {"date"}


def test_no_values(pair: tuple[Path, Path]) -> None:
    """Whatever the form, neither file's values are shown."""
    for form in ("text", "json", "html"):
        output = run(*pair, "--no-values", "--format", form).output
        assert not [secret for secret in SECRETS if secret in output]
        assert "00100010" in output


def test_what_does_not_match_ends_with_3(pair: tuple[Path, Path], tmp_path: Path) -> None:
    """And is marked, in every form."""
    before, after = pair
    after.write_bytes(edited(OUTPUT, lambda data: setattr(data, "InstanceNumber", 2)))
    done = run(before, after)
    assert done.return_value == 3
    assert "~ 00200013 Instance Number: 1 -> 2 [keep: not_in_table] !" in done.output
    assert 'class="changed wrong"' in run(before, after, "--format", "html").output
    other = tmp_path / "key.json"
    other.write_text(dump_key(bytes(32)), encoding="utf-8")
    assert "00100010" in {
        each["path"] for each in lines(*pair, "--key", other) if not each["planned"]
    }


def test_the_page(pair: tuple[Path, Path]) -> None:
    """It stands alone, in the language asked for, its text escaped."""
    before, after = pair
    after.write_bytes(
        edited(OUTPUT, lambda data: setattr(data, "ProtocolName", "<script>alert(1)</script>"))
    )
    said = run(before, after, "--format", "html", "--language", "ja").output
    assert '<html lang="ja">' in said
    assert "匿名化の前後比較" in said
    assert "<script" not in said


def test_usage(pair: tuple[Path, Path]) -> None:
    """A category that is none, and settings without their preset."""
    assert isinstance(run(*pair, "--category", "nope").exception, click.BadParameter)
    assert isinstance(run(*pair, "--set", "TM=empty").exception, click.UsageError)
    assert run(*pair, "--preset", "research", "--set", "TM=empty").exception is None
