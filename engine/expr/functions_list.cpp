#include "engine/expr/function.h"

namespace pons {

namespace {

using Parameter = Function::Parameter;

Result<Value> join(const FunctionCall& call) {
  const Value& list = call.argument(0);
  if (list.kind() != Value::Kind::list) return call.made(list.as_text());
  const std::string separator = call.text(1);
  std::string out;
  bool any = false;
  const Value* null = nullptr;
  for (const Value& item : list.items()) {
    if (item.is_null()) null = &item;
    if (!item.has_value()) continue;
    if (any) out += separator;
    out += item.as_text();
    any = true;
  }
  if (!any && null) return *null;  // HL7 "" and nothing beside it clears
  return call.made(std::move(out));
}

Result<Value> count(const FunctionCall& call) {
  const Value& value = call.argument(0);
  const std::size_t number = value.kind() == Value::Kind::list ? value.items().size() : value.has_value() ? 1 : 0;
  return Value::text(std::to_string(number)).with_origin(value);
}

Result<Value> first(const FunctionCall& call) {
  const Value& value = call.argument(0);
  if (value.kind() != Value::Kind::list) return value;
  return value.items().empty() ? Value() : value.items().front();
}

Result<Value> last(const FunctionCall& call) {
  const Value& value = call.argument(0);
  if (value.kind() != Value::Kind::list) return value;
  return value.items().empty() ? Value() : value.items().back();
}

Result<Value> exists(const FunctionCall& call) {
  return Value::truth(!call.argument(0).is_absent());
}

Result<Value> is_null(const FunctionCall& call) {
  return Value::truth(call.argument(0).is_null());
}

}  // namespace

const std::vector<Function>& list_functions() {
  using Nothing = Function::Nothing;
  static const std::vector<Function> kFunctions{
      {"join", "NTE-3[*] | join(\", \")", {Parameter::value, Parameter::text}, 1, Nothing::passes, false, join},
      {"count", "count(OBX[*])", {Parameter::segment}, 1, Nothing::is_taken, false, count},
      {"first", "PID-3[*].1 | first", {Parameter::value}, 1, Nothing::passes, false, first},
      {"last", "PID-3[*].1 | last", {Parameter::value}, 1, Nothing::passes, false, last},
      {"exists", "exists(ZDS)", {Parameter::segment}, 1, Nothing::is_taken, false, exists},
      {"is_null", "is_null(PID-8)", {Parameter::value}, 1, Nothing::is_taken, false, is_null},
  };
  return kFunctions;
}

}  // namespace pons
