"""`review`: every distinct value that a batch would keep, for a person to read once.

Strategy: sources are planned one after the other and tallied (`dicomanon.review`); what a
person marked in the CSV comes back as a preset.

Invariants: no instance is written. Values go where the person asked: to standard output or
into a new file that only they can read.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dicomanon.cli.choices import OPTIONS, SETTINGS, key_of, profile_of
from dicomanon.cli.common import DONE, exit_code, print_table, write_new
from dicomanon.cli.keys import PASSPHRASE_FILE
from dicomanon.errors import DicomanonError, NotDicomError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from dicomanon.policy.key import Key
    from dicomanon.policy.profile import Profile
    from dicomanon.review.tally import Tally, Value

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_TITLES = ("weight", "signs", "count", "places", "value")
_SKIPPED_IN_FOLDERS = (NotDicomError, UnsupportedError)


@click.command()
@click.argument("sources", nargs=-1)
@click.option(
    "--preset",
    default="research",
    show_default=True,
    metavar="NAME|FILE",
    help="basic, research, in-hospital, midi, or a JSON file of your own.",
)
@OPTIONS
@SETTINGS
@click.option("--key", "key_file", type=_FILE, help="Key file, for texts in which dates move.")
@PASSPHRASE_FILE
@click.option(
    "--apply",
    "reviewed",
    type=_FILE,
    metavar="CSV",
    help="Make a preset that cuts what is marked in the column `cut` of a reviewed CSV.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write: the CSV, or with --apply the preset.",
)
@click.option(
    "--top", default=200, show_default=True, type=click.IntRange(1), help="Rows without -o."
)
def review(  # noqa: PLR0913 - one parameter an option
    sources: tuple[str, ...],
    *,
    preset: str,
    options: tuple[str, ...],
    settings: tuple[str, ...],
    key_file: Path | None,
    phrase_file: str | None,
    reviewed: Path | None,
    output: Path | None,
    top: int,
) -> int:
    """List every distinct value that would be kept of SOURCES.

    The riskiest come first. Mark in the column `cut` of the CSV what must not stay, and make a
    preset of it with --apply. A value may be shortened there to the part that is to be cut.
    """
    if output is not None and output.exists():
        message = "the file to write already exists"
        raise click.UsageError(message)
    if reviewed is not None:
        return _apply(reviewed, preset, output)
    if not sources:
        raise click.MissingParameter(param_type="argument", param_hint="SOURCES")
    tally, code = _tally(
        sources, profile_of(preset, settings, options), key_of(key_file, phrase_file)
    )
    if output is None:
        print_table(_TITLES, _rows(tally, top))
    else:
        click.echo(f"{_write(tally, output)} values of {tally.instances} instances.")
    return code


def _tally(sources: tuple[str, ...], profile: Profile, key: Key) -> tuple[Tally, int]:
    """What the sources would keep; what is refused does not stop the others."""
    from dicomanon.batch.task import opened  # noqa: PLC0415 - commands import what they use
    from dicomanon.batch.walk import items  # noqa: PLC0415
    from dicomanon.dicom.scan import scan  # noqa: PLC0415
    from dicomanon.policy.plan import plan  # noqa: PLC0415
    from dicomanon.review.tally import Tally  # noqa: PLC0415

    tally, code = Tally(), DONE
    for number, item in enumerate(items(sources), 1):
        try:
            with opened(item) as source:
                tally.add(plan(scan(source), profile, key))
        except DicomanonError as error:
            if item.named or not isinstance(error, _SKIPPED_IN_FOLDERS):
                code = max(code, exit_code(error))
                click.echo(f"dicomanon: file {number}: {error}", err=True)
    return tally, code


def _rows(tally: Tally, top: int) -> Iterator[tuple[str, ...]]:
    for _, value in zip(range(top), tally.values(), strict=False):
        yield _row(value)


def _row(value: Value) -> tuple[str, ...]:
    signs, places = " ".join(value.signs), " ".join(value.places)
    return str(value.weight), signs, str(value.times), places, value.text


def _write(tally: Tally, path: Path) -> int:
    from dicomanon.review.sheet import write  # noqa: PLC0415

    with _new(path) as stream:
        return write(tally.values(), stream)


def _new(path: Path) -> TextIO:
    """A new CSV for its owner only; spreadsheets take UTF-8 by its mark."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    return os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="")


def _apply(reviewed: Path, base: str, output: Path | None) -> int:
    """Make the preset, after seeing to it that it can be used."""
    from dicomanon.policy import preset as presets  # noqa: PLC0415
    from dicomanon.policy.profile import PRESETS  # noqa: PLC0415
    from dicomanon.review import sheet  # noqa: PLC0415

    with reviewed.open(encoding="utf-8-sig", newline="") as stream:
        cut = sheet.marked(stream)
    folder = (output.parent if output else Path()).resolve()
    extended = base if base in PRESETS else os.path.relpath(Path(base).resolve(), folder)
    found = sheet.preset(extended, cut)
    presets.document(found)
    text = json.dumps(found, indent=1, ensure_ascii=False) + "\n"
    if output is None:
        click.echo(text, nl=False)
    else:
        write_new(output, text)
    return DONE
