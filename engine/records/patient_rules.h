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

/// What becomes of a patient whom nobody knows.
enum class UnknownPatient { create, ignore };

/// Finds or creates the patient whom the claim's first identifier names and takes over what the claim says. An
/// identifier that was merged away leads to the survivor, whose name and the rest then stand: the sender does not know
/// of the merge yet. Null: nobody knows the patient, and `unknown` says ignore.
/// Refused: no identifier. Conflict: another patient already has one of the other identifiers, or birth date and sex
/// both disagree with what is known: a person decides.
Result<const Patient*> reconcile_patient(Book& book, const PatientClaim& claim,
                                         UnknownPatient unknown = UnknownPatient::create);

}  // namespace pons
