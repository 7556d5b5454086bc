"""Where to look first: how likely text that names a patient is burned into an image.

Strategy: a table of signs, each with a weight. The strongest counts whole and every other
adds a little; a claim that nothing is burned in takes some away and never all, since it is
written by machines that do not look.

Invariants: no pixel is read. An instance without pixels has no risk; the risk of one with
pixels is never zero.

Standard: PS3.3 §C.7.6.1 (Burned In Annotation, Image Type), §C.8.6.1 (Conversion Type).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dicomanon.dicom.tag import PIXEL_DATA
from dicomanon.pixels.areas import ULTRASOUND_REGIONS
from dicomanon.pixels.template import catalogue, matches

if TYPE_CHECKING:
    from collections.abc import Callable

    from dicomanon.dicom.instance import Instance

MODALITY, SOP_CLASS, IMAGE_TYPE = 0x00080060, 0x00080016, 0x00080008
BURNED_IN, CONVERSION_TYPE, LABEL_IN_IMAGE = 0x00280301, 0x00080064, 0x00480010
PIXELS = (PIXEL_DATA, 0x7FE00008, 0x7FE00009)

LIKELY = frozenset({"US", "IVUS", "ES", "OT", "SC", "XC", "GM", "DOC", "ECG", "OP", "HC"})
"""Modalities whose images carry names more often than not: screens, cameras, scans of paper."""
POSSIBLE = frozenset({"CR", "DX", "RF", "XA", "MG", "IO", "PX", "NM", "RG", "BMD"})
"""Modalities whose images carry text at times: digitized film, printed labels, markers."""
FLAGGED = "risk_flagged"
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
ULTRASOUND = (
    "1.2.840.10008.5.1.4.1.1.3.1",
    "1.2.840.10008.5.1.4.1.1.6.1",
    "1.2.840.10008.5.1.4.1.1.6.2",
)
SLIDE = "1.2.840.10008.5.1.4.1.1.77.1.6"
SLIDE_PICTURES = frozenset({"LABEL", "OVERVIEW"})
"""Image Type value 3 of the pictures that show a slide's label. PS3.3 §C.8.12.4.1.1."""
SCREENS = ("SCREEN", "DOSE", "REPORT", "PROTOCOL", "SNAPSHOT", "CAPTURE")
CLAIMED_CLEAN = 20
EACH_MORE = 3
HIGH, MEDIUM = 70, 30
HIGHEST, LOWEST = 100, 1


class Sign(NamedTuple):
    """One reason; weight: 0 to 100; shows: whether an instance has it."""

    code: str
    weight: int
    shows: Callable[[Instance], bool]


class Risk(NamedTuple):
    """score: 0 to 100; signs: the codes of what was found, strongest first."""

    score: int
    signs: tuple[str, ...]

    @property
    def level(self) -> str:
        """`high`, `medium`, `low`, or "" where there are no pixels."""
        if not self.score:
            return ""
        return "high" if self.score >= HIGH else "medium" if self.score >= MEDIUM else "low"


def risk(instance: Instance) -> Risk:
    """How likely text is burned into an instance's pixels."""
    if not any(instance.data_set.find(tag) for tag in PIXELS):
        return Risk(0, ())
    found = [sign for sign in SIGNS if sign.shows(instance)]
    if not found:
        return Risk(LOWEST, ())
    score = found[0].weight + EACH_MORE * (len(found) - 1)
    if _word(instance, BURNED_IN) == "NO":
        score -= CLAIMED_CLEAN
    return Risk(max(LOWEST, min(score, HIGHEST)), tuple(sign.code for sign in found))


def slide_picture(instance: Instance) -> bool:
    """Whether this is the label or overview picture of a whole slide image.

    Standard: PS3.3 §C.8.12.4.1.1.
    """
    types = set(_word(instance, IMAGE_TYPE).split("\\"))
    return _word(instance, SOP_CLASS) == SLIDE and not types.isdisjoint(SLIDE_PICTURES)


def _word(instance: Instance, tag: int) -> str:
    return instance.text(tag).strip(" \0").upper()


def _screen(instance: Instance) -> bool:
    image_type = _word(instance, IMAGE_TYPE)
    return any(word in image_type for word in SCREENS)


def _captured(instance: Instance) -> bool:
    sop_class = _word(instance, SOP_CLASS)
    return sop_class in ULTRASOUND or sop_class.startswith(SECONDARY_CAPTURE)


SIGNS: tuple[Sign, ...] = (
    Sign(FLAGGED, 100, lambda i: _word(i, BURNED_IN) == "YES"),
    Sign("risk_slide_label", 100, slide_picture),
    Sign("risk_slide_label", 100, lambda i: _word(i, LABEL_IN_IMAGE) == "YES"),
    Sign("risk_known_device", 95, lambda i: any(matches(t, i) for t in catalogue())),
    Sign("risk_screen", 92, _screen),
    Sign("risk_modality", 90, lambda i: _word(i, MODALITY) in LIKELY),
    Sign("risk_sop_class", 90, _captured),
    Sign("risk_regions", 90, lambda i: i.data_set.find(ULTRASOUND_REGIONS) is not None),
    Sign("risk_converted", 50, lambda i: bool(_word(i, CONVERSION_TYPE))),
    Sign("risk_modality_possible", 40, lambda i: _word(i, MODALITY) in POSSIBLE),
    Sign("risk_secondary", 35, lambda i: "SECONDARY" in _word(i, IMAGE_TYPE).split("\\")),
)
"""Signs, strongest first."""
