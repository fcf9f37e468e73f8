#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/json/value.h"

namespace pons {

/// A resource that shall be in the other system as it is here. `query`: "identifier=urn:id:HOSP|F1"; empty: by its
/// first identifier.
struct Write {
  json::Value resource;
  std::string query;
};

/// What the caller knows of whom a conditional reference names: the reference ("Patient?identifier=urn:id:HOSP|M1") to
/// a resource.
using KnownResources = std::map<std::string, json::Value>;

/// One transaction Bundle (FHIR R4 3.1.0.11.2): each resource as a conditional PUT, and for each conditional reference
/// in them an entry that creates who is named if nobody has that identifier yet, by what is known of him or the least
/// that is valid. An ImagingStudy that nobody knows stays a reference. The same input gives the same bytes.
/// Refused: a resource without identifier, since writing it twice would make two.
Result<json::Value> bundle_of(std::vector<Write> writes, const KnownResources& known = {});

}  // namespace pons
