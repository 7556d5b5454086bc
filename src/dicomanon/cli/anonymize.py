"""`anonymize`: files, folders, ZIPs and URLs into a folder, a ZIP or a URL.

Strategy: options are tables of click's own decorators, so `watch` shares what is the same;
what they say becomes a `Wanted`, which run.py turns into a run.

Invariants: everything a person gives is read and checked before the first file is written.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dicomanon.cli.choices import OPTIONS, SETTINGS, UNMASKABLE, Choices
from dicomanon.cli.detect import EFFORT, EVERY_FRAME, MASK_TEXT, with_mask_text
from dicomanon.cli.keys import PASSPHRASE_FILE
from dicomanon.cli.run import Wanted, run
from dicomanon.cli.sections import Sectioned

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Decorator = Callable[[Callable[..., int]], Callable[..., int]]

TREE = "{patient}/{study}/{series}/{instance}.dcm"
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_PHRASES = click.Path(exists=True, dir_okay=False, allow_dash=True)
_FOLDER = click.Path(file_okay=False, path_type=Path)


class Place(click.Path):
    """A path, or a URL as it is."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401 - click's own signature
        """Check a path; a URL is checked by who opens it."""
        url = isinstance(value, str) and "://" in value
        return value if url else super().convert(value, param, ctx)


CHOICES: Sequence[Decorator] = (
    click.option(
        "--preset",
        default="research",
        show_default=True,
        metavar="NAME|FILE",
        help="basic, research, in-hospital, midi, or a JSON file of your own.",
    ),
    OPTIONS,
    SETTINGS,
    click.option(
        "--mask",
        "masks",
        multiple=True,
        metavar="X,Y,W,H[@FRAMES]",
        help="Black out a rectangle, in pixels from the top left; @3 or @2-7 for some frames.",
    ),
    UNMASKABLE,
    click.option(
        "--key",
        "key_file",
        type=_FILE,
        help="Key file for the same pseudonyms in every run, and to resume a run; "
        "without one, a random key that is forgotten.",
    ),
    PASSPHRASE_FILE,
    click.option(
        "--lookup",
        "lookup_file",
        type=_FILE,
        help="CSV of id_old,id_new[,name][,date_offset_days]: your own subject IDs.",
    ),
    click.option(
        "--unknown-patients",
        type=click.Choice(["refuse", "pseudonym"]),
        default="refuse",
        show_default=True,
        help="What happens to a patient the lookup table does not know.",
    ),
    click.option(
        "--private-list",
        "private_file",
        type=_FILE,
        help="CSV of creator,tag,disposition, or TCIA's table: private elements you know.",
    ),
    click.option(
        "--strict-text",
        is_flag=True,
        help="Leave only known medical and everyday words in texts that are cleaned.",
    ),
    click.option(
        "--mask-devices",
        is_flag=True,
        help="Mask where known devices write names, and around the image of an ultrasound.",
    ),
    click.option(
        "--mask-templates",
        "mask_template_files",
        type=_FILE,
        multiple=True,
        metavar="FILE",
        help="Mask by your own templates, as the page's 'Remember for this scanner' makes them.",
    ),
    MASK_TEXT,
    EFFORT,
    EVERY_FRAME,
    click.option(
        "--looked-at",
        is_flag=True,
        help="Say that you looked at every frame: labels of slides pass, and what is masked is "
        "stamped as cleaned (113101).",
    ),
    click.option(
        "--refuse-burned-in",
        is_flag=True,
        help="Refuse images that may have burned-in text, unless they are masked or looked at.",
    ),
    click.option(
        "--no-verify",
        is_flag=True,
        help="Skip the leak check of each output; the report says so.",
    ),
    click.option(
        "--accept-findings",
        metavar="REASON",
        help="Write also where the leak check finds something for sure; the reason stands "
        "in the report.",
    ),
)
"""What has a say in every output."""

RUNNING: Sequence[Decorator] = (
    click.option(
        "--template",
        default=TREE,
        show_default=True,
        help="Names of the outputs of what is found in folders and ZIPs; files that you name "
        "lie flat.",
    ),
    click.option(
        "--workers",
        type=click.IntRange(min=1),
        help="Processes that work at the same time; default: as many as cores.",
    ),
    click.option(
        "--report",
        type=_FOLDER,
        help="Write report.json, .csv and .html, and a summary to sign, into this folder.",
    ),
    click.option(
        "--json", "--json-lines", "as_json", is_flag=True, help="Print one JSON line a file."
    ),
    click.option(
        "--show-names", is_flag=True, help="Name the files in messages; names may identify."
    ),
)
"""How a run goes."""


def with_options(*groups: Sequence[Decorator]) -> Decorator:
    """All options of these groups, in their order."""

    def decorated(command: Callable[..., int]) -> Callable[..., int]:
        for option in reversed([option for group in groups for option in group]):
            command = option(command)
        return command

    return decorated


@click.command(cls=Sectioned)
@click.argument("sources", nargs=-1, required=True, type=Place(exists=True))
@click.option(
    "-o",
    "--output",
    type=Place(),
    help="A folder, a .zip, or a URL such as s3://bucket/prefix (extra `cloud`).",
)
@with_options(CHOICES, RUNNING)
@click.option(
    "--on-error",
    type=click.Choice(["skip", "stop"]),
    default="skip",
    show_default=True,
    help="What a file that is refused does to the others.",
)
@click.option(
    "--quarantine",
    type=click.Path(path_type=Path),
    help="Write a CSV of what was refused, and why.",
)
@click.option(
    "--redo", is_flag=True, help="Do everything anew, also with other choices than before."
)
@click.option(
    "--two-pass",
    is_flag=True,
    help="Read all headers first, so that texts lose what only another instance of the same "
    "patient names; the outputs then depend on what lies side by side.",
)
@click.option("--dry-run", is_flag=True, help="Do everything but write.")
@click.option("--describe", is_flag=True, help="Show the plan of each file and write nothing.")
@click.option(
    "--zip-passphrase-file",
    "zip_phrase_file",
    type=_PHRASES,
    help="Encrypt the .zip (AES-256; extra `zip`) by the first line of this file.",
)
@click.option(
    "--scheduler",
    metavar="ADDRESS|local",
    help="Work on a Dask cluster, tcp://host:8786 or one started here (extra `dask`).",
)
@click.option(
    "--crosswalk",
    type=_FOLDER,
    help="Write uid.csv and patient.csv (id_old,id_new) into this folder.",
)
@click.option("--seal-crosswalk", is_flag=True, help="Seal them; a passphrase is asked for.")
@click.option(
    "--crosswalk-passphrase-file",
    "crosswalk_phrase_file",
    type=_PHRASES,
    help="Seal them by the passphrase in the first line of this file.",
)
def anonymize(sources: tuple[str, ...], output: str | None, **given: Any) -> int:  # noqa: ANN401
    """Anonymize SOURCES: files, folders, ZIPs and URLs.

    Outputs get neutral names. With --key a folder keeps a journal: a run that was stopped goes on
    where it was, and a later one does only what is new. With the in-hospital preset and a terminal,
    an encrypted ZIP is offered: what leaves the hospital should not lie open on a stick.
    """
    wanted = wanted_of(sources, output, given)
    if output is None and wanted.writes:
        raise click.MissingParameter(param_type="option", param_hint="-o FOLDER")
    if output is not None and not wanted.is_zip and Path(output).is_file():
        message = f"-o {output} is a file."
        raise click.UsageError(message)
    return run(_offered(wanted))


def wanted_of(sources: tuple[str, ...], output: str | None, given: dict[str, Any]) -> Wanted:
    """The options as data."""
    with_mask_text(given["mask_text"])
    chosen = Choices(**{name: given.pop(name) for name in Choices._fields if name in given})
    return Wanted(sources, output, chosen, **given)


def _offered(wanted: Wanted) -> Wanted:
    """At a terminal, an encrypted ZIP in place of the folder, unless the person declines."""
    asks = wanted.choices.preset == "in-hospital" and wanted.folder is not None and wanted.writes
    if not (asks and sys.stdin.isatty() and sys.stderr.isatty()):
        return wanted
    if not click.confirm(
        "Write one ZIP, encrypted by a passphrase, in place of the folder?", default=True
    ):
        return wanted
    return wanted._replace(output=f"{str(wanted.output).rstrip('/')}.zip")
