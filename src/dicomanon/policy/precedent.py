"""Precedents: slices of a series are decided alike, so only what may differ is decided again.

Strategy: what is decided depends on the layout of an instance (`dicom/layout`), on the
grounds, on the bytes that deciding reads, and on nothing else. One instance of a layout is
decided unit by unit while its window notes what is read; a unit is a top-level element with
all that is in it, or all private ones together, whose blocks are read once. What a unit reads
inside itself is its own, everything else is said of all. A later instance that says the same
of all gets the same decisions, but for the units whose own bytes differ, which are decided
anew, in file order. To plan a CT slice of 270 elements takes 150 µs, by a precedent 45; where
texts are cleaned, 1,600 and 90.

Invariants: what is decided by a precedent is what would be decided without, and what is
refused is refused for the same reason. A precedent holds values of its instance, and goes when the
key does.
"""

from __future__ import annotations

from bisect import bisect_right
from copy import copy
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from dicomanon.dicom.source import Window
from dicomanon.dicom.tag import is_private
from dicomanon.policy.decision import LevelPlan
from dicomanon.policy.planner import Planner, undecided

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dicomanon.dicom.instance import Context, Element, Instance
    from dicomanon.policy.clean import Cut
    from dicomanon.policy.key import Key
    from dicomanon.policy.planner import Grounds

    Span = tuple[int, int]
    Run = tuple[int, ...]
    Cuts = dict[Element, tuple[Cut, ...]]
    Decided = tuple[Planner, LevelPlan]

MAX_PRECEDENTS = 8
MAX_READ_BYTES = 1 << 18
"""More is not remembered of an instance; a header is some tens of kilobytes."""
_OF_ALL, _PRIVATE = -1, -2
"""The unit of what is said of all, and that of private elements; the others are an index."""
PRECEDENTS: WeakKeyDictionary[Key, tuple[Precedent, ...]] = WeakKeyDictionary()


def decided_alike(instance: Instance, grounds: Grounds) -> Decided | None:
    """The instance's elements decided by a precedent, or as one; None if it can be neither.

    Raises: as `Planner`.
    """
    if not instance.recognized:
        return None
    held = PRECEDENTS.get(grounds.key, ())
    found = next((each for each in held if each.is_for(instance, grounds)), None)
    if found is None:
        decided, precedent = _precedent(instance, grounds)
        if precedent is not None:
            PRECEDENTS[grounds.key] = (precedent, *held[: MAX_PRECEDENTS - 1])
        return decided
    followed = found.follow(instance, grounds)
    if followed is None:  # another series, of which the next instance will be the precedent
        PRECEDENTS[grounds.key] = tuple(each for each in held if each is not found)
    return followed


class Precedent:
    """What was decided for one instance, and what was read for it.

    level: as decided, before anything is settled that concerns the whole; runs: of elements
    beside each other, by their unit; read: each span that was read, with the unit whose own it
    is; cuts: what each unit cut out of texts.
    """

    def __init__(
        self,
        grounds: Grounds,
        level: LevelPlan,
        runs: dict[int, list[Run]],
        read: dict[Span, int],
        cuts: dict[int, Cuts],
    ) -> None:
        window = level.context.instance.window
        self._grounds = grounds[1:]  # with the key in it, the key would never go
        self._level = _over(level, level.context)
        self._runs, self._cuts = runs, cuts
        self._owners = tuple(read.values())
        self._spans = tuple(read)
        self._said = [window.read(start, stop) for start, stop in self._spans]

    def is_for(self, instance: Instance, grounds: Grounds) -> bool:
        """Whether an instance is laid out alike and to be decided on the same grounds."""
        return instance.data_set is self._level.context.data_set and all(
            one is other or one == other
            for one, other in zip(grounds[1:], self._grounds, strict=True)
        )

    def follow(self, instance: Instance, grounds: Grounds) -> Decided | None:
        """The same decisions for an instance; None where it says something else of all.

        Raises: as deciding does.
        """
        read = instance.window.read
        says = [read(start, stop) for start, stop in self._spans]
        told = zip(self._owners, says, self._said, strict=True)
        changed = {owner for owner, new, old in told if new != old}
        if _OF_ALL in changed:
            return None
        planner = Planner(instance, grounds)
        level = _over(self._level, self._level.context.over(instance, None))
        for unit in self._cuts.keys() - changed:
            planner.replace.cuts |= self._cuts[unit]
        for run in sorted(run for unit in changed for run in self._runs[unit]):
            _decide(planner, level, run)
        return None if planner.replace.outgrown else (planner, level)


def _decide(planner: Planner, level: LevelPlan, run: Run) -> None:
    """Decide elements, whatever was decided of them before."""
    elements = level.context.data_set.elements
    for index in run:
        level.edit.edits.pop(index, None)
        level.items.pop(index, None)
    planner.decide(level, [(index, elements[index]) for index in run])


def _over(level: LevelPlan, context: Context) -> LevelPlan:
    """The decisions of a level and of those inside it, in the context of another instance.

    What is settled later changes only the outermost level, so the others share theirs.
    """
    edit = copy(level.edit)
    edit.edits, edit.insertions = dict(edit.edits), list(edit.insertions)
    items = {index: list(_inside(plans, context)) for index, plans in level.items.items()}
    return LevelPlan(context, list(level.rulings), edit, items)


def _inside(plans: list[LevelPlan], parent: Context) -> Iterator[LevelPlan]:
    for plan in plans:
        context = plan.context.over(parent.instance, parent)
        items = {index: list(_inside(inner, context)) for index, inner in plan.items.items()}
        yield plan._replace(context=context, items=items)


# -- noting what is read --------------------------------------------------------------------


class _Noting(Window):
    """A window that notes what is read."""

    def __init__(self, window: Window) -> None:
        super().__init__(window.source, window.window_bytes)
        self._noted: list[Span] = []

    def read(self, start: int, stop: int) -> bytes:
        """As `Source.read`."""
        self._noted.append((start, stop))
        return super().read(start, stop)

    def taken(self) -> list[Span]:
        """What was read since this was asked last."""
        noted, self._noted = self._noted, []
        return noted


def _precedent(instance: Instance, grounds: Grounds) -> tuple[Decided, Precedent | None]:
    """An instance decided unit by unit, and as a precedent, if it may be one.

    What the planner reads by itself goes through a window of its own, whoever makes it do so.
    """
    window = instance.window
    noting, of_all = _Noting(window), _Noting(window)
    whole = copy(instance)
    whole.window = of_all
    elements = instance.data_set.elements
    units = [_PRIVATE if is_private(e.tag) else index for index, e in enumerate(elements)]
    runs: dict[int, list[Run]] = {}
    cuts: dict[int, Cuts] = {}
    instance.window = noting
    try:
        planner = Planner(whole, grounds)
        level = undecided(instance.context())
        read = [(span, _OF_ALL) for span in noting.taken()]
        for unit, run in groupby(range(len(units)), units.__getitem__):
            runs.setdefault(unit, []).append(tuple(run))
            _decide(planner, level, runs[unit][-1])
            read += [(span, _owner(span, unit, elements, units)) for span in noting.taken()]
            if planner.replace.cuts:
                cuts.setdefault(unit, {}).update(planner.replace.cuts)
                planner.replace.cuts = {}
    finally:
        instance.window = window
    planner.replace.cuts = {element: cut for of in cuts.values() for element, cut in of.items()}
    read += [(span, _OF_ALL) for span in of_all.taken()]
    owners = dict(sorted(read, key=lambda each: each[1] == _OF_ALL))  # the last one counts
    if planner.replace.outgrown or sum(stop - start for start, stop in owners) > MAX_READ_BYTES:
        return (planner, level), None
    return (planner, level), Precedent(grounds, level, runs, owners, cuts)


def _owner(span: Span, unit: int, elements: list[Element], units: list[int]) -> int:
    """Whose a span is that was read for a unit: its own, or everybody's if it lies elsewhere."""
    index = bisect_right(elements, span[0], key=attrgetter("start")) - 1
    inside = index >= 0 and units[index] == unit and span[1] <= elements[index].stop
    return unit if inside else _OF_ALL
