"""The build: pinned parts, a lock that names only them, a manifest, the policy."""

from __future__ import annotations

import hashlib
import json
import re
import signal
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest

import build_wasm
from webbuild.packs import PACKS
from webbuild.parts import PARTS, BuildError, fetch
from webbuild.serve import HEADERS, META_CSP

if TYPE_CHECKING:
    from pathlib import Path

PARTS_CACHE = build_wasm.CACHE / "parts"
TEXT_SUFFIXES = {".html", ".js", ".css", ".json"}
# Names, not addresses: XML namespaces, and a reserved name no host can have.
NOT_FETCHED = ("http://www.w3.org/", "https://runtime.invalid/")


def texts(dist: Path) -> list[Path]:
    """The text files the browser reads."""
    return [path for path in sorted(dist.rglob("*")) if path.suffix in TEXT_SUFFIXES]


def test_every_part_is_the_pinned_one(dist: Path) -> None:
    """Each part in the cache has the SHA-256 of the table."""
    assert dist.is_dir()
    found = {row.name: hashlib.sha256(row.path(PARTS_CACHE).read_bytes()) for row in PARTS}
    assert {name: digest.hexdigest() for name, digest in found.items()} == {
        row.name: row.sha256 for row in PARTS
    }


def test_a_damaged_part_is_refused(dist: Path, tmp_path: Path) -> None:
    """A part whose bytes changed in the cache stops the build and is removed."""
    assert dist.is_dir()
    for row in PARTS:
        target = row.path(tmp_path)
        target.parent.mkdir(exist_ok=True)
        target.symlink_to(row.path(PARTS_CACHE))
    damaged = PARTS[0].path(tmp_path)
    damaged.unlink()
    damaged.write_bytes(b"other")
    with pytest.raises(BuildError, match=PARTS[0].name):
        fetch(tmp_path)
    assert not damaged.exists()


def test_the_lock_names_only_our_packs(dist: Path) -> None:
    """Every package of the lock is a file beside it with the hash the lock says."""
    lock = json.loads((dist / "runtime/lock.json").read_text(encoding="utf-8"))
    assert sorted(lock["packages"]) == ["imagecodecs", "numpy", "pydicom"]
    for entry in lock["packages"].values():
        data = (dist / "runtime" / entry["file_name"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == entry["sha256"]


def test_the_manifest_has_every_file(dist: Path) -> None:
    """manifest.json names each file but itself, with its SHA-256."""
    manifest = json.loads((dist / "manifest.json").read_text(encoding="utf-8"))
    expected = {
        path.relative_to(dist).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in dist.rglob("*")
        if path.is_file() and path != dist / "manifest.json"
    }
    assert {name: row["sha256"] for name, row in manifest["files"].items()} == expected


def test_packs_are_byte_code_without_sources(dist: Path) -> None:
    """No pack has a .py, a compressed member or a path of the machine that built it."""
    for pack in ("engine", *(row.name for row in PACKS)):
        with zipfile.ZipFile(dist / "runtime" / f"{pack}.zip") as archive:
            rows = archive.infolist()
            assert [row.filename for row in rows if row.filename.endswith(".py")] == []
            assert {row.compress_type for row in rows} == {zipfile.ZIP_STORED}
            assert {row.date_time for row in rows} == {(1980, 1, 1, 0, 0, 0)}
            found = [r.filename for r in rows if str(build_wasm.ROOT).encode() in archive.read(r)]
            assert found == []


def test_two_builds_are_the_same_bytes(dist: Path, tmp_path: Path) -> None:
    """What was built is a function of its inputs."""
    build_wasm.build(tmp_path / "dist")
    first = (dist / "manifest.json").read_text(encoding="utf-8")
    assert (tmp_path / "dist/manifest.json").read_text(encoding="utf-8") == first


def test_a_folder_that_is_no_build_is_left_alone(tmp_path: Path) -> None:
    """--out never replaces a folder that holds something else."""
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(BuildError, match="something else"):
        build_wasm.build(tmp_path)
    assert (tmp_path / "thesis.txt").read_text(encoding="utf-8") == "mine"


def test_the_bundle_names_no_foreign_address(dist: Path) -> None:
    """No text file holds an address that could be fetched."""
    found = {
        f"{path.name}: {address}"
        for path in texts(dist)
        for address in re.findall(r"(?:https?|wss?)://[\w.-]+/?", path.read_text(encoding="utf-8"))
        if not address.startswith(NOT_FETCHED)
    }
    assert found == set()


def test_our_scripts_open_no_door(dist: Path) -> None:
    """What a policy cannot stop, our scripts never name: windows, WebRTC, beacons, stores."""
    doors = re.compile(
        r"window\.open|RTCPeerConnection\(|sendBeacon|localStorage|sessionStorage|"
        r"document\.cookie|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\("
    )
    found = {
        f"{path.relative_to(dist)}: {door}"
        for path in texts(dist)
        if path.parent.name != "runtime" and path.suffix in {".js", ".html"}
        for door in doors.findall(path.read_text(encoding="utf-8"))
    }
    assert found == set()


def test_the_policy_is_a_header_on_every_answer_and_in_the_page(dist: Path, site: str) -> None:
    """The page, scripts and runtime all carry the header; the meta repeats it."""
    names = ("", "main.js", "worker.js", "runtime/pyodide.asm.wasm")
    for name in names:
        with urlopen(f"{site}/{name}") as answer:  # noqa: S310 - our own server
            assert {key: answer.headers[key] for key in HEADERS} == HEADERS
    page = (dist / "index.html").read_text(encoding="utf-8")
    assert f'http-equiv="Content-Security-Policy" content="{META_CSP}"' in page
    assert META_CSP in (dist / "_headers").read_text(encoding="utf-8")


def test_licences_of_what_ships_are_there(dist: Path) -> None:
    """The notices name each work and carry the licences' words."""
    notices = (dist / "THIRD-PARTY-NOTICES.txt").read_text(encoding="utf-8")
    for words in ("Pyodide 0.29.5", "Mozilla Public License Version 2.0", "NumPy Developers"):
        assert words in notices
    for words in ("PYTHON SOFTWARE FOUNDATION LICENSE VERSION 2", "Christoph Gohlke", "CharLS"):
        assert words in notices
    assert "MIT License" in (dist / "LICENSE").read_text(encoding="utf-8")


def test_serve_prints_its_address_and_ends_on_interrupt(dist: Path, tmp_path: Path) -> None:
    """--serve builds, prints a loopback address, serves there, and ends cleanly on Ctrl-C."""
    assert dist.is_dir()
    command = [sys.executable, "build_wasm.py", "--out", str(tmp_path / "dist"), "--serve", "0"]
    with subprocess.Popen(
        command, cwd=build_wasm.ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        address = server.stdout.readline().strip()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", address)
        with urlopen(address) as answer:  # noqa: S310 - our own server
            assert b"<!doctype html>" in answer.read()
        server.send_signal(signal.SIGINT)
        out, err = server.communicate(timeout=10)
    assert (server.returncode, out, err) == (0, "stopped\n", "")
