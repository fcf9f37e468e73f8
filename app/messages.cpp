#include <fmt/core.h>

#include "app/commands.h"
#include "engine/json/value.h"

namespace pons {

namespace {

json::Value as_json(const JournalLine& line) {
  json::Value object;
  object["message"] = json::Value::number(line.message);
  object["arrived"] = line.arrived;
  object["inlet"] = line.inlet;
  object["peer"] = line.peer;
  object["outcome"] = line.outcome;
  return object;
}

}  // namespace

int messages(const Options& options, const JournalFilter& filter, bool json) {
  const auto lines = list_messages(options.conninfo(), filter);
  if (json) {
    json::Value all = json::Value::array();
    for (const JournalLine& line : lines) all.push(as_json(line));
    fmt::print("{}\n", all.write_pretty());
    return 0;
  }
  for (const JournalLine& line : lines)
    fmt::print("{:>8}  {}  {:<16} {:<22} {}\n", line.message, line.arrived, line.inlet, line.peer, line.outcome);
  return 0;
}

}  // namespace pons
