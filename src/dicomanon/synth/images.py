"""Images by modality: their SOP Class, number, size and words, and how they are drawn.

Strategy: one row a modality in `KINDS`, with a function that draws it and one for the
attributes of its own modules. Everything else is shared.

Invariants: a seed gives the same pixels every time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dicomanon.synth import modules, picture

if TYPE_CHECKING:
    from collections.abc import Callable

    from dicomanon.synth.attribute import Level
    from dicomanon.synth.exam import Series
    from dicomanon.synth.picture import Picture

_IMAGE = "1.2.840.10008.5.1.4.1.1"


class Kind(NamedTuple):
    """A modality. instances: in a series; frames: of each; bits: stored.

    draw: frames, seed -> pixels; own: series, number -> attributes; words, words_ja: what
    is done, in one line; body: Body Part Examined.
    """

    sop_class: str
    instances: int
    bits: int
    draw: Callable[[int, int], Picture]
    own: Callable[[Series, int], Level]
    words: str
    words_ja: str
    body: str
    frames: int = 1


def _grey(
    shapes: tuple[picture.Ellipse, ...], size: int, bits: int
) -> Callable[[int, int], Picture]:
    def draw(frames: int, seed: int) -> Picture:
        return picture.slices(shapes, frames, (size, size), bits, seed)

    return draw


def _sector(frames: int, seed: int) -> Picture:
    return picture.coloured(picture.fan(frames, (360, 480), seed))


def _screen(frames: int, _: int) -> Picture:
    return picture.page((300, 480)).repeat(frames, axis=0)


KINDS: dict[str, Kind] = {
    "CT": Kind(
        f"{_IMAGE}.2", 3, 12, _grey(picture.TORSO, 256, 12), modules.ct,
        "CT CHEST", "胸部単純CT", "CHEST",
    ),
    "MR": Kind(
        f"{_IMAGE}.4", 3, 12, _grey(picture.HEAD, 192, 12), modules.mr,
        "MRI BRAIN T1", "頭部MRI", "HEAD",
    ),
    "US": Kind(
        f"{_IMAGE}.6.1", 2, 8, _sector, modules.us,
        "US ABDOMEN", "腹部エコー", "ABDOMEN",
    ),
    "US cine": Kind(
        f"{_IMAGE}.3.1", 1, 8, _sector, modules.us_cine,
        "US ABDOMEN", "腹部エコー", "ABDOMEN", frames=4,
    ),
    "CR": Kind(
        f"{_IMAGE}.1", 1, 12, _grey(picture.CHEST, 512, 12), modules.cr,
        "CHEST PA", "胸部正面", "CHEST",
    ),
    "DX": Kind(
        f"{_IMAGE}.1.1", 1, 12, _grey(picture.CHEST, 512, 12), modules.dx,
        "XR CHEST", "胸部X線", "CHEST",
    ),
    "MG": Kind(
        f"{_IMAGE}.1.2", 2, 12, _grey(picture.BREAST, 512, 12), modules.mg,
        "MAMMOGRAM R CC", "マンモグラフィ", "BREAST",
    ),
    "PT": Kind(
        f"{_IMAGE}.128", 3, 16, _grey(picture.UPTAKE, 128, 16), modules.pt,
        "PET FDG", "FDG-PET", "CHEST",
    ),
    "XA": Kind(
        f"{_IMAGE}.12.1", 1, 8, _grey((*picture.TORSO, *picture.VESSELS), 320, 8), modules.xa,
        "CORONARY ANGIOGRAPHY", "冠動脈造影", "HEART", frames=4,
    ),
    "NM": Kind(
        f"{_IMAGE}.20", 1, 16, _grey(picture.UPTAKE, 128, 16), modules.nm,
        "BONE SCAN", "骨シンチグラフィ", "WHOLEBODY", frames=2,
    ),
    "SC": Kind(
        f"{_IMAGE}.7", 1, 8, _screen, modules.sc,
        "DOSE REPORT", "線量レポート", "CHEST",
    ),
}  # fmt: skip
"""By modality; a second kind of one has a word after it."""
