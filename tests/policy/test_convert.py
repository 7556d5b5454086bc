"""Other tools' scripts: what comes in, what goes out, and what is said to be lost."""

from __future__ import annotations

from typing import Any

import pytest

from dicomanon.errors import ProfileError
from dicomanon.policy.action import Action
from dicomanon.policy.convert import FORMATS, UNNAMED, Imported, converter
from dicomanon.policy.preset import document, resolve
from dicomanon.policy.profile import PRESETS, Override, Own, profile
from dicomanon.policy.table import table

CTP = """<?xml version="1.0" encoding="UTF-8"?>
<script>
  <p t="UIDROOT">1.2.840.99999</p>
  <p t="SUBJECT">SUBJ</p>
  <e en="T" t="00080018" n="SOPInstanceUID">@hashuid(@UIDROOT,this)</e>
  <e en="T" t="00080020" n="StudyDate">@incrementdate(this,@DATEINC)</e>
  <e en="T" t="00080080" n="InstitutionName">@remove()</e>
  <e en="F" t="00081010" n="StationName">@keep()</e>
  <e en="T" t="00081030" n="StudyDescription">@keep()</e>
  <e en="T" t="00100010" n="PatientName">@param(@SUBJECT)</e>
  <e en="T" t="00100020" n="PatientID">@hashptid(@SITEID,PatientID)</e>
  <e en="T" t="00100030" n="PatientBirthDate">@modifydate(this,*,1,1)</e>
  <e en="T" t="00120062" n="PatientIdentityRemoved">@always()YES</e>
  <e en="T" t="00091001">@keep()</e>
  <k en="T" t="0018">Keep group 0018</k>
  <k en="F" t="0020">Keep group 0020</k>
  <r en="T" t="curves">Remove curves</r>
  <r en="T" t="privategroups">Remove private groups</r>
  <r en="T" t="unspecifiedelements">Remove unchecked elements</r>
</script>"""

DEID = """FORMAT dicom

%filter dangerous
LABEL Criteria
contains PatientSex M

%header
ADD PatientIdentityRemoved YES
REPLACE PatientID var:suid   # ours
REPLACE StudyInstanceUID func:generate_uid
REPLACE PatientName ANON
REPLACE PatientBirthDate func:year_only
JITTER endswith:StudyDate var:jitter
BLANK contains:Physician
KEEP (0008,1030)
KEEP StudyDescription
REMOVE StudyDescription
BLANK select:VR:TM
KEEP TimezoneOffsetFromUTC
REMOVE NoSuchKeyword
REMOVE ALL func:is_name
"""

KITWARE = """{
 "(0x0010, 0x0010)": "replace",
 "(0x0010,0x0020)": "keep",
 "(0x0008, 0x0018)": "replace",
 "(0x0008, 0x0020)": {"action": "regexp", "find": "0101$", "replace": "0102"},
 "(0x0008, 0x1030)": "delete",
 "(0x0010, 0x0040)": "delete_or_empty",
 "(0x0010, 0x0030)": {"action": "replace_with_value", "options": {"value": "20000101"}},
 "(0x6000, 0x3000, 0xFF00, 0xFFFF)": "keep",
 "(0x0009, 0x1001)": "keep"
}"""

XNAT = """version "6.1"
// who
project := "P"
(0010,0010) := "ANON"
(0010,0020) := hash[(0010,0020)]
- (0008,0080)
(0008,0018) := hashUID[(0008,0018)]
(0008,0020) := shiftDateByIncrement[(0008,0020), "-14"]
(0008,1030) := (0008,1030)
(0008,103E) := format["{0}", project]
(0008,0050) != "" ? (0008,0050) := "X" : -(0008,0050)
*/(0008,0090) := ""
-(50XX,XXXX)
retainPrivateTags["(0019,{MAKER, Inc.}06)", (0029,{TWO}XX)]
"""


def said(found: Imported) -> str:
    return "\n".join(found.left_out)


def imported(form: str, text: str) -> tuple[Imported, dict[str, Any]]:
    """The result, and its tags; the preset is one that reads."""
    found = converter(form).load(text)
    assert found.left_out[0] == UNNAMED
    resolve(document(found.preset))
    return found, found.preset.get("tags", {})


def test_ctp() -> None:
    """Functions, parameters, groups and private elements of CTP's anonymizer."""
    found, tags = imported("ctp", CTP)
    wanted = {
        "SOPInstanceUID": "uid",
        "StudyDate": "shift",
        "InstitutionName": "remove",
        "StudyDescription": "keep",
        "PatientName": {"value": "SUBJ"},
        "PatientID": "pseudonym",
        "PatientBirthDate": "empty",
        "50000000": "remove",
        "DeviceSerialNumber": "keep",
    }
    assert {name: tags.get(name) for name in wanted} == wanted
    assert "StationName" not in tags
    assert "FrameOfReferenceUID" not in tags
    assert found.preset["private"] == "remove"
    for part in ("@modifydate is not run", "removes every element", "without its creator"):
        assert part in said(found)


def test_deid() -> None:
    """Actions by precedence, expanders over the dictionary, functions that are not run."""
    found, tags = imported("deid", DEID)
    wanted = {
        "PatientID": "pseudonym",
        "StudyInstanceUID": "uid",
        "PatientName": {"value": "ANON"},
        "PatientBirthDate": "empty",
        "StudyDate": "shift",
        "ReferringPhysicianName": "empty",
        "StudyDescription": "keep",
        "StudyTime": "empty",
    }
    assert {name: tags.get(name) for name in wanted} == wanted
    for part in ("%filter", "func is not run", "NoSuchKeyword", "REMOVE of all fields"):
        assert part in said(found)


def test_kitware() -> None:
    """Names of actions; what the base says too is left to the base."""
    found, tags = imported("kitware", KITWARE)
    assert tags == {
        "PatientName": "dummy",
        "PatientID": "keep",
        "SOPInstanceUID": "uid",
        "StudyDate": "empty",
        "StudyDescription": "remove",
        "PatientSex": "empty",
        "PatientBirthDate": {"value": "20000101"},
        "60003000": "keep",
    }
    assert "regexp is not run" in said(found)
    assert "without its creator" in said(found)


def test_xnat() -> None:
    """Assignments, deletions, calls and private elements by creator; conditions are named."""
    found, tags = imported("xnat", XNAT)
    assert tags == {
        "PatientName": {"value": "ANON"},
        "PatientID": "pseudonym",
        "InstitutionName": "remove",
        "SOPInstanceUID": "uid",
        "StudyDate": "shift",
        "StudyDescription": "keep",
        "SeriesDescription": "empty",
        "ReferringPhysicianName": "empty",
        "50000000": "remove",
    }
    assert found.preset["private"] == "remove"
    listed = resolve(document(found.preset)).listed
    assert listed.action("MAKER, Inc.", 0x00191006) == "keep"
    assert listed.action("TWO", 0x002910AB) == "keep"
    assert len(listed) == 257
    for part in ("Line 11 has a condition", "format is not worked out", "Variables"):
        assert part in said(found)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", PRESETS)
def test_out_and_in_again_lets_nothing_more_through(form: str, name: str) -> None:
    """What our preset takes away, the script takes away, or says of it that it stays.

    Sequences may stay, each element inside by its own rule; a value may become another
    that says as little.
    """
    chosen = profile(name)
    made = converter(form).dump(chosen)
    again = resolve(document(converter(form).load(made.text).preset))
    before = {line.tag: line for line in table(chosen)}
    after = {line.tag: line for line in table(again)}
    loosened = [
        line.name
        for tag, line in before.items()
        if line.action not in ("keep", "safe")
        and tag in after
        and after[tag].action == "keep"
        and "Sequence" not in line.name
    ]
    assert loosened == []


def test_what_goes_out_says_what_is_lost() -> None:
    """Every kind of action that a format cannot say has its sentence."""
    wanted = {
        "ctp": ("one number for all", "cleaned is removed", "Type in its IOD", "Safe private"),
        "deid": ("dicomanon_uid", "dicomanon_days", "cleaned is removed", "remove_private"),
        "kitware": ("cannot be moved", "one dummy for all", "cleaned is removed"),
        "xnat": ("one number for all", "cleaned is removed", "Inside sequences"),
    }
    for form, parts in wanted.items():
        made = converter(form).dump(profile("midi"))
        text = made.text + "\n".join(made.left_out)
        assert [part for part in parts if part not in text] == []


BOMB = '<!DOCTYPE script [<!ENTITY a "b">]><script><e t="00100010">&a;</e></script>'
OUTSIDE = '<!DOCTYPE script SYSTEM "file:///etc/hostname"><script/>'


@pytest.mark.parametrize(
    ("form", "text"),
    [
        *(("ctp", BOMB), ("ctp", OUTSIDE), ("ctp", "<script>"), ("ctp", "<other/>"), ("ctp", "")),
        *(("deid", ""), ("deid", "FORMAT nifti"), ("deid", "FORMAT dicom\n%header\nSCRUB X")),
        *(("kitware", "[]"), ("kitware", "{"), ("kitware", '{"__import__(1)": "keep"}')),
        *(("kitware", '{"(0x0010, 0x0010)": 1}'), ("xnat", ""), ("xnat", "hello there")),
        ("unknown", ""),
    ],
)
def test_what_is_no_script(form: str, text: str) -> None:
    """Other text, entities and document types are refused before anything is read."""
    with pytest.raises(ProfileError) as caught:
        converter(form).load(text)
    assert caught.value.code == "convert"


@pytest.mark.parametrize("form", FORMATS)
def test_what_no_other_tool_does_is_removed(form: str) -> None:
    """A year alone and times that move are said in no other script: they go, and that is told."""
    choices = [Override("00100030", Action.YEAR), Override("TM", Action.SHIFT)]
    chosen = profile("midi", choices, own=Own(strict=True, cut=("Alpha",)))
    made = converter(form).dump(chosen)
    told = "\n".join(made.left_out)
    assert "A year alone cannot be left, so the date is removed: Patient's Birth Date." in told
    assert "Times of day cannot be moved with the dates, so they are removed: " in told
    assert "single words of a text cannot be said: Words on no list, Listed texts." in told
    assert "Alpha" not in made.text + told + str(table(chosen))
    back = resolve(document(converter(form).load(made.text).preset))
    assert back.tags[0x00100030].action is Action.REMOVE
    assert back.tags[0x00080030].action is Action.REMOVE
