"""A canary in every text-capable element of every real file: which survive, and where.

Every element of a text VR, at every depth and in private blocks, gets a text of its own,
in Latin letters and in four encodings of Japanese. What is still found in the output's
bytes must stand where the plan keeps, and the attributes that it keeps are listed here.
"""

from __future__ import annotations

import io
import re
import warnings
from typing import TYPE_CHECKING, NamedTuple

import pydicom
import pytest
from pydicom import DataElement, Dataset
from pydicom.datadict import keyword_for_tag

from dicomanon.policy.action import Action
from dicomanon.policy.plan import plan
from dicomanon.policy.profile import profile
from tests import engine, pydicom_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CODED = ("AE", "CS", "UR")
FREE = ("LO", "LT", "PN", "SH", "ST", "UC", "UN", "UT")
CHARACTER_SET = 0x00080005
DIGITS = 5

KEPT_FREE = """
    AcquisitionDeviceProcessingCode BeamName CodeMeaning CodeValue CodingSchemeDesignator
    CodingSchemeName CodingSchemeResponsibleOrganization CodingSchemeVersion
    CompletionFlagDescription ContrastBolusRoute ConvolutionKernel DimensionDescriptionLabel
    FilterType ImageID ImagedNucleus LUTExplanation Manufacturer ManufacturerModelName
    PlateType PositionReferenceIndicator ProcessingFunction RescaleType SegmentAlgorithmName
    SegmentLabel SequenceName SoftwareVersions TransducerData TransmitCoilName
    WindowCenterWidthExplanation
    """.split()
"""Texts that Table E.1-1 does not name: codes, and what equipment says of itself."""

KEPT_CODED = """
    AcquisitionTerminationCondition AngioFlag ApprovalStatus
    BeamLimitingDeviceRotationDirection BeamType BodyPartExamined CassetteOrientation
    CassetteSize CompletionFlag ContentLabel ContinuityOfContent ContourGeometricType
    ConversionType CorrectedImage DoseReferenceStructureType DoseReferenceType
    DoseSummationType DoseType DoseUnits GantryRotationDirection GraphicType ImageType
    InPlanePhaseEncodingDirection Laterality LossyImageCompression
    LossyImageCompressionMethod MRAcquisitionType ModalitiesInStudy Modality
    PatientOrientation PatientPosition PatientSupportRotationDirection
    PhotometricInterpretation PlanIntent Polarity PresentationLUTShape PrimaryDosimeterUnit
    ROIGenerationAlgorithm ROIPhysicalProperty RTBeamLimitingDeviceType RTPlanGeometry
    RTPlanRelationship RTROIInterpretedType RadiationType RelationshipType RotationDirection
    ScanOptions ScanningSequence SegmentAlgorithmType SegmentationType SequenceVariant
    SourceType StudyPriorityID StudyStatusID TableTopEccentricRotationDirection
    TemporalRangeType TransducerType TreatmentDeliveryType ValueType VariableFlipAngleFlag
    VerificationFlag ViewPosition WaveformOriginality WaveformSampleInterpretation
    WholeBodyTechnique
    """.split()
"""Coded strings that Table E.1-1 does not name."""


class Script(NamedTuple):
    """How canaries are written: a head, and a character for each digit of their number.

    declared: the Specific Character Set; codec: what the bytes are; shown: as what they are
    handed to pydicom, which writes them in the declared character set.
    """

    head: str
    digits: str
    declared: str
    codec: str
    vrs: tuple[str, ...] = FREE
    kept: tuple[str, ...] = tuple(KEPT_FREE)

    def canary(self, number: int) -> str:
        """The text of a number."""
        return self.head + "".join(self.digits[int(d)] for d in f"{number:0{DIGITS}}")

    def raw(self, text: str) -> bytes:
        """The bytes between what switches to the script and back."""
        return text.encode(self.codec).removeprefix(b"\x1b$B").removesuffix(b"\x1b(B")

    def shown(self, text: str) -> str:
        """Bytes that the declared character set does not mean are passed as what it means."""
        return text.encode(self.codec).decode("latin-1") if self.declared == "ISO_IR 100" else text

    def found(self, output: bytes) -> set[str]:
        """Every canary in an output."""
        one = b"(?:" + b"|".join(re.escape(self.raw(d)) for d in self.digits) + b")"
        pattern = re.escape(self.raw(self.head)) + one + b"{%d}" % DIGITS
        escape = b"\x1b$B" if self.codec == "iso2022_jp" else b""
        return {(escape + raw).decode(self.codec) for raw in re.findall(pattern, output)}


SCRIPTS = {
    "Latin": Script("QZ", "0123456789", "", "ascii", (*FREE, *CODED), (*KEPT_FREE, *KEPT_CODED)),
    "ISO 2022 IR 87": Script("鬱蒼", "〇一二三四五六七八九", "\\ISO 2022 IR 87", "iso2022_jp"),
    "ISO_IR 13": Script("ﾇﾈﾑ", "ｱｲｳｴｵｶｷｸｹｺ", "ISO_IR 13", "shift_jis"),
    "Shift-JIS said to be Latin-1": Script(
        "鬱蒼", "〇一二三四五六七八九", "ISO_IR 100", "shift_jis"
    ),
    "UTF-8": Script("鬱蒼", "〇一二三四五六七八九", "ISO_IR 192", "utf-8"),
}


def planted(path: Path, script: Script) -> tuple[bytes, dict[str, tuple[int, ...]]]:
    """A file with a canary in every element of the script's VRs, and the path of each."""
    places: dict[str, tuple[int, ...]] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of values that are no longer what their VR asks for
        data_set = pydicom.dcmread(path, force=True)
        for place, holder, element in list(_elements(data_set, ())):
            if element.VR not in script.vrs:
                continue
            canary = script.canary(len(places))
            places[canary] = place
            value = script.raw(canary) if element.VR == "UN" else script.shown(canary)
            holder[element.tag] = DataElement(element.tag, element.VR, value)
        if script.declared:
            _declare(data_set, script.declared)
        stream = io.BytesIO()
        data_set.save_as(stream)
    return stream.getvalue(), places


def _elements(
    data_set: Dataset, prefix: tuple[int, ...]
) -> Iterator[tuple[tuple[int, ...], Dataset, DataElement]]:
    for tag in list(data_set.keys()):
        element = data_set[tag]
        path = (*prefix, int(tag))
        if element.VR == "SQ":
            for number, item in enumerate(element.value):
                yield from _elements(item, (*path, number))
        elif tag != CHARACTER_SET and not tag.is_private_creator:
            yield path, data_set, element


def _declare(data_set: Dataset, term: str) -> None:
    """One character set for the whole instance."""
    for _, holder, _ in list(_elements(data_set, ())):
        holder.pop("SpecificCharacterSet", None)
    data_set.SpecificCharacterSet = term.split("\\")


def survivors(path: Path, script: Script) -> Iterator[tuple[str, bool]]:
    """The keyword of each element whose canary is in the output, and whether the plan keeps it."""
    source, places = planted(path, script)
    chosen = profile("research")
    decided = plan(engine.scanned(source), chosen, engine.KEY)
    kept = {
        tuple(decision.path)
        for decision in decided.decisions()
        if decision.ruling.action is Action.KEEP and not decision.inside
    }
    for canary in script.found(engine.anonymized(source, chosen)):
        place = places[canary]
        yield keyword_for_tag(place[-1]), place in kept


@pytest.mark.parametrize("name", SCRIPTS)
def test_no_canary_survives_where_the_plan_does_not_keep(name: str) -> None:
    """Only what the plan lists as kept is in the output; and these are the attributes it keeps."""
    script = SCRIPTS[name]
    found = {
        survivor for path in pydicom_files.whole_files() for survivor in survivors(path, script)
    }
    assert {keyword for keyword, kept in found if not kept} == set()
    assert sorted({keyword for keyword, _ in found}) == sorted(set(script.kept))
