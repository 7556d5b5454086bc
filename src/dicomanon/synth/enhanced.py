"""The slices of a CT once more, as one Legacy Converted Enhanced CT image.

Strategy: what a converter could not place stands in its functional groups as it was, and
with it the texts and names of the slices, two sequences deep.

Standard: PS3.3 §A.70, §C.7.6.16, §C.8.33.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomanon.synth import sentences
from dicomanon.synth.attribute import attribute, level
from dicomanon.synth.derived import image_items, references
from dicomanon.synth.exam import Series
from dicomanon.synth.images import KINDS, Kind
from dicomanon.synth.modules import frame_of_reference, picked

if TYPE_CHECKING:
    from dicomanon.synth.attribute import Level

_SLICES = KINDS["CT"]
_VOLUME = {
    "PixelPresentation": "MONOCHROME",
    "VolumetricProperties": "VOLUME",
    "VolumeBasedCalculationTechnique": "NONE",
}
_TYPE = ("ORIGINAL", "PRIMARY", "VOLUME", "NONE")


def _converted(series: Series, _: int) -> Level:
    exam, slices = series.exam, Series(series.exam, "CT", 1, 5)
    frames = range(1, _SLICES.instances + 1)
    organization = level(DimensionOrganizationUID=exam.uid("stack"))
    pointers = level(DimensionIndexPointer="00200032", FunctionalGroupPointer="00209113")
    return [
        attribute("ImageType", _TYPE),
        *level(
            **_VOLUME,
            FrameOfReferenceUID=frame_of_reference(series),
            PositionReferenceIndicator="",
            PatientPosition="HFS",
            PresentationLUTShape="IDENTITY",
            RecognizableVisualFeatures="NO",
            AcquisitionContextSequence=[],
            NumberOfFrames=len(frames),
            DimensionOrganizationSequence=[organization],
            DimensionIndexSequence=[[*organization, *pointers]],
            SharedFunctionalGroupsSequence=[_shared(series, slices)],
            PerFrameFunctionalGroupsSequence=[_frame(slices, n) for n in frames],
        ),
    ]


def _shared(series: Series, slices: Series) -> Level:
    exam = series.exam
    kept = level(
        OperatorsName=exam.patient.operator.pn,
        ProtocolName=exam.line(sentences.PROTOCOL, "converted protocol"),
        ImageComments=exam.page(sentences.COMMENT, "converted comments"),
        ConvolutionKernel="STANDARD",
    )
    values = level(RescaleIntercept="-1024", RescaleSlope="1", RescaleType="HU")
    return level(
        PixelMeasuresSequence=[picked(slices, 1, "PixelSpacing", "SliceThickness")],
        PlaneOrientationSequence=[picked(slices, 1, "ImageOrientationPatient")],
        CTImageFrameTypeSequence=[[attribute("FrameType", _TYPE), *level(**_VOLUME)]],
        PixelValueTransformationSequence=[values],
        FrameVOILUTSequence=[level(WindowCenter="40", WindowWidth="400")],
        UnassignedSharedConvertedAttributesSequence=[kept],
    )


def _frame(slices: Series, number: int) -> Level:
    day = f"{slices.exam.day:%Y%m%d}"
    source = references(slices)[number - 1]
    return level(
        FrameContentSequence=[
            level(
                FrameAcquisitionDateTime=f"{day}{slices.time(number)}",
                FrameReferenceDateTime=f"{day}{slices.time(number)}",
                FrameAcquisitionDuration=0.5,
                DimensionIndexValues=number,
            )
        ],
        PlanePositionSequence=[picked(slices, number, "ImagePositionPatient")],
        ConversionSourceAttributesSequence=image_items([source]),
        UnassignedPerFrameConvertedAttributesSequence=[
            level(InstanceCreationDate=day, SliceLocation=str(5 * number))
        ],
    )


CONVERTED = Kind(
    "1.2.840.10008.5.1.4.1.1.2.2", 1, _SLICES.bits, _SLICES.draw, _converted,
    _SLICES.words, _SLICES.words_ja, _SLICES.body, frames=_SLICES.instances,
)  # fmt: skip
