"""What each sensitive tag tells about whom: the rules behind sensitive_tags.json.

Strategy: every row of Table E.1-1 gets the category of the first rule its
keyword and VR fit; where a rule would mislead a reader, `OVERRIDES` name the
keyword. `BEYOND` and `beyond` add what PS3.6 has and the table has not, though
it names people, places, orders or remarks. Only the generator uses this module.

Invariants: a row that no rule fits is an error of the generator, not a guess.
Nothing needed to show or measure the image is listed beyond the table, nor
anything of Type 1 in an image IOD; what is `uid` beyond the table has VR UI.
An address of pixels, which nobody here can look at or mask, is no image.
"""

from __future__ import annotations

import re

OVERRIDES: dict[str, str] = {
    keyword: category
    for category, keywords in {
        "patient": """
            PatientBirthDate PatientBirthTime PatientBirthDateInAlternativeCalendar
            PatientDeathDateInAlternativeCalendar IssuerOfPatientID MedicalRecordLocator
            PatientAddress NameToUse NameToUseComment PronounComment PersonNamesToUseSequence
            ThirdPersonPronounsSequence PronounCodeSequence MilitaryRank BranchOfService
            Occupation EthnicGroup EthnicGroups EthnicGroupCodeSequence SmokingStatus
            PregnancyStatus InsurancePlanIdentification AdmissionID IssuerOfAdmissionID
            IssuerOfAdmissionIDSequence ServiceEpisodeID IssuerOfServiceEpisodeID
            IssuerOfServiceEpisodeIDSequence ReferencedPatientSequence
            ReferencedPatientAliasSequence ReferencedPatientPhotoSequence
            OriginalAttributesSequence ModifiedAttributesSequence
            NonconformingModifiedAttributesSequence NonconformingDataElementValue LabelText
            BarcodeValue GenderIdentitySequence GenderIdentityCodeSequence GenderIdentityComment
            """,
        "contact": """
            PatientTelephoneNumbers PatientTelecomInformation ResponsibleOrganization
            HumanPerformerOrganization VerifyingOrganization CertificateOfSigner Signature
            DigitalSignaturesSequence CameraOwnerName OwnerID DistributionAddress AddressTrial
            RequestingPhysicianIdentificationSequence ClinicalTrialProtocolEthicsCommitteeName
            """,
        "date": """
            TimezoneOffsetFromUTC FrameOriginTimestamp CertifiedTimestamp
            """,
        "place": """
            CountryOfResidence RegionOfResidence CurrentPatientLocation RequestingService
            RequestingServiceCodeSequence CustodialOrganizationSequence ClinicalTrialSiteID
            ClinicalTrialSiteName IssuerOfClinicalTrialSiteID
            ClinicalTrialCoordinatingCenterName SourceOfPreviousValues
            DocumentingOrganizationIdentifierCodeSequenceTrial
            """,
        "equipment": """
            NetworkID MakerNote DeviceSettingDescription DeviceDescription
            LongDeviceDescription FixationDeviceDescription ShieldingDeviceDescription
            XRayDetectorLabel DeviceLabel ModifyingSystem DisplayURI
            AcquisitionDeviceProcessingDescription EquipmentFrameOfReferenceDescription
            FlowIdentifier FlowIdentifierSequence SourceIdentifier SourceManufacturer
            PlateID CassetteID
            """,
        "study": """
            ProtocolName RequestAttributesSequence SpecimenPreparationSequence
            SpecimenAccessionNumber InstanceOriginStatus
            """,
        "text": """
            PatientComments AdditionalPatientHistory MedicalAlerts Allergies PatientState
            SpecialNeeds PatientTransportArrangements PreMedication IdentifyingComments
            IconImageSequence CurveData OverlayData PatientSetupPhotoDescription
            PatientTreatmentPreparationMethodDescription
            PatientTreatmentPreparationProcedureParameterDescription
            SexParametersForClinicalUseCategoryComment
            ConfidentialityConstraintOnPatientDataDescription ClinicalTrialTimePointDescription
            ClinicalTrialSeriesDescription RTPhysicianIntentNarrative
            PositionAcquisitionTemplateName InterlockOriginDescription DataSetTrailingPadding
            """,
        "uid": """
            ReferencedStudySequence ReferencedPerformedProcedureStepSequence
            ReferencedImageSequence SourceImageSequence MAC
            ReferencedDigitalSignatureSequence ReferencedSOPInstanceMACSequence
            """,
    }.items()
    for keyword in keywords.split()
}

RULES: tuple[tuple[str, str, str], ...] = (
    # category, VRs (any if empty), pattern found in the keyword; the first that fits counts
    ("place", "", r"^GPS"),
    ("uid", "UI", r""),
    ("date", "DA DT TM", r""),
    ("patient", "", r"^(Other)?Patient(?!.*(Location|Residence|Instit))|^SexParameters"),
    ("patient", "", r"ClinicalTrialSubject"),
    ("equipment", "AE", r""),
    ("contact", "PN", r""),
    ("study", "", r"^(IssuerOf|Other)?ClinicalTrial(?!SeriesD)"),
    ("place", "", r"Institution|Residence|Location"),
    ("text", "", r"^Interpretation(Text|Diagnos)|^RequestedContrast"),
    ("contact", "", r"Physician|Operator|Performer|Observer|Person|ContentCreator|Participant"),
    ("contact", "", r"[Pp]hone|Telecom|Recipient|Author|Distribution|VerbalSource"),
    ("contact", "", r"ROICreator|ROIInterpreter|InterpretationApprover"),
    ("equipment", "", r"Station|Serial|Device(?!.*Desc)|Lens|Detector|Transducer|UDI|Generator"),
    ("equipment", "", r"Gantry|XRaySource|Machine|SlotID|ContainerComponent"),
    ("study", "", r"(ID|IDIssuer|Identifier|Number(ImagingServiceRequest)?)(Sequence)?$|Issuer"),
    ("text", "", r"Comment|Descri|Label|Text|Notes|Diagnos|Reason|Name$|Keyword|Topic|Value$"),
    ("text", "", r"Impression|Arbitrary|Annotation|ContentSequence|Context|ContrastBolusAgent"),
    ("text", "", r"TreatmentSite|Document$|RequestedSeries"),
)

BEYOND: dict[str, str] = {
    keyword: category
    for category, keywords in {
        "patient": """
            PatientBirthDateInAlternativeCalendar PatientDeathDateInAlternativeCalendar
            IssuerOfPatientIDQualifiersSequence SourcePatientGroupIdentificationSequence
            GroupOfPatientsIdentificationSequence PatientSizeCodeSequence PatientBodyMassIndex
            BreedRegistrationSequence BreedRegistrationNumber EncryptedAttributesSequence
            EncryptedContent BoardingPassID ItineraryID OOIOwnerSequence
            """,
        "contact": """
            ResponsiblePersonRole RequestingPhysicianIdentificationSequence
            HumanPerformerCodeSequence AsserterIdentificationSequence AssessmentRequesterSequence
            AuthorIdentificationSequence HangingProtocolUserIdentificationCodeSequence
            HangingProtocolCreator HangingProtocolUserGroupName ContactURI ContactDisplayName
            OwnerID Signature MACParametersSequence DocumentAuthorIdentifierCodeSequenceTrial
            DocumentingObserverIdentifierCodeSequenceTrial IdentifierCodeSequenceTrial
            """,
        "place": """
            RequestingServiceCodeSequence LocalNamespaceEntityID UniversalEntityID
            AssigningFacilitySequence AssigningJurisdictionCodeSequence
            AssigningAgencyOrDepartmentCodeSequence AssignedLocation
            DocumentingOrganizationIdentifierCodeSequenceTrial
            """,
        "equipment": """
            DeviceID GridID TimeSource NTPSourceAddress RespiratorySignalSourceID
            RadiationMachineName SubstanceAdministrationDeviceID ProductLotIdentifier
            ProductPackageIdentifier AuthorizationEquipmentCertificationNumber
            SourcePresentationAddress SendingPresentationAddress ReceivingPresentationAddress
            RTVSourceIdentifier RTVFlowIdentifier PixelDataProviderURL
            StoredInstanceBaseURI FolderAccessURI FileAccessURI FilenameInContainer RetrieveURL
            StorageURL RetrieveURI UniformResourceLocatorTrial
            """,
        "study": """
            IssuerOfAccessionNumberSequence OrderPlacerIdentifierSequence
            OrderFillerIdentifierSequence PlacerOrderNumberProcedure FillerOrderNumberProcedure
            PlacerOrderNumberImagingServiceRequestRetired
            FillerOrderNumberImagingServiceRequestRetired OtherStudyNumbers ReportNumber
            WorklistLabel ProcedureStepLabel AlternateContainerIdentifierSequence PrintJobID
            ReferencedVisitSequence HL7InstanceIdentifier
            """,
        "text": """
            RequestedProcedureDescriptionTrial PerformedProcedureTypeDescription
            ApprovalStatusFurtherDescription SubstanceAdministrationNotes ReasonForCancellation
            OverrideReason ProcedureStepProgressDescription DocumentTitle ContentDescription
            TextValue RTImageName RTImageDescription FilmSessionLabel
            GraphicLayerDescription IdentificationDescriptionTrial ResourceDescription
            ReferenceToRecordedSound
            DischargeDiagnosisCodeSequence InterpretationDiagnosisCodeSequence
            RTDiagnosisCodeSequence InterventionDescription OverlayDescription OverlayLabel
            PotentialReasonsForProcedure
            """,
        "uid": """
            RTVCommunicationSOPInstanceUID MultiFrameSourceSOPInstanceUID
            RadiopharmaceuticalAdministrationEventUID TargetFrameOfReferenceUID
            SOPInstanceUIDOfConcatenationSource VolumeFrameOfReferenceUID
            TableFrameOfReferenceUID FindingsGroupUIDTrial ReferencedFindingsGroupUIDTrial
            RetrieveLocationUID RepositoryUniqueID HomeCommunityID AssertionUID
            ReferencedAssertionUID ReferencedFiducialUID VolumetricPresentationInputSetUID
            SelectorUIValue EquipmentFrameOfReferenceUID
            """,
    }.items()
    for keyword in keywords.split()
}

_BEYOND_BY_VR = {"DA": "date", "DT": "date", "TM": "date", "PN": "contact", "AE": "equipment"}
_BEYOND_COMMENT = re.compile(r"Comments?(On|$)")
_TEXT_VRS = {"LO", "LT", "SH", "ST", "UC", "UT"}


def category(keyword: str, vr: str) -> str:
    """The category of a row of Table E.1-1. Raises: LookupError if no rule fits."""
    if keyword in OVERRIDES:
        return OVERRIDES[keyword]
    vrs = set(vr.replace(" or ", " ").split())
    for found, admitted, pattern in RULES:
        if (not admitted or vrs & set(admitted.split())) and re.search(pattern, keyword):
            return found
    raise LookupError(keyword)


def beyond(keyword: str, vr: str) -> str:
    """The category of an element that Table E.1-1 does not list, "" to leave it alone."""
    if keyword in BEYOND:
        return BEYOND[keyword]
    if vr in _TEXT_VRS and _BEYOND_COMMENT.search(keyword):
        return "text"
    return _BEYOND_BY_VR.get(vr, "")
