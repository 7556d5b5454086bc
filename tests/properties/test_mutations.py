"""Broken files give `InputError` or `UnsafeError`, soon and cheaply, or an output that is sound."""

from __future__ import annotations

import resource
import time

import pytest

from dicomanon import overview
from dicomanon.dicom.scan import scan
from dicomanon.dicom.segment import to_bytes
from dicomanon.dicom.source import BytesSource
from dicomanon.engine import anonymize_instance
from dicomanon.errors import InputError, UnsafeError
from dicomanon.policy.action import Action
from dicomanon.policy.key import Key
from dicomanon.policy.profile import Override, profile
from tests.properties.mutations import mutations

SEED = 2
SECONDS_EACH = 5.0
RSS_GROWTH_KIB = 200_000
KEY = Key(bytes(range(32)))
PROFILES = (
    profile("research"),
    profile("in-hospital"),
    profile("in-hospital", [Override("private", Action.KEEP), Override("date", Action.SHIFT)]),
)


def handled(data: bytes, number: int) -> None:
    """Everything a broken file may give is here; anything else leaves."""
    try:
        instance = scan(BytesSource(data))
        overview.warnings(instance, overview.survey(instance))
        result = anonymize_instance(instance, PROFILES[number % len(PROFILES)], KEY)
        list(result.plan.decisions())
        output = to_bytes(instance.original, result.segments)
    except (InputError, UnsafeError):
        return
    again = scan(BytesSource(output))
    assert again.truncated_at is None
    assert again.trailing_bytes == 0


def attacked(count: int) -> None:
    handled(b"DICM", 0)
    before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number, data in mutations(SEED, count):
        start = time.process_time()
        try:
            handled(data, number)
        except Exception as error:
            error.add_note(f"mutation {number} of seed {SEED}")
            raise
        assert time.process_time() - start < SECONDS_EACH, f"mutation {number} of seed {SEED}"
    grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib
    assert grown_kib < RSS_GROWTH_KIB


def test_three_thousand_mutations() -> None:
    """Nothing but the errors of `errors.py`, in bounded time and memory; outputs read again."""
    attacked(3_000)


@pytest.mark.soak
def test_a_hundred_thousand_mutations() -> None:
    """The same, for longer."""
    attacked(100_000)
