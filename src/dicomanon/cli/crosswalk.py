"""Where a crosswalk goes: two tables, sealed where asked.

Invariants: never over another; a passphrase that is too short is known before the run. What
was written is in it, also when the run was stopped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import click

from dicomanon.cli.common import passphrase, sealed, write_new
from dicomanon.policy.crosswalk import Crosswalk

if TYPE_CHECKING:
    from pathlib import Path


class CrosswalkFolder:
    """A folder for the tables; leaving the `with` block writes what is in `table` by then.

    seals: ask for a passphrase, or take it from phrase_file.
    """

    def __init__(self, folder: Path, phrase_file: str | None, *, seals: bool) -> None:
        self.table = Crosswalk()
        self._folder = folder
        sealing = seals or phrase_file is not None
        self._phrase = passphrase(phrase_file, new=True) if sealing else None
        if self._phrase is not None:
            sealed("", self._phrase)
        self._folder.mkdir(parents=True, exist_ok=True)
        if any(self._path(name).exists() for name in self.table.files()):
            message = "the crosswalk folder already holds a crosswalk"
            raise click.UsageError(message)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *stopped_by: object) -> None:
        if not self.table:
            return
        for name, text in self.table.files().items():
            phrase = self._phrase
            write_new(self._path(name), text if phrase is None else sealed(text, phrase))

    def _path(self, name: str) -> Path:
        return self._folder / (name if self._phrase is None else f"{name}.sealed")
