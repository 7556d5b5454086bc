"""What binds the page's sources into one build: parts.js, integrity, the service worker.

Strategy: only what must know the build's bytes is written here. parts.js names every runtime
file, index.html gets the SHA-256 of its script and its style sheet, sw.js the list of all files.

Invariants: page, script and runtime files name each other by SHA-256, so files of two builds
never run together. The service worker's version is a function of what it keeps.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING

from webbuild.join import STYLES, WORKER_SCRIPTS, joined_script, joined_style
from webbuild.press import SUFFIXES

if TYPE_CHECKING:
    from pathlib import Path

# What the service worker does not keep: itself, and what is not for the browser.
NOT_KEPT = {"sw.js", "_headers", "index.html"}

SCRIPT = '<script type="module" src="main.js">'


def integrity(path: Path) -> str:
    """SHA-256 of a file as `integrity` attributes have it."""
    digest = hashlib.sha256(path.read_bytes()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def part_files(stage: Path) -> list[Path]:
    """Return what assets.js hands out, by the name under which it does."""
    runtime = (path for path in (stage / "runtime").iterdir() if path.suffix not in SUFFIXES)
    workers = (stage / name for name in WORKER_SCRIPTS if (stage / name).exists())
    return sorted((*runtime, *workers), key=lambda path: path.name)


def served_parts(stage: Path) -> str:
    """Return parts.js of the served page."""
    addresses = {path: path.relative_to(stage).as_posix() for path in part_files(stage)}
    return parts_module(addresses, "sw.js")


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


def bind(stage: Path, web: Path, parts_cache: Path) -> None:
    """Write the page's script and style sheet; complete index.html and sw.js."""
    script = joined_script(web, served_parts(stage), parts_cache)
    (stage / "main.js").write_text(script, encoding="utf-8")
    style = joined_style(web, (stage / "index.html").read_text(encoding="utf-8"))
    (stage / "style.css").write_text(style, encoding="utf-8")
    seal(stage)


def seal(stage: Path) -> None:
    """Complete index.html and sw.js with the SHA-256 of what lies beside them."""
    _complete_index(stage)
    _complete_service_worker(stage)


def _complete_index(stage: Path) -> None:
    """Name the one script and the one sheet, each with what must not change on the way."""
    index = stage / "index.html"
    sums = {name: integrity(stage / name) for name in ("main.js", "style.css")}
    sheet = f'<link rel="stylesheet" href="style.css" integrity="{sums["style.css"]}">\n'
    text = STYLES.sub(sheet, index.read_text(encoding="utf-8"), count=1)
    ahead = f'<link rel="modulepreload" href="main.js" integrity="{sums["main.js"]}">\n'
    script = f'{ahead}{SCRIPT[:-1]} integrity="{sums["main.js"]}">'
    index.write_text(text.replace(SCRIPT, script, 1), encoding="utf-8")


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
