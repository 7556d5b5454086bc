"""Runs to report on: real results of the engine, and how a report is made of them."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from dicomanon.dicom.source import BytesSource
from dicomanon.engine import anonymize
from dicomanon.errors import DicomanonError
from dicomanon.policy.profile import profile
from dicomanon.report.entry import observed, refused, written
from dicomanon.report.run import Writer, head
from tests.verify.outputs import KEY, original

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dicomanon.pixels.region import Region
    from dicomanon.policy.profile import Profile
    from dicomanon.verify.finding import Accepted

RESEARCH = profile("research")
STARTED = datetime(2026, 3, 1, 12, 30, 5, tzinfo=UTC)


class Clock:
    """A clock that goes on by ten seconds whenever it is asked."""

    def __init__(self) -> None:
        self._asked = 0

    def __call__(self) -> datetime:
        self._asked += 1
        return STARTED + timedelta(seconds=10 * (self._asked - 1))


def entry(  # noqa: PLR0913 - one parameter a choice
    number: int,
    source: bytes,
    chosen: Profile = RESEARCH,
    masks: Sequence[Region] = (),
    *,
    verify: bool = True,
    accepted: Accepted | None = None,
) -> dict[str, Any]:
    """The entry of an input."""
    try:
        result = anonymize(
            BytesSource(source), chosen, KEY, masks, verify=verify, accepted=accepted
        )
    except DicomanonError as error:
        return refused(number, error, 0.25)
    return written(number, observed(result), f"{result.file_stem}.dcm", 0.12345678)


def report(
    entries: Iterable[dict[str, Any]], chosen: Profile = RESEARCH, *, verify: bool = True
) -> str:
    """A run's report."""
    stream = io.StringIO()
    with Writer(stream, head(chosen, KEY, host="library", verify=verify), Clock()) as writer:
        for each in entries:
            writer.add(each)
    return stream.getvalue()


def some() -> list[dict[str, Any]]:
    """An image, one that is no DICOM, and one whose birth date is its patient ID's."""
    return [entry(1, original()), entry(2, b"not DICOM at all" * 20), entry(3, b"")]
