#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/mllp/connection.h"
#include "adapters/mllp/door.h"
#include "engine/base/time.h"
#include "engine/ports/outlet.h"

namespace pons {

/// Sends HL7 v2 over MLLP and waits for the acknowledgement. Its one connection, which we open or the partner does,
/// stays open between parcels.
class MllpOutlet final : public Outlet {
 public:
  struct Settings {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;
    std::optional<Tls> tls{};                          // empty: in clear
    std::shared_ptr<MllpDoor> door{};                  // `mode: server`: the partner calls there; null: we call
    Duration reply_within = std::chrono::seconds(20);  // from before connecting to the whole answer
    std::vector<std::string> accept{"AA", "CA"};       // MSA-1 values that mean "done"
    std::size_t answer_limit = 1u << 20;               // bytes
    std::size_t in_flight = 1;                         // messages that wait for their answers together
    bool commits = false;                              // MLLP release 2: frames are committed, ours and theirs
  };

  explicit MllpOutlet(Settings settings) : settings_(std::move(settings)) {}

  /// An answer counts only when its MSA-2 is the parcel's control id: one that comes late for an earlier message, or
  /// for another sender's, is passed over. An MSA-1 that neither accepts nor refuses is waited beyond,
  /// and so is release 2's commit; its NAK says that nothing was stored.
  Delivery send(const Parcel& parcel) override { return send_together({&parcel, 1}).front(); }
  std::size_t in_flight() const override { return settings_.in_flight; }
  std::vector<Delivery> send_together(std::span<const Parcel> parcels) override;
  /// False: the partner is to call, and has not.
  bool is_ready() override;
  void stop() override { stopping_ = true; }

 private:
  bool has_connection(Deadline deadline);
  void make_ready(Deadline deadline);
  /// `mode: server`: takes the next one who calls, where that is wanted.
  bool has_caller(Deadline deadline);
  /// Parcels that are on their way, and where their deliveries are to be written.
  using Flight = std::map<const Parcel*, Delivery*>;
  /// Until each has its answer. What is left over when the time is, or we stop, is unknown.
  void await_answers(Flight& flight, Deadline deadline);
  /// True: the frame says what became of one of them, which has landed.
  bool hear(const std::string& frame_content, Flight& flight, Deadline deadline);
  static void end(Flight& flight, Delivery::Outcome outcome, const std::string& text);

  const Settings settings_;
  std::unique_ptr<MllpConnection> connection_;  // null: none, or the last one broke
  std::atomic<bool> stopping_ = false;
};

}  // namespace pons
