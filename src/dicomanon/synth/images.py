"""Images by modality: what each IOD adds to the common modules, and its pixels.

Strategy: one row a modality in `KINDS`: its SOP Class, how it is drawn, and a function for
the attributes of its own modules. Everything else is shared.

Invariants: every instance is valid in its IOD.

Standard: PS3.3 §A.2, A.3, A.4, A.6, A.7, A.8.1, A.14, A.21, A.26.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dicomanon.synth import picture
from dicomanon.synth.attribute import attribute, level

if TYPE_CHECKING:
    from collections.abc import Callable

    from dicomanon.synth.attribute import Level
    from dicomanon.synth.exam import Series
    from dicomanon.synth.picture import Picture

_IMAGE = "1.2.840.10008.5.1.4.1.1"
_SLICE_MM = 5
_CHEST_CODE = ("816094009", "SCT", "Chest")
_BREAST_CODE = ("76752008", "SCT", "Breast")
_SUPINE = ("102538003", "SCT", "recumbent")
_HEADFIRST = ("102540008", "SCT", "headfirst")
_FDG = ("35321007", "SCT", "Fluorodeoxyglucose F^18^")
_FLUORINE = ("77004003", "SCT", "^18^Fluorine")
_BONE = ("404707004", "SCT", "Technetium Tc^99m^ medronate")
_TECHNETIUM = ("72454006", "SCT", "^99m^Technetium")
_CRANIO_CAUDAL = ("399162004", "SCT", "cranio-caudal")
_ENERGY_WINDOWS, _DETECTORS, _FRAME_TIME = "00540010", "00540020", "00181063"


class Kind(NamedTuple):
    """A modality. instances: in a series; frames: of each; bits: stored.

    draw: frames, seed -> pixels; own: series, number -> attributes; words, words_ja: what
    is done, in one line; body: Body Part Examined.
    """

    sop_class: str
    instances: int
    bits: int
    draw: Callable[[int, int], Picture]
    own: Callable[[Series, int], Level]
    words: str
    words_ja: str
    body: str
    frames: int = 1


def code(triple: tuple[str, str, str]) -> Level:
    """A code sequence's item."""
    value, scheme, meaning = triple
    return level(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning)


def plane(series: Series, number: int, spacing: str = "0.9765625") -> Level:
    """Frame of Reference and Image Plane."""
    return level(
        FrameOfReferenceUID=frame_of_reference(series),
        PositionReferenceIndicator="",
        ImagePositionPatient=("-125", "-125", str(_SLICE_MM * number)),
        ImageOrientationPatient=("1", "0", "0", "0", "1", "0"),
        PixelSpacing=(spacing, spacing),
        SliceThickness=str(_SLICE_MM),
        SliceLocation=str(_SLICE_MM * number),
    )


def picked(series: Series, number: int, *keywords: str) -> Level:
    """Some of the attributes of a slice's plane."""
    wanted = {attribute(keyword, "").tag for keyword in keywords}
    return [one for one in plane(series, number) if one.tag in wanted]


def frame_of_reference(series: Series) -> str:
    """The UID of the space that a study's series lie in."""
    return series.exam.uid("frame of reference")


def acquired(series: Series) -> Level:
    """When the pixels were made."""
    day = f"{series.exam.day:%Y%m%d}"
    return level(AcquisitionDate=day, AcquisitionTime=series.time(), AcquisitionNumber=1)


def _ct(series: Series, number: int) -> Level:
    contrast = level(ContrastBolusAgent="Iohexol 300") if series.number % 2 else []
    return [
        *plane(series, number),
        *acquired(series),
        *contrast,
        *level(
            ImageType=("ORIGINAL", "PRIMARY", "AXIAL"),
            PatientPosition="HFS",
            RescaleIntercept="-1024",
            RescaleSlope="1",
            RescaleType="HU",
            KVP="120",
            XRayTubeCurrent="210",
            ConvolutionKernel="STANDARD",
            WindowCenter=("40", "-600"),
            WindowWidth=("400", "1500"),
            GantryDetectorTilt="0",
            IrradiationEventUID=series.exam.uid(f"irradiation {series.number}"),
        ),
    ]


def _mr(series: Series, number: int) -> Level:
    return [
        *plane(series, number),
        *acquired(series),
        *level(
            ImageType=("ORIGINAL", "PRIMARY", "M", "SE"),
            PatientPosition="HFS",
            ScanningSequence="SE",
            SequenceVariant="SK",
            ScanOptions="",
            MRAcquisitionType="2D",
            SequenceName="*se2d1",
            EchoTime="14",
            RepetitionTime="550",
            EchoTrainLength=1,
            MagneticFieldStrength="3",
            FlipAngle="90",
            ImagingFrequency="123.2",
        ),
    ]


def _us(series: Series, _: int) -> Level:
    region = level(
        RegionSpatialFormat=1,
        RegionDataType=1,
        RegionFlags=2,
        RegionLocationMinX0=20,
        RegionLocationMinY0=30,
        RegionLocationMaxX1=440,
        RegionLocationMaxY1=340,
        PhysicalUnitsXDirection=3,
        PhysicalUnitsYDirection=3,
        PhysicalDeltaX=0.0625,
        PhysicalDeltaY=0.0625,
    )
    return [
        *acquired(series),
        *level(
            ImageType=("ORIGINAL", "PRIMARY", "ABDOMINAL", "0001"),
            SequenceOfUltrasoundRegions=[region],
            TransducerData=("C5-1", "", ""),
            PatientOrientation="",
        ),
    ]


def _us_cine(series: Series, number: int) -> Level:
    cine = level(FrameTime="40", NumberOfFrames=4, FrameIncrementPointer=_FRAME_TIME)
    return _us(series, number) + cine


def _cr(series: Series, _: int) -> Level:
    return [
        *acquired(series),
        *level(
            ImageType=("ORIGINAL", "PRIMARY"),
            ViewPosition="PA",
            KVP="120",
            PlateID="P0042",
            ImagerPixelSpacing=("0.2", "0.2"),
            PatientOrientation=("L", "F"),
            WindowCenter="2048",
            WindowWidth="4096",
        ),
    ]


def _projection(series: Series, anatomy: tuple[str, str, str], laterality: str) -> Level:
    """What DX and MG share. Standard: PS3.3 §C.8.11."""
    return [
        *acquired(series),
        *level(
            ImageType=("ORIGINAL", "PRIMARY", ""),
            PresentationIntentType="FOR PRESENTATION",
            ImageLaterality=laterality,
            AnatomicRegionSequence=[code(anatomy)],
            PixelIntensityRelationship="LOG",
            PixelIntensityRelationshipSign=-1,
            RescaleIntercept="0",
            RescaleSlope="1",
            RescaleType="US",
            PresentationLUTShape="IDENTITY",
            WindowCenter="2048",
            WindowWidth="4096",
            DetectorType="SCINTILLATOR",
            DetectorID="DET-7781",
            ImagerPixelSpacing=("0.2", "0.2"),
            PatientOrientation=("L", "F") if laterality == "U" else ("P", "L"),
            AcquisitionContextSequence=[],
            KVP="110",
        ),
    ]


def _dx(series: Series, _: int) -> Level:
    return _projection(series, _CHEST_CODE, "U") + level(ViewPosition="PA", PositionerType="")


def _mg(series: Series, _: int) -> Level:
    view = [*code(_CRANIO_CAUDAL), *level(ViewModifierCodeSequence=[])]
    return [
        *_projection(series, _BREAST_CODE, "R"),
        *level(
            PositionerType="MAMMOGRAPHIC",
            OrganExposed="BREAST",
            BreastImplantPresent="NO",
            ViewCodeSequence=[view],
            ViewPosition="CC",
            BodyPartThickness="52",
            CompressionForce="110",
        ),
    ]


def _orientation() -> Level:
    return level(
        PatientOrientationCodeSequence=[code(_SUPINE)],
        PatientGantryRelationshipCodeSequence=[code(_HEADFIRST)],
    )


def _tracer(series: Series, drug: tuple[str, str, str], nuclide: tuple[str, str, str]) -> Level:
    day = f"{series.exam.day:%Y%m%d}"
    return level(
        Radiopharmaceutical=drug[2].partition(" ")[0],
        RadiopharmaceuticalStartTime="081500",
        RadiopharmaceuticalStartDateTime=f"{day}081500",
        RadionuclideTotalDose="370000000",
        RadionuclideHalfLife="6586.2",
        RadionuclideCodeSequence=[code(nuclide)],
        RadiopharmaceuticalCodeSequence=[code(drug)],
    )


def _pt(series: Series, number: int) -> Level:
    return [
        *plane(series, number, "4.07283"),
        *acquired(series),
        *_orientation(),
        *level(
            ImageType=("ORIGINAL", "PRIMARY"),
            Units="BQML",
            CountsSource="EMISSION",
            SeriesType=("WHOLE BODY", "IMAGE"),
            NumberOfSlices=3,
            DecayCorrection="START",
            CorrectedImage=("DECY", "ATTN", "SCAT"),
            RandomsCorrectionMethod="DLYD",
            AttenuationCorrectionMethod="CT",
            CollimatorType="NONE",
            RadiopharmaceuticalInformationSequence=[_tracer(series, _FDG, _FLUORINE)],
            RescaleIntercept="0",
            RescaleSlope="0.5",
            FrameReferenceTime="60000",
            ActualFrameDuration=120000,
            ImageIndex=number,
            DecayFactor="1.05",
        ),
    ]


def _xa(series: Series, _: int) -> Level:
    return [
        *acquired(series),
        *level(
            ImageType=("ORIGINAL", "PRIMARY", "SINGLE PLANE"),
            PixelIntensityRelationship="LIN",
            KVP="78",
            RadiationSetting="GR",
            XRayTubeCurrent="640",
            ExposureTime="8",
            PositionerMotion="STATIC",
            PositionerPrimaryAngle="-30",
            PositionerSecondaryAngle="0.5",
            NumberOfFrames=4,
            FrameIncrementPointer=_FRAME_TIME,
            FrameTime="66.7",
            PatientOrientation="",
        ),
    ]


def _nm(series: Series, _: int) -> Level:
    window = level(EnergyWindowName="Tc99m")
    detector = level(
        CollimatorType="PARA",
        FieldOfViewShape="RECTANGLE",
        ImagePositionPatient="",
        ImageOrientationPatient="",
    )
    return [
        *acquired(series),
        *_orientation(),
        *level(
            ImageType=("ORIGINAL", "PRIMARY", "STATIC", "EMISSION"),
            FrameIncrementPointer=(_ENERGY_WINDOWS, _DETECTORS),
            NumberOfFrames=2,
            EnergyWindowVector=(1, 1),
            NumberOfEnergyWindows=1,
            DetectorVector=(1, 2),
            NumberOfDetectors=2,
            EnergyWindowInformationSequence=[window],
            DetectorInformationSequence=[detector, detector],
            RadiopharmaceuticalInformationSequence=[
                [*_tracer(series, _BONE, _TECHNETIUM), attribute("EnergyWindowNumber", 1)]
            ],
            CountsAccumulated=412000,
            ActualFrameDuration=300000,
            PixelSpacing=("4.8", "4.8"),
            PatientOrientation="",
        ),
    ]


def _sc(series: Series, _: int) -> Level:
    return level(
        ImageType=("DERIVED", "SECONDARY"),
        ConversionType="WSD",
        SecondaryCaptureDeviceManufacturer="Made-up Captures",
        DateOfSecondaryCapture=f"{series.exam.day:%Y%m%d}",
        TimeOfSecondaryCapture=series.time(),
        PatientOrientation="",
    )


def _grey(
    shapes: tuple[picture.Ellipse, ...], size: int, bits: int
) -> Callable[[int, int], Picture]:
    def draw(frames: int, seed: int) -> Picture:
        return picture.slices(shapes, frames, (size, size), bits, seed)

    return draw


def _sector(frames: int, seed: int) -> Picture:
    return picture.coloured(picture.fan(frames, (360, 480), seed))


def _screen(frames: int, _: int) -> Picture:
    return picture.page((300, 480)).repeat(frames, axis=0)


KINDS: dict[str, Kind] = {
    "CT": Kind(
        f"{_IMAGE}.2", 3, 12, _grey(picture.TORSO, 256, 12), _ct,
        "CT CHEST", "胸部単純CT", "CHEST",
    ),
    "MR": Kind(
        f"{_IMAGE}.4", 3, 12, _grey(picture.HEAD, 192, 12), _mr,
        "MRI BRAIN T1", "頭部MRI", "HEAD",
    ),
    "US": Kind(
        f"{_IMAGE}.6.1", 2, 8, _sector, _us,
        "US ABDOMEN", "腹部エコー", "ABDOMEN",
    ),
    "US cine": Kind(
        f"{_IMAGE}.3.1", 1, 8, _sector, _us_cine,
        "US ABDOMEN", "腹部エコー", "ABDOMEN", frames=4,
    ),
    "CR": Kind(
        f"{_IMAGE}.1", 1, 12, _grey(picture.CHEST, 512, 12), _cr,
        "CHEST PA", "胸部正面", "CHEST",
    ),
    "DX": Kind(
        f"{_IMAGE}.1.1", 1, 12, _grey(picture.CHEST, 512, 12), _dx,
        "XR CHEST", "胸部X線", "CHEST",
    ),
    "MG": Kind(
        f"{_IMAGE}.1.2", 2, 12, _grey(picture.BREAST, 512, 12), _mg,
        "MAMMOGRAM R CC", "マンモグラフィ", "BREAST",
    ),
    "PT": Kind(
        f"{_IMAGE}.128", 3, 16, _grey(picture.UPTAKE, 128, 16), _pt,
        "PET FDG", "FDG-PET", "CHEST",
    ),
    "XA": Kind(
        f"{_IMAGE}.12.1", 1, 8, _grey((*picture.TORSO, *picture.VESSELS), 320, 8), _xa,
        "CORONARY ANGIOGRAPHY", "冠動脈造影", "HEART", frames=4,
    ),
    "NM": Kind(
        f"{_IMAGE}.20", 1, 16, _grey(picture.UPTAKE, 128, 16), _nm,
        "BONE SCAN", "骨シンチグラフィ", "WHOLEBODY", frames=2,
    ),
    "SC": Kind(
        f"{_IMAGE}.7", 1, 8, _screen, _sc,
        "DOSE REPORT", "線量レポート", "CHEST",
    ),
}  # fmt: skip
"""By modality; a second kind of one has a word after it."""
