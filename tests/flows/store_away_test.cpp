#include <catch2/catch.hpp>

#include "adapters/memory/store.h"
#include "engine/runtime/intake.h"
#include "tests/support/orders.h"
#include "tests/support/site.h"

using namespace pons;
using namespace std::chrono_literals;

namespace {

/// The memory store; the test says what goes wrong with its next batches.
class FailingStore final : public Store {
 public:
  enum class Next { works, is_away, loses_the_answer, cannot_read_it };

  std::unique_ptr<Batch> begin(const std::vector<Subject>& subjects) override {
    ++asked;
    const Next now = times > 0 ? next : Next::works;
    if (times > 0) --times;
    if (now == Next::is_away) throw StoreAway("it is away");
    if (now == Next::cannot_read_it) throw StoreLost("a page is broken");
    if (now == Next::loses_the_answer) inner.lose_next_answer();
    return inner.begin(subjects);
  }
  std::vector<Envelope> due_runs(Instant, std::size_t) override { return {}; }
  std::optional<Envelope> set_aside_in(const std::string&) override { return {}; }
  void release_held(Instant) override {}

  MemoryStore inner;
  Next next = Next::is_away;
  std::atomic<int> times = 1 << 30, asked = 0;
};

Envelope order() {
  Envelope envelope;
  envelope.inlet = "ris-mllp";
  envelope.bytes = std::make_shared<const std::string>(test::OrderText{}.bytes());
  return envelope;
}

}  // namespace

TEST_CASE("a database that is soon back costs nobody his answer") {
  FailingStore store;
  store.next = GENERATE(FailingStore::Next::is_away, FailingStore::Next::loses_the_answer);
  store.times = 3;
  const SystemClock clock;
  Intake intake(store, test::sample_site(), clock, {.rests = 10ms});
  intake.start();
  CHECK(to_text(intake.accept(order()).outcome) == "done");
  CHECK(store.inner.journal().size() == 1);
  CHECK(store.inner.steps().size() == 1);
}

TEST_CASE("a database that stays away costs an answer, and who asks again at once does not keep the engine busy") {
  FailingStore store;
  const SystemClock clock;
  Intake intake(store, test::sample_site(), clock, {.rests = 50ms, .asks_again_for = 100ms});
  intake.start();
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < 5; ++i) CHECK_THROWS_AS(intake.accept(order()), StoreLost);
  CHECK(std::chrono::steady_clock::now() - began >= 5 * 50ms);
  CHECK(store.asked < 10);
  CHECK(store.inner.journal().empty());
  CHECK(store.inner.steps().empty());
}

TEST_CASE("what the database cannot read keeps nobody else waiting") {
  FailingStore store;
  store.next = FailingStore::Next::cannot_read_it;
  store.times = 1;
  const SystemClock clock;
  Intake intake(store, test::sample_site(), clock, {.rests = 1h, .asks_again_for = 1h});
  intake.start();
  CHECK_THROWS_AS(intake.accept(order()), StoreLost);
  CHECK(to_text(intake.accept(order()).outcome) == "done");
}

TEST_CASE("an engine that stops does not wait for a database that is away") {
  FailingStore store;
  const SystemClock clock;
  Intake intake(store, test::sample_site(), clock, {.rests = 1h, .asks_again_for = 1h});
  intake.start();
  Coming receipt = intake.hand_in(order());
  while (store.asked == 0) std::this_thread::yield();
  intake.stop();
  CHECK_THROWS_AS(receipt.get(), StoreLost);
}
