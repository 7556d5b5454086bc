"""The modules of each modality: the attributes that its IOD adds to the common ones.

Strategy: one function a modality, of a series and the number of an instance in it; what
several of them share stands above.

Invariants: every instance is valid in its IOD.

Standard: PS3.3 §A.2, A.3, A.4, A.6, A.7, A.8.1, A.14, A.21, A.26, C.8.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomanon.synth.attribute import attribute, level

if TYPE_CHECKING:
    from dicomanon.synth.attribute import Level
    from dicomanon.synth.exam import Series

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


def ct(series: Series, number: int) -> Level:
    """CT Image. Standard: PS3.3 §C.8.2.1."""
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


def mr(series: Series, number: int) -> Level:
    """MR Image. Standard: PS3.3 §C.8.3.1."""
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


def us(series: Series, _: int) -> Level:
    """US Image and its regions. Standard: PS3.3 §C.8.5.5, C.8.5.6."""
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


def us_cine(series: Series, number: int) -> Level:
    """US Image of several frames."""
    cine = level(FrameTime="40", NumberOfFrames=4, FrameIncrementPointer=_FRAME_TIME)
    return us(series, number) + cine


def cr(series: Series, _: int) -> Level:
    """CR Series and Image. Standard: PS3.3 §C.8.1."""
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


def dx(series: Series, _: int) -> Level:
    """DX Image and Positioning. Standard: PS3.3 §C.8.11."""
    return _projection(series, _CHEST_CODE, "U") + level(ViewPosition="PA", PositionerType="")


def mg(series: Series, _: int) -> Level:
    """Mammography Image. Standard: PS3.3 §C.8.11.7."""
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


def pt(series: Series, number: int) -> Level:
    """PET Series, Isotope and Image. Standard: PS3.3 §C.8.9."""
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


def xa(series: Series, _: int) -> Level:
    """XA Image, Acquisition and Positioner. Standard: PS3.3 §C.8.7."""
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


def nm(series: Series, _: int) -> Level:
    """NM Image, Isotope and Detector. Standard: PS3.3 §C.8.4."""
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


def sc(series: Series, _: int) -> Level:
    """SC Equipment and Image. Standard: PS3.3 §C.8.6."""
    return level(
        ImageType=("DERIVED", "SECONDARY"),
        ConversionType="WSD",
        SecondaryCaptureDeviceManufacturer="Made-up Captures",
        DateOfSecondaryCapture=f"{series.exam.day:%Y%m%d}",
        TimeOfSecondaryCapture=series.time(),
        PatientOrientation="",
    )
