#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/base/text.h"
#include "engine/config/node.h"
#include "engine/expr/expr.h"

namespace pons::test {

/// An analyst's desk: a site's tables and names, one message, and expressions tried on it.
class Desk {
 public:
  explicit Desk(const std::string& segments = {}) {
    vocabulary.names = {
        {"order", {"placer", "filler", "AccessionNumber", "StudyInstanceUID", "RequestedProcedureID", "status"}},
        {"step", {"ScheduledProcedureStepID", "StartDateTime", "status"}},
        {"patient", {"PatientID", "IssuerOfPatientID", "PatientName", "created"}},
        {"study",
         {"StudyInstanceUID", "AccessionNumber", "StudyDateTime", "Modality", "ProcedureCode", "PatientID",
          "IssuerOfPatientID", "PatientName", "series", "instances", "viewer_url"}},
        {"merge", {"survivor", "retired", "studies", "orders", "notice"}},
        {"script", {"findings", "impression", "critical"}},
        {"event", {"type", "time"}},
        {"item", {"PatientID", "ScheduledProcedureStepSequence"}},
        {"report", {}}};
    vocabulary.tables = &tables;
    scope.zone = *Zone::named("Europe/London");
    scope.now = *from_rfc3339("2026-11-24T10:00:00Z");
    if (!segments.empty()) receive(segments);
  }

  Desk(const Desk&) = delete;
  Desk& operator=(const Desk&) = delete;

  /// Segments stand on lines of their own.
  void receive(const std::string& lines) {
    received = *hl7::Message::parse(replace_all(lines, "\n", "\r"));
    message = received;
    scope.message = &*message;
    scope.received = &*received;
    scope.charset = hl7::charset_of(*message, {});
  }

  void bind(const std::string& name, const std::string& json) {
    scope.bind(name, Value::of(*json::Value::parse(json)));
  }

  void table(const std::string& yaml) {
    auto table = CodeTable::load(node(yaml, "mappings/table.yaml"), findings);
    if (!table) throw std::runtime_error(to_text(findings));
    tables.emplace(table->name(), *table);
  }

  const Node& node(const std::string& yaml, const std::string& path) {
    sources.push_back({path, yaml});
    auto parsed = parse_yaml(sources.back(), findings);
    if (!parsed) throw std::runtime_error(to_text(findings));
    return nodes.emplace_back(std::move(*parsed));
  }

  /// The scalar as the value of a key, in single quotes.
  const Node& scalar(const std::string& text) {
    return *node("expr: '" + replace_all(text, "'", "''") + "'\n", "mappings/test.yaml").find("expr");
  }

  Expr compile(const std::string& text) { return compile(text, vocabulary); }
  Expr compile(const std::string& text, const Vocabulary& words) {
    const auto compiled = Expr::compile(scalar(text), words, findings);
    if (!compiled) throw std::runtime_error(to_text(findings));
    return *compiled;
  }

  Result<Value> value(const std::string& text) { return compile(text).value(scope); }
  bool holds(const std::string& text) { return *compile(text).holds(scope); }

  /// "(absent)", "(null)", "[a, b]", JSON, "! why it failed", or the text.
  std::string result(const std::string& text) { return shown(value(text)); }

  static std::string shown(const Result<Value>& value) { return value ? shown(*value) : "! " + value.fault().text; }
  static std::string shown(const Value& value) {
    if (value.is_absent()) return "(absent)";
    if (value.is_null()) return "(null)";
    if (value.kind() == Value::Kind::object) return value.object().write();
    if (value.kind() != Value::Kind::list) return value.as_text();
    std::string out;
    for (const Value& item : value.items()) out += (out.empty() ? "" : ", ") + shown(item);
    return "[" + out + "]";
  }

  std::map<std::string, CodeTable> tables;
  Vocabulary vocabulary;
  std::optional<hl7::Message> message, received;
  Scope scope;
  Findings findings;
  std::deque<Source> sources;
  std::deque<Node> nodes;
};

}  // namespace pons::test
