#pragma once

#include "tests/sim/simulation.h"
#include "tests/sim/watch.h"

namespace pons::sim {

/// Decides everything that was committed once more, one envelope after the other in the order of the commits, where
/// nothing goes wrong, each under the generation that its trace names. Whatever is different then was made so by
/// batches, several machines or failures.
void check_against_replay(const Generations& generations, const Watch& watch, const MemoryStore& store,
                          History& history);

}  // namespace pons::sim
