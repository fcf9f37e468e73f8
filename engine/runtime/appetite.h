#pragma once

#include <algorithm>
#include <cstddef>

#include "engine/base/time.h"

namespace pons {

/// How many parcels a connection claims and settles together. It grows while the other side answers quickly, since then
/// commits are what takes time, and falls to the least as soon as it doesn't: a claimed parcel must not wait behind a
/// slow one that another connection could have passed.
class Appetite {
 public:
  /// `least`: so many are sent together, and none waits behind another.
  explicit Appetite(std::size_t least) : least_(least), limit_(least) {}

  std::size_t limit() const { return limit_; }

  void learn(bool all_delivered, Duration took) {
    limit_ = all_delivered && took < kQuick ? std::min(limit_ * 2, std::max(kMost, least_)) : least_;
  }

 private:
  static constexpr std::size_t kMost = 32;
  static constexpr Duration kQuick = std::chrono::milliseconds(200);

  std::size_t least_, limit_;
};

}  // namespace pons
