"""A whole set: patients, their studies, the files and the answers.

Strategy: patients take their languages, studies their modalities and series their transfer
syntaxes in turn, so that a small set already has all of them; everything else follows from
the seed. One study is made after the other, so that a set of any size takes the memory of
one; the answers of all are kept for the key.

Invariants: the same choices make the same bytes. Nothing is written over.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from dicomanon.synth import sentences
from dicomanon.synth.answer import write_key, write_truth
from dicomanon.synth.attribute import attribute, level
from dicomanon.synth.burned import stamped
from dicomanon.synth.codestream import CODINGS, NATIVE, fits
from dicomanon.synth.derived import MAKERS
from dicomanon.synth.dice import Dice
from dicomanon.synth.enhanced import CONVERTED
from dicomanon.synth.exam import Exam, Series, common, model, protocol
from dicomanon.synth.images import KINDS
from dicomanon.synth.instance import Draft, answer, imaged, part10
from dicomanon.synth.overlaid import overlay
from dicomanon.synth.person import UTF8, patient
from dicomanon.synth.vendor import VENDORS, archive_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from dicomanon.synth.answer import Answer
    from dicomanon.synth.attribute import Level
    from dicomanon.synth.codestream import Coding
    from dicomanon.synth.person import Patient

IMAGES = ("CT", "US", "MR", "CR", "XA", "DX", "PT", "MG", "NM", "SC")
ABOUT_IMAGES = ("SR", "RTSTRUCT", "SEG", "PR")
MODALITIES = IMAGES + ABOUT_IMAGES
LANGUAGES = ("en", "ja")
KEY, TRUTH, FOLDER = "answer_key.db", "truth.csv", "images"
_SECOND_KIND = {"US": "US cine", "CT": "CT enhanced"}
_ANNOTATED = ("DX", "MG", "CT enhanced")
"""Where Burned In Annotation must be."""
_KINDS = {**KINDS, "CT enhanced": CONVERTED}


class Choices(NamedTuple):
    """What to make. burned_in: the share of images of a kind that carries stamps, 0 to 1."""

    patients: int
    seed: int
    modalities: tuple[str, ...] = MODALITIES
    languages: tuple[str, ...] = LANGUAGES
    burned_in: float = 0.2


class Made(NamedTuple):
    """An instance, written. file: its name below the folder of images."""

    file: str
    data: bytes
    answer: Answer


def instances(choices: Choices) -> Iterator[Made]:
    """All instances of a set, patient by patient."""
    dice = Dice(f"dicomanon {choices.seed}")
    turns = _Turns(choices.modalities)
    for number in range(choices.patients):
        lang = choices.languages[number % len(choices.languages)]
        own = dice.fork(f"patient {number}")
        who = patient(number, lang, own)
        day = who.first_day
        for study in range(own.between(1, 2)):
            yield from _study(_exam(who, day, own.fork(f"study {study}"), turns), turns, choices)
            day += timedelta(days=own.between(20, 500))


def write_set(folder: Path, choices: Choices) -> int:
    """Write the images, the key and the table below a folder; how many instances.

    Raises:
        FileExistsError: something of that name is there.
    """
    answers = []
    for made in instances(choices):
        path = folder / FOLDER / made.file
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as stream:
            stream.write(made.data)
        answers.append(made.answer)
    write_key(folder / KEY, answers)
    write_truth(folder / TRUTH, answers)
    return len(answers)


# -- whose turn it is -----------------------------------------------------------


class _Turns:
    """What the next study and series are made of."""

    def __init__(self, modalities: Sequence[str]) -> None:
        about = [m for m in ABOUT_IMAGES if m in modalities]
        images = [m for m in IMAGES if m in modalities]
        if about and "CT" not in images:  # what refers to images needs some
            images.insert(0, "CT")
        self._images, self._about = images, about
        self._studies, self._derived, self._native = count(), count(), count()
        self._series: defaultdict[int, count[int]] = defaultdict(count)

    def modality(self) -> str:
        """Of the next study."""
        return self._images[next(self._studies) % len(self._images)]

    def coding(self, bits: int) -> Coding:
        """Of the next series of images that store so many bits."""
        fitting = [coding for coding in CODINGS if fits(coding, bits)]
        return fitting[next(self._series[bits]) % len(fitting)]

    def native(self) -> Coding:
        """Of the next series without frames to compress."""
        return NATIVE[next(self._native) % len(NATIVE)]

    def derived(self, modality: str) -> list[str]:
        """What the next study has besides its images: all kinds in turn about CT, reports else."""
        if modality != "CT":
            wanted = ["SR"] if "SR" in self._about and next(self._derived) % 2 else []
        else:
            wanted = [self._about[next(self._derived) % len(self._about)] for _ in self._about[:2]]
        return list(dict.fromkeys(wanted))


# -- studies ----------------------------------------------------------------------


def _exam(who: Patient, day: date, dice: Dice, turns: _Turns) -> Exam:
    modality = turns.modality()
    kind = KINDS[modality]
    makers = [v for v in VENDORS if modality in v.models] or list(VENDORS)
    vendor = dice.pick(makers)
    return Exam(
        patient=who,
        vendor=vendor,
        dice=dice,
        modality=modality,
        day=day,
        hour=dice.between(8, 16),
        accession=dice.pick((f"A{dice.digits(8)}", dice.digits(10))),
        study_id=dice.digits(5),
        words=kind.words if who.lang == "en" else kind.words_ja,
        body_part=kind.body,
        station=f"{vendor.station}{dice.digits(2)}",
        serial=dice.digits(6),
    )


def _study(exam: Exam, turns: _Turns, choices: Choices) -> Iterator[Made]:
    kinds = [exam.modality]
    if exam.modality in _SECOND_KIND:
        kinds.append(_SECOND_KIND[exam.modality])
    drafts = []
    for number, kind in enumerate(kinds, 1):
        series = Series(exam, exam.modality, number, 5 * number)
        drafts += list(_images(series, kind, turns, choices))
    about = Series(exam, exam.modality, 1, 5)
    for number, name in enumerate(turns.derived(exam.modality), len(kinds) + 1):
        drafts.append(_derived(Series(exam, name, number, 5 * number), about, turns))
    mapped = {exam.uid("study")}
    mapped |= {uid for d in drafts for uid in (d.series.uid, d.series.instance_uid(d.number))}
    for draft in drafts:
        data, stored = part10(draft)
        file = _file(draft)
        yield Made(file, data, answer(draft, file, stored, mapped))


def _images(series: Series, name: str, turns: _Turns, choices: Choices) -> Iterator[Draft]:
    exam, kind = series.exam, _KINDS[name]
    coding = turns.coding(kind.bits)
    dice = exam.dice.fork(f"images {series.number}")
    overlaid = name in ("CT", "CR") and dice.chance(0.4)
    shared = [*protocol(series), *model(series), *exam.vendor.private(exam, series.modality)]
    shared += archive_blocks(exam) if dice.chance(0.6) else []
    if dice.chance(0.3):
        shared += level(ImageComments=exam.page(sentences.COMMENT, f"image comments {name}"))
    for number in range(1, kind.instances + 1):
        picture = kind.draw(kind.frames, dice.fork(number).number() >> 64)
        stamps = stamped(exam, name, picture, (1 << kind.bits) - 1, choices.burned_in)
        module, pixels = imaged(picture, kind.bits, coding)
        attributes = [*common(series, kind.sop_class, number), *kind.own(series, number)]
        attributes += [*shared, *module, *_annotation(name, dice, stamped=bool(stamps))]
        if overlaid:
            attributes += overlay(exam, *picture.shape[1:3])
        yield Draft(series, number, kind.sop_class, attributes, coding, pixels, stamps)


def _annotation(name: str, dice: Dice, *, stamped: bool) -> Level:
    """Burned In Annotation, which is often wrong."""
    said = dice.fork("burned in").pick(("YES", "YES", "NO", "") if stamped else ("NO", "NO", ""))
    if not said and name not in _ANNOTATED:
        return []
    return [attribute("BurnedInAnnotation", said or "NO")]


def _derived(series: Series, about: Series, turns: _Turns) -> Draft:
    maker = MAKERS[series.modality]
    attributes = [*common(series, maker.sop_class, 1), *maker.own(series, about)]
    # A maker's own name for its product counts, not that of the modality.
    unique = {one.tag: one for one in attributes if not one.creator}
    return Draft(series, 1, maker.sop_class, list(unique.values()), turns.native())


def _file(draft: Draft) -> str:
    """A file's name as archives make it: with the patient in it."""
    exam = draft.series.exam
    p, person = exam.patient, exam.patient.person
    whole = f"{person.romaji_last}_{person.romaji_first}".replace("'", "")
    if p.charset == UTF8 and person.kanji_last:
        whole = f"{person.kanji_last}{person.kanji_first}"
    study = f"{exam.day:%Y%m%d}_{exam.modality}_{exam.accession}"
    name = f"{draft.series.modality}{draft.series.number}_{draft.number:04d}.dcm"
    return f"{whole}_{p.id}/{study}/{name}"
