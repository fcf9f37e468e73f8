#pragma once

#include "engine/base/result.h"
#include "engine/records/patient_rules.h"
#include "engine/route/run.h"

namespace pons {

/// What the message says about its patient, as `with:` maps it. The identifier at `match` leads; the others that the
/// map or PID-3 names follow. A Fault when there is none at `match`.
Result<PatientClaim> patient_claim(const Run& run, const hl7::Path& match, const Map* with);

/// A member of a map's result: missing leaves alone, null clears.
Said said(const json::Value& object, std::string_view member);

}  // namespace pons
