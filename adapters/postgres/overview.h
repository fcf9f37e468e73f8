#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "adapters/postgres/connection.h"

namespace pons {

/// How much waits in the database, and since when. No patient data.
struct Overview {
  struct Endpoint {
    std::string name;
    std::int64_t queued = 0, held = 0, parked = 0;  // parcels
    std::int64_t oldest = 0;                        // seconds since the message of the oldest queued one arrived
    std::int64_t attempts = 0;                      // the most that a queued one has had
    std::int64_t lanes = 0, longest_lane = 0;       // lanes with a parcel in them, and how many the fullest holds
    std::int64_t unanswered = 0;                    // that its application has yet to answer (`answers_at:`)
    std::int64_t oldest_unanswered = 0;             // seconds
  };
  struct Runs {
    std::string route, state;
    std::int64_t count = 0;
    std::int64_t oldest = 0;  // seconds since it was set aside
  };
  struct Arrived {
    std::string inlet, outcome;
    std::int64_t count = 0;
  };
  std::vector<Endpoint> endpoints;  // with a parcel that is not delivered
  std::vector<Runs> runs;           // that are set aside, by route and state
  std::int64_t questions = 0;       // that nobody has answered
  std::int64_t bytes = 0;           // of the whole database

  /// The endpoint with that name, which is added where nothing of it waits.
  Endpoint& endpoint(const std::string& name);
};

/// Counts; with many parcels waiting it takes seconds. Throws StoreLost.
Overview read_overview(Connection& connection);

/// What arrived within the last hour, by inlet and outcome. Throws StoreLost.
std::vector<Overview::Arrived> arrived_within_an_hour(Connection& connection);

}  // namespace pons
