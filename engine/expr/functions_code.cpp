#include <algorithm>

#include "engine/expr/function.h"

namespace pons {

namespace {

using Parameter = Function::Parameter;

bool is_of_sender(const Value& key) {
  return key.path().starts_with("MSH-");
}

/// The key that the others only qualify: the first that does not just name the sender.
std::size_t main_key(const std::vector<Value>& keys) {
  const auto found =
      std::find_if(keys.begin(), keys.end(), [](const Value& key) { return key.has_value() && !is_of_sender(key); });
  return found == keys.end() ? 0 : static_cast<std::size_t>(found - keys.begin());
}

std::string named(const Value& key) {
  const std::string text = key.has_value() ? "\"" + key.as_text() + "\"" : "absent";
  return key.path().empty() ? text : key.path() + " " + text;
}

/// `OBR-24 "MG2" from NORTH is not in table modality-codes`
std::string missing_code(const std::vector<Value>& keys, std::size_t main, const CodeTable& table) {
  std::string out = named(keys[main]);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (i == main || !keys[i].has_value()) continue;
    out += is_of_sender(keys[i]) ? " from " + keys[i].as_text() : " with " + named(keys[i]);
  }
  return out + " is not in table " + table.name();
}

/// HL7 `""` that no row knows stays what it is: it clears the target.
bool clears(const std::vector<Value>& keys) {
  const auto is_null = [](const Value& key) { return key.is_null(); };
  return std::none_of(keys.begin(), keys.end(), [](const Value& key) { return key.has_value(); }) &&
         std::any_of(keys.begin(), keys.end(), is_null);
}

Result<Value> lookup(const FunctionCall& call) {
  const CodeTable& table = *call.term.table;
  const auto& keys = call.arguments;
  std::vector<std::optional<std::string>> texts;
  for (const Value& key : keys) texts.push_back(key.has_value() ? std::optional(key.as_text()) : std::nullopt);
  const std::size_t main = main_key(keys);
  const auto found = table.find(texts);
  if (!found) return call.evaluation.fault(call.term, missing_code(keys, main, table), keys[main].path(), 103);
  if (*found) return Value::text(**found).with_origin(keys[main]);
  return clears(keys) ? Value::null() : Value();
}

Result<Value> reverse(const FunctionCall& call) {
  const CodeTable& table = *call.term.table;
  const Term* column = call.given(2);
  const auto code = table.reverse(call.text(0), column == nullptr ? table.key_names().front() : column->text);
  return code ? call.made(*code) : Value();
}

Result<Value> coding(const FunctionCall& call) {
  if (!call.argument(1).has_value()) return call.argument(1).is_null() ? Value::null() : Value();
  auto coding = json::Value::object();
  constexpr std::string_view kMembers[] = {"system", "code", "display"};
  for (std::size_t i = 0; i < call.arguments.size(); ++i)
    if (call.argument(i).has_value()) coding[kMembers[i]] = json::Value(call.text(i));
  return Value::of(std::move(coding)).with_origin(call.argument(1));
}

}  // namespace

const std::vector<Function>& code_functions() {
  using Nothing = Function::Nothing;
  // lookup's parameters are the keys of its table: resolve() counts them.
  static const std::vector<Function> kFunctions{
      {"lookup", "(MSH-4, OBR-24) | lookup(modality-codes)", {}, 2, Nothing::is_taken, true, lookup},
      {"reverse",
       "study.Modality | reverse(modality-codes, section)",
       {Parameter::value, Parameter::table, Parameter::column},
       2,
       Nothing::passes,
       true,
       reverse},
      {"coding",
       "coding(http://loinc.org, 18748-4, text(\"Diagnostic imaging report\"))",
       {Parameter::value, Parameter::value, Parameter::value},
       2,
       Nothing::is_taken,
       false,
       coding},
  };
  return kFunctions;
}

}  // namespace pons
