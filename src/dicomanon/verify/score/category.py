"""Which category and subcategory a check counts for.

Strategy: a table of the actions whose category is fixed; text looks its up in what the key
says, in order. A check without any is of the category `unknown`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dicomanon.verify.score.answers import Check

UNKNOWN = ("unknown", "")
_FIXED = {
    "date_shifted": ("hipaa", "HIPAA-C"),
    "uid_changed": ("hipaa", "HIPAA-R"),
    "pixels_hidden": ("hipaa", "HIPAA-A"),
    "patid_consistent": ("dicom", "DICOM-P15-BASIC-C"),
    "uid_consistent": ("dicom", "DICOM-P15-BASIC-U"),
    "pixels_retained": ("tcia", "TCIA-P15-PIX-K"),
}
_TCIA = (("tcia", "p15"), ("tcia", "ptkb"), ("tcia", "rev"))
_LOOKED_UP = {
    "tag_retained": (("dicom", "iod"),),
    "text_notnull": (("dicom", "iod"),),
    "text_removed": (("hipaa", "m"), ("hipaa", "z"), *_TCIA),
    "text_retained": _TCIA,
}


def category_of(check: Check) -> tuple[str, str]:
    """A check's category and subcategory."""
    fixed = _FIXED.get(check.action)
    if fixed is not None:
        return fixed
    for family, code in _LOOKED_UP.get(check.action, ()):
        subcategory = check.categories.get(family, {}).get(code)
        if subcategory:
            return family, subcategory
    return UNKNOWN
