"""Where one output of many goes: folders and a file name made of the key, on every host alike.

Invariants: nothing of the source's values is in a path, and no path leaves its folder: its
parts are letters, digits and hyphens. The same instance and key give the same path; the
patient's folder is the pseudonym that stands in the output as Patient ID.
"""

from __future__ import annotations

import re
from base64 import b32encode
from typing import TYPE_CHECKING

from dicomanon.engine import file_stem
from dicomanon.errors import ProfileError

if TYPE_CHECKING:
    from dicomanon.dicom.instance import Instance
    from dicomanon.dicom.tag import Tag
    from dicomanon.policy.key import Key

TEMPLATE = "{patient}/{study}/{series}/{instance}.dcm"
PATIENT_NAME: Tag = 0x00100010
PATIENT_ID: Tag = 0x00100020
STUDY_INSTANCE_UID: Tag = 0x0020000D
SERIES_INSTANCE_UID: Tag = 0x0020000E
_CODE_BYTES = 10
_NAME = r"\{(?:patient|study|series|instance)\}"
_PART = re.compile(rf"(?:\w|{_NAME})(?:[\w. -]|{_NAME})*", re.ASCII)


def output_path(instance: Instance, key: Key, template: str = TEMPLATE) -> str:
    """The path of an instance's output below the folder of all outputs, `/` between parts.

    template: one that `checked_template` lets pass.
    """
    patient = instance.text(PATIENT_ID).strip() or instance.text(PATIENT_NAME).strip()
    return template.format(
        patient=key.pseudonym(patient),
        study=_code("study", instance.text(STUDY_INSTANCE_UID), key),
        series=_code("series", instance.text(SERIES_INSTANCE_UID), key),
        instance=file_stem(instance, key),
    )


def checked_template(template: str) -> str:
    """A person's template, if every path it makes is a plain one with the instance in it.

    Raises:
        ProfileError: code `template`.
    """
    parts = template.split("/")
    plain = all(_PART.fullmatch(part) for part in parts)
    if not plain or "{instance}" not in parts[-1]:
        raise ProfileError("template")
    return template


def _code(purpose: str, uid: str, key: Key) -> str:
    code = b32encode(key.digest(purpose, uid, _CODE_BYTES)).decode("ascii")
    return f"{purpose}-{code.lower()}"
