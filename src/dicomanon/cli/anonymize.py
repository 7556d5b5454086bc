"""`anonymize`: files and folders into a folder of files under neutral names.

Strategy: options become a profile, a key and regions (choices.py); `Run` does the rest.

Invariants: everything a person gives is read and checked before the first file is
written. A crosswalk is written only on request, also when a run was stopped, and never
over another.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from dicomanon.cli.choices import key_of, profile_of, regions_of
from dicomanon.cli.common import passphrase, read_text, sealed, write_new
from dicomanon.cli.keys import PASSPHRASE_FILE
from dicomanon.cli.run import Run, inputs_of

if TYPE_CHECKING:
    from dicomanon.policy.private_list import PrivateList
    from dicomanon.policy.profile import Profile


@click.command()
@click.argument("sources", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("-o", "--output", type=click.Path(file_okay=False, path_type=Path), help="Folder.")
@click.option(
    "--preset",
    default="research",
    show_default=True,
    metavar="NAME|FILE",
    help="basic, research, in-hospital, midi, or a JSON file of your own.",
)
@click.option(
    "--option",
    "options",
    multiple=True,
    metavar="NAME",
    help="An Option of PS3.15 Annex E, such as retain-uids or clean-descriptors; repeatable.",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="TAG=ACTION[:VALUE]",
    help="Decide for a tag, keyword, path, category or `private`; repeatable, later ones win.",
)
@click.option(
    "--mask",
    "masks",
    multiple=True,
    metavar="X,Y,W,H[@FRAMES]",
    help="Black out a rectangle, in pixels from the top left; @3 or @2-7 for some frames.",
)
@click.option(
    "--key",
    "key_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Key file for the same pseudonyms in every run; without one, a random key per run.",
)
@PASSPHRASE_FILE
@click.option(
    "--lookup",
    "lookup_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="CSV of id_old,id_new[,name][,date_offset_days]: your own subject IDs.",
)
@click.option(
    "--unknown-patients",
    type=click.Choice(["refuse", "pseudonym"]),
    default="refuse",
    show_default=True,
    help="What happens to a patient the lookup table does not know.",
)
@click.option(
    "--private-list",
    "private_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="CSV of creator,tag,disposition, or TCIA's table: private elements you know.",
)
@click.option(
    "--crosswalk",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write uid.csv and patient.csv (id_old,id_new) into this folder.",
)
@click.option("--seal-crosswalk", is_flag=True, help="Seal them; a passphrase is asked for.")
@click.option(
    "--crosswalk-passphrase-file",
    "crosswalk_phrase_file",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True),
    help="Seal them by the passphrase in the first line of this file.",
)
@click.option(
    "--no-verify", is_flag=True, help="Skip the leak check of each output; the report says so."
)
@click.option("--describe", is_flag=True, help="Show the plan and write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line a file.")
@click.option("--show-names", is_flag=True, help="Name the files in messages; names may identify.")
def anonymize(  # noqa: PLR0913 - one parameter an option
    sources: tuple[Path, ...],
    *,
    output: Path | None,
    preset: str,
    options: tuple[str, ...],
    settings: tuple[str, ...],
    masks: tuple[str, ...],
    key_file: Path | None,
    phrase_file: str | None,
    lookup_file: Path | None,
    unknown_patients: str,
    private_file: Path | None,
    crosswalk: Path | None,
    seal_crosswalk: bool,
    crosswalk_phrase_file: str | None,
    no_verify: bool,
    describe: bool,
    as_json: bool,
    show_names: bool,
) -> int:
    """Anonymize SOURCES, files and folders, into a folder under neutral names."""
    if output is None and not describe:
        raise click.MissingParameter(param_type="option", param_hint="-o FOLDER")
    listed = _listed(private_file)
    chosen = _with_lookup(
        profile_of(preset, settings, options, listed), lookup_file, unknown_patients
    )
    regions = regions_of(masks)
    secret = key_of(key_file, phrase_file)
    seals = seal_crosswalk or crosswalk_phrase_file is not None
    phrase = passphrase(crosswalk_phrase_file, new=True) if seals else None
    walk = None if crosswalk is None or describe else CrosswalkFolder(crosswalk, phrase)
    inputs = list(inputs_of(sources, output))
    if output is not None and not describe:
        output.mkdir(parents=True, exist_ok=True)
    written_to = None if describe else output
    table = None if walk is None else walk.table
    run = Run(
        chosen, secret, regions, written_to, inputs, table, as_json=as_json, verify=not no_verify
    )
    try:
        return run.all(show_names=show_names)
    finally:
        if walk is not None:
            walk.write()


def _listed(file: Path | None) -> PrivateList | None:
    if file is None:
        return None
    from dicomanon.policy.private_list import parse_private_list  # noqa: PLC0415

    return parse_private_list(read_text(file, "private_list"))


def _with_lookup(profile: Profile, file: Path | None, unknown: str) -> Profile:
    if file is None:
        return profile
    from dicomanon.policy.lookup import parse_lookup, with_lookup  # noqa: PLC0415

    text = read_text(file, "lookup")
    return with_lookup(profile, parse_lookup(text, refuse_unknown=unknown == "refuse"))


class CrosswalkFolder:
    """Where a crosswalk goes, and what is in it so far."""

    def __init__(self, folder: Path, phrase: str | None) -> None:
        from dicomanon.policy.crosswalk import Crosswalk  # noqa: PLC0415

        self.table = Crosswalk()
        self._folder = folder
        self._phrase = phrase
        if phrase is not None:
            sealed("", phrase)  # a passphrase that is too short is known before the run
        self._folder.mkdir(parents=True, exist_ok=True)
        if any(self._path(name).exists() for name in self.table.files()):
            message = "the crosswalk folder already holds a crosswalk"
            raise click.UsageError(message)

    def write(self) -> None:
        """Write the tables, sealed where asked; none of a run that wrote nothing."""
        if not self.table:
            return
        for name, text in self.table.files().items():
            phrase = self._phrase
            write_new(self._path(name), text if phrase is None else sealed(text, phrase))

    def _path(self, name: str) -> Path:
        return self._folder / (name if self._phrase is None else f"{name}.sealed")
