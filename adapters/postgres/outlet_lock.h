#pragma once

#include <string>
#include <utility>
#include <vector>

#include "adapters/postgres/connection.h"

namespace pons {

/// Takes the locks of the outlets that `select_outlets` gives, sorted, until the transaction ends. Whoever claims heads
/// or changes which parcels stand in a lane holds the outlet's.
inline Statement lock_outlets(const std::string& select_outlets, std::vector<std::string> parameters) {
  return {
      "SELECT count(pg_advisory_xact_lock(k)) FROM (SELECT DISTINCT hashtextextended('outlet|' || outlet, 0) k FROM (" +
          select_outlets + ") named(outlet) ORDER BY k) sorted",
      std::move(parameters)};
}

}  // namespace pons
