"""What the commands share: exit codes, tables on a terminal, files that hold a secret.

Strategy: a command says what went wrong by raising; `main` turns it into a sentence and a
code. A passphrase comes from a file or a descriptor that a script names, or from the
terminal; never from the command line, which every process of the machine can read.

Invariants: nothing is overwritten that the person did not name as an output folder; a
file that holds a secret is readable by its owner only.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from dicomanon.errors import InputError, ProfileError, UnsafeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from dicomanon.errors import DicomanonError

DONE, USAGE, REFUSED, UNSAFE = 0, 1, 2, 3
INSTALLS = {
    "distributed": "dicomanon[dask]",
    "fsspec": "dicomanon[cloud]",
    "s3fs": "dicomanon[cloud]",
    "paramiko": "dicomanon[cloud]",
    "gcsfs": "dicomanon[gs]",
    "adlfs": "adlfs",
    "pyzipper": "dicomanon[zip]",
    "PIL": "dicomanon[synth]",
}
"""What to install for a package that only an extra or a store needs; onnxruntime is told by
an error of its own."""
_WIDE = 200
_PASSPHRASE_CHARS = 4096


def exit_code(error: DicomanonError) -> int:
    """The exit code of a problem."""
    if isinstance(error, UnsafeError):
        return UNSAFE
    return REFUSED if isinstance(error, InputError) else USAGE


def to_install(error: ImportError) -> str:
    """What brings a package that is not installed, "" if it is none of those we may lack."""
    cause = error.__cause__  # fsspec says which store's package it misses in its own words
    name = error.name or (cause.name if isinstance(cause, ImportError) else None)
    return INSTALLS.get(name or "", "")


def print_table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table: fitted to a terminal, at full width elsewhere."""
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415 - rich takes 50 ms to import
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console(width=None if sys.stdout.isatty() else _WIDE, highlight=False)
    table = Table(*titles, box=SIMPLE_HEAD)
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    console.print(table)


def printable(text: str) -> str:
    """Without control characters: a value must not steer the terminal."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text)


def name_of(tag: int) -> str:
    """An attribute's name, "" if it has none."""
    from dicomanon import data  # noqa: PLC0415 - commands import what they use

    entry = data.entry(tag)
    return entry.name if entry is not None else ""


def read_text(path: Path, code: str) -> str:
    """A file's text; a ProfileError of that code where it is none."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ProfileError(code) from None


def write_new(path: Path, text: str) -> None:
    """Write a file that does not exist yet, readable by its owner only."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as stream:
        stream.write(text)


def passphrase(source: str | None, *, new: bool) -> str:
    """The first line of a file (`-` is standard input), or what the person types.

    Raises:
        ProfileError: code `key_sealed`; there is neither a file nor a terminal.
    """
    if source is not None:
        with click.open_file(source, encoding="utf-8") as stream:
            return str(stream.readline(_PASSPHRASE_CHARS)).rstrip("\r\n")
    if not sys.stdin.isatty():
        raise ProfileError("key_sealed")
    typed: str = click.prompt("Passphrase", hide_input=True, confirmation_prompt=new, err=True)
    return typed


def sealed(text: str, phrase: str) -> str:
    """A text sealed with fresh salt and nonce."""
    from dicomanon.policy.seal import NONCE_BYTES, SALT_BYTES, seal  # noqa: PLC0415

    salt, nonce = os.urandom(SALT_BYTES), os.urandom(NONCE_BYTES)
    return seal(text, phrase, salt=salt, nonce=nonce)
