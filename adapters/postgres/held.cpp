#include "adapters/postgres/held.h"

#include <vector>

#include "adapters/postgres/leave_lanes.h"
#include "adapters/postgres/outlet_lock.h"

namespace pons {

namespace {

/// Begins a transaction that alone changes what stands in the outlet's lanes.
void begin(Connection& connection, const std::string& outlet) {
  connection.be_patient();  // a backlog may be a million
  connection.script("BEGIN");
  connection.run_all({lock_outlets("SELECT $1::text", {outlet})});
}

}  // namespace

std::map<std::string, std::int64_t> hold_queued(Connection& connection, const std::string& why) {
  connection.be_patient();
  const Rows rows = connection.run(
      "WITH held AS (UPDATE parcel_state SET state = 'held', attempts = attempts + 1, lease = NULL, leased_until = NULL"
      " WHERE state = 'queued' RETURNING parcel, outlet, attempts),"
      " said AS (INSERT INTO attempt SELECT parcel, attempts, now(), now(), 'unknown', $1, '' FROM held)"
      " SELECT outlet, count(*) FROM held GROUP BY outlet",
      {why});
  std::map<std::string, std::int64_t> held;
  for (int row = 0; row < rows.size(); ++row) held[rows.text(row, 0)] = rows.number(row, 1);
  return held;
}

std::int64_t release_held(Connection& connection, const std::string& outlet) {
  begin(connection, outlet);
  const Rows rows = connection.run(
      "WITH released AS (UPDATE parcel_state SET state = 'queued', due = now(), ready = true"
      " WHERE outlet = $1 AND state = 'held' RETURNING parcel) SELECT count(*) FROM released",
      {outlet});
  connection.script("COMMIT");
  return rows.number(0, 0);
}

std::int64_t park_held(Connection& connection, const std::string& outlet) {
  begin(connection, outlet);
  const Rows rows = connection.run(
      "UPDATE parcel_state SET state = 'parked' WHERE outlet = $1 AND state = 'held' RETURNING parcel", {outlet});
  std::vector<std::int64_t> parcels;
  for (int row = 0; row < rows.size(); ++row) parcels.push_back(rows.number(row, 0));
  connection.run_all(leave_lanes(array_of(parcels)));
  connection.script("COMMIT");
  return rows.size();
}

}  // namespace pons
