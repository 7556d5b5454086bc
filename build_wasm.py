#!/usr/bin/env python3
"""Builds the page into dist/ and, with --serve, serves it on this machine.

Needs Python 3.11 and Node 20 to start, nothing else: what it uses beyond the
standard library it fetches into .cache/ with npm and with the pip of a virtual
environment of its own.

Strategy: fetch pinned parts, make packs of them, copy web/, write what binds them
(parts.js, the lock, manifest, headers, notices). Everything slow is cached by the
content of its inputs, so a build after an edit takes seconds.

Invariants: dist/ is replaced only by a complete build. dist/manifest.json has the
SHA-256 of every other file.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import shutil
import sys
import tempfile
from pathlib import Path

from webbuild.notices import third_party_notices
from webbuild.packs import PACKS, engine_file, frozen_lock, pack_file
from webbuild.parts import BuildError, fetch, part, sha256_of
from webbuild.serve import headers_file, serve

ROOT = Path(__file__).resolve().parent
CACHE = ROOT / ".cache" / "wasm"
DEFAULT_PORT = 8000

# The foreign address in pyodide.js is its default for packages; ours are beside it.
CDN = b"https://cdn.jsdelivr.net/pyodide/v${x}/full/"
SOURCE_MAP = b"//# sourceMappingURL="

# Types and notes for people; the page loads none of them.
NOT_SHIPPED = {".ts", ".md"}


def build(dist: Path) -> None:
    """Build the page into `dist`, replacing what was there.

    Raises: BuildError when a part cannot be fetched, differs from its pin or does not compile.
    """
    if dist.exists() and any(dist.iterdir()) and not (dist / "manifest.json").exists():
        message = f"{dist} holds something else than a build; choose another --out"
        raise BuildError(message)
    parts_cache, packs_cache = CACHE / "parts", CACHE / "packs"
    fetch(parts_cache)
    dist.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=dist.parent, prefix=".dist-") as scratch:
        stage = Path(scratch) / "dist"
        _copy_web(stage)
        _write_runtime(stage / "runtime", parts_cache, packs_cache)
        write_parts_module(stage)
        (stage / "_headers").write_text(headers_file(), encoding="utf-8")
        notices = third_party_notices(parts_cache)
        (stage / "THIRD-PARTY-NOTICES.txt").write_text(notices, encoding="utf-8")
        shutil.copyfile(ROOT / "LICENSE", stage / "LICENSE")
        _write_manifest(stage)
        _replace(stage, dist, Path(scratch) / "old")


def _copy_web(stage: Path) -> None:
    """Copy web/ as it is: the browser runs the sources."""
    for path in sorted((ROOT / "web").rglob("*")):
        if path.is_file() and path.suffix not in NOT_SHIPPED:
            target = stage / path.relative_to(ROOT / "web")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)


def _write_runtime(folder: Path, parts_cache: Path, packs_cache: Path) -> None:
    """Write the interpreter, its lock and the packs."""
    folder.mkdir(parents=True)
    script = part("pyodide.js").path(parts_cache).read_bytes()
    if script.count(CDN) != 1:
        message = "pyodide.js no longer has the one foreign address this build takes out"
        raise BuildError(message)
    script = script.replace(CDN, b"./").split(SOURCE_MAP)[0]
    (folder / "pyodide.js").write_bytes(script)
    for name in ("pyodide.asm.js", "pyodide.asm.wasm"):
        shutil.copyfile(part(name).path(parts_cache), folder / name)
    packs = {pack.name: pack_file(packs_cache, parts_cache, pack) for pack in PACKS}
    packs["engine"] = engine_file(packs_cache, parts_cache, ROOT / "src" / "dicomanon")
    for name, path in packs.items():
        shutil.copyfile(path, folder / f"{name}.zip")
    wheels = {name: packs[name] for name in ("numpy", "imagecodecs", "pydicom")}
    lock = frozen_lock(packs_cache, parts_cache, wheels)
    (folder / "lock.json").write_text(lock, encoding="utf-8")


def write_parts_module(stage: Path) -> None:
    """Write parts.js: each runtime file's address, size and integrity, for assets.js."""
    table = {
        path.name: {
            "url": path.relative_to(stage).as_posix(),
            "bytes": path.stat().st_size,
            "integrity": _integrity(path),
        }
        for path in sorted([*(stage / "runtime").iterdir(), stage / "worker.js"])
    }
    text = json.dumps(table, indent=1)
    (stage / "parts.js").write_text(f"export const PARTS = {text};\n", encoding="utf-8")


def _integrity(path: Path) -> str:
    digest = hashlib.sha256(path.read_bytes()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _write_manifest(stage: Path) -> None:
    """Write manifest.json: SHA-256 and size of every file but itself."""
    files = {
        path.relative_to(stage).as_posix(): {
            "sha256": sha256_of(path),
            "bytes": path.stat().st_size,
        }
        for path in sorted(stage.rglob("*"))
        if path.is_file()
    }
    text = json.dumps({"files": files}, indent=1) + "\n"
    (stage / "manifest.json").write_text(text, encoding="utf-8")


def _replace(stage: Path, dist: Path, old: Path) -> None:
    """Put the finished build in place; a running server sees either build, whole."""
    if dist.exists():
        dist.rename(old)
    stage.rename(dist)


def main(arguments: list[str] | None = None) -> int:
    """Build, and serve if asked; return the exit code."""
    parser = argparse.ArgumentParser(prog="build_wasm.py", description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="folder of the build")
    parser.add_argument(
        "--serve",
        nargs="?",
        type=int,
        const=DEFAULT_PORT,
        metavar="PORT",
        help=f"serve the build on this machine only (default port {DEFAULT_PORT}, 0: a free one)",
    )
    options = parser.parse_args(arguments)
    dist: Path = options.out.resolve()
    try:
        build(dist)
    except BuildError as error:
        print(f"build_wasm.py: {error}", file=sys.stderr)  # noqa: T201
        return 1
    if options.serve is None:
        print(dist)  # noqa: T201
    else:
        serve(dist, options.serve)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
