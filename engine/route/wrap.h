#pragma once

#include <memory>
#include <vector>

#include "engine/route/run.h"

namespace pons {

/// One document on its way out, and the map that made it; no map: the message as received.
struct Outgoing {
  std::shared_ptr<const Document> document;
  const Map* map = nullptr;
};

/// The bytes that an endpoint gets, and what makes a redelivery recognisable.
struct Wrapped {
  std::string control_id, content_type, document;
};

/// As the endpoint speaks: an HL7 message over MLLP; FHIR resources as one transaction Bundle with the Patient and
/// ServiceRequest that they refer to; any other object as itself; an HL7 message to a web address as a JSON document
/// that holds it. Refuses what the endpoint cannot take.
Result<Wrapped> wrap(const Run& run, const Endpoint& endpoint, const std::vector<Outgoing>& documents);

}  // namespace pons
