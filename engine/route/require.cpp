#include "engine/route/loading.h"
#include "engine/route/run.h"

namespace pons {

namespace {

/// A refusal under `ack: stored` comes too late for the sender (LANGUAGE 6).
void warn_of_late_rejection(const Node& step, Loading& loading) {
  if (!loading.inlet || loading.inlet->ack != Endpoint::Ack::stored) return;
  const Node* word = step.find("else");
  Finding& finding = loading.findings.warning(
      "W0405", word ? word->span : step.span, "this rejection can never reach the sender",
      "needs the answer to wait for the steps; it is parked", "write:  ack: checked      or      else: park");
  finding.labels.push_back(
      {loading.inlet->ack_span, "but " + loading.inlet->name + " answers AA as soon as the message is stored"});
}

}  // namespace

std::optional<Verb> load_require(const Node& step, Loading& loading) {
  refuse_unknown_keys(step, {"require", "else", "name", "when"}, loading.findings);
  const Node& assertions = *step.find("require");
  if (!assertions.is_map()) {
    loading.findings.error("E0406", assertions.span, "require: wants named assertions, one a line", "",
                           "write:  there is an MRN: PID-3[5 = MR].1");
    return {};
  }
  Require verb;
  for (const auto& [name, condition] : assertions.entries)
    if (auto holds = loading.compile(condition)) verb.assertions.push_back({name.text, *std::move(holds)});
  using enum Endpoint::Policy;
  verb.otherwise = loading.policy(step, "else", reject, {reject, park, hold, drop});
  if (verb.otherwise == reject) warn_of_late_rejection(step, loading);
  return verb;
}

Next run_step(Run& run, const RouteStep& step, const Require& verb) {
  for (const Require::Assertion& each : verb.assertions) {
    const auto holds = each.holds.holds(run.scope);
    if (!holds) return stop_for(run, holds.fault());
    if (*holds) continue;
    const auto& paths = each.holds.paths();
    const std::string field = paths.empty() ? std::string() : paths.front().to_text();
    const bool is_absent = paths.size() == 1 && each.holds.as_path();
    Fault fault = refused(each.name + ": " + each.holds.text() + " does not hold", field, is_absent ? 101 : 103);
    fault.line = each.holds.span().where();
    return stop_for(run, std::move(fault), verb.otherwise);
  }
  run.did(step, "");
  return {};
}

}  // namespace pons
