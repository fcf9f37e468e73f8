#include "engine/runtime/outage.h"

#include <utility>

namespace pons {

bool Outage::lasts() const {
  std::lock_guard lock(mutex_);
  return next_look_.has_value();
}

Duration Outage::take(Duration now) {
  std::lock_guard lock(mutex_);
  if (!next_look_) return {};
  if (now < *next_look_) return *next_look_ - now;
  next_look_ = now + looks_;
  return {};
}

bool Outage::learn(bool nobody_there, Duration now) {
  std::lock_guard lock(mutex_);
  if (!nobody_there) return std::exchange(next_look_, std::nullopt).has_value();
  if (looks_ > Duration::zero()) next_look_ = now + looks_;
  return false;
}

}  // namespace pons
