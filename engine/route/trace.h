#pragma once

#include <string>
#include <vector>

#include "engine/json/value.h"
#include "engine/message/receipt.h"

namespace pons {

/// What one route made of a message, in the order in which it happened.
struct RouteTrace {
  std::string route;
  std::string why_not;             // empty: it took the message
  std::vector<std::string> steps;  // "reconcile patient: update", "map orm-to-worklist"
  std::vector<std::string> sent;   // "ehr-mllp: oru", "duty-desk: off"
  std::string outcome;             // "done", "held" …
  std::string reason;              // why it is not done
};

/// Why a message went where it went, as `pons trace` shows it:
/// {"generation":"a1b2c3d4e5f6","routes":[{"route":"ris-orders","took":true,"steps":[…],"sent":[…],"outcome":"done"}],"outcome":"done","faults":[…]}
/// `generation`: which site decided. `remark`: how it came and had to be read, where that does not show in its bytes; a
/// member of its own, else left out.
json::Value trace_of(const std::string& generation, const std::vector<RouteTrace>& routes, const Receipt& receipt,
                     const std::string& remark);

}  // namespace pons
