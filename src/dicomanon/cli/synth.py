"""`synth`: made-up patients with planted identifiers, and the key to score what is left.

Invariants: nothing is written over; the same options write the same bytes.
"""

from __future__ import annotations

from pathlib import Path

import click

_LANGUAGES = ("en", "ja")
_FULL = "the folder is not empty"


@click.command()
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
@click.option("--patients", default=10, show_default=True, type=click.IntRange(1, 10_000))
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0))
@click.option("--modalities", help="A comma-separated list, such as CT,MR,SR; all if not given.")
@click.option("--lang", default="en,ja", show_default=True, help="Of names and texts, in turn.")
@click.option(
    "--burned-in",
    default=0.2,
    show_default=True,
    type=click.FloatRange(0, 1),
    help="The share of images with text in their pixels.",
)
def synth(  # noqa: PLR0913 - one parameter an option
    out: Path, *, patients: int, seed: int, modalities: str | None, lang: str, burned_in: float
) -> None:
    """Write made-up patients and their answer key below OUT."""
    from dicomanon.synth.synthesis import (  # noqa: PLC0415 - commands import what they use
        MODALITIES,
        Choices,
        write_set,
    )

    if out.exists() and any(out.iterdir()):
        raise click.BadParameter(_FULL, param_hint="OUT")
    wanted = _listed(modalities or ",".join(MODALITIES), MODALITIES, "--modalities")
    languages = _listed(lang, _LANGUAGES, "--lang")
    written = write_set(out, Choices(patients, seed, wanted, languages, burned_in))
    click.echo(f"{written} instances of {patients} patients, seed {seed}.")


def _listed(text: str, known: tuple[str, ...], option: str) -> tuple[str, ...]:
    found = tuple(part.strip() for part in text.split(","))
    if not set(found) <= set(known):
        raise click.BadParameter(", ".join(("choose from", *known)), param_hint=option)
    return found
