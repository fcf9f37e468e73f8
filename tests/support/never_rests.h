#pragma once

#include <catch2/catch.hpp>

#include "engine/base/time.h"

namespace pons::test {

/// For Intake::step() over a store that is never away.
inline void never_rests(Duration) {
  FAIL("the store is away");
}

}  // namespace pons::test
