#include "adapters/postgres/overview.h"

#include <algorithm>

namespace pons {

namespace {

std::string age(const std::string& instant) {
  return "extract(epoch FROM greatest(now() - " + instant + ", '0'))::bigint";
}

std::vector<Statement> statements() {
  return {
      {"SELECT outlet, state, count(*), " + age("min(arrived)") +
           ", max(attempts) FROM parcel_state WHERE state <> 'delivered' GROUP BY outlet, state",
       {}},
      {"SELECT outlet, count(*), max(parcels) FROM (SELECT outlet, lane, count(*) AS parcels FROM parcel_lane"
       " GROUP BY outlet, lane) lanes GROUP BY outlet",
       {}},
      {"SELECT route, state, count(*), " + age("min(since)") +
           " FROM pending_run GROUP BY route, state ORDER BY route, state",
       {}},
      {"SELECT outlet, count(*), " + age("min(since)") + " FROM awaited_answer WHERE code = '' GROUP BY outlet", {}},
      {"SELECT (SELECT count(*) FROM question WHERE open), pg_database_size(current_database())", {}}};
}

void add_parcels(Overview& overview, const Rows& parcels) {
  for (int row = 0; row < parcels.size(); ++row) {
    Overview::Endpoint& endpoint = overview.endpoint(parcels.text(row, 0));
    const std::string state = parcels.text(row, 1);
    if (state == "queued") {
      endpoint.queued = parcels.number(row, 2);
      endpoint.oldest = parcels.number(row, 3);
      endpoint.attempts = parcels.number(row, 4);
    }
    if (state == "held") endpoint.held = parcels.number(row, 2);
    if (state == "parked") endpoint.parked = parcels.number(row, 2);
  }
}

void add_lanes(Overview& overview, const Rows& lanes) {
  for (int row = 0; row < lanes.size(); ++row) {
    Overview::Endpoint& endpoint = overview.endpoint(lanes.text(row, 0));
    endpoint.lanes = lanes.number(row, 1);
    endpoint.longest_lane = lanes.number(row, 2);
  }
}

}  // namespace

Overview::Endpoint& Overview::endpoint(const std::string& name) {
  const auto found =
      std::find_if(endpoints.begin(), endpoints.end(), [&](const Endpoint& each) { return each.name == name; });
  if (found != endpoints.end()) return *found;
  endpoints.push_back({name});
  return endpoints.back();
}

Overview read_overview(Connection& connection) {
  const auto answers = connection.run_all(statements());
  Overview overview;
  add_parcels(overview, answers[0]);
  add_lanes(overview, answers[1]);
  const Rows& runs = answers[2];
  for (int row = 0; row < runs.size(); ++row)
    overview.runs.push_back({runs.text(row, 0), runs.text(row, 1), runs.number(row, 2), runs.number(row, 3)});
  const Rows& awaited = answers[3];
  for (int row = 0; row < awaited.size(); ++row) {
    Overview::Endpoint& endpoint = overview.endpoint(awaited.text(row, 0));
    endpoint.unanswered = awaited.number(row, 1);
    endpoint.oldest_unanswered = awaited.number(row, 2);
  }
  overview.questions = answers[4].number(0, 0);
  overview.bytes = answers[4].number(0, 1);
  return overview;
}

std::vector<Overview::Arrived> arrived_within_an_hour(Connection& connection) {
  const Rows rows = connection.run(
      "SELECT inlet, outcome, count(*) FROM journal WHERE arrived > now() - interval '1 hour'"
      " GROUP BY inlet, outcome ORDER BY inlet, outcome");
  std::vector<Overview::Arrived> arrived;
  for (int row = 0; row < rows.size(); ++row)
    arrived.push_back({rows.text(row, 0), rows.text(row, 1), rows.number(row, 2)});
  return arrived;
}

}  // namespace pons
