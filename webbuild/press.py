"""Pressed copies of files: `.br` and `.gz`, made once per content.

Strategy: one run of `press.mjs` for all that is not in the cache yet; a copy is named
by the SHA-256 of what it is a copy of.

Invariants: the same bytes in give the same bytes out, on every machine.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from webbuild.fetch import run, sha256_of
from webbuild.parts import BROTLI, PARTS, PYODIDE

if TYPE_CHECKING:
    from collections.abc import Iterable

PRESS = Path(__file__).with_name("press.mjs")
SUFFIXES = (".br", ".gz")
# A copy that saves less is not worth a file.
WORTH = 0.95


class Presser:
    """Makes pressed copies and keeps them in a folder."""

    def __init__(self, cache: Path, parts_cache: Path) -> None:
        self._cache = cache
        self._parts_cache = parts_cache
        tools = (row.sha256 for row in PARTS if row.package in {PYODIDE, BROTLI})
        self._tools = hashlib.sha256("".join((sha256_of(PRESS), *tools)).encode()).hexdigest()[:8]

    def press(self, paths: Iterable[Path]) -> None:
        """Make the copies of these files that are not there yet."""
        missing = {self._stem(path): path for path in paths if not self.gzip(path).exists()}
        if not missing:
            return
        self._cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._cache) as scratch:
            pairs = ((Path(scratch) / stem, path) for stem, path in missing.items())
            tools = (self._parts_cache / "pyodide", self._parts_cache / "brotli-wasm")
            run("node", PRESS, *tools, *(word for pair in pairs for word in pair))
            for copy in sorted(Path(scratch).iterdir()):
                copy.replace(self._cache / copy.name)

    def gzip(self, path: Path) -> Path:
        """Where the gzip copy of a file is, once pressed."""
        return self._copy(path, ".gz")

    def place_beside(self, paths: list[Path]) -> None:
        """Put the copies that are worth it beside their files."""
        self.press(paths)
        for path in paths:
            for suffix in SUFFIXES:
                copy = self._copy(path, suffix)
                if copy.stat().st_size < WORTH * path.stat().st_size:
                    shutil.copyfile(copy, path.with_name(path.name + suffix))

    def _copy(self, path: Path, suffix: str) -> Path:
        return self._cache / f"{self._stem(path)}{suffix}"

    def _stem(self, path: Path) -> str:
        return f"{sha256_of(path)[:32]}-{self._tools}"
