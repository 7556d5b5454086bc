"""The worker's session, run natively: what the page is told, and what it saves."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dicomanon.dicom.segment import to_bytes
from dicomanon.dicom.source import BytesSource
from dicomanon.dicom.transfer_syntax import EXPLICIT_LE
from dicomanon.errors import (
    DicomanonError,
    InputError,
    MalformedError,
    NotDicomError,
    PixelError,
    ProfileError,
)
from dicomanon.policy.key import dump_key
from dicomanon.policy.profile import profile
from dicomanon.web import border, filing
from dicomanon.web.filing import FORMS
from dicomanon.web.rows import SHOWN_CHARS
from dicomanon.web.session import FIRST_ROWS, Session
from tests import builders, engine, pydicom_files
from tests.builders import part10
from tests.pixels.coded import CASES, PROGRESSIVE, VIDEO

if TYPE_CHECKING:
    from dicomanon.dicom.source import Source

CT = next(p for p in pydicom_files.whole_files() if p.name == "CT_small.dcm")
ROW = {
    *("index", "path", "depth", "tag", "name", "vr", "length_bytes", "before", "category"),
    *("action", "allowed", "after", "rule", "changed", "cuts", "inside"),
}
CHANGE = {"index", "action", "after", "rule", "changed", "cuts", "inside"}


def silent(_stage: str) -> None:
    """Progress that nobody looks at."""


def choices(preset: str = "research", *overrides: tuple[str, ...], **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """Choices as the page sends them."""
    made = [
        {"target": target, "action": action, **({"value": value[0]} if value else {})}
        for target, action, *value in overrides
    ]
    return {"preset": preset, "overrides": made, "masks": [], **more}


class Tab:
    """A session with one file open."""

    def __init__(self, data: bytes, chosen: dict[str, Any] | None = None) -> None:
        self.data = data
        self.session = Session()
        self.handle("key", text=dump_key(bytes(range(32))))
        body = {"choices": chosen or choices()}
        self.stages: list[str] = []
        files: list[Source] = [BytesSource(data)]
        self.opened = self.session.handle("open", body, files, self.stages.append).body

    def handle(self, kind: str, **body: Any) -> Any:  # noqa: ANN401 - JSON
        answer = self.session.handle(kind, body, [], silent)
        return json.loads(json.dumps(answer.body))

    def rows(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.handle("rows", start=0, stop=10**6)
        return rows

    def saved(self, chosen: dict[str, Any]) -> bytes:
        answer = self.session.handle("save", {"choices": chosen}, [], silent)
        assert answer.parts is not None
        return to_bytes(BytesSource(self.data), answer.parts)


def simple(*specs: builders.Element) -> bytes:
    return part10(EXPLICIT_LE, *builders.IDENTITY, *specs)


def test_boot() -> None:
    """The page learns the version and the edition of the tables."""
    booted = Session().handle("boot", {"text": dump_key(bytes(32))}, [], silent).body
    assert set(booted) == {"version", "edition"}


def test_open() -> None:
    """Facts, warnings, the first rows, counts and pixels, in the protocol's form."""
    tab = Tab(CT.read_bytes())
    opened = tab.opened
    assert tab.stages == ["read", "plan"]
    assert set(opened) == {"facts", "warnings", "rows", "total_rows", "counts", "pixels"}
    assert opened["facts"]["size_bytes"] == len(tab.data)
    assert opened["facts"]["modality"] == "CT"
    assert (opened["pixels"]["width"], opened["pixels"]["height"]) == (128, 128)
    assert opened["pixels"]["maskable"]
    assert len(opened["rows"]) == min(FIRST_ROWS, opened["total_rows"])
    assert all(set(row) == ROW for row in opened["rows"])
    assert json.loads(json.dumps(opened)) == opened


def test_rows() -> None:
    """Every element of the file, in its order, whole or in parts."""
    tab = Tab(CT.read_bytes())
    rows = tab.rows()
    expected = [str(place.path) for place in engine.scanned(tab.data).places()]
    assert [row["path"] for row in rows] == expected
    assert [row["index"] for row in rows] == list(range(len(rows)))
    assert tab.handle("rows", start=5, stop=9) == rows[5:9]
    assert tab.opened["total_rows"] == tab.opened["counts"]["total"] == len(rows)
    assert tab.opened["counts"]["changed"] == sum(row["changed"] for row in rows)


@pytest.mark.parametrize("path", pydicom_files.whole_files(), ids=pydicom_files.name)
def test_rows_say_what_is_saved(path: Path) -> None:
    """Value after is the output's value, and what is said not to change does not."""
    data = path.read_bytes()
    tab = Tab(data)
    after = engine.texts(tab.saved(choices()))
    for row in tab.rows():
        text = after.get(row["path"])
        if text is not None and row["tag"] > "(0003" and len(text) < SHOWN_CHARS:
            assert row["after"] == text, row["path"]


DIFFERENT = [
    (choices(), choices("in-hospital")),
    (choices("in-hospital"), choices()),
    (choices(), choices("research", ("PatientName", "keep"))),
    (choices("research", ("00100010", "keep")), choices("research", ("00100010", "empty"))),
    (choices(), choices("research", ("private", "keep"))),
    (choices(), choices("research", ("date", "shift"))),
    (choices(), choices("in-hospital", ("52009229", "remove"))),
    (choices("in-hospital"), choices("in-hospital", ("52009229[0].00100020", "value", "42"))),
    (choices(), choices()),
]


@pytest.mark.parametrize(("first", "second"), DIFFERENT)
def test_plan_answers_with_the_difference(first: dict[str, Any], second: dict[str, Any]) -> None:
    """The rows that differ, and no others: applied to the old ones they give the new ones."""
    data = simple(
        ("StudyDate", "DA", "20200301"),
        (0x00090010, "LO", "ACME"),
        (0x00091001, "LO", "mine"),
        ("SharedFunctionalGroupsSequence", "SQ", [[("PatientID", "LO", "n ")], []]),
    )
    chosen = [
        {**c, "overrides": [{**o, "target": _as_sent(o["target"])} for o in c["overrides"]]}
        for c in (first, second)
    ]
    tab = Tab(data, chosen[0])
    before = tab.rows()
    answer = tab.handle("plan", choices=chosen[1])
    fresh = Tab(data, chosen[1])
    changes = {change["index"]: change for change in answer["changes"]}
    assert all(set(change) == CHANGE for change in answer["changes"])
    shown = [{**row, **changes.get(row["index"], {})} for row in before]
    visible = CHANGE | {"path", "before"}
    assert [{k: r[k] for k in visible} for r in shown] == [
        {k: r[k] for k in visible} for r in fresh.rows()
    ]
    assert answer["counts"] == fresh.opened["counts"]
    unchanged = {i for i, (a, b) in enumerate(zip(before, fresh.rows(), strict=True)) if a == b}
    assert not unchanged & changes.keys()


def _as_sent(target: str) -> str:
    """The page sends tags, as it has them from the rows."""
    return {"PatientName": "00100010"}.get(target, target)


def test_a_choice_that_fails_leaves_the_last_plan() -> None:
    """The page's table stays what it was, and goes on."""
    tab = Tab(simple(("StudyDate", "DA", "20200301")))
    before = tab.rows()
    with pytest.raises(ProfileError):
        tab.handle("plan", choices=choices("research", ("00080020", "value", "no date")))
    assert tab.rows() == before
    assert tab.handle("plan", choices=choices())["changes"] == []


def test_a_file_that_fails_leaves_the_last_one() -> None:
    """What cannot be opened does not mix with what is open."""
    tab = Tab(simple())
    before = tab.rows()
    for data in (b"", b"no", simple()[:-3]):
        with pytest.raises(InputError):
            tab.session.handle("open", {"choices": choices()}, [BytesSource(data)], silent)
    wrong = choices("research", ("00080018", "value", "no uid"))
    files: list[Source] = [BytesSource(CT.read_bytes())]
    with pytest.raises(ProfileError):
        tab.session.handle("open", {"choices": wrong}, files, silent)
    assert tab.rows() == before
    assert tab.saved(choices()) == engine.anonymized(tab.data, "research")


def test_value() -> None:
    """A row's whole value, however long."""
    tab = Tab(simple(("PatientComments", "LT", "x" * 9999)), choices("in-hospital"))
    index = next(r["index"] for r in tab.rows() if r["path"] == "00104000")
    assert len(tab.rows()[index]["before"]) == SHOWN_CHARS + 1
    assert tab.handle("value", index=index) == {"before": "x" * 9999, "after": ""}


def test_bulk_values_are_lengths() -> None:
    """Pixels are said to be so many bytes."""
    tab = Tab(CT.read_bytes())
    row = tab.rows()[-2]
    assert (row["path"], row["before"], row["after"]) == ("7FE00010", "<32768>", "<32768>")


@pytest.mark.parametrize("preset", ["research", "in-hospital"])
@pytest.mark.parametrize("path", pydicom_files.whole_files()[::7], ids=pydicom_files.name)
def test_saved_is_what_the_command_line_writes(path: Path, preset: str) -> None:
    """The same bytes for the same choices and key."""
    data = path.read_bytes()
    assert Tab(data).saved(choices(preset)) == engine.anonymized(data, preset)


def test_save_tells_no_value() -> None:
    """The name is neutral, and the report says what was done without a value of the source."""
    tab = Tab(simple(("StudyDate", "DA", "20200301")))
    told = tab.handle("save", choices=choices())
    assert told["passed"]
    assert told["searched"] == sorted(profile("research").gone)
    assert told["name"] == f"{engine.KEY.file_stem('1.2.3.4')}.dcm"
    for value in ("Yamada", "4711", "20200301", "1.2.3.4", "a name"):
        assert value not in json.dumps(told)


MODEL = ("ManufacturerModelName", "LO", "Scan Yamada Taro")


def test_save_is_refused_and_accepted_for_a_reason() -> None:
    """What the check finds is the verdict; only what was shown is accepted, and for a reason."""
    uids, person = builders.IDENTITY[:2], builders.IDENTITY[2:]
    tab = Tab(part10(EXPLICIT_LE, *uids, MODEL, *person))
    refused = tab.handle("save", choices=choices())
    assert not refused["passed"]
    places = [[f["path"], f["kind"]] for f in refused["findings"] if f["strength"] == "strong"]
    assert places == [["00081090", "name"]]
    assert "Yamada" not in json.dumps(refused)
    other = {"reason": "no person", "places": [["00081090", "phone"]]}
    assert not tab.handle("save", choices=choices(accepted=other))["passed"]
    with pytest.raises(ProfileError):
        tab.handle("save", choices=choices(accepted={"reason": " ", "places": places}))
    told = tab.handle("save", choices=choices(accepted={"reason": "no person", "places": places}))
    assert told["passed"]
    assert told["accepted"]


@pytest.mark.parametrize("form", FORMS)
def test_reports_of_what_was_saved(form: str) -> None:
    """Every form is made of the last result, in both languages, and has nothing of the source."""
    tab = Tab(simple(("StudyDate", "DA", "20200301")))
    times = ["2026-01-31T09:00:00.000Z", "2026-01-31T09:00:01.000Z"]
    body = {"choices": choices(), "times": times, "form": form}
    with pytest.raises(NotDicomError):
        tab.handle("report", **body, language="en")
    tab.handle("save", choices=choices())
    for language in ("en", "ja"):
        text = tab.handle("report", **body, language=language)["text"]
        assert [v for v in ("Yamada", "4711", "20200301") if v in text] == []
        assert "0.1" in text or form == "csv"
    one = json.loads(tab.handle("report", **body | {"form": "json"}, language="en")["text"])
    lines = "".join(f"{json.dumps(entry)}\n" for entry in one["inputs"]).encode()
    body |= {"form": "json", "language": "en"}
    told = tab.session.handle("report", body, [BytesSource(lines)], silent).body["text"]
    assert json.loads(told) == one


def test_entries_come_in_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    """However the lines of a run are cut, every entry comes whole and once."""
    entries = [{"number": number, "output": "ab" * number} for number in range(1, 40)]
    lines = "".join(f"{json.dumps(entry)}\n" for entry in entries).encode()
    for portion_bytes in (1, 7, 64, len(lines), len(lines) + 1):
        monkeypatch.setattr(filing, "PORTION_BYTES", portion_bytes)
        assert list(filing.entries_in(BytesSource(lines))) == entries


def test_values_that_stay_are_counted_in_parts_and_ranked() -> None:
    """What two workers count is what one counts; a file that cannot be read is left out."""
    sources = [simple(("ConvolutionKernel", "SH", "B30f")), CT.read_bytes(), b"no DICOM" * 99]
    session = Session()

    def counted(*given: bytes) -> Any:  # noqa: ANN401 - JSON
        files: list[Source] = [BytesSource(data) for data in given]
        return session.handle("kept", {"choices": choices()}, files, silent).body

    whole = counted(*sources)
    assert whole["files"] == 2
    parts = [row for data in sources for row in counted(data)["rows"]]
    one = session.handle("ranked", {"rows": whole["rows"], "most": 5}, [], silent).body
    assert one == session.handle("ranked", {"rows": parts, "most": 5}, [], silent).body
    assert len(one["values"]) == 5
    assert one["total"] > 5
    assert len(list(csv.DictReader(StringIO(one["csv"])))) == one["total"]


def test_save_with_a_mask() -> None:
    """Masks are counted, and burned in."""
    tab = Tab(CT.read_bytes())
    mask = {"x": 0, "y": 0, "width": 4, "height": 2, "frames": None}
    told = tab.handle("save", choices=choices(masks=[mask]))
    assert (told["masked_regions"], told["masked_frames"]) == (1, 1)
    assert tab.saved(choices(masks=[mask])) != tab.saved(choices())


def test_what_no_mask_can_be_burned_into() -> None:
    """The page learns what can be had instead, and gets what was chosen."""
    whole = [{"x": 0, "y": 0, "width": 80, "height": 96, "frames": None}]
    for data, maskable, offered in (
        (VIDEO.file(), False, ["remove"]),
        (PROGRESSIVE[0].file(), True, ["remove", "convert"]),
        (CASES[0].file(), True, []),
    ):
        tab = Tab(data)
        pixels = tab.opened["pixels"]
        assert (pixels["maskable"], pixels["unmaskable"]) == (maskable, offered)
        for choice in offered:
            chosen = choices(masks=whole, unmaskable=choice)
            assert tab.handle("save", choices=chosen)["passed"]
            has_pixels = b"\xe0\x7f\x10\x00" in tab.saved(chosen)
            assert has_pixels == (choice == "convert")
        if offered:
            with pytest.raises(PixelError):
                tab.saved(choices(masks=whole))


def test_keys() -> None:
    """A key file is taken, by `boot` too; what is none is refused and changes nothing."""
    tab = Tab(simple())
    assert (
        tab.handle("key", text=dump_key(bytes(range(32))))["fingerprint"] == engine.KEY.fingerprint
    )
    kept = tab.saved(choices())
    with pytest.raises(ProfileError):
        tab.handle("key", text="{}")
    assert tab.saved(choices()) == kept
    tab.handle("boot", text=dump_key(bytes(32)))
    assert tab.saved(choices()) != kept


def test_close() -> None:
    """Nothing is left of a closed file."""
    tab = Tab(simple())
    assert tab.handle("close") == {}
    assert tab.handle("rows", start=0, stop=9) == []
    with pytest.raises(DicomanonError):
        tab.handle("plan", choices=choices())
    with pytest.raises(DicomanonError):
        tab.saved(choices())


def test_stamps_and_file_meta_are_nobodys_choice() -> None:
    """What follows the data set offers no other action."""
    tab = Tab(simple(("PatientIdentityRemoved", "CS", "NO")))
    for row in tab.rows():
        if row["tag"] < "(0003" or row["path"] == "00120062":
            assert row["allowed"] == [row["action"]]


def test_every_offered_action_works() -> None:
    """What a select offers, a plan can do."""
    tab = Tab(simple(("StudyDate", "DA", "20200301"), ("Rows", "US", 1), ("KVP", "DS", "1 ")))
    for row in tab.rows():
        if row["category"] == "structure" or row["path"] == "00120062":
            continue
        for action in row["allowed"]:
            value = row["before"] if action == "value" else ""
            override = (row["path"], action, value)
            assert tab.handle("plan", choices=choices("research", override))["counts"]["total"]


def test_truncated_files_are_refused() -> None:
    """The page opens nothing it could not save."""
    with pytest.raises(MalformedError) as caught:
        Tab(simple()[:-3])
    assert caught.value.code == "truncated"


def test_errors_leave_as_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error is its code and place; an unexpected one is its class, never its message."""
    monkeypatch.setattr(border, "_session", Session())
    assert border._answer("plan", {"choices": choices()}, [], silent) == {  # noqa: SLF001 - the border itself
        "error": {"code": "empty", "path": None, "offset": None, "unsafe": False}
    }
    crash = border._answer("value", {"index": 7}, [], silent)  # noqa: SLF001
    assert crash["error"]["code"] == "crash"
    assert crash["error"]["detail"] == "IndexError"


def test_opening_loads_no_numpy() -> None:
    """The first table waits for no package that only pixels need."""
    code = (
        "import sys; from dicomanon.web.session import Session\n"
        "from dicomanon.dicom.source import BytesSource\n"
        f"data = open({str(CT)!r}, 'rb').read()\n"
        "choices = {'preset': 'research', 'overrides': [], 'masks': []}\n"
        "Session().handle('open', {'choices': choices}, [BytesSource(data)], print)\n"
        "assert not {'numpy', 'imagecodecs', 'click', 'rich'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, capture_output=True)


def entries(*files: bytes) -> list[dict[str, Any]]:
    """What the page is told of files it lists."""
    sources: list[Source] = [BytesSource(data) for data in files]
    found: list[dict[str, Any]] = Session().handle("index", {}, sources, silent).body
    return found


class Noting(BytesSource):
    """Bytes that note how far they were read."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.read_to = 0

    def read(self, start: int, stop: int) -> bytes:
        self.read_to = max(self.read_to, stop)
        return super().read(start, stop)


def test_listing_reads_what_the_worker_has_read_ahead() -> None:
    """Of a large file no more; beyond it each read would be waited for."""
    source = Noting(simple(("PixelData", "OW", bytes(1 << 20))))
    Session().handle("index", {}, [source], silent)
    script = (Path(__file__).parents[1] / "web" / "worker.js").read_text(encoding="utf-8")
    ahead = re.search(r"const INDEX_BYTES = (\d+) \+ 2 \*\* (\d+);", script)
    assert ahead is not None
    assert source.read_to == int(ahead[1]) + (1 << int(ahead[2]))


def test_index_tells_where_a_file_belongs_or_why_not() -> None:
    """Each file has its place in the tree or its error, in order; one never stops the others."""
    place, broken, other = entries(CT.read_bytes(), CT.read_bytes()[:-100], b"no DICOM" * 99)
    assert (place["modality"], place["patient_id"], place["columns_px"]) == ("CT", "1CT1", 128)
    assert place["sop_class"] == "CT Image Storage"
    assert place["sop_class_known"]
    assert (place["risk"], place["burned_in"]) == (1, "")
    assert broken["error"]["code"] == "truncated"
    assert other["error"]["code"] == "not_dicom"


def test_one_of_many_is_anonymized_as_the_open_file() -> None:
    """The same choices and key give the same bytes, under a path without any value."""
    tab = Tab(CT.read_bytes())
    files: list[Source] = [BytesSource(CT.read_bytes())]
    answer = tab.session.handle("anonymize", {"choices": choices()}, files, silent)
    assert answer.parts is not None
    assert to_bytes(files[0], answer.parts) == tab.saved(choices())
    assert re.fullmatch(r"ANON\w{12}/study-\w{16}/series-\w{16}/[\w-]+\.dcm", answer.body["path"])
    assert "1CT1" not in json.dumps(answer.body)
    assert answer.body["searched"] == tab.handle("save", choices=choices())["searched"]


def test_a_host_may_make_the_digest() -> None:
    """Then the entry leaves it open; all else is the same but for the seconds."""
    files: list[Source] = [BytesSource(CT.read_bytes())]
    session = Session()

    def entry(**more: object) -> dict[str, Any]:
        body = {"choices": choices(), **more}
        told: dict[str, Any] = session.handle("anonymize", body, files, silent).body["entry"]
        return {name: value for name, value in told.items() if name != "seconds"}

    whole = entry()
    assert re.fullmatch(r"[0-9a-f]{64}", whole["sha256"])
    assert entry(digest=False) == whole | {"sha256": None}


def test_a_thumbnail_is_the_middle_frame() -> None:
    """Any image that can be shown has one, without being opened."""
    session = Session()
    files: list[Source] = [BytesSource(CT.read_bytes())]
    answer = session.handle("thumbnail", {}, files, silent)
    assert (answer.body["width"], answer.body["height"]) == (128, 128)
    assert len(answer.buffers[0]) == 128 * 128 * 4
