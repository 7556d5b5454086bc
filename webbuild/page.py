"""What binds the page's sources into one build: parts.js, integrity, the service worker.

Strategy: the browser runs the sources of web/ as they are; only what must know the build's
bytes is written here. parts.js names every runtime file, index.html gets the SHA-256 of each
style sheet and module, sw.js the list of all files.

Invariants: a module that main.js reaches is preloaded with its SHA-256, so files of two builds
never run together. The service worker's version is a function of what it keeps.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from os.path import normpath
from pathlib import Path

from webbuild.press import SUFFIXES

# Scripts that become workers: bytes to the page, never imported.
WORKER_SCRIPTS = ("walls.js", "worker.js", "archive.js", "networks.js")
# What the service worker does not keep: itself, and what is not for the browser.
NOT_KEPT = {"sw.js", "_headers", "index.html"}

IMPORT = re.compile(r'^(?:import|export)\b[^;"]*?"(\.{1,2}/[^"]+)"', re.MULTILINE)
BOUND = re.compile(r'<(link rel="stylesheet" href|script type="module" src)="([^"]+)"')


def integrity(path: Path) -> str:
    """SHA-256 of a file as `integrity` attributes have it."""
    digest = hashlib.sha256(path.read_bytes()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def part_files(stage: Path) -> list[Path]:
    """Return what assets.js hands out, by the name under which it does."""
    runtime = (path for path in (stage / "runtime").iterdir() if path.suffix not in SUFFIXES)
    workers = (stage / name for name in WORKER_SCRIPTS if (stage / name).exists())
    return sorted((*runtime, *workers), key=lambda path: path.name)


def write_parts(stage: Path) -> None:
    """Write parts.js: each runtime file's address, size and integrity."""
    addresses = {path: path.relative_to(stage).as_posix() for path in part_files(stage)}
    (stage / "parts.js").write_text(parts_module(addresses, "sw.js"), encoding="utf-8")


def parts_module(addresses: dict[Path, str], service_worker: str | None) -> str:
    """Return parts.js for runtime files at these addresses."""
    table = {
        path.name: {"url": url, "bytes": path.stat().st_size, "integrity": integrity(path)}
        for path, url in addresses.items()
    }
    return (
        f"export const PARTS = {json.dumps(table, indent=1)};\n"
        f"export const SERVICE_WORKER = {json.dumps(service_worker)};\n"
    )


def bind(stage: Path) -> None:
    """Write parts.js, complete index.html and sw.js."""
    write_parts(stage)
    _complete_index(stage)
    _complete_service_worker(stage)


def modules(stage: Path, entry: str = "main.js") -> list[str]:
    """Return every module that `entry` imports, at any depth, and itself."""
    found: dict[str, None] = {}
    open_ends = [stage / entry]
    while open_ends:
        path = open_ends.pop()
        name = path.relative_to(stage).as_posix()
        if name not in found:
            found[name] = None
            names = IMPORT.findall(path.read_text(encoding="utf-8"))
            open_ends += [Path(normpath(path.parent / name)) for name in names]
    return sorted(found)


def _complete_index(stage: Path) -> None:
    """Add what must not change on the way: integrity, and every module named ahead."""
    index = stage / "index.html"

    def bound(found: re.Match[str]) -> str:
        return f'{found[0]} integrity="{integrity(stage / found[2])}"'

    text = BOUND.sub(bound, index.read_text(encoding="utf-8"))
    ahead = "".join(
        f'<link rel="modulepreload" href="{name}" integrity="{integrity(stage / name)}">\n'
        for name in modules(stage)
    )
    index.write_text(text.replace("</head>", f"{ahead}</head>", 1), encoding="utf-8")


def _complete_service_worker(stage: Path) -> None:
    """Put the list of files, and the version that it makes, before the service worker's script."""
    script = stage / "sw.js"
    source = script.read_text(encoding="utf-8")
    names = {path.relative_to(stage).as_posix(): path for path in stage.rglob("*")}
    files = {
        name: integrity(path)
        for name, path in sorted(names.items())
        if path.is_file() and name not in NOT_KEPT
    }
    # Under this name a host answers without a redirect.
    files["./"] = integrity(stage / "index.html")
    version = hashlib.sha256(f"{json.dumps(files)}{source}".encode()).hexdigest()[:16]
    build = json.dumps({"version": version, "files": files}, indent=1)
    script.write_text(f"const BUILD = {build};\n{source}", encoding="utf-8")
