#pragma once

#include "engine/json/value.h"

namespace pons::test {

/// An N-CREATE with all that PS3.4 Table F.7.2-1 asks for: the step S1 of the study 1.2.1, accession A1, patient M1.
inline json::Value in_progress() {
  return *json::Value::parse(R"({
    "ScheduledStepAttributesSequence": [{
      "StudyInstanceUID": "1.2.1", "ReferencedStudySequence": [], "AccessionNumber": "A1", "RequestedProcedureID": "R1",
      "RequestedProcedureDescription": null, "ScheduledProcedureStepID": "S1",
      "ScheduledProcedureStepDescription": null, "ScheduledProtocolCodeSequence": []}],
    "PatientName": "DOE^JANE", "PatientID": "M1", "PatientBirthDate": null, "PatientSex": null,
    "ReferencedPatientSequence": [],
    "PerformedProcedureStepID": "PPS1", "PerformedStationAETitle": "CT1", "PerformedStationName": null,
    "PerformedLocation": null, "PerformedProcedureStepStartDate": "20261125",
    "PerformedProcedureStepStartTime": "093000.5", "PerformedProcedureStepStatus": "IN PROGRESS",
    "PerformedProcedureStepDescription": "CT head", "PerformedProcedureTypeDescription": null,
    "ProcedureCodeSequence": [], "PerformedProcedureStepEndDate": null, "PerformedProcedureStepEndTime": null,
    "Modality": "CT", "StudyID": null, "PerformedProtocolCodeSequence": [], "PerformedSeriesSequence": []})");
}

/// The N-SET that ends it, with one series of one image.
inline json::Value completed() {
  return *json::Value::parse(R"({
    "PerformedProcedureStepStatus": "COMPLETED", "PerformedProcedureStepEndDate": "20261125",
    "PerformedProcedureStepEndTime": "094200",
    "PerformedSeriesSequence": [{
      "PerformingPhysicianName": null, "ProtocolName": "Head", "OperatorsName": null, "SeriesInstanceUID": "1.3.1",
      "SeriesDescription": null, "RetrieveAETitle": null,
      "ReferencedImageSequence": [{
        "ReferencedSOPClassUID": "1.2.840.10008.5.1.4.1.1.2", "ReferencedSOPInstanceUID": "1.4.1"}],
      "ReferencedNonImageCompositeSOPInstanceSequence": []}]})");
}

}  // namespace pons::test
