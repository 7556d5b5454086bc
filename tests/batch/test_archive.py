"""ZIPs as sources: what is in them is done as files are, and tricks are refused."""

from __future__ import annotations

import io
import struct
import zipfile
from typing import TYPE_CHECKING

import pytest
import pyzipper

from dicomanon.batch import archive
from dicomanon.batch.task import opened
from dicomanon.batch.walk import items
from dicomanon.errors import InputError
from tests.batch import batches

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dicomanon.batch.item import Item

STORED, DEFLATED = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED


def made(path: Path, *entries: tuple[str, bytes], method: int = DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as stream:
        for name, data in entries:
            stream.writestr(name, data)
    return path


def codes(path: Path) -> list[str]:
    """What is wrong with each entry, once it is read to its end; "" for nothing."""
    return [code(item) for item in items([str(path)])]


def code(item: Item) -> str:
    try:
        with opened(item) as source:
            source.read(0, source.size_bytes)
    except InputError as error:
        return error.code
    return ""


@pytest.mark.parametrize("method", [STORED, DEFLATED])
@pytest.mark.parametrize("memory_bytes", [archive.MEMORY_BYTES, 1000])
def test_entries_are_what_was_packed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: int, memory_bytes: int
) -> None:
    """Stored or deflated, in memory or not, each entry is read as it was."""
    monkeypatch.setattr(archive, "MEMORY_BYTES", memory_bytes)
    contents = [(f"Yamada/{n}.dcm", batches.instance(n, pixels_bytes=n * 9000)) for n in range(4)]
    path = made(tmp_path / "a.zip", ("Yamada/", b""), *contents, method=method)
    found = []
    for item in items([str(path)]):
        with opened(item) as source:
            found.append(source.read(0, source.size_bytes))
    assert found == [data for _, data in contents]


def test_a_zip_gives_what_its_folder_gives(tmp_path: Path) -> None:
    """The outputs of a ZIP, named or found, are those of the files in it."""
    source = batches.fill(tmp_path / "in", 20)
    (tmp_path / "zips").mkdir()
    files = [(str(p.relative_to(source)), p.read_bytes()) for p in sorted(source.rglob("*.dcm"))]
    packed = made(tmp_path / "zips" / "exam.ZIP", *files, method=STORED)
    key = batches.key_file(tmp_path)
    trees = []
    for number, sources in enumerate((source, packed, packed.parent)):
        out = tmp_path / str(number)
        batches.run("anonymize", sources, "-o", out, "--key", key, "--no-verify")
        trees.append(set(batches.tree(out).values()))
    assert trees[0] == trees[1] == trees[2]
    assert len(trees[0]) == 21


@pytest.mark.parametrize(
    "name",
    ["../up.dcm", "/root.dcm", "a/../../up.dcm", "C:\\x.dcm", "..\\up.dcm", "\\\\host\\x.dcm"],
)
def test_paths_that_leave(tmp_path: Path, name: str) -> None:
    """An entry that wants to be elsewhere is refused; the others are not."""
    path = made(tmp_path / "a.zip", (name, batches.instance(1)), ("ok.dcm", batches.instance(2)))
    assert codes(path) == ["zip_path", ""]


def test_links(tmp_path: Path) -> None:
    """A symbolic link in a ZIP is refused."""
    info = zipfile.ZipInfo("link")
    info.create_system = 3
    info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as stream:
        stream.writestr(info, "/etc/passwd")
    assert codes(tmp_path / "a.zip") == ["zip_path"]


def test_encrypted_entries(tmp_path: Path) -> None:
    """They are refused with a reason of their own."""
    path = tmp_path / "a.zip"
    with pyzipper.AESZipFile(path, "w", encryption=pyzipper.WZ_AES) as stream:
        stream.setpassword(b"correct horse")
        stream.writestr("a.dcm", batches.instance(1))
    assert codes(path) == ["zip_encrypted"]


def test_other_methods(tmp_path: Path) -> None:
    """LZMA and the like are not read."""
    path = made(tmp_path / "a.zip", ("a.dcm", batches.instance(1)), method=zipfile.ZIP_LZMA)
    assert codes(path) == ["zip_method"]


def overlapping(data: bytes) -> bytes:
    """Both directory entries point to the first one's bytes."""
    first = data.index(b"PK\1\2")
    second = data.index(b"PK\1\2", first + 4)
    return data[: second + 42] + struct.pack("<L", 0) + data[second + 46 :]


def understated(data: bytes) -> bytes:
    """The directory promises fewer bytes than the entry inflates to."""
    return b"".join([data[: (at := data.index(b"PK\1\2")) + 24], b"\x10\0\0\0", data[at + 28 :]])


def flipped(data: bytes) -> bytes:
    """A bit of the packed data is another."""
    at = data.index(b"PK\1\2") - 20
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def headless(data: bytes) -> bytes:
    """The local header is none."""
    return b"XX" + data[2:]


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        (overlapping, ["zip_bomb", "zip_bomb"]),
        (understated, ["zip_bomb", ""]),
        (headless, ["zip_damaged", ""]),
        (lambda data: data[:-30], ["zip_damaged"]),
        (lambda _: b"PK\3\4 and nothing else", ["zip_damaged"]),
        (lambda _: b"", ["zip_damaged"]),
    ],
)
def test_broken_zips(tmp_path: Path, broken: Callable[[bytes], bytes], expected: list[str]) -> None:
    """What the directory says is not believed where the bytes say otherwise."""
    path = made(tmp_path / "a.zip", ("a.dcm", batches.instance(1)), ("b.dcm", batches.instance(2)))
    path.write_bytes(broken(path.read_bytes()))
    assert codes(path) == expected


@pytest.mark.parametrize("method", [STORED, DEFLATED])
def test_a_flipped_bit(tmp_path: Path, method: int) -> None:
    """The checksum is looked at, of stored entries too."""
    path = made(tmp_path / "a.zip", ("a.dcm", batches.instance(1)), method=method)
    path.write_bytes(flipped(path.read_bytes()))
    assert codes(path) == ["zip_damaged"]


def test_a_bomb(tmp_path: Path) -> None:
    """What is huge and packs to nothing is refused before a byte of it is inflated."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", DEFLATED) as stream, stream.open("a.dcm", "w") as entry:
        for _ in range(300):
            entry.write(bytes(1 << 20))
    (tmp_path / "a.zip").write_bytes(buffer.getvalue())
    (item,) = items([str(tmp_path / "a.zip")])
    assert item.error is not None
    assert item.error.code == "zip_bomb"


def test_every_cut_of_a_zip_is_an_error_of_its_own(tmp_path: Path) -> None:
    """Garbage gives only InputError."""
    data = made(tmp_path / "whole.zip", ("a.dcm", batches.instance(1))).read_bytes()
    for stop in range(0, len(data), 7):
        path = tmp_path / "cut.zip"
        path.write_bytes(data[:stop])
        assert codes(path) == ["zip_damaged"]
