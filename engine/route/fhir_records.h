#pragma once

#include <string>
#include <vector>

#include "engine/json/value.h"
#include "engine/mapping/bundle.h"
#include "engine/route/run.h"

namespace pons {

/// What we know of the records that a resource refers to by identifier: its Patient and ServiceRequest as FHIR R4
/// resources, by the reference that names them.
KnownResources known_resources(const Run& run, const std::vector<const json::Value*>& resources);

/// PN to HumanName: family, given, prefix and suffix.
json::Value human_name(const std::string& person_name);
/// A patient with one identifier, as far as the registry knows.
json::Value patient_resource(const Patient& patient, const json::Value& identifier);
/// {"system":…,"value":…} of a conditional reference: "Patient?identifier=urn:id:HOSP|M1".
json::Value identifier_of(const std::string& reference);

}  // namespace pons
