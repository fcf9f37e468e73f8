#include "engine/ports/worklist_keys.h"

#include <algorithm>

namespace pons {

namespace {

constexpr bool kRequired = true, kOptional = false;
using enum KeyMatching;

}  // namespace

const std::vector<WorklistKey>& worklist_keys() {
  static const std::vector<WorklistKey> keys{
      // Scheduled Procedure Step
      {"ScheduledProcedureStepSequence.ScheduledStationAETitle", kRequired, "1", text},
      {"ScheduledProcedureStepSequence.ScheduledProcedureStepStartDate", kRequired, "1", start},
      {"ScheduledProcedureStepSequence.ScheduledProcedureStepStartTime", kRequired, "1", start},
      {"ScheduledProcedureStepSequence.Modality", kRequired, "1", code},
      {"ScheduledProcedureStepSequence.ScheduledPerformingPhysicianName", kRequired, "2", name},
      {"ScheduledProcedureStepSequence.ScheduledProcedureStepDescription", kOptional, "1C", text},
      {"ScheduledProcedureStepSequence.ScheduledStationName", kOptional, "2", text},
      {"ScheduledProcedureStepSequence.ScheduledProcedureStepLocation", kOptional, "2", text},
      {"ScheduledProcedureStepSequence.ScheduledProtocolCodeSequence.CodeValue", kOptional, "1C", text},
      {"ScheduledProcedureStepSequence.ScheduledProtocolCodeSequence.CodingSchemeVersion", kOptional, "3", text},
      {"ScheduledProcedureStepSequence.ScheduledProtocolCodeSequence.CodingSchemeDesignator", kOptional, "1C", text},
      {"ScheduledProcedureStepSequence.ScheduledProtocolCodeSequence.CodeMeaning", kOptional, "3", text},
      {"ScheduledProcedureStepSequence.PreMedication", kOptional, "2C", text},
      {"ScheduledProcedureStepSequence.ScheduledProcedureStepID", kOptional, "1", text},
      {"ScheduledProcedureStepSequence.RequestedContrastAgent", kOptional, "2C", text},
      {"ScheduledProcedureStepSequence.ScheduledProcedureStepStatus", kOptional, "3", code},
      {"ScheduledProcedureStepSequence.ScheduledProcedureStepEndDate", kOptional, "3", date},
      {"ScheduledProcedureStepSequence.ScheduledProcedureStepEndTime", kOptional, "3", time},
      {"ScheduledProcedureStepSequence.CommentsOnTheScheduledProcedureStep", kOptional, "3", text},
      // Requested Procedure
      {"RequestedProcedureID", kOptional, "1", text},
      {"RequestedProcedureDescription", kOptional, "1C", text},
      {"RequestedProcedureCodeSequence.CodeValue", kOptional, "1C", text},
      {"RequestedProcedureCodeSequence.CodingSchemeVersion", kOptional, "3", text},
      {"RequestedProcedureCodeSequence.CodingSchemeDesignator", kOptional, "1C", text},
      {"RequestedProcedureCodeSequence.CodeMeaning", kOptional, "3", text},
      {"StudyInstanceUID", kOptional, "1", uid},
      {"StudyDate", kOptional, "3", date},
      {"StudyTime", kOptional, "3", time},
      {"ReferencedStudySequence.ReferencedSOPClassUID", kOptional, "1", uid},
      {"ReferencedStudySequence.ReferencedSOPInstanceUID", kOptional, "1", uid},
      {"RequestedProcedurePriority", kOptional, "2", text},
      {"PatientTransportArrangements", kOptional, "2", text},
      {"ReasonForTheRequestedProcedure", kOptional, "3", text},
      {"ReasonForRequestedProcedureCodeSequence.CodeValue", kOptional, "3", text},
      {"ReasonForRequestedProcedureCodeSequence.CodingSchemeDesignator", kOptional, "3", text},
      {"RequestedProcedureLocation", kOptional, "3", text},
      {"RequestedProcedureComments", kOptional, "3", text},
      {"ConfidentialityCode", kOptional, "3", text},
      {"ReportingPriority", kOptional, "3", text},
      {"NamesOfIntendedRecipientsOfResults", kOptional, "3", name},
      // Imaging Service Request
      {"AccessionNumber", kOptional, "2", text},
      {"IssuerOfAccessionNumberSequence.LocalNamespaceEntityID", kOptional, "3", text},
      {"IssuerOfAccessionNumberSequence.UniversalEntityID", kOptional, "3", text},
      {"IssuerOfAccessionNumberSequence.UniversalEntityIDType", kOptional, "3", code},
      {"RequestingPhysician", kOptional, "2", name},
      {"ReferringPhysicianName", kOptional, "2", name},
      {"RequestingService", kOptional, "3", text},
      {"PlacerOrderNumberImagingServiceRequest", kOptional, "3", text},
      {"FillerOrderNumberImagingServiceRequest", kOptional, "3", text},
      {"ImagingServiceRequestComments", kOptional, "3", text},
      // Visit
      {"AdmissionID", kOptional, "2", text},
      {"IssuerOfAdmissionIDSequence.LocalNamespaceEntityID", kOptional, "3", text},
      {"IssuerOfAdmissionIDSequence.UniversalEntityID", kOptional, "3", text},
      {"IssuerOfAdmissionIDSequence.UniversalEntityIDType", kOptional, "3", code},
      {"InstitutionName", kOptional, "3", text},
      {"InstitutionalDepartmentName", kOptional, "3", text},
      {"CurrentPatientLocation", kOptional, "2", text},
      {"PatientInstitutionResidence", kOptional, "3", text},
      {"AdmittingDiagnosesDescription", kOptional, "3", text},
      {"ReferencedPatientSequence.ReferencedSOPClassUID", kOptional, "1", uid},
      {"ReferencedPatientSequence.ReferencedSOPInstanceUID", kOptional, "1", uid},
      // Patient
      {"PatientName", kRequired, "1", name},
      {"PatientID", kRequired, "1", text},
      {"IssuerOfPatientID", kOptional, "3", text},
      {"OtherPatientIDsSequence.PatientID", kOptional, "3", text},
      {"OtherPatientIDsSequence.IssuerOfPatientID", kOptional, "3", text},
      {"PatientBirthDate", kOptional, "2", date},
      {"PatientSex", kOptional, "2", code},
      {"PatientWeight", kOptional, "2", number},
      {"ConfidentialityConstraintOnPatientDataDescription", kOptional, "2", text},
      {"PatientState", kOptional, "2", text},
      {"PregnancyStatus", kOptional, "2", number},
      {"MedicalAlerts", kOptional, "2", text},
      {"Allergies", kOptional, "2", text},
      {"SpecialNeeds", kOptional, "2", text},
  };
  return keys;
}

const WorklistKey* worklist_key(std::string_view path) {
  const auto& keys = worklist_keys();
  const auto found = std::find_if(keys.begin(), keys.end(), [&](const WorklistKey& each) { return each.path == path; });
  return found == keys.end() ? nullptr : &*found;
}

}  // namespace pons
