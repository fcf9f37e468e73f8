#pragma once

#include <mutex>
#include <optional>

#include "engine/base/time.h"

namespace pons {

/// Whether nobody is at an endpoint. While that lasts, one parcel looks from time to time, and the others wait for it
/// instead of finding out for themselves: however much waits for a dead endpoint, it costs the living nothing. Safe
/// from many threads.
class Outage final {
 public:
  /// `looks`: how often one does. Zero: each parcel finds out for itself.
  explicit Outage(Duration looks) : looks_(looks) {}

  bool lasts() const;
  /// Zero: a parcel may leave now, and where the outage lasts it is counted: one. Else how long to wait before asking
  /// again.
  Duration take(Duration now);
  /// What the last that left found. True: the outage is over.
  bool learn(bool nobody_there, Duration now);

 private:
  const Duration looks_;
  mutable std::mutex mutex_;  // guards what follows
  std::optional<Duration> next_look_;
};

}  // namespace pons
