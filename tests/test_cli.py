"""The command line: what it prints, what it writes, and how it ends."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import click
import pydicom
import pytest
from click.testing import CliRunner

from dicomanon import cli as commands
from dicomanon.cli.sections import SECTIONS
from dicomanon.dicom.transfer_syntax import EXPLICIT_LE
from dicomanon.errors import (
    SENTENCES,
    InputError,
    LeakError,
    ProfileError,
    UndecidedError,
)
from dicomanon.policy.key import dump_key
from tests import builders, engine, pydicom_files
from tests.builders import part10

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

CT = next(p for p in pydicom_files.whole_files() if p.name == "CT_small.dcm")
NESTED = builders.nested(1, ("ReferencedSOPInstanceUID", "UI", "1.2.3.4"))
PATIENT = "Yamada"
FILE_NAME = "Yamada_Taro.dcm"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(commands.cli, [str(a) for a in arguments], standalone_mode=False)


def anonymize(*arguments: str | Path) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of `dicomanon anonymize`, as `main` ends."""
    done = subprocess.run(
        [sys.executable, "-m", "dicomanon", "anonymize", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def write(path: Path, *specs: builders.Element) -> Path:
    path.write_bytes(part10(EXPLICIT_LE, *builders.IDENTITY, *specs))
    return path


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    return write(folder / FILE_NAME, ("StudyDate", "DA", "20200301"))


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "key.json"
    path.write_text(dump_key(bytes(range(32))), encoding="utf-8")
    return path


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def names(folder: Path) -> list[str]:
    """The files of a folder, at any depth; a journal is none of them."""
    found = (p for p in folder.rglob("*") if p.is_file() and p.parent.name != ".dicomanon")
    return sorted(p.name for p in found)


def outputs(folder: Path) -> list[str]:
    """The paths of the outputs below a folder."""
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*.dcm"))


# -- inspect ---------------------------------------------------------------------------


def inspected(path: Path, *options: str) -> dict[str, Any]:
    done = run("inspect", path, "--json", *options)
    assert done.exception is None
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_inspect_json_all(source: Path) -> None:
    """Every element in file order, with exactly the fields that are promised."""
    found = inspected(source, "--all")
    assert list(found) == ["file", "elements"]
    assert found["file"] == str(source)
    assert all(
        list(e) == ["path", "vr", "length_bytes", "offset_bytes", "value"]
        for e in found["elements"]
    )
    rows = {e["path"]: e for e in found["elements"]}
    assert [*rows][:3] == ["00020000", "00020001", "00020002"]
    assert rows["00100010"]["vr"] == "PN"
    assert rows["00100010"]["value"] == "Yamada^Taro"
    assert rows["00020001"]["value"] == 2
    assert rows["00020000"]["value"] == str(
        engine.scanned(source.read_bytes()).file_meta.stop - 144
    )
    data = source.read_bytes()
    for row in rows.values():
        value = data[row["offset_bytes"] : row["offset_bytes"] + row["length_bytes"]]
        if isinstance(row["value"], str) and row["vr"] not in ("UL", "US"):
            assert value.decode().strip(" \0") == row["value"]


def test_inspect_json_all_of_a_real_file() -> None:
    """The form of nested, undefined and bulk values."""
    path = next(p for p in pydicom_files.whole_files() if p.name == "JPEG2000.dcm")
    rows = {e["path"]: e for e in inspected(path, "--all")["elements"]}
    pixels = rows["7FE00010"]
    assert pixels["length_bytes"] == 0xFFFFFFFF
    assert isinstance(pixels["value"], int)
    sequence = next(r for p, r in rows.items() if r["vr"] == "SQ")
    assert sequence["value"] is None
    assert any("[0]." in path for path in rows)


def test_inspect_json_shows_what_identifies(source: Path) -> None:
    """Without --all: only sensitive elements with a value, and private ones."""
    write(source, ("PatientComments", "LT", ""), (0x00091001, "LO", "x "), ("KVP", "DS", "1 "))
    paths = [e["path"] for e in inspected(source)["elements"]]
    assert "00100010" in paths
    assert "00091001" in paths
    assert "00104000" not in paths
    assert "00180060" not in paths


def test_inspect_table(source: Path) -> None:
    """Facts, warnings and a table for people."""
    done = run("inspect", source)
    assert done.exit_code == 0
    assert "Yamada^Taro" in done.stdout
    assert "Patient's Name" in done.stdout


def test_inspect_does_not_steer_the_terminal(tmp_path: Path) -> None:
    """Control characters of a value do not reach the terminal."""
    path = write(tmp_path / "a.dcm", ("PatientComments", "LT", "\x1b[2Jx"))
    assert "\x1b" not in run("inspect", path, "--all").stdout


def test_inspect_truncated(tmp_path: Path) -> None:
    """A cut file is shown as far as it goes, and said to be cut."""
    path = tmp_path / "cut.dcm"
    path.write_bytes(write(tmp_path / "whole.dcm").read_bytes()[:-3])
    done = run("inspect", path, "--json", "--all")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["elements"]
    assert done.stderr.strip() == f"dicomanon: {SENTENCES['truncated']}"


def test_inspect_file_names_that_are_no_text(tmp_path: Path) -> None:
    """A name of any bytes is printed in some form, not crashed on."""
    path = tmp_path / os.fsdecode(b"\xff\xfe.dcm")
    write(path)
    done = subprocess.run(
        [sys.executable, "-m", "dicomanon", "inspect", str(path), "--json"],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["file"].endswith(".dcm")


# -- exit codes ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        ([], 1, "Missing argument"),
        (["{source}"], 1, "-o FOLDER"),
        (["{nowhere}", "-o", "{out}"], 1, "does not exist"),
        (["{source}", "-o", "{out}", "--nothing"], 1, "No such option"),
        (["{source}", "-o", "{out}", "--preset", "none"], 1, SENTENCES["preset"]),
        (["{source}", "-o", "{out}", "--set", "PatientName"], 1, SENTENCES["action"]),
        (["{source}", "-o", "{out}", "--set", "PatientName=erase"], 1, SENTENCES["action"]),
        (["{source}", "-o", "{out}", "--set", "Nobody=keep"], 1, SENTENCES["tag"]),
        (["{source}", "-o", "{out}", "--set", "Rows=remove"], 1, SENTENCES["action_not_allowed"]),
        (["{source}", "-o", "{out}", "--mask", "1,2,3"], 1, SENTENCES["mask"]),
        (["{source}", "-o", "{out}", "--key", "{source}"], 1, SENTENCES["key"]),
        (["{source}", "-o", "{source}"], 1, "is a file"),
        (["{source}", "-o", "{out}", "--template", "{{patient}}"], 1, SENTENCES["template"]),
        (["{png}", "-o", "{out}"], 2, SENTENCES["not_dicom"]),
        (["{empty}", "-o", "{out}"], 2, SENTENCES["empty"]),
        (["{cut}", "-o", "{out}"], 2, SENTENCES["truncated"]),
        (["{source}", "-o", "{out}", "--mask", "0,0,1,1"], 3, SENTENCES["no_pixels"]),
        (["{anonymous}", "-o", "{out}", "--set", "StudyDate=shift"], 3, SENTENCES["no_patient"]),
        (["{source}", "-o", "{out}"], 0, ""),
    ],
    ids=lambda value: str(value)[:40],
)
def test_exit_codes(source: Path, out: Path, arguments: list[str], code: int, told: str) -> None:
    """0 done, 1 usage, 2 an input refused, 3 unsafe; what went wrong is one line without values."""
    tmp_path = out.parent
    (tmp_path / "png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))
    (tmp_path / "empty").touch()
    (tmp_path / "cut").write_bytes(source.read_bytes()[:-3])
    anonymous = part10(EXPLICIT_LE, ("StudyDate", "DA", "20200301"), ("PatientName", "PN", PATIENT))
    (tmp_path / "anonymous").write_bytes(anonymous)
    places = {
        "source": source,
        "out": out,
        "nowhere": tmp_path / "nowhere",
        **{name: tmp_path / name for name in ("png", "empty", "cut", "anonymous")},
    }
    got, _, stderr = anonymize(*(a.format(**places) for a in arguments))
    assert got == code
    assert told in stderr
    assert PATIENT not in stderr.replace(FILE_NAME, "") or code == 1
    if code > 1:
        assert stderr.startswith("dicomanon: ")
        assert len(stderr.splitlines()) == 1
        assert FILE_NAME not in stderr
    if code:
        assert names(out) == []


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InputError("empty"), 2),
        (ProfileError("tag"), 1),
        (UndecidedError("undecided"), 3),
        (LeakError("leak"), 3),
        (OSError(28, "No space left on device", "/a/Yamada/file"), 2),
        (ImportError(name="distributed"), 1),
    ],
    ids=repr,
)
def test_how_main_ends(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception, code: int
) -> None:
    """Whatever ends a run, standard error says it in one line and names no file."""

    def fail(**_options: object) -> None:
        raise error

    monkeypatch.setattr(commands.cli, "main", fail)
    with pytest.raises(SystemExit) as ended:
        commands.main()
    assert ended.value.code == code
    told = capsys.readouterr().err
    assert told.startswith("dicomanon: ")
    assert len(told.splitlines()) == 1
    assert "Yamada" not in told


def test_version_and_help() -> None:
    """`python -m dicomanon` works, and says what it is: a version, and the edition it follows."""
    for option, told in (("--version", ", PS3.15 2026d\n"), ("--help", "De-identify")):
        done = subprocess.run(
            [sys.executable, "-m", "dicomanon", option], capture_output=True, text=True, check=True
        )
        assert "dicomanon" in done.stdout
        assert told in done.stdout


@pytest.mark.parametrize("command", ["anonymize", "watch"])
def test_every_option_has_a_section(command: str) -> None:
    """The help shows each option once, under what it is about."""
    known = [name for names in SECTIONS.values() for name in names]
    found = commands.cli.get_command(click.Context(commands.cli), command)
    assert found is not None
    options = [p.name for p in found.params if p.opts[0][0] == "-"]
    assert len(known) == len(set(known))
    assert set(options) <= set(known)
    told = run(command, "--help").output
    assert [told.count(f"\n{heading}:\n") for heading in SECTIONS] == [1] * len(SECTIONS)


# -- anonymize -------------------------------------------------------------------------


def test_output(source: Path, out: Path, key: Path) -> None:
    """The library's bytes, under a neutral name; the input is as it was."""
    before = source.read_bytes()
    done = run("anonymize", source, "-o", out, "--key", key)
    assert done.exception is None
    assert done.stdout == "1 written, 0 not.\n"
    assert names(out) == [f"{engine.KEY.file_stem('1.2.3.4')}.dcm"]
    assert (out / names(out)[0]).read_bytes() == engine.anonymized(before, "research")
    assert source.read_bytes() == before
    assert names(source.parent) == [FILE_NAME]


def test_keys(source: Path, tmp_path: Path, key: Path) -> None:
    """A key file gives the same bytes twice; without one, each run has its own key."""
    keyed: list[str | Path] = ["--key", key]
    for folder, options in (("a", keyed), ("b", keyed), ("c", []), ("d", [])):
        assert run("anonymize", source, "-o", tmp_path / folder, *options).exception is None
    found = {f: (tmp_path / f / names(tmp_path / f)[0]).read_bytes() for f in "abcd"}
    assert found["a"] == found["b"]
    assert len(set(found.values())) == 3
    assert names(tmp_path / "a") == names(tmp_path / "b")
    assert names(tmp_path / "c") != names(tmp_path / "d")


def test_key_new(tmp_path: Path, source: Path, out: Path) -> None:
    """A new key file is readable by its owner only, is a key, and never replaces another."""
    path = tmp_path / "new.key"
    done = run("key", "new", path)
    assert done.exception is None
    assert path.stat().st_mode & 0o777 == 0o600
    assert json.loads(path.read_text())["secret"] not in done.stdout
    assert run("anonymize", source, "-o", out, "--key", path).exception is None
    before = path.read_text()
    assert isinstance(run("key", "new", path).exception, FileExistsError)
    assert path.read_text() == before


def test_folders(tmp_path: Path, out: Path) -> None:
    """Folders are walked; what is no DICOM in them is passed over; the rest goes on."""
    deep = tmp_path / "in" / "a" / "b"
    deep.mkdir(parents=True)
    write(deep / "1.dcm")
    (deep / "notes.txt").write_text("not DICOM")
    (tmp_path / "in" / "dead link").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "in" / "pipe")
    index = next(p for p in pydicom_files.all_files() if p.name == "DICOMDIR")
    shutil.copyfile(index, tmp_path / "in" / "DICOMDIR")
    code, stdout, stderr = anonymize(tmp_path / "in", "-o", out)
    assert code == 0
    assert stdout == "1 written, 2 not.\n"
    assert len(stderr.splitlines()) == 2
    assert "notes" not in stderr
    assert len(names(out)) == 1


def test_one_refusal_does_not_stop_the_others(tmp_path: Path, out: Path) -> None:
    """A broken file in a folder is an exit code of 2, and all others are written."""
    folder = tmp_path / "in"
    folder.mkdir()
    whole = write(folder / "1.dcm").read_bytes()
    (folder / "0.dcm").write_bytes(whole[:-3])
    code, stdout, stderr = anonymize(folder, "-o", out, "--json")
    assert code == 2
    first, second = (json.loads(line) for line in stdout.splitlines())
    assert first == {"input": 1, "error": "truncated", "path": None, "offset": len(whole) - 16}
    assert second["input"] == 2
    assert second["preset"] == "research"
    assert outputs(out) == [second["output"]]
    assert len(stderr.splitlines()) == 1
    assert "0.dcm" not in stderr
    code, _, stderr = anonymize(folder, "-o", out, "--show-names")
    assert "0.dcm" in stderr


def test_two_instances_of_one_uid(tmp_path: Path, out: Path, key: Path) -> None:
    """The second gets a number, unless its output is the same to the byte; none is lost."""
    folder = tmp_path / "in"
    folder.mkdir()
    for n in "abca":
        write(folder / f"{n}{len(names(folder))}", ("StudyDescription", "LO", n * 2))
    done = run("anonymize", folder, "-o", out, "--key", key, "--set", "StudyDescription=keep")
    assert done.exception is None
    assert done.stdout == "4 written, 1 of them the same as another, 0 not.\n"
    stem = engine.KEY.file_stem("1.2.3.4")
    assert names(out) == [f"{stem}-2.dcm", f"{stem}-3.dcm", f"{stem}.dcm"]


def test_output_folder_inside_the_input(tmp_path: Path, source: Path) -> None:
    """What is written is not read again."""
    out = source.parent / "out"
    for _ in range(2):
        code, stdout, _ = anonymize(source.parent, "-o", out)
        assert (code, stdout) == (0, "1 written, 0 not.\n")
    assert len(names(out)) == 2
    assert sorted(p.name for p in (tmp_path / "in").iterdir()) == [FILE_NAME, "out"]


def test_inputs_are_never_written_to(tmp_path: Path, key: Path) -> None:
    """An input whose name an output would have stays, this one's own or another's."""
    folder = tmp_path / "both"
    folder.mkdir()
    stem = engine.KEY.file_stem("1.2.3.4")
    first = write(folder / "a.dcm")
    second = write(folder / f"{stem}.dcm", ("KVP", "DS", "12"))
    before = [first.read_bytes(), second.read_bytes()]
    done = run("anonymize", first, second, "-o", folder, "--key", key)
    assert done.exception is None
    assert [first.read_bytes(), second.read_bytes()] == before
    assert names(folder) == ["a.dcm", f"{stem}-2.dcm", f"{stem}-3.dcm", f"{stem}.dcm"]


def test_describe_writes_nothing_and_tells_nothing(source: Path, out: Path) -> None:
    """The plan is shown without a folder, without output, and without a value of the source."""
    for options in ([], ["--json"], ["-o", str(out)], ["--preset", "in-hospital"]):
        done = run("anonymize", source, "--describe", *options)
        assert done.exception is None
        assert "00100010" in done.stdout
        for value in ("Yamada", "4711", "20200301", "1.2.3.4", FILE_NAME):  # not by chance in a UID
            assert not re.search(rf"(?<![\d.]){re.escape(value)}(?!\d)", done.stdout)
    assert not out.exists()


def test_describe_json(source: Path) -> None:
    """One line a file, with every element, its action and its rule."""
    line = json.loads(run("anonymize", source, "--describe", "--json").stdout)
    row = next(r for r in line["plan"] if r["path"] == "00080018")
    assert row["action"] == "uid"
    assert row["rule"] == "table_e1_1"
    assert row["after"].startswith("2.25.")
    assert sum(line["actions"].values()) == len(line["plan"])


@pytest.mark.parametrize(
    ("setting", "path", "expected"),
    [
        ("PatientID=value:42", "00100020", "42"),
        ("00100020=value:a=b:c", "00100020", "a=b:c"),
        ("(0010,0020)=keep", "00100020", "ID-4711"),
        ("SharedFunctionalGroupsSequence[0].PatientID=keep", "52009229[0].00100020", "nested"),
        ("52009229[0].00100020=value:42", "52009229[0].00100020", "42"),
        ("patient=empty", "00100020", ""),
        ("private=keep", "00091001", "mine"),
        ("00091001=keep", "00091001", "mine"),
    ],
)
def test_settings(source: Path, out: Path, setting: str, path: str, expected: str) -> None:
    """Tags, keywords, paths, categories and private elements can be decided."""
    nested: builders.Element = (
        "SharedFunctionalGroupsSequence",
        "SQ",
        [[("PatientID", "LO", "nested")]],
    )
    write(source, (0x00090010, "LO", "ACME"), (0x00091001, "LO", "mine"), nested)
    done = run("anonymize", source, "-o", out, "--set", setting)
    assert done.exception is None
    assert engine.texts((out / names(out)[0]).read_bytes())[path] == expected


def test_mask(out: Path) -> None:
    """A mask blackens its pixels and nothing else."""
    done = run("anonymize", CT, "-o", out, "--mask", "0,0,4,2", "--json")
    assert done.exception is None
    assert json.loads(done.stdout)["masked_frames"] == 1
    before = pydicom.dcmread(CT).PixelData
    after = pydicom.dcmread(out / names(out)[0]).PixelData
    changed = {n for n, (a, b) in enumerate(zip(before, after, strict=True)) if a != b}
    assert changed
    assert changed <= {*range(8), *range(256, 264)}


def test_json_summary(source: Path, out: Path) -> None:
    """One line an input: its number, the neutral output, counts of actions."""
    line = json.loads(run("anonymize", source, "-o", out, "--json").stdout)
    assert line["input"] == 1
    assert line["output"] == names(out)[0]
    assert line["masks"] == line["masked_frames"] == 0
    assert FILE_NAME not in json.dumps(line)


def test_outputs_appear_whole(source: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A write that fails leaves no output and no part of one."""

    def full(_descriptor: int, _data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    done = run("anonymize", source, "-o", out)
    monkeypatch.undo()
    assert isinstance(done.exception, OSError)
    assert names(out) == []
