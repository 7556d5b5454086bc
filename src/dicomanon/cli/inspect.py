"""`inspect`: what identifies the patient in a file.

Strategy: the same overview and places that the page shows, as a table or as JSON.

Invariants: values go to standard output only, because the person asked to see them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dicomanon.cli.common import name_of, print_table
from dicomanon.errors import SENTENCES, InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dicomanon.dicom.instance import Place


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--all", "everything", is_flag=True, help="Every element, not only sensitive ones.")
def inspect(file: Path, *, as_json: bool, everything: bool) -> None:
    """Show what identifies the patient in FILE.

    Without --all: the elements of the sensitive tags that have a value, and private ones.
    """
    from dicomanon import overview  # noqa: PLC0415 - commands import what they use
    from dicomanon.dicom.scan import scan  # noqa: PLC0415
    from dicomanon.dicom.source import FileSource  # noqa: PLC0415

    with file.open("rb") as stream:
        instance = scan(FileSource(stream.fileno()))
        places = [p for p in instance.places() if everything or _is_sensitive(p)]
        if as_json:
            rows = [_described(place) for place in places]
            click.echo(json.dumps({"file": str(file), "elements": rows}, ensure_ascii=False))
        else:
            counted = overview.survey(instance)
            _print_facts(overview.facts(instance, counted), overview.warnings(instance, counted))
            _print_elements(places)
        if instance.truncated_at is not None:
            click.echo(f"dicomanon: {SENTENCES['truncated']}", err=True)


def _is_sensitive(place: Place) -> bool:
    from dicomanon.data import category_of  # noqa: PLC0415
    from dicomanon.dicom.tag import is_private  # noqa: PLC0415

    element = place.element
    if element.items is not None or not element.value_bytes:
        return False
    return is_private(element.tag) or bool(category_of(element.tag))


def _described(place: Place) -> dict[str, Any]:
    """One element as `--json` prints it; bulk values as their length, sequences as null."""
    from dicomanon.dicom.instance import UNDEFINED  # noqa: PLC0415

    element = place.element
    vr = place.context.vr(element)
    return {
        "path": str(place.path),
        "vr": vr,
        "length_bytes": UNDEFINED if element.undefined_length else element.value_bytes,
        "offset_bytes": element.value_start,
        "value": None if vr == "SQ" else _value(place),
    }


def _value(place: Place) -> str | int:
    try:
        text = place.context.text(place.element)
    except InputError:  # a binary value of the wrong length has no text
        text = None
    return place.element.value_bytes if text is None else text


def _print_facts(facts: Any, warnings: Sequence[Any]) -> None:  # noqa: ANN401 - NamedTuples of overview
    for name, value in facts._asdict().items():
        if value not in ("", 0):
            click.echo(f"{name.replace('_', ' '):>18}  {value}")
    for warning in warnings:
        details = "".join(f" {value}" for value in warning.data.values())
        click.echo(f"{warning.level:>18}! {warning.code.replace('_', ' ')}{details}")


def _print_elements(places: Sequence[Place]) -> None:
    print_table(
        ("element", "VR", "name", "value"),
        (
            (
                str(place.path),
                place.context.vr(place.element),
                name_of(place.element.tag),
                _shown(place),
            )
            for place in places
        ),
    )


def _shown(place: Place) -> str:
    if place.element.items is not None:
        return f"{len(place.element.items)} items"
    value = _value(place)
    return f"{value} bytes" if isinstance(value, int) else value
