#pragma once

#include <string>

#include "engine/base/result.h"
#include "engine/base/zone.h"
#include "engine/expr/expr.h"
#include "engine/expr/value.h"

namespace pons {

/// Reads HL7 DTM, DICOM DT and DA, and RFC 3339 with FHIR's shorter forms, with the precision given.
Result<HL7Time> time_of(const Value& value);

/// As the wall clocks of the endpoint show it: an offset is applied and gone. Dates without a time stay.
HL7Time on_wall(const HL7Time& time, const Zone& zone);

/// "2026-11-24", "2026-11-24T09:30:00+01:00": FHIR dateTime. A time always has its offset.
std::string fhir_date_time(const HL7Time& time, const Zone& zone);
/// "20261124093000+0100".
std::string hl7_time(const HL7Time& time);

}  // namespace pons
