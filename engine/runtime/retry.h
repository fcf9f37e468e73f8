#pragma once

#include <optional>

#include "engine/base/time.h"

namespace pons {

/// When a parcel that could not be delivered is tried again: `retry: {every, up_to, for, then}` of an endpoint.
struct Retry {
  enum class Then { go_on, park };

  Duration every = std::chrono::seconds(30);  // the first wait; each further one is twice as long
  Duration up_to = std::chrono::minutes(10);  // the longest wait
  std::optional<Duration> patience{};         // `for:`; empty: for ever, and no alert
  Then then = Then::go_on;                    // after `for:` there is an alert either way
};

/// The wait after so many attempts. `unit`, from 0 to below 1, scatters it by a tenth up or down, so that an endpoint
/// that is back is not met by everybody at once.
Duration wait_after(const Retry& retry, int attempts, double unit);

/// No parcel waits longer for its next attempt.
Duration longest_wait(const Retry& retry);

/// How long a parcel that was tried so often has been waiting, by the plan: the sum of its waits, unscattered. Closed
/// hours and the time that attempts take are not in it, so it is never more than what has really passed, by a tenth.
Duration waited(const Retry& retry, int attempts);

}  // namespace pons
