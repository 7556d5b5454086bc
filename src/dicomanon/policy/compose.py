"""A preset file out of what a person chose on the page: the other direction of `preset`.

Strategy: choices are laid over a document (an empty one that extends a built-in preset,
or the one that is loaded) in the order in which they were made. A document says the
general before the particular, so a choice for a category takes back the document's single
choices inside it, as it does on the page.

Invariants: what is composed reads back as the same profile. Nothing but the choices is in
it: no value of a file that the person did not type.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dicomanon import data
from dicomanon.dicom.tag import parse_path
from dicomanon.dicom.vr import VRS
from dicomanon.policy.action import Action
from dicomanon.policy.override import PRIVATE, target_of
from dicomanon.policy.preset import FORM, document

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dicomanon.policy.override import Override


def compose(
    base: str,
    own: Mapping[str, Any] | None,
    overrides: Iterable[Override],
    options: Iterable[str] = (),
) -> dict[str, Any]:
    """The preset's JSON value; base: a built-in preset, counts only without `own`.

    Raises:
        ProfileError: the document given is none.
    """
    found: dict[str, Any] = {"form": FORM, "extends": base} if own is None else dict(own)
    document(found)
    for key in ("vr", "categories", "tags"):
        found[key] = dict(found.get(key, {}))
    chosen = [*found.get("options", ()), *options]
    found["options"] = list(dict.fromkeys(chosen))
    for override in overrides:
        _lay_over(found, override)
    return {key: value for key, value in found.items() if value not in ({}, [], "")}


def _lay_over(found: dict[str, Any], override: Override) -> None:
    target, action, given = override
    said = {"value": given} if action is Action.VALUE else str(action)
    if target == PRIVATE:
        found["private"] = "keep" if action is Action.KEEP else "remove"
    elif target in data.CATEGORIES:
        found["categories"][target] = said
        found["tags"] = {
            name: choice
            for name, choice in found["tags"].items()
            if not _whole_tag_of(name, target)
        }
    elif target in VRS:
        found["vr"][target] = said
    else:
        same = (name for name in found["tags"] if target_of(name) == target)
        name = next(same, _readable(target))
        found["tags"].pop(name, None)
        found["tags"][name] = said


def _whole_tag_of(name: str, category: str) -> bool:
    """Whether a target is an attribute of a category, wherever it occurs."""
    path = parse_path(target_of(name))
    return path is not None and len(path) == 1 and data.category_of(path.tag) == category


def _readable(target: str) -> str:
    """A keyword where the target is one attribute that has one."""
    path = parse_path(target)
    if path is None or len(path) > 1:
        return target
    entry = data.entry(path.tag)
    keyword = "" if entry is None else entry.keyword
    return keyword if data.tag_of(keyword) == path.tag else target
