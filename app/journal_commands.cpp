#include <fmt/core.h>
#include <rapidjson/document.h>
#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>

#include "app/commands.h"
#include "engine/base/text.h"

namespace pons {

namespace {

using Json = rapidjson::PrettyWriter<rapidjson::StringBuffer>;

void put(Json& json, const char* key, const std::string& value) {
  json.Key(key);
  json.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}

void put(Json& json, const JournalLine& line) {
  json.Key("message");
  json.Int64(line.message);
  put(json, "arrived", line.arrived);
  put(json, "inlet", line.inlet);
  put(json, "peer", line.peer);
  put(json, "outcome", line.outcome);
}

void print_line(const JournalLine& line) {
  fmt::print("{:>8}  {}  {:<12} {:<22} {}\n", line.message, line.arrived, line.inlet, line.peer, line.outcome);
}

std::string as_json(const JournalEntry& entry) {
  rapidjson::StringBuffer buffer;
  Json json(buffer);
  json.StartObject();
  put(json, entry.line);
  put(json, "received", is_utf8(entry.bytes) ? entry.bytes : "");
  json.Key("trace");
  json.RawValue(entry.trace.data(), entry.trace.size(), rapidjson::kObjectType);
  json.Key("changes");
  json.StartArray();
  for (const auto& change : entry.changes) {
    json.StartObject();
    put(json, "record", change.record);
    json.Key("id");
    json.Int64(change.id);
    put(json, "action", change.action);
    put(json, "evidence", change.evidence);
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

void print_entry(const JournalEntry& entry) {
  print_line(entry.line);
  fmt::print("\nreceived\n");
  const std::string lines = replace_all(trim(entry.bytes), "\r", "\n");
  for (const auto segment : split(lines, '\n')) fmt::print("  {}\n", segment);
  if (entry.control_id_reused) fmt::print("  its control id had come before, with other bytes\n");
  rapidjson::Document trace;
  trace.Parse(entry.trace.data(), entry.trace.size());
  fmt::print("\nroutes\n");
  for (const auto& route : trace["routes"].GetArray())
    fmt::print("  {} {}\n", route["route"].GetString(),
               route["took"].GetBool() ? "took it" : std::string("did not: ") + route["why_not"].GetString());
  if (trace["routes"].Empty()) fmt::print("  none\n");
  if (trace.HasMember("faults"))
    for (const auto& fault : trace["faults"].GetArray())
      fmt::print("  refused: {} {}\n", fault["field"].GetString(), fault["text"].GetString());
  fmt::print("\nchanges\n");
  for (const auto& change : entry.changes)
    fmt::print("  {} {} {}: {}\n", change.action, change.record, change.id, change.evidence);
  if (entry.changes.empty()) fmt::print("  none\n");
}

}  // namespace

int messages(const Options& options, const JournalFilter& filter, bool json) {
  const auto lines = list_messages(options.conninfo(), filter);
  if (!json) {
    for (const JournalLine& line : lines) print_line(line);
    return 0;
  }
  rapidjson::StringBuffer buffer;
  Json writer(buffer);
  writer.StartArray();
  for (const JournalLine& line : lines) {
    writer.StartObject();
    put(writer, line);
    writer.EndObject();
  }
  writer.EndArray();
  fmt::print("{}\n", buffer.GetString());
  return 0;
}

int trace(const Options& options, std::int64_t message, bool json) {
  const auto entry = find_message(options.conninfo(), message);
  if (!entry) {
    fmt::print(stderr, "there is no message {}; `pons messages` lists what there is\n", message);
    return 1;
  }
  if (json)
    fmt::print("{}\n", as_json(*entry));
  else
    print_entry(*entry);
  return 0;
}

}  // namespace pons
