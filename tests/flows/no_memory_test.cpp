#include <catch2/catch.hpp>
#include <new>

#include "adapters/memory/store.h"
#include "engine/runtime/intake.h"
#include "tests/support/orders.h"
#include "tests/support/site.h"

using namespace pons;
using test::OrderText;

namespace {

struct TestClock final : Clock {
  Instant now() const override { return *from_rfc3339("2026-11-24T12:00:00Z"); }
};

/// The engine in the hands of the test, where memory does not suffice to tell of the second receipt.
struct Bench {
  MemoryStore store;
  TestClock clock;
  int told = 0;
  Intake intake{store, test::sample_site(), clock, Intake::Settings{}, [this](const Receipt&, const auto&) {
                  if (++told == 2) throw std::bad_alloc();
                }};

  std::future<Receipt> hand_in(const OrderText& order) {
    Envelope envelope;
    envelope.inlet = "ris-mllp";
    envelope.bytes = std::make_shared<const std::string>(order.bytes());
    return *intake.try_accept(std::move(envelope));
  }
  void work() {
    while (intake.step()) continue;
  }
};

}  // namespace

TEST_CASE("a batch that fails after its commit answers or fails everybody in it, and gives back what it held") {
  const OrderText first{.control_id = "C1"};
  const OrderText other{.control_id = "C2", .patient = "M2", .placer = "P2", .filler = "F2", .accession = "A2"};
  Bench bench;
  auto without_answer = bench.hand_in(first), answered = bench.hand_in(other);
  REQUIRE_NOTHROW(bench.work());
  CHECK(to_text(answered.get().outcome) == "done");
  CHECK_THROWS(without_answer.get());
  auto again = bench.hand_in(first), next = bench.hand_in({.control_id = "C3"});
  bench.work();
  REQUIRE(again.wait_for(std::chrono::seconds(0)) == std::future_status::ready);
  CHECK(again.get().duplicate);
  REQUIRE(next.wait_for(std::chrono::seconds(0)) == std::future_status::ready);
}
