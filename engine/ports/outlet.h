#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "engine/message/parcel.h"

namespace pons {

/// Sends one parcel to one endpoint. Used by one courier thread at a time for each of the endpoint's connections.
class Outlet {
 public:
  virtual ~Outlet() = default;
  /// Sends and waits for the answer, within the endpoint's time limit. Never throws for what the other side does.
  virtual Delivery send(const Parcel& parcel) = 0;
  /// How many it sends before the first of them is answered.
  virtual std::size_t in_flight() const { return 1; }
  /// Sends up to that many, none of which need wait for another, and waits for their answers within the same limit.
  /// Returns a delivery for each.
  virtual std::vector<Delivery> send_together(std::span<const Parcel> parcels) { return {send(parcels.front())}; }
  /// False: there is nobody to send to, and nothing need be tried; asked before parcels are claimed.
  virtual bool is_ready() { return true; }
  /// From another thread, when the engine ends: a send that waits for its answer gives up at once, as `unknown`.
  virtual void stop() {}
};

}  // namespace pons
