#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/expr/evaluate.h"

namespace pons {

/// A call at work: its arguments are evaluated, those that are no values stand in the term.
struct FunctionCall {
  const Term& term;
  const Evaluation& evaluation;
  const std::vector<Value>& arguments;

  const Scope& scope() const { return evaluation.scope; }
  /// The nth argument's term; null when it was not given.
  const Term* given(std::size_t number) const { return number < term.parts.size() ? &term.parts[number] : nullptr; }
  const Value& argument(std::size_t number) const;
  std::string text(std::size_t number) const { return argument(number).as_text(); }
  /// A text made from the first argument: with its origin; nothing left is absent.
  Value made(std::string text) const;
  Fault fault(std::string text, int code = 207) const;
};

/// A function of the route language: what it takes, and what it does.
struct Function {
  enum class Parameter {
    value,
    segment,  // a value, or a segment's name
    number,   // constants from here on
    text,
    duration,
    zone,
    pattern,
    table,
    column,  // a key of the table before it
  };
  enum class Nothing {
    passes,     // an absent or null first argument is the result
    is_absent,  // an absent or null first argument makes the result absent
    is_taken,   // the function decides
  };

  std::string_view name;
  std::string_view usage;  // as a person writes it: "value | left(10)"
  std::vector<Parameter> parameters;
  std::size_t required = 1;
  Nothing nothing = Nothing::passes;
  bool maps_lists = false;  // a list as first argument: item by item
  Result<Value> (*body)(const FunctionCall&) = nullptr;
};

/// Null: there is none of that name.
const Function* find_function(std::string_view name);
const std::vector<std::string>& function_names();

/// The functions by subject; find_function() looks through all.
const std::vector<Function>& text_functions();
const std::vector<Function>& list_functions();
const std::vector<Function>& time_functions();
const std::vector<Function>& code_functions();
const std::vector<Function>& identity_functions();
const std::vector<Function>& person_functions();

}  // namespace pons
