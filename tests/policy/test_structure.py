"""What has no name in the profile: groups, strays, preambles, command sets, files of indexes."""

from __future__ import annotations

import pytest

from dicomanon.dicom.transfer_syntax import (
    DEFLATED_LE,
    EXPLICIT_BE,
    EXPLICIT_LE,
    IMPLICIT_LE,
    TransferSyntax,
)
from dicomanon.errors import InputError, MalformedError
from tests import builders, engine, pydicom_files
from tests.builders import Delimited, Verbatim, part10

SYNTAXES = [EXPLICIT_LE, IMPLICIT_LE, EXPLICIT_BE, DEFLATED_LE]
PRESETS = ["research", "in-hospital"]


def tags(output: bytes) -> list[str]:
    return [path for path in engine.texts(output) if "." not in path]


OVERLAY: tuple[builders.Element, ...] = (
    (0x60020010, "US", 8),
    (0x60020011, "US", 8),
    (0x60020040, "CS", "G"),
    (0x60020050, "SS", [1, 1]),
    (0x60020100, "US", 1),
    (0x60021500, "LO", "Canary label"),
    (0x60023000, "OW", b"Canary\0\0"),
    (0x60024000, "LT", "Canary comment"),
)


def test_overlays_go_as_a_group() -> None:
    """Where the bits of an overlay go, what describes them goes."""
    output = engine.anonymized(part10(EXPLICIT_LE, *builders.IDENTITY, *OVERLAY), "research")
    assert [t for t in tags(output) if t.startswith("60")] == []


def test_overlays_stay_in_hospital() -> None:
    """Where the bits stay, all stays."""
    output = engine.anonymized(part10(EXPLICIT_LE, *builders.IDENTITY, *OVERLAY), "in-hospital")
    assert [t for t in tags(output) if t.startswith("60")] == [f"{s[0]:08X}" for s in OVERLAY]


@pytest.mark.parametrize("group", [0x50000000, 0x50020000, 0x501E0000])
def test_curves_go(group: int) -> None:
    """Curves are data of the patient; all of every group goes."""
    curve: list[builders.Element] = [
        (group | 0x0005, "US", 1),
        (group | 0x0022, "LO", "Canary"),
        (group | 0x3000, "OW", b"Canary\0\0"),
    ]
    output = engine.anonymized(part10(EXPLICIT_LE, *builders.IDENTITY, *curve), "research")
    assert [t for t in tags(output) if t.startswith("50")] == []


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("syntax", SYNTAXES, ids=lambda s: s.name)
def test_group_lengths_go(syntax: TransferSyntax, preset: str) -> None:
    """Group lengths, wrong once anything changes, go at every level."""
    nested: builders.Element = (
        "SharedFunctionalGroupsSequence",
        "SQ",
        [[(0x00180000, "UL", 4711), ("KVP", "DS", "120")]],
    )
    specs = [(0x00080000, "UL", 1), *builders.IDENTITY, (0x00100000, "UL", 9), nested]
    output = engine.anonymized(part10(syntax, *specs), preset)
    assert [p for p in engine.texts(output) if p.endswith("0000")] == []


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("syntax", SYNTAXES, ids=lambda s: s.name)
def test_strays_go(syntax: TransferSyntax, preset: str) -> None:
    """Bytes that no element owns go: after the data set, at the end of items, in delimiters."""
    how = builders.form(syntax)
    item = builders.elements([("KVP", "DS", "120")], how) + b"\xff\xffSTR"
    sequence = how.item(builders.ITEM, len(item)) + item
    nested: builders.Element = ("SharedFunctionalGroupsSequence", "SQ", sequence)
    output = engine.anonymized(
        part10(syntax, *builders.IDENTITY, nested, Verbatim(b"\xff\xffSTRAY")), preset
    )
    instance = engine.scanned(output)
    assert instance.trailing_bytes == 0
    assert b"STR" not in instance.window.read(0, instance.window.size_bytes)
    assert engine.texts(output)["52009229[0].00180060"] == "120"


@pytest.mark.parametrize("preset", PRESETS)
def test_preamble_is_cleared(preset: str) -> None:
    """A preamble may be a TIFF header, or a name."""
    source = part10(EXPLICIT_LE, *builders.IDENTITY)
    output = engine.anonymized(b"Canary".ljust(128) + source[128:], preset)
    assert output[:132] == builders.PREAMBLE


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("syntax", [EXPLICIT_LE, IMPLICIT_LE, EXPLICIT_BE], ids=lambda s: s.name)
def test_what_was_missing_is_written(syntax: TransferSyntax, preset: str) -> None:
    """A data set alone becomes a file, in the encoding it has."""
    output = engine.anonymized(builders.data_set(syntax, *builders.IDENTITY), preset)
    found = engine.read(output)
    assert found.file_meta.TransferSyntaxUID == syntax.uid
    assert found.file_meta.MediaStorageSOPInstanceUID == found.SOPInstanceUID
    assert found.file_meta.FileMetaInformationVersion == b"\0\1"


@pytest.mark.parametrize(
    ("declared", "real"),
    [(EXPLICIT_LE, IMPLICIT_LE), (IMPLICIT_LE, EXPLICIT_LE), (DEFLATED_LE, IMPLICIT_LE)],
    ids=["explicit", "implicit", "deflated"],
)
def test_transfer_syntax_is_put_right(declared: TransferSyntax, real: TransferSyntax) -> None:
    """The output's File Meta says how its data set is encoded, deflated or not."""
    output = engine.anonymized(part10(declared, *builders.IDENTITY, written_as=real), "research")
    expected = declared.uid if declared.deflated else real.uid
    assert engine.scanned(output).declared_transfer_syntax == expected
    assert engine.texts(output)["00100020"] == engine.KEY.pseudonym("ID-4711")


@pytest.mark.parametrize("preset", PRESETS)
def test_file_meta_is_our_own(preset: str) -> None:
    """Titles of application entities and private information do not stay in the File Meta."""
    meta: list[builders.Element] = [
        (0x00020012, "UI", "1.2.3.4711"),
        (0x00020013, "SH", "CANARY"),
        (0x00020016, "AE", "CANARY"),
        (0x00020100, "UI", "1.2.3.4711"),
        (0x00020102, "OB", b"CANARY"),
    ]
    output = engine.anonymized(part10(EXPLICIT_LE, *builders.IDENTITY, meta=meta), preset)
    assert b"CANARY" not in output
    assert b"4711" not in output.replace(b"ID-4711", b"")


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("group", [0x0000, 0x0002, 0x0004])
def test_groups_that_are_not_of_data_sets(group: int, preset: str) -> None:
    """Elements of messages, of the File Meta and of DICOMDIRs do not stay in a data set."""
    lost: builders.Element = (group << 16 | 0x1000, "UI", "1.2.3.4711")
    meta: builders.Element = (0x00020016, "AE", "CANARY")
    source = part10(EXPLICIT_LE, *builders.IDENTITY, lost, meta)
    found = tags(engine.anonymized(source, preset))
    assert [t for t in found if t < "00080000"] == []


@pytest.mark.parametrize("preset", PRESETS)
def test_command_set_goes(preset: str) -> None:
    """A message's command set is no part of a file."""
    command = builders.elements([(0x00001000, "UI", "1.2.3.47")], builders.form(IMPLICIT_LE))
    source = part10(EXPLICIT_LE, Verbatim(command), *builders.IDENTITY)
    output = engine.anonymized(source, preset)
    assert engine.scanned(output).command_set is None
    assert b"1.2.3.47" not in output


@pytest.mark.parametrize("preset", PRESETS)
def test_unknown_public_elements_go(preset: str) -> None:
    """What the standard does not know, nobody can vouch for."""
    source = part10(EXPLICIT_LE, *builders.IDENTITY, (0x00187FFE, "LO", "Canary"))
    assert b"Canary" not in engine.anonymized(source, preset)


def test_elements_without_vr_get_one() -> None:
    """An implicit element in an explicit data set is written as explicit."""
    bare = builders.elements([("Modality", "CS", "CT")], builders.form(IMPLICIT_LE))
    inside = builders.elements([("KVP", "DS", "120")], builders.form(IMPLICIT_LE))
    sequence = builders.form(IMPLICIT_LE).header(0x52009229, "", len(inside) + 8)
    sequence += builders.form(IMPLICIT_LE).item(builders.ITEM, len(inside)) + inside
    source = part10(EXPLICIT_LE, *builders.IDENTITY, Verbatim(bare), Verbatim(sequence))
    output = engine.anonymized(source, "in-hospital")
    instance = engine.scanned(output)
    assert all(element.vr for element in instance.data_set.elements)
    assert engine.read(output).Modality == "CT"
    assert engine.read(output).SharedFunctionalGroupsSequence[0].KVP == 120


def test_identity_is_stable() -> None:
    """The same source, profile and key give the same bytes."""
    source = part10(EXPLICIT_LE, *builders.IDENTITY, ("StudyDate", "DA", "20200301"))
    assert engine.anonymized(source, "research") == engine.anonymized(source, "research")


@pytest.mark.parametrize("path", sorted(pydicom_files.TRUNCATED))
def test_truncated_files_are_refused(path: str) -> None:
    """Nothing is written of a file that ends too early."""
    data = next(p for p in pydicom_files.dicom_files() if p.name == path).read_bytes()
    with pytest.raises(MalformedError) as caught:
        engine.anonymized(data, "research")
    assert caught.value.code == "truncated"


def test_dicomdirs_are_refused() -> None:
    """A DICOMDIR is an index; without its files it means nothing."""
    paths = [p for p in pydicom_files.dicom_files() if p.name.startswith("DICOMDIR")]
    assert paths
    for path in paths:
        with pytest.raises(InputError):
            engine.anonymized(path.read_bytes(), "research")


def test_delimited_sequences_stay_delimited() -> None:
    """Forms of length are nobody's identity."""
    nested: builders.Element = (
        "SharedFunctionalGroupsSequence",
        "SQ",
        Delimited([[("PatientName", "PN", "Canary^Name"), ("KVP", "DS", "120")]]),
    )
    output = engine.anonymized(part10(EXPLICIT_LE, *builders.IDENTITY, nested), "research")
    sequence = engine.scanned(output).data_set.find(0x52009229)
    assert sequence is not None
    assert sequence.undefined_length
    assert [item.undefined_length for item in sequence.items or []] == [True]
