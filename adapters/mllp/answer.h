#pragma once

#include <optional>
#include <string>

#include "engine/base/time.h"
#include "engine/message/receipt.h"

namespace pons {

/// How a partner wants to be answered, where that is not the usual way.
struct Dialect {
  bool parked_is_aa = false;  // under `ack: stored`, and for partners that stop on AE
  bool is_silent = false;     // `ack: none`: no acknowledgement at all
};

/// The acknowledgement for a receipt, in original mode (HL7 v2.5.1 2.9.2): AA when it took effect or keeps its place,
/// AE with ERR when it was refused or parked, AR for what only MSH-9, 11 and 12 rule out. Nothing for bytes that are no
/// message: there is no control id to answer to.
std::optional<std::string> answer(const std::string& received, const Receipt& receipt, const Dialect& dialect,
                                  const std::string& control_id, Instant now);

}  // namespace pons
