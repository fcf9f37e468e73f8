#include "engine/runtime/pace.h"

#include <stdexcept>

namespace pons {

namespace {

Duration interval(std::optional<double> rate) {
  if (!rate) return {};
  if (!(*rate > 0)) throw std::invalid_argument("a rate is more than 0 a second");
  return std::chrono::ceil<Duration>(std::chrono::duration<double>(1 / *rate));
}

}  // namespace

Pace::Pace(std::optional<double> rate) : interval_(interval(rate)) {}

Duration Pace::take(Duration now) {
  if (!is_limited()) return {};
  std::lock_guard lock(mutex_);
  if (next_ && now < *next_) return *next_ - now;
  next_ = now + interval_;
  return {};
}

}  // namespace pons
