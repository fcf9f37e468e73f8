#include "engine/expr/evaluate.h"

#include <algorithm>

#include "engine/expr/function.h"

namespace pons {

namespace {

using Kind = Term::Kind;

Result<Value> otherwise(const Term& term, const Evaluation& evaluation) {
  for (const Term& part : term.parts) {
    auto value = value_of(part, evaluation);
    if (!value || !value->is_absent()) return value;
  }
  return Value();
}

Result<Value> guarded(const Term& term, const Evaluation& evaluation) {
  const auto condition = holds(term.parts[1], evaluation);
  if (!condition) return condition.fault();
  return *condition ? value_of(term.parts[0], evaluation) : Result<Value>(Value());
}

Result<Value> template_text(const Term& term, const Evaluation& evaluation) {
  std::string out;
  for (const Term& part : term.parts) {
    const auto value = value_of(part, evaluation);
    if (!value) return value.fault();
    out += value->as_text();
  }
  return Value::text(std::move(out));
}

Result<Value> tuple(const Term& term, const Evaluation& evaluation) {
  std::vector<Value> items;
  for (const Term& part : term.parts) {
    auto value = value_of(part, evaluation);
    if (!value) return value.fault();
    if (!value->is_absent()) items.push_back(std::move(*value));
  }
  return Value::list(std::move(items));
}

Value loop(const Term& term, const Scope& scope) {
  auto all = read_loop(term, scope, false);
  if (term.extract.path.is_list()) return Value::list(std::move(all));
  return all.empty() ? Value() : std::move(all.front());
}

Result<Value> apply(const Term& term, const Evaluation& evaluation, const std::vector<Value>& arguments) {
  using Nothing = Function::Nothing;
  if (term.function->nothing != Nothing::is_taken && !arguments[0].has_value())
    return term.function->nothing == Nothing::passes ? arguments[0] : Value();
  return term.function->body({term, evaluation, arguments});
}

Result<Value> apply_to_items(const Term& term, const Evaluation& evaluation, std::vector<Value> arguments) {
  const Value list = std::move(arguments[0]);
  std::vector<Value> out;
  for (const Value& item : list.items()) {
    arguments[0] = item;
    auto value = apply(term, evaluation, arguments);
    if (!value) return value.fault();
    if (!value->is_absent()) out.push_back(std::move(*value));
  }
  return Value::list(std::move(out));
}

Result<Value> call(const Term& term, const Evaluation& evaluation) {
  std::vector<Value> arguments;
  arguments.reserve(term.arguments);
  for (std::size_t i = 0; i < term.arguments; ++i) {
    auto argument = value_of(term.parts[i], evaluation);
    if (!argument) return argument.fault();
    arguments.push_back(std::move(*argument));
  }
  const bool each = term.function->maps_lists && arguments[0].kind() == Value::Kind::list;
  return each ? apply_to_items(term, evaluation, std::move(arguments)) : apply(term, evaluation, arguments);
}

std::string written(const Term& term, const Evaluation& evaluation) {
  return evaluation.node.text.substr(term.begin, term.end - term.begin);
}

/// The first part that does not hold; null when all do, or when one cannot be told.
const Term* first_failing(const std::vector<Term>& parts, const Evaluation& evaluation) {
  const auto found = std::find_if(parts.begin(), parts.end(), [&](const Term& part) {
    const auto each = holds(part, evaluation);
    return !each || !*each;
  });
  return found == parts.end() ? nullptr : &*found;
}

}  // namespace

Fault Evaluation::fault(const Term& term, std::string text, const std::string& path, int code) const {
  Fault fault = refused(std::move(text), path, code);
  fault.line = node.part(term.begin, term.end).where();
  return fault;
}

Result<Value> value_of(const Term& term, const Evaluation& evaluation) {
  switch (term.kind) {
    case Kind::word:
    case Kind::absent:
      return Value();
    case Kind::constant:
      return term.constant;
    case Kind::extract:
      return read(term.extract, evaluation.scope);
    case Kind::name:
      return read_name(term, evaluation.scope);
    case Kind::loop:
      return loop(term, evaluation.scope);
    case Kind::call:
      return call(term, evaluation);
    case Kind::template_:
      return template_text(term, evaluation);
    case Kind::tuple:
      return tuple(term, evaluation);
    case Kind::otherwise:
      return otherwise(term, evaluation);
    case Kind::guarded:
      return guarded(term, evaluation);
    default:
      break;
  }
  const auto outcome = holds(term, evaluation);
  if (!outcome) return outcome.fault();
  return Value::truth(*outcome);
}

std::string why_not(const Term& term, const Evaluation& evaluation) {
  const auto outcome = holds(term, evaluation);
  if (outcome && *outcome) return {};
  const bool has_clauses = term.kind == Kind::both || term.kind == Kind::guarded;
  const Term* clause = has_clauses ? first_failing(term.parts, evaluation) : nullptr;
  return clause == nullptr ? written(term, evaluation) : why_not(*clause, evaluation);
}

}  // namespace pons
