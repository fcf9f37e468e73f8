#include <catch2/catch.hpp>

#include "adapters/memory/store.h"
#include "engine/runtime/intake.h"
#include "tests/support/never_rests.h"
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
    const Next now = asked++ >= works_first && times > 0 ? next : Next::works;
    if (now != Next::works) --times;
    if (now == Next::is_away) throw StoreAway("it is away");
    if (now == Next::cannot_read_it) throw StoreLost("a page is broken");
    if (now == Next::loses_the_answer) inner.lose_next_answer();
    return inner.begin(subjects);
  }
  std::vector<Envelope> due_runs(Instant, const Room&) override { return {}; }
  std::optional<Envelope> set_aside_in(const std::string&) override { return {}; }
  void release_held(Instant) override {}

  MemoryStore inner;
  Next next = Next::is_away;
  int works_first = 0;  // batches
  std::atomic<int> times = 1 << 30, asked = 0;
};

Envelope order(const test::OrderText& text = {}) {
  Envelope envelope;
  envelope.inlet = "ris-mllp";
  envelope.bytes = std::make_shared<const std::string>(text.bytes());
  return envelope;
}

test::OrderText change(const std::string& control_id) {
  test::OrderText text;
  text.control_id = control_id, text.control = "XO";
  return text;
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

TEST_CASE("what a sender sent behind a message that got no answer takes no effect before that comes again") {
  FailingStore store;
  store.next = FailingStore::Next::cannot_read_it;
  store.times = 1;
  const SystemClock clock;
  Intake intake(store, test::sample_site(), clock, {.batch_envelopes = 1});
  const auto stream = std::make_shared<Stream>();
  const auto hand_in = [&](Envelope envelope) {
    envelope.stream = stream;
    return *intake.try_accept(std::move(envelope));
  };
  auto first = hand_in(order()), second = hand_in(order(change("M2")));
  auto other = *intake.try_accept(order(change("M3")));
  while (intake.step(test::never_rests)) continue;
  auto third = hand_in(order(change("M4")));
  while (intake.step(test::never_rests)) continue;
  CHECK_THROWS_AS(first.get(), StoreLost);
  CHECK_THROWS_AS(second.get(), StoreLost);
  CHECK_THROWS_AS(third.get(), StoreLost);
  CHECK(store.inner.journal().size() == 1);
  CHECK(*store.inner.journal().front().envelope.bytes == change("M3").bytes());
}

TEST_CASE("when a batch is halved and the database goes away, the second half does not go first") {
  FailingStore store;
  test::OrderText guilty;
  guilty.control_id = "G", guilty.patient = "G", guilty.placer = guilty.filler = guilty.accession = "G";
  store.inner.refuse(guilty.bytes());
  store.works_first = 1;
  store.times = 1;
  const SystemClock clock;
  Intake intake(store, test::sample_site(), clock, {.asks_again_for = 1h});
  for (const auto& each : {order(), order(change("M2")), order(guilty)}) CHECK(intake.try_accept(each));
  CHECK(intake.step([](Duration) {}));
  const auto journal = store.inner.journal();
  REQUIRE(journal.size() == 3);
  CHECK(*journal[0].envelope.bytes == test::OrderText{}.bytes());
  CHECK(*journal[1].envelope.bytes == change("M2").bytes());
}
