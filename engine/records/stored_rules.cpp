#include "engine/records/stored_rules.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "engine/records/performed_match.h"
#include "engine/records/question.h"
#include "engine/records/study_rules.h"

namespace pons {

namespace {

constexpr std::uint16_t kNotOfItsClass = 0xA900;  // PS3.4 table B.2-1

Identifier patient_of(const json::Value& header) {
  return {header.text_of("PatientID"), header.text_of("IssuerOfPatientID"), {}};
}

Identifier accession_of(const json::Value& header) {
  return {header.text_of("AccessionNumber"),
          first_of(header, "IssuerOfAccessionNumberSequence", "LocalNamespaceEntityID"),
          {}};
}

/// The one order of the patient with the accession number; null: none, or several.
const Order* order_of(const Book& book, const Identifier& accession, std::int64_t patient) {
  if (accession.empty()) return nullptr;
  const auto found = book.orders.all([&](const Order& each) {
    return each.accession.value == accession.value &&
           (accession.authority.empty() || each.accession.authority == accession.authority) &&
           book.survivor(each.patient).id == patient;
  });
  return found.size() == 1 ? found.front() : nullptr;
}

/// A study that no order awaits, of a patient whom the header names in full.
std::optional<Study> unordered_study(Book& book, const json::Value& header) {
  const Patient* patient = book.patient(patient_of(header));
  if (!patient) return {};
  Study study;
  study.id = book.new_id();
  study.patient = patient->id;
  study.study_uid = header.text_of("StudyInstanceUID");
  study.accession = accession_of(header);
  if (const Order* order = order_of(book, study.accession, patient->id)) {
    study.order = order->id;
    study.accession = order->accession;
  }
  return study;
}

/// What nobody told before.
void complete(Study& study, const json::Value& header) {
  if (study.started.empty() && !header.text_of("StudyDate").empty())
    study.started = header.text_of("StudyDate") + header.text_of("StudyTime").substr(0, 6);
  if (study.procedure.empty())
    study.procedure = {first_of(header, "ProcedureCodeSequence", "CodeValue"),
                       first_of(header, "ProcedureCodeSequence", "CodingSchemeDesignator"),
                       {}};
  if (study.description.empty()) study.description = first_of(header, "ProcedureCodeSequence", "CodeMeaning");
  if (study.description.empty()) study.description = header.text_of("StudyDescription");
}

Series& series_of(Study& study, const json::Value& header) {
  const std::string uid = header.text_of("SeriesInstanceUID");
  const auto found = std::find_if(study.series.begin(), study.series.end(),
                                  [&](const Series& each) { return each.series_uid == uid; });
  Series& series = found == study.series.end() ? study.series.emplace_back(Series{.series_uid = uid}) : *found;
  if (series.modality.empty()) series.modality = header.text_of("Modality");
  return series;
}

/// True: the header names somebody who is not the study's patient.
bool names_another(const Book& book, const Study& study, const Identifier& said) {
  if (said.empty() || study.patient == 0) return false;
  const std::int64_t owner = book.survivor(study.patient).id;
  return !book.patients.first([&](const Patient& each) {
    return book.survivor(each.id).id == owner &&
           std::any_of(each.identifiers.begin(), each.identifiers.end(), [&](const Identifier& known) {
             return known.value == said.value && (said.authority.empty() || known.authority == said.authority);
           });
  });
}

std::string why_refused(const std::string& uid, const json::Value& header) {
  for (const char* keyword : {"StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"})
    if (header.text_of(keyword).empty()) return std::string(keyword) + " is missing";
  if (header.text_of("SOPInstanceUID") != uid) return "SOPInstanceUID is not the one of the request";
  return {};
}

}  // namespace

StoredVerdict take_stored(Book& book, const std::string& uid, const json::Value& header, std::int64_t message) {
  StoredVerdict verdict;
  if (verdict.text = why_refused(uid, header); !verdict.text.empty()) {
    verdict.dicom_status = kNotOfItsClass;
    return verdict;
  }
  if (const Instance* known = book.instance(uid)) {
    verdict.text = "it came before";
    verdict.study = known->study;
    verdict.is_known = true;
    return verdict;
  }
  const std::string study_uid = header.text_of("StudyInstanceUID");
  auto study = study_or_awaited(book, study_uid);
  if (!study) study = unordered_study(book, header);
  if (!study) {
    verdict.text = "nobody knows its study";
    return verdict;
  }
  const bool is_new = !book.study(study_uid);
  complete(*study, header);
  if (study->stored() == 0) verdict.first = StoredVerdict::First::of_study;
  Series& series = series_of(*study, header);
  if (series.stored == 0) {
    if (verdict.first == StoredVerdict::First::none) verdict.first = StoredVerdict::First::of_series;
    book.note({"study", study->id, is_new ? "create" : "update", "series " + series.series_uid + " is being stored"});
    if (names_another(book, *study, patient_of(header)))
      ask(book, message, "study",
          "images of study " + study_uid + " came that name the patient " + patient_of(header).key());
  }
  series.instances = std::max(series.instances, ++series.stored);
  verdict.study = study->id;
  book.instances.put({book.new_id(), study->id, uid});
  book.studies.put(*std::move(study));
  return verdict;
}

}  // namespace pons
