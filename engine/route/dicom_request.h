#pragma once

#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/route/run.h"
#include "engine/route/wrap.h"

namespace pons {

/// What a route of imaging-events may send to a DICOM endpoint: "received" (the same request again: an N-CREATE or
/// N-SET of a performed step, an availability notification) and "notification" (that a performed step changed, PS3.4
/// F.9).
const std::vector<std::string>& dicom_documents();

/// Refuses what the event at hand does not give.
Result<Wrapped> dicom_request(const Run& run, const std::string& document);

}  // namespace pons
