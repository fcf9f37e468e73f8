#pragma once

#include "engine/base/result.h"
#include "engine/records/book.h"
#include "engine/records/patient_rules.h"

namespace pons {

struct MergeClaim {
  PatientClaim survivor;  // PID: its first identifier names the one who stays; what it says is taken over
  Identifier retired;     // MRG-1: the one who ends
};

/// What a merge did; row ids.
struct Merge {
  std::int64_t survivor = 0, retired = 0;
  bool did_nothing = false;                            // it had been done before
  std::vector<std::int64_t> orders, studies, reports;  // what moved
};

/// Merges one patient into another (HL7 v2.5.1 3.3.40, IHE RAD PIR): orders, steps, performed steps, studies and
/// reports move, and each is noted with where it was, so that it can be undone; the retired identifiers lead to the
/// survivor. A patient nobody knows is created, retired or surviving. The same merge again does nothing. Refused: no
/// identifier, or a patient with itself. Conflict: the survivor was itself merged into the retired one earlier, the
/// retired one was merged into somebody else, or the claim disagrees with the survivor (patient_rules). Anything but
/// success leaves nothing behind.
Result<Merge> reconcile_merge(Book& book, const MergeClaim& claim);

}  // namespace pons
