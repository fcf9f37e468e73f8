#include "engine/expr/scope.h"

#include <algorithm>

namespace pons {

const Value* Scope::find(std::string_view name) const {
  const auto bound = std::find_if(names.rbegin(), names.rend(), [&](const auto& each) { return each.first == name; });
  return bound == names.rend() ? nullptr : &bound->second;
}

}  // namespace pons
