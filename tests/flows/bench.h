#pragma once

#include "adapters/memory/store.h"
#include "engine/runtime/intake.h"
#include "tests/support/never_rests.h"
#include "tests/support/orders.h"
#include "tests/support/site.h"

namespace pons::test {

struct Noon final : Clock {
  Instant now() const override { return *from_rfc3339("2026-11-24T12:00:00Z"); }
};

/// The engine in the hands of the test: no threads.
struct Bench {
  explicit Bench(Intake::Observer observer = {})
      : intake(store, sample_site(), clock, Intake::Settings{}, std::move(observer)) {}

  MemoryStore store;
  Noon clock;
  Intake intake;

  std::future<Receipt> hand_in(const OrderText& order) {
    Envelope envelope;
    envelope.inlet = "ris-mllp";
    envelope.bytes = std::make_shared<const std::string>(order.bytes());
    return *intake.try_accept(std::move(envelope));
  }
  void work() {
    while (intake.step(never_rests)) continue;
  }
  std::string outcome_of(std::int64_t message) const { return to_text(store.find(message)->decision.receipt.outcome); }
};

}  // namespace pons::test
