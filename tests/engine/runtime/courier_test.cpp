#include "engine/runtime/courier.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <future>
#include <map>
#include <set>

#include "engine/ports/store.h"

using namespace pons;
using namespace std::chrono_literals;
using Outcome = Delivery::Outcome;
using State = Parcel::State;

namespace {

const Instant kMorning = *from_rfc3339("2026-11-24T10:00:00Z");  // a Tuesday

class TestClock final : public Clock {
 public:
  Instant now() const override {
    ++times_read;
    return Instant(Duration(time_.load()));
  }
  Duration steady() const override { return Duration(steady_.load()); }
  /// Both clocks go on together…
  void set(Instant instant) { advance(instant - now()); }
  void advance(Duration duration) {
    time_ += duration.count();
    steady_ += duration.count();
  }
  /// …and somebody sets the wall clock.
  void set_wall(Duration by) { time_ += by.count(); }

  mutable std::atomic<int> times_read = 0;

 private:
  std::atomic<Duration::rep> time_ = kMorning.time_since_epoch().count(), steady_ = 0;
};

struct EvenRandom final : Random {
  double unit() override { return 0.5; }
};

/// The parcels of a store, in memory.
class Shelf final : public Parcels {
 public:
  std::int64_t put(const std::string& control_id, std::vector<std::string> lanes) {
    std::lock_guard lock(mutex_);
    Parcel parcel;
    parcel.id = static_cast<std::int64_t>(parcels_.size()) + 1;
    parcel.outlet = "ehr-mllp";
    parcel.control_id = control_id;
    parcel.lanes = std::move(lanes);
    parcel.due = kMorning;
    parcels_.push_back(parcel);
    return parcel.id;
  }

  Claim claim(const std::string&, std::size_t limit, Instant now, Instant until) override {
    if (away) throw StoreLost("away");
    if (while_claiming) while_claiming();
    std::lock_guard lock(mutex_);
    Claim claim{++leases_, until, {}};
    std::set<std::string> taken;
    for (const Parcel& parcel : parcels_) {
      if (parcel.state == State::delivered || parcel.state == State::parked) continue;
      const bool is_head = std::none_of(parcel.lanes.begin(), parcel.lanes.end(),
                                        [&](const std::string& lane) { return taken.contains(lane); });
      taken.insert(parcel.lanes.begin(), parcel.lanes.end());
      const auto leased = leased_.find(parcel.id);
      const bool is_free = leased == leased_.end() || leased->second.second <= now;
      if (!is_head || !is_free || parcel.state == State::held || parcel.due > now || claim.parcels.size() == limit)
        continue;
      leased_[parcel.id] = {claim.lease, until};
      claim.parcels.push_back(parcel);
    }
    return claim;
  }

  Claim claim_numbered(const std::string& outlet, Instant now, Instant until) override {
    const auto open = std::find_if(parcels_.begin(), parcels_.end(), [](const Parcel& each) {
      return each.number && (each.state == State::queued || each.state == State::held);
    });
    if (open != parcels_.end() && (open->due > now || leased_.contains(open->id))) return {0, until, {}};
    Claim found = claim(outlet, 1, now, until);
    for (Parcel& each : found.parcels) {
      Parcel& kept = parcels_[static_cast<std::size_t>(each.id - 1)];
      if (!kept.number) each.number = kept.number = ++last_number;
      kept.number_was_sent = true;
    }
    return found;
  }

  void settle(const std::vector<Settlement>& settlements) override {
    if (away) throw StoreLost("away");
    std::lock_guard lock(mutex_);
    ++commits;
    for (const Settlement& settlement : settlements) {
      if (leased_[settlement.parcel].first != settlement.lease) continue;
      Parcel& parcel = parcels_[static_cast<std::size_t>(settlement.parcel - 1)];
      parcel.state = settlement.state;
      parcel.attempts = settlement.attempt;
      parcel.due = settlement.due;
      parcel.number_was_sent = settlement.number_was_sent;
      if (settlement.number) parcel.number = last_number = *settlement.number;
      leased_.erase(parcel.id);
      attempts.push_back(settlement);
    }
  }

  void release(const Claim& claim) override {
    if (away) throw StoreLost("away");
    std::lock_guard lock(mutex_);
    for (const Parcel& each : claim.parcels)
      if (const auto leased = leased_.find(each.id); leased != leased_.end() && leased->second.first == claim.lease)
        leased_.erase(leased);
  }

  void bring_forward(const std::string&, Instant latest, Instant now) override {
    if (away) throw StoreLost("away");
    std::lock_guard lock(mutex_);
    for (Parcel& each : parcels_)
      if (each.due > latest) each.due = now;
  }

  std::vector<Parcel::State> states(std::int64_t) override { return {}; }
  Backlog backlog(const std::string&) override { return {}; }

  Parcel parcel(std::int64_t id) const { return parcels_[static_cast<std::size_t>(id - 1)]; }

  std::atomic<bool> away = false;
  std::function<void()> while_claiming;
  std::vector<Settlement> attempts;
  int commits = 0;
  std::int64_t last_number = 0;

 private:
  std::mutex mutex_;
  std::vector<Parcel> parcels_;
  std::map<std::int64_t, std::pair<std::int64_t, Instant>> leased_;
  std::int64_t leases_ = 0;
};

Delivery ends(Outcome outcome) {
  Delivery delivery;
  delivery.outcome = outcome;
  delivery.text = "as the test says";
  return delivery;
}

/// What the other side does, and what it got.
struct Partner {
  std::function<Delivery(const Parcel&)> answer = [](const Parcel&) { return ends(Outcome::delivered); };
  std::vector<std::string> sent;
  std::vector<Duration> when;  // since kMorning

  void is(Outcome outcome) {
    answer = [outcome](const Parcel&) { return ends(outcome); };
  }
  void answers(const std::string& control_id, Outcome outcome) {
    answer = [=](const Parcel& parcel) { return ends(parcel.control_id == control_id ? outcome : Outcome::delivered); };
  }
};

struct PartnerOutlet final : Outlet {
  PartnerOutlet(Partner& its_partner, const Clock& its_clock) : partner(its_partner), clock(its_clock) {}
  Delivery send(const Parcel& parcel) override {
    partner.sent.push_back(parcel.control_id);
    partner.when.push_back(clock.now() - kMorning);
    return partner.answer(parcel);
  }
  Partner& partner;
  const Clock& clock;
};

struct Bench {
  explicit Bench(Courier::Settings its_settings = {})
      : settings(std::move(its_settings)),
        courier(
            settings, shelf, [this] { return std::make_unique<PartnerOutlet>(partner, clock); }, clock, random,
            [this](const Courier::Attempt& attempt) { alerts += attempt.alert ? 1 : 0; }) {}

  /// Lets so much time pass, in which the courier does what it would.
  void after(Duration duration) {
    const Instant end = clock.now() + duration;
    while (true) {
      const Duration rest = courier.step(connection);
      if (clock.now() + rest > end) break;
      clock.advance(rest);
    }
    clock.set(end);
  }

  Courier::Settings settings;
  TestClock clock;
  EvenRandom random;
  Shelf shelf;
  Partner partner;
  int alerts = 0;
  Courier courier;
  Courier::Connection connection = courier.connect();
};

Courier::Settings endpoint(Retry retry, Terms::Rejected rejected = Terms::Rejected::park) {
  Courier::Settings settings;
  settings.outlet = "ehr-mllp";
  settings.terms = {retry, rejected};
  return settings;
}

using Sent = std::vector<std::string>;

}  // namespace

TEST_CASE("one patient's parcels are delivered in the order of effect, and another's do not wait for them") {
  Bench bench;
  bench.shelf.put("A1", {"patient:1"});
  bench.shelf.put("A2", {"patient:1"});
  bench.shelf.put("B1", {"patient:2"});
  bench.partner.answers("A1", Outcome::unavailable);
  bench.after(10s);
  CHECK(bench.partner.sent == Sent{"A1", "B1"});
  bench.partner.is(Outcome::delivered);
  bench.after(30s);
  CHECK(bench.partner.sent == Sent{"A1", "B1", "A1", "A2"});
}

TEST_CASE("a wall clock that is set back keeps nothing waiting until it shows the same time again") {
  Retry retry;
  retry.every = retry.up_to = 30s;
  Bench bench(endpoint(retry));
  bench.shelf.put("A1", {"patient:1"});
  bench.partner.is(Outcome::unavailable);
  bench.after(10s);
  bench.clock.set_wall(-2h);
  bench.shelf.away = true;
  bench.after(5s);  // what could not be asked is asked again
  bench.shelf.away = false;
  bench.after(5s);
  CHECK(bench.partner.sent == Sent{"A1", "A1"});
  bench.after(31s);
  CHECK(bench.partner.sent == Sent{"A1", "A1", "A1"});
}

TEST_CASE("what was planned before the wall clock was set back, and committed after, waits no longer than a lease") {
  Bench bench;
  bench.after(10s);
  bench.clock.set_wall(-2h);
  bench.after(5s);
  bench.shelf.put("A1", {"patient:1"});  // due at kMorning
  bench.after(10s);
  CHECK(bench.partner.sent.empty());
  bench.after(60s);
  CHECK(bench.partner.sent == Sent{"A1"});
}

TEST_CASE("a wall clock that is set ahead brings one attempt before its time, and no more") {
  Retry retry;
  retry.every = retry.up_to = 30s;
  Bench bench(endpoint(retry));
  bench.shelf.put("A1", {"patient:1"});
  bench.partner.is(Outcome::unavailable);
  bench.after(10s);
  bench.clock.set_wall(2h);
  bench.after(20s);
  CHECK(bench.partner.sent == Sent{"A1", "A1"});
  bench.clock.set_wall(-2h);
  bench.after(20s);
  CHECK(bench.partner.sent == Sent{"A1", "A1", "A1"});
}

TEST_CASE("a merge waits for both patients, and both wait for it") {
  Bench bench;
  bench.shelf.put("A1", {"patient:1"});
  bench.shelf.put("M1", {"patient:1", "patient:2"});
  bench.shelf.put("B1", {"patient:2"});
  bench.partner.answers("A1", Outcome::unavailable);
  bench.after(10s);
  CHECK(bench.partner.sent == Sent{"A1"});
  bench.partner.is(Outcome::delivered);
  bench.after(30s);
  CHECK(bench.partner.sent == Sent{"A1", "A1", "M1", "B1"});
}

TEST_CASE("an endpoint that is down is tried after 30 s, 1 min, 2 min, and so on up to every 10 min") {
  Bench bench(endpoint({.every = 30s, .up_to = 10min}));
  bench.shelf.put("A1", {"patient:1"});
  bench.partner.is(Outcome::unavailable);
  bench.after(45min);
  CHECK(bench.partner.when == std::vector<Duration>{0s, 30s, 90s, 210s, 450s, 930s, 1530s, 2130s});
  CHECK(bench.shelf.parcel(1).state == State::queued);
}

TEST_CASE("where nobody is there, one parcel a second looks, and the others do not find out for themselves") {
  Bench bench(endpoint({.every = 10s, .up_to = 10min}));
  for (int i = 0; i < 100; ++i) bench.shelf.put("A" + std::to_string(i), {"patient:" + std::to_string(i)});
  bench.partner.answer = [](const Parcel&) { return not_connected("as the test says"); };
  bench.after(5500ms);
  CHECK(bench.partner.when == std::vector<Duration>{0s, 1s, 2s, 3s, 4s, 5s});
  bench.partner.is(Outcome::delivered);
  bench.after(1s);
  CHECK(bench.partner.sent.size() == 6 + 100);  // also those who looked, whose own waits are longer
}

TEST_CASE("whoever was claimed together with the one that found nobody is not tried, and waits for no lease") {
  Bench bench(endpoint({.every = 10s, .up_to = 10min}));
  bench.shelf.put("A1", {"patient:1"});
  bench.after(1s);  // the next claim is for two
  bench.shelf.put("B1", {"patient:2"});
  bench.shelf.put("C1", {"patient:3"});
  bench.partner.answer = [](const Parcel&) { return not_connected("as the test says"); };
  bench.courier.step(bench.connection);
  CHECK(bench.partner.sent == Sent{"A1", "B1"});
  bench.partner.is(Outcome::delivered);
  bench.after(1s);
  CHECK(bench.partner.sent == Sent{"A1", "B1", "C1", "B1"});
}

TEST_CASE("several connections look no more often than one, and all go on when one found somebody") {
  Bench bench(endpoint({.every = 10s, .up_to = 10min}));
  for (int i = 0; i < 10; ++i) bench.shelf.put("A" + std::to_string(i), {"patient:" + std::to_string(i)});
  auto second = bench.courier.connect();
  bench.partner.answer = [](const Parcel&) { return not_connected("as the test says"); };
  bench.courier.step(bench.connection);
  CHECK(bench.courier.step(second) == 1s);
  CHECK(bench.courier.step(bench.connection) == 1s);
  bench.clock.advance(1s);
  bench.partner.is(Outcome::delivered);
  CHECK(bench.courier.step(second) == 0s);
  CHECK(bench.courier.step(bench.connection) == 0s);
  CHECK(bench.partner.sent == Sent{"A0", "A1", "A0"});
}

TEST_CASE("where parcels are given up after a time, each makes its own attempts") {
  Bench bench(endpoint({.every = 1min, .up_to = 1min, .patience = 10min, .then = Retry::Then::park}));
  for (int i = 0; i < 5; ++i) bench.shelf.put("A" + std::to_string(i), {"patient:" + std::to_string(i)});
  bench.partner.answer = [](const Parcel&) { return not_connected("as the test says"); };
  bench.after(500ms);
  CHECK(bench.partner.sent.size() == 5);
}

TEST_CASE("waits are scattered by a tenth, and never more") {
  const Retry retry{.every = 30s, .up_to = 10min};
  CHECK(wait_after(retry, 1, 0) == 27s);
  CHECK(wait_after(retry, 1, 0.5) == 30s);
  CHECK(wait_after(retry, 1, 0.999) < 33s);
  CHECK(wait_after(retry, 1, 0.999) > 32s);
  CHECK(wait_after(retry, 1'000'000, 0.5) == 10min);
  CHECK(wait_after({.every = 1h, .up_to = 10min}, 3, 0.5) == 1h);
}

TEST_CASE("what a parcel has waited is the sum of its waits") {
  const Retry retry{.every = 30s, .up_to = 10min};
  CHECK(waited(retry, 0) == 0s);
  CHECK(waited(retry, 1) == 0s);
  CHECK(waited(retry, 2) == 30s);
  CHECK(waited(retry, 6) == 930s);
  CHECK(waited(retry, 8) == 2130s);
}

TEST_CASE("after `for:` there is one alert for each outage, and the trying goes on") {
  Bench bench(endpoint({.every = 1min, .up_to = 1min, .patience = 10min}));
  bench.shelf.put("A1", {"patient:1"});
  bench.shelf.put("B1", {"patient:2"});
  bench.partner.is(Outcome::unavailable);
  bench.after(9min + 30s);
  CHECK(bench.alerts == 0);
  bench.after(1h);
  CHECK(bench.alerts == 1);
  bench.partner.is(Outcome::delivered);
  bench.after(2min);
  CHECK(bench.shelf.parcel(1).state == State::delivered);
  bench.shelf.put("A2", {"patient:1"});
  bench.partner.is(Outcome::unavailable);
  bench.after(1h);
  CHECK(bench.alerts == 2);
}

TEST_CASE("one parcel that fails among others that are delivered makes one alert") {
  Bench bench(endpoint({.every = 1min, .up_to = 1min, .patience = 10min}));
  bench.shelf.put("A1", {"patient:1"});
  bench.partner.answers("A1", Outcome::unavailable);
  for (int minute = 0; minute < 60; ++minute) {
    bench.shelf.put("B" + std::to_string(minute), {"patient:2"});
    bench.after(1min);
  }
  CHECK(bench.shelf.parcel(60).state == State::delivered);
  CHECK(bench.alerts == 1);
}

TEST_CASE("with `then: park` a parcel is parked after `for:`, and its lane goes on") {
  Bench bench(endpoint({.every = 5s, .up_to = 1min, .patience = 10min, .then = Retry::Then::park}));
  bench.shelf.put("A1", {"patient:1"});
  bench.shelf.put("A2", {"patient:1"});
  bench.partner.answers("A1", Outcome::unavailable);
  bench.after(9min);
  CHECK(bench.shelf.parcel(1).state == State::queued);
  CHECK(bench.shelf.parcel(2).state == State::queued);
  bench.after(3min);
  CHECK(bench.shelf.parcel(1).state == State::parked);
  CHECK(bench.shelf.parcel(2).state == State::delivered);
}

TEST_CASE("a refused parcel is parked and its lane goes on") {
  Bench bench(endpoint({}, Terms::Rejected::park));
  bench.shelf.put("A1", {"patient:1"});
  bench.shelf.put("A2", {"patient:1"});
  bench.partner.answers("A1", Outcome::refused);
  bench.after(1h);
  CHECK(bench.shelf.parcel(1).state == State::parked);
  CHECK(bench.partner.sent == Sent{"A1", "A2"});
}

TEST_CASE("with `rejected: hold` a refused parcel keeps its lane waiting, and no other") {
  Bench bench(endpoint({}, Terms::Rejected::hold));
  bench.shelf.put("A1", {"patient:1"});
  bench.shelf.put("A2", {"patient:1"});
  bench.shelf.put("B1", {"patient:2"});
  bench.partner.answers("A1", Outcome::refused);
  bench.after(1h);
  CHECK(bench.shelf.parcel(1).state == State::held);
  CHECK(bench.partner.sent == Sent{"A1", "B1"});
}

TEST_CASE("with `rejected: drop` a refused parcel is recorded as refused and dropped, never as delivered") {
  Bench bench(endpoint({}, Terms::Rejected::drop));
  bench.shelf.put("A1", {"patient:1"});
  bench.shelf.put("A2", {"patient:1"});
  bench.partner.answers("A1", Outcome::refused);
  bench.after(1h);
  CHECK(bench.shelf.parcel(1).state == State::parked);
  CHECK(bench.shelf.attempts[0].delivery.outcome == Outcome::refused);
  CHECK(bench.shelf.attempts[0].delivery.text == "dropped: as the test says");
  CHECK(bench.partner.sent == Sent{"A1", "A2"});
}

TEST_CASE("a lost answer stays visible as unknown, and the same is sent again with the same control id") {
  Bench bench;
  bench.shelf.put("A1", {"patient:1"});
  bench.shelf.put("A2", {"patient:1"});
  bench.partner.is(Outcome::unknown);
  bench.after(10s);
  REQUIRE(bench.shelf.attempts.size() == 1);
  CHECK(bench.shelf.attempts[0].delivery.outcome == Outcome::unknown);
  CHECK(bench.shelf.parcel(1).state == State::queued);
  bench.partner.is(Outcome::delivered);
  bench.after(30s);
  CHECK(bench.partner.sent == Sent{"A1", "A1", "A2"});
  CHECK(bench.shelf.attempts[1].attempt == 2);
}

TEST_CASE("a server that asks for time gets it, up to the longest wait") {
  Bench bench(endpoint({.every = 10s, .up_to = 10min}));
  bench.shelf.put("A1", {"patient:1"});
  Duration asked = 2min;
  bench.partner.answer = [&](const Parcel&) {
    Delivery delivery = ends(Outcome::unavailable);
    delivery.come_back_in = asked;
    return delivery;
  };
  bench.after(1min);
  asked = 24h;
  bench.after(20min);
  CHECK(bench.partner.when == std::vector<Duration>{0s, 2min, 12min});
}

TEST_CASE("a rate of 5 a second holds in every second, over all connections") {
  auto settings = endpoint({});
  settings.rate = 5;
  settings.at_once = 2;
  Bench bench(settings);
  for (int i = 0; i < 20; ++i) bench.shelf.put("A" + std::to_string(i), {"patient:" + std::to_string(i)});
  auto second = bench.courier.connect();
  while (bench.partner.sent.size() < 20) {
    const Duration first_rest = bench.courier.step(bench.connection);
    const Duration second_rest = bench.courier.step(second);
    bench.clock.advance(std::min(first_rest, second_rest));
  }
  for (std::size_t i = 1; i < 20; ++i) CHECK(bench.partner.when[i] - bench.partner.when[i - 1] >= 200ms);
  CHECK(bench.partner.when.back() == 3800ms);
}

TEST_CASE("outside its hours an endpoint gets nothing, and what waits goes when it opens") {
  auto settings = endpoint({});
  settings.open = *OpenHours::parse("mon-fri 12:00-13:00 UTC");
  Bench bench(settings);
  bench.shelf.put("A1", {"patient:1"});
  bench.after(2h - 1s);
  CHECK(bench.partner.sent.empty());
  bench.after(1s);
  CHECK(bench.partner.when == std::vector<Duration>{2h});
  bench.after(1h);
  bench.shelf.put("A2", {"patient:1"});
  bench.after(12h);
  CHECK(bench.partner.sent == Sent{"A1"});
}

TEST_CASE("while the database is away nothing is sent, and the work goes on when it is back") {
  Bench bench;
  bench.shelf.put("A1", {"patient:1"});
  bench.shelf.away = true;
  bench.after(1h);
  CHECK(bench.partner.sent.empty());
  bench.shelf.away = false;
  bench.after(1s);
  CHECK(bench.shelf.parcel(1).state == State::delivered);
}

TEST_CASE("what was sent when the database went away is recorded when it is back, and not sent again") {
  Bench bench;
  bench.shelf.put("A1", {"patient:1"});
  bench.partner.answer = [&](const Parcel&) {
    bench.shelf.away = true;
    return ends(Outcome::delivered);
  };
  bench.after(1h);
  CHECK(bench.shelf.parcel(1).state == State::queued);
  bench.shelf.away = false;
  bench.after(10s);
  CHECK(bench.shelf.parcel(1).state == State::delivered);
  CHECK(bench.partner.sent == Sent{"A1"});
}

TEST_CASE("nothing is sent under a lease that would end before the send") {
  auto settings = endpoint({});
  settings.reply_within = 20s;
  settings.lease = 60s;
  Bench bench(settings);
  bench.shelf.put("A1", {"patient:1"});
  bench.shelf.while_claiming = [&] { bench.clock.advance(36s); };  // 24 s are left, and a send may take 20 and 5
  bench.courier.step(bench.connection);
  CHECK(bench.partner.sent.empty());
  bench.shelf.while_claiming = {};
  bench.after(60s);
  CHECK(bench.partner.sent == Sent{"A1"});
}

TEST_CASE("a lease that a send could outlive is no setting") {
  auto settings = endpoint({});
  settings.reply_within = 20s;
  settings.lease = 24s;
  CHECK_THROWS_AS(Bench(settings), std::invalid_argument);
}

TEST_CASE("a parcel that our own code stumbles over is tried again and stops no other") {
  Bench bench;
  bench.shelf.put("A1", {"patient:1"});
  bench.shelf.put("B1", {"patient:2"});
  bench.partner.answer = [](const Parcel& parcel) {
    if (parcel.control_id == "A1") throw std::logic_error("a bug");
    return ends(Outcome::delivered);
  };
  bench.after(10s);
  CHECK(bench.shelf.parcel(2).state == State::delivered);
  CHECK(bench.shelf.parcel(1).state == State::queued);
  CHECK(bench.shelf.attempts[0].delivery.outcome == Outcome::unknown);
}

TEST_CASE("a quick endpoint's deliveries share commits, a slow one's are recorded one by one") {
  Bench bench;
  for (int i = 0; i < 31; ++i) bench.shelf.put("A" + std::to_string(i), {"patient:" + std::to_string(i)});
  bench.after(1s);
  CHECK(bench.partner.sent.size() == 31);
  CHECK(bench.shelf.commits == 5);  // 1, 2, 4, 8, 16
  bench.partner.answer = [&](const Parcel&) {
    bench.clock.advance(1s);
    return ends(Outcome::delivered);
  };
  for (int i = 0; i < 32; ++i) bench.shelf.put("B" + std::to_string(i), {"patient:" + std::to_string(i)});
  bench.after(60s);
  CHECK(bench.shelf.commits == 5 + 1);  // all 32 are claimed before it is known to be slow
  for (int i = 0; i < 4; ++i) bench.shelf.put("C" + std::to_string(i), {"patient:" + std::to_string(i)});
  bench.after(60s);
  CHECK(bench.shelf.commits == 5 + 1 + 4);
}

namespace {

/// Takes three at a time, a second for them together.
struct WideOutlet final : Outlet {
  WideOutlet(std::vector<std::string>& its_flights, TestClock& its_clock) : flights(its_flights), clock(its_clock) {}
  Delivery send(const Parcel& parcel) override { return send_together({&parcel, 1}).front(); }
  std::size_t in_flight() const override { return 3; }
  std::vector<Delivery> send_together(std::span<const Parcel> parcels) override {
    std::string flight;
    for (const Parcel& each : parcels) flight += each.control_id + ' ';
    flights.push_back(flight);
    clock.advance(1s);
    std::vector<Delivery> deliveries;
    for (const Parcel& each : parcels)
      deliveries.push_back(ends(each.control_id == "C1" ? Outcome::refused : Outcome::delivered));
    return deliveries;
  }
  std::vector<std::string>& flights;
  TestClock& clock;
};

}  // namespace

TEST_CASE("an outlet with room for three has three patients in flight, and of each patient one") {
  TestClock clock;
  EvenRandom random;
  Shelf shelf;
  for (const char* each : {"A1", "A2", "B1", "C1", "D1"}) shelf.put(each, {std::string("patient:") + each[0]});
  std::vector<std::string> flights;
  Courier courier(
      endpoint({}), shelf, [&] { return std::make_unique<WideOutlet>(flights, clock); }, clock, random);
  Courier::Connection connection = courier.connect();
  while (courier.step(connection) == Duration::zero()) continue;
  CHECK(flights == std::vector<std::string>{"A1 B1 C1 ", "A2 D1 "});
}

TEST_CASE("while its partner has not called, nothing is claimed, and nothing counts as an attempt") {
  struct AloneOutlet final : Outlet {
    Delivery send(const Parcel&) override { return ends(Outcome::delivered); }
    bool is_ready() override { return *partner_is_there; }
    explicit AloneOutlet(bool* is_there) : partner_is_there(is_there) {}
    bool* partner_is_there;
  };
  bool is_there = false;
  TestClock clock;
  EvenRandom random;
  Shelf shelf;
  const auto id = shelf.put("A1", {"patient:1"});
  Courier courier(
      endpoint({}), shelf, [&] { return std::make_unique<AloneOutlet>(&is_there); }, clock, random);
  Courier::Connection connection = courier.connect();
  CHECK(courier.step(connection) > Duration::zero());
  CHECK(shelf.parcel(id).attempts == 0);
  is_there = true;
  CHECK(courier.step(connection) == Duration::zero());
  CHECK(shelf.parcel(id).state == Parcel::State::delivered);
}

TEST_CASE("a parcel that comes while the courier rests is sent when the courier is woken") {
  auto settings = endpoint({});
  settings.open = *OpenHours::parse("mon-fri 12:00-13:00 UTC");  // closed: rests for a minute of real time
  Bench bench(settings);
  std::promise<void> sent;
  bench.partner.answer = [&](const Parcel&) {
    sent.set_value();
    return ends(Outcome::delivered);
  };
  bench.shelf.put("A1", {"patient:1"});
  const int before = bench.clock.times_read;
  bench.courier.start();
  while (bench.clock.times_read == before) std::this_thread::yield();  // until the courier has seen that it is closed
  bench.clock.advance(2h);
  bench.courier.wake();
  CHECK(sent.get_future().wait_for(30s) == std::future_status::ready);
  bench.courier.stop();
  CHECK(bench.shelf.parcel(1).state == State::delivered);
}

namespace {

/// An outlet that waits for an answer until the engine stops.
struct PatientOutlet final : Outlet {
  Delivery send(const Parcel&) override {
    began.set_value();
    stopped.get_future().wait();
    return ends(Outcome::unknown);
  }
  void stop() override { stopped.set_value(); }
  std::promise<void> began, stopped;
};

}  // namespace

TEST_CASE("stopping ends a send that does not end by itself, and records it as unknown") {
  TestClock clock;
  EvenRandom random;
  Shelf shelf;
  shelf.put("A1", {"patient:1"});
  shelf.put("B1", {"patient:2"});
  auto settings = endpoint({});
  settings.grace = 0s;
  auto outlet = std::make_unique<PatientOutlet>();
  auto began = outlet->began.get_future();
  Courier courier(
      settings, shelf, [&] { return std::move(outlet); }, clock, random);
  courier.start();
  began.wait();
  courier.stop();
  REQUIRE(shelf.attempts.size() == 1);
  CHECK(shelf.attempts[0].delivery.outcome == Outcome::unknown);
  CHECK(shelf.parcel(1).state == State::queued);
  CHECK(shelf.parcel(2).attempts == 0);
}

TEST_CASE("a claim that came too late to send is given back and not kept until its lease ends") {
  Bench bench(endpoint({}));
  bench.shelf.put("A1", {"patient:1"});
  bench.shelf.while_claiming = [&] { bench.clock.advance(50s); };
  bench.courier.step(bench.connection);
  CHECK(bench.partner.sent.empty());
  bench.shelf.while_claiming = nullptr;
  bench.courier.step(bench.connection);
  CHECK(bench.partner.sent == Sent{"A1"});
}

TEST_CASE("stopping waits for the send in hand and records what became of it") {
  TestClock clock;
  EvenRandom random;
  Shelf shelf;
  shelf.put("A1", {"patient:1"});
  Partner partner;
  std::promise<void> began, release;
  partner.answer = [&](const Parcel&) {
    began.set_value();
    release.get_future().wait();
    return ends(Outcome::delivered);
  };
  Courier courier(
      endpoint({}), shelf, [&] { return std::make_unique<PartnerOutlet>(partner, clock); }, clock, random);
  courier.start();
  began.get_future().wait();
  auto stopped = std::async(std::launch::async, [&] { courier.stop(); });
  release.set_value();
  stopped.get();
  CHECK(shelf.parcel(1).state == State::delivered);
}

namespace {

Courier::Settings numbered_endpoint() {
  Courier::Settings settings = endpoint({.every = 30s});
  settings.numbers = true;
  return settings;
}

/// A receiver that follows the numbers: it says AE to any but the one it expects, and names that one.
struct Follower {
  std::int64_t expected = 1;
  bool loses_answer = false;  // the next one; the message is taken
  std::string took;           // "A1/1 "

  Delivery operator()(const Parcel& parcel) {
    Delivery delivery = ends(parcel.number == expected ? Outcome::delivered : Outcome::refused);
    delivery.expected_number = expected;
    if (delivery.outcome == Outcome::refused) return delivery;
    took += parcel.control_id + "/" + std::to_string(expected++) + " ";
    return std::exchange(loses_answer, false) ? ends(Outcome::unknown) : delivery;
  }
};

}  // namespace

TEST_CASE("numbered parcels go out one after the other, also where lanes would let them pass") {
  Bench bench(numbered_endpoint());
  Follower follower;
  bench.partner.answer = [&](const Parcel& parcel) { return follower(parcel); };
  bench.shelf.put("A1", {"patient:1"});
  bench.shelf.put("B1", {"patient:2"});
  bench.shelf.put("A2", {"patient:1"});
  bench.after(1s);
  CHECK(follower.took == "A1/1 B1/2 A2/3 ");
}

TEST_CASE("P3: where an answer was lost, the receiver's expecting the next number says that it has the message") {
  Bench bench(numbered_endpoint());
  Follower follower;
  bench.partner.answer = [&](const Parcel& parcel) { return follower(parcel); };
  follower.loses_answer = true;
  bench.shelf.put("A1", {"patient:1"});
  bench.after(31s);
  bench.shelf.put("B1", {"patient:2"});
  bench.after(1s);
  CHECK(bench.partner.sent == Sent{"A1", "A1", "B1"});
  CHECK(follower.took == "A1/1 B1/2 ");
  CHECK(bench.shelf.parcel(1).state == State::delivered);
}

TEST_CASE("a parcel goes again under the number that the receiver expects, and the next one follows that") {
  Bench bench(numbered_endpoint());
  Follower follower;
  follower.expected = 5121;
  bench.partner.answer = [&](const Parcel& parcel) { return follower(parcel); };
  bench.shelf.put("A1", {"patient:1"});
  bench.shelf.put("B1", {"patient:2"});
  bench.after(31s);
  CHECK(bench.partner.when == std::vector<Duration>{0s, 30s, 30s});
  CHECK(follower.took == "A1/5121 B1/5122 ");
}

TEST_CASE("a refusal that expects no other number is about the message, which has used its own") {
  for (const std::optional<std::int64_t> expected :
       {std::optional<std::int64_t>(), std::optional<std::int64_t>(1), std::optional<std::int64_t>(2)}) {
    Bench bench(numbered_endpoint());
    bench.partner.answer = [&](const Parcel& parcel) {
      Delivery delivery = ends(parcel.number == 1 ? Outcome::refused : Outcome::delivered);
      delivery.expected_number = expected;
      return delivery;
    };
    bench.shelf.put("A1", {"patient:1"});
    bench.shelf.put("B1", {"patient:2"});
    bench.after(1s);
    CHECK(bench.shelf.parcel(1).state == State::parked);
    CHECK(bench.shelf.parcel(2).state == State::delivered);
    CHECK(bench.shelf.parcel(2).number == 2);
  }
}

TEST_CASE("a number that was never sent says nothing about what the receiver has") {
  Bench bench(numbered_endpoint());
  bench.partner.is(Outcome::unavailable);
  bench.shelf.put("A1", {"patient:1"});
  bench.after(1s);
  bench.partner.answer = [](const Parcel&) {
    Delivery delivery = ends(Outcome::refused);
    delivery.expected_number = 2;
    return delivery;
  };
  bench.after(30s);
  CHECK(bench.shelf.parcel(1).state == State::parked);
}
