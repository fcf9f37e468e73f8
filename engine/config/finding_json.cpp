#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "engine/config/file_order.h"
#include "engine/config/finding.h"

namespace pons {

namespace {

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

void write_text(Writer& json, const char* name, const std::string& text) {
  json.Key(name);
  json.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

void write_place(Writer& json, const Finding& finding) {
  const Span at = finding.labels.empty() ? Span{} : finding.labels.front().span;
  const Position position = at.position();
  write_text(json, "path", at.source ? at.source->path : std::string{});
  json.Key("line");
  json.Uint64(position.line);
  json.Key("column");
  json.Uint64(position.column);
}

void write_finding(Writer& json, const Finding& finding) {
  json.StartObject();
  write_text(json, "code", finding.code);
  write_text(json, "severity", finding.severity == Finding::Severity::error ? "error" : "warning");
  write_text(json, "message", finding.message);
  write_place(json, finding);
  write_text(json, "label", finding.labels.empty() ? std::string{} : finding.labels.front().text);
  write_text(json, "help", finding.help);
  json.EndObject();
}

}  // namespace

std::string to_json(const Findings& findings) {
  rapidjson::StringBuffer text;
  Writer json(text);
  json.StartArray();
  for (const Finding* finding : in_file_order(findings)) write_finding(json, *finding);
  json.EndArray();
  return {text.GetString(), text.GetSize()};
}

}  // namespace pons
