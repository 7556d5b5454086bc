"""What the results add up to: the headline, and tables by action and by category.

Invariants: the headline is passed / (passed + failed + blank), every check of equal
weight; what could not be read is in no total and in every table.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from dicomanon.verify.score.checks import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Category = tuple[str, str]
_COUNTED = (Verdict.PASS, Verdict.FAIL, Verdict.BLANK)


class Line(NamedTuple):
    """One line of a table."""

    name: str
    passed: int
    failed: int
    blank: int
    unread: int

    @property
    def total(self) -> int:
        """The checks that count."""
        return self.passed + self.failed + self.blank

    @property
    def percent(self) -> float:
        """The share that passed; 0 where nothing counts."""
        return 100 * self.passed / self.total if self.total else 0.0


class Score(NamedTuple):
    """A score.

    counts: of verdicts, by action and category; files: that were scored; missing: source
    instances without one; unmapped: files that the map leads nowhere; not_dicom: others.
    """

    counts: Mapping[tuple[str, Category, Verdict], int]
    files: int
    missing: int
    unmapped: int
    not_dicom: int

    @property
    def all(self) -> Line:
        """The headline."""
        return self._line("All", self.counts)

    @property
    def percent(self) -> float:
        """The headline's share of passed checks."""
        return self.all.percent

    @property
    def clean(self) -> bool:
        """Whether there were checks, all were made, and all passed."""
        return self.all.total > 0 and self.all.passed == self.all.total and not self.all.unread

    def actions(self) -> list[Line]:
        """One line an action."""
        names = sorted({action for action, _, _ in self.counts})
        return [self._line(name, [k for k in self.counts if k[0] == name]) for name in names]

    def categories(self) -> list[Line]:
        """One line a category and subcategory."""
        pairs = sorted({category for _, category, _ in self.counts})
        return [
            self._line(" ".join(pair).strip(), [k for k in self.counts if k[1] == pair])
            for pair in pairs
        ]

    def _line(self, name: str, keys: Iterable[tuple[str, Category, Verdict]]) -> Line:
        found: Counter[Verdict] = Counter()
        for key in keys:
            found[key[2]] += self.counts[key]
        return Line(name, *(found[verdict] for verdict in (*_COUNTED, Verdict.UNREAD)))


class Tally:
    """The counts so far."""

    def __init__(self, *, unmapped: int, not_dicom: int) -> None:
        self.files = 0
        self.missing = 0
        self._unmapped = unmapped
        self._not_dicom = not_dicom
        self._counts: Counter[tuple[str, Category, Verdict]] = Counter()

    def add(self, action: str, category: Category, verdict: Verdict) -> None:
        """Count a result."""
        self._counts[action, category, verdict] += 1

    def score(self) -> Score:
        """What was counted."""
        return Score(dict(self._counts), self.files, self.missing, self._unmapped, self._not_dicom)
