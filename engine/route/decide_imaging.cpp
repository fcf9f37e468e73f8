#include "engine/dicom/dataset.h"
#include "engine/records/availability_rules.h"
#include "engine/route/binding.h"
#include "engine/route/deciding.h"

namespace pons {

namespace {

constexpr std::uint16_t kProcessingFailure = 0x0110;  // PS3.7 annex C
constexpr std::uint16_t kCannotUnderstand = 0xC000;   // PS3.4 table B.2-1

}  // namespace

Result<json::Value> Deciding::dataset() const {
  const auto dataset = dicom::Dataset::from_bytes(*envelope_.bytes);
  return dataset ? json::Value::parse(dataset->to_json()) : Result<json::Value>(dataset.fault());
}

Receipt Deciding::dicom_refusal(std::uint16_t status, std::string text, std::vector<std::uint32_t> attributes,
                                std::uint16_t error_id) {
  Receipt receipt = refusal(Receipt::Outcome::refused, refused(std::move(text)));
  receipt.dicom_status = status;
  receipt.dicom_error_id = error_id;
  receipt.dicom_attributes = std::move(attributes);
  return receipt;
}

std::optional<Decided> Deciding::mpps() {
  const auto object = dataset();
  if (!object) return finish(dicom_refusal(kProcessingFailure, object.fault().text));
  if (envelope_.pending != 0) return start_event_again();
  const PerformedVerdict verdict = perform(*object);
  if (verdict.performed == 0)
    return finish(dicom_refusal(verdict.dicom_status, verdict.text, verdict.attributes, verdict.error_id));
  if (!verdict.text.empty()) remark_ = "not as PS3.4 F.7.2 has it, taken all the same: " + verdict.text;
  announce("mpps", verdict.performed, verdict.study);
  completes_study_ = verdict.study != 0;
  if (completes_study_) announce("study-complete", verdict.performed, verdict.study);
  Receipt receipt = conclusion(nullptr);
  if (receipt.took_effect()) {
    receipt.dicom_status = verdict.dicom_status;
    receipt.dicom_error_id = verdict.error_id;
    receipt.dicom_attributes = verdict.attributes;
  }
  return finish(std::move(receipt));
}

std::optional<Decided> Deciding::availability() {
  const auto object = dataset();
  if (!object) return finish(dicom_refusal(kProcessingFailure, object.fault().text));
  if (envelope_.pending != 0) return start_again(notice_scope(book_.study(object->text_of("StudyInstanceUID"))));
  const AvailabilityVerdict verdict = take_availability(book_, envelope_.attributes.at("sop_instance_uid"), *object);
  if (verdict.refused()) return finish(dicom_refusal(verdict.dicom_status, verdict.text, verdict.attributes));
  remark_ = verdict.text;
  Scope scope = notice_scope(book_.studies.find(verdict.study));
  offer(scope, nullptr, "imaging-events");
  return finish(conclusion(nullptr));
}

std::optional<Decided> Deciding::stored() {
  const auto header = dataset();
  if (!header) return finish(dicom_refusal(kCannotUnderstand, header.fault().text));
  // Whether it was the first of its series or study, the trace tells.
  if (envelope_.pending != 0)
    return start_again(
        stored_scope(*header, StoredVerdict::First::none, book_.study(header->text_of("StudyInstanceUID"))));
  const StoredVerdict verdict =
      take_stored(book_, envelope_.attributes.at("sop_instance_uid"), *header, envelope_.message);
  if (verdict.refused()) return finish(dicom_refusal(verdict.dicom_status, verdict.text));
  remark_ = verdict.text;
  if (verdict.is_known) return finish(Receipt());
  Scope scope = stored_scope(*header, verdict.first, book_.studies.find(verdict.study));
  offer(scope, nullptr, "imaging-events");
  return finish(conclusion(nullptr));
}

std::optional<Decided> Deciding::event(const json::Value& event, const json::Value& study) {
  Scope scope = event_scope(event, study);
  offer(scope, nullptr, "imaging-events");
  return finish(conclusion(nullptr));
}

std::optional<Decided> Deciding::start_event_again() {
  const PendingRun* pending = book_.runs.find(envelope_.pending);
  if (!pending || pending->state == PendingRun::State::ended) return {};
  const Route* route = find_route(pending->route);
  const PerformedStep* performed = book_.performed_step(envelope_.attributes.at("sop_instance_uid"));
  if (!route || !performed)
    return finish(parked(envelope_.message, "the route " + pending->route + " or its examination is gone"));
  const Instant since = pending->since;
  const Study* study = study_of(*performed);
  completes_study_ = envelope_.pending % PendingRun::kOfAMessage > kOfTheStudy;
  const Scope scope = event_scope(completes_study_ ? "study-complete" : "mpps", *performed, study);
  run(*route, scope, nullptr, since);
  return finish(conclusion(nullptr));
}

const Study* Deciding::study_of(const PerformedStep& performed) const {
  for (const std::int64_t id : performed.steps)
    if (const Step* step = book_.steps.find(id))
      if (const Study* study = book_.study(book_.orders.find(step->order)->study_uid)) return study;
  return nullptr;
}

json::Value Deciding::event_object(const std::string& type) const {
  json::Value event;
  event["type"] = type;
  event["time"] = to_rfc3339(envelope_.arrived);
  return event;
}

Scope Deciding::stored_scope(const json::Value& header, StoredVerdict::First first, const Study* study) {
  json::Value event = event_object("stored");
  if (first != StoredVerdict::First::none)
    event["first"] = first == StoredVerdict::First::of_study ? "STUDY" : "SERIES";
  for (const char* keyword : {"SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "Modality"})
    if (const std::string text = header.text_of(keyword); !text.empty()) event[keyword] = text;
  return event_scope(std::move(event), study ? study->patient : 0, study);
}

Scope Deciding::event_scope(const json::Value& event, const json::Value& study) {
  Scope scope;
  prepare(scope);
  scope.bind("event", Value::of(event));
  if (study.is_object()) scope.bind("study", Value::of(study));
  return scope;
}

Scope Deciding::event_scope(const std::string& type, const PerformedStep& performed, const Study* study) {
  return event_scope(event_object(type), performed.patient, study);
}

Scope Deciding::event_scope(json::Value event, std::int64_t patient, const Study* study) {
  Scope scope = event_scope(event, study ? study_object(book_, *study, viewer_of(site_.endpoints())) : json::Value());
  if (patient != 0) scope.bind("patient", Value::of(patient_object(book_.survivor(patient), false)));
  if (study && study->order != 0) scope.bind("order", Value::of(order_object(book_, *book_.orders.find(study->order))));
  event_patient_ = patient;
  return scope;
}

void Deciding::announce(const std::string& type, std::int64_t performed_id, std::int64_t study_id) {
  const PerformedStep& performed = *book_.performed_steps.find(performed_id);
  Scope scope = event_scope(type, performed, study_id != 0 ? book_.studies.find(study_id) : study_of(performed));
  offer(scope, nullptr, "imaging-events");
}

PerformedVerdict Deciding::perform(const json::Value& dataset) {
  const std::string& uid = envelope_.attributes.at("sop_instance_uid");
  const auto rules = envelope_.attributes.contains("strict") ? IodRules::strict : IodRules::lenient;
  return envelope_.kind == Envelope::Kind::mpps_create
             ? create_performed_step(book_, uid, dataset, envelope_.message, rules)
             : set_performed_step(book_, uid, dataset, envelope_.message, rules);
}

}  // namespace pons
