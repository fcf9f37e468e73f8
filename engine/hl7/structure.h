#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/hl7/message.h"

namespace pons::hl7 {

/// Segments that belong together, such as one order of a message with several.
struct Group {
  std::string name;                   // its leader: "OBR"
  std::vector<std::size_t> segments;  // indices, in message order, shared ones included
  std::vector<std::size_t> shared;    // those of them that every group has: MSH, PID, PV1 ...

  bool has(std::size_t segment) const;
  bool is_shared(std::size_t segment) const;
};

/// The groups that segments of this name make, in message order; none when there is no such segment.
///
/// OBR (or ORC): an ORC takes the OBR after it into its group; what follows belongs to it until the next ORC or OBR. An
/// ORC without OBR is a group too. A second PID begins another patient, whose orders do not see the first one.
/// One ZDS after the last OBR belongs to every order (IHE RAD TF-2 4.4, v2.3.1).
/// MRG (or PID): each PID begins a group (ADT^A40: PID [PD1] MRG [PV1]).
/// IPC, OBX, TQ1, SPM: split inside each order; a group is the order and one of them, with the notes after it.
/// Any other name: it and what follows, until the next one.
/// Every group holds what it shares: refused is a message in which all together would hold over a million segments.
Result<std::vector<Group>> split(const Message& message, std::string_view leader);

}  // namespace pons::hl7
