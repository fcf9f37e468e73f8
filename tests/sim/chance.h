#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/time.h"

namespace pons::sim {

/// Chance that a seed repeats, the same on every machine (SplitMix64).
class Chance final {
 public:
  explicit Chance(std::uint64_t seed) : state_(seed) {}
  /// Another one for a part of its own: what one part draws changes nothing for the others.
  Chance fork(std::string_view part) const {
    std::uint64_t seed = state_ ^ 0xcbf29ce484222325u;
    for (const char c : part) seed = (seed ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    return Chance(seed);
  }

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  /// From 0 to below 1.
  double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  bool happens(double probability) { return unit() < probability; }
  /// Both ends included.
  std::int64_t between(std::int64_t first, std::int64_t last) {
    return first + static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(last - first + 1));
  }
  Duration between(Duration first, Duration last) { return Duration(between(first.count(), last.count())); }
  /// Mostly short, sometimes long: as times between things that have nothing to do with each other.
  Duration about(Duration mean) {
    return Duration(static_cast<std::int64_t>(-std::log(1 - unit()) * static_cast<double>(mean.count())));
  }
  template <class All>
  auto& one_of(All& all) {
    return all[static_cast<std::size_t>(between(0, static_cast<std::int64_t>(all.size()) - 1))];
  }

 private:
  std::uint64_t state_;
};

}  // namespace pons::sim
