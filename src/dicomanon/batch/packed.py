"""Outputs in one ZIP, encrypted by a passphrase or not.

Strategy: one process writes it, in order, from the segments that workers send back: ranges
are read from the inputs again, so nothing is ever whole in memory and nothing lies unpacked
on the disk. Entries are stored as they are: what compresses in an image is compressed by its
transfer syntax. Sizes may go beyond 4 GiB (ZIP64).

Invariants: the ZIP appears under its name only when it is complete; it is never continued.
With a passphrase every entry is AES-256 (WinZip's AE-2), as 7-Zip and others read it. No
entry tells when it was made.

Standard: PKWARE APPNOTE 6.3.10 §4.3.9.2 (ZIP64); WinZip's AES encryption, AE-2.
"""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, Any, Self
from unicodedata import normalize

from dicomanon.batch.store import new_part
from dicomanon.batch.task import opened
from dicomanon.dicom.sink import blocks
from dicomanon.errors import ProfileError
from dicomanon.policy.seal import PASSPHRASE_CHARS

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from dicomanon.batch.item import Item
    from dicomanon.dicom.segment import Segment

_MADE = (1980, 1, 1, 0, 0, 0)


class Packed:
    """A ZIP under construction; it is complete when the `with` block ends without an error.

    Raises:
        ProfileError: code `passphrase`; it is too short.
    """

    def __init__(self, path: Path, passphrase: str | None = None) -> None:
        if passphrase is not None and len(normalize("NFC", passphrase)) < PASSPHRASE_CHARS:
            raise ProfileError("passphrase")
        self._path = path
        self._part = path.with_name(f".{path.name}.{new_part()}.part")
        opens = _plain(self._part) if passphrase is None else _sealed(self._part, passphrase)
        self._zip, self._entry = opens

    def add(self, name: str, item: Item, segments: tuple[Segment, ...]) -> None:
        """Add an output; segments: their ranges are of the item.

        Raises:
            OSError: the ZIP cannot be written.
            InputError: the item cannot be read again.
        """
        info = self._entry(name, _MADE)
        with opened(item) as source, self._zip.open(info, "w", force_zip64=True) as entry:
            for block in blocks(source, segments):
                entry.write(block)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._zip.close()
        if kind is None:
            self._part.replace(self._path)
        else:
            self._part.unlink()


def _plain(path: Path) -> tuple[Any, Any]:
    return zipfile.ZipFile(path, "x", zipfile.ZIP_STORED), zipfile.ZipInfo


def _sealed(path: Path, passphrase: str) -> tuple[Any, Any]:
    """An archive and how its entries are described; pyzipper has no types."""
    import pyzipper  # noqa: PLC0415 - an extra

    archive = pyzipper.AESZipFile(path, "x", pyzipper.ZIP_STORED, encryption=pyzipper.WZ_AES)
    archive.setpassword(normalize("NFC", passphrase).encode())
    archive.setencryption(pyzipper.WZ_AES, nbits=256)
    return archive, archive.zipinfo_cls
