#include <fmt/core.h>

#include "app/commands.h"
#include "engine/base/text.h"
#include "engine/dicom/dataset.h"
#include "engine/hl7/charset.h"
#include "engine/hl7/message.h"
#include "engine/json/value.h"

namespace pons {

namespace {

/// What was received as a person reads it: HL7 a segment a line, a data set by keyword, anything else as Latin-1.
std::string readable(const std::string& bytes) {
  if (const auto message = hl7::Message::parse(bytes))
    return replace_all(trim(hl7::to_utf8(bytes, hl7::charset_of(*message, ""))), "\r", "\n");
  if (!bytes.empty() && bytes.find('\0') != std::string::npos)
    if (const auto dataset = dicom::Dataset::from_bytes(bytes))
      if (const auto object = json::Value::parse(dataset->to_json())) return object->write_pretty();
  return hl7::to_utf8(bytes, *hl7::charset_named("8859/1"));
}

json::Value list_of(const std::vector<std::string>& texts) {
  json::Value list = json::Value::array();
  for (const std::string& each : texts) list.push(each);
  return list;
}

json::Value as_json(const JournalEntry::Parcel& parcel) {
  json::Value object;
  object["parcel"] = json::Value::number(parcel.id);
  object["endpoint"] = parcel.outlet;
  object["route"] = parcel.route;
  object["control_id"] = parcel.control_id;
  if (!parcel.number.empty()) object["sequence_number"] = parcel.number;
  object["content_type"] = parcel.content_type;
  object["state"] = parcel.state;
  object["due"] = parcel.due;
  object["document"] = readable(parcel.document);
  object["attempts"] = json::Value::array();
  for (const auto& each : parcel.attempts) {
    json::Value& attempt = object["attempts"].push({});
    attempt["number"] = json::Value::number(std::int64_t{each.number});
    attempt["began"] = each.began;
    attempt["ended"] = each.ended;
    attempt["outcome"] = each.outcome;
    attempt["text"] = each.text;
    attempt["answer"] = readable(each.answer);
  }
  return object;
}

json::Value as_json(const JournalEntry& entry) {
  json::Value object;
  object["message"] = json::Value::number(entry.line.message);
  object["arrived"] = entry.line.arrived;
  object["inlet"] = entry.line.inlet;
  object["peer"] = entry.line.peer;
  object["outcome"] = entry.line.outcome;
  object["control_id_reused"] = json::Value::boolean(entry.control_id_reused);
  object["received"] = readable(entry.bytes);
  object["decided"] = json::Value::array();
  for (const std::string& each : entry.traces)
    if (auto trace = json::Value::parse(each)) object["decided"].push(*std::move(trace));
  object["changes"] = json::Value::array();
  for (const auto& each : entry.changes) {
    json::Value& change = object["changes"].push({});
    change["record"] = each.record;
    change["id"] = json::Value::number(each.id);
    change["action"] = each.action;
    change["evidence"] = each.evidence;
  }
  object["parcels"] = json::Value::array();
  for (const auto& each : entry.parcels) object["parcels"].push(as_json(each));
  object["set_aside"] = json::Value::array();
  for (const auto& each : entry.runs) {
    json::Value& run = object["set_aside"].push({});
    run["route"] = each.route;
    run["state"] = each.state;
    run["reason"] = each.reason;
    run["since"] = each.since;
    run["due"] = each.due;
    run["lanes"] = list_of(each.lanes);
    run["wakes_on"] = list_of(each.wakes_on);
  }
  object["questions"] = json::Value::array();
  for (const auto& each : entry.questions) {
    json::Value& question = object["questions"].push({});
    question["record"] = each.record;
    question["text"] = each.text;
    question["open"] = json::Value::boolean(each.open);
  }
  return object;
}

void print_lines(const std::string& text) {
  for (const auto line : split(text, '\n')) fmt::print("  {}\n", line);
}

void print_list(const json::Value& route, const char* member, const char* before) {
  if (const json::Value* list = route.find(member))
    for (const json::Value& each : list->items()) fmt::print("    {}{}\n", before, each.text());
}

void print_route(const json::Value& route) {
  if (route.text_of("took") != "true") {
    fmt::print("  {} did not take it: {}\n", route.text_of("route"), route.text_of("why_not"));
    return;
  }
  fmt::print("  {} took it: {}{}\n", route.text_of("route"), route.text_of("outcome"),
             route.text_of("reason").empty() ? "" : ", " + route.text_of("reason"));
  print_list(route, "steps", "");
  print_list(route, "sent", "to ");
}

void print_decisions(const json::Value& entry) {
  fmt::print("\nroutes\n");
  for (const json::Value& trace : entry.find("decided")->items()) {
    if (const std::string remark = trace.text_of("remark"); !remark.empty()) fmt::print("  {}\n", remark);
    if (const json::Value* routes = trace.find("routes"))
      for (const json::Value& route : routes->items()) print_route(route);
    if (const json::Value* faults = trace.find("faults"))
      for (const json::Value& fault : faults->items())
        fmt::print("  {} {}{}\n", fault.text_of("field"), fault.text_of("text"),
                   fault.text_of("line").empty() ? "" : "  (" + fault.text_of("line") + ")");
    fmt::print("  {}{}\n", trace.text_of("outcome"),
               trace.text_of("generation").empty() ? "" : "  by the site of generation " + trace.text_of("generation"));
  }
}

void print_parcels(const json::Value& entry) {
  fmt::print("\nparcels\n");
  for (const json::Value& parcel : entry.find("parcels")->items()) {
    const std::string number = parcel.text_of("sequence_number");
    fmt::print("  {}  to {}  {}{}  {}\n", parcel.text_of("parcel"), parcel.text_of("endpoint"),
               parcel.text_of("control_id"), number.empty() ? "" : "  number " + number, parcel.text_of("state"));
    for (const json::Value& attempt : parcel.find("attempts")->items()) {
      fmt::print("    {}  {}  {}  {}\n", attempt.text_of("number"), attempt.text_of("began"),
                 attempt.text_of("outcome"), attempt.text_of("text"));
      const std::string answer = attempt.text_of("answer");
      if (answer.empty()) continue;
      for (const auto line : split(answer, '\n')) fmt::print("      {}\n", line);
    }
  }
  if (entry.find("parcels")->items().empty()) fmt::print("  none\n");
}

void print_rest(const json::Value& entry) {
  for (const json::Value& run : entry.find("set_aside")->items())
    fmt::print("\nset aside\n  {}  {} since {}: {}{}\n", run.text_of("route"), run.text_of("state"),
               run.text_of("since"), run.text_of("reason"),
               run.text_of("due").empty() ? "" : ", again at " + run.text_of("due"));
  for (const json::Value& question : entry.find("questions")->items())
    fmt::print("\nquestion about a {}\n  {}\n", question.text_of("record"), question.text_of("text"));
}

void print(const JournalEntry& entry) {
  const json::Value object = as_json(entry);
  fmt::print("{}  {}  {}  {}  {}\n", entry.line.message, entry.line.arrived, entry.line.inlet, entry.line.peer,
             entry.line.outcome);
  fmt::print("\nreceived\n");
  print_lines(object.text_of("received"));
  if (entry.control_id_reused) fmt::print("  its control id had come before, with other bytes\n");
  print_decisions(object);
  fmt::print("\nchanges\n");
  for (const auto& each : entry.changes)
    fmt::print("  {} {} {}: {}\n", each.action, each.record, each.id, each.evidence);
  if (entry.changes.empty()) fmt::print("  none\n");
  print_parcels(object);
  print_rest(object);
}

}  // namespace

int trace(const Options& options, std::int64_t message, bool json) {
  const auto entry = find_message(options.conninfo(), message);
  if (!entry) {
    fmt::print(stderr, "there is no message {}; `pons messages` lists what there is\n", message);
    return 1;
  }
  if (json)
    fmt::print("{}\n", as_json(*entry).write_pretty());
  else
    print(*entry);
  return 0;
}

}  // namespace pons
