#include "engine/route/trace.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace pons {

void Trace::ended(const Receipt& receipt) {
  outcome_ = to_text(receipt.outcome);
  faults_ = receipt.faults;
}

std::string Trace::json() const {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> json(buffer);
  const auto text = [&](const char* key, const std::string& value) {
    json.Key(key);
    json.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  };
  json.StartObject();
  json.Key("routes");
  json.StartArray();
  for (const Run& run : routes_) {
    json.StartObject();
    text("route", run.route);
    json.Key("took");
    json.Bool(run.why_not.empty());
    if (!run.why_not.empty()) text("why_not", run.why_not);
    json.EndObject();
  }
  json.EndArray();
  text("outcome", outcome_);
  json.Key("faults");
  json.StartArray();
  for (const Fault& fault : faults_) {
    json.StartObject();
    text("text", fault.text);
    text("field", fault.field);
    text("line", fault.line);
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace pons
