"""One made-up set for all tests of it, and a path in an answer looked up with pydicom."""

from __future__ import annotations

import re
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING

import pydicom
from pydicom.tag import Tag

from dicomanon.synth.synthesis import Choices, Made, instances

if TYPE_CHECKING:
    from pydicom.dataelem import DataElement
    from pydicom.dataset import FileDataset

CHOICES = Choices(patients=18, seed=7, burned_in=0.5)
_STEP = re.compile(r"<\(([0-9a-f]{4}),(?:\"([^\"]*)\",)?([0-9a-f]{2,4})\)>(?:\[<(\d{4})>\])?")


@cache
def made() -> tuple[Made, ...]:
    return tuple(instances(CHOICES))


def read(data: bytes) -> FileDataset:
    return pydicom.dcmread(BytesIO(data))


def find(level: pydicom.Dataset, path: str) -> DataElement:
    """The element at a path, or the UN on the way to it; KeyError if there is none."""
    steps = list(_STEP.finditer(path))
    assert "".join(step[0] for step in steps) == path
    for step in steps[:-1]:
        element = _element(level, step)
        if element.VR == "UN":
            return element
        level = element.value[int(step[4])]
    return _element(level, steps[-1])


def _element(level: pydicom.Dataset, step: re.Match[str]) -> DataElement:
    group = int(step[1], 16)
    if step[2] is None:
        return level[Tag(group, int(step[3], 16))]
    creator = next(
        e.value
        for e in level.group_dataset(group)
        if e.tag.is_private_creator and e.value.upper() == step[2]
    )
    return level.private_block(group, creator)[int(step[3], 16)]


def shown(element: DataElement) -> str:
    """A value as the form of the key writes it, in angle brackets."""
    return f"<{'' if element.value is None else str(element.value).strip()}>"
