"""What pixels must not pass unseen: names burned into them, labels of slides, faces.

Invariants: a refusal says which of these it is about. That somebody masked or looked lets
text and labels pass; a face no look takes away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomanon.errors import PixelError
from dicomanon.pixels.face import face_possible
from dicomanon.pixels.risk import risk, slide_picture

if TYPE_CHECKING:
    from dicomanon.dicom.instance import Instance


def guard(instance: Instance, *, seen: bool, wary: bool, no_faces: bool) -> None:
    """Refuse pixels that nobody should pass on.

    seen: they are masked, or somebody looked at every frame; wary: a high risk of burned-in
    text is refused unless seen; no_faces: what may show a face is refused.

    Raises:
        PixelError: `face_possible`, `slide_label`, `burned_in_risk`.

    Standard: PS3.15 §E.3.1, §E.3.2.
    """
    if no_faces and face_possible(instance):
        raise PixelError("face_possible")
    if seen:
        return
    if slide_picture(instance):
        raise PixelError("slide_label")
    if wary and risk(instance).level == "high":
        raise PixelError("burned_in_risk")
