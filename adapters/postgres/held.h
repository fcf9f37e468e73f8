#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "adapters/postgres/connection.h"

namespace pons {

/// Deliveries that wait for a person to decide. They keep their lanes: what comes later for the same patients waits
/// behind them. All of these throw StoreLost.

/// Holds every delivery that is queued. `why` stands in the trace as an attempt with an unknown outcome. How many, by
/// endpoint.
std::map<std::string, std::int64_t> hold_queued(Connection& connection, const std::string& why);
/// Lets what is held for the endpoint go out, in its order and under its control ids. How many.
std::int64_t release_held(Connection& connection, const std::string& outlet);
/// Gives up what is held for the endpoint: it is parked, and its lanes go on. How many.
std::int64_t park_held(Connection& connection, const std::string& outlet);

}  // namespace pons
