"""manifest.json: the SHA-256 and size of every other file of a build, and the check of it.

Invariants: `verify` finds every difference: a file that changed, is missing or is extra.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from webbuild.fetch import sha256_of

if TYPE_CHECKING:
    from pathlib import Path

MANIFEST = "manifest.json"


def write_manifest(dist: Path) -> None:
    """Write manifest.json into a finished build."""
    text = json.dumps({"files": _sums(dist)}, indent=1) + "\n"
    (dist / MANIFEST).write_text(text, encoding="utf-8")


def verify(dist: Path) -> list[str]:
    """Return what differs between a folder and its manifest, a line each; empty: nothing.

    Raises: OSError without a manifest, ValueError or KeyError when it is none.
    """
    said = json.loads((dist / MANIFEST).read_text(encoding="utf-8"))["files"]
    found = _sums(dist)
    missing = [f"missing: {name}" for name in said.keys() - found.keys()]
    extra = [f"extra: {name}" for name in found.keys() - said.keys()]
    changed = [
        f"changed: {name}" for name in said.keys() & found.keys() if said[name] != found[name]
    ]
    return sorted((*missing, *extra, *changed))


def _sums(dist: Path) -> dict[str, dict[str, str | int]]:
    return {
        path.relative_to(dist).as_posix(): {"sha256": sha256_of(path), "bytes": path.stat().st_size}
        for path in sorted(dist.rglob("*"))
        if path.is_file() and path != dist / MANIFEST
    }
