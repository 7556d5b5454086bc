"""What a text that was read looks like, and whose value it equals."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from dicomanon.dicom.scan import scan
from dicomanon.dicom.source import BytesSource
from dicomanon.dicom.transfer_syntax import EXPLICIT_LE
from dicomanon.pixels.detect.reason import Reason, days_in, keepable, known_values, reason
from tests.builders import part10

if TYPE_CHECKING:
    from dicomanon.pixels.detect.reason import Kind

KNOWN = known_values(
    scan(
        BytesSource(
            part10(
                EXPLICIT_LE,
                ("SpecificCharacterSet", "CS", "ISO_IR 192"),
                ("StudyDate", "DA", "20110525"),
                ("AccessionNumber", "SH", "A-778812"),
                ("InstitutionName", "LO", "Central Hospital"),
                ("PatientName", "PN", "YAMADA^TARO=山田^太郎=ヤマダ^タロウ"),
                ("PatientID", "LO", "4711-0815"),
                ("PatientBirthDate", "DA", "19580307"),
            )
        )
    )
)


@pytest.mark.parametrize(
    ("text", "keyword"),
    [
        ("YAMADA TARO", "PatientName"),
        ("Yamada, Taro (M)", "PatientName"),
        ("YAMADA", "PatientName"),
        ("TAR0 YAMADA", "PatientName"),
        ("Name: YAMADATARO", "PatientName"),
        ("山田太郎様", "PatientName"),
        ("氏名 山田 太郎", "PatientName"),
        ("ヤマダ タロウ", "PatientName"),
        ("ﾔﾏﾀﾞ ﾀﾛｳ", "PatientName"),
        ("ID 47110815", "PatientID"),
        ("4711-O815", "PatientID"),
        ("CENTRAL H0SPITAL", "InstitutionName"),
        ("CENTRAL HOSPTAL", "InstitutionName"),
        ("5/25/2011", "StudyDate"),
        ("07.03.1958", "PatientBirthDate"),
        ("S33.3.7", "PatientBirthDate"),
        ("昭和33年3月7日生", "PatientBirthDate"),
        ("7 Mar 1958", "PatientBirthDate"),
        ("A778812", "AccessionNumber"),
    ],
)
def test_values_of_the_header(text: str, keyword: str) -> None:
    """A text that equals a value, as a person would read it, names its attribute."""
    assert reason(text, KNOWN) == Reason("identifier", keyword)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("2024-12-24", "date"),
        ("令和6年12月24日", "date"),
        ("14:05:33", "time"),
        ("Dr. Miller", "name"),
        ("佐藤花子様", "name"),
        ("67歳", "age"),
        ("045Y", "age"),
        ("12345678", "number"),
        ("MRN 99-1", "number"),
        ("28Hz", "measurement"),
        ("+ 1.06 cm", "measurement"),
        ("MI 1.1", "measurement"),
        ("TIS 0.2", "measurement"),
        ("120 x 80 mm", "measurement"),
        ("L", "orientation"),
        ("RAH", "orientation"),
        ("Left", "orientation"),
        ("15", "scale"),
        ("-5 0 5", "scale"),
        ("LR", "text"),
        ("Sector", "text"),
    ],
)
def test_looks(text: str, kind: Kind) -> None:
    """The first pattern that holds gives the kind."""
    found = reason(text, KNOWN)
    assert found is not None
    assert found == Reason(kind)


def test_nothing_read_is_no_reason() -> None:
    """An empty text has no reason."""
    assert reason("", KNOWN) is None


@pytest.mark.parametrize("text", ["2024-13-40", "99/99/2024", "version 3.4.5", "1.2.840"])
def test_no_days(text: str) -> None:
    """Numbers that are no day give none."""
    assert days_in(text) == []


def test_both_orders_of_day_and_month() -> None:
    """Nobody knows whether 03/04 is in March or April."""
    assert set(days_in("03/04/2020")) == {date(2020, 3, 4), date(2020, 4, 3)}


@pytest.mark.parametrize(
    ("text", "confidence", "modality", "stays"),
    [
        ("28Hz", 0.95, "US", True),
        ("28Hz", 0.5, "US", False),
        ("28Hz", 0.95, "OT", False),
        ("L", 0.95, "CR", True),
        ("YAMADA", 0.99, "US", False),
        ("1958-03-07", 0.99, "US", False),
        ("15", 0.99, "CT", True),
    ],
)
def test_what_may_stay(text: str, confidence: float, modality: str, stays: bool) -> None:  # noqa: FBT001 - a column
    """Only what a modality needs and was surely read may stay; an identifier never."""
    assert keepable(reason(text, KNOWN), confidence, modality) is stays


def test_known_values_are_in_no_repr() -> None:
    """What is known names the patient."""
    assert "YAMADA" not in repr(KNOWN).upper()
    assert "4711" not in repr(KNOWN)
