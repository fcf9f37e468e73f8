#pragma once

#include <cstddef>

#include "engine/expr/compilation.h"
#include "engine/expr/tree.h"

namespace pons {

/// True for a name of the dictionary in any version, of the format, and for every Z-segment.
bool is_segment(std::string_view name, const Vocabulary& vocabulary);

/// Checks a path against the dictionary and the format (E0230 to E0233), for findings at [begin, end) of the scalar,
/// and fills in its level and data type. False when there was a finding.
bool check_path(Extract& extract, std::size_t begin, std::size_t end, Compilation& compilation);

}  // namespace pons
