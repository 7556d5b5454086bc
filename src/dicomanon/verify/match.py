"""Which output belongs to which original, where nobody has the list of their UIDs.

Strategy: an instance is told from others by what de-identification leaves alone: how its
image is laid out and where it lies, its numbers in the series, the figures inside it, its
pixels. Keys made of these are tried from the finest that costs nothing to the coarsest; a
pair is made only where one original and one output, and no other, have the same key. Pairs
tell which study became which; in it reports and the like find their partners.

Invariants: nothing is guessed: what no key tells apart stays without a partner. Pixels are
read only of instances that nothing else tells apart. A card is small, and holds no value.
"""

from __future__ import annotations

from collections import defaultdict
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from dicomanon.verify.pixels import PHOTOMETRIC
from dicomanon.verify.reading import SOP_INSTANCE_UID
from dicomanon.verify.structure import DESCRIBING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

    from dicomanon.verify.reading import Reading

    Key = Callable[["Card"], Hashable]

BLOCK_BYTES = 1 << 20
_TRANSFER_SYNTAX = 0x00020010
_MODALITY = 0x00080060
_STUDY_INSTANCE_UID = 0x0020000D
_FORM = (_TRANSFER_SYNTAX, _MODALITY, *(tag for tag in DESCRIBING if tag != PHOTOMETRIC))
_NUMBERS = (0x00200011, 0x00200012, 0x00200013)  # of series, acquisition, instance
_FIGURES = frozenset({"DS", "FD", "FL", "OD", "OF", "OL", "SL", "SS", "UL", "US"})
_FIRST_FIGURE_GROUP = 0x0018
_PIXEL_GROUP = 0x7FE0


class Card(NamedTuple):
    """What tells an instance from others.

    uid, study: its SOP Instance UID and Study Instance UID; form, numbers, figures: digests
    of what describes the image, its numbers in the series and the figures inside; pixels:
    reads the digest of its pixels.
    """

    uid: str
    study: str
    form: bytes
    numbers: bytes
    figures: bytes
    pixels: Callable[[], bytes]


class Matching(NamedTuple):
    """Pairs as indexes of an original and an output; those without a partner.

    ambiguous: outputs that more than one original may belong to.
    """

    pairs: tuple[tuple[int, int], ...]
    originals: tuple[int, ...]
    outputs: tuple[int, ...]
    ambiguous: frozenset[int]


_KEYS: tuple[Key, ...] = (
    lambda card: (card.form, card.numbers, card.figures),
    lambda card: (card.form, card.numbers),
    lambda card: (card.form, card.numbers, card.pixels()),
    lambda card: (card.form, card.figures),
    lambda card: (card.form, card.pixels()),
    lambda card: card.form,
)


_IN_STUDY: tuple[Key, ...] = (
    lambda card: (card.form, card.numbers, card.figures),
    lambda card: (card.form, card.numbers),
    lambda card: card.form,
)


def card(reading: Reading, pixels: Callable[[], bytes]) -> Card:
    """The card of an instance; pixels: reads their digest when it is wanted."""
    return Card(
        reading.text(SOP_INSTANCE_UID),
        reading.text(_STUDY_INSTANCE_UID),
        _digest(reading.text(tag) for tag in _FORM),
        _digest(reading.text(tag) for tag in _NUMBERS),
        _digest(_figures(reading)),
        pixels,
    )


def pixel_digest(reading: Reading) -> bytes:
    """The digest of an instance's pixel data, of all its fragments if there are any."""
    digest = blake2b(digest_size=16)
    pixels = reading.pixels
    if pixels is not None:
        for start in range(pixels.start, pixels.stop, BLOCK_BYTES):
            digest.update(reading.source.read(start, min(start + BLOCK_BYTES, pixels.stop)))
    return digest.digest()


def match(
    originals: Sequence[Card], outputs: Sequence[Card], new_uids: Mapping[str, str] | None = None
) -> Matching:
    """Pair originals with outputs; new_uids: the new UID of an old one, where it is known."""
    known = new_uids or {}
    sides = _Sides(originals, outputs)
    sides.pair(lambda card: known.get(card.uid, card.uid) or None, lambda card: card.uid)
    for key in _KEYS:
        sides.keep_shared_forms()
        sides.pair(key, key)
    sides.pair_in_studies()
    forms = {originals[index].form for index in sides.originals}
    ambiguous = frozenset(index for index in sides.outputs if outputs[index].form in forms)
    return Matching(
        tuple(sorted(sides.pairs, key=lambda pair: pair[1])),
        tuple(sorted(sides.originals)),
        tuple(sorted(sides.outputs)),
        ambiguous,
    )


class _Sides:
    """What is left on both sides, and what can still find a partner."""

    def __init__(self, originals: Sequence[Card], outputs: Sequence[Card]) -> None:
        self._before, self._after = originals, outputs
        self.originals, self.outputs = set(range(len(originals))), set(range(len(outputs)))
        self._candidates = self.originals, self.outputs
        self.pairs: list[tuple[int, int]] = []

    def keep_shared_forms(self) -> None:
        """Let only those be candidates whose form the other side has too."""
        forms = {self._before[i].form for i in self.originals}
        forms &= {self._after[i].form for i in self.outputs}
        self._candidates = (
            {i for i in self.originals if self._before[i].form in forms},
            {i for i in self.outputs if self._after[i].form in forms},
        )

    def pair(self, old: Key, new: Key) -> None:
        """Pair what is alone on both sides under a key."""
        before = _grouped(self._before, self._candidates[0] & self.originals, old)
        after = _grouped(self._after, self._candidates[1] & self.outputs, new)
        for key, group in before.items():
            others = after.get(key, [])
            if len(group) == len(others) == 1:
                self.pairs.append((group[0], others[0]))
                self.originals.discard(group[0])
                self.outputs.discard(others[0])

    def pair_in_studies(self) -> None:
        """Pair what is alone in a study of which other pairs have told what it became."""
        became: dict[str, set[str]] = defaultdict(set)
        for one, other in self.pairs:
            became[self._before[one].study].add(self._after[other].study)
        studies = {old: next(iter(new)) for old, new in became.items() if len(new) == 1}
        for key in _IN_STUDY:
            self.pair(
                lambda card, key=key: (studies.get(card.study), key(card)),  # type: ignore[misc]
                lambda card, key=key: (card.study, key(card)),  # type: ignore[misc]
            )


def _grouped(cards: Sequence[Card], indexes: Iterable[int], key: Key) -> dict[Hashable, list[int]]:
    groups: dict[Hashable, list[int]] = defaultdict(list)
    for index in sorted(indexes):
        groups[key(cards[index])].append(index)
    return groups


def _digest(parts: Iterable[str | bytes]) -> bytes:
    digest = blake2b(digest_size=16)
    for part in parts:
        raw = part.encode("latin-1") if isinstance(part, str) else part
        digest.update(b"%d:" % len(raw) + raw)
    return digest.digest()


def _figures(reading: Reading) -> Iterable[bytes]:
    """Numbers at every depth that no profile has a reason to touch."""
    for entry in reading.entries:
        groups = [tag >> 16 for tag in entry.path[::2]]
        plain = min(groups) >= _FIRST_FIGURE_GROUP and max(groups) < _PIXEL_GROUP
        if plain and not any(group & 1 for group in groups) and entry.vr in _FIGURES:
            yield entry.value or b""
