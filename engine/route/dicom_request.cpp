#include "engine/route/dicom_request.h"

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

}  // namespace

const std::vector<std::string>& dicom_documents() {
  static const std::vector<std::string> names{"received", "notification"};
  return names;
}

Result<Wrapped> dicom_request(const Run& run, const std::string& document) {
  return document == "received" ? received(run.envelope) : notification(run);
}

}  // namespace pons
