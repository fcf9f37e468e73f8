#pragma once

#include <string>

#include "engine/base/result.h"
#include "engine/expr/scope.h"
#include "engine/expr/tree.h"

namespace pons {

/// One evaluation: what may be read, and the scalar that faults name.
struct Evaluation {
  const Scope& scope;
  const Node& node;

  /// A fault of this term, at the path that the value was read from.
  Fault fault(const Term& term, std::string text, const std::string& path, int code) const;
};

Result<Value> value_of(const Term& term, const Evaluation& evaluation);
Result<bool> holds(const Term& term, const Evaluation& evaluation);
/// The innermost clause that does not hold, as written; empty when the term holds.
std::string why_not(const Term& term, const Evaluation& evaluation);

/// What a path reads, with every match when `each`.
std::vector<Value> read_all(const Extract& extract, const Scope& scope, bool each);
Value read(const Extract& extract, const Scope& scope);
/// What a name and its members stand for.
Value read_name(const Term& term, const Scope& scope);
/// The part of a variable of `$each` that the path names.
std::vector<Value> read_loop(const Term& term, const Scope& scope, bool each);

}  // namespace pons
