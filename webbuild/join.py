"""The page's modules as one script, its style sheets as one sheet.

Strategy: esbuild joins, nothing is shortened: one request in place of fifty, and the same
script in the served page and in the single file, where only parts.js differs.

Invariants: the same sources give the same bytes.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

from webbuild.fetch import run

STYLES = re.compile(r'(?:<link rel="stylesheet" href="[^"]+">\n)+')
STYLE = re.compile(r'<link rel="stylesheet" href="([^"]+)">')
# Scripts that are workers: never imported.
WORKER_SCRIPTS = ("walls.js", "worker.js", "archive.js", "networks.js")
STANDALONE = {*WORKER_SCRIPTS, "sw.js"}

OPTIONS = ("--bundle", "--format=iife", "--charset=utf8", "--target=esnext")


def joined_script(web: Path, parts: str, parts_cache: Path) -> str:
    """Return main.js with all that it imports; `parts` is what parts.js says."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "web"
        shutil.copytree(web, folder)
        (folder / "parts.js").write_text(parts, encoding="utf-8")
        esbuild = parts_cache.resolve() / "esbuild-wasm" / "bin" / "esbuild"
        return run("node", esbuild, "main.js", *OPTIONS, cwd=folder)


def joined_style(web: Path, page: str) -> str:
    """Return the style sheets that a page names, in its order."""
    return "".join((web / name).read_text(encoding="utf-8") for name in STYLE.findall(page))


def is_joined(path: Path, web: Path) -> bool:
    """Whether a file of web/ is in the joined script or sheet, or may be: it need not ship."""
    name = path.relative_to(web).as_posix()
    return path.suffix == ".css" or (path.suffix == ".js" and name not in STANDALONE)
