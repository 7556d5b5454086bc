"""`detect`: text that is burned into images, and options for who masks it.

Strategy: a first pass over headers ranks the images by risk, so that the likeliest are told
first. The search is `pixels.detect`; here it is driven by onnxruntime and told. Regions are
printed in the form that `--mask` takes.

Invariants: what was read may name the patient, so it is printed only where it is asked for.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from dicomanon.cli.common import DONE, exit_code, print_table, printable
from dicomanon.errors import InputError, UnsafeError

if TYPE_CHECKING:
    from collections.abc import Callable

    from dicomanon.batch.item import Item
    from dicomanon.dicom.instance import Instance
    from dicomanon.pixels.detect.find import Effort, TextRegion
    from dicomanon.pixels.detect.search import Findings, Which
    from dicomanon.pixels.risk import Risk

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
@click.argument("sources", nargs=-1, required=True)
@EFFORT
@EVERY_FRAME
@click.option("--text", is_flag=True, help="Print what was read; it may name the patient.")
@click.option(
    "--risk", "only_risk", is_flag=True, help="Only rank them by what their headers tell."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, a line for each image.")
def detect(  # noqa: PLR0913 - one parameter an option
    sources: tuple[str, ...],
    *,
    effort: Effort,
    every_frame: bool,
    text: bool,
    only_risk: bool,
    as_json: bool,
) -> int:
    """Find text that is burned into the images of SOURCES.

    SOURCES are files, folders, ZIPs and URLs; regions are told as --mask takes them. Of several
    images the one comes first whose header makes text in it likeliest.
    """
    images, code = _ranked(sources)
    if only_risk:
        _print_risks(images, as_json=as_json)
        return code
    for image in images:
        try:
            seen = _seen(image.item, effort, every_frame=every_frame, text=text)
        except (InputError, UnsafeError) as error:
            code = max(code, exit_code(error))
            click.echo(f"dicomanon: file {image.number}: {error}", err=True)
            continue
        if as_json:
            click.echo(json.dumps(image.told() | seen, ensure_ascii=False))
        else:
            _print_seen(image if len(images) > 1 else None, seen, text=text)
    return code


class _Image(NamedTuple):
    """An image to look at; number: of its file among all."""

    number: int
    item: Item
    risk: Risk

    def told(self) -> dict[str, Any]:
        """What the headers tell, as JSON has it."""
        return {"image": self.item.label, "risk": self.risk.score, "signs": self.risk.signs}


def _ranked(sources: tuple[str, ...]) -> tuple[list[_Image], int]:
    """The images of sources, the riskiest first, and an exit code; what cannot be read is told."""
    from dicomanon.batch.run import SKIPPED_IN_FOLDERS  # noqa: PLC0415 - commands import what they use
    from dicomanon.batch.task import opened  # noqa: PLC0415
    from dicomanon.batch.walk import items  # noqa: PLC0415
    from dicomanon.dicom.scan import scan  # noqa: PLC0415
    from dicomanon.pixels.risk import risk  # noqa: PLC0415

    images, code = [], DONE
    for number, item in enumerate(items(sources), 1):
        try:
            with opened(item) as source:
                image = _Image(number, item, risk(scan(source)))
        except InputError as error:
            if item.named or not isinstance(error, SKIPPED_IN_FOLDERS):
                code = max(code, exit_code(error))
                click.echo(f"dicomanon: file {number}: {error}", err=True)
            continue
        if image.risk.score or item.named:
            images.append(image)
    return sorted(images, key=lambda image: -image.risk.score), code


def _seen(item: Item, effort: Effort, *, every_frame: bool, text: bool) -> dict[str, Any]:
    """What is found on an image; raises as `found_in`."""
    from dicomanon.batch.task import opened  # noqa: PLC0415 - as above
    from dicomanon.dicom.scan import scan  # noqa: PLC0415

    with opened(item) as source:
        findings = found_in(scan(source), effort, every_frame=every_frame)
    return {
        "regions": [_row(found, text=text) for found in findings.regions],
        "review": [{"frame": frame, "why": why} for frame, why in findings.review],
    }


def _print_seen(image: _Image | None, seen: dict[str, Any], *, text: bool) -> None:
    """Print what was found on an image, under its name where it is one of several."""
    if image is not None:
        click.echo(printable(f"{image.item.label} (risk {image.risk.score})"))
    titles = ("region", "confidence", "reason", "may stay", *(("text",) if text else ()))
    print_table(titles, [tuple(map(_cell, row.values())) for row in seen["regions"]])
    for told in seen["review"]:
        click.echo(f"frame {told['frame']}: a person has to look ({told['why']})")


def _print_risks(images: list[_Image], *, as_json: bool) -> None:
    """Print which images are likely to have text burned in, and why."""
    if as_json:
        for image in images:
            click.echo(json.dumps(image.told(), ensure_ascii=False))
        return
    signs = [", ".join(sign.removeprefix("risk_") for sign in image.risk.signs) for image in images]
    rows = [(str(of.risk.score), why, of.item.label) for of, why in zip(images, signs, strict=True)]
    print_table(("risk", "signs", "image"), rows)


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
