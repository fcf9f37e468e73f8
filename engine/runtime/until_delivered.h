#pragma once

#include <atomic>
#include <chrono>

#include "engine/ports/inlet.h"
#include "engine/ports/parcels.h"

namespace pons {

/// The counter of inlets that say `ack: delivered`: the receipt comes when everything that the message caused has been
/// delivered. What was parked, is held, or has not been delivered within the time limit gives a refusal that says so;
/// nothing is taken back, and the same bytes ask again without a second effect (P3).
class UntilDelivered final : public Counter {
 public:
  struct Settings {
    std::chrono::milliseconds within = std::chrono::seconds(25);
    std::chrono::milliseconds looks_each = std::chrono::milliseconds(20);
  };

  UntilDelivered(Counter& intake, Parcels& parcels, Settings settings)
      : intake_(intake), parcels_(parcels), settings_(settings) {}

  Receipt accept(Envelope envelope) override;
  Receipt accept_and_tell(Envelope envelope, const Stored& stored) override;
  /// Whoever still waits gets StoreLost, and so no answer: the sender asks again.
  void stop() { stopping_ = true; }

 private:
  Counter& intake_;
  Parcels& parcels_;
  const Settings settings_;
  std::atomic<bool> stopping_ = false;
};

}  // namespace pons
