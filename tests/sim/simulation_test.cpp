#include "tests/sim/simulation.h"

#include <spdlog/spdlog.h>

#include <catch2/catch.hpp>
#include <sstream>

using namespace pons;
using namespace std::chrono_literals;
using sim::Planted;

namespace {

const sim::Generations& generations() {
  static const sim::Generations kBoth = [] {
    spdlog::set_level(spdlog::level::off);
    return sim::sample_generations();
  }();
  return kBoth;
}

sim::Outcome simulated(std::uint64_t seed, Duration hours, Planted planted = Planted::none,
                       std::ostream* live = nullptr) {
  sim::Plan plan;
  plan.seed = seed;
  plan.hours = hours;
  plan.planted = planted;
  plan.live = live;
  return sim::simulate(plan, generations());
}

std::string told(const sim::Outcome& outcome) {
  std::string all;
  for (const auto& each : outcome.violations) all += each.promise + ": " + each.what + " [" + each.about + "]\n";
  return all + outcome.story;
}

/// The promise that the first of a few seeds finds broken; "": none finds anything.
std::string found(Planted planted) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto outcome = simulated(seed, 12h, planted);
    if (!outcome.violations.empty()) return outcome.violations.front().promise;
  }
  return "";
}

}  // namespace

TEST_CASE("whatever fails on the way: nothing is lost, doubled or out of order, and everything drains") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const auto outcome = simulated(seed, 12h);
    INFO("again:  pons-sim --seed " << seed << " --hours 12 --verbose\n" << told(outcome));
    CHECK(outcome.violations.empty());
    CHECK(outcome.messages > 0);
    CHECK(outcome.deliveries > 0);
  }
}

TEST_CASE(
    "a receiver that is dead for a day: what waits for it is tried ever more seldom, and all of it arrives in order") {
  for (const char* dead : {"ehr-mllp", "ehr-fhir"}) {
    sim::Plan plan;
    plan.seed = 6;
    plan.dead = dead;
    const auto outcome = sim::simulate(plan, generations());
    INFO("again:  pons-sim --seed 6 --dead " << dead << " --verbose\n" << told(outcome));
    CHECK(outcome.violations.empty());
    // Every ten minutes once the waits have grown, and a few times more.
    CHECK(outcome.most_attempts > 100);
    CHECK(outcome.most_attempts < 170);
  }
}

TEST_CASE("the same seed is the same run to the last line, another one is another run") {
  std::ostringstream first, second, other;
  simulated(7, 6h, Planted::none, &first);
  simulated(7, 6h, Planted::none, &second);
  simulated(8, 6h, Planted::none, &other);
  CHECK_FALSE(first.str().empty());
  CHECK(first.str() == second.str());
  CHECK(first.str() != other.str());
}

TEST_CASE("a bug in the store is found, and told as the promise that it breaks") {
  SECTION("what comes again is decided again") {
    CHECK(found(Planted::no_dedupe) == "P3");
  }
  SECTION("a correction under a used control id is taken for a repetition") {
    CHECK(found(Planted::dedupe_by_control_id) == "P1");
  }
  SECTION("the answer leaves without the commit") {
    CHECK(found(Planted::early_answer) == "P1");
  }
  SECTION("some parcels of a commit are forgotten") {
    CHECK(found(Planted::half_a_commit) == "P1");
  }
  SECTION("a settlement under a lease that has ended is taken") {
    // It may say the same again, and only free what another has.
    const std::string promise = found(Planted::late_settlement);
    CHECK((promise == "P3" || promise == "P4"));
  }
  SECTION("one patient's parcels do not wait for each other") {
    CHECK(found(Planted::no_lanes) == "P4");
  }
  SECTION("each attempt has a control id of its own") {
    CHECK(found(Planted::new_control_id) == "P3");
  }
  SECTION("an answer that was lost counts as one that came") {
    CHECK(found(Planted::sent_is_delivered) == "P3");
  }
  SECTION("what was set aside never starts again") {
    CHECK(found(Planted::deaf_runs) == "drain");
  }
}
