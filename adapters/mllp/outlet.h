#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/mllp/connection.h"
#include "engine/base/time.h"
#include "engine/ports/outlet.h"

namespace pons {

/// Sends HL7 v2 over MLLP and waits for the acknowledgement. Its one connection stays open between parcels.
class MllpOutlet final : public Outlet {
 public:
  struct Settings {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;
    std::optional<Tls> tls{};                          // empty: in clear
    Duration reply_within = std::chrono::seconds(20);  // from before connecting to the whole answer
    std::vector<std::string> accept{"AA", "CA"};       // MSA-1 values that mean "done"
    std::size_t answer_limit = 1u << 20;               // bytes
    bool commits = false;                              // MLLP release 2: frames are committed, ours and theirs
  };

  explicit MllpOutlet(Settings settings) : settings_(std::move(settings)) {}

  /// An answer counts only when its MSA-2 is the parcel's control id: one that comes late for an earlier message, or
  /// for another sender's, is passed over. An MSA-1 that neither accepts nor refuses is waited beyond,
  /// and so is release 2's commit; its NAK says that nothing was stored.
  Delivery send(const Parcel& parcel) override;
  void stop() override { stopping_ = true; }

 private:
  using Deadline = MllpConnection::Deadline;

  void make_ready(Deadline deadline);
  Delivery await_answer(const Parcel& parcel, Deadline deadline);
  /// Nothing: the frame says nothing about the parcel.
  std::optional<Delivery> hear(const std::string& frame_content, const Parcel& parcel, Deadline deadline);

  const Settings settings_;
  std::unique_ptr<MllpConnection> connection_;  // null: none, or the last one broke
  std::atomic<bool> stopping_ = false;
};

}  // namespace pons
