#include "adapters/mllp/large_frames.h"

#include <catch2/catch.hpp>
#include <optional>

using namespace pons;

namespace {
constexpr std::size_t kMegabyte = 1u << 20;
}

TEST_CASE("large frames grow together up to the bound, and beyond it the one that began first") {
  LargeFrames all(10 * kMegabyte);
  LargeFrames::Share small(all), third(all);
  std::optional<LargeFrames::Share> first(std::in_place, all), second(std::in_place, all);
  first->hold(6 * kMegabyte, 0);
  second->hold(3 * kMegabyte, 0);
  CHECK((first->may_grow() && second->may_grow()));
  third.hold(2 * kMegabyte, 0);
  small.hold(kMegabyte, 0);
  CHECK((first->may_grow() && !second->may_grow() && !third.may_grow() && small.may_grow()));
  first->hold(0, 8 * kMegabyte);  // it has ended, and is being handed in
  CHECK((second->may_grow() && !third.may_grow()));
  first.reset();
  CHECK((second->may_grow() && third.may_grow()));
}
