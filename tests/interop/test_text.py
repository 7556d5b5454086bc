"""Values as pydicom reads them, in all of its own files and those of ../shared/standards."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pydicom
import pytest
from pydicom.dataelem import RawDataElement

from dicomanon.data import __main__ as generator
from dicomanon.dicom import value
from dicomanon.dicom.charset import DEFAULT, Charset, charset
from dicomanon.dicom.vr import VRS

if TYPE_CHECKING:
    from collections.abc import Iterator

SHIPPED = Path(pydicom.__file__).parent / "data"
STANDARDS = Path(__file__).parents[3] / "shared" / "standards"
FILES = [
    *sorted(SHIPPED.glob("charset_files/*.dcm")),
    *sorted(file for file in SHIPPED.glob("test_files/*.dcm") if file.stat().st_size < 10**6),
    *sorted(STANDARDS.glob("charset_dcm/*.dcm")),
]
KINDS = {"text", "ascii", "number"}
SPECIFIC_CHARACTER_SET = 0x00080005


def differences(data_set: pydicom.Dataset, inherited: Charset) -> Iterator[tuple[str, str, str]]:
    """Tag, our text and pydicom's, wherever they are not the same."""
    raws: dict[Any, Any] = {tag: data_set.get_item(tag) for tag in data_set.keys()}  # noqa: SIM118 - it iterates elements
    declared = raws.get(pydicom.tag.Tag(SPECIFIC_CHARACTER_SET))
    parsed = inherited
    if declared is not None:
        terms = (
            declared.value if isinstance(declared.value, bytes) else joined(declared.value).encode()
        )
        parsed = charset(terms)
    for tag, raw in raws.items():
        element = data_set[tag]
        if element.VR == "SQ":
            for item in element.value:
                yield from differences(item, parsed)
        elif isinstance(raw, RawDataElement) and raw.value and VRS[element.VR].kind in KINDS:
            ours = value.decode(raw.value, element.VR, raw.is_little_endian, parsed)
            theirs = tags(element.value) if element.VR == "AT" else joined(element.value)
            if ours != theirs:
                yield f"{tag:08X}", str(ours), theirs


def joined(found: Any) -> str:  # noqa: ANN401 - whatever type pydicom makes of a value
    """Give pydicom's value or values as one text."""
    if found is None:
        return ""
    return (
        "\\".join(map(str, found))
        if isinstance(found, list | pydicom.multival.MultiValue)
        else str(found)
    )


def tags(found: Any) -> str:  # noqa: ANN401 - whatever type pydicom makes of a value
    """Give pydicom's tag or tags as one text."""
    several = found if isinstance(found, list | pydicom.multival.MultiValue) else [found]
    return "\\".join(f"{int(tag):08X}" for tag in several)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_values_are_pydicoms(file: Path) -> None:
    """Every value reads as in pydicom, whichever its VR and character set."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom warns of what these files are there to show
        read = pydicom.dcmread(file, force=True, stop_before_pixels=True)
        assert list(differences(read, DEFAULT)) == []


if STANDARDS.is_dir():

    def test_generated_tables_are_current(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The generator writes the tables that are there, byte for byte."""
        monkeypatch.setattr(generator, "HERE", tmp_path)
        assert generator.main([str(STANDARDS)]) == 0
        package = Path(generator.__file__).parent
        written = sorted(tmp_path.iterdir())
        assert len(written) == 8
        assert [f.name for f in written if f.read_bytes() != (package / f.name).read_bytes()] == []

    def test_vectors_are_current() -> None:
        """The copied character set vectors are those of the shared file."""
        shared = json.loads((STANDARDS / "charset_vectors.json").read_text(encoding="utf-8"))
        copied = json.loads(
            (Path(__file__).parents[1] / "dicom" / "charset_vectors.json").read_text(
                encoding="utf-8"
            )
        )
        assert [(v["id"], v["text"], v["bytes"]) for v in copied] == [
            (v["id"], v["expected"], v["bytes_hex"].replace(" ", "")) for v in shared["vectors"]
        ]
