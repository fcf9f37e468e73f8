#include <catch2/catch.hpp>
#include <deque>
#include <memory>

#include "adapters/memory/store.h"
#include "engine/runtime/intake.h"
#include "tests/support/never_rests.h"
#include "tests/support/orders.h"
#include "tests/support/site.h"

using namespace pons;
using namespace std::chrono_literals;
using test::OrderText;

namespace {

/// A store of which the next commits go wrong as a test says.
class FailingStore final : public Store {
 public:
  using Failure = std::function<void()>;  // throws

  std::unique_ptr<Batch> begin(const std::vector<Subject>& subjects) override {
    return std::make_unique<Transaction>(*this, inner.begin(subjects));
  }
  std::vector<Envelope> due_runs(Instant now, const Room& room) override { return inner.due_runs(now, room); }
  std::optional<Envelope> set_aside_in(const std::string& lane) override { return inner.set_aside_in(lane); }
  void release_held(Instant now) override { inner.release_held(now); }

  MemoryStore inner;
  std::deque<Failure> next;

 private:
  class Transaction final : public Batch {
   public:
    Transaction(FailingStore& store, std::unique_ptr<Batch> inner) : store_(store), inner_(std::move(inner)) {}
    Book& book() override { return inner_->book(); }
    std::int64_t message(std::size_t i) const override { return inner_->message(i); }
    bool left_out(std::size_t i) const override { return inner_->left_out(i); }
    std::optional<Receipt> earlier(std::size_t i) const override { return inner_->earlier(i); }
    bool control_id_reused(std::size_t i) const override { return inner_->control_id_reused(i); }
    void save(const std::vector<Envelope>& envelopes, const std::vector<std::optional<Decision>>& decisions) override {
      if (!store_.next.empty()) {
        const Failure fail = store_.next.front();
        store_.next.pop_front();
        fail();
      }
      inner_->save(envelopes, decisions);
    }

   private:
    FailingStore& store_;
    const std::unique_ptr<Batch> inner_;
  };
};

struct TestClock final : Clock {
  Instant now() const override { return time; }
  Instant time = *from_rfc3339("2026-11-24T12:00:00Z");
};

/// The engine in the hands of the test: no threads.
struct Bench {
  FailingStore store;
  TestClock clock;
  Intake intake{store, test::sample_site(), clock, Intake::Settings{}};

  Receipt send(const std::string& inlet, const std::string& bytes) {
    Envelope envelope;
    envelope.inlet = inlet;
    envelope.bytes = std::make_shared<const std::string>(bytes);
    auto receipt = intake.try_accept(std::move(envelope));
    REQUIRE(receipt);
    CHECK(intake.step(test::never_rests));
    return receipt->get();
  }
  /// Everything that may start again does.
  void start_due_runs() {
    intake.start_due_runs();
    while (intake.step(test::never_rests)) continue;
  }
  std::string outcome_of(std::int64_t message) const {
    return to_text(store.inner.find(message)->decision.receipt.outcome);
  }
};

const std::string kReport =
    "MSH|^~\\&|REPORTS|NORTH|IMAGING|HOSP|20261124120000||ORU^R01|R1|P|2.5\rPID|1||M1^^^HOSP^MR||DOE^JANE\r"
    "OBR|1||F1|CT1^CT head^L|||20261124093000|||||||||||A1||||20261124115900|||F\r"
    "OBX|1|TX|59776-5^Findings^LN||No bleed.||||||F\r";

void refuse() {
  throw BatchRefused("a value that it does not take");
}
void lose() {
  throw StoreLost("it is away");
}

}  // namespace

TEST_CASE("what the database refused and then could not even park starts again when the database is back") {
  Bench bench;
  bench.send("ris-mllp", OrderText{}.bytes());
  const Receipt waiting = bench.send("reporting-mllp", kReport);
  REQUIRE(to_text(waiting.outcome) == "waiting");
  bench.clock.time += 15min;
  bench.store.next = {refuse, lose};
  bench.start_due_runs();
  CHECK(bench.outcome_of(waiting.message) == "waiting");
  bench.start_due_runs();
  CHECK(bench.outcome_of(waiting.message) == "done");
  CHECK(bench.store.inner.runs().empty());
}

TEST_CASE("a message that waited and then came to nothing is decided anew when it is sent again") {
  Bench bench;
  bench.send("ris-mllp", OrderText{}.bytes());
  const Receipt waiting = bench.send("reporting-mllp", kReport);
  REQUIRE(to_text(waiting.outcome) == "waiting");
  CHECK(bench.send("reporting-mllp", kReport).duplicate);
  bench.clock.time += 15min;
  bench.store.next = {refuse};
  bench.start_due_runs();
  CHECK(bench.outcome_of(waiting.message) == "parked");
  const Receipt again = bench.send("reporting-mllp", kReport);
  CHECK_FALSE(again.duplicate);
  CHECK(again.message != waiting.message);
}
