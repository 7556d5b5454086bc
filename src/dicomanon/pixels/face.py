"""Whether a face could be made out of an instance's pixels.

Strategy: volumes of the head show a face once they are rendered, and photographs show it
at once. Anatomy decides where it is told; where it is not, the geometry does: slices that
are as fine and as wide as those of heads. Nothing here changes a pixel: who asks for Clean
Recognizable Visual Features gets a refusal where a face is possible, and no stamp.

Invariants: what is not known counts as possible.

Standard: PS3.15 §E.3.2; PS3.16 CID 4031 (anatomic regions).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomanon.dicom.instance import Context
from dicomanon.pixels.areas import whole_number
from dicomanon.pixels.risk import PIXELS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dicomanon.dicom.instance import Instance

MODALITY, BODY_PART, ROWS, COLUMNS = 0x00080060, 0x00180015, 0x00280010, 0x00280011
ANATOMIC_REGION, CODE_MEANING, SPACING = 0x00082218, 0x00080104, 0x00280030
SLICE_THICKNESS, DESCRIPTIONS = 0x00180050, (0x00081030, 0x0008103E, 0x00181030)

VOLUMES = frozenset({"CT", "MR", "PT", "NM", "CBCT"})
PHOTOGRAPHS = frozenset({"XC", "DMS", "ES", "OP", "GM"})
HEAD = """
    HEAD BRAIN SKULL FACE FACIAL ORBIT EYE SINUS JAW MAXILLA MANDIBLE DENTAL TEETH EAR IAC
    PITUITARY NECK CSPINE WHOLEBODY NOSE TMJ NEURO CRANI CEREBR 頭 脳 顔 頸 眼 耳 顎 全身
    """.split()
"""Words of the head, and of what is scanned together with it."""
ELSEWHERE = """
    CHEST THORAX LUNG HEART CARDIAC BREAST ABDOMEN LIVER KIDNEY PELVIS PROSTATE HIP KNEE ANKLE
    FOOT LEG HAND WRIST ELBOW SHOULDER LSPINE TSPINE 胸 腹 骨盤 膝 股 肩 心 乳
    """.split()
HEAD_WIDTH_MM = (120.0, 400.0)
THICKEST_MM = 7.0


def face_possible(instance: Instance) -> bool:
    """Whether a face could be recognized in the pixels, or in a volume of their series."""
    if not any(instance.data_set.find(tag) for tag in PIXELS):
        return False
    modality = instance.text(MODALITY).strip(" \0").upper()
    if modality in PHOTOGRAPHS:
        return True
    if modality not in VOLUMES:
        return False
    told = " ".join(_anatomy(instance)).upper().replace("WHOLE BODY", "WHOLEBODY")
    if any(word in told for word in HEAD):
        return True
    return not any(word in told for word in ELSEWHERE) and _as_wide_as_a_head(instance)


def _anatomy(instance: Instance) -> Iterator[str]:
    """What the instance says of the body part, in codes and in words."""
    yield instance.text(BODY_PART)
    yield from (instance.text(tag) for tag in DESCRIPTIONS)
    region = instance.data_set.find(ANATOMIC_REGION)
    top = instance.context()
    for item in (region.items or ()) if region is not None else ():
        meaning = item.find(CODE_MEANING)
        if meaning is not None:
            yield Context(instance, item, top).text(meaning) or ""


def _as_wide_as_a_head(instance: Instance) -> bool:
    """Whether slices are so fine and so wide that they may be of a head; if unknown, they may."""
    context = instance.context()
    spacing, columns = instance.number(SPACING), whole_number(context, COLUMNS)
    if spacing is None or columns is None:
        return True
    narrowest, widest = HEAD_WIDTH_MM
    thickness = instance.number(SLICE_THICKNESS)
    return narrowest <= spacing * columns <= widest and (thickness or 0) <= THICKEST_MM
