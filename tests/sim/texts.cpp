#include "tests/sim/texts.h"

#include "engine/dicom/dataset.h"

namespace pons::sim {

namespace {

std::string pid(const Person& person) {
  return "PID|1||" + person.number + "^^^HOSP^MR||" + person.name + "||19800102|F\r";
}

std::string msh(const std::string& sender, const std::string& type, const std::string& control_id,
                const std::string& version) {
  return "MSH|^~\\&|" + sender + "|NORTH|IMAGING|HOSP|20261124100000||" + type + '|' + control_id + "|P|" + version +
         '\r';
}

}  // namespace

std::string adt(const std::string& control_id, const std::string& event, const Person& person,
                const std::string& retired) {
  return msh("HIS", "ADT^" + event, control_id, "2.5") + "EVN||20261124110000\r" + pid(person) +
         (retired.empty() ? "" : "MRG|" + retired + "^^^HOSP^MR\r");
}

std::string order(const std::string& control_id, const std::string& control, const Person& person, const Exam& exam) {
  const bool ends = control == "CA";
  return msh("ACMERIS", "ORM^O01", control_id, "2.3.1") + pid(person) + "PV1|1|I|RADX|||||D1^WHO^ALAN\rORC|" + control +
         '|' + exam.placer + '|' + exam.filler + "||" + (ends ? "CA" : "SC") + "||" +
         (ends ? "" : "^^^" + exam.start + "^^" + (exam.is_urgent ? "S" : "R")) + "\rOBR|1|" + exam.placer + '|' +
         exam.filler + "|X1^Examination^L||||||||||||||" + exam.accession + "|R1|" + exam.step + "||||" + exam.section +
         '\r';
}

std::string report(const std::string& control_id, const std::string& status, const Person& person, const Exam& exam,
                   bool is_critical) {
  return msh("REPORTS", "ORU^R01", control_id, "2.5") + pid(person) + "OBR|1|" + exam.placer + '|' + exam.filler +
         "|X1^Examination^L|||20261124093000|||||||||||" + exam.accession + "||||20261124115900|||" + status +
         "\rOBX|1|TX|59776-5^Findings^LN||FINDINGS~Seen.~IMPRESSION~" + (is_critical ? "CRITICAL" : "Normal.") +
         "||||||" + status + '\r';
}

std::string mpps_create(const Person& person, const Exam& exam, const std::string& study_uid) {
  return dicom::Dataset::from_json(
             R"({"PatientID":")" + person.number +
             R"(","IssuerOfPatientID":"HOSP","Modality":"CT","PerformedProcedureStepID":"PP1",)"
             R"("PerformedProcedureStepStatus":"IN PROGRESS","PerformedProcedureStepStartDate":"20261124",)"
             R"("PerformedProcedureStepStartTime":"093000","ScheduledStepAttributesSequence":[{"StudyInstanceUID":")" +
             study_uid + R"(","AccessionNumber":")" + exam.accession + R"(","ScheduledProcedureStepID":")" + exam.step +
             R"("}]})")
      ->to_bytes();
}

std::string mpps_set(const std::string& uid, bool is_completed) {
  return dicom::Dataset::from_json(
             is_completed
                 ? R"({"PerformedProcedureStepStatus":"COMPLETED","PerformedSeriesSequence":[{"SeriesInstanceUID":")" +
                       uid +
                       R"(.1","ReferencedImageSequence":[{"ReferencedSOPClassUID":"1.2.840.10008.5.1.4.1.1.2",)"
                       R"("ReferencedSOPInstanceUID":")" +
                       uid + R"(.1.1"}]}]})"
                 : R"({"PerformedProcedureStepStatus":"DISCONTINUED"})")
      ->to_bytes();
}

}  // namespace pons::sim
