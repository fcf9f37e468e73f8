#include <catch2/catch.hpp>

#include "engine/runtime/intake.h"
#include "tests/support/orders.h"
#include "tests/support/site.h"

using namespace pons;
using namespace std::chrono_literals;

namespace {

class AwayStore final : public Store {
 public:
  std::unique_ptr<Batch> begin(const std::vector<Subject>&) override {
    ++asked;
    throw StoreLost("it is away");
  }
  std::vector<Envelope> due_runs(Instant, std::size_t) override { return {}; }
  std::optional<Envelope> set_aside_in(const std::string&) override { return {}; }
  void release_held(Instant) override {}

  std::atomic<int> asked = 0;
};

Envelope order() {
  Envelope envelope;
  envelope.inlet = "ris-mllp";
  envelope.bytes = std::make_shared<const std::string>(test::OrderText{}.bytes());
  return envelope;
}

}  // namespace

TEST_CASE("senders who ask again at once do not keep the engine busy while the database is away") {
  AwayStore store;
  const SystemClock clock;
  Intake::Settings settings;
  settings.workers = 2;
  settings.rests = 50ms;
  Intake intake(store, test::sample_site(), clock, settings);
  intake.start();
  const auto began = std::chrono::steady_clock::now();
  int refused = 0;
  for (; refused < 10; ++refused) CHECK_THROWS_AS(intake.accept(order()), StoreLost);
  // Ten, of which each of two workers takes one, rests, and takes the next.
  CHECK(std::chrono::steady_clock::now() - began >= 4 * 50ms);
  CHECK(store.asked == refused);
}

TEST_CASE("an engine that stops does not wait for a database that is away") {
  AwayStore store;
  const SystemClock clock;
  Intake::Settings settings;
  settings.rests = 1h;
  Intake intake(store, test::sample_site(), clock, settings);
  intake.start();
  CHECK_THROWS_AS(intake.accept(order()), StoreLost);
  intake.stop();
}
