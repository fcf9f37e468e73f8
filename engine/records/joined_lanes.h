#pragma once

#include <string>
#include <vector>

#include "engine/records/book.h"

namespace pons {

/// What waits in one of the two must from now on wait in the other too.
struct JoinedLanes {
  std::string from, into;
};

/// A retired patient's lane goes into the survivor's, and that of a number which nobody bore into its bearer's.
std::vector<JoinedLanes> joined_lanes(const Book& book);

}  // namespace pons
