#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/records/book.h"

namespace pons {

/// What a message says about one attribute: nothing leaves it alone, "" clears it (HL7 v2.5.1 2.5.3), else its value.
using Said = std::optional<std::string>;

struct PatientClaim {
  std::vector<Identifier> identifiers;  // the first is the one to match by; it needs its authority
  Said name, birth_date, sex, address;
};

/// Finds or creates the patient whom the claim's first identifier names and takes over what the claim says.
/// Refused: no identifier. Conflict: another patient already has one of the other identifiers, or birth date and sex
/// both disagree with what is known: a person decides.
Result<const Patient*> reconcile_patient(Book& book, const PatientClaim& claim);

}  // namespace pons
