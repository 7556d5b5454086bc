"""The watch mode: files as they are complete, and an end when it is asked for."""

from __future__ import annotations

import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from dicomanon.batch import watch
from dicomanon.batch.watch import Inbox
from tests.batch import batches

if TYPE_CHECKING:
    from pathlib import Path


def test_what_is_complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that grows waits; one that is renamed, or rests, is handed on once."""
    now = 0.0
    monkeypatch.setattr(watch, "monotonic", lambda: now)
    inbox = Inbox(tmp_path, tmp_path / "out", 5)

    def names(seconds: float) -> list[str]:
        nonlocal now
        now += seconds
        return [item.place.rpartition("/")[2] for item in inbox.complete()]

    growing = tmp_path / "growing.dcm"
    growing.write_bytes(b"1")
    (tmp_path / "a.dcm.part").write_bytes(b"1")
    (tmp_path / ".hidden").write_bytes(b"1")
    assert names(0) == []
    growing.write_bytes(b"12")
    assert names(4) == []
    assert names(4) == []
    assert names(1) == ["growing.dcm"]
    assert names(100) == []
    (tmp_path / "a.dcm.part").rename(tmp_path / "a.dcm")
    assert names(0) == []
    assert names(5) == ["a.dcm"]
    growing.write_bytes(b"123")
    assert names(0) == []
    assert names(5) == ["growing.dcm"]


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_watch(tmp_path: Path, stop: signal.Signals) -> None:
    """What arrives is done, a signal ends it with exit code 0, and a second start goes on."""
    inbox, out, key = tmp_path / "in", tmp_path / "out", batches.key_file(tmp_path)
    inbox.mkdir()
    (inbox / "first.dcm").write_bytes(batches.instance(1))
    words = batches.command(
        "watch", inbox, "-o", out, "--key", key, "--settle", "0.2", "--no-verify"
    )
    for number in (2, 3):
        process = subprocess.Popen(
            words, stdout=subprocess.PIPE, text=True, env=batches.environment()
        )
        data = batches.instance(number)
        arriving = inbox / f"{number}.dcm.part"
        arriving.write_bytes(data[:-9])
        batches.until(lambda: len(batches.tree(out)) == number - 1)  # noqa: B023 - asked at once
        arriving.write_bytes(data)
        arriving.rename(inbox / f"{number}.dcm")
        batches.until(lambda: len(batches.tree(out)) == number)  # noqa: B023 - asked at once
        process.send_signal(stop)
        told, _ = process.communicate(timeout=batches.LONG_SECONDS)
        assert process.returncode == 0
        assert told in ("2 written, 0 not.\n", "1 written, 0 not.\n")
    assert [p.name for p in (out / batches.OURS).iterdir()] == ["journal.sqlite"]
    assert len(list(inbox.iterdir())) == 3


def test_a_key_is_needed(tmp_path: Path) -> None:
    """Without one, each start would make other pseudonyms."""
    done = batches.run("watch", tmp_path, "-o", tmp_path / "out")
    assert done.returncode == 1
    assert "--key FILE" in done.stderr
