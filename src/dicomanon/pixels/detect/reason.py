"""Why a text region matters: what a text that was read looks like, or whose value it equals.

Strategy: first the file's own identifying values, compared as a person would who reads a
bad print: forms folded, look-alike characters the same, a letter in eight wrong. Then a
table of patterns, the first that holds gives the kind. What a modality's images need for
diagnosis (measurements, scales, orientation letters) is data: kinds that may be kept.

Invariants: standard library only. A text that equals an identifying value is never kept.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from itertools import permutations
from typing import TYPE_CHECKING, Literal, NamedTuple

from dicomanon import data
from dicomanon.dicom.value import split_values
from dicomanon.dicom.vr import VRS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dicomanon.dicom.instance import Instance

Kind = Literal[
    "identifier",
    "date",
    "time",
    "name",
    "age",
    "number",
    "measurement",
    "orientation",
    "scale",
    "text",
]


IDENTIFYING: frozenset[Kind] = frozenset(("identifier", "date", "name", "number", "age"))
"""Kinds that may tell who it is."""


class Reason(NamedTuple):
    """kind: what the text looks like; keyword: the attribute whose value it equals."""

    kind: Kind
    keyword: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Known:
    """The identifying values of a file: folded texts and days, each with its keyword."""

    texts: tuple[tuple[str, str], ...] = ()
    days: tuple[tuple[date, str], ...] = ()

    def __repr__(self) -> str:
        return f"Known({len(self.texts)} texts, {len(self.days)} days)"


# -- what is known ------------------------------------------------------------------------

_CATEGORIES = frozenset(("patient", "contact", "date", "place", "study"))
_TEXT_VRS = frozenset(("PN", "LO", "SH", "UC", "AE", "CS"))
_DAY = re.compile(r"(\d{4})\.?(\d\d)\.?(\d\d)")
_LEAST_CHARS = 2
_PN_COMPONENTS = 3


def known_values(instance: Instance) -> Known:
    """The identifying values in the header of an instance, at every depth."""
    texts: dict[str, str] = {}
    days: dict[date, str] = {}
    for place in instance.places():
        element = place.element
        vr = place.context.vr(element)
        if element.items is not None or vr not in VRS or not element.value_bytes:
            continue
        if data.category_of(element.tag) not in _CATEGORIES:
            continue
        entry = data.entry(element.tag)
        keyword = entry.keyword if entry is not None else ""
        if vr in ("DA", "DT"):
            for day in _days_of(place.context.text(element) or ""):
                days.setdefault(day, keyword)
        elif vr in _TEXT_VRS:
            for value in split_values(place.context.text(element) or "", vr):
                for form in _forms(value, vr):
                    texts.setdefault(form, keyword)
    return Known(tuple(texts.items()), tuple(days.items()))


def _days_of(value: str) -> Iterator[date]:
    for match in _DAY.finditer(value):
        yield from _day(*match.groups())


def _forms(value: str, vr: str) -> Iterator[str]:
    """What may stand in an image for a value: the whole, and the parts of a name."""
    groups = value.split("=") if vr == "PN" else [value]
    for group in groups:
        parts = group.split("^")[:_PN_COMPONENTS] if vr == "PN" else []
        for text in (group, *parts, "".join(reversed(parts[:2]))):
            folded = fold(text)
            if len(folded) >= _LEAST_CHARS:
                yield folded


# -- comparing ----------------------------------------------------------------------------

_ALIKE = str.maketrans("oilszb", "011528")
_WRONG_OF = 8
"""One character in so many may be read wrongly."""
_PART_CHARS = 4
"""Shorter values have to be the whole text; two characters of Japanese say as much as four."""


def fold(text: str) -> str:
    """A text without case, width, spaces, punctuation and the difference of look-alikes."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in plain if c.isalnum()).translate(_ALIKE)


def _occurs(needle: str, text: str) -> bool:
    """Whether a text holds a needle, with as many errors as its length allows.

    The last row of edit distances with a free start, after Sellers.
    """
    if len(needle) < (_PART_CHARS if needle.isascii() else _PART_CHARS // 2):
        return needle == text
    if needle in text:
        return True
    allowed = len(needle) // _WRONG_OF
    if not allowed:
        return False
    row = list(range(len(needle) + 1))
    for character in text:
        above, row[0] = row[0], 0
        for i, wanted in enumerate(needle, 1):
            above, row[i] = row[i], min(above + (wanted != character), row[i] + 1, row[i - 1] + 1)
        if row[-1] <= allowed:
            return True
    return False


# -- what a text looks like ---------------------------------------------------------------

_ERA_STARTS = {"昭和": 1925, "平成": 1988, "令和": 2018, "大正": 1911}
_ERA_STARTS |= {"s": 1925, "h": 1988, "r": 2018, "t": 1911}
_YEAR_FIRST = re.compile(
    r"(?<!\d)((?:19|20)\d\d)\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?!\d)"
)
_YEAR_LAST = re.compile(r"(?<!\d)(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*((?:19|20)\d\d)(?!\d)")
_PLAIN = re.compile(r"(?<!\d)((?:19|20)\d\d)([01]\d)([0-3]\d)(?!\d)")
_ERA = re.compile(
    r"(昭和|平成|令和|大正|(?<![a-z])[shrt])\s*(\d{1,2}|元)\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})"
)
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_NAMED = re.compile(rf"(\d{{1,2}})[-. ]*({'|'.join(_MONTHS)})[a-z]*[-., ]*((?:19|20)\d\d)")


def days_in(text: str) -> list[date]:
    """The days that a text names, in Western forms and Japanese eras; 3/4 is two days."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    found = [
        day for p in (_YEAR_FIRST, _PLAIN) for m in p.finditer(plain) for day in _day(*m.groups())
    ]
    for first, second, year in _YEAR_LAST.findall(plain):
        found += [*_day(year, second, first), *_day(year, first, second)]
    for era, year, month, day in _ERA.findall(plain):
        start = _ERA_STARTS[era]
        found += _day(str(start + (1 if year == "元" else int(year))), month, day)
    for day, month, year in _NAMED.findall(plain):
        found += _day(year, str(_MONTHS.index(month) + 1), day)
    return found


def _day(year: str, month: str, day: str) -> Iterator[date]:
    try:
        yield date(int(year), int(month), int(day))
    except ValueError:
        return


_UNITS = (
    "mm|cm|m|um|µm|μm|mm2|cm2|ml|cc|l|mm/s|cm/s|m/s|mmhg|hz|khz|mhz|db|fps|bpm|ms|s|sec|min|"
    "kv|kvp|ma|mas|mgy|gy|hu|%|°|deg|t|x|w|kg"
)
_NUMBER = r"[-+]?\d{1,4}(?:[.,]\d{1,3})?"
_LABELS = (
    "mi|tis|tib|tic|gn|gain|dr|c|fr|fps|hr|kv|kvp|ma|mas|wl|ww|w|l|ts|th|thk|loc|sl|fov|te|tr|ti|"
    "dist|d|area|circ|vol|vmax|pg|ef|ga|bpd|hc|ac|fl|crl|lv|ed|es|zoom|p|z|gen|thi|2d|pwr|prf|wf|sv"
)
_AXES = ("[lr]", "[ap]", "[hf]")
_ORIENTATIONS = "|".join("".join(axes) for n in (1, 2, 3) for axes in permutations(_AXES, n))
_PATTERNS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (
        "name",
        re.compile(
            r"(?:\b(?:name|patient|pt|dr|mr|mrs|ms)\b\s*[.:]?\s*\w|氏名|患者|様$|殿$|先生|\w\^\w)"
        ),
    ),
    ("age", re.compile(r"(?<!\d)\d{1,3}\s*(?:歳|才|ヶ月|y(?:rs?|ears?|o)?\b)")),
    (
        "measurement",
        re.compile(
            rf"(?:[+x×*\d]?\s*(?:{_LABELS})?\s*[:=]?\s*{_NUMBER}\s*(?:{_UNITS})\s*[;,]?\s*)+"
            rf"|(?:(?:{_LABELS})\s*[:=]?\s*{_NUMBER}\s*)+"
            rf"|{_NUMBER}\s*[x×*/]\s*{_NUMBER}(?:\s*[x×*]\s*{_NUMBER})?\s*(?:{_UNITS})?"
        ),
    ),
    ("time", re.compile(r".*?(?<!\d)[0-2]?\d:[0-5]\d(?::[0-5]\d)?(?:\s*[ap]m)?(?!\d).*")),
    ("number", re.compile(r".*\d{5}.*|(?:.*\b(?:id|mrn|acc|no)\b\W*\w+.*)")),
    ("orientation", re.compile(f"{_ORIENTATIONS}|left|right|supine|prone|erect")),
    ("scale", re.compile(rf"{_NUMBER}(?:\s+{_NUMBER})*")),
)
"""Kind -> pattern: `name` and `age` anywhere in the text, the others all of it."""
_ANYWHERE = frozenset(("name", "age"))


def reason(text: str, known: Known) -> Reason | None:
    """Why a text matters, None where nothing was read."""
    if not text:
        return None
    days = days_in(text)
    for day, keyword in known.days:
        if day in days:
            return Reason("identifier", keyword)
    folded = fold(text)
    for needle, keyword in known.texts:
        if _occurs(needle, folded):
            return Reason("identifier", keyword)
    if days:
        return Reason("date")
    plain = unicodedata.normalize("NFKC", text).casefold().strip()
    for kind, pattern in _PATTERNS:
        if pattern.search(plain) if kind in _ANYWHERE else pattern.fullmatch(plain):
            return Reason(kind)
    return Reason("text")


# -- what may stay ------------------------------------------------------------------------

SURE_READING = 0.85
"""What is kept must have been read this surely."""


_IMAGE_TEXT: frozenset[Kind] = frozenset(("measurement", "scale", "orientation"))
_MARKERS: frozenset[Kind] = frozenset(("orientation",))
KEEP: dict[str, frozenset[Kind]] = {
    "US": _IMAGE_TEXT,
    "IVUS": _IMAGE_TEXT,
    "XA": _IMAGE_TEXT,
    "NM": _IMAGE_TEXT,
    "PT": _IMAGE_TEXT,
    "CT": _IMAGE_TEXT,
    "MR": _IMAGE_TEXT,
    "ES": frozenset(),
    "DOC": frozenset(),
}
"""Modality -> kinds of text that may stay; of all others only orientation letters."""


def may_stay(modality: str) -> frozenset[Kind]:
    """The kinds of text that a modality's images need."""
    return KEEP.get(modality, _MARKERS)


def keepable(found: Reason | None, confidence: float, modality: str) -> bool:
    """Whether a modality's images need a text of that kind, read with that confidence."""
    return found is not None and confidence >= SURE_READING and found.kind in may_stay(modality)
