#pragma once

#include <string>
#include <vector>

#include "engine/mapping/map.h"

namespace pons {

/// Runs one of the map's own tests on the segments that it gives, behind an MSH that says nothing but the type; no name
/// is bound. A line for each difference; none: it passes.
std::vector<std::string> run_test(const Map& map, const Map::Test& test);
/// All of them, each line under the place and name of its test.
std::vector<std::string> run_tests(const Map& map);

}  // namespace pons
