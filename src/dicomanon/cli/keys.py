"""`key`: key files, plain or sealed by a passphrase.

Strategy: a key is random and written once; sealing is the same for keys and crosswalks.

Invariants: a key file is never overwritten. A passphrase is never an argument.
"""

from __future__ import annotations

import secrets
from pathlib import Path

import click

from dicomanon.cli.common import passphrase, read_text, sealed, write_new

PASSPHRASE_FILE = click.option(
    "--passphrase-file",
    "phrase_file",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True),
    help="Take the passphrase from the first line of this file; - is standard input.",
)


@click.group()
def key() -> None:
    """Key files: the same pseudonyms in every run."""


@key.command()
@click.argument("file", type=click.Path(exists=False, path_type=Path))
@click.option("--passphrase", "asks", is_flag=True, help="Seal it; the passphrase is asked for.")
@PASSPHRASE_FILE
def new(file: Path, *, asks: bool, phrase_file: str | None) -> None:
    """Write a new random key to FILE, readable by its owner only."""
    from dicomanon.policy.key import (  # noqa: PLC0415 - commands import what they use
        SECRET_BYTES,
        dump_key,
        load_key,
    )

    text = dump_key(secrets.token_bytes(SECRET_BYTES))
    seals = asks or phrase_file is not None
    write_new(file, sealed(text, passphrase(phrase_file, new=True)) if seals else text)
    click.echo(f"Key {load_key(text).fingerprint}")


@key.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@PASSPHRASE_FILE
def unseal(file: Path, *, phrase_file: str | None) -> None:
    """Print what a passphrase sealed: a key file or a table of a crosswalk."""
    from dicomanon.policy.seal import unseal as opened  # noqa: PLC0415

    content = read_text(file, "sealed")
    click.echo(opened(content, passphrase(phrase_file, new=False)), nl=False)
