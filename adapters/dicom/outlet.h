#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "adapters/dicom/call.h"
#include "adapters/dicom/tls.h"
#include "engine/ports/outlet.h"

class DcmDataset;

namespace pons {

/// Sends a parcel as a request of DICOM's, on an association of its own: N-CREATE and N-SET of a performed step,
/// N-CREATE of an availability notification, N-EVENT-REPORT of a performed step's notification. Its UID is the parcel's
/// control ID, however often it is sent: who has it already says 0111H, and it is delivered.
class DicomOutlet final : public Outlet {
 public:
  struct Settings {
    std::string host;
    std::uint16_t port = 0;
    std::string called;
    std::string calling = "PONS";
    std::optional<DicomClientTls> tls{};  // none: in the clear
    Duration reply_within = std::chrono::seconds(30);
  };

  /// Throws std::runtime_error with the file of TLS that is no good.
  explicit DicomOutlet(Settings settings);
  ~DicomOutlet() override;

  Delivery send(const Parcel& parcel) override;
  void stop() override { stopping_ = true; }

 private:
  using Deadline = std::chrono::steady_clock::time_point;

  /// The response to the one request of the call.
  Delivery await_answer(DicomCall& call, Deadline deadline) const;

  const Settings settings_;
  std::unique_ptr<DcmTransportLayer> tls_;  // null: none
  std::atomic<bool> stopping_ = false;
};

}  // namespace pons
