#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/message/receipt.h"

namespace pons {

/// What the other side reads about its N-CREATE, N-SET or N-GET (PS3.7 annex C, PS3.4 F.7.2).
struct DimseAnswer {
  std::uint16_t status = 0;
  std::uint16_t error_id = 0;                  // (0000,0903); 0: none
  std::string comment;                         // (0000,0902), without patient data; empty: none
  std::vector<std::uint32_t> attributes = {};  // tags that the status is about

  /// 0105H, 0107H and 0120H list their attributes in the command; 0106H and 0121H send back what was wrong.
  bool sends_back() const;
};

/// The receipt's own status, else 0000H for what took effect or keeps its place, and 0110H for the rest.
DimseAnswer dimse_answer(const Receipt& receipt);

/// A UID's component with a leading zero passes, against PS3.5 9.1: devices in use send them.
bool is_uid(std::string_view text);

/// The answer to what cannot be an instance of the class that was agreed on, before anybody counts it: 0118H, 0119H or
/// 0117H; status 0 when it can be one.
DimseAnswer check_instance(std::string_view agreed, std::string_view sop_class, std::string_view sop_instance);

}  // namespace pons
