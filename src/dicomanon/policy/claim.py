"""What a profile may claim: the codes of (0012,0064), (0028,0303), and what is gone.

Strategy: the preset's rulings and those with the person's choices on top are compared;
what the person let through takes the claims away.

Invariants: no code is claimed for more than the rulings do.

Standard: PS3.15 §E.1.1, §E.3.6; PS3.16 CID 7050.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomanon import data
from dicomanon.policy import option
from dicomanon.policy.action import Action
from dicomanon.policy.builtin import first_tag
from dicomanon.policy.ruling import BY_PERSON

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dicomanon.dicom.tag import Tag, TagPath
    from dicomanon.policy.builtin import Preset
    from dicomanon.policy.override import Override
    from dicomanon.policy.ruling import Ruling

IDENTITY = ("patient", "contact")
"""The categories of which the *in-hospital* code says that they are removed."""
WITH_EXCEPTIONS = "with exceptions"
"""What (0012,0063) says beside the preset's method where a person chose otherwise."""
_LETS_THROUGH = (Action.KEEP, Action.SHIFT, Action.CLEAN, Action.YEAR)
_PATIENT_BIRTH_DATE: Tag = 0x00100030


def released(
    before: Mapping[Tag, Ruling], tags: Mapping[Tag, Ruling], paths: Mapping[TagPath, Ruling]
) -> set[str]:
    """The categories of which a person keeps something that the preset takes away."""
    chosen = [(tag, ruling) for tag, ruling in tags.items() if ruling.rule in BY_PERSON]
    chosen += [(path.tag, ruling) for path, ruling in paths.items()]
    return {
        data.category_of(tag)
        for tag, ruling in chosen
        if ruling.action is Action.KEEP
        and not (tag in before and before[tag].action is Action.KEEP)
    }


def gone(chosen: Preset, options: tuple[str, ...], overrides: Iterable[Override]) -> frozenset[str]:
    """The categories that preset, Options and person leave nothing of."""
    kept = {option.RETAINED[name] for name in options if name in option.RETAINED}
    kept |= {each.target for each in overrides if each.action is Action.KEEP}
    return frozenset(c for c, mode in chosen.categories.items() if mode == "table") - kept


def weakened(
    before: Mapping[Tag, Ruling],
    tags: Mapping[Tag, Ruling],
    paths: Mapping[TagPath, Ruling],
    private: str,
    options: tuple[str, ...],
) -> bool:
    """Whether an override lets through what the Basic Profile with its Options takes away."""
    if private == "keep" or (private == "safe" and "retain-safe-private" not in options):
        return True
    if any(ruling.action in _LETS_THROUGH for ruling in paths.values()):
        return True
    return any(
        ruling.action in _LETS_THROUGH
        and ruling.rule not in options
        and data.profile_row(tag) is not None
        and not _retained(tag, ruling.action, before.get(tag), options)
        for tag, ruling in tags.items()
    )


def _retained(tag: Tag, action: Action, before: Ruling | None, options: tuple[str, ...]) -> bool:
    """Whether an Option lets through as much: the whole value, or the patient's age."""
    if action is Action.YEAR and tag == _PATIENT_BIRTH_DATE:
        return "retain-patient-characteristics" in options
    return before is not None and before.action is Action.KEEP and before.rule in options


def codes(chosen: Preset, options: tuple[str, ...]) -> tuple[tuple[str, str, str], ...]:
    """What (0012,0064) claims: the Basic Profile and its Options, or a preset's own code."""
    if chosen.code[1] != "DCM":
        return (chosen.code,)
    meanings = data.deidentification_methods()
    values = [option.OPTIONS[name] for name in options if name not in option.UNCLAIMED]
    return (chosen.code, *((value, "DCM", meanings[value]) for value in values))


def dates(
    tags: Mapping[Tag, Ruling], paths: Mapping[TagPath, Ruling], options: tuple[str, ...]
) -> str:
    """(0028,0303) as what happens to dates makes it true. Standard: PS3.15 §E.3.6."""
    of_dates = {
        tags[first_tag(mask)].action
        for mask, category in data.sensitive_tags().items()
        # A time of day that goes with a moved date stays, and no date with it.
        if category == "date" and tags[first_tag(mask)].rule != option.MODIFIED_DATES
    }
    if option.MODIFIED_DATES in options:
        of_dates.add(Action.SHIFT)
    of_dates |= {
        ruling.action for path, ruling in paths.items() if data.vr_of(path.tag) in ("DA", "DT")
    }
    if Action.KEEP in of_dates:
        return "UNMODIFIED"
    return "REMOVED" if of_dates.isdisjoint((Action.SHIFT, Action.YEAR)) else "MODIFIED"
