#pragma once

#include "engine/route/endpoint.h"
#include "engine/runtime/courier.h"

namespace pons {

/// How the courier of an endpoint works, as the site says.
Courier::Settings courier_settings(const Endpoint& endpoint);

}  // namespace pons
