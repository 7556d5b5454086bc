"""The build: pinned parts, a lock that names only them, a manifest, the policy."""

from __future__ import annotations

import ast
import hashlib
import json
import re
import shutil
import signal
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

import pytest

import build_wasm
from webbuild.fetch import BuildError, fetch
from webbuild.packs import PACKS
from webbuild.page import integrity
from webbuild.parts import PARTS, part
from webbuild.press import SUFFIXES
from webbuild.serve import HEADERS, META_CSP

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PARTS_CACHE = build_wasm.CACHE / "parts"
TEXT_SUFFIXES = {".html", ".js", ".css", ".json"}
# Not asked for: XML namespaces, a reserved name no host can have, a hint in a message of ort.js.
NOT_FETCHED = ("http://www.w3.org/", "https://runtime.invalid/", "https://web.dev/")


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
        target.parent.mkdir(parents=True, exist_ok=True)
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
    build_wasm.build(tmp_path / "elsewhere" / "dist", single_file=True)
    first = (dist / "manifest.json").read_text(encoding="utf-8")
    again = (tmp_path / "elsewhere/dist/manifest.json").read_text(encoding="utf-8")
    assert again == first


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda dist: (dist / "main.js").write_text("other"), "changed: main.js"),
        (lambda dist: (dist / "runtime/lock.json").unlink(), "missing: runtime/lock.json"),
        (lambda dist: (dist / "guide/more.js").write_text(""), "extra: guide/more.js"),
        (lambda dist: (dist / "manifest.json").write_text("{}"), "manifest.json is missing"),
        (lambda dist: (dist / "manifest.json").unlink(), "manifest.json is missing"),
    ],
)
def test_verify_names_what_differs(
    dist: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    harm: Callable[[Path], object],
    said: str,
) -> None:
    """--verify ends with 0 for a build as it was made, with 1 and a line for each difference."""
    copy = tmp_path / "dist"
    shutil.copytree(dist, copy)
    assert build_wasm.main(["--verify", str(copy)]) == 0
    capsys.readouterr()
    harm(copy)
    assert build_wasm.main(["--verify", str(copy)]) == 1
    assert said in capsys.readouterr().out


def test_pressed_copies_are_the_same_files(dist: Path) -> None:
    """Every .gz and .br beside a file unpacks to that file, and the large ones have both."""
    script = """
        const { brotliDecompressSync, gunzipSync } = require("node:zlib");
        const { readFileSync } = require("node:fs");
        for (const copy of process.argv.slice(1)) {
            const unpack = copy.endsWith(".br") ? brotliDecompressSync : gunzipSync;
            const same = unpack(readFileSync(copy)).equals(readFileSync(copy.slice(0, -3)));
            if (!same) throw new Error(copy);
        }
    """
    copies = [path for suffix in SUFFIXES for path in dist.rglob(f"*{suffix}")]
    subprocess.run(["node", "-e", script, *map(str, copies)], check=True)
    for name in ("runtime/pyodide.asm.wasm", "runtime/stdlib.zip", "index.html", "main.js"):
        assert all((dist / f"{name}{suffix}") in copies for suffix in SUFFIXES)


def test_the_first_table_takes_less_than_six_megabytes(site: str) -> None:
    """What the page fetches before its engine answers, as it travels."""
    source = (build_wasm.WEB / "assets.js").read_text(encoding="utf-8")
    core = re.findall(r'"(pyodide[\w.]+|stdlib\.zip|engine\.zip|lock\.json)"', source)
    assert len(set(core)) == 6
    names = ["", "main.js", "style.css", "worker.js", "walls.js"]
    total = 0
    for name in (*names, *(f"runtime/{name}" for name in set(core))):
        request = Request(f"{site}/{name}", headers={"Accept-Encoding": "gzip, br"})  # noqa: S310
        with urlopen(request) as answer:  # noqa: S310 - our own server
            total += len(answer.read())
    assert total < 6_000_000


def test_what_runs_is_named_with_its_hash(dist: Path) -> None:
    """The style sheet, the script and its preload carry their SHA-256, and there are no others."""
    page = (dist / "index.html").read_text(encoding="utf-8")
    rows = re.findall(
        r'<(?:link rel="(?:stylesheet|modulepreload)" href|script[^>]* src)="(.*?)"(.*?)>', page
    )
    names = ("style.css", "main.js", "main.js")
    assert rows == [(name, f' integrity="{integrity(dist / name)}"') for name in names]


def test_the_packs_have_what_the_engine_imports(dist: Path) -> None:
    """No module of the standard library that the engine names, at any place, was dropped."""
    whole = zipfile.ZipFile(part("python_stdlib").path(PARTS_CACHE)).namelist()
    kept = zipfile.ZipFile(dist / "runtime/stdlib.zip").namelist()
    engine = zipfile.ZipFile(dist / "runtime/engine.zip").namelist()
    named = {
        name
        for member in engine
        if member.startswith("dicomanon/") and member.endswith(".pyc")
        for name in imports(build_wasm.ROOT / "src" / member.removesuffix("c"))
    }
    dropped = {
        name
        for name in named
        for file in (f"{name.replace('.', '/')}.py", f"{name.replace('.', '/')}/__init__.py")
        if file in whole and f"{file}c" not in kept
    }
    assert "json" in named
    assert dropped == set()


def imports(path: Path) -> set[str]:
    """Every module that a source file imports, lazily or not; not what only types need."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {row.name for row in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


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


def test_the_hosting_page_has_every_header(dist: Path) -> None:
    """docs/hosting.md tells each server it knows of each header as this build sends it."""
    text = (build_wasm.ROOT / "docs/hosting.md").read_text(encoding="utf-8")
    sections = {part.split("\n", 1)[0]: part for part in text.split("\n## ")}
    values = HEADERS | {"Content-Security-Policy": "CSP"}
    for server in ("nginx", "Apache", "IIS", "Caddy"):
        missing = [
            n for n, v in values.items() if n not in sections[server] or v not in sections[server]
        ]
        assert (server, missing) == (server, [])
    sent = (dist / "_headers").read_text(encoding="utf-8")
    assert [name for name, value in HEADERS.items() if f"{name}: {value}" not in sent] == []


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
