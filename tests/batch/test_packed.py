"""Outputs in a ZIP: whole, readable by others, and with a passphrase only by who has it."""

from __future__ import annotations

import subprocess
import zipfile
from typing import TYPE_CHECKING

import pytest

from dicomanon.batch.item import Item
from dicomanon.batch.packed import Packed
from dicomanon.errors import SENTENCES, ProfileError
from tests.batch import batches

if TYPE_CHECKING:
    from pathlib import Path

PASSPHRASE = "正しい馬 battery"  # noqa: S105 - a test's own


def unpacked(path: Path, passphrase: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """What 7-Zip makes of a ZIP."""
    command = ["7z", "x", f"-p{passphrase}", f"-o{folder}", "-y", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_encrypted(tmp_path: Path, workers: str) -> None:
    """7-Zip opens it with the passphrase and not without, and finds the folder's tree."""
    source, key = batches.fill(tmp_path / "in", 20), batches.key_file(tmp_path)
    phrase = tmp_path / "phrase.txt"
    phrase.write_text(PASSPHRASE + "\n", encoding="utf-8")
    common: list[str | Path] = [
        "anonymize",
        source,
        "--key",
        key,
        "--no-verify",
        "--workers",
        workers,
    ]
    batches.run(*common, "-o", tmp_path / "tree")
    path = tmp_path / "out.zip"
    done = batches.run(*common, "-o", path, "--zip-passphrase-file", phrase)
    assert (done.returncode, done.stdout) == (2, "22 written, 2 not.\n")
    listed = subprocess.run(["7z", "l", "-slt", str(path)], capture_output=True, check=True)
    assert listed.stdout.count(b"AES-256") == 22
    assert b"2020" not in listed.stdout
    assert unpacked(path, "wrong horse", tmp_path / "wrong").returncode != 0
    assert unpacked(path, PASSPHRASE, tmp_path / "seven").returncode == 0
    tree, seven = batches.tree(tmp_path / "tree"), batches.tree(tmp_path / "seven")
    assert set(tree.items()) <= set(seven.items())
    assert set(tree.values()) == set(seven.values())  # of twins, a ZIP has both


def test_plain(tmp_path: Path) -> None:
    """Without a passphrase it is a ZIP that anybody reads, entries stored as they are."""
    source, key = batches.fill(tmp_path / "in", 5), batches.key_file(tmp_path)
    path = tmp_path / "new" / "out.zip"
    done = batches.run("anonymize", source, "--key", key, "--no-verify", "-o", path)
    assert done.returncode == 2
    with zipfile.ZipFile(path) as stream:
        assert stream.testzip() is None
        assert len(stream.namelist()) == 7
        assert {info.date_time for info in stream.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert [p.name for p in path.parent.iterdir()] == ["out.zip"]
    assert batches.run("anonymize", source, "-o", path).returncode == 1  # it is not written over


def test_a_short_passphrase(tmp_path: Path) -> None:
    """It is refused before anything is done."""
    phrase = tmp_path / "phrase.txt"
    phrase.write_text("seven77")
    (tmp_path / "a.dcm").write_bytes(batches.instance(1))
    path = tmp_path / "out.zip"
    done = batches.run("anonymize", tmp_path, "-o", path, "--zip-passphrase-file", phrase)
    assert (done.returncode, done.stderr) == (1, f"dicomanon: {SENTENCES['passphrase']}\n")
    assert not path.exists()


def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    """An incomplete ZIP never stands under its name."""
    item = Item(str(tmp_path / "nowhere"), 0)
    with pytest.raises(ZeroDivisionError), Packed(tmp_path / "out.zip") as packed:
        raise ZeroDivisionError(packed, item)
    with pytest.raises(ProfileError):
        Packed(tmp_path / "out.zip", "short")
    assert list(tmp_path.iterdir()) == []
