"""Words that name nobody, and words that are seldom a name where they stand alone.

Invariants: lower case. The lists are for judging what was found, never for what to search.
"""

from __future__ import annotations

import re
from functools import cache

from pydicom.datadict import dictionary_description, keyword_dict

_NOBODY = """
anonymized anonymised anonymous anonym anon nobody none noname unknown unnamed unspecified
notspecified removed redacted deidentified deleted empty null nil blank dummy test testing
default patient physician doctor name id no yes na other default xx xxx xxxx
20deidentified anonymizedpatient anonymouspatient
"""
_PLAIN = """
brown white black green gray grey long short young old little small large king bishop
baker cook hunter fisher miller smith carpenter may june april august rose grace hope faith
joy mark bill frank will grant pat sue chase drew miles page case field ford forest glass
hall hand head heart hill house lake lane law light love marsh moon moss park pool price
rice rich rivers rock root sand sharp shore snow stone street strong summer sun swift temple
town walker wall ward waters west east north south wood woods world phantom hospital clinic
center centre medical radiology university department imaging general institute health
demo sample image study series scan contrast first last doctor nurse technologist lossless
compressed samples
"""
_NAMED_AFTER = """
disease diseases syndrome syndromes lymphoma palsy sarcoma tumor tumors tumour tumours ulcer
ulcers fracture fractures sign thyroiditis orbitopathy ophthalmopathy hernia cyst cysts lesion
deformity paralysis score scale classification criteria contracture anomaly malformation
aneurysm chorea dementia arthritis dystrophy disorder esophagus oesophagus encephalopathy
"""
EPONYM = re.compile(rf"(?:'s|')?[ -](?:{'|'.join(_NAMED_AFTER.split())})\b".encode(), re.IGNORECASE)
"""What follows a name that is a disease's, a fracture's or a score's."""
NOBODY = frozenset(_NOBODY.split())
"""Whole values that stand for no one."""


@cache
def common_words() -> frozenset[str]:
    """DICOM's own words and plain ones: found alone, they are seldom somebody's name."""
    words: set[str] = {
        word.lower()
        for tag in keyword_dict.values()
        for word in re.findall(r"[A-Za-z]{3,}", dictionary_description(tag))
    }
    return frozenset(words | set(_PLAIN.split()))
