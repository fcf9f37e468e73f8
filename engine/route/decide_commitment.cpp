#include "engine/records/performed_match.h"
#include "engine/records/question.h"
#include "engine/route/deciding.h"

namespace pons {

namespace {

constexpr std::uint16_t kProcessingFailure = 0x0110, kNotAuthorized = 0x0124;  // PS3.7 annex C

}  // namespace

std::optional<Decided> Deciding::commitment_request() {
  const auto object = dataset();
  if (!object) return finish(dicom_refusal(kProcessingFailure, object.fault().text));
  const std::string calling = attribute("calling");
  const auto station = site_.parts().stations.find(calling);
  if (station == site_.parts().stations.end() || station->second.archive.empty())
    return finish(dicom_refusal(kNotAuthorized, "no archive commits for " + calling));
  const CommitmentVerdict verdict = ask_commitment(book_, *object, calling, station->second.archive);
  if (verdict.refused()) return finish(dicom_refusal(verdict.dicom_status, verdict.text, verdict.attributes));
  queue_commitment(station->second.archive, Parcel::kCommitment, object->text_of("TransactionUID"));
  return finish(Receipt());
}

/// The archive that was asked has answered: the station is told, and routes are offered it.
std::optional<Decided> Deciding::commitment_result() {
  const auto object = dataset();
  if (!object) return finish(dicom_refusal(kProcessingFailure, object.fault().text));
  if (envelope_.pending != 0)
    return start_again(commitment_scope(*object, book_.commitment(object->text_of("TransactionUID"))));
  const Commitment* asked = book_.commitment(object->text_of("TransactionUID"));
  if (asked && !is_asked(*asked)) return finish(dicom_refusal(kNotAuthorized, "another archive than this was asked"));
  const CommitmentVerdict verdict = answer_commitment(book_, *object);
  if (verdict.refused()) return finish(dicom_refusal(verdict.dicom_status, verdict.text));
  remark_ = verdict.is_known ? "it was answered before" : "";
  if (verdict.is_known) return finish(Receipt());
  asked = book_.commitments.find(verdict.commitment);
  if (!asked->calling.empty()) tell_station(*asked);
  Scope scope = commitment_scope(*object, asked);
  offer(scope, nullptr, "imaging-events");
  return finish(conclusion(nullptr));
}

/// The caller is the archive behind the endpoint.
bool Deciding::is_asked(const Commitment& commitment) const {
  const Endpoint* archive = site_.endpoint(commitment.outlet);
  return archive && archive->ae_title == attribute("calling");
}

void Deciding::tell_station(const Commitment& commitment) {
  const auto station = site_.parts().stations.find(commitment.calling);
  if (station == site_.parts().stations.end() || station->second.told_at.empty())
    return pons::ask(book_, envelope_.message, "commitment",
                     "nobody can tell " + commitment.calling + " what became of transaction " + commitment.uid);
  queue_commitment(station->second.told_at, Parcel::kCommitmentResult, commitment.uid);
}

void Deciding::queue_commitment(const std::string& outlet, const char* content_type, const std::string& transaction) {
  Parcel parcel;
  parcel.message = envelope_.message;
  parcel.outlet = outlet;
  parcel.lanes = {"instance:" + transaction};
  parcel.control_id = transaction;
  parcel.content_type = content_type;
  parcel.document = *envelope_.bytes;
  parcel.due = now_;
  parcels_.push_back(std::move(parcel));
}

Scope Deciding::commitment_scope(const json::Value& result, const Commitment* asked) {
  json::Value event = event_object("commitment");
  const auto count = [&](std::string_view sequence) {
    return json::Value::number(static_cast<std::int64_t>(items_of(result, sequence).size()));
  };
  event["committed"] = count("ReferencedSOPSequence");
  event["failed"] = count("FailedSOPSequence");
  const Study* study = asked ? book_.studies.find(asked->study) : nullptr;
  return event_scope(std::move(event), study ? study->patient : 0, study);
}

}  // namespace pons
