"""What becomes of the private elements of one level: their blocks, and who reserved them.

Strategy: one pass over the level finds the creators and the blocks of which something
stays; every private element is then decided by look-ups. A creator stays exactly with
what it explains.

Invariants: a value that may be a sequence nobody can read is not looked into, so it goes
unless the person named it. The cost is linear in the elements of the level.

Standard: PS3.5 §7.8; PS3.15 §E.3.10.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomanon import data
from dicomanon.dicom.tag import Tag, creator_of, is_private, is_private_creator
from dicomanon.policy.action import Action
from dicomanon.policy.decision import (
    PRIVATE_KEPT,
    PRIVATE_LISTED,
    PRIVATE_OPAQUE,
    PRIVATE_SAFE,
    PRIVATE_UNKNOWN,
)
from dicomanon.policy.override import ruling_at

if TYPE_CHECKING:
    from dicomanon.dicom.instance import Context, Element
    from dicomanon.policy.profile import Profile
    from dicomanon.policy.ruling import Ruling

_ITEM_TAGS = (b"\xfe\xff\x00\xe0", b"\xff\xfe\xe0\x00")


class PrivateBlocks:
    """The private elements of one level."""

    def __init__(self, context: Context, prefix: tuple[int, ...], profile: Profile) -> None:
        self._context = context
        self._prefix = prefix
        self._profile = profile
        tags = {element.tag for element in context.data_set.elements if is_private(element.tag)}
        self._creators = {tag: self._name(tag) for tag in tags if is_private_creator(tag)}
        self._needed = {
            creator_of(tag) for tag in tags if not is_private_creator(tag) and self._stays(tag)
        }

    def ruling(self, element: Element) -> Ruling:
        """The ruling of a private element that the person did not name."""
        mode = self._profile.private
        tag = element.tag
        kept = PRIVATE_SAFE if mode == "safe" else PRIVATE_KEPT
        if is_private_creator(tag):
            return kept if mode == "keep" or tag in self._needed else PRIVATE_UNKNOWN
        listed = self._listed(tag)
        if listed is not None:
            opaque = listed is not Action.REMOVE and self._opaque(element)
            return PRIVATE_OPAQUE if opaque else PRIVATE_LISTED[listed]
        if mode == "remove" or (mode == "safe" and not self._safe(tag)):
            return PRIVATE_UNKNOWN
        return PRIVATE_OPAQUE if self._opaque(element) else kept

    def _name(self, tag: Tag) -> str:
        element = self._context.data_set.find(tag)
        if element is None:
            return ""
        raw = self._context.instance.value(element)
        return self._context.charset.decode(raw).strip(" \0")

    def _listed(self, tag: Tag) -> Action | None:
        """What the person's own list says of an element, None if nothing."""
        creator = self._creators.get(creator_of(tag), "")
        return self._profile.listed.action(creator, tag) if creator else None

    def _safe(self, tag: Tag) -> bool:
        creator = self._creators.get(creator_of(tag), "")
        return bool(creator) and data.is_safe_private(creator, tag)

    def _stays(self, tag: Tag) -> bool:
        profile = self._profile
        chosen = ruling_at(profile.paths, (*self._prefix, tag)) or profile.tags.get(tag)
        if chosen is not None:
            return chosen.action is not Action.REMOVE
        listed = self._listed(tag)
        if listed is not None:
            return listed is not Action.REMOVE
        return profile.private == "safe" and self._safe(tag)

    def _opaque(self, element: Element) -> bool:
        if element.items is not None or self._context.vr(element) != "UN":
            return False
        start = element.value_start
        head = self._context.instance.window.read(start, min(start + 4, element.value_stop))
        return head in _ITEM_TAGS
