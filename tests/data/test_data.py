"""The tables: the dictionary as pydicom has it, Table E.1-1 whole, a category for every row."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from pydicom._dicom_dict import DicomDictionary, RepeatersDictionary
from pydicom._uid_dict import UID_dictionary
from pydicom.datadict import get_entry

from dicomanon import data
from dicomanon.data import __main__ as generator

MASKED = [int(mask.replace("x", digit), 16) for mask in RepeatersDictionary for digit in "0248AE"]


def pydicom_entry(tag: int) -> tuple[str, str, str, str, bool] | None:
    """The answer of pydicom in our order, None if it has none."""
    try:
        vr, vm, name, retired, keyword = get_entry(tag)
    except KeyError:
        return None
    return vr, vm, keyword, name, bool(retired)


@pytest.mark.parametrize("tags", [list(DicomDictionary), MASKED], ids=["tags", "masks"])
def test_entries_are_pydicoms(tags: list[int]) -> None:
    """Every tag and every repeating group has pydicom's VR, VM, keyword, name and status."""
    assert [data.entry(tag) for tag in tags] == [pydicom_entry(tag) for tag in tags]
    assert all(data.is_standard(tag) for tag in tags)
    assert [data.vr_of(tag) for tag in tags] == [get_entry(tag)[0] for tag in tags]


def test_newer_elements_of_the_profile_are_named() -> None:
    """An element that Table E.1-1 names is in the dictionary even where pydicom is older."""
    rows = [tag for tag in data.table_e1_1() if set(tag) <= set("0123456789ABCDEF")]
    assert [tag for tag in rows if not data.is_standard(int(tag, 16))] == []
    assert data.entry(0x00100012) == ("LT", "1", "NameToUse", "Name to Use", False)


@pytest.mark.parametrize(
    ("tag", "vr"),
    [
        (0x00180000, "UL"),  # a group length, in no dictionary
        (0x00090000, ""),  # of a private group: what the creator says, so nobody knows
        (0x00091001, ""),
        (0x60013000, ""),  # odd, so private, though 60xx fits
        (0x60FE3000, "OB or OW"),
        (0x00280106, "US or SS"),
        (0x00181234, ""),
    ],
)
def test_vr_of_the_odd_ones(tag: int, vr: str) -> None:
    """Group lengths are UL; private and unknown tags have no VR; a choice stays a choice."""
    assert data.vr_of(tag) == vr


def test_keywords_lead_back_to_their_tags() -> None:
    """A keyword has one tag; no keyword, an unknown one and a repeating group's have none."""
    keywords = {entry[4]: tag for tag, entry in DicomDictionary.items() if entry[4]}
    assert {keyword: data.tag_of(keyword) for keyword in keywords} == keywords
    assert [data.tag_of(k) for k in ("", "NoSuchKeyword", "OverlayData")] == [None] * 3


def test_uids_are_pydicoms() -> None:
    """Registered UIDs have a name, others none."""
    assert {uid: data.uid_name(uid) for uid in UID_dictionary} == {
        uid: entry[0] for uid, entry in UID_dictionary.items()
    }
    assert data.uid_name("1.2.3") == ""


def test_table_e1_1_is_whole() -> None:
    """The edition's 657 rows, with as many cells of each code as the edition has."""
    rows = data.table_e1_1()
    basic = [row.basic for row in rows.values()]
    assert len(rows) == 657
    codes = "X D U Z X/D X/Z X/Z/D Z/D X/Z/U*"
    assert [basic.count(code) for code in codes.split()] == [417, 93, 55, 42, 23, 11, 8, 6, 2]
    assert sum(row.retain_longitudinal_full_dates == "K" for row in rows.values()) == 169
    assert sum(row.clean_descriptors == "C" for row in rows.values()) == 141


@pytest.mark.parametrize(
    ("tag", "key"),
    [
        (0x00100010, "00100010"),
        (0x50040022, "50xxxxxx"),
        (0x60023000, "60xx3000"),
        (0x00091001, "ggggeeee"),
        (0x60013000, "ggggeeee"),
    ],
)
def test_profile_row_finds_masks(tag: int, key: str) -> None:
    """Repeating groups and private elements fall under the row that stands for them."""
    assert data.profile_row(tag) == data.table_e1_1()[key]


def test_profile_row_of_an_unlisted_tag() -> None:
    """Rows is not in Table E.1-1."""
    assert data.profile_row(0x00280010) is None


def test_every_row_has_a_category() -> None:
    """SENSITIVE_TAGS holds every row but the private one; each category is a known one."""
    sensitive = data.sensitive_tags()
    assert set(data.table_e1_1()) - set(sensitive) == {"ggggeeee"}
    assert set(sensitive.values()) == set(data.CATEGORIES)


@pytest.mark.parametrize(
    ("keyword", "category"),
    [
        ("PatientName", "patient"),
        ("PatientBirthDate", "patient"),
        ("PatientBirthDateInAlternativeCalendar", "patient"),
        ("PatientAddress", "patient"),
        ("OtherPatientIDs", "patient"),
        ("PatientMotherBirthName", "patient"),
        ("PatientTelephoneNumbers", "contact"),
        ("ReferringPhysicianName", "contact"),
        ("ResponsiblePerson", "contact"),
        ("OperatorsName", "contact"),
        ("RequestingPhysicianIdentificationSequence", "contact"),
        ("StudyDate", "date"),
        ("TimezoneOffsetFromUTC", "date"),
        ("GPSLatitude", "place"),
        ("GPSDateStamp", "place"),
        ("InstitutionName", "place"),
        ("CountryOfResidence", "place"),
        ("CurrentPatientLocation", "place"),
        ("DeviceSerialNumber", "equipment"),
        ("StationName", "equipment"),
        ("DeviceID", "equipment"),
        ("AccessionNumber", "study"),
        ("PlacerOrderNumberImagingServiceRequest", "study"),
        ("RequestAttributesSequence", "study"),
        ("StudyDescription", "text"),
        ("ImageComments", "text"),
        ("PatientComments", "text"),
        ("StudyInstanceUID", "uid"),
        ("MultiFrameSourceSOPInstanceUID", "uid"),
        ("Rows", ""),
        ("SOPClassUID", ""),
        ("ImagePositionPatient", ""),
        ("SpecificCharacterSet", ""),
        ("Manufacturer", ""),
    ],
)
def test_categories_are_those_of_a_radiographer(keyword: str, category: str) -> None:
    """What an element tells about whom; what the image needs is not sensitive."""
    tag = data.tag_of(keyword)
    assert tag is not None
    assert data.category_of(tag) == category


def test_categories_of_repeating_and_private_groups() -> None:
    """Masks reach every even group, and no private one."""
    tags = (0x60023000, 0x60020022, 0x50020010, 0x60013000, 0x60020010)
    assert [data.category_of(tag) for tag in tags] == ["text", "text", "text", "", ""]


def test_uids_beyond_the_table_are_uids() -> None:
    """What is a uid though Table E.1-1 does not list it can be given a new UID."""
    beyond = data.sensitive_tags().keys() - data.table_e1_1().keys()
    uids = [tag for tag in beyond if data.sensitive_tags()[tag] == "uid"]
    assert {data.vr_of(int(tag, 16)) for tag in uids} == {"UI"}


def test_safe_private_elements() -> None:
    """A safe element is safe in any block, under its own creator only."""
    assert len(data.safe_private("Philips PET Private Group")) == 2
    assert data.is_safe_private("Philips PET Private Group", 0x70531000)
    assert data.is_safe_private("Philips PET Private Group", 0x7053FF09)
    assert not data.is_safe_private("Philips PET Private Group", 0x70531001)
    assert not data.is_safe_private("Somebody else", 0x70531000)
    assert data.safe_private("Somebody else") == ()


def test_deidentification_methods() -> None:
    """CID 7050 names the profile and its options."""
    methods = data.deidentification_methods()
    assert len(methods) == 13
    assert methods["113100"] == "Basic Application Confidentiality Profile"


def test_tables_load_from_a_zip(tmp_path: Path) -> None:
    """The package works where it is not a folder."""
    package = Path(data.__file__).parent.parent
    archive = tmp_path / "dicomanon.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        for file in [package / "__init__.py", *(package / "data").iterdir()]:
            if file.is_file():
                zipped.write(file, f"dicomanon/{file.relative_to(package)}")
    code = "from dicomanon import data; print(data.vr_of(0x00100010), data.__file__)"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(archive)!r}); {code}"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.split()[0] == "PN"
    assert str(archive) in done.stdout


def test_generated_dictionary_and_uids_are_current() -> None:
    """The two tables made of pydicom alone are what the generator would write today."""
    assert generator.uids() == data._table("uids")  # noqa: SLF001
    assert generator.dictionary([])["mask"] == data._table("dictionary")["mask"]  # noqa: SLF001
