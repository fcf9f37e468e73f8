#pragma once

#include "engine/expr/compilation.h"
#include "engine/expr/tree.h"

namespace pons {

/// Where a word stands: a segment's name alone is right only where a segment is expected.
enum class Expected { value, segment };

/// Understands a word: a path, a name with its members, a variable of `$each`, or itself. False with a finding
/// (E0220, E0221, E0225, E023x) when it looks like one of the first and is none.
bool resolve_word(Term& term, Expected expected, Compilation& compilation);

}  // namespace pons
