"""A CT image of three frames that says who the patient is wherever a file can say it."""

from __future__ import annotations

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian

from tests.verify.outputs import FRAME, INSTANCE, OTHER, SIDE_PX, data_set, saved

FRAMES = 3
FRAME_BYTES = SIDE_PX * SIDE_PX * 2
CREATOR = "ACME 1.1"
TRAILING = b"KX-77"
"""Too short for an element, so that the file can be read."""


def _items(*specs: dict[str, object]) -> list[Dataset]:
    items = []
    for spec in specs:
        item = Dataset()
        for keyword, value in spec.items():
            setattr(item, keyword, value)
        items.append(item)
    return items


def _icon() -> list[Dataset]:
    return _items(
        {
            "SamplesPerPixel": 1,
            "PhotometricInterpretation": "MONOCHROME2",
            "Rows": 4,
            "Columns": 4,
            "BitsAllocated": 8,
            "BitsStored": 8,
            "HighBit": 7,
            "PixelRepresentation": 0,
            "PixelData": bytes(range(16)),
        }
    )


def _requests() -> list[Dataset]:
    """Two items, the patient's name two levels down in the second."""
    inner = _items({"ReferencedSOPInstanceUID": OTHER, "PatientName": "Yamada^Tarou"})
    return _items(
        {"RequestedProcedureID": "RP-88120045"},
        {"RequestedProcedureID": "RP-88120046", "ReferencedImageSequence": inner},
    )


def _file_meta() -> FileMetaDataset:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = CTImageStorage
    meta.MediaStorageSOPInstanceUID = UID(INSTANCE)
    meta.SourceApplicationEntityTitle = "KX-774-2091"
    return meta


def _pixels() -> bytes:
    return b"".join(
        bytes([(number * 7 + frame * 3) % 251 for number in range(FRAME_BYTES)])
        for frame in range(FRAMES)
    )


def full() -> bytes:
    """The file."""
    data = data_set(
        NumberOfFrames=FRAMES,
        PixelData=_pixels(),
        OtherPatientNames="ヤマダ^タロウ",
        OtherPatientIDs="OLD-559-1200",
        OperatorsName="Kobayashi^Ichiro",
        RequestAttributesSequence=_requests(),
        IconImageSequence=_icon(),
        ImageComments="Yamada Tarou, born 1956-12-07, tel 03-5550-1234",
        ProtocolName="CHEST ROUTINE",
        SynchronizationFrameOfReferenceUID=FRAME,
    )
    data.update(_overlay())
    block = data.private_block(0x0019, CREATOR, create=True)
    block.add_new(0x01, "LO", "Yamada Tarou KX-774-2091")
    block.add_new(0x02, "UN", b"\1\2" + "山田太郎".encode("utf-16-le") + b"\0\0")
    data.file_meta = _file_meta()
    data.preamble = b"Yamada^Tarou".ljust(128, b"\0")
    return saved(data) + TRAILING


def _overlay() -> Dataset:
    overlay = Dataset()
    overlay.add_new(0x60000010, "US", SIDE_PX)
    overlay.add_new(0x60000011, "US", SIDE_PX)
    overlay.add_new(0x60000022, "LO", "YAMADA TAROU")
    overlay.add_new(0x60000040, "CS", "G")
    overlay.add_new(0x60000050, "SS", [1, 1])
    overlay.add_new(0x60000100, "US", 1)
    overlay.add_new(0x60000102, "US", 0)
    overlay.add_new(0x60003000, "OW", b"\xff" * (SIDE_PX * SIDE_PX // 8))
    return overlay
