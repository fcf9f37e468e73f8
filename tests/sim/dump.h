#pragma once

#include <string>

#include "adapters/memory/store.h"

namespace pons::sim {

/// The records as text, by the numbers that the hospital gave and none of the engine's own: two stores with equal dumps
/// know the same.
std::string dump(const MemoryStore& store);

}  // namespace pons::sim
