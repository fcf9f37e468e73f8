#pragma once

#include <optional>

#include "engine/mapping/map.h"

namespace pons {

/// The map's file with what it takes from the one that it `extends:`: keys and fields that it writes itself win, blocks
/// of fields are laid one over the other. One level. Tests are not inherited. Findings (E0209), and nothing.
std::optional<Node> extended(const Node& file, const Map::Files& others, Findings& findings);

}  // namespace pons
