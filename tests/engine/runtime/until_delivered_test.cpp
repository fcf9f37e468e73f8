#include "engine/runtime/until_delivered.h"

#include <catch2/catch.hpp>

#include "engine/ports/store.h"

using namespace pons;
using namespace std::chrono_literals;
using State = Parcel::State;

namespace {

/// An intake that says what it is told to.
struct Desk final : Counter {
  Receipt accept(Envelope) override { return receipt; }
  Receipt receipt;
};

/// Each look finds what comes next; the last is found again and again.
struct Shelf final : Parcels {
  Claim claim(const std::string&, std::size_t, Instant, Instant) override { return {}; }
  Claim claim_numbered(const std::string&, Instant, Instant) override { return {}; }
  void settle(const std::vector<Settlement>&) override {}
  void release(const Claim&) override {}
  void bring_forward(const std::string&, Instant, Instant) override {}
  Backlog backlog(const std::string&) override { return {}; }
  std::vector<State> states(std::int64_t message) override {
    REQUIRE(message == 7);
    const auto now = looks.front();
    if (looks.size() > 1) looks.erase(looks.begin());
    ++looked;
    return now;
  }
  std::vector<std::vector<State>> looks{{}};
  int looked = 0;
};

struct Bench {
  Desk desk;
  Shelf shelf;
  UntilDelivered counter{desk, shelf, {50ms, 1ms}};

  Bench() { desk.receipt.message = 7; }
  Receipt accept() { return counter.accept({}); }
};

}  // namespace

TEST_CASE("AA comes when the last parcel has been delivered") {
  Bench bench;
  bench.shelf.looks = {
      {State::queued, State::queued}, {State::delivered, State::queued}, {State::delivered, State::delivered}};
  CHECK(bench.accept().outcome == Receipt::Outcome::done);
  CHECK(bench.shelf.looked == 3);
}

TEST_CASE("that it is stored is told before the first look at its parcels, and not where nothing took effect") {
  Bench bench;
  int looked_before = -1, told = 0;
  const auto stored = [&](const Receipt& receipt) {
    CHECK(receipt.message == 7);
    ++told, looked_before = bench.shelf.looked;
  };
  bench.counter.accept_and_tell({}, stored);
  CHECK(told == 1);
  CHECK(looked_before == 0);
  bench.desk.receipt.outcome = Receipt::Outcome::refused;
  bench.counter.accept_and_tell({}, stored);
  CHECK(told == 1);
}

TEST_CASE("a message that causes no delivery is answered at once") {
  Bench bench;
  CHECK(bench.accept().outcome == Receipt::Outcome::done);
  CHECK(bench.shelf.looked == 1);
}

TEST_CASE("what was not delivered is said, with the number under which it is stored") {
  Bench bench;
  const auto [state, word] = GENERATE(table<State, const char*>(
      {{State::queued, "send the same message again"}, {State::parked, "parked"}, {State::held, "held"}}));
  bench.shelf.looks = {{State::delivered, state}};
  const Receipt receipt = bench.accept();
  CHECK_FALSE(receipt.took_effect());
  REQUIRE(receipt.faults.size() == 1);
  CHECK(receipt.faults[0].text.find("message 7") != std::string::npos);
  CHECK(receipt.faults[0].text.find(word) != std::string::npos);
}

TEST_CASE("what was not taken waits for nobody") {
  Bench bench;
  bench.desk.receipt.outcome = Receipt::Outcome::refused;
  CHECK(bench.accept().outcome == Receipt::Outcome::refused);
  CHECK(bench.shelf.looked == 0);
}

TEST_CASE("a stopping engine gives no answer to who still waits") {
  Bench bench;
  bench.shelf.looks = {{State::queued}};
  bench.counter.stop();
  CHECK_THROWS_AS(bench.accept(), StoreLost);
}
