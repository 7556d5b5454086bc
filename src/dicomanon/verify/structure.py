"""Whether the output is still the same image: read to its end, its pixels, its references.

Strategy: what describes the image is compared value by value; pixel data is compared
block by block, each side read once, and not at all where the output is a range of the
very original. Under masks the masked cells are compared apart: they must be of one value,
and everything around them unchanged. UIDs are compared as a mapping along equal paths.

Invariants: problems are named by `PROBLEMS`; within a pair all of them are strong.

Standard: PS3.3 §C.7.6.3, PS3.5 §8, §9.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from dicomanon.dicom.tag import TagPath
from dicomanon.verify.facts import DATE_VRS, facts
from dicomanon.verify.finding import Finding
from dicomanon.verify.identifiers import DUMMY_DAYS, NO_UIDS, parsed_day, texts
from dicomanon.verify.overlays import left_over
from dicomanon.verify.pixels import PHOTOMETRIC, converted_pixels, same_pixels
from dicomanon.verify.reading import PIXELS, SOP_INSTANCE_UID

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from dicomanon.verify.finding import Where
    from dicomanon.verify.pixels import Mask
    from dicomanon.verify.reading import Reading

PROBLEMS: dict[str, str] = {
    "unreadable_original": "The original could not be read whole by the second reader.",
    "unreadable": "The output could not be read to its end.",
    "strays": "The output goes on behind its last element.",
    "preamble": "The output has something in its preamble, or has none.",
    "transfer_syntax": "The output's transfer syntax is another one.",
    "geometry": "An attribute that describes the image or its place has changed.",
    "items": "A sequence that describes the frames has lost or gained items.",
    "pixels": "Pixels changed that were not masked.",
    "mask": "What was masked is not of one value.",
    "overlay": "An overlay shows something under a mask.",
    "icon": "A thumbnail shows what was masked.",
    "intervals": "Dates of one patient moved by different numbers of days.",
    "uid_form": "A UID is not valid.",
    "reference": "The same UID became two, or two became the same.",
    "unmatched": "No original belongs to this output.",
    "ambiguous": "More than one original may belong to this output; a UID map tells.",
    "missing": "No output belongs to this original.",
    "not_dicom": "The file is not DICOM and was not looked at.",
}

MEDIA_STORAGE_SOP_INSTANCE_UID = 0x00020003
TEMPORAL_INFORMATION = 0x00280303
ICON_IMAGE = 0x00880200
DESCRIBING = (
    0x00080016,  # SOP Class UID
    0x00200032,  # Image Position (Patient)
    0x00200037,  # Image Orientation (Patient)
    0x00180050,  # Slice Thickness
    0x00180088,  # Spacing Between Slices
    0x00280002,  # Samples per Pixel
    PHOTOMETRIC,
    0x00280006,  # Planar Configuration
    0x00280008,  # Number of Frames
    0x00280010,  # Rows
    0x00280011,  # Columns
    0x00280030,  # Pixel Spacing
    0x00280100,  # Bits Allocated
    0x00280101,  # Bits Stored
    0x00280102,  # High Bit
    0x00280103,  # Pixel Representation
    0x00281052,  # Rescale Intercept
    0x00281053,  # Rescale Slope
)
Instead = Literal["remove", "convert"]
"""What may have become of compressed pixels that no mask could be burned into: gone, native."""
_TRANSFER_SYNTAX = 0x00020010
_PLANAR = 0x00280006
_NATIVE = {f"1.2.840.10008.1.2{more}" for more in ("", ".1", ".2", ".1.99")}
_ENCAPSULATED_ONLY = (0x7FE00001, 0x7FE00002, 0x7FE00003)
"""Offsets, lengths and total length of compressed frames."""
_MADE_REVERSIBLE = {("YBR_ICT", "YBR_RCT"), ("XYB", "RGB")}
"""What a mask on all frames may make of a Photometric Interpretation, so as not to change more."""
_DECODED = {
    *((old, "RGB") for old in ("YBR_FULL", "YBR_FULL_422", "YBR_PARTIAL_422", "YBR_PARTIAL_420")),
    *((old, "RGB") for old in ("YBR_ICT", "YBR_RCT", "XYB")),
    ("YBR_FULL_422", "YBR_FULL"),
}
"""What decoding may make of one."""
_WHERE: dict[str, Where] = {
    "reference": "reference",
    "uid_form": "reference",
    "pixels": "pixels",
    "mask": "pixels",
}
_FRAME_SEQUENCES = ((0x52009229,), (0x52009230,))
_UID = re.compile(r"(?=.{1,64}\Z)(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*))*\Z", re.ASCII)
_PREAMBLE_STOP = 132


def compare(
    before: Reading,
    after: Reading,
    masks: Sequence[Mask],
    kept: Collection[tuple[int, ...] | int] = (),
    instead: Instead | None = None,
) -> list[Finding]:
    """What is wrong with the output beside the original; empty if nothing is.

    kept: paths and tags that hold what a person chose; instead: what may have become of
    compressed pixels that no mask could be burned into; where they stayed, masks are there.
    """
    if not before.whole:
        return [_problem("unreadable_original", None, before.stop)]
    if not after.whole:
        return [_problem("unreadable", None, after.stop)]
    became = instead if _instead(before, after) == instead else None
    return [
        *_outside(after),
        *_described(before, after, became, masked=bool(masks)),
        *_references(before, after),
        *_intervals(before, after, kept),
        *_pixels(before, after, masks, became),
        *(_icons(after) if masks else ()),
        *(_problem("overlay", entry.path, entry.start) for entry in left_over(after, masks)),
    ]


def _instead(before: Reading, after: Reading) -> Instead | None:
    """What became of compressed pixels, None where they still are."""
    if before.pixels is None or before.pixels.fragments is None:
        return None
    if after.pixels is None:
        return "remove"
    return "convert" if after.pixels.fragments is None else None


def _problem(kind: str, path: tuple[int, ...] | None, offset: int | None = None) -> Finding:
    where = _WHERE.get(kind, "structure")
    return Finding(TagPath(path) if path else None, kind, "", "strong", where, offset)


def _outside(after: Reading) -> Iterator[Finding]:
    """What stands before the File Meta and behind the last element."""
    if after.strays:
        yield _problem("strays", None, after.stop)
    head = after.source.read(0, min(_PREAMBLE_STOP, after.source.size_bytes))
    if head != bytes(_PREAMBLE_STOP - 4) + b"DICM":
        yield _problem("preamble", None, 0)


def _described(
    before: Reading, after: Reading, became: Instead | None, *, masked: bool
) -> Iterator[Finding]:
    declared, written = before.text(_TRANSFER_SYNTAX), after.text(_TRANSFER_SYNTAX)
    right = written == declared if became is None else written in _NATIVE
    if declared and not right:
        yield _problem("transfer_syntax", (_TRANSFER_SYNTAX,))
    may_be = _DECODED if became == "convert" else _MADE_REVERSIBLE if masked else set()
    for tag in DESCRIBING:
        old, new = before.text(tag), after.text(tag)
        apart = became == "convert" and tag == _PLANAR  # decoded samples lie together
        if old != new and not apart and (old, new) not in may_be:
            yield _problem("geometry", (tag,))
    for path in _FRAME_SEQUENCES:
        if before.items.get(path) != after.items.get(path):
            yield _problem("items", path)


def _references(before: Reading, after: Reading) -> Iterator[Finding]:
    sources = {entry.path: entry for entry in before.entries if entry.vr == "UI"}
    instance = (SOP_INSTANCE_UID,)
    became: dict[str, str] = {}
    came_from: dict[str, str] = {}
    for entry in after.entries:
        if entry.vr != "UI" or not entry.value:
            continue
        new = _uids(entry.value)
        if any(uid and not _UID.match(uid) for uid in new):
            path = instance if entry.path == (MEDIA_STORAGE_SOP_INSTANCE_UID,) else entry.path
            if sources.get(path) is None or sources[path].value != entry.value:
                yield _problem("uid_form", entry.path, entry.start)
            continue
        source = sources.get(entry.path)
        if source is None or facts(entry.tag, "UI").kind != "uid" or entry.tag >> 16 == 2:  # noqa: PLR2004
            continue
        for old, now in zip(_uids(source.value or b""), new, strict=False):
            if now in NO_UIDS:
                continue  # a person asked for a dummy: it refers to nothing
            if became.setdefault(old, now) != now or came_from.setdefault(now, old) != old:
                yield _problem("reference", entry.path, entry.start)
    if after.text(MEDIA_STORAGE_SOP_INSTANCE_UID) != after.text(SOP_INSTANCE_UID) and after.text(
        SOP_INSTANCE_UID
    ):
        yield _problem("reference", (MEDIA_STORAGE_SOP_INSTANCE_UID,))


def _uids(value: bytes) -> list[str]:
    return [uid.strip(" \0") for uid in value.decode("latin-1").split("\\")]


def _intervals(
    before: Reading, after: Reading, kept: Collection[tuple[int, ...] | int]
) -> Iterator[Finding]:
    """Where the output says that its dates moved, all moved alike. Standard: PS3.15 §E.3.6.

    The birth date may become a year's beginning, and a dummy has moved nowhere. Where times
    of day moved, a date may have moved over midnight with its own.
    """
    if after.text(TEMPORAL_INFORMATION) != "MODIFIED":
        return
    sources = {entry.path: entry for entry in before.entries if entry.vr in DATE_VRS}
    first: timedelta | None = None
    room = timedelta(days=1) if _times_moved(before, after) else timedelta(0)
    for entry in after.entries:
        source = sources.get(entry.path)
        if source is None or entry.path in kept or entry.tag in kept:
            continue
        if facts(entry.tag, entry.vr).category != "date":
            continue
        for old, new in zip(texts(source), texts(entry), strict=False):
            was, now = parsed_day(old), parsed_day(new)
            if was is None or now is None or was == now or now in DUMMY_DAYS:
                continue
            first = now - was if first is None else first
            if abs(now - was - first) > room:
                yield _problem("intervals", entry.path, entry.start)


def _times_moved(before: Reading, after: Reading) -> bool:
    """Whether a time of day became another one that is no dummy."""
    sources = {entry.path: entry.value for entry in before.entries if entry.vr == "TM"}
    return any(
        entry.vr == "TM"
        and (entry.value or b"").strip(b" 0")
        and sources.get(entry.path, entry.value) != entry.value
        for entry in after.entries
    )


def _icons(after: Reading) -> Iterator[Finding]:
    for entry in after.entries:
        if entry.path[0] == ICON_IMAGE and entry.tag in PIXELS and entry.stop > entry.start:
            yield _problem("icon", entry.path, entry.start)


def _pixels(
    before: Reading, after: Reading, masks: Sequence[Mask], became: Instead | None
) -> Iterator[Finding]:
    if became is not None:
        tables = (after.top[tag] for tag in _ENCAPSULATED_ONLY if tag in after.top)
        yield from (_problem("pixels", entry.path, entry.start) for entry in tables)
    if became == "remove" or (before.pixels is None and after.pixels is None):
        return
    if before.pixels is None or after.pixels is None:
        place = before.pixels or after.pixels
        yield _problem("pixels", (place.tag,) if place else None)
        return
    compared = converted_pixels if became == "convert" else same_pixels
    wrong = compared(before, after, masks)
    if wrong:
        yield _problem(wrong, (after.pixels.tag,), after.pixels.start)
