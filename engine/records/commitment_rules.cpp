#include "engine/records/commitment_rules.h"

#include "engine/records/performed_match.h"

namespace pons {

namespace {

// PS3.7 annex C.
constexpr std::uint16_t kProcessingFailure = 0x0110, kInvalidArgument = 0x0115, kMissingAttribute = 0x0120,
                        kMissingValue = 0x0121;
constexpr std::uint32_t kTransactionTag = 0x00081195, kInstancesTag = 0x00081199;
constexpr std::string_view kTransaction = "TransactionUID", kInstances = "ReferencedSOPSequence",
                           kFailed = "FailedSOPSequence";

CommitmentVerdict refused_for(const json::Value& dataset, std::string_view keyword, std::uint32_t tag) {
  CommitmentVerdict verdict;
  const bool is_there = dataset.find(keyword);
  verdict.dicom_status = is_there ? kMissingValue : kMissingAttribute;
  verdict.text = std::string(keyword) + (is_there ? " has no value" : " is missing");
  verdict.attributes = {tag};
  return verdict;
}

CommitmentVerdict refused_with(std::uint16_t status, std::string text) {
  CommitmentVerdict verdict;
  verdict.dicom_status = status;
  verdict.text = std::move(text);
  return verdict;
}

std::string count(const json::Value& dataset, std::string_view sequence) {
  return std::to_string(items_of(dataset, sequence).size());
}

}  // namespace

CommitmentVerdict ask_commitment(Book& book, const json::Value& dataset, const std::string& calling,
                                 const std::string& outlet) {
  Commitment asked;
  asked.uid = dataset.text_of(kTransaction);
  if (asked.uid.empty()) return refused_for(dataset, kTransaction, kTransactionTag);
  if (items_of(dataset, kInstances).empty()) return refused_for(dataset, kInstances, kInstancesTag);
  if (book.commitment(asked.uid)) return refused_with(kProcessingFailure, "this Transaction UID was used before");
  asked.id = book.new_id();
  asked.calling = calling;
  asked.outlet = outlet;
  book.note({"commitment", asked.id, "create", count(dataset, kInstances) + " instances, asked of " + outlet});
  CommitmentVerdict verdict;
  verdict.commitment = book.commitments.put(std::move(asked)).id;
  return verdict;
}

CommitmentVerdict answer_commitment(Book& book, const json::Value& dataset) {
  const Commitment* known = book.commitment(dataset.text_of(kTransaction));
  if (!known) return refused_with(kInvalidArgument, "nobody asked under this Transaction UID");
  CommitmentVerdict verdict;
  verdict.commitment = known->id;
  verdict.is_known = known->is_answered;
  if (verdict.is_known) return verdict;
  Commitment answered = *known;
  answered.is_answered = true;
  book.note({"commitment", answered.id, "update",
             count(dataset, kInstances) + " instances committed, " + count(dataset, kFailed) + " failed"});
  book.commitments.put(std::move(answered));
  return verdict;
}

}  // namespace pons
