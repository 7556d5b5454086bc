"""Answer-key scoring: an output held against planted truth, as the MIDI validation does.

    from dicomanon.verify.score import Maps, read_map, score

    maps = Maps(read_map(uid_csv), read_map(patient_csv))
    found = score(key_db, output_folder, maps, reader=None, by_series=False, each=print)
    found.percent, found.actions(), found.categories(), found.clean

Strategy: the output is indexed once, then the answer key is walked series by series; each
row's checks are made on the files that stand for it. What a caller wants of single results
it takes as they come.

Invariants: memory grows by one line an instance, never by their checks or pixels. Nothing
here comes from `policy` or `anonymize`. A text in pixels that nobody read is not passed:
it is counted apart and the score is not clean.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dicomanon.verify.score.answers import Answers, Check, Identity, answer_key
from dicomanon.verify.score.category import category_of
from dicomanon.verify.score.checks import Box, Judged, Reader, Verdict, judged
from dicomanon.verify.score.maps import Maps, read_map
from dicomanon.verify.score.output import Index, OutputFile
from dicomanon.verify.score.tally import Score, Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

__all__ = ["Box", "Maps", "Reader", "Result", "Score", "Verdict", "read_map", "score"]

_RANK = {Verdict.FAIL: 0, Verdict.UNREAD: 1, Verdict.PASS: 2, Verdict.BLANK: 3}
"""Which of a series' results counts for it: the first in this order. That a pass goes before
a blank is the reference's way; what nobody read is no pass for that another was."""


class Result(NamedTuple):
    """One check's result.

    source: the instance of the answer key; identity: what the output calls itself, the
    source where it is missing; path: the output file, None where it is missing.
    """

    check: Check
    judged: Judged
    category: tuple[str, str]
    source: Identity
    identity: Identity
    path: Path | None


def score(  # noqa: PLR0913 - what is scored, and how
    answers: Path,
    output: Path,
    maps: Maps,
    *,
    reader: Reader | None = None,
    by_series: bool = False,
    each: Callable[[Result], None] | None = None,
) -> Score:
    """The score of an output against an answer key.

    answers: SQLite; output: a folder; reader: reads burned-in text, None if nothing can;
    by_series: one failure fails an element's check for its whole series; each: called
    with every result that counts.

    Raises:
        ProfileError: the answer key is none.
    """
    index = Index(output, maps.uids)
    tally = Tally(unmapped=index.unmapped, not_dicom=index.other)
    with answer_key(answers) as key:
        for series in key.series():
            found = (
                result for row in series for result in _results(row, index, maps, reader, tally)
            )
            for result in _worst(found) if by_series else found:
                tally.add(result.check.action, result.category, result.judged.verdict)
                if each is not None:
                    each(result)
    return tally.score()


def _results(
    row: Answers, index: Index, maps: Maps, reader: Reader | None, tally: Tally
) -> Iterator[Result]:
    """The results of a row in every file that stands for its instance."""
    files = index.of(row.identity.instance)
    tally.files += len(files)
    if not files:
        tally.missing += 1
        yield from _checked(row, None, maps, reader)
    for path in files:
        yield from _checked(row, OutputFile(path), maps, reader)


def _checked(
    row: Answers, file: OutputFile | None, maps: Maps, reader: Reader | None
) -> Iterator[Result]:
    """The results of a row in one file; file: None where it is missing."""
    identity = row.identity if file is None else file.identity
    for check in row.checks:
        found = judged(check, file, maps, reader)
        path = None if file is None else file.path
        yield Result(check, found, category_of(check), row.identity, identity, path)


def _worst(results: Iterable[Result]) -> Iterable[Result]:
    """Of each element's results in a series the one that counts."""
    worst: dict[tuple[str, ...], Result] = {}
    for result in results:
        series = result.identity[1:4]
        held = worst.setdefault((result.check.action, result.check.path, *series), result)
        if _RANK[result.judged.verdict] < _RANK[held.judged.verdict]:
            worst[result.check.action, result.check.path, *series] = result
    return worst.values()
