#pragma once

#include <vector>

#include "engine/mapping/target_field.h"

namespace pons {

/// Checks names, lists, codes and required elements against R4. `out`: the place of the map's `out:`.
void check_fhir(std::vector<TargetField>& fields, const Target& target, Span out, Findings& findings);

/// The resource, resourceType first. No empty object or list is ever in it.
Result<json::Value> build_fhir(const std::vector<TargetField>& fields, const Target& target, const Scope& scope,
                               std::vector<Mapped>* mapped);

}  // namespace pons
