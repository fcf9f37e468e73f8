#include "engine/route/loading.h"
#include "engine/route/run.h"

namespace pons {

namespace {

std::vector<std::string> words(const Node& list) {
  std::vector<std::string> all;
  const std::vector<Node> alone{list};
  for (const Node& each : list.is_list() ? list.items : alone) all.push_back(each.text);
  return all;
}

/// A list stays a list of texts, in order; anything else is one text.
std::vector<std::string> texts(const Value& value) {
  std::vector<std::string> all;
  if (value.kind() == Value::Kind::list)
    for (const Value& each : value.items()) all.push_back(each.as_text());
  else if (value.has_value())
    all.push_back(value.as_text());
  return all;
}

}  // namespace

std::optional<Verb> load_script(const Node& step, Loading& loading) {
  refuse_unknown_keys(step, {"script", "in", "out", "name", "when"}, loading.findings);
  const Node& name = *step.find("script");
  const auto found = loading.parts.scripts.find(name.text);
  if (found == loading.parts.scripts.end()) {
    refuse_unknown_name(name, "script", "mappings/scripts/*.lua", names_of(loading.parts.scripts), loading.findings);
    return {};
  }
  const Node* in = loading.wanted(step, "in", "OBX[2 = TX]-5[*]");
  const Node* out = step.find("out");
  if (!out) {
    loading.findings.error("E0406", step.span, "the script's results are not declared", "",
                           "write:  out: [impression, critical]");
    return {};
  }
  if (!in) return {};
  auto input = loading.compile(*in);
  if (!input) return {};
  auto outputs = words(*out);
  loading.binds("script", outputs);
  return ScriptStep{&found->second, name.text, *std::move(input), std::move(outputs)};
}

Next run_step(Run& run, const RouteStep& step, const ScriptStep& verb) {
  const auto input = verb.input.value(run.scope);
  if (!input) return stop_for(run, input.fault());
  const auto result = verb.script->run(texts(*input), verb.outputs);
  if (!result) {
    Fault fault = result.fault();
    fault.line = step.span.where();
    return stop_for(run, std::move(fault));
  }
  json::Value outputs = json::Value::object();
  for (const auto& [name, text] : *result)
    if (text) outputs[name] = *text;
  run.scope.bind("script", Value::of(std::move(outputs)));
  run.did(step, "");
  return {};
}

}  // namespace pons
