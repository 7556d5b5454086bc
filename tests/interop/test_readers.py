"""Outputs as others read them: what reads a source without complaint reads its output."""

from __future__ import annotations

import os
import subprocess
import warnings
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING

import pydicom
import pytest

from dicomanon.errors import InputError, UnsafeError
from tests import engine, pydicom_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CORPUS = Path(__file__).parents[3] / "shared" / "corpus" / "files"
SOURCES = [
    *pydicom_files.whole_files(),
    *sorted(path for path in CORPUS.rglob("*") if path.is_file()),
]
PRESETS = ("research", "in-hospital")
SECONDS = 120
REFUSED_AT_MOST = 20
WORKERS = os.cpu_count() or 1


@pytest.fixture(scope="module", params=PRESETS)
def outputs(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[Path, Path]:
    """Source -> output, of every source that is not refused."""
    folder = tmp_path_factory.mktemp("outputs")
    written = {}
    for number, source in enumerate(SOURCES):
        try:
            output = engine.anonymized(source.read_bytes(), request.param)
        except (InputError, UnsafeError):
            continue
        written[source] = folder / f"{number}.dcm"
        written[source].write_bytes(output)
    return written


def test_few_are_refused(outputs: Mapping[Path, Path]) -> None:
    """Real files are handled, all but the broken ones and the indexes among them."""
    assert len(SOURCES) - len(outputs) <= REFUSED_AT_MOST
    assert set(pydicom_files.whole_files()) <= outputs.keys()


def complaints(tool: str, path: Path) -> bool:
    """Whether a tool ends with an error, or says one."""
    done = subprocess.run(
        [tool, str(path)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        timeout=SECONDS,
        check=False,
    )
    return done.returncode != 0 or b"rror" in done.stderr


def dcmdump_refuses(paths: Iterable[Path]) -> set[Path]:
    """Which files dcmdump cannot read; it takes many at once and names those."""
    paths = list(paths)
    done = subprocess.run(
        ["dcmdump", "--ignore-errors", *map(str, paths)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        timeout=SECONDS,
        check=False,
    )
    failed = {
        Path(line.split("reading file: ", 1)[1])
        for line in done.stderr.splitlines()
        if "reading file: " in line
    }
    assert failed or done.returncode == 0, done.stderr[-500:]
    return failed


def test_dcmdump(outputs: dict[Path, Path]) -> None:
    """Dcmtk reads every output whose source it reads."""
    refused = dcmdump_refuses(outputs)
    readable = {output: source for source, output in outputs.items() if source not in refused}
    assert len(readable) > len(outputs) // 2
    assert {readable[path].name for path in dcmdump_refuses(readable)} == set()


def test_gdcmdump(outputs: dict[Path, Path]) -> None:
    """GDCM reads every output whose source it reads."""
    with ThreadPoolExecutor(WORKERS) as pool:
        complained = pool.map(complaints, repeat("gdcmdump"), outputs.values())
    unread = [source for source, failed in zip(outputs, complained, strict=True) if failed]
    assert len(unread) < len(outputs) // 2
    assert [source.name for source in unread if not complaints("gdcmdump", source)] == []


def pydicom_reads(path: Path) -> bool:
    """Whether pydicom can make sense of every value."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = pydicom.dcmread(path, force=True)
            found.decode()
            str(found)
        except Exception:  # noqa: BLE001 - whatever it is, pydicom cannot read the file
            return False
    return bool(found)


def test_pydicom(outputs: dict[Path, Path]) -> None:
    """Pydicom reads every output whose source it reads."""
    unread = [source for source, output in outputs.items() if not pydicom_reads(output)]
    assert [source.name for source in unread if pydicom_reads(source)] == []


def invalid_paths(path: Path) -> set[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {told.split()[0] for told in engine.invalid(pydicom.dcmread(path, force=True))}


def test_what_we_write_is_valid(outputs: dict[Path, Path]) -> None:
    """No value is invalid for its VR in an output that was not in its source."""
    worse = {}
    for source, output in outputs.items():
        if pydicom_reads(source):
            new = invalid_paths(output) - invalid_paths(source)
            if new:
                worse[source.name] = sorted(new)
    assert worse == {}
