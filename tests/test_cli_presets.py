"""`presets` and presets, lists and tables given as files to `anonymize`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pydicom
import pytest
from click.testing import CliRunner, Result

from dicomanon.cli import cli
from dicomanon.cli.presets import FORMATS
from dicomanon.errors import ProfileError
from dicomanon.policy import convert
from dicomanon.policy.profile import PRESETS
from tests import pydicom_files

if TYPE_CHECKING:
    from pathlib import Path

PATIENT = "1CT1"


def run(*arguments: object) -> Result:
    """A command as a person gives it; errors reach the test as they reach `main`."""
    return CliRunner().invoke(cli, [str(a) for a in arguments], standalone_mode=False)


def done(*arguments: object) -> Result:
    """A command that works."""
    result = run(*arguments)
    assert (result.exception, result.return_value or 0) == (None, 0), result.output
    return result


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """A CT with a patient ID and private elements."""
    path = tmp_path / "image.dcm"
    path.write_bytes(pydicom_files.image("CT_small.dcm").read_bytes())
    return path


def written(folder: Path) -> pydicom.FileDataset:
    (path,) = folder.glob("*.dcm")
    return pydicom.dcmread(path)


def test_the_list_names_every_preset() -> None:
    """`presets` alone lists them with what they claim."""
    output = done("presets").output
    assert [name for name in PRESETS if name not in output] == []
    assert "113100" in output


def test_show_prints_every_decision() -> None:
    """As a table and as JSON: tag, name, category, action, rule, code and value."""
    found = json.loads(done("presets", "show", "midi", "--json").output)
    rows = {row["tag"]: row for row in found["table"]}
    assert rows["00080020"]["action"] == "shift"
    assert rows["00080020"]["rule"] == "retain-longitudinal-modified-dates"
    assert rows["private"]["action"] == "safe"
    assert (found["name"], found["dates"]) == ("midi", "MODIFIED")
    assert "Study Date" in done("presets", "show", "midi").output


def test_diff_prints_what_differs() -> None:
    """Only rows and Options that differ; a preset does not differ from itself."""
    found = json.loads(done("presets", "diff", "basic", "research", "--json").output)
    assert {row["tag"] for row in found} == {"00100010", "00100020"}
    output = done("presets", "diff", "research", "midi").output
    assert "clean-descriptors: only midi" in output
    assert "0 differences." in done("presets", "diff", "midi", "midi").output


@pytest.mark.parametrize("form", FORMATS)
def test_export_then_import_then_use(form: str, image: Path, tmp_path: Path) -> None:
    """A script that we write is one that we read, and what comes of it anonymizes."""
    script, own, out = tmp_path / "script", tmp_path / "own.json", tmp_path / "out"
    assert "cleaned is removed" in done("presets", "export", form, "midi", "-o", script).output
    assert convert.UNNAMED in done("presets", "import", form, script, "-o", own).output
    done("anonymize", image, "-o", out, "--preset", own)
    assert str(written(out).PatientName) != "CompressedSamples^CT1"


def test_formats_are_the_engine_s() -> None:
    """The command line offers what the engine converts."""
    assert convert.FORMATS == FORMATS


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """`-o` names a new file."""
    target = tmp_path / "script"
    target.write_text("mine")
    assert isinstance(run("presets", "export", "ctp", "basic", "-o", target).exception, OSError)
    assert target.read_text() == "mine"


def test_without_a_file_the_result_is_all_of_standard_output() -> None:
    """What a script cannot say goes to standard error, so the output can be piped."""
    result = done("presets", "export", "kitware", "midi")
    assert json.loads(result.stdout)
    assert "cleaned is removed" in result.stderr


def test_a_preset_of_one_s_own_beside_another(image: Path, tmp_path: Path) -> None:
    """Files extend files beside them; what stands on the command line comes on top."""
    (tmp_path / "site.json").write_text('{"extends": "research", "tags": {"StudyID": "keep"}}')
    (tmp_path / "own.json").write_text('{"name": "trial", "extends": "site.json"}')
    out = tmp_path / "out"
    result = done(
        *("anonymize", image, "-o", out, "--preset", tmp_path / "own.json", "--json"),
        *("--set", "Modality=value:OT", "--set", "LO=remove"),
    )
    assert json.loads(result.output)["preset"] == "trial"
    found = written(out)
    assert (found.StudyID, found.Modality, "PatientID" in found) == ("1CT1", "OT", False)


@pytest.mark.parametrize(
    ("content", "code", "where"),
    [
        ('{"extends": "own.json"}', "preset_cycle", "$.extends"),
        ('{"extends": "missing.json"}', "preset", "$.extends"),
        ('{"tags": {"PatientNam": "keep"}}', "tag", "$.tags.PatientNam"),
        ("\udcff", "preset_form", ""),
    ],
)
def test_a_wrong_preset_writes_nothing(
    content: str, code: str, where: str, image: Path, tmp_path: Path
) -> None:
    """The error has a code and a place; no output folder appears."""
    own = tmp_path / "own.json"
    own.write_bytes(content.encode("utf-8", "surrogateescape"))
    error = run("anonymize", image, "-o", tmp_path / "out", "--preset", own).exception
    assert isinstance(error, ProfileError)
    assert (error.code, error.where) == (code, where)
    assert not (tmp_path / "out").exists()


def test_a_lookup_table(image: Path, tmp_path: Path) -> None:
    """`--lookup` gives IDs; an unknown patient is code 3, or a pseudonym on request."""
    table, out = tmp_path / "subjects.csv", tmp_path / "out"
    table.write_text(f"id_old,id_new,name\n{PATIENT},SUBJ-1,Subject^One\n")
    done("anonymize", image, "-o", out, "--lookup", table)
    assert (written(out).PatientID, str(written(out).PatientName)) == ("SUBJ-1", "Subject^One")
    table.write_text("id_old,id_new\nother,SUBJ-2\n")
    refused = run("anonymize", image, "-o", tmp_path / "none", "--lookup", table)
    assert refused.return_value == 3
    assert "does not know" in refused.stderr
    assert list((tmp_path / "none").iterdir()) == []
    pseudonym = ("--unknown-patients", "pseudonym")
    done("anonymize", image, "-o", tmp_path / "two", "--lookup", table, *pseudonym)
    assert written(tmp_path / "two").PatientID.startswith("ANON")


def test_a_list_of_private_elements(image: Path, tmp_path: Path) -> None:
    """`--private-list` keeps what it knows."""
    table, out = tmp_path / "private.csv", tmp_path / "out"
    table.write_text("creator,tag,disposition\nGEMS_IDEN_01,0009xx01,k\n")
    done("anonymize", image, "-o", out, "--private-list", table)
    private = [element for element in written(out) if element.tag.is_private]
    assert [(element.tag.group, element.tag.element & 0xFF) for element in private] == [
        (9, 0x10),
        (9, 1),
    ]
