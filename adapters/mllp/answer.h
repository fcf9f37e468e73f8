#pragma once

#include <optional>
#include <string>

#include "engine/base/time.h"
#include "engine/message/receipt.h"

namespace pons {

/// The acknowledgement for a receipt, in original mode (HL7 v2.5.1 2.9.2): AA when it took effect or keeps its place,
/// AE with ERR when it was refused or parked, AR for what only MSH-9, 11 and 12 rule out. Nothing for bytes that are no
/// message: there is no control id to answer to.
std::optional<std::string> answer(const std::string& received, const Receipt& receipt, const std::string& control_id,
                                  Instant now);

}  // namespace pons
