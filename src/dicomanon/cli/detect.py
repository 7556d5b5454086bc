"""`detect`: text that is burned into the images of a file, and options for who masks it.

Strategy: the search is `pixels.detect`; here it is driven by onnxruntime and told. Regions
are printed in the form that `--mask` takes.

Invariants: what was read may name the patient, so it is printed only where it is asked for.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dicomanon.cli.common import DONE, print_table

if TYPE_CHECKING:
    from collections.abc import Callable

    from dicomanon.dicom.instance import Instance
    from dicomanon.pixels.detect.find import Effort, TextRegion
    from dicomanon.pixels.detect.search import Findings, Which

    Decorator = Callable[[Callable[..., int]], Callable[..., int]]

_DEFAULT = click.core.ParameterSource.DEFAULT

EFFORT: Decorator = click.option(
    "--effort",
    type=click.Choice(["fast", "normal", "large"]),
    default="normal",
    show_default=True,
    help="large looks for letters above 200 px too, and finds more that is no text.",
)
EVERY_FRAME: Decorator = click.option(
    "--every-frame", is_flag=True, help="Look at every frame, not at eight of a cine."
)
MASK_TEXT: Decorator = click.option(
    "--mask-text",
    type=click.Choice(["all", "identifiers"]),
    help="Find burned-in text and mask all that need not stay, or what looks like an identifier.",
)


def with_mask_text(which: Which | None) -> None:
    """Refuse options on how to look where nothing is looked for."""
    source = click.get_current_context().get_parameter_source
    if which is None and any(source(name) is not _DEFAULT for name in ("effort", "every_frame")):
        message = "--effort and --every-frame go with --mask-text"
        raise click.UsageError(message)


def found_in(
    instance: Instance, effort: Effort, *, every_frame: bool, read: bool = True
) -> Findings:
    """Burned-in text of an instance.

    Raises:
        ProfileError: `detect_models` or `detect_runtime`, a part of detection is not installed.
        PixelError: there are no pixels to look at.
    """
    from dicomanon.pixels.detect.native import drive  # noqa: PLC0415 - commands import what they use
    from dicomanon.pixels.detect.search import Options, search  # noqa: PLC0415

    return drive(search(instance, Options(effort, every_frame=every_frame, read=read)))


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@EFFORT
@EVERY_FRAME
@click.option("--text", is_flag=True, help="Print what was read; it may name the patient.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def detect(file: Path, *, effort: Effort, every_frame: bool, text: bool, as_json: bool) -> int:
    """Find text that is burned into the images of FILE; regions as --mask takes them."""
    from dicomanon.dicom.scan import scan  # noqa: PLC0415
    from dicomanon.dicom.source import FileSource  # noqa: PLC0415

    with file.open("rb") as stream:
        findings = found_in(scan(FileSource(stream.fileno())), effort, every_frame=every_frame)
    rows = [_row(found, text=text) for found in findings.regions]
    review = [{"frame": frame, "why": why} for frame, why in findings.review]
    if as_json:
        click.echo(json.dumps({"regions": rows, "review": review}, ensure_ascii=False))
        return DONE
    titles = ("region", "confidence", "reason", "may stay", *(("text",) if text else ()))
    print_table(titles, [tuple(map(_cell, row.values())) for row in rows])
    for told in review:
        click.echo(f"frame {told['frame']}: a person has to look ({told['why']})")
    return DONE


def _row(found: TextRegion, *, text: bool) -> dict[str, Any]:
    why = found.reason
    told = "" if why is None else f"{why.kind} {why.keyword}".strip()
    row: dict[str, Any] = {
        "region": str(found.region),
        "confidence": round(found.confidence, 2),
        "reason": told,
        "keepable": found.keepable,
    }
    return {**row, "text": found.text or ""} if text else row


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    return str(value)
