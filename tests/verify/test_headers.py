"""Headers that pydicom has read before: with them the same is read as without."""

from __future__ import annotations

from typing import Any

import pytest

from dicomanon.dicom.source import BytesSource
from dicomanon.dicom.tag import PIXEL_DATA
from dicomanon.verify import headers
from dicomanon.verify.headers import WAYS, Headers
from dicomanon.verify.reader import read
from tests import pydicom_files

FILES = pydicom_files.whole_files()
SMALL_CT = pydicom_files.ROOT / "test_files" / "CT_small.dcm"
MOST_BYTES = 1 << 21
"""What is larger has larger pixels, not more headers."""


def seen(data: bytes) -> tuple[Any, ...]:
    """All that a reading says."""
    found = read(BytesSource(data))
    told = found.entries, found.top, found.items, found.pixels
    return *told, found.stop, found.whole, found.strays, found.little


@pytest.fixture
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a new process."""
    for way in WAYS:
        monkeypatch.setitem(WAYS, way, Headers())


@pytest.mark.usefixtures("nothing_known")
def test_what_is_known_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each file is read alike with no header known, with its own, and with all files' headers."""
    small = [path.read_bytes() for path in FILES if path.stat().st_size <= MOST_BYTES]
    alone = []
    for data in small:
        for way in WAYS:
            monkeypatch.setitem(WAYS, way, Headers())
        alone.append(seen(data))
        assert seen(data) == alone[-1]
    for data in small:
        seen(data)
    assert [seen(data) for data in small] == alone


@pytest.mark.usefixtures("nothing_known")
def test_known_headers_spare_pydicom_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second file of a kind asks it for what is larger than a buffer only."""
    data = SMALL_CT.read_bytes()
    first = seen(data)
    asked: list[int] = []
    monkeypatch.setattr(Headers, "learn", lambda _self, raw, _head: asked.append(int(raw.tag)))
    assert seen(data) == first
    assert asked == [PIXEL_DATA]


@pytest.mark.usefixtures("nothing_known")
def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where too many are known all are forgotten, and what is read is the same."""
    data = SMALL_CT.read_bytes()
    whole = seen(data)
    monkeypatch.setattr(headers, "MAX_KNOWN", 5)
    assert seen(data) == whole
    assert seen(data) == whole
