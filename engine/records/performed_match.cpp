#include "engine/records/performed_match.h"

#include <algorithm>

namespace pons {

namespace {

constexpr std::string_view kStepAttributes = "ScheduledStepAttributesSequence";

std::int64_t owner_of(const Book& book, const Step& step) {
  return book.survivor(book.orders.find(step.order)->patient).id;
}

/// What the modality calls the patient, against the one to whom the step belongs.
enum class Agreement { agrees, unsaid, disagrees };

Agreement compare(const Book& book, const Identifier& said, std::int64_t owner) {
  if (said.empty()) return Agreement::unsaid;
  const Patient* bearer = book.patients.first([&](const Patient& each) {
    return std::any_of(each.identifiers.begin(), each.identifiers.end(), [&](const Identifier& known) {
      return known.value == said.value && (said.authority.empty() || known.authority == said.authority) &&
             book.survivor(each.id).id == owner;
    });
  });
  return bearer ? Agreement::agrees : Agreement::disagrees;
}

const Step* by_study(const Book& book, const std::string& study_uid, const std::string& step_id) {
  if (study_uid.empty()) return nullptr;
  for (const Order* order : book.orders.all([&](const Order& each) { return each.study_uid == study_uid; }))
    if (const Step* step = book.step(order->id, step_id)) return step;
  return nullptr;
}

const Step* by_accession(const Book& book, const Identifier& accession, const std::string& step_id,
                         const Identifier& patient) {
  if (accession.empty()) return nullptr;
  const Step* found = nullptr;
  for (const Order* order : book.orders.all([&](const Order& each) {
         return each.accession.value == accession.value &&
                (accession.authority.empty() || each.accession.authority == accession.authority);
       })) {
    const Step* step = book.step(order->id, step_id);
    if (!step || compare(book, patient, owner_of(book, *step)) != Agreement::agrees) continue;
    if (found) return nullptr;
    found = step;
  }
  return found;
}

const Step* find_step(const Book& book, const json::Value& item, const Identifier& patient) {
  const std::string step_id = item.text_of("ScheduledProcedureStepID");
  if (step_id.empty()) return nullptr;
  if (const Step* step = by_study(book, item.text_of("StudyInstanceUID"), step_id)) return step;
  const Identifier accession{
      item.text_of("AccessionNumber"), first_of(item, "IssuerOfAccessionNumberSequence", "LocalNamespaceEntityID"), {}};
  return by_accession(book, accession, step_id, patient);
}

std::string label(const json::Value& item) {
  const std::string step_id = item.text_of("ScheduledProcedureStepID");
  if (step_id.empty()) return "a step without ID of study " + item.text_of("StudyInstanceUID");
  return "step " + step_id + " of study " + item.text_of("StudyInstanceUID") + ", accession " +
         item.text_of("AccessionNumber");
}

}  // namespace

const std::vector<json::Value>& items_of(const json::Value& dataset, std::string_view sequence) {
  static const std::vector<json::Value> kNone;
  const json::Value* found = dataset.find(sequence);
  return found ? found->items() : kNone;
}

std::string first_of(const json::Value& dataset, std::string_view sequence, std::string_view attribute) {
  const auto& items = items_of(dataset, sequence);
  return items.empty() ? "" : items.front().text_of(attribute);
}

PerformedMatch match_performed_step(const Book& book, const json::Value& dataset) {
  const Identifier said{dataset.text_of("PatientID"), dataset.text_of("IssuerOfPatientID"), {}};
  PerformedMatch match;
  bool of_another = false;
  for (const json::Value& item : items_of(dataset, kStepAttributes)) {
    const Step* step = find_step(book, item, said);
    if (!step) {
      match.doubts.push_back("nobody knows " + label(item));
      continue;
    }
    const std::int64_t owner = owner_of(book, *step);
    if (compare(book, said, owner) == Agreement::disagrees || (match.patient && match.patient != owner)) {
      match.doubts.push_back(label(item) + " belongs to another patient than " + said.key());
      of_another = true;
      continue;
    }
    match.patient = owner;
    if (std::find(match.steps.begin(), match.steps.end(), step->id) == match.steps.end())
      match.steps.push_back(step->id);
  }
  if (items_of(dataset, kStepAttributes).empty()) match.doubts.push_back("it names no scheduled step");
  if (of_another) match.steps.clear();
  if (match.steps.empty()) {
    const Patient* patient = book.patient(said);
    match.patient = patient ? patient->id : 0;
  }
  return match;
}

}  // namespace pons
