#pragma once

#include "engine/ports/parcels.h"
#include "engine/ports/performed_steps.h"
#include "engine/ports/store.h"

namespace pons::test {

/// What every Store keeps. Each runs inside a TEST_CASE, on a store that no other one has used for the like.
void store_contract(Store& store);
/// Patients, orders, steps, reports, studies and performed steps come back as they were written.
void records_contract(Store& store);
/// Performed steps are found by their UID, as they are now. `steps` looks at the same place as `store`.
void performed_steps_contract(Store& store, PerformedSteps& steps);
/// Runs that were set aside keep their lanes and start again in order.
void runs_contract(Store& store);
/// Parcels are claimed head by head. `parcels` looks at the same place as `store`.
void parcels_contract(Store& store, Parcels& parcels);

}  // namespace pons::test
