#pragma once

#include <memory>

#include "engine/route/wrap.h"

namespace pons {

/// `send: merge.notice`: who ended and who stays, ready for the endpoint: ADT^A40 over MLLP, else a FHIR Bundle that
/// marks the retired Patient as replaced.
struct Notice {
  std::shared_ptr<const Document> document;
  Wrapped wrapped;
};
Notice merge_notice(Run& run, const Endpoint& endpoint);

}  // namespace pons
