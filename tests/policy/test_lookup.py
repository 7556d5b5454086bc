"""Lookup tables: whose IDs are written, how far dates move, and what stops an instance."""

from __future__ import annotations

import pytest

from dicomanon.dicom.transfer_syntax import EXPLICIT_LE
from dicomanon.errors import ProfileError, UndecidedError
from dicomanon.policy.action import Action
from dicomanon.policy.lookup import Lookup, Subject, parse_lookup, with_lookup
from dicomanon.policy.profile import Override, Profile, profile
from tests import builders, engine
from tests.builders import part10

TABLE = "id_old,id_new,name,date_offset_days\nID-4711,SUBJ-1,Subject^One,-10\nID-4712,SUBJ-1,,\n"
MODIFIED = "retain-longitudinal-modified-dates"


def looked_up(table: str = TABLE, *options: str, refuse: bool = True) -> Profile:
    lookup = parse_lookup(table, refuse_unknown=refuse)
    return with_lookup(profile("research", (), options), lookup)


def instance(patient: str = "ID-4711") -> bytes:
    return part10(
        EXPLICIT_LE,
        ("SOPClassUID", "UI", builders.CT_IMAGE),
        ("SOPInstanceUID", "UI", "1.2.3.4"),
        ("StudyDate", "DA", "20200301"),
        ("PatientName", "PN", "Yamada^Taro"),
        ("PatientID", "LO", patient),
        ("OtherPatientIDsSequence", "SQ", [[("PatientID", "LO", "OTHER-1")]]),
    )


def test_given_id_name_and_offset() -> None:
    """A known patient gets the table's ID and name, and dates move by its days."""
    out = engine.read(engine.anonymized(instance(), looked_up(TABLE, MODIFIED)))
    assert (out.PatientID, out.PatientName, out.StudyDate) == ("SUBJ-1", "Subject^One", "20200220")


def test_the_id_stands_for_a_missing_name_and_the_key_for_a_missing_offset() -> None:
    """What the table leaves open: the name is the ID, the shift is the key's."""
    out = engine.read(engine.anonymized(instance("ID-4712"), looked_up(TABLE, MODIFIED)))
    assert (out.PatientID, out.PatientName) == ("SUBJ-1", "SUBJ-1")
    assert out.StudyDate not in ("20200301", "20200220")
    two = looked_up("id_old,id_new\nID-4711,A\nID-4712,A\n", MODIFIED)
    outs = [engine.read(engine.anonymized(instance(p), two)) for p in ("ID-4711", "ID-4712")]
    assert outs[0].StudyDate == outs[1].StudyDate


@pytest.mark.parametrize("patient", ["UNKNOWN", ""])
def test_an_unknown_patient_stops_the_instance(patient: str) -> None:
    """Nothing is written, unless the person said that a pseudonym will do."""
    with pytest.raises(UndecidedError) as caught:
        engine.anonymized(instance(patient), looked_up())
    assert caught.value.code == "lookup_unknown"
    assert "UNKNOWN" not in f"{caught.value} {caught.value!r}"
    out = engine.read(engine.anonymized(instance("UNKNOWN"), looked_up(refuse=False)))
    assert out.PatientID == engine.KEY.pseudonym("UNKNOWN")


def test_other_ids_inside_sequences_get_pseudonyms() -> None:
    """Only the instance's own patient must be in the table."""
    kept = profile("research", [Override("00101002", Action.KEEP)])
    chosen = with_lookup(kept, parse_lookup(TABLE))
    out = engine.read(engine.anonymized(instance(), chosen))
    assert out.OtherPatientIDsSequence[0].PatientID == engine.KEY.pseudonym("OTHER-1")


def test_what_the_person_set_by_hand_wins() -> None:
    """`--set PatientName=empty` beside a table empties the name."""
    chosen = with_lookup(engine.choose("research", "PatientName=empty"), parse_lookup(TABLE))
    out = engine.read(engine.anonymized(instance(), chosen))
    assert (out.PatientID, out.PatientName) == ("SUBJ-1", "")


@pytest.mark.parametrize("preset", ["basic", "in-hospital", "midi"])
def test_every_preset_takes_a_table(preset: str) -> None:
    """Whatever a preset does to name and ID, the table counts for more."""
    chosen = with_lookup(profile(preset), parse_lookup(TABLE))
    out = engine.read(engine.anonymized(instance(), chosen))
    assert out.PatientID == "SUBJ-1"


@pytest.mark.parametrize(
    ("table", "line"),
    [
        ("", 1),
        ("old,new\nA,B\n", 1),
        ("id_old,id_new,phone\nA,B,C\n", 1),
        ("id_old,id_new\nSECRET\n", 2),
        ("id_old,id_new\nA,B\nSECRET,\n", 3),
        ("id_old,id_new\n,SECRET\n", 2),
        ("id_old,id_new\nA,B\\SECRET\n", 2),
        (f"id_old,id_new\nA,{'SECRET' * 20}\n", 2),
        ("id_old,id_new\nSECRET,B\nSECRET,C\n", 3),
        ("id_old,id_new,date_offset_days\nA,B,SECRET\n", 2),
        ("id_old,id_new,date_offset_days\nA,B,99999\n", 2),
        ("id_old,id_new,name\nA,B,SE=C=R=ET\n", 2),
    ],
)
def test_a_broken_table_names_its_line_and_no_value(table: str, line: int) -> None:
    """Where a table is wrong is said, what stands there is not."""
    with pytest.raises(ProfileError) as caught:
        parse_lookup(table)
    assert (caught.value.code, caught.value.where) == ("lookup", f"line {line}")
    assert "SECRET" not in f"{caught.value} {caught.value!r}"


def test_spreadsheets_tables_are_read() -> None:
    """A byte order mark, empty rows, quotes and spaces are no mistake; equal rows neither."""
    table = '\ufeffid_old,id_new\r\n " A B " ,"C"\r\n\r\nA,C\r\nA,C\r\n'
    found = parse_lookup(table.replace(' " A B " ', '" A B "'))
    assert found.find("A B") == Subject("C")
    assert len(found) == 2


def test_a_table_shows_nothing() -> None:
    """Its repr is a number, also inside a profile's."""
    lookup = Lookup({"SECRET": Subject("S")})
    assert repr(lookup) == "Lookup(1 subjects)"
    assert "SECRET" not in repr(with_lookup(profile("research"), lookup))
