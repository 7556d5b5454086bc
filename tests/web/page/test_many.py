"""Many files on the built page, in both browsers: folders and ZIPs in, a ZIP or a folder out.

Invariants: outputs are read by pydicom, zipfile and 7-Zip, never by the code that wrote them.
"""

from __future__ import annotations

import base64
import re
import subprocess
import zipfile
from io import BytesIO
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pydicom
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.web import instances, studies
from tests.web.desk import PATIENT_NAME, STUDY_DATE, WRAP_WORKER, Desk, contains
from tests.web.studies import NAMESAKE, SATO, YAMADA

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Language = Literal["ja", "en"]
    Download = Callable[[Callable[[], None]], Path]

PHRASE = "correct horse battery"
PATH = re.compile(r"ANON\w{12}/study-\w{16}/series-\w{16}/dicomanon-\w{16}\.dcm")
SAVED = {"ja": "8 個を", "en": "8 files saved"}
CUT = {"ja": "途中で切れています", "en": "ends in the middle"}
NOT_DICOM = {"ja": "DICOM ファイルではありません", "en": "not a DICOM file"}
GONE = {"ja": "読めませんでした", "en": "could not be read"}
INDEX = {"ja": "目次", "en": "DICOMDIR"}


def datasets(archive: Path) -> dict[str, pydicom.Dataset]:
    """Every file of a ZIP, read by pydicom."""
    with zipfile.ZipFile(archive) as opened:
        assert opened.testzip() is None
        return {n: pydicom.dcmread(BytesIO(opened.read(n))) for n in opened.namelist()}


def check(desk: Desk) -> None:
    """Axe finds nothing in what is shown now."""
    found = Axe().run(desk.page).response["violations"]
    assert [(v["id"], [node["html"] for node in v["nodes"]]) for v in found] == []


def test_a_folder_becomes_a_zip(
    desk: Desk, language: Language, tmp_path: Path, download: Download
) -> None:
    """Every image is in it under pseudonymous paths; what is none is listed with the reason."""
    desk.open_all(*studies.folder(tmp_path, (YAMADA, NAMESAKE)))
    assert desk("tree").locator(".series").count() == 4
    for code in ("many_ids", "many_patients", "many_burned_in"):
        expect(desk(f"warning-{code}")).to_be_visible()
    risky = re.compile(r"\bis-risky\b")
    expect(desk("tree").locator(".series").first).not_to_have_class(risky)
    desk("tree-risk").check()
    expect(desk("tree").locator(".series").first).to_have_class(risky)
    desk("tree-risk").uncheck()
    desk("skipped").locator("summary").click()
    for words in (CUT, NOT_DICOM, INDEX):
        expect(desk("skipped")).to_contain_text(words[language])
    check(desk)
    desk("save").click()
    check(desk)
    saved = download(desk.deliver)
    expect(desk("saved")).to_contain_text(SAVED[language])
    found = datasets(saved)
    assert len(found) == 8
    assert [path for path in found if PATH.fullmatch(path) is None] == []
    assert all(data.PatientID == path.split("/")[0] for path, data in found.items())
    assert len({data.PatientID for data in found.values()}) == 2
    assert len({data.SOPInstanceUID for data in found.values()}) == 8
    assert contains(saved, (*instances.PLANTED, "山田", NAMESAKE.identifier)) == []
    desk("report-form").select_option("text")
    report = download(lambda: desk("report-save").click())
    assert "written: 8" in report.read_text()
    assert contains(report, (*instances.PLANTED, "I1.dcm")) == []
    check(desk)


def test_choices_hold_for_all(desk: Desk, tmp_path: Path, download: Download) -> None:
    """What is chosen on the image in view is done to each, whichever is in view later."""
    desk.open_all(*studies.folder(tmp_path, (YAMADA, SATO)))
    desk.act(STUDY_DATE, "keep")
    name = desk("file-name").inner_text()
    desk("step-on").click()
    expect(desk("file-name")).not_to_have_text(name)
    desk.settled()
    assert desk.after(STUDY_DATE) == "20260114"
    desk("save").click()
    found = datasets(download(desk.deliver))
    assert {data.StudyDate for data in found.values()} == {"20260114"}
    assert len({path.split("/")[0] for path in found}) == 2


def test_a_mask_for_its_series(desk: Desk, tmp_path: Path, download: Download) -> None:
    """Drawn once, it is burned into all images of the series, and into no other."""
    desk.open_all(*studies.folder(tmp_path))
    desk("tree").locator(".series").nth(1).click()
    desk.settled()
    desk.pixels()
    desk.drag((16.4, 12.4), (31.6, 23.6))
    expect(desk("mask-1").locator("select[name=scope]")).to_have_value("series")
    desk.settled()
    desk("save").click()
    found = datasets(download(desk.deliver))
    shape = (instances.US_FRAMES, instances.US_ROWS, instances.US_COLUMNS, 3)
    expected = np.full(shape, 255, np.uint8)
    expected[:, 12:24, 16:32] = 0
    masked = [data for data in found.values() if data.Modality == "US"]
    assert len(masked) == 2
    for data in masked:
        assert np.array_equal(np.frombuffer(data.PixelData, np.uint8).reshape(shape), expected)
    ramp = np.arange(64 * 64, dtype=np.uint16).tobytes()
    assert {data.PixelData for data in found.values() if data.Modality == "CT"} == {ramp}


def test_a_mask_for_another_size_is_not_left_out(
    desk: Desk, tmp_path: Path, download: Download
) -> None:
    """An image that a mask was meant for and does not fit is not saved, and the others are."""
    desk.open_all(*studies.folder(tmp_path))
    odd = pydicom.dcmread(BytesIO(studies.image(YAMADA, 2, 9)))
    odd.SOPInstanceUID = odd.file_meta.MediaStorageSOPInstanceUID = pydicom.uid.UID("1.2.3.99")
    odd.Rows, odd.Columns = odd.Columns, odd.Rows
    odd.save_as(tmp_path / "odd.dcm")
    desk.open_all(*sorted(p for p in tmp_path.rglob("*") if p.is_file()))
    desk("tree").locator(".series").nth(1).click()
    desk.settled()
    desk.pixels()
    desk("add-mask").click()
    desk.settled()
    desk("save").click()
    found = datasets(download(desk.deliver))
    assert len(found) == 4
    expect(desk("failed")).to_contain_text("odd.dcm")


def test_an_encrypted_zip(desk: Desk, tmp_path: Path, download: Download) -> None:
    """In-hospital offers AES-256; 7-Zip opens it with the passphrase and not with another."""
    desk.open_all(*studies.folder(tmp_path))
    desk("preset-in-hospital").click()
    desk.settled()
    desk("save").click()
    expect(desk("deliver-encrypt")).to_be_checked()
    desk("deliver-passphrase").fill(PHRASE)
    desk("deliver-again").fill("something else")
    desk("deliver-start").click()
    expect(desk("deliver-error")).to_contain_text("differ")
    check(desk)
    saved = download(lambda: desk.deliver(PHRASE))
    out = tmp_path / "out"

    def unpack(phrase: str) -> int:
        words = ["7z", "x", "-y", f"-p{phrase}", f"-o{out}", str(saved)]
        return subprocess.run(words, capture_output=True, check=False).returncode

    assert unpack("wrong") != 0
    assert unpack(PHRASE) == 0
    listed = subprocess.run(["7z", "l", "-slt", str(saved)], capture_output=True, check=True)
    assert b"AES-256" in listed.stdout
    assert len([pydicom.dcmread(path) for path in out.rglob("*.dcm")]) == 4
    assert contains(saved, ("DICM",)) == []


def test_one_file_as_a_zip(desk: Desk, download: Download) -> None:
    """A single file can be saved as a ZIP too; on its own it stays one click away."""
    desk.open(instances.ct())
    desk("save-zip").click()
    (data,) = datasets(download(desk.deliver)).values()
    assert data.PatientIdentityRemoved == "YES"
    expect(desk("saved")).to_be_visible()


def test_a_zip_as_a_folder(desk: Desk, tmp_path: Path, download: Download) -> None:
    """What is in a ZIP is listed and saved as if it lay in a folder, thumbnails included."""
    archive = tmp_path / "study.zip"
    archive.write_bytes(studies.zipped(studies.contents((SATO,), 2)))
    desk.open_all(archive)
    expect(desk("file-name")).to_contain_text("study.zip/")
    wait_for_thumbnails(desk)
    desk("save").click()
    assert len(datasets(download(desk.deliver))) == 4


def wait_for_thumbnails(desk: Desk) -> None:
    """Until every series has its picture."""
    drawn = "(canvas) => canvas.getContext('2d').getImageData(24, 24, 1, 1).data[3] === 255"
    thumbs = desk("tree").locator("canvas").all()
    for _ in range(100):
        if all(thumb.evaluate(drawn) for thumb in thumbs):
            return
        desk.page.wait_for_timeout(100)
    pytest.fail("no thumbnail was drawn")


def bad_zip(kind: str, folder: Path) -> Path:
    """A ZIP that no one should open."""
    path = folder / f"{kind}.zip"
    if kind == "zip_encrypted":
        (folder / "a.dcm").write_bytes(instances.ct())
        words = ["7z", "a", "-tzip", "-psecret", str(path), str(folder / "a.dcm")]
        subprocess.run(words, check=True, capture_output=True)
        return path
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../a.dcm" if kind == "zip_path" else "a.dcm", instances.ct())
        if kind == "zip_bomb":
            archive.filelist[0].file_size = 3 << 30
    return path


@pytest.mark.parametrize("kind", ["zip_encrypted", "zip_path", "zip_bomb"])
def test_refused_zips_say_why(desk: Desk, tmp_path: Path, kind: str) -> None:
    """Nothing is unpacked of it; the other files go on."""
    good = tmp_path / "good.dcm"
    good.write_bytes(studies.image(YAMADA, 1, 1))
    desk.open_all(bad_zip(kind, tmp_path), good)
    assert desk("tree").locator(".series").count() == 1
    expect(desk("skipped").locator("li")).to_contain_text(f"{kind}.zip")


def test_no_image_at_all(desk: Desk, tmp_path: Path) -> None:
    """A folder without any image says so."""
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_bytes(b"text")
    desk("file-input").set_input_files(sorted(tmp_path.iterdir()))
    desk.problem("None of these files")


def test_cancel_ends_the_engines(desk: Desk, tmp_path: Path, download: Download) -> None:
    """Saving stops at once, leaves nothing, and can be begun again."""
    desk.page.evaluate(f"() => {{ {WRAP_WORKER} }}")
    desk.open_all(*studies.folder(tmp_path))
    desk.page.evaluate("window.swallow = 'anonymize'")
    desk("save").click()
    desk.deliver()
    expect(desk("run")).to_be_visible()
    check(desk)
    desk("cancel").click()
    expect(desk("run")).to_be_hidden()
    desk.page.evaluate("window.swallow = 'none'")
    desk.settled()
    desk("save").click()
    assert len(datasets(download(desk.deliver))) == 4


CRASH = """() => {
    const Real = Worker;
    let left = 1;
    window.Worker = class extends Real {
        postMessage(message, ...rest) {
            const dies = message.type === "anonymize" && left-- === 1;
            if (dies) this.dispatchEvent(new Event("error"));
            else super.postMessage(message, ...rest);
        }
    };
}"""


def test_an_engine_that_dies_takes_one_file_only(
    desk: Desk, tmp_path: Path, download: Download
) -> None:
    """What was in work is told; what waited behind it is done by the next engine."""
    desk.page.evaluate(CRASH)
    desk.open_all(*studies.folder(tmp_path))
    wait_for_thumbnails(desk)  # an engine that dies over a thumbnail takes no file along
    desk("save").click()
    saved = datasets(download(desk.deliver))
    expect(desk("failed").locator("li")).to_have_count(1)
    assert len(saved) == 3


def test_a_file_that_is_gone_is_told(
    desk: Desk, language: Language, tmp_path: Path, download: Download
) -> None:
    """A stick that is pulled out, a file that is moved: said in words, and the rest goes on."""
    files = studies.folder(tmp_path)
    desk.open_all(*files)
    wait_for_thumbnails(desk)
    next(path for path in files if path.name == "I1.dcm").unlink()
    desk("save").click()
    saved = datasets(download(desk.deliver))
    expect(desk("failed").locator("li")).to_have_count(1)
    expect(desk("failed")).to_contain_text(GONE[language])
    assert len(saved) == 3


PICK = """async () => {
    const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle("chosen", { create: true });
    window.showDirectoryPicker = async () => folder;
}"""
READ = """async () => {
    const root = await navigator.storage.getDirectory();
    const found = [];
    const walk = async (folder, path) => {
        for await (const [name, handle] of folder.entries()) {
            if (handle.kind === "directory") await walk(handle, `${path}${name}/`);
            else {
                const bytes = new Uint8Array(await (await handle.getFile()).arrayBuffer());
                const text = bytes.reduce((s, b) => s + String.fromCharCode(b), "");
                found.push([path + name, btoa(text)]);
            }
        }
    };
    await walk(await root.getDirectoryHandle("chosen"), "");
    await root.removeEntry("chosen", { recursive: true });
    return found;
}"""


def test_a_folder_of_the_person_s_choice(desk: Desk, tmp_path: Path) -> None:
    """Where the browser can write into a folder, each file is in its place, whole."""
    desk.page.evaluate(PICK)
    desk.open_all(*studies.folder(tmp_path))
    desk("save").click()
    desk("deliver-folder").check()
    desk("deliver-start").click()
    expect(desk("saved")).to_contain_text("4 files saved in the folder")
    written: list[Any] = desk.page.evaluate(READ)
    assert all(PATH.fullmatch(path) for path, _ in written)
    read = [pydicom.dcmread(BytesIO(base64.b64decode(text))) for _, text in written]
    assert sorted(data.Modality for data in read) == ["CT", "CT", "US", "US"]


LEFT = """async () => {
    const found = [];
    for await (const name of (await navigator.storage.getDirectory()).keys()) found.push(name);
    return found;
}"""


def test_the_tab_forgets_when_nobody_works(
    desk: Desk, tmp_path: Path, download: Download, language: Language
) -> None:
    """The clock runs out: files, masks, key and the saved ZIP are gone, and work can go on."""
    desk.open_all(*studies.folder(tmp_path))
    before = desk.after(PATIENT_NAME)
    desk("save").click()
    download(desk.deliver)
    shown = desk("forget-left").inner_text()
    expect(desk("forget-left")).not_to_have_text(shown)
    desk.page.evaluate(
        """() => {
            const select = document.querySelector("#forget-after");
            select.append(new Option("3 s", "0.05"));
            select.value = "0.05";
        }"""
    )
    expect(desk.page.locator("body")).to_have_attribute("data-view", "start")
    expect(desk("forget")).to_be_hidden()
    expect(desk("tree").locator("li")).to_have_count(0)
    assert desk.page.evaluate(LEFT) == []
    desk.page.evaluate("document.querySelector('#forget-after').value = '15'")
    desk.open(instances.ct())
    assert desk.after(PATIENT_NAME) not in ("", before)
    assert desk.page.locator("html").get_attribute("lang") == language


def test_clear_now_and_a_word_before_closing(desk: Desk) -> None:
    """Closing is held back while there is unsaved work; Clear drops it."""
    closing = "() => dispatchEvent(new Event('beforeunload', { cancelable: true }))"
    desk.open(instances.ct())
    assert desk.page.evaluate(closing)
    desk.act(STUDY_DATE, "keep")
    assert not desk.page.evaluate(closing)
    desk("forget-now").click()
    expect(desk.page.locator("body")).to_have_attribute("data-view", "start")
    assert desk.page.evaluate(closing)
    desk.settled()


@pytest.mark.parametrize(("width", "height"), [(320, 640), (1280, 800)])
def test_reflow(desk: Desk, tmp_path: Path, width: int, height: int) -> None:
    """With many files nothing scrolls sideways, and wide windows need no page scrolling."""
    desk.open_all(*studies.folder(tmp_path, (YAMADA, NAMESAKE, SATO)))
    desk.page.set_viewport_size({"width": width, "height": height})
    root = "document.documentElement"
    for step in (1, 2, 3, 4):
        desk(f"step-{step}").click()
        assert desk.page.evaluate(f"{root}.scrollWidth - {root}.clientWidth") == 0
    if width > 1000:
        assert desk.page.evaluate(f"{root}.scrollHeight - innerHeight") <= 0
