"""Times of day that move with the dates, and birth dates of which the year stays."""

from __future__ import annotations

from datetime import datetime, timedelta
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomanon import engine as real
from dicomanon.dicom.segment import to_bytes
from dicomanon.dicom.source import BytesSource
from dicomanon.dicom.transfer_syntax import EXPLICIT_LE
from dicomanon.errors import ProfileError, UndecidedError
from dicomanon.policy.action import Action
from dicomanon.policy.key import DAY_SECONDS
from dicomanon.policy.preset import document, resolve
from dicomanon.policy.profile import Override, profile
from dicomanon.policy.shift import Shift, shift_date, shift_date_time, shift_time, year_of
from tests import builders, engine
from tests.builders import part10

TIMES = Override("TM", Action.SHIFT)
MOVED = profile("midi", [TIMES])
SHIFT = Shift(engine.KEY.shift_days("ID-4711"), engine.KEY.shift_seconds("ID-4711"))

SECONDS = st.integers(1, DAY_SECONDS - 1)
MOMENTS = st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1))  # noqa: DTZ001 - DICOM's own


def read(day: str, time: str) -> datetime:
    return datetime.strptime(day + time, "%Y%m%d%H%M%S")  # noqa: DTZ007


@given(MOMENTS, MOMENTS, SECONDS, st.integers(-3650, -1))
def test_intervals_stay_to_the_second(
    first: datetime, second: datetime, seconds: int, days: int
) -> None:
    """Date and time of a pair move as one point in time, across midnight; a DT does as they."""
    shift = Shift(days, seconds)
    moved = []
    for moment in (first.replace(microsecond=0), second.replace(microsecond=0)):
        day, time = moment.strftime("%Y%m%d"), moment.strftime("%H%M%S")
        new_day, new_time = shift_date(day, shift, time), shift_time(time, shift)
        assert shift_date_time(day + time, shift) == new_day + new_time
        moved.append(read(new_day, new_time))
    assert moved[1] - moved[0] == second.replace(microsecond=0) - first.replace(microsecond=0)
    assert moved[0] - first.replace(microsecond=0) == timedelta(days=days, seconds=seconds)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("233000", "013000"),
        ("2330", "0130"),
        ("23", "01"),
        ("233000.123", "013000.123"),
        ("23:30:00.5", "013000.5"),
        ("235960", "020000"),
        ("0800-1200", "1000-1400"),
        ("0800-", "1000-"),
        ("25", ""),
        ("12:", ""),
        ("noon", ""),
    ],
)
def test_shift_time(before: str, after: str) -> None:
    """A TM keeps its precision and its fraction and goes around the clock."""
    assert shift_time(before, Shift(-1, 2 * 3600)) == after


ELEMENTS: tuple[builders.Element, ...] = (
    *builders.IDENTITY[:2],
    ("StudyDate", "DA", "20240229"),
    ("SeriesDate", "DA", "20240229"),
    ("AcquisitionDate", "DA", "20240229"),
    ("AcquisitionDateTime", "DT", "20240229235959.250000+0900"),
    ("StudyTime", "TM", "235959"),
    ("SeriesTime", "TM", "0000"),
    *builders.IDENTITY[2:],
    ("DateOfLastCalibration", "DA", "20240101\\20240102"),
    ("TimeOfLastCalibration", "TM", "235959\\000000"),
)


def test_pairs_of_an_instance() -> None:
    """Each date follows the time beside it; one without a time moves as its midnight does."""
    found = engine.read(engine.anonymized(part10(EXPLICIT_LE, *ELEMENTS), MOVED))
    for day, time, was in (
        (found.StudyDate, found.StudyTime, datetime(2024, 2, 29, 23, 59, 59)),  # noqa: DTZ001
        (found.SeriesDate, f"{found.SeriesTime}00", None),
    ):
        if was is not None:
            assert read(day, time) - was == timedelta(days=SHIFT.days, seconds=SHIFT.seconds)
        assert len(day) == 8
        assert time != "235959"
    midnight = datetime(2024, 2, 29) + timedelta(days=SHIFT.days)  # noqa: DTZ001
    assert found.AcquisitionDate == midnight.strftime("%Y%m%d")
    assert found.AcquisitionDateTime[:14] == found.StudyDate + found.StudyTime
    assert found.AcquisitionDateTime[14:] == ".250000+0900"
    first, second = found.DateOfLastCalibration
    assert read(second, "000000") - read(first, "000000") in (timedelta(0), timedelta(days=1))
    assert found.LongitudinalTemporalInformationModified == "MODIFIED"
    assert "113107" in [item.CodeValue for item in found.DeidentificationMethodCodeSequence]
    assert engine.invalid(found) == []


def test_the_leak_check_knows_moved_times() -> None:
    """Dates that moved over midnight are no broken intervals."""
    source = BytesSource(part10(EXPLICIT_LE, *ELEMENTS))
    result = real.anonymize(source, MOVED, engine.KEY)
    assert [finding for finding in result.findings or () if finding.kind == "intervals"] == []
    assert BytesIO(to_bytes(source, result.segments)).read(132)[128:] == b"DICM"


def test_times_stay_unless_asked() -> None:
    """Off by default, and for a category of dates too: its times are emptied."""
    source = part10(EXPLICIT_LE, *ELEMENTS)
    assert engine.read(engine.anonymized(source, "midi")).StudyTime == "235959"
    chosen = profile("basic", [Override("date", Action.SHIFT)])
    found = engine.read(engine.anonymized(source, chosen))
    assert not found.StudyTime
    assert read(found.StudyDate, "000000") == read("20240229", "000000") + timedelta(SHIFT.days)


def test_no_patient_no_shift_of_times() -> None:
    """Without a patient nothing moves by anyone's shift: refused."""
    source = part10(EXPLICIT_LE, *builders.IDENTITY[:2], ("StudyTime", "TM", "1200"))
    with pytest.raises(UndecidedError):
        engine.anonymized(source, "basic", "StudyTime=shift")


# -- the year of birth -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("born", "study", "year"),
    [
        ("19600413", "20240229", "19600101"),
        ("19340301", "20240229", "19340101"),
        ("19300413", "20240229", "19340101"),
        ("19101231", "20240229", "19340101"),
        ("19600413", "", ""),
        ("soon", "20240229", ""),
    ],
)
def test_year_of_birth(born: str, study: str, year: str) -> None:
    """The year stays; of who is 90 or more it is that of 90 years before; unknown, it goes."""
    source = part10(
        EXPLICIT_LE,
        ("StudyDate", "DA", study),
        *builders.IDENTITY[2:],
        ("PatientBirthDate", "DA", born),
    )
    options = ["retain-patient-characteristics", "retain-longitudinal-full-dates"]
    chosen = profile("basic", [Override("00100030", Action.YEAR)], options)
    found = engine.read(engine.anonymized(source, chosen))
    assert found.PatientBirthDate == year
    codes = [item.CodeValue for item in found.DeidentificationMethodCodeSequence]
    assert codes == ["113100", "113108", "113106"]


def test_year_moves_with_the_dates() -> None:
    """Where dates are shifted, the year is that of the shifted birth date."""
    assert year_of("19600110", Shift(-30), None) == "19590101"
    chosen = profile("midi", [Override("00100030", Action.YEAR)])
    source = part10(
        EXPLICIT_LE,
        ("StudyDate", "DA", "20240229"),
        *builders.IDENTITY[2:],
        ("PatientBirthDate", "DA", "19600110"),
    )
    found = engine.read(engine.anonymized(source, chosen))
    born = read("19600110", "000000") + timedelta(SHIFT.days)
    assert found.PatientBirthDate == f"{born.year}0101"


def test_year_without_its_option_is_an_exception() -> None:
    """A year of birth is more than the Basic Profile leaves."""
    assert profile("basic", [Override("00100030", Action.YEAR)]).codes == ()


def test_in_a_preset_file() -> None:
    """Both are choices like others, and errors in them carry their place."""
    own = {"extends": "midi", "vr": {"TM": "shift"}, "tags": {"PatientBirthDate": "year"}}
    chosen = resolve(document(own))
    assert chosen.shifts_times
    assert chosen.tags[0x00100030].action is Action.YEAR
    for wrong, where in (({"vr": {"LO": "shift"}}, "$.vr.LO"), ({"vr": {"TM": "year"}}, "$.vr.TM")):
        with pytest.raises(ProfileError) as caught:
            document(wrong)
        assert (caught.value.code, caught.value.where) == ("action_not_allowed", where)
