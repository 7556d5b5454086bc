"""A person's own preset: JSON that extends another, checked with a path into it.

Strategy: a document is read into choices of the kinds the page and the command line have
too (Options, overrides, private elements), a chain of documents is those choices one after
the other, and `profile` resolves them on the built-in preset that the chain ends at. Within
one document the general comes before the particular: `vr`, then `categories`, then `tags`.

Invariants: what is not understood is an error with its place, so a slip of the pen never
means "keep". A place holds keys of the person's own file only. A circle is refused.

The built-in presets and why each is as it is:

- `basic`: Table E.1-1 to the letter; Patient's Name and ID follow their code like the rest.
- `research`: the same with pseudonyms for name and ID, so a patient's studies stay together.
- `in-hospital`: the patient and the contacts only; the clinical context stays.
- `midi`: what The Cancer Imaging Archive does and the MIDI-B answer keys expect. Pseudonyms
  for name and ID (patid_consistent); patient characteristics stay (their PAT-K, PAT-C),
  dates are shifted with their intervals (MOD-C, date_shifted), descriptions are cleaned and
  not removed (DESC-C, text_retained), content trees likewise, device identity stays (DEV-K,
  DEV-C: TCIA claims 113109), private elements stay where they are known as safe (PTKB-K:
  TCIA's own table is longer than Table E.3.10-1 and can be given as a list). UIDs are
  replaced (BASIC-U) and institutions go: no check asks for either to stay.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from dicomanon import data
from dicomanon.dicom import value
from dicomanon.dicom.tag import parse_path
from dicomanon.dicom.vr import VRS
from dicomanon.errors import ProfileError
from dicomanon.policy import option
from dicomanon.policy.action import ALLOWED, Action
from dicomanon.policy.builtin import PRESETS, preset
from dicomanon.policy.fold import fold
from dicomanon.policy.override import PRIVATE, Override, target_of
from dicomanon.policy.private_list import DISPOSITIONS, PrivateList, PrivateRow, parse_tag
from dicomanon.policy.profile import Own, Profile, profile
from dicomanon.policy.ruling import allowed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Loader = Callable[[str, str], tuple[str, str]]
    """A name and the preset that names it -> a name that is always the same, and its text."""

FORM = "dicomanon-preset-1"
DEFAULT_BASE = "basic"
MAX_CHAIN = 16
MODES = ("remove", "safe", "keep")
SHORTEST_CUT = 2
"""Characters of a text to cut: a single one is in every text."""


class Document(NamedTuple):
    """One preset file, read and checked.

    extends: a built-in preset or another file; without: Options of what it extends that
    it drops; private: a mode or ""; listed: private elements; strict: whether cleaned texts
    keep only known words, None if it says nothing; cut: texts to cut wherever they stand;
    wary: whether pixels that may have burned-in text are refused, None if it says nothing.
    """

    name: str
    extends: str
    options: tuple[str, ...]
    without: tuple[str, ...]
    overrides: tuple[Override, ...]
    private: str
    listed: PrivateList
    strict: bool | None
    cut: tuple[str, ...]
    wary: bool | None


def read(text: str) -> Document:
    """A document from its JSON text.

    Raises:
        ProfileError: `preset_form`, or the code of what is wrong, with the place.
    """
    try:
        raw = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        raise ProfileError("preset_form", where="$") from None
    return document(raw)


def document(raw: object) -> Document:
    """A document from its JSON value; raises as `read` does."""
    found = _mapping(raw, "$")
    for key in found:
        if key not in _KEYS:
            raise ProfileError("preset_form", where=f"$.{key}")
    if found.get("form", FORM) != FORM:
        raise ProfileError("preset_form", where="$.form")
    overrides = [
        override
        for key in ("vr", "categories", "tags")
        for target, choice in _mapping(found.get(key, {}), f"$.{key}").items()
        for override in [_override(key, target, choice, f"$.{key}.{target}")]
    ]
    private = _text(found.get("private", ""), "$.private")
    if private and private not in MODES:
        raise ProfileError("action", where="$.private")
    return Document(
        _text(found.get("name", ""), "$.name"),
        _text(found.get("extends", DEFAULT_BASE), "$.extends"),
        _options(found.get("options", []), "$.options"),
        _options(found.get("without", []), "$.without"),
        tuple(overrides),
        private,
        _private_list(found.get("private_elements", []), "$.private_elements"),
        _flag(found.get("text", {}), "strict", "$.text"),
        _cut(found.get("cut", []), "$.cut"),
        _flag(found.get("burned_in", {}), "refuse", "$.burned_in"),
    )


_KEYS = frozenset(
    {
        *("form", "name", "extends", "options", "without"),
        *("vr", "categories", "tags", "private", "private_elements", "text", "cut"),
        "burned_in",
    }
)


def _no_files(name: str, _origin: str) -> tuple[str, str]:
    raise ProfileError("preset", where=name)


def resolve(  # noqa: PLR0913 - one parameter a kind of choice
    first: Document,
    load: Loader = _no_files,
    overrides: Iterable[Override] = (),
    options: Iterable[str] = (),
    *,
    name: str = "",
    listed: PrivateList | None = None,
    strict: bool | None = None,
    wary: bool | None = None,
) -> Profile:
    """The profile of a preset file that was read, with choices on top of it.

    load: finds the text of another file that one extends; name: of this file;
    listed: private elements, over those of the files; strict, wary: as in `Own`, over theirs.

    Raises:
        ProfileError: `preset_cycle`, the code of what is wrong in a file, or as `profile`.
    """
    base, chain = _chain(first, load, name)
    inherited = preset(base).options
    wanted, private, rows = list(inherited), "", PrivateList()
    said = [each.strict for each in chain if each.strict is not None]
    fears = [each.wary for each in chain if each.wary is not None]
    for each in chain:
        wanted = [one for one in wanted if one not in each.without] + list(each.options)
        private = each.private or private
        rows = rows.updated(each.listed)
    own = Own(
        chain[-1].name or "own",
        tuple(one for one in inherited if one not in wanted),
        private,
        rows if listed is None else rows.updated(listed),
        strict if strict is not None else bool(said and said[-1]),
        tuple(dict.fromkeys(text for each in chain for text in each.cut)),
        wary if wary is not None else bool(fears and fears[-1]),
    )
    chosen = [override for each in chain for override in each.overrides]
    try:
        return profile(base, (*chosen, *overrides), (*wanted, *options), own)
    except ProfileError as error:
        if error.code == "option_conflict":
            error.where = error.where or "$.options"
        raise


def _chain(first: Document, load: Loader, name: str) -> tuple[str, list[Document]]:
    """The built-in preset a chain of files ends at, and the files from there to the first."""
    chain, seen = [first], {name}
    while (extended := chain[-1].extends) not in PRESETS:
        try:
            name, text = load(extended, name)
        except ProfileError as error:
            error.where = error.where or "$.extends"
            raise
        if name in seen or len(chain) >= MAX_CHAIN:
            raise ProfileError("preset_cycle", where="$.extends")
        seen.add(name)
        chain.append(read(text))
    return extended, chain[::-1]


# -- parts of a document ---------------------------------------------------------


def _mapping(raw: object, where: str) -> Mapping[str, Any]:
    if not isinstance(raw, dict):
        raise ProfileError("preset_form", where=where)
    return raw


def _text(raw: object, where: str) -> str:
    if not isinstance(raw, str):
        raise ProfileError("preset_form", where=where)
    return raw


def _list(raw: object, where: str) -> list[Any]:
    if not isinstance(raw, list):
        raise ProfileError("preset_form", where=where)
    return raw


def _options(raw: object, where: str) -> tuple[str, ...]:
    names = _list(raw, where)
    for index, name in enumerate(names):
        if not isinstance(name, str) or name not in option.OPTIONS:
            raise ProfileError("option", where=f"{where}[{index}]")
    return tuple(names)


def _flag(raw: object, name: str, where: str) -> bool | None:
    """The one flag that a mapping may hold, None if it is not there."""
    found = _mapping(raw, where)
    flag = found.get(name)
    if not found.keys() <= {name} or not isinstance(flag, bool | None):
        raise ProfileError("preset_form", where=f"{where}.{name}")
    return flag


def _cut(raw: object, where: str) -> tuple[str, ...]:
    texts = _list(raw, where)
    for index, text in enumerate(texts):
        if not isinstance(text, str) or len(fold(text.strip())) < SHORTEST_CUT:
            raise ProfileError("preset_form", where=f"{where}[{index}]")
    return tuple(text.strip() for text in texts)


def _override(kind: str, target: str, choice: object, where: str) -> Override:
    """One choice: an action's name, `{"action": ...}` or `{"value": ...}`."""
    if isinstance(choice, str):
        action, given = choice, ""
    else:
        found = _mapping(choice, where)
        if not found.keys() <= {"action", "value"} or not found:
            raise ProfileError("preset_form", where=where)
        action = _text(found.get("action", Action.VALUE.value), where)
        given = _text(found.get("value", ""), where)
    if action not in list(Action) or (action == Action.VALUE) != (not isinstance(choice, str)):
        raise ProfileError("action", where=where)
    try:
        override = Override(target_of(target), Action(action), given)
        _check(kind, override)
    except ProfileError as error:
        raise ProfileError(error.code, where=where) from None
    return override


def _check(kind: str, override: Override) -> None:
    """That a target is of the kind its key says, and can take the action and the value."""
    target, action, given = override
    kinds = {"vr": target in VRS, "categories": target in data.CATEGORIES}
    if not kinds.get(kind, not any(kinds.values()) and target != PRIVATE):
        raise ProfileError("tag")
    path = parse_path(target)
    vr = target if path is None else data.vr_of(path.tag).rpartition(" or ")[2] or "UN"
    if kind == "vr" and action not in ALLOWED[vr]:
        raise ProfileError("action_not_allowed")
    if path is not None and vr != "UN" and action not in allowed(path.tag, vr):
        raise ProfileError("action_not_allowed")
    checked = action is Action.VALUE and kind != "categories" and vr != "UN"
    if checked and not value.valid(given, vr):
        raise ProfileError("action_value")


def _private_list(raw: object, where: str) -> PrivateList:
    return PrivateList(
        _private_row(row, f"{where}[{index}]") for index, row in enumerate(_list(raw, where))
    )


def _private_row(raw: object, where: str) -> PrivateRow:
    row = _mapping(raw, where)
    if row.keys() != {"creator", "tag", "disposition"}:
        raise ProfileError("private_list", where=where)
    creator, tag, word = (_text(row[key], where) for key in ("creator", "tag", "disposition"))
    place, action = parse_tag(tag), DISPOSITIONS.get(word.lower())
    if place is None or action is None or not creator:
        raise ProfileError("private_list", where=where)
    return PrivateRow(creator, *place, action)
