"""Imports from packs: stored zips on `sys.path`, extension modules included.

Strategy: Python's own zipimport reads the byte code. What it cannot do is load
a shared library, so this finder, asked last, copies one library out of its pack
when it is imported and forgets the copy once it is linked.

Invariants: standard library only. Nothing is written that is not deleted again.
"""

from __future__ import annotations

import sys
from importlib.machinery import ExtensionFileLoader, ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING
from zipimport import zipimporter

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType


class _LinkedOnce(ExtensionFileLoader):
    """Loads a library from a temporary file and deletes the file."""

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        try:
            return super().create_module(spec)
        finally:
            Path(self.path).unlink()


class PackFinder:
    """Finds `a.b` as the member `a/b.so` of one pack."""

    def __init__(self, pack: str) -> None:
        self._pack = zipimporter(pack)

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return how to load the extension module, None if it is not in this pack."""
        del path, target
        try:
            library = self._pack.get_data(f"{self._pack.archive}/{name.replace('.', '/')}.so")
        except OSError:
            return None
        copy = Path("/tmp") / f"{name}.so"  # noqa: S108 - the tab's own memory file system
        copy.write_bytes(library)
        return spec_from_file_location(name, copy, loader=_LinkedOnce(name, str(copy)))


def add(pack: str) -> None:
    """Make the modules of a pack importable."""
    sys.path.append(pack)
    sys.meta_path.append(PackFinder(pack))
