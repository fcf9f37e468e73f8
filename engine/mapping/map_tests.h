#pragma once

#include <string>
#include <vector>

#include "engine/mapping/map.h"

namespace pons {

/// Runs the map's own tests on the segments that they give, behind an MSH that says nothing but the type; no name is
/// bound. A line for each failure and each difference; none: they pass.
std::vector<std::string> run_tests(const Map& map);

}  // namespace pons
