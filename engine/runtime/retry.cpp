#include "engine/runtime/retry.h"

#include <algorithm>

namespace pons {

namespace {

Duration longest(const Retry& retry) {
  return std::max(retry.every, retry.up_to);
}

Duration planned(const Retry& retry, int attempts) {
  Duration wait = retry.every;
  for (int i = 1; i < attempts && wait < longest(retry); ++i) wait *= 2;
  return std::min(wait, longest(retry));
}

}  // namespace

Duration wait_after(const Retry& retry, int attempts, double unit) {
  const double scatter = 0.9 + 0.2 * unit;
  return std::chrono::duration_cast<Duration>(planned(retry, attempts) * scatter);
}

Duration longest_wait(const Retry& retry) {
  return longest(retry) * 11 / 10;
}

Duration waited(const Retry& retry, int attempts) {
  Duration sum{};
  int counted = 1;
  for (; counted < attempts && planned(retry, counted) < longest(retry); ++counted) sum += planned(retry, counted);
  return sum + longest(retry) * std::max(0, attempts - counted);
}

}  // namespace pons
