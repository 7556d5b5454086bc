"""An instance as spans: where each element begins and ends, values unread.

Strategy: an `Element` is five offsets and a VR, so a header of 300 elements is
300 small objects and a 2 GB instance costs the same. Values are read through the
window when somebody asks.

Invariants: spans are absolute, half-open and inside the source; the elements of a
`DataSet` do not overlap and stand in file order; children lie inside their parent.
"""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, NamedTuple

from dicomanon import data
from dicomanon.dicom import value
from dicomanon.dicom.charset import DEFAULT, Charset, charset
from dicomanon.dicom.tag import (
    SPECIFIC_CHARACTER_SET,
    Tag,
    TagPath,
    is_private,
    is_private_creator,
)
from dicomanon.dicom.vr import VRS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dicomanon.dicom.source import Window
    from dicomanon.dicom.transfer_syntax import TransferSyntax

UNDEFINED = 0xFFFFFFFF
_INDEXED_ELEMENTS = 24
_BARE_HEADER_BYTES = 8
_PIXEL_DATA_GROUP = 0x7FE0


class Element:
    """One data element's spans. Standard: PS3.5 §7.1.

    vr: as written, "SQ" where items were found, "" where the encoding has none;
    start: first byte of the tag; value_start..value_stop: the value without its
    delimiter; stop: first byte after the element, delimiter included;
    items: the data sets of a sequence, None for every other element.
    """

    __slots__ = ("items", "start", "stop", "tag", "value_start", "value_stop", "vr")

    def __init__(self, tag: Tag, vr: str, start: int, value_start: int, value_stop: int) -> None:
        self.tag = tag
        self.vr = vr
        self.start = start
        self.value_start = value_start
        self.value_stop = value_stop
        self.stop = value_stop
        self.items: list[DataSet] | None = None

    @property
    def undefined_length(self) -> bool:
        """Whether the value ends at a delimiter."""
        return self.stop != self.value_stop

    @property
    def bare(self) -> bool:
        """Whether a sequence's header has no VR."""
        return self.value_start - self.start == _BARE_HEADER_BYTES

    @property
    def value_bytes(self) -> int:
        """Length of the value in bytes."""
        return self.value_stop - self.value_start


class DataSet:
    """The elements of one level: a File Meta, the data set itself, or one item.

    start..stop: everything, with an item's header and delimiter;
    content_start..content_stop: the elements; what follows the last element
    inside the content are stray bytes that no element owns.
    """

    __slots__ = (
        "_by_tag",
        "content_start",
        "content_stop",
        "elements",
        "explicit",
        "little",
        "start",
        "stop",
    )

    def __init__(self, start: int, content_start: int, *, explicit: bool, little: bool) -> None:
        self.start = start
        self.content_start = content_start
        self.content_stop = content_start
        self.stop = content_start
        self.explicit = explicit
        self.little = little
        self.elements: list[Element] = []
        self._by_tag: dict[Tag, Element] = {}

    @property
    def undefined_length(self) -> bool:
        """Whether the item ends at a delimiter."""
        return self.stop != self.content_stop

    @property
    def elements_stop(self) -> int:
        """First byte after the last element."""
        return self.elements[-1].stop if self.elements else self.content_start

    def find(self, tag: Tag) -> Element | None:
        """The last element of that tag at this level, as the last one wins in every reader."""
        if len(self.elements) > _INDEXED_ELEMENTS:
            # Looked for in every element of a hostile file, a scan would cost its square.
            if not self._by_tag:
                self._by_tag = {element.tag: element for element in self.elements}
            return self._by_tag.get(tag)
        for element in reversed(self.elements):
            if element.tag == tag:
                return element
        return None


class Place(NamedTuple):
    """An element where it stands: its path, its data set and the data sets around it."""

    path: TagPath
    element: Element
    data_set: DataSet
    context: Context


class Context:
    """What a level inherits from the levels around it: character set and the sign of pixels."""

    __slots__ = ("charset", "data_set", "instance", "parent")

    def __init__(self, instance: Instance, data_set: DataSet, parent: Context | None) -> None:
        self.instance = instance
        self.data_set = data_set
        self.parent = parent
        element = data_set.find(SPECIFIC_CHARACTER_SET)
        inherited = parent.charset if parent is not None else DEFAULT
        self.charset: Charset = inherited if element is None else charset(instance.value(element))

    def over(self, instance: Instance, parent: Context | None) -> Context:
        """The same level of another instance that is laid out alike and declares the same."""
        other = copy(self)
        other.instance, other.parent = instance, parent
        return other

    def vr(self, element: Element) -> str:
        """The value representation to decode by: as written, else of the dictionary.

        Ambiguous dictionary entries are settled by the attributes they depend on.
        Standard: PS3.5 §6.2.2, PS3.5 Annex A.
        """
        if element.vr and element.vr != "UN":
            return element.vr
        tag = element.tag
        if is_private(tag):
            return "LO" if is_private_creator(tag) else "UN"
        found = data.vr_of(tag)
        if " or " in found:
            return self._settle(found, element)
        return found if found in VRS else "UN"

    def _settle(self, found: str, element: Element) -> str:
        tag = element.tag
        if tag >> 16 == _PIXEL_DATA_GROUP:
            return "OB" if element.undefined_length else "OW"
        if found == "US or SS":
            return "SS" if self._signed() else "US"
        if "US" in found:
            descriptor = self.number(0x00283002)
            return "US" if descriptor == 1 else "OW"
        return "OW"

    def _signed(self) -> bool:
        level: Context | None = self
        while level is not None:
            representation = level.number(0x00280103)
            if representation is not None:
                return representation != 0
            level = level.parent
        return False

    def number(self, tag: Tag) -> float | None:
        """The first number of an element at this level, None if there is none."""
        element = self.data_set.find(tag)
        if element is None or not element.value_bytes:
            return None
        numbers = value.numbers(
            self.instance.value(element), self._number_vr(element), self.data_set.little
        )
        return numbers[0] if numbers else None

    def _number_vr(self, element: Element) -> str:
        vr = element.vr if element.vr not in ("", "UN") else data.vr_of(element.tag)
        return "US" if " or " in vr else vr

    def text(self, element: Element) -> str | None:
        """The value as text, None for bulk values and sequences.

        Raises:
            MalformedError: a binary value has the wrong length.
        """
        vr = self.vr(element)
        if vr == "SQ" or vr not in VRS or VRS[vr].kind == "bytes":
            return None
        return value.decode(self.instance.value(element), vr, self.data_set.little, self.charset)

    def text_of(self, tag: Tag) -> str:
        """The text at this level without spaces around it; "" when absent, empty or bulk."""
        element = self.data_set.find(tag)
        return "" if element is None else (self.text(element) or "").strip()


class Instance:
    """A scanned instance.

    window: the bytes that spans point into; for a deflated data set they are the
    file's head followed by the inflated data set, and `deflated_start` is where
    the deflated part begins; file_start: first byte after the preamble and DICM;
    recognized: whether the spans are those of others laid out alike (`layout`), the same objects;
    command_set: stray group 0000 elements, None as a rule;
    truncated_at: offset where the file ends too early, None for a whole file.
    """

    def __init__(self, window: Window) -> None:
        self.window = window
        self.original = window.source
        self.recognized = False
        self.preamble = False
        self.file_meta = DataSet(0, 0, explicit=True, little=True)
        self.command_set: DataSet | None = None
        self.data_set = self.file_meta
        self.transfer_syntax: TransferSyntax
        self.declared_transfer_syntax: str = ""
        self.deflated_start: int | None = None
        self.truncated_at: int | None = None

    @property
    def trailing_bytes(self) -> int:
        """How many bytes after the last element no element owns."""
        return self.data_set.content_stop - self.data_set.elements_stop

    def value(self, element: Element) -> bytes:
        """The raw value of an element."""
        return self.window.read(element.value_start, element.value_stop)

    def find(self, tag: Tag) -> Element | None:
        """A top-level element, from File Meta for group 0002."""
        level = self.file_meta if tag >> 16 == 2 else self.data_set  # noqa: PLR2004 - File Meta
        return level.find(tag)

    def context(self) -> Context:
        """The top level's context."""
        return Context(self, self.data_set, None)

    def text(self, tag: Tag) -> str:
        """A top-level value as text; "" when absent, empty or bulk."""
        level = self.file_meta if tag >> 16 == 2 else self.data_set  # noqa: PLR2004 - File Meta
        element = level.find(tag)
        if element is None:
            return ""
        return Context(self, level, None).text(element) or ""

    def number(self, tag: Tag) -> float | None:
        """The first number of a top-level element, None if there is none."""
        return self.context().number(tag)

    def places(self) -> Iterator[Place]:
        """Every element in file order, File Meta and nested ones included."""
        for level in (self.file_meta, self.command_set, self.data_set):
            if level is not None:
                yield from _places(Context(self, level, None), ())


def _places(context: Context, prefix: tuple[int, ...]) -> Iterator[Place]:
    for element in context.data_set.elements:
        path = TagPath((*prefix, element.tag))
        yield Place(path, element, context.data_set, context)
        for number, item in enumerate(element.items or ()):
            yield from _places(Context(context.instance, item, context), (*path, number))
