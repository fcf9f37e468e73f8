#pragma once

#include <cstdint>

namespace pons::lua {

/// What a run may still do, counted so that the same script on the same input always ends at the same place. A step is
/// about an instruction of Lua, a try of a pattern item, 16 characters read or 64 bytes taken.
struct Steps {
  std::int64_t left = 0;

  /// False: there are not that many left, and from now on there are none.
  bool take(std::int64_t count = 1) {
    left = count <= left ? left - count : -1;
    return left >= 0;
  }
  bool ran_out() const { return left < 0; }
};

}  // namespace pons::lua
