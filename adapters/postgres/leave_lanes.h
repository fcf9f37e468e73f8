#pragma once

#include <string>
#include <vector>

#include "adapters/postgres/connection.h"

namespace pons {

/// What of the parcels, an array of ids, was delivered or parked leaves its lanes. The next in each may stand first
/// now; the next claim looks. Under the outlets' locks.
inline std::vector<Statement> leave_lanes(const std::string& parcels) {
  return {{"DELETE FROM parcel_lane l USING parcel_state p, unnest(p.lanes) left_lane"
           " WHERE p.parcel = ANY($1::bigint[]) AND p.state IN ('delivered', 'parked')"
           " AND l.lane = left_lane AND l.outlet = p.outlet AND l.parcel = p.parcel",
           {parcels}},
          {"UPDATE parcel_state SET ready = true WHERE NOT ready AND parcel IN (SELECT next.parcel FROM parcel_state p"
           " CROSS JOIN unnest(p.lanes) left_lane CROSS JOIN LATERAL (SELECT l.parcel FROM parcel_lane l"
           " WHERE l.lane = left_lane AND l.outlet = p.outlet ORDER BY l.parcel LIMIT 1) next"
           " WHERE p.parcel = ANY($1::bigint[]) AND p.state IN ('delivered', 'parked'))",
           {parcels}}};
}

}  // namespace pons
