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
import shutil
import sys
import tempfile
from pathlib import Path

from webbuild.fetch import BuildError, fetch
from webbuild.guide import write_guide
from webbuild.join import is_joined
from webbuild.manifest import verify, write_manifest
from webbuild.models import FOLDER as MODELS_FOLDER
from webbuild.models import MODELS, place_models
from webbuild.notices import third_party_notices
from webbuild.ort import classic
from webbuild.packs import PACKS, engine_file, frozen_lock, pack_file
from webbuild.page import bind
from webbuild.parts import part, shipped
from webbuild.press import Presser
from webbuild.serve import headers_file, serve
from webbuild.single import write_single_files

ROOT = Path(__file__).resolve().parent
WEB = ROOT / "web"
CACHE = ROOT / ".cache" / "wasm"
PARTS_CACHE = CACHE / "parts"
DEFAULT_PORT = 8000

# The foreign address in pyodide.js is its default for packages; ours are beside it.
CDN = b"https://cdn.jsdelivr.net/pyodide/v${x}/full/"
SOURCE_MAP = b"//# sourceMappingURL="

# Types and notes for people; the page loads none of them.
NOT_SHIPPED = {".ts", ".md"}


def build(dist: Path, *, single_file: bool = False) -> None:
    """Build the page into `dist`, replacing what was there; `single_file`: also as one file.

    Raises: BuildError when a part cannot be fetched, differs from its pin or does not compile.
    """
    if dist.exists() and any(dist.iterdir()) and not (dist / "manifest.json").exists():
        message = f"{dist} holds something else than a build; choose another --out"
        raise BuildError(message)
    fetch(PARTS_CACHE)
    place_models()
    dist.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=dist.parent, prefix=".dist-") as scratch:
        stage = Path(scratch) / "dist"
        _copy_web(stage)
        _write_runtime(stage / "runtime")
        _write_texts(stage)
        bind(stage, WEB, PARTS_CACHE)
        presser = Presser(CACHE / "pressed", PARTS_CACHE)
        presser.place_beside(sorted(path for path in stage.rglob("*") if path.is_file()))
        if single_file:
            write_single_files(stage, WEB, presser, PARTS_CACHE)
        (stage / "_headers").write_text(headers_file(), encoding="utf-8")
        write_manifest(stage)
        _replace(stage, dist, Path(scratch) / "old")


def _copy_web(stage: Path) -> None:
    """Copy what of web/ ships as it is; `bind` joins the rest."""
    for path in sorted(WEB.rglob("*")):
        if path.is_file() and path.suffix not in NOT_SHIPPED and not is_joined(path, WEB):
            _place(path, stage / path.relative_to(WEB))


def _place(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _write_runtime(folder: Path) -> None:
    """Write the interpreter, its lock, the packs and the parts that ship as they are."""
    packs_cache = CACHE / "packs"
    folder.mkdir(exist_ok=True)
    script = part("pyodide.js").path(PARTS_CACHE).read_bytes()
    if script.count(CDN) != 1:
        message = "pyodide.js no longer has the one foreign address this build takes out"
        raise BuildError(message)
    script = script.replace(CDN, b"./").split(SOURCE_MAP)[0]
    (folder / "pyodide.js").write_bytes(script)
    for name in ("pyodide.asm.js", "pyodide.asm.wasm"):
        shutil.copyfile(part(name).path(PARTS_CACHE), folder / name)
    packs = {pack.name: pack_file(packs_cache, PARTS_CACHE, pack) for pack in PACKS}
    packs["engine"] = engine_file(packs_cache, PARTS_CACHE, ROOT / "src" / "dicomanon")
    for name, path in packs.items():
        shutil.copyfile(path, folder / f"{name}.zip")
    wheels = {name: packs[name] for name in ("numpy", "imagecodecs", "pydicom")}
    lock = frozen_lock(packs_cache, PARTS_CACHE, wheels)
    (folder / "lock.json").write_text(lock, encoding="utf-8")
    ort = part("ort.js").path(PARTS_CACHE).read_text(encoding="utf-8")
    (folder / "ort.js").write_text(classic(ort), encoding="utf-8")
    for name in MODELS:
        _place(MODELS_FOLDER / name, folder / name)
    for row in shipped():
        _place(row.path(PARTS_CACHE), folder.parent / row.ships)


def _write_texts(stage: Path) -> None:
    """Write the guide and the licences."""
    write_guide(stage)
    notices = third_party_notices(PARTS_CACHE)
    (stage / "THIRD-PARTY-NOTICES.txt").write_text(notices, encoding="utf-8")
    shutil.copyfile(ROOT / "LICENSE", stage / "LICENSE")


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
    parser.add_argument(
        "--single-file",
        action="store_true",
        help="write the page as one file that opens from a disk too, dicomanon.html",
    )
    parser.add_argument(
        "--verify",
        type=Path,
        metavar="DIST",
        help="build nothing: check each file of a build against its manifest.json",
    )
    options = parser.parse_args(arguments)
    if options.verify is not None:
        return _verified(options.verify)
    dist: Path = options.out.resolve()
    try:
        build(dist, single_file=options.single_file)
    except BuildError as error:
        print(f"build_wasm.py: {error}", file=sys.stderr)  # noqa: T201
        return 1
    if options.serve is None:
        print(dist)  # noqa: T201
    else:
        serve(dist, options.serve)
    return 0


def _verified(dist: Path) -> int:
    """Print what differs between a build and its manifest; return the exit code."""
    try:
        differences = verify(dist)
    except (OSError, ValueError, KeyError):
        differences = ["manifest.json is missing or damaged"]
    print("\n".join(differences or ["every file is as it was built"]))  # noqa: T201
    return 1 if differences else 0


if __name__ == "__main__":
    raise SystemExit(main())
