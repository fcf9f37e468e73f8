#pragma once

#include "engine/ports/store.h"

namespace pons::test {

/// What every Store keeps. Runs inside a TEST_CASE, on a store that is new.
void store_contract(Store& store);

}  // namespace pons::test
