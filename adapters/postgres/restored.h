#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "adapters/postgres/connection.h"

namespace pons {

/// What was made of a database that had been restored from a backup.
struct Restored {
  std::int64_t next_message = 0;
  std::map<std::string, std::int64_t> held;  // deliveries, by endpoint
  std::int64_t runs = 0;                     // that are set aside, and stay so
};

/// Makes a restored database fit to go on: every number goes on a million beyond `number` and beyond what the database
/// has, and what is queued is held. Again is harmless. Throws std::runtime_error when there is nothing of Pons in it,
/// StoreLost.
Restored go_on_restored(Connection& connection, std::int64_t number);

/// Throws std::runtime_error when the database has not come to that message, which was committed: it was restored.
void refuse_restored(const std::string& conninfo, std::int64_t last_message);

}  // namespace pons
