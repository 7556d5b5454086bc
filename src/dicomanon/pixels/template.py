"""Templates: where devices are known to write text into their images.

Strategy: a template is data: attributes that must match, and regions. The catalogue
(`data/templates.json`) holds what public pixel anonymizer scripts list (RSNA's CTP and the
recipes of deid); a person's own file has the same form and is looked at first. For an
ultrasound that says where its image is, everything outside is proposed.

Invariants: a template proposes, it never masks by itself; every attribute it names must
match. A text matches where it is contained, whatever its case; a number where it is equal;
a list where one of it matches. Nothing in a remembered template is an attribute of the
patient.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from dicomanon import data
from dicomanon.errors import ProfileError
from dicomanon.pixels.areas import image_areas, outside, whole_number
from dicomanon.pixels.region import Region, clip, parse_region

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dicomanon.dicom.instance import Instance

    Wanted = str | int

FORM = "dicomanon-templates-1"
ROWS, COLUMNS, FRAMES = 0x00280010, 0x00280011, 0x00280008
OUTSIDE = "ultrasound_regions"
DEVICE = (
    "Modality",
    "SOPClassUID",
    "ImageType",
    "Manufacturer",
    "ManufacturerModelName",
    "SoftwareVersions",
    "Rows",
    "Columns",
)
"""What tells a device and the layout of its screen."""
MATCHED = (*DEVICE, "BurnedInAnnotation", "SeriesDescription")
"""The attributes that a template may name."""


class Template(NamedTuple):
    """One device's layout; match: by keyword, the texts or numbers of which one must match."""

    name: str
    match: Mapping[str, tuple[Wanted, ...]]
    regions: tuple[Region, ...]
    source: str = ""


class Proposal(NamedTuple):
    """Regions for one instance, on its frame; reason: a template's name or `OUTSIDE`."""

    reason: str
    regions: tuple[Region, ...]


@cache
def catalogue() -> tuple[Template, ...]:
    """The templates that come with the package."""
    return _templates(data.templates())


def read_templates(text: str) -> tuple[Template, ...]:
    """A person's own templates, from JSON.

    Raises:
        ProfileError: `mask_templates`, with the place in the file.
    """
    try:
        raw = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        raise ProfileError("mask_templates", where="$") from None
    return _templates(raw)


def proposals(instance: Instance, templates: Iterable[Template]) -> list[Proposal]:
    """What templates, and the ultrasound's own regions, say to mask in an instance."""
    context = instance.context()
    columns, rows = whole_number(context, COLUMNS) or 0, whole_number(context, ROWS) or 0
    frames = whole_number(context, FRAMES) or 1
    if columns < 1 or rows < 1:
        return []
    found = [(t.name, t.regions) for t in templates if matches(t, instance)]
    found.append((OUTSIDE, tuple(outside(image_areas(instance), columns, rows))))
    clipped = ((name, _clipped(regions, columns, rows, frames)) for name, regions in found)
    return [Proposal(name, regions) for name, regions in clipped if regions]


def matches(template: Template, instance: Instance) -> bool:
    """Whether every attribute that a template names matches."""
    return all(
        any(_is(instance, keyword, wanted) for wanted in alternatives)
        for keyword, alternatives in template.match.items()
    )


def remembered(instance: Instance, regions: Sequence[Region], name: str) -> str:
    """A template file for the device of an instance, with regions that a person drew."""
    match: dict[str, Wanted] = {}
    for keyword in DEVICE:
        tag = data.tag_of(keyword) or 0
        number = whole_number(instance.context(), tag) if tag in (ROWS, COLUMNS) else None
        text = instance.text(tag).strip(" \0")
        if number is not None or text:
            match[keyword] = text if number is None else number
    drawn = [str(Region(r.x_px, r.y_px, r.width_px, r.height_px)) for r in regions]
    made = {"name": name, "match": match, "regions": list(dict.fromkeys(drawn))}
    return json.dumps({"form": FORM, "templates": [made]}, indent=1, ensure_ascii=False)


def _clipped(
    regions: tuple[Region, ...], columns: int, rows: int, frames: int
) -> tuple[Region, ...]:
    on_frame = (clip(region, columns, rows, frames) for region in regions)
    return tuple(region for region in on_frame if region is not None)


def _is(instance: Instance, keyword: str, wanted: Wanted) -> bool:
    tag = data.tag_of(keyword) or 0
    if isinstance(wanted, int):
        return whole_number(instance.context(), tag) == wanted
    return wanted.casefold() in instance.text(tag).casefold()


# -- reading -------------------------------------------------------------------------


def _templates(raw: Any) -> tuple[Template, ...]:  # noqa: ANN401 - any JSON
    if not isinstance(raw, dict) or raw.get("form") != FORM:
        raise ProfileError("mask_templates", where="$.form")
    listed = raw.get("templates")
    if not isinstance(listed, list):
        raise ProfileError("mask_templates", where="$.templates")
    return tuple(_template(each, f"$.templates[{n}]") for n, each in enumerate(listed))


def _template(raw: Any, where: str) -> Template:  # noqa: ANN401 - any JSON
    if not isinstance(raw, dict) or not isinstance(raw.get("name"), str):
        raise ProfileError("mask_templates", where=f"{where}.name")
    match, regions = raw.get("match"), raw.get("regions")
    if not isinstance(match, dict) or not match or not match.keys() <= set(MATCHED):
        raise ProfileError("mask_templates", where=f"{where}.match")
    if not isinstance(regions, list) or not regions:
        raise ProfileError("mask_templates", where=f"{where}.regions")
    return Template(
        raw["name"],
        {keyword: tuple(_wanted(value, f"{where}.match")) for keyword, value in match.items()},
        tuple(_region(each, f"{where}.regions[{n}]") for n, each in enumerate(regions)),
        str(raw.get("source", "")),
    )


def _wanted(raw: Any, where: str) -> Iterator[Wanted]:  # noqa: ANN401 - any JSON
    for value in raw if isinstance(raw, list) else [raw]:
        if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
            raise ProfileError("mask_templates", where=where)
        yield value


def _region(raw: Any, where: str) -> Region:  # noqa: ANN401 - any JSON
    try:
        return parse_region(raw if isinstance(raw, str) else "")
    except ProfileError:
        raise ProfileError("mask_templates", where=where) from None
