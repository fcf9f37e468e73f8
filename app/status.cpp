#include <fmt/core.h>

#include "adapters/postgres/overview.h"
#include "app/commands.h"
#include "app/running.h"
#include "engine/json/value.h"
#include "engine/ports/store.h"

namespace pons {

namespace {

/// What there is to say; the parts of the database are empty while it is away.
struct Status {
  std::optional<Running> running;
  bool database = false;
  Overview overview;
  std::vector<Overview::Arrived> arrived;

  bool is_well() const { return running && database; }
};

Status status_of(const Options& options) {
  Status status;
  status.running = Running::on(options.state);
  try {
    Connection connection(options.conninfo());
    status.overview = read_overview(connection);
    status.arrived = arrived_within_an_hour(connection);
    status.database = true;
  } catch (const StoreLost&) {
    return status;
  }
  if (status.running)
    for (const auto& [name, destination] : status.running->destinations) status.overview.endpoint(name);
  return status;
}

/// "45 s", "12 min", "3 h", "5 d"
std::string age(std::int64_t seconds) {
  if (seconds < 120) return fmt::format("{} s", seconds);
  if (seconds < 2 * 3600) return fmt::format("{} min", seconds / 60);
  if (seconds < 2 * 86400) return fmt::format("{} h", seconds / 3600);
  return fmt::format("{} d", seconds / 86400);
}

void print(const Status& status) {
  fmt::print("engine    {}\n", status.running ? "runs" : "does not run on this state");
  fmt::print("database  {}\n",
             status.database ? fmt::format("answers, {} MB", status.overview.bytes >> 20) : "is away");
  if (!status.database) return;
  fmt::print("questions {}\n", status.overview.questions);
  fmt::print("\n{:<20} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8}\n", "deliveries", "queued", "oldest", "attempts", "lanes",
             "held", "parked");
  for (const Overview::Endpoint& each : status.overview.endpoints)
    fmt::print("{:<20} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8}\n", each.name, each.queued,
               each.queued > 0 ? age(each.oldest) : "", each.attempts, each.lanes, each.held, each.parked);
  for (const Overview::Endpoint& each : status.overview.endpoints)
    if (each.unanswered > 0)
      fmt::print("{}: its application has yet to answer {}, the oldest for {}\n", each.name, each.unanswered,
                 age(each.oldest_unanswered));
  if (!status.overview.runs.empty()) fmt::print("\n{:<20} {:<8} {:>8} {:>8}\n", "set aside", "", "runs", "oldest");
  for (const Overview::Runs& each : status.overview.runs)
    fmt::print("{:<20} {:<8} {:>8} {:>8}\n", each.route, each.state, each.count, age(each.oldest));
  if (!status.arrived.empty()) fmt::print("\n{:<20} {:<8} {:>8}\n", "within an hour", "", "messages");
  for (const Overview::Arrived& each : status.arrived)
    fmt::print("{:<20} {:<8} {:>8}\n", each.inlet, each.outcome, each.count);
}

json::Value as_json(const Status& status) {
  const auto number = [](std::int64_t value) { return json::Value::number(value); };
  json::Value all;
  all["running"] = json::Value::boolean(status.running.has_value());
  all["database"] = json::Value::boolean(status.database);
  if (!status.database) return all;
  all["database_bytes"] = number(status.overview.bytes);
  all["questions"] = number(status.overview.questions);
  for (auto* list : {"endpoints", "set_aside", "within_an_hour"}) all[list] = json::Value::array();
  for (const Overview::Endpoint& each : status.overview.endpoints) {
    json::Value& endpoint = all["endpoints"].push({});
    endpoint["name"] = each.name;
    endpoint["queued"] = number(each.queued);
    endpoint["oldest_seconds"] = number(each.oldest);
    endpoint["attempts"] = number(each.attempts);
    endpoint["lanes"] = number(each.lanes);
    endpoint["longest_lane"] = number(each.longest_lane);
    endpoint["held"] = number(each.held);
    endpoint["parked"] = number(each.parked);
    endpoint["unanswered"] = number(each.unanswered);
  }
  for (const Overview::Runs& each : status.overview.runs) {
    json::Value& runs = all["set_aside"].push({});
    runs["route"] = each.route;
    runs["state"] = each.state;
    runs["runs"] = number(each.count);
    runs["oldest_seconds"] = number(each.oldest);
  }
  for (const Overview::Arrived& each : status.arrived) {
    json::Value& arrived = all["within_an_hour"].push({});
    arrived["inlet"] = each.inlet;
    arrived["outcome"] = each.outcome;
    arrived["messages"] = number(each.count);
  }
  return all;
}

}  // namespace

int status(const Options& options, bool json) {
  const Status status = status_of(options);
  if (json)
    fmt::print("{}\n", as_json(status).write_pretty());
  else
    print(status);
  return status.is_well() ? 0 : 1;
}

}  // namespace pons
