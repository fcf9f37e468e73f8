#pragma once

#include "tests/sim/watch.h"

namespace pons::sim {

/// Decides everything that was committed once more, one envelope after the other in the order of the commits, where
/// nothing goes wrong. Whatever is different then was made so by batches, several machines or failures.
void check_against_replay(const Watch& watch, const MemoryStore& store, History& history);

}  // namespace pons::sim
