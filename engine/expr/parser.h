#pragma once

#include <optional>

#include "engine/expr/compilation.h"
#include "engine/expr/tree.h"

namespace pons {

/// The form of an expression (LANGUAGE 3); words are not understood yet. A finding E0210 or E0226 says what was
/// expected where, and nothing is given.
std::optional<Term> parse_expression(const ScalarText& excerpt, Compilation& compilation);

}  // namespace pons
