"""`presets`: what each preset decides, how two differ, and other tools' scripts.

Strategy: a preset is one of ours or a file; all are resolved before anything is printed,
so what is shown is what would be done.

Invariants: what a conversion cannot say is said beside it: on standard error where the
result goes to standard output, else on standard output. No file is overwritten.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dicomanon.cli.choices import profile_of
from dicomanon.cli.common import print_table, read_text, write_new

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dicomanon.policy.profile import Profile

FORMATS = ("ctp", "deid", "kitware", "xnat")
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
FORMAT = click.argument("form", metavar="|".join(FORMATS), type=click.Choice(FORMATS))
OUTPUT = click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Write to this new file."
)


@click.group(invoke_without_command=True)
@click.pass_context
def presets(context: click.Context) -> None:
    """List the presets; NAME below is one of them or a JSON file."""
    if context.invoked_subcommand is None:
        from dicomanon.policy.profile import PRESETS  # noqa: PLC0415 - commands import what they use

        rows = (_summary(profile_of(name)) for name in PRESETS)
        print_table(("preset", "options", "private", "dates", "codes"), rows)


def _summary(profile: Profile) -> tuple[str, ...]:
    codes = " ".join(value for value, _, _ in profile.codes)
    options = ", ".join(profile.options)
    return profile.name, options, profile.private, profile.dates.lower(), codes


@presets.command()
@click.argument("name")
@JSON
def show(name: str, *, as_json: bool) -> None:
    """Print what a preset decides, attribute by attribute."""
    from dicomanon.policy.table import Line, table  # noqa: PLC0415

    profile = profile_of(name)
    lines = table(profile)
    if as_json:
        found = {
            "name": profile.name,
            "options": profile.options,
            "method": profile.method,
            "codes": [value for value, _, _ in profile.codes],
            "dates": profile.dates,
            "table": [line._asdict() for line in lines],
        }
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    print_table(("preset", "options", "private", "dates", "codes"), [_summary(profile)])
    print_table(Line._fields, lines)


@presets.command()
@click.argument("first")
@click.argument("second")
@JSON
def diff(first: str, second: str, *, as_json: bool) -> None:
    """Print the attributes that two presets decide differently."""
    from dicomanon.policy.table import differences  # noqa: PLC0415

    one, two = profile_of(first), profile_of(second)
    found = differences(one, two)
    if as_json:
        click.echo(json.dumps([each._asdict() for each in found], ensure_ascii=False))
        return
    only = set(one.options) ^ set(two.options)
    for option in (each for each in (*one.options, *two.options) if each in only):
        click.echo(f"{option}: only {one.name if option in one.options else two.name}")
    print_table(("tag", "name", one.name, two.name), found)
    click.echo(f"{len(found)} differences.")


@presets.command(name="import")
@FORMAT
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@OUTPUT
def import_(form: str, file: Path, output: Path | None) -> None:
    """Turn another tool's script FILE into a preset, and say what it does not say."""
    from dicomanon.policy.convert import converter  # noqa: PLC0415
    from dicomanon.policy.preset import document  # noqa: PLC0415

    found = converter(form).load(read_text(file, "convert"))
    document(found.preset)
    _write(json.dumps(found.preset, indent=1, ensure_ascii=False) + "\n", found.left_out, output)


@presets.command()
@FORMAT
@click.argument("name")
@OUTPUT
def export(form: str, name: str, output: Path | None) -> None:
    """Turn a preset into another tool's script, and say what that cannot say."""
    from dicomanon.policy.convert import converter  # noqa: PLC0415

    made = converter(form).dump(profile_of(name))
    _write(made.text, made.left_out, output)


def _write(text: str, left_out: Sequence[str], output: Path | None) -> None:
    if output is None:
        click.echo(text, nl=False)
    else:
        write_new(output, text)
    for sentence in left_out:
        click.echo(sentence, err=output is None)
