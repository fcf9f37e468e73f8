#include "engine/route/trace.h"

namespace pons {

namespace {

json::Value list(const std::vector<std::string>& texts) {
  json::Value array = json::Value::array();
  for (const std::string& each : texts) array.push(each);
  return array;
}

json::Value route_json(const RouteTrace& trace) {
  json::Value route;
  route["route"] = trace.route;
  route["took"] = json::Value::boolean(trace.why_not.empty());
  if (!trace.why_not.empty()) {
    route["why_not"] = trace.why_not;
    return route;
  }
  route["steps"] = list(trace.steps);
  if (!trace.sent.empty()) route["sent"] = list(trace.sent);
  route["outcome"] = trace.outcome;
  if (!trace.reason.empty()) route["reason"] = trace.reason;
  return route;
}

}  // namespace

json::Value trace_of(const std::string& generation, const std::vector<RouteTrace>& routes, const Receipt& receipt,
                     const std::string& remark) {
  json::Value trace;
  trace["generation"] = generation;
  if (!remark.empty()) trace["remark"] = remark;
  trace["routes"] = json::Value::array();
  for (const RouteTrace& each : routes) trace["routes"].push(route_json(each));
  trace["outcome"] = to_text(receipt.outcome);
  trace["faults"] = json::Value::array();
  for (const Fault& fault : receipt.faults) {
    json::Value& entry = trace["faults"].push({});
    entry["text"] = fault.text;
    entry["field"] = fault.field;
    entry["line"] = fault.line;
  }
  return trace;
}

}  // namespace pons
