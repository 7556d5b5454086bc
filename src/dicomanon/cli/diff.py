"""`diff`: an original beside its output, with the rule that decided each element.

Strategy: `dicomanon.diff` compares; here the elements are filtered and printed, each form
by a function of its own.

Invariants: values go to standard output only, because the person asked to see them;
`--no-values` leaves them out.
"""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dicomanon.cli.choices import OPTIONS, SETTINGS, key_of, on_a_preset, profile_of
from dicomanon.cli.common import DONE, UNSAFE, printable
from dicomanon.cli.keys import PASSPHRASE_FILE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dicomanon.dicom.instance import Instance
    from dicomanon.diff import Difference
    from dicomanon.policy.profile import Profile

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_MARKS = {"kept": "=", "changed": "~", "removed": "-", "added": "+"}
_COLORS = {"kept": None, "changed": "yellow", "removed": "red", "added": "blue"}
_LONGEST = 200


@click.command()
@click.argument("original", type=_FILE)
@click.argument("anonymized", type=_FILE)
@click.option(
    "--preset",
    metavar="NAME|FILE",
    help="The preset that was used; without it, the one that the output's stamps name.",
)
@OPTIONS
@SETTINGS
@click.option(
    "--key", "key_file", type=_FILE, help="The key that was used, to hold new values against it."
)
@PASSPHRASE_FILE
@click.option("--masked", is_flag=True, help="Masks were burned in: pixels may differ.")
@click.option(
    "--only",
    multiple=True,
    type=click.Choice(list(_MARKS)),
    help="Show only what is in this state; repeatable.",
)
@click.option(
    "--category",
    "categories",
    multiple=True,
    metavar="NAME",
    help="Show only a category: patient, contact, date, ..., private, other; repeatable.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "color", "json", "html"]),
    help="color on a terminal, text elsewhere, unless said.",
)
@click.option("--language", type=click.Choice(["en", "ja"]), default="en", help="Of the HTML page.")
@click.option("--no-values", is_flag=True, help="Show no value of either file.")
def diff(  # noqa: PLR0913 - one parameter an option
    original: Path,
    anonymized: Path,
    *,
    preset: str | None,
    options: tuple[str, ...],
    settings: tuple[str, ...],
    key_file: Path | None,
    phrase_file: str | None,
    masked: bool,
    only: tuple[str, ...],
    categories: tuple[str, ...],
    form: str | None,
    language: str,
    no_values: bool,
) -> int:
    """Show ORIGINAL beside ANONYMIZED, element by element.

    Marked with ! is what is not as the rule says; then it ends with 3.
    """
    on_a_preset(preset, options, settings)
    from dicomanon import diff as engine  # noqa: PLC0415 - commands import what they use
    from dicomanon.dicom.scan import scan  # noqa: PLC0415
    from dicomanon.dicom.source import FileSource  # noqa: PLC0415
    from dicomanon.policy.plan import plan  # noqa: PLC0415

    unknown = set(categories) - set(engine.CATEGORIES)
    if unknown:
        raise click.BadParameter(", ".join(sorted(unknown)), param_hint="--category")
    key = key_of(key_file, phrase_file)
    with ExitStack() as opened:
        before, after = (
            scan(FileSource(opened.enter_context(path.open("rb")).fileno()))
            for path in (original, anonymized)
        )
        chosen = _chosen(after, preset, settings, options)
        decided = None if chosen is None else plan(before, chosen, key, masked=masked)
        keyed = key_file is not None
        found = list(engine.differences(before, after, decided, keyed=keyed, masked=masked))
    wrong = any(each.planned is False for each in found)
    shown = [
        each.without_values() if no_values else each
        for each in found
        if (not only or each.state in only) and (not categories or each.category in categories)
    ]
    form = form or ("color" if sys.stdout.isatty() else "text")
    _PRINT[form](shown, language)
    return UNSAFE if wrong else DONE


def _chosen(
    output: Instance, preset: str | None, settings: tuple[str, ...], options: tuple[str, ...]
) -> Profile | None:
    from dicomanon.diff import profile_of as stamped  # noqa: PLC0415

    return stamped(output) if preset is None else profile_of(preset, settings, options)


def _print_text(found: Iterable[Difference], _language: str) -> None:
    for each in found:
        click.echo(_line(each))


def _print_color(found: Iterable[Difference], _language: str) -> None:
    for each in found:
        bold = each.planned is False or None
        click.echo(click.style(_line(each), fg=_COLORS[each.state], bold=bold), color=True)


def _line(each: Difference) -> str:
    """Mark, place, name, values and the rule, e.g. `~ 00100010 Patient's Name: a -> b [...]`."""
    rule = f" [{each.action}: {each.rule}]" if each.action else ""
    wrong = " !" if each.planned is False else ""
    return f"{_MARKS[each.state]} {each.path} {each.name}{_values(each)}{rule}{wrong}"


def _values(each: Difference) -> str:
    if each.before is None or each.after is None:
        return ""
    before, after = _cut(each.before), _cut(each.after)
    if each.state == "kept":
        return f": {before}"
    sides = {"removed": before, "added": after}
    return f": {sides.get(each.state, f'{before} -> {after}')}"


def _cut(text: str) -> str:
    shown = printable(text)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"


def _print_json(found: Iterable[Difference], _language: str) -> None:
    """One line an element."""
    for each in found:
        plain: dict[str, Any] = {**each._asdict(), "path": str(each.path)}
        click.echo(json.dumps(plain, ensure_ascii=False))


def _print_html(found: Iterable[Difference], language: str) -> None:
    from dicomanon.report.page import diff_page  # noqa: PLC0415
    from dicomanon.report.words import words  # noqa: PLC0415

    for part in diff_page(found, words(language)):
        click.echo(part, nl=False)


_PRINT: dict[str, Callable[[Iterable[Difference], str], None]] = {
    "text": _print_text,
    "color": _print_color,
    "json": _print_json,
    "html": _print_html,
}
