"""A person's own preset: what it decides, what it may extend, and where it is wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dicomanon import data
from dicomanon.dicom.transfer_syntax import EXPLICIT_LE
from dicomanon.errors import ProfileError
from dicomanon.policy.action import Action
from dicomanon.policy.compose import compose
from dicomanon.policy.preset import document, read, resolve
from dicomanon.policy.profile import PRESETS, Override, Profile, profile
from dicomanon.policy.table import differences, table
from tests import engine
from tests.builders import part10

EXAMPLE: dict[str, Any] = {
    "name": "trial-7",
    "extends": "research",
    "options": ["retain-patient-characteristics"],
    "categories": {"study": "keep"},
    "tags": {
        "PatientName": "keep",
        "(0010,0020)": {"value": "X"},
        "00081140[0].00081155": "uid",
        "StudyDescription": "remove",
    },
    "vr": {"TM": "empty"},
    "private": "safe",
    "private_elements": [{"creator": "MAKER ONE", "tag": "0009xx01", "disposition": "keep"}],
}


def own(found: object, files: dict[str, object] | None = None) -> Profile:
    def load(name: str, _origin: str) -> tuple[str, str]:
        if name not in (files or {}):
            raise ProfileError("preset")
        return name, json.dumps((files or {})[name])

    return resolve(read(json.dumps(found)), load, name="first")


def action(chosen: Profile, keyword: str) -> str:
    tag = data.tag_of(keyword)
    assert tag is not None
    return chosen.tags[tag].action


def test_the_example() -> None:
    """Tags count for more than categories, categories for more than VRs."""
    chosen = own(EXAMPLE)
    assert chosen.name == "trial-7"
    assert chosen.options == ("retain-patient-characteristics",)
    wanted = {
        "PatientName": "keep",
        "PatientID": "value",
        "StudyDescription": "remove",
        "AccessionNumber": "keep",
        "StudyTime": "empty",
        "PatientWeight": "keep",
    }
    assert {keyword: action(chosen, keyword) for keyword in wanted} == wanted
    assert [(str(path), ruling.action) for path, ruling in chosen.paths.items()] == [
        ("00081140[0].00081155", "uid")
    ]
    assert (chosen.private, len(chosen.listed), chosen.identity_kept) == ("safe", 1, True)
    assert chosen.codes == ()


def test_it_does_what_it_says() -> None:
    """An instance comes out as the preset's table says."""
    source = part10(
        EXPLICIT_LE,
        ("SOPClassUID", "UI", "1.2.840.10008.5.1.4.1.1.2"),
        ("SOPInstanceUID", "UI", "1.2.3.4"),
        ("StudyTime", "TM", "101500"),
        ("AccessionNumber", "SH", "A-1"),
        ("StudyDescription", "LO", "CHEST"),
        (0x00090010, "LO", "MAKER ONE"),
        (0x00091001, "LO", "known"),
        (0x00091002, "LO", "unknown"),
        ("PatientName", "PN", "Yamada^Taro"),
        ("PatientID", "LO", "ID-1"),
    )
    found = engine.texts(engine.anonymized(source, own(EXAMPLE)))
    wanted = {
        "00080030": "",
        "00080050": "A-1",
        "00090010": "MAKER ONE",
        "00091001": "known",
        "00100010": "Yamada^Taro",
        "00100020": "X",
    }
    kept = [*wanted, "00081030", "00091002"]
    assert {path: found[path] for path in kept if path in found} == wanted


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_that_says_nothing_is_what_it_extends(name: str) -> None:
    """Name aside, the same profile."""
    chosen = own({"extends": name})
    assert chosen._replace(name=name) == profile(name)
    assert own({}).name == "own"
    assert table(own({})) == table(profile("basic"))


def test_a_chain() -> None:
    """A file extends a file extends a preset; the last word is the nearest one's."""
    files = {
        "site": {"extends": "midi", "tags": {"StudyID": "keep", "StationName": "empty"}},
        "dept": {"extends": "site", "without": ["clean-descriptors"], "private": "remove"},
    }
    chosen = own({"extends": "dept", "tags": {"StationName": "keep"}}, files)
    assert (action(chosen, "StudyID"), action(chosen, "StationName")) == ("keep", "keep")
    assert "clean-descriptors" not in chosen.options
    assert "retain-device-identity" in chosen.options
    assert chosen.private == "remove"


def test_an_option_in_place_of_another() -> None:
    """What a preset drops no longer contradicts."""
    full, modified = "retain-longitudinal-full-dates", "retain-longitudinal-modified-dates"
    chosen = own({"extends": "midi", "without": [modified], "options": [full]})
    assert chosen.dates == "UNMODIFIED"
    with pytest.raises(ProfileError) as caught:
        own({"extends": "midi", "options": [full]})
    assert (caught.value.code, caught.value.where) == ("option_conflict", "$.options")


@pytest.mark.parametrize(
    ("extends", "files"),
    [
        ("first", {"first": {}}),
        ("a", {"a": {"extends": "a"}}),
        ("a", {"a": {"extends": "b"}, "b": {"extends": "a"}}),
        ("a0", {f"a{i}": {"extends": f"a{i + 1}"} for i in range(100)}),
    ],
)
def test_circles_are_refused(extends: str, files: dict[str, object]) -> None:
    """A preset that extends itself, in however many steps, and a chain without end."""
    with pytest.raises(ProfileError) as caught:
        own({"extends": extends}, files)
    assert (caught.value.code, caught.value.where) == ("preset_cycle", "$.extends")


@pytest.mark.parametrize(
    ("found", "code", "where"),
    [
        ([], "preset_form", "$"),
        ({"tag": {}}, "preset_form", "$.tag"),
        ({"form": "dicomanon-preset-2"}, "preset_form", "$.form"),
        ({"extends": 1}, "preset_form", "$.extends"),
        ({"extends": "nothing"}, "preset", "$.extends"),
        ({"options": "retain-uids"}, "preset_form", "$.options"),
        ({"options": ["retain-uids", "x"]}, "option", "$.options[1]"),
        ({"without": [[]]}, "option", "$.without[0]"),
        ({"tags": []}, "preset_form", "$.tags"),
        ({"tags": {"PatientNam": "keep"}}, "tag", "$.tags.PatientNam"),
        ({"tags": {"patient": "keep"}}, "tag", "$.tags.patient"),
        ({"tags": {"LO": "keep"}}, "tag", "$.tags.LO"),
        ({"tags": {"private": "keep"}}, "tag", "$.tags.private"),
        ({"tags": {"PatientName": "kept"}}, "action", "$.tags.PatientName"),
        ({"tags": {"PatientName": "value"}}, "action", "$.tags.PatientName"),
        ({"tags": {"PatientName": 1}}, "preset_form", "$.tags.PatientName"),
        ({"tags": {"PatientName": {}}}, "preset_form", "$.tags.PatientName"),
        ({"tags": {"PatientName": {"val": "SECRET"}}}, "preset_form", "$.tags.PatientName"),
        ({"tags": {"StudyDate": {"value": "SECRET"}}}, "action_value", "$.tags.StudyDate"),
        ({"tags": {"PatientName": "uid"}}, "action_not_allowed", "$.tags.PatientName"),
        ({"tags": {"SOPClassUID": "remove"}}, "action_not_allowed", "$.tags.SOPClassUID"),
        ({"tags": {"SOPInstanceUID": "empty"}}, "action_not_allowed", "$.tags.SOPInstanceUID"),
        ({"categories": {"PatientName": "keep"}}, "tag", "$.categories.PatientName"),
        ({"vr": {"XX": "keep"}}, "tag", "$.vr.XX"),
        ({"vr": {"DA": "pseudonym"}}, "action_not_allowed", "$.vr.DA"),
        ({"private": "hidden"}, "action", "$.private"),
        ({"private_elements": [{}]}, "private_list", "$.private_elements[0]"),
        ({"private_elements": {}}, "preset_form", "$.private_elements"),
    ],
)
def test_what_is_wrong_is_named_by_its_place(found: object, code: str, where: str) -> None:
    """An error has a code, the path in the person's file, and no value from it."""
    with pytest.raises(ProfileError) as caught:
        own(found)
    assert (caught.value.code, caught.value.where) == (code, where)
    assert "SECRET" not in f"{caught.value} {caught.value!r}"


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "\ufeff", "NaN"])
def test_what_is_no_json(text: str) -> None:
    """A file that is something else is no preset."""
    with pytest.raises(ProfileError) as caught:
        read(text)
    assert caught.value.code == "preset_form"


@pytest.mark.parametrize("vr", ["DA", "UI", "PN", "OB", "SQ", "US"])
@pytest.mark.parametrize("wanted", [Action.EMPTY, Action.REMOVE])
def test_a_vr_never_breaks_an_instance(vr: str, wanted: Action) -> None:
    """Attributes that say how to read the file keep; identifiers of an instance stay there."""
    chosen = own({"vr": {vr: str(wanted)}})
    for keyword in ("SOPClassUID", "PixelData", "Rows", "SpecificCharacterSet"):
        tag = data.tag_of(keyword)
        assert chosen.tags.get(tag or 0) is None or action(chosen, keyword) == "keep"
    if vr == "UI":
        assert action(chosen, "SOPInstanceUID") == "uid"


def test_differences() -> None:
    """Two presets differ where their tables do, in both directions."""
    found = differences(profile("basic"), own({"tags": {"StudyID": "keep", "Rows": "keep"}}))
    assert [(each.name, each.first, each.second) for each in found] == [
        ("Study ID", "empty", "keep"),
        ("Rows", "", "keep"),
    ]
    assert differences(profile("midi"), profile("midi")) == []


CHOICES = (
    Override("00100010", Action.KEEP),
    Override("patient", Action.EMPTY),
    Override("00100020", Action.VALUE, "X"),
    Override("00081140[0].00081155", Action.KEEP),
    Override("private", Action.KEEP),
)


@pytest.mark.parametrize("base", [None, EXAMPLE], ids=["preset", "own preset"])
def test_what_is_composed_reads_back_the_same(base: dict[str, Any] | None) -> None:
    """Choices on a page, saved as a file and loaded again, are the same profile."""
    found = compose("research", base, CHOICES, ["retain-uids"])
    on_page = (
        profile("research", CHOICES, ["retain-uids"])
        if base is None
        else resolve(document(base), overrides=CHOICES, options=["retain-uids"])
    )
    again = resolve(document(found))
    assert table(again) == table(on_page)
    assert (again.options, again.private, again.codes) == (
        on_page.options,
        on_page.private,
        on_page.codes,
    )
