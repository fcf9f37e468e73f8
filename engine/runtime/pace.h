#pragma once

#include <mutex>
#include <optional>

#include "engine/base/time.h"

namespace pons {

/// Keeps the connections of one endpoint together under its `rate`: parcels leave evenly spaced, so that no second
/// holds more than the rate says. Each node counts for itself. Safe from many threads.
class Pace final {
 public:
  /// Parcels per second; empty: as fast as can be.
  explicit Pace(std::optional<double> rate);

  bool is_limited() const { return interval_ > Duration::zero(); }
  /// Zero: one parcel may leave now, and it is counted. Else how long to wait before asking again.
  Duration take(Duration now);

 private:
  const Duration interval_;
  std::mutex mutex_;  // guards what follows
  std::optional<Duration> next_;
};

}  // namespace pons
