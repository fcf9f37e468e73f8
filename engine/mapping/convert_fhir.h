#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/zone.h"
#include "engine/expr/value.h"
#include "engine/json/fhir.h"
#include "engine/json/value.h"

namespace pons {

/// A value as JSON of the element's type; none: absent, or null, which FHIR does not know. A list gives one each. What
/// does not fit the type, or the codes that a required binding allows, is refused. `parent`: the type that has the
/// element ("ImagingStudy.series").
Result<std::vector<json::Value>> fhir_values(const json::FhirElement& element, std::string_view parent,
                                             const Value& value, const Zone& zone);

/// The same for the text of a primitive.
Result<json::Value> fhir_primitive(const json::FhirElement& element, const Value& value, const Zone& zone);

/// What is wrong with an object of that type: a member that the type does not have; "" when nothing.
std::string fhir_object_fault(std::string_view type, const json::Value& object);

}  // namespace pons
