#pragma once

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "engine/route/site.h"
#include "tests/sim/history.h"

namespace pons::sim {

/// Bugs that somebody could write into a store: each must be found.
enum class Planted {
  none,
  no_dedupe,             // what comes again is decided again
  dedupe_by_control_id,  // a correction under a used control id is taken for a repetition
  early_answer,          // the answer leaves before the commit
  late_settlement,       // a settlement under a lease that ended is taken
  no_lanes,              // parcels of one patient do not wait for each other
  new_control_id,        // each attempt looks like another message
  sent_is_delivered,     // an answer that was lost counts as one that came
  deaf_runs,             // nobody starts again what was set aside
  half_a_commit,         // the parcels of some commits are forgotten
};

struct Plan {
  std::uint64_t seed = 1;
  Duration hours = std::chrono::hours(24);  // in which things go wrong; then everything drains
  std::ostream* live = nullptr;             // what happens, as it happens
  Planted planted = Planted::none;
  std::string dead;  // an outlet whose receiver is down for all these hours
};

/// The sample hospital's sites: as it is, and a generation that lacks the ultrasound's code, so that its orders are
/// held.
struct Generations {
  std::shared_ptr<const Site> whole, lacking;
};
Generations sample_generations();

struct Outcome {
  std::vector<History::Violation> violations;
  std::string story;  // of the messages that the violations are about
  Duration virtual_time{};
  std::size_t messages = 0;  // that senders had answered
  std::size_t commits = 0, deliveries = 0, power_losses = 0;
  std::size_t most_attempts = 0;  // at one parcel
  std::uint64_t digest = 0;
};

/// One seed: a hospital, its machines and what goes wrong, from the beginning until everything has drained.
Outcome simulate(const Plan& plan, const Generations& generations);

}  // namespace pons::sim
