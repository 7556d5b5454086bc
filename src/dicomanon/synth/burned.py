"""Where stamps stand on images, and what they say.

Strategy: a few layouts as consoles make them: two lines of demographics and the initials of
whoever took a radiograph, a header above an ultrasound sector, a line of a dose report.

Invariants: a stamp says only what identifies, so whatever is read in its box must be gone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomanon.synth.stamp import Stamp, burn, size_px

if TYPE_CHECKING:
    from collections.abc import Callable

    from dicomanon.synth.dice import Dice
    from dicomanon.synth.exam import Exam
    from dicomanon.synth.picture import Picture
    from dicomanon.synth.stamp import Box

_EDGE_PX = 8


def _name(exam: Exam) -> str:
    person = exam.patient.person
    return f"{person.romaji_last} {person.romaji_first}"


def _demographics(exam: Exam, size: tuple[int, int], dice: Dice) -> list[Stamp]:
    p = exam.patient
    text = f"{_name(exam)} [{p.sex}]\n{exam.day:%m.%d.%Y} DOB: {p.born:%m.%d.%Y}"
    width, height = size_px(Stamp(text, 0, 0, 2))
    x = dice.pick((_EDGE_PX, size[1] - width - _EDGE_PX))
    y = dice.pick((_EDGE_PX, size[0] - height - _EDGE_PX))
    stamps = [Stamp(text, x, y, 2)]
    if dice.chance(0.4):  # the initials of the radiographer beside the side marker
        initials = p.operator.romaji_first[0] + p.operator.romaji_last[:2]
        stamps.append(Stamp(initials, size[1] // 8, size[0] // 5, 3))
    return stamps


def header(exam: Exam, size: tuple[int, int]) -> list[Stamp]:
    """Name, ID and date around an ultrasound sector; size: rows and columns, px."""
    return [
        Stamp(_name(exam), _EDGE_PX, _EDGE_PX, 2),
        Stamp(f"ID {exam.patient.id}", _EDGE_PX, size[0] - 30, 2),
        Stamp(f"{exam.day:%Y/%m/%d}", size[1] - 150, size[0] - 30, 2),
    ]


def _header(exam: Exam, size: tuple[int, int], dice: Dice) -> list[Stamp]:
    return header(exam, size)[: dice.between(2, 3)]


def _report(exam: Exam, _: tuple[int, int], __: Dice) -> list[Stamp]:
    p = exam.patient
    return [
        Stamp(_name(exam), 20, 12, 2),
        Stamp(f"{p.id} {p.born:%Y-%m-%d}", 20, 36, 2),
    ]


_LAYOUTS: dict[str, Callable[[Exam, tuple[int, int], Dice], list[Stamp]]] = {
    "US": _header,
    "US cine": _header,
    "CR": _demographics,
    "DX": _demographics,
    "MG": _demographics,
    "XA": _header,
    "SC": _report,
}
"""By kind of image; the others carry no text in their pixels."""


def stamped(
    exam: Exam, kind: str, picture: Picture, top: int, share: float
) -> tuple[tuple[str, Box], ...]:
    """Burn stamps into that share of the images; top: the greatest value. Texts and boxes."""
    dice = exam.dice.fork(f"stamps {kind}")
    layout = _LAYOUTS.get(kind)
    if layout is None or not dice.chance(share):
        return ()
    value = 0 if kind == "SC" else top
    stamps = layout(exam, picture.shape[1:3], dice)
    return tuple((stamp.text, burn(picture, stamp, value)) for stamp in stamps)
