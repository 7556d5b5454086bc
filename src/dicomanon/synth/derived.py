"""What refers to images: reports, structure sets, segmentations, presentation states.

Strategy: each is made from the series that it is about, so that every reference is to an
instance of the set. Reports put their findings before the people, so that the places of
what must stay do not depend on what goes.

Invariants: every instance is valid in its IOD; every referenced UID exists in the set, or
is nobody's.

Standard: PS3.3 §A.19, A.33.1, A.35.3, A.51; PS3.16 TID 2000.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dicomanon.synth import sentences
from dicomanon.synth.attribute import attribute, level
from dicomanon.synth.exam import SH_CHARS
from dicomanon.synth.images import KINDS
from dicomanon.synth.modules import code, frame_of_reference, picked
from dicomanon.synth.text import planted

if TYPE_CHECKING:
    from collections.abc import Callable

    from dicomanon.synth.attribute import Level
    from dicomanon.synth.exam import Exam, Series
    from dicomanon.synth.text import Text

_STORAGE = "1.2.840.10008.5.1.4.1.1"
_STUDY_MANAGEMENT = "1.2.840.10008.3.1.2.3.1"
_REPORT = ("18748-4", "LN", "Diagnostic imaging report")
_FINDING = ("121071", "DCM", "Finding")
_IMPRESSION = ("121073", "DCM", "Impression")
_FINDINGS = ("121070", "DCM", "Findings")
_OBSERVER = ("121008", "DCM", "Person Observer Name")
_ORGANIZATION = ("121009", "DCM", "Person Observer's Organization Name")
_SUBJECT = ("121029", "DCM", "Subject Name")
_SUBJECT_ID = ("121030", "DCM", "Subject ID")
_STUDY_DATE = ("111060", "DCM", "Study Date")
_STUDY_UID = ("110180", "DCM", "Study Instance UID")
_SOURCE = ("121112", "DCM", "Source of Measurement")
_TISSUE = ("85756007", "SCT", "Tissue")
_NODULE = ("27925004", "SCT", "Nodule")
_PURPOSE = ("121322", "DCM", "Source image for image processing operation")
_DERIVATION = ("113076", "DCM", "Segmentation")
_SIZE, _RADIUS_PX = 256, 30


class Reference(NamedTuple):
    """An image of the set."""

    sop_class: str
    instance: str


def references(series: Series) -> list[Reference]:
    """The images of a series of slices."""
    kind = KINDS[series.modality]
    numbers = range(1, kind.instances + 1)
    return [Reference(kind.sop_class, series.instance_uid(number)) for number in numbers]


def image_items(found: list[Reference]) -> list[Level]:
    """Items that refer to images."""
    return [
        level(ReferencedSOPClassUID=sop_class, ReferencedSOPInstanceUID=instance)
        for sop_class, instance in found
    ]


# -- reports --------------------------------------------------------------------


def _item(kind: str, name: tuple[str, str, str], relation: str, *value: Level) -> Level:
    return [
        *level(RelationshipType=relation, ValueType=kind, ConceptNameCodeSequence=[code(name)]),
        *(one for part in value for one in part),
    ]


def _said(name: tuple[str, str, str], text: Text) -> Level:
    return _item("TEXT", name, "CONTAINS", level(TextValue=text))


def _known(kind: str, name: tuple[str, str, str], **value: str | Text) -> Level:
    return _item(kind, name, "HAS OBS CONTEXT", level(**value))


def report(series: Series, about: Series) -> Level:
    """A verified Basic Text SR about the images of a series."""
    exam = series.exam
    p, images = exam.patient, references(about)
    findings = [
        _said(_FINDING, exam.page(sentences.FINDINGS, "finding")),
        _said(_IMPRESSION, exam.page(sentences.IMPRESSION, "impression")),
        _item("IMAGE", _SOURCE, "CONTAINS", level(ReferencedSOPSequence=image_items(images[:1]))),
    ]
    container = _item(
        "CONTAINER",
        _FINDINGS,
        "CONTAINS",
        level(ContinuityOfContent="SEPARATE", ContentSequence=findings),
    )
    people = [
        _known("PNAME", _OBSERVER, PersonName=p.reader.pn),
        _known("TEXT", _ORGANIZATION, TextValue=planted(p.hospital, "B")),
        _known("PNAME", _SUBJECT, PersonName=p.person.pn),
        _known("TEXT", _SUBJECT_ID, TextValue=planted(p.id, "H")),
        _known("DATE", _STUDY_DATE, Date=f"{exam.day:%Y%m%d}"),
        _known("UIDREF", _STUDY_UID, UID=exam.uid("study")),
    ]
    return [
        *level(
            ReferencedPerformedProcedureStepSequence=[],
            PerformedProcedureCodeSequence=[],
            CompletionFlag="COMPLETE",
            VerificationFlag="VERIFIED",
            VerifyingObserverSequence=[_verified(exam)],
            ValueType="CONTAINER",
            ConceptNameCodeSequence=[code(_REPORT)],
            ContinuityOfContent="SEPARATE",
            ContentSequence=[container, *people],
            CurrentRequestedProcedureEvidenceSequence=[_evidence(exam, about, images)],
        ),
    ]


def _verified(exam: Exam) -> Level:
    return level(
        VerifyingOrganization=exam.patient.hospital,
        VerificationDateTime=f"{exam.day:%Y%m%d}170205",
        VerifyingObserverName=exam.patient.reader.pn,
        VerifyingObserverIdentificationCodeSequence=[],
    )


def _evidence(exam: Exam, about: Series, images: list[Reference]) -> Level:
    return level(
        StudyInstanceUID=exam.uid("study"),
        ReferencedSeriesSequence=[
            level(SeriesInstanceUID=about.uid, ReferencedSOPSequence=image_items(images))
        ],
    )


# -- structure sets ---------------------------------------------------------------


def structures(series: Series, about: Series) -> Level:
    """An RT Structure Set whose regions carry names, on the images of a series."""
    exam, images = series.exam, references(about)
    day, frame = f"{exam.day:%Y%m%d}", frame_of_reference(about)
    named = [exam.line(sentences.STRUCTURE, f"structure {n}") for n in range(3)]
    numbers = range(1, len(named) + 1)
    return level(
        FrameOfReferenceUID=frame,
        PositionReferenceIndicator="",
        OperatorsName=exam.patient.operator.pn,
        StructureSetLabel=exam.short(sentences.LABEL, "structure label"),
        StructureSetName=exam.line(sentences.DESCRIPTION, "structure name"),
        StructureSetDescription=exam.page(sentences.COMMENT, "structure description"),
        StructureSetDate=day,
        StructureSetTime=series.time(),
        ReferencedFrameOfReferenceSequence=[_space(frame, about, images)],
        StructureSetROISequence=[
            level(
                ROINumber=n,
                ReferencedFrameOfReferenceUID=frame,
                ROIName=name,
                ROIGenerationAlgorithm="MANUAL",
            )
            for n, name in zip(numbers, named, strict=True)
        ],
        ROIContourSequence=[_contours(n, images) for n in numbers],
        RTROIObservationsSequence=[
            _observation(exam, n, name) for n, name in zip(numbers, named, strict=True)
        ],
        ApprovalStatus="APPROVED",
        ReviewDate=day,
        ReviewTime=series.time(9),
        ReviewerName=exam.patient.reader.pn,
    )


def _space(frame: str, about: Series, images: list[Reference]) -> Level:
    study = level(
        ReferencedSOPClassUID=_STUDY_MANAGEMENT,
        ReferencedSOPInstanceUID=about.exam.uid("study"),
        RTReferencedSeriesSequence=[
            level(SeriesInstanceUID=about.uid, ContourImageSequence=image_items(images))
        ],
    )
    return level(FrameOfReferenceUID=frame, RTReferencedStudySequence=[study])


def _observation(exam: Exam, number: int, name: Text) -> Level:
    return level(
        ObservationNumber=number,
        ReferencedROINumber=number,
        ROIObservationLabel=name if len(str(name)) <= SH_CHARS else "ROI",
        RTROIInterpretedType="GTV" if number == 1 else "ORGAN",
        ROIInterpreter=exam.patient.doctor.pn,
    )


def _contours(number: int, images: list[Reference]) -> Level:
    square = ((-10, -10), (10, -10), (10, 10), (-10, 10))
    return level(
        ReferencedROINumber=number,
        ROIDisplayColor=(255, 40 * number, 0),
        ContourSequence=[
            level(
                ContourImageSequence=image_items([image]),
                ContourGeometricType="CLOSED_PLANAR",
                NumberOfContourPoints=len(square),
                ContourData=[
                    str(c) for x, y in square for c in (x * number, y * number, 5 * (n + 1))
                ],
            )
            for n, image in enumerate(images)
        ],
    )


# -- segmentations ----------------------------------------------------------------


def segmentation(series: Series, about: Series) -> Level:
    """A binary segmentation of the images of a series, with its pixels."""
    exam, images = series.exam, references(about)
    frames = [_frame(about, n, image) for n, image in enumerate(images, 1)]
    return [
        *level(
            ImageType=("DERIVED", "PRIMARY"),
            ContentLabel="NODULES",
            ContentDescription=exam.line(sentences.DESCRIPTION, "segmentation"),
            ContentCreatorName=exam.patient.reader.pn,
            FrameOfReferenceUID=frame_of_reference(about),
            PositionReferenceIndicator="",
            ManufacturerModelName="Segmenter",
            SegmentationType="BINARY",
            SegmentSequence=[_segment(exam)],
            ReferencedSeriesSequence=[
                level(SeriesInstanceUID=about.uid, ReferencedInstanceSequence=image_items(images))
            ],
            SharedFunctionalGroupsSequence=[_shared(about)],
            PerFrameFunctionalGroupsSequence=frames,
        ),
        *_dimensions(exam),
        *_cells(len(frames)),
    ]


def _segment(exam: Exam) -> Level:
    return level(
        SegmentNumber=1,
        SegmentLabel=exam.line(sentences.STRUCTURE, "segment"),
        SegmentAlgorithmType="MANUAL",
        SegmentedPropertyCategoryCodeSequence=[code(_TISSUE)],
        SegmentedPropertyTypeCodeSequence=[code(_NODULE)],
        TrackingID=exam.line(sentences.STRUCTURE, "tracking"),
        TrackingUID=exam.uid("tracking"),
    )


def _dimensions(exam: Exam) -> Level:
    organization = level(DimensionOrganizationUID=exam.uid("dimensions"))
    pointers = level(DimensionIndexPointer="00200032", FunctionalGroupPointer="00209113")
    return level(
        DimensionOrganizationSequence=[organization],
        DimensionIndexSequence=[[*organization, *pointers]],
    )


def _cells(frames: int) -> Level:
    """The Image Pixel module of a disc in every frame, a bit a pixel."""
    x = np.arange(_SIZE) - _SIZE // 3
    disc = (x[None, :] * x[None, :] + x[:, None] * x[:, None]) < _RADIUS_PX * _RADIUS_PX
    bits = np.packbits(np.stack([disc] * frames), bitorder="little").tobytes()
    return [
        *level(
            NumberOfFrames=frames,
            SamplesPerPixel=1,
            PhotometricInterpretation="MONOCHROME2",
            Rows=_SIZE,
            Columns=_SIZE,
            BitsAllocated=1,
            BitsStored=1,
            HighBit=0,
            PixelRepresentation=0,
            LossyImageCompression="00",
        ),
        attribute("PixelData", bits, "OB"),
    ]


def _shared(about: Series) -> Level:
    measures = picked(about, 1, "PixelSpacing", "SliceThickness")
    return level(
        PixelMeasuresSequence=[measures],
        PlaneOrientationSequence=[picked(about, 1, "ImageOrientationPatient")],
        SegmentIdentificationSequence=[level(ReferencedSegmentNumber=1)],
    )


def _frame(about: Series, number: int, image: Reference) -> Level:
    source = [*image_items([image])[0], *level(PurposeOfReferenceCodeSequence=[code(_PURPOSE)])]
    return level(
        FrameContentSequence=[level(DimensionIndexValues=number)],
        PlanePositionSequence=[picked(about, number, "ImagePositionPatient")],
        DerivationImageSequence=[
            level(SourceImageSequence=[source], DerivationCodeSequence=[code(_DERIVATION)])
        ],
    )


# -- presentation states ----------------------------------------------------------


def presentation(series: Series, about: Series) -> Level:
    """A Grayscale Softcopy Presentation State with notes on the first image."""
    exam, images = series.exam, references(about)
    annotation = level(
        ReferencedImageSequence=image_items(images[:1]),
        GraphicLayer="NOTES",
        TextObjectSequence=[_note(exam)],
    )
    area = level(
        DisplayedAreaTopLeftHandCorner=(1, 1),
        DisplayedAreaBottomRightHandCorner=(_SIZE, _SIZE),
        PresentationSizeMode="SCALE TO FIT",
        PresentationPixelAspectRatio=(1, 1),
    )
    return level(
        BodyPartExamined=exam.body_part,
        ContentLabel="NOTES",
        ContentDescription=exam.line(sentences.DESCRIPTION, "presentation"),
        ContentCreatorName=exam.patient.reader.pn,
        PresentationCreationDate=f"{exam.day:%Y%m%d}",
        PresentationCreationTime=series.time(30),
        ReferencedSeriesSequence=[
            level(SeriesInstanceUID=about.uid, ReferencedImageSequence=image_items(images))
        ],
        DisplayedAreaSelectionSequence=[area],
        GraphicLayerSequence=[level(GraphicLayer="NOTES", GraphicLayerOrder=1)],
        GraphicAnnotationSequence=[annotation],
        SoftcopyVOILUTSequence=[level(WindowCenter="40", WindowWidth="400")],
        PresentationLUTShape="IDENTITY",
    )


def _note(exam: Exam) -> Level:
    return level(
        BoundingBoxAnnotationUnits="PIXEL",
        UnformattedTextValue=exam.page(sentences.NOTE, "note"),
        BoundingBoxTopLeftHandCorner=(20, 20),
        BoundingBoxBottomRightHandCorner=(120, 40),
        BoundingBoxTextHorizontalJustification="LEFT",
    )


class Maker(NamedTuple):
    """How to make what refers to a series of images."""

    modality: str
    sop_class: str
    own: Callable[[Series, Series], Level]


MAKERS: dict[str, Maker] = {
    "SR": Maker("SR", f"{_STORAGE}.88.11", report),
    "RTSTRUCT": Maker("RTSTRUCT", f"{_STORAGE}.481.3", structures),
    "SEG": Maker("SEG", f"{_STORAGE}.66.4", segmentation),
    "PR": Maker("PR", f"{_STORAGE}.11.1", presentation),
}
