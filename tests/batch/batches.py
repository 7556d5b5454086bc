"""Folders of small instances, and runs of the command line over them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from click.testing import CliRunner

import dicomanon
from dicomanon import cli
from dicomanon.dicom.transfer_syntax import EXPLICIT_LE
from dicomanon.policy.key import dump_key
from tests import builders

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from click.testing import Result
    from s3fs import S3FileSystem

SOURCES = str(Path(dicomanon.__file__).parents[1])
OURS = ".dicomanon"
SECRET = bytes(range(32))
LONG_SECONDS = 60.0
PIXELS_BYTES = 300_000
"""Larger than what is joined, so that a range of the source is copied."""


def instance(number: int, *extra: builders.Element, pixels_bytes: int = 0) -> bytes:
    """One of many: two patients, a study for each ten, a name of its own."""
    pixels: list[builders.Element] = []
    if pixels_bytes:
        pixels = [("PixelData", "OW", bytes([number % 256]) * pixels_bytes)]
    return builders.part10(
        EXPLICIT_LE,
        ("SOPClassUID", "UI", builders.CT_IMAGE),
        ("SOPInstanceUID", "UI", f"1.2.3.{number}"),
        ("StudyDate", "DA", "20200301"),
        ("PatientName", "PN", f"Yamada^Taro{number % 2}"),
        ("PatientID", "LO", f"ID-4711-{number % 2}"),
        ("StudyInstanceUID", "UI", f"1.2.4.{number // 10}"),
        ("SeriesInstanceUID", "UI", f"1.2.5.{number // 10}"),
        *extra,
        *pixels,
    )


def fill(folder: Path, count: int, first: int = 0) -> Path:
    """A folder of instances, some with pixels, one of them broken and one no DICOM."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(first, first + count):
        place = folder / f"Yamada{number % 3}"
        place.mkdir(exist_ok=True)
        data = instance(number, pixels_bytes=PIXELS_BYTES * (number % 5 == 0))
        (place / f"{number:04}.dcm").write_bytes(data)
    (folder / "Yamada0" / "broken.dcm").write_bytes(instance(0)[:-3])
    (folder / "notes.txt").write_text("Yamada was here, and this is no DICOM at all " * 5)
    # Two with the UID of another: one says the same, one does not.
    pixels_bytes = PIXELS_BYTES * (first % 5 == 0)
    (folder / "again.dcm").write_bytes(instance(first, pixels_bytes=pixels_bytes))
    (folder / "other.dcm").write_bytes(instance(first, ("KVP", "DS", "12")))
    return folder


def tree(folder: Path) -> dict[str, bytes]:
    """What is in a folder, by path; the journal apart."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and OURS not in path.parts
    }


def stored(system: S3FileSystem, url: str) -> dict[str, bytes]:
    """What is below a URL; the journal apart."""
    system.invalidate_cache()
    root = url.removeprefix("s3://")
    return {
        path[len(root) + 1 :]: system.cat_file(path)
        for path in system.find(root)
        if OURS not in path
    }


def key_file(folder: Path, secret: bytes = SECRET) -> Path:
    path = folder / "project.key"
    path.write_text(dump_key(secret))
    return path


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "dicomanon", *map(str, arguments)]


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": SOURCES}


def run(*arguments: str | Path, timeout: float = 120) -> subprocess.CompletedProcess[str]:
    """A command to its end."""
    return subprocess.run(
        command(*arguments),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        env=environment(),
    )


def here(*arguments: str | Path) -> Result:
    """A command in this process, which has imported all of it."""
    return CliRunner().invoke(cli.cli, [str(each) for each in arguments], standalone_mode=False)


def until(condition: Callable[[], bool]) -> None:
    """Wait for something that another process does."""
    end = time.monotonic() + LONG_SECONDS
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def killed(arguments: Sequence[str | Path], after_seconds: float) -> bool:
    """Start a command and kill it, as a power cut would; whether it was still running."""
    process = subprocess.Popen(
        command(*arguments),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment(),
    )
    time.sleep(after_seconds)
    running = process.poll() is None
    process.kill()
    process.wait()
    return running
