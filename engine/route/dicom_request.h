#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/route/run.h"
#include "engine/route/wrap.h"

namespace pons {

/// What a route of imaging-events may send to a DICOM endpoint: "received" (the same request again: an N-CREATE or
/// N-SET of a performed step, an availability notification), "notification" (that a performed step changed, PS3.4 F.9)
/// and "commitment" (shall the archive say that it keeps the instances that the event names?).
const std::vector<std::string>& dicom_documents();

/// Nothing: a commitment, and the event names no instance. Refuses what the event at hand does not give.
Result<std::optional<Wrapped>> dicom_request(Run& run, const Endpoint& endpoint, const std::string& document);

}  // namespace pons
