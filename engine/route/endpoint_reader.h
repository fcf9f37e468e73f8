#pragma once

#include <optional>

#include "engine/route/endpoint.h"

namespace pons {

/// One endpoint as its settings stand, each by itself; what it says of other endpoints is load_endpoints' affair.
/// Nothing: findings say why.
std::optional<Endpoint> read_endpoint(const Node& name, const Node& body, const Lookup& lookup, Findings& findings);

}  // namespace pons
