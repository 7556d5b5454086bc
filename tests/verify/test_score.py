"""Answer-key scoring: every check passing, failing, without the element and without the file."""

from __future__ import annotations

import hashlib
import tracemalloc
from typing import TYPE_CHECKING

import pytest
from pydicom import dcmread
from pydicom.uid import JPEG2000, DeflatedExplicitVRLittleEndian

from dicomanon.dicom.transfer_syntax import EXPLICIT_LE
from dicomanon.errors import ProfileError
from dicomanon.verify.score import Box, Maps, Verdict, read_map, score
from dicomanon.verify.score.output import OutputFile
from tests import pydicom_files
from tests.builders import part10
from tests.verify.keys import (
    COLUMNS,
    MAPS,
    NEW,
    OLD,
    PIXELS,
    REMOVAL,
    REVIEWED,
    Row,
    check,
    data_set,
    key_of,
    scored,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path

NAME, DAY, TIME, UID = "<(0010,0010)>", "<(0008,0020)>", "<(0008,002a)>", "<(0020,000e)>"
OF_PIXELS = {"tag": None, "tag_ds": None, "tag_name": None, "value": None}
STAMP = '<{"text": "SMITH JOHN [M]\\nDOB: 01.02.1960", "top_left": [1, 2], "bottom_right": [5, 9]}>'
DIGEST = f"<{hashlib.md5(PIXELS, usedforsecurity=False).hexdigest()}>"
PASS, FAIL, BLANK = "pass", "fail", "blank"


@pytest.mark.parametrize(
    ("one", "values", "expected"),
    [
        (check("tag_retained"), {"PatientName": "X"}, PASS),
        (check("tag_retained"), {"PatientName": ""}, PASS),
        (check("tag_retained"), {}, FAIL),
        (check("text_notnull"), {"PatientName": "X"}, PASS),
        (check("text_notnull"), {"PatientName": ""}, FAIL),
        (check("text_notnull"), {}, FAIL),
        (check("text_retained", text="<CHEST AP>"), {"PatientName": "Chest ap"}, PASS),
        (check("text_retained", text="<CHEST AP>"), {"PatientName": "CHEST"}, FAIL),
        (check("text_retained", text="<CHEST AP>"), {}, FAIL),
        (check("text_retained", text="<the>"), {"PatientName": "X"}, BLANK),
        (check("text_removed", text="<Smith>"), {"PatientName": "P1"}, PASS),
        (check("text_removed", text="<Smith>"), {"PatientName": ""}, PASS),
        (check("text_removed", text="<Smith>"), {"PatientName": "Smith^J"}, FAIL),
        (check("text_removed", text="<Smith>"), {}, PASS),
        (check("text_removed", text="<the>"), {"PatientName": "X"}, BLANK),
        (check("text_removed", "<(7fe0,0010)>", text="<removed>"), {}, PASS),
        (check("date_shifted", DAY, "<20200101>"), {"StudyDate": "20200307"}, PASS),
        (check("date_shifted", DAY, "<20200101>"), {"StudyDate": "20200101"}, FAIL),
        (check("date_shifted", DAY, "<20200101>"), {"StudyDate": ""}, PASS),
        (check("date_shifted", DAY, "<20200101>"), {}, PASS),
        (check("date_shifted", TIME, "<20200101>"), {"AcquisitionDateTime": "202001011200"}, FAIL),
        (check("uid_changed", UID, "<1.2.3.2>"), {}, PASS),
        (check("uid_changed", UID, "<1.2.3.2>"), {"SeriesInstanceUID": "1.2.3.2"}, FAIL),
        (check("uid_changed", UID, "<1.2.3.2>"), {"SeriesInstanceUID": "9.1.2.3.2"}, FAIL),
        (check("uid_changed", UID, "<1.2.3.2>"), {"SeriesInstanceUID": None}, PASS),
        (check("uid_consistent", UID, "<1.2.3.2>"), {}, PASS),
        (check("uid_consistent", UID, "<1.2.3.2>"), {"SeriesInstanceUID": "2.25.9"}, FAIL),
        (check("uid_consistent", UID, "<1.2.3.2>"), {"SeriesInstanceUID": None}, PASS),
        (check("uid_consistent", UID, "<1.2.3.99>"), {}, FAIL),
        (check("patid_consistent", "<(0010,0020)>", "<KX-774>"), {}, PASS),
        (check("patid_consistent", "<(0010,0020)>", "<KX-774>"), {"PatientID": "P2"}, FAIL),
        (check("patid_consistent", "<(0010,0020)>", "<KX-774>"), {"PatientID": None}, PASS),
        (check("patid_consistent", "<(0010,0020)>", "<KX-775>"), {}, FAIL),
        (check("pixels_retained", text=DIGEST) | OF_PIXELS, {}, PASS),
        (check("pixels_retained", text=DIGEST) | OF_PIXELS, {"PixelData": bytes(16)}, FAIL),
        (check("pixels_retained", text=DIGEST) | OF_PIXELS, {"PixelData": None}, FAIL),
        (check("tag_retained", "no path"), {"PatientName": "X"}, BLANK),
        (check("no_such_action"), {"PatientName": "X"}, BLANK),
    ],
)
def test_checks(
    tmp_path: Path, one: dict[str, object], values: dict[str, object], expected: str
) -> None:
    """Each action, on an output with these values."""
    assert scored(tmp_path, [Row([one])], [data_set(**values)]).verdicts == [expected]


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        *(("tag_retained", FAIL), ("text_notnull", FAIL), ("text_retained", FAIL)),
        *(("text_removed", PASS), ("date_shifted", PASS), ("uid_changed", PASS)),
        *(("uid_consistent", FAIL), ("patid_consistent", FAIL)),
        *(("pixels_retained", FAIL), ("pixels_hidden", PASS)),
    ],
)
def test_missing_files(tmp_path: Path, action: str, expected: str) -> None:
    """Without the file, what asks for removal passes and all else fails."""
    found = scored(tmp_path, [Row([check(action)])])
    assert found.verdicts == [expected]
    assert (found.score.files, found.score.missing) == (0, 1)
    assert found.results[0].judged.value == "<MISSING FILE>"
    assert found.results[0].identity.instance == OLD


# -- burned-in text ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        ("", PASS),
        ("R  12 cm", PASS),
        ("Smith R", FAIL),
        ("SMlIH", FAIL),
        ("01.02.1960", FAIL),
        (None, "unread"),
    ],
)
def test_pixels_hidden(tmp_path: Path, read: str | None, expected: str) -> None:
    """The reader sees the box; what it reads must hold no planted word."""
    asked: list[tuple[str, Box]] = []

    def reader(path: Path, box: Box) -> str | None:
        asked.append((path.name, box))
        return read

    rows = [Row([check("pixels_hidden", text=STAMP) | OF_PIXELS])]
    assert scored(tmp_path, rows, [data_set()], reader=reader).verdicts == [expected]
    assert asked == [("0.dcm", Box(left=1, top=2, right=5, bottom=9))]


def test_a_sex_and_a_label_name_nobody(tmp_path: Path) -> None:
    """`DOB:` and `[M]` may stay in the pixels."""
    rows = [Row([check("pixels_hidden", text=STAMP) | OF_PIXELS])]
    found = scored(tmp_path, rows, [data_set()], reader=lambda *_: "DOB: [M]")
    assert found.verdicts == [PASS]


def test_without_a_reader_nothing_passes(tmp_path: Path) -> None:
    """The check is out of the total and told apart, and the score is not clean."""
    rows = [Row([check("tag_retained", UID), check("pixels_hidden", text=STAMP) | OF_PIXELS])]
    found = scored(tmp_path, rows, [data_set()])
    assert found.verdicts == [PASS, "unread"]
    assert found.score.percent == 100
    assert (found.score.all.total, found.score.all.unread) == (1, 1)
    assert not found.score.clean


def test_digest_of_compressed_pixels(tmp_path: Path) -> None:
    """The value as stored: offset table and fragments, without the delimiter."""
    data = dcmread(pydicom_files.image("JPEG2000.dcm"))
    assert data.file_meta.TransferSyntaxUID == JPEG2000
    expected = hashlib.md5(data.PixelData, usedforsecurity=False).hexdigest()
    path = tmp_path / "out.dcm"
    data.save_as(path)
    assert OutputFile(path).digest() == expected


def test_deflated_files(tmp_path: Path) -> None:
    """Long values and pixels of a deflated file are found as well."""
    pixels = bytes(range(256)) * (1 << 13)
    data = data_set(PixelData=pixels)
    data.add_new(0x00420011, "OB", bytes(1 << 21))
    file = OutputFile(write(tmp_path / "out.dcm", data, DeflatedExplicitVRLittleEndian))
    assert file.digest() == hashlib.md5(pixels, usedforsecurity=False).hexdigest()
    assert file.text("<(0042,0011)>") == f"<{bytes(1 << 21)!r}>"


# -- which file, which rows --------------------------------------------------------------


def test_files_that_are_not_scored(tmp_path: Path) -> None:
    """Files of no map or no DICOM are counted and nothing else."""
    out = tmp_path / "out"
    write(out / "a" / "deep.dcm", data_set())
    write(out / "other.dcm", data_set(SOPInstanceUID="2.25.99"))
    (out / "none.dcm").write_bytes(part10(EXPLICIT_LE, ("PatientID", "LO", "P1")))
    (out / "notes.txt").write_text("not DICOM")
    found = scored(tmp_path, [Row([check("tag_retained", UID)])])
    assert found.verdicts == [PASS]
    assert found.score[1:] == (1, 0, 2, 1)


def test_two_files_of_one_uid(tmp_path: Path) -> None:
    """Both are scored."""
    outputs = [data_set(PatientName="X"), data_set()]
    found = scored(tmp_path, [Row([check("tag_retained")])], outputs)
    assert found.verdicts == [PASS, FAIL]


def test_what_cannot_be_read_is_blank(tmp_path: Path) -> None:
    """A value that pydicom refuses: nothing passes, and the run goes on."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "x.dcm").write_bytes(
        part10(EXPLICIT_LE, ("SOPInstanceUID", "UI", NEW), ("Rows", "US", b"odd"))
    )
    rows = [Row([check("text_removed", "<(0028,0010)>", text="<81>"), check("tag_retained")])]
    assert scored(tmp_path, rows).verdicts == [BLANK, FAIL]


def test_a_map_that_lies(tmp_path: Path) -> None:
    """Of two old UIDs with one new the last is meant; the other's file is missing."""
    maps = Maps({OLD: NEW, "1.2.3.4": NEW}, {})
    rows = [Row([check("tag_retained", UID)]), Row([check("tag_retained", UID)], "1.2.3.4")]
    found = scored(tmp_path, rows, [data_set()], maps=maps)
    assert found.verdicts == [FAIL, PASS]


def test_series(tmp_path: Path) -> None:
    """One failure fails the element for its series; a pass goes before a blank."""
    maps = Maps({**MAPS.uids, "1.2.3.4": "2.25.4", "1.2.3.5": "2.25.5"}, {})
    checks = [check("tag_retained"), check("tag_retained", UID), check("no_such_action")]
    rows = [Row(checks), Row(checks, "1.2.3.4"), Row(checks, "1.2.3.5", "1.2.3.9")]
    outputs = [
        data_set(PatientName="X"),
        data_set(SOPInstanceUID="2.25.4"),
        data_set(SOPInstanceUID="2.25.5", SeriesInstanceUID="2.25.9", PatientName="X"),
    ]
    assert scored(tmp_path, rows, outputs, maps=maps).score.all[1:4] == (5, 1, 3)
    (tmp_path / "key.db").unlink()
    found = scored(tmp_path, rows, (), maps=maps, by_series=True)
    assert found.score.all[1:4] == (3, 1, 2)


def test_a_series_of_which_some_pixels_were_not_read(tmp_path: Path) -> None:
    """It does not pass for that others were."""
    maps = Maps({**MAPS.uids, "1.2.3.4": "2.25.4"}, {})
    checks = [check("pixels_hidden", text=STAMP) | OF_PIXELS]
    rows = [Row(checks), Row(checks, "1.2.3.4")]
    outputs = [data_set(), data_set(SOPInstanceUID="2.25.4")]
    read = iter(["", None])
    found = scored(tmp_path, rows, outputs, maps=maps, reader=lambda *_: next(read), by_series=True)
    assert found.verdicts == ["unread"]


# -- what it adds up to ------------------------------------------------------------------


def test_headline_and_tables(tmp_path: Path) -> None:
    """Blank counts; each check is of one category, unknown where the key says none."""
    checks = [
        check("tag_retained", UID),
        check("text_removed", text="<Smith>", **REMOVAL),
        check("text_removed", text="<the>", tcia={"ptkb": "TCIA-PTKB-X"}),
        check("text_retained", text="<Chest>", **REVIEWED),
        check("text_retained", text="<X>"),
        check("date_shifted", DAY, "<20200101>"),
        check("uid_consistent", UID, "<1.2.3.2>"),
    ]
    found = scored(tmp_path, [Row(checks)], [data_set(PatientName="X")]).score
    assert found.all == ("All", 5, 1, 1, 0)
    assert f"{found.percent:.2f}" == "71.43"
    assert not found.clean
    assert [(line.name, *line[1:4]) for line in found.categories()] == [
        ("dicom DICOM-IOD-1", 1, 0, 0),
        ("dicom DICOM-P15-BASIC-U", 1, 0, 0),
        ("hipaa HIPAA-A", 1, 0, 0),
        ("hipaa HIPAA-C", 1, 0, 0),
        ("tcia TCIA-PTKB-X", 0, 0, 1),
        ("tcia TCIA-REV", 0, 1, 0),
        ("unknown", 1, 0, 0),
    ]
    assert {line.name: line.percent for line in found.actions()} == {
        "date_shifted": 100,
        "tag_retained": 100,
        "text_removed": 50,
        "text_retained": 50,
        "uid_consistent": 100,
    }
    assert sum(line.total for line in found.actions()) == found.all.total


def test_nothing_is_not_clean(tmp_path: Path) -> None:
    """An empty key proves nothing."""
    found = scored(tmp_path, []).score
    assert (found.percent, found.clean) == (0, False)


def test_memory_does_not_grow_with_the_answers(tmp_path: Path) -> None:
    """Rows are read one by one, and results leave as they are made."""
    checks = [check("text_removed", text=f"<{'x' * 2000}{n}>") for n in range(50)]
    rows = [Row(checks, f"1.2.3.{n}") for n in range(10, 90)]
    key, out = key_of(tmp_path / "key.db", rows), tmp_path / "out"
    out.mkdir()
    tracemalloc.start()
    found = score(key, out, MAPS)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.all.total == 4_000
    assert key.stat().st_size > 8_000_000
    assert peak_bytes < 2_000_000


# -- what is no key and no map -----------------------------------------------------------


def test_what_is_no_answer_key(tmp_path: Path) -> None:
    """Another file, another table, a row that is no JSON, a scope of more than an instance."""
    (tmp_path / "text.db").write_text("no SQLite" * 100)
    key_of(tmp_path / "scope.db", [Row([])], f"{COLUMNS}, scope TEXT")
    key_of(tmp_path / "columns.db", [], "a TEXT")
    key_of(tmp_path / "check.db", [Row([{"tag": "x"}])])
    for name, place in (
        ("text", ""),
        ("scope", "row 1: scope"),
        ("columns", ""),
        ("check", "row 1"),
    ):
        with pytest.raises(ProfileError) as caught:
            score(tmp_path / f"{name}.db", tmp_path, MAPS)
        assert (name, caught.value.code, caught.value.where) == (name, "answers", place)


def test_maps(tmp_path: Path) -> None:
    """Text as it is, the first row of an old value, without our guard against formulas."""
    path = tmp_path / "map.csv"
    path.write_text("\ufeffid_old,id_new\n007,P1\n007,P2\n'-5,'=P3\n\n'x,NA\n", encoding="utf-8")
    assert read_map(path) == {"007": "P1", "-5": "=P3", "'x": "NA"}


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", 1),
        (b"old,new\n", 1),
        (b"id_old,id_new\na,b,c\n", 2),
        (b"id_old,id_new\na,b\nc\n", 3),
        (b'id_old,id_new\n"a,b\n', 2),
        (b"id_old,id_new\n\xff,b\n", 1),
    ],
)
def test_what_is_no_map(tmp_path: Path, content: bytes, line: int) -> None:
    """It is refused with the line."""
    path = tmp_path / "map.csv"
    path.write_bytes(content)
    with pytest.raises(ProfileError) as caught:
        read_map(path)
    assert (caught.value.code, caught.value.where) == ("map", f"line {line}")


def test_verdicts_have_names() -> None:
    """The words that reports use."""
    assert [*Verdict] == [PASS, FAIL, BLANK, "unread"]
