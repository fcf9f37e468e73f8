#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "adapters/dicom/asking.h"
#include "adapters/dicom/call.h"
#include "adapters/dicom/commitment_scp.h"
#include "engine/ports/outlet.h"

class DcmDataset;

namespace pons {

/// Sends a parcel as a request of DICOM's, on an association of its own (a result of storage commitment where it was
/// asked for, as long as that is open): N-CREATE and N-SET of a performed step,
/// N-CREATE of an availability notification, N-EVENT-REPORT of a performed step's notification, N-ACTION and
/// N-EVENT-REPORT of storage commitment. Its UID is the parcel's
/// control ID, however often it is sent: who has it already says 0111H, and it is delivered.
class DicomOutlet final : public Outlet {
 public:
  struct Settings {
    DicomDestination to;
    Duration reply_within = std::chrono::seconds(30);
    std::shared_ptr<AskingAssociations> asking{};      // where results may go back; null: they go on a new association
    Duration result_within = std::chrono::seconds(5);  // of a commitment, on the same association
  };

  /// Throws std::runtime_error with the file of TLS that is no good.
  /// `counter` is handed what an archive answers to a request for commitment on the same association, and the failure
  /// of all where it refuses the request.
  DicomOutlet(Settings settings, Counter& counter, const Clock& clock);
  ~DicomOutlet() override;

  Delivery send(const Parcel& parcel) override;
  void stop() override { stopping_ = true; }

 private:
  using Deadline = std::chrono::steady_clock::time_point;

  /// The response to the one request of the call.
  Delivery attempt(const Parcel& parcel) const;
  Delivery await_answer(DicomCall& call, Deadline deadline) const;
  /// The archive may report at once; else it calls.
  void await_result(DicomCall& call, Deadline deadline) const;
  /// Whoever asked is told that nothing is committed. False: the database is away.
  bool tell_refusal(const Parcel& parcel) const;

  const Settings settings_;
  Counter& counter_;
  const Clock& clock_;
  const CommitmentScp commitment_;
  std::unique_ptr<DcmTransportLayer> tls_;  // null: none
  std::atomic<bool> stopping_ = false;
};

}  // namespace pons
