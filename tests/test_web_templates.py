"""What the page is told of masks by device, run natively."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dicomanon.dicom.source import BytesSource
from dicomanon.dicom.transfer_syntax import EXPLICIT_LE
from dicomanon.errors import ProfileError
from dicomanon.pixels.template import FORM
from dicomanon.web.session import Session
from tests.builders import part10

CHOICES = {"preset": "research", "overrides": [], "masks": []}
DRAWN = {"x": 5, "y": 6, "width": 20, "height": 10, "frames": None}


def silent(_stage: str) -> None:
    """Progress that nobody looks at."""


def opened(model: str = "LOGIQ9") -> Session:
    """A session with an image of that device open."""
    session = Session()
    file = part10(
        EXPLICIT_LE,
        ("SOPClassUID", "UI", "1.2.840.10008.5.1.4.1.1.6.1"),
        ("Modality", "CS", "US"),
        ("Manufacturer", "LO", "GE Healthcare"),
        ("PatientName", "PN", "YAMADA^TARO"),
        ("ManufacturerModelName", "LO", model),
        ("SamplesPerPixel", "US", 1),
        ("PhotometricInterpretation", "CS", "MONOCHROME2"),
        ("Rows", "US", 40),
        ("Columns", "US", 100),
        ("BitsAllocated", "US", 8),
        ("BitsStored", "US", 8),
        ("HighBit", "US", 7),
        ("PixelRepresentation", "US", 0),
        ("PixelData", "OB", bytes(4000)),
    )
    session.handle("open", {"choices": CHOICES}, [BytesSource(file)], silent)
    return session


def asked(session: Session, kind: str, **body: Any) -> Any:  # noqa: ANN401 - JSON
    """What a request is answered with."""
    return session.handle(kind, body, [], silent).body


def test_a_known_device_is_proposed_on_its_frame() -> None:
    """The catalogue's regions, cut at the frame, with who published them."""
    (found,) = asked(opened(), "templates", text=None)
    whole_width = {"x": 0, "y": 0, "width": 100, "height": 30, "frames": None}
    assert found == {"name": "GE LOGIQ 9", "source": "CTP", "regions": [whole_width]}


def test_an_unknown_device_has_no_proposal() -> None:
    """Nothing matches, nothing is proposed."""
    assert asked(opened("Sono 1"), "templates", text=None) == []


def test_what_is_remembered_is_proposed_first() -> None:
    """A remembered template fits the device it was made on, and names nobody."""
    session = opened()
    text = asked(session, "remember", masks=[DRAWN], name="Room 3")["text"]
    assert "YAMADA" not in text
    found = asked(session, "templates", text=text)
    assert [(each["name"], each["source"]) for each in found] == [
        ("Room 3", "own"),
        ("GE LOGIQ 9", "CTP"),
    ]
    assert found[0]["regions"] == [DRAWN]


@pytest.mark.parametrize("text", ["", "[]", json.dumps({"form": FORM})])
def test_another_file_is_refused(text: str) -> None:
    """What is no template file is a ProfileError, and the next request is answered."""
    session = opened()
    with pytest.raises(ProfileError, match="templates"):
        asked(session, "templates", text=text)
    assert len(asked(session, "templates", text=None)) == 1
