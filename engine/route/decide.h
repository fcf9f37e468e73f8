#pragma once

#include <optional>
#include <vector>

#include "engine/route/run.h"
#include "engine/route/site.h"

namespace pons {

/// A decision, and the documents before they were wrapped: what `pons test` looks at.
struct Decided {
  Decision decision;
  std::vector<Sent> sent;
};

/// Decides about one envelope. `only`: the one route that is offered it, also to endpoints that are off; null: every
/// route of its inlet.
std::optional<Decided> decide(const Site& site, const Envelope& envelope, Book& book, Instant now,
                              const Route* only = nullptr);

/// An event of the engine's own for a route of `imaging-events`, without the envelope that caused it: for tests.
std::optional<Decided> decide_event(const Site& site, const json::Value& event, const json::Value& study,
                                    const Envelope& envelope, Book& book, Instant now, const Route* only);

}  // namespace pons
