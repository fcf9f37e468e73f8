#include "engine/route/dicom_request.h"

#include "engine/base/digest.h"
#include "engine/dicom/dataset.h"
#include "engine/records/commitment_rules.h"
#include "engine/records/performed_match.h"

namespace pons {

namespace {

bool is_mpps(const Envelope& envelope) {
  return envelope.kind == Envelope::Kind::mpps_create || envelope.kind == Envelope::Kind::mpps_set;
}

Result<Wrapped> received(const Envelope& envelope) {
  const auto as = [&](const char* content_type) {
    return Wrapped{envelope.attributes.at("sop_instance_uid"), content_type, *envelope.bytes};
  };
  switch (envelope.kind) {
    case Envelope::Kind::mpps_create:
      return as(Parcel::kMppsCreate);
    case Envelope::Kind::mpps_set:
      return as(Parcel::kMppsSet);
    case Envelope::Kind::availability:
      return as(Parcel::kAvailability);
    case Envelope::Kind::stored:
      return refused("only the header of a stored object is kept: it cannot be sent on");
    default:
      return refused("this event brought no request that could be sent on");
  }
}

/// Event Type ID, PS3.4 table F.9.2-1: in progress, completed, discontinued, updated.
const char* event_type(const Envelope& envelope, const PerformedStep& performed) {
  if (performed.status == PerformedStatus::completed) return "2";
  if (performed.status == PerformedStatus::discontinued) return "3";
  return envelope.kind == Envelope::Kind::mpps_create ? "1" : "4";
}

Result<Wrapped> notification(const Run& run) {
  if (!is_mpps(run.envelope)) return refused("a notification tells of a performed step, and this event is of none");
  const std::string& uid = run.envelope.attributes.at("sop_instance_uid");
  return Wrapped{uid, Parcel::kMppsNotification, event_type(run.envelope, *run.book.performed_step(uid))};
}

struct Named {
  std::string study_uid;
  std::vector<json::Value> instances;  // items of a ReferencedSOPSequence
};

void add(Named& named, const json::Value& series, std::string_view sequence) {
  for (const json::Value& each : items_of(series, sequence)) {
    json::Value item;
    item["ReferencedSOPClassUID"] = each.text_of("ReferencedSOPClassUID");
    item["ReferencedSOPInstanceUID"] = each.text_of("ReferencedSOPInstanceUID");
    named.instances.push_back(std::move(item));
  }
}

/// What a performed step has made when it is final.
Named named_by(const PerformedStep& performed) {
  Named named;
  const auto dataset = json::Value::parse(performed.dataset);
  if (!dataset || performed.status == PerformedStatus::in_progress) return named;
  named.study_uid = first_of(*dataset, "ScheduledStepAttributesSequence", "StudyInstanceUID");
  for (const json::Value& series : items_of(*dataset, "PerformedSeriesSequence")) {
    add(named, series, "ReferencedImageSequence");
    add(named, series, "ReferencedNonImageCompositeSOPInstanceSequence");
  }
  return named;
}

Named named_by_notice(const Envelope& envelope) {
  Named named;
  const auto notice = dicom::Dataset::from_bytes(*envelope.bytes);
  const auto dataset = notice ? json::Value::parse(notice->to_json()) : Result<json::Value>(notice.fault());
  if (!dataset) return named;
  named.study_uid = dataset->text_of("StudyInstanceUID");
  for (const json::Value& series : items_of(*dataset, "ReferencedSeriesSequence"))
    add(named, series, "ReferencedSOPSequence");
  return named;
}

/// The same event asks under the same Transaction UID, however often it is decided.
Result<std::optional<Wrapped>> commitment(Run& run, const Endpoint& endpoint) {
  const bool is_notice = run.envelope.kind == Envelope::Kind::availability;
  if (!is_mpps(run.envelope) && !is_notice) return refused("this event names no instances to ask commitment for");
  const Named named = is_notice ? named_by_notice(run.envelope)
                                : named_by(*run.book.performed_step(run.envelope.attributes.at("sop_instance_uid")));
  if (named.instances.empty()) return std::optional<Wrapped>();
  json::Value request;
  request["TransactionUID"] =
      uid_from("commitment|" + std::to_string(run.envelope.message) + '|' + run.route.name + '|' + endpoint.name);
  request["ReferencedSOPSequence"] = json::Value::array();
  for (const json::Value& each : named.instances) request["ReferencedSOPSequence"].push(each);
  const CommitmentVerdict verdict = ask_commitment(run.book, request, "", endpoint.name);
  if (verdict.refused()) return refused(verdict.text);
  Commitment asked = *run.book.commitments.find(verdict.commitment);
  if (const Study* study = run.book.study(named.study_uid)) asked.study = study->id;
  const std::string uid = asked.uid;
  run.book.commitments.put(std::move(asked));
  const auto dataset = dicom::Dataset::from_json(request.write());
  if (!dataset) return dataset.fault();
  return std::optional(Wrapped{uid, Parcel::kCommitment, dataset->to_bytes()});
}

}  // namespace

const std::vector<std::string>& dicom_documents() {
  static const std::vector<std::string> names{"received", "notification", "commitment"};
  return names;
}

Result<std::optional<Wrapped>> dicom_request(Run& run, const Endpoint& endpoint, const std::string& document) {
  if (document == "commitment") return commitment(run, endpoint);
  auto request = document == "received" ? received(run.envelope) : notification(run);
  if (!request) return request.fault();
  return std::optional(*std::move(request));
}

}  // namespace pons
