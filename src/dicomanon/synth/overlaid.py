"""Overlays with a patient's name in their bits, and in what they are called.

Standard: PS3.3 §C.9.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dicomanon.synth import sentences
from dicomanon.synth.attribute import Attribute, plain
from dicomanon.synth.stamp import lettering

if TYPE_CHECKING:
    from dicomanon.synth.attribute import Level, Plain
    from dicomanon.synth.exam import Exam

_GROUP = 0x60000000


def overlay(exam: Exam, rows: int, columns: int) -> Level:
    """Overlay Plane 1: the patient's name, drawn."""
    plane = np.zeros((rows, columns), np.bool_)
    letters = lettering(exam.patient.person.romaji_last, 1)[: rows - 8, : columns - 8]
    plane[8 : 8 + letters.shape[0], 8 : 8 + letters.shape[1]] = letters
    bits = np.packbits(plane, bitorder="little").tobytes()
    elements: tuple[tuple[int, str, Plain], ...] = (
        (0x0010, "US", rows),
        (0x0011, "US", columns),
        (0x0022, "LO", exam.line(sentences.NOTE, "overlay description")),
        (0x0040, "CS", "G"),
        (0x0050, "SS", (1, 1)),
        (0x0100, "US", 1),
        (0x0102, "US", 0),
        (0x1500, "LO", exam.line(sentences.NOTE, "overlay label")),
        (0x3000, "OW", bits + b"\0" * (len(bits) % 2)),
    )
    return [
        Attribute(_GROUP | low, vr, plain(value), demand="loose") for low, vr, value in elements
    ]
