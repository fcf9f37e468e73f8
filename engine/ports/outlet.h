#pragma once

#include "engine/message/parcel.h"

namespace pons {

/// Sends one parcel to one endpoint. Used by one courier thread at a time for each of the endpoint's connections.
class Outlet {
 public:
  virtual ~Outlet() = default;
  /// Sends and waits for the answer, within the endpoint's time limit. Never throws for what the other side does.
  virtual Delivery send(const Parcel& parcel) = 0;
  /// From another thread, when the engine ends: a send that waits for its answer gives up at once, as `unknown`.
  virtual void stop() {}
};

}  // namespace pons
