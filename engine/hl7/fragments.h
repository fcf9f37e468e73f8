#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/hl7/message.h"

namespace pons::hl7 {

/// What a message says about being a piece of another one (HL7 v2.5.1 2.10.2).
struct Fragment {
  std::string continues;  // MSH-14: the pointer of the fragment before it; empty: there is none
  std::string pointer;    // DSC-1: the next fragment will bear it; empty: nothing follows

  bool awaits_more() const { return !pointer.empty(); }
  bool is_part() const { return awaits_more() || is_last(); }
  bool is_last() const { return !continues.empty() && pointer.empty(); }
};

/// A DSC of style I is a query's interactive continuation, and no fragment.
Fragment fragment_of(const Message& message);

/// The whole that the fragments make, first to last: without DSC, and each ADD joined to the segment that it continues.
/// It bears the first one's header with MSH-10 and MSH-13 of the last, which is the one that is answered for all.
Result<std::string> join(const std::vector<std::string_view>& fragments);

/// Each ADD joined to the segment that it continues; without ADD the message itself.
Message with_additions(Message received);

}  // namespace pons::hl7
