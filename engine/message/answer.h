#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/base/time.h"
#include "engine/message/receipt.h"

namespace pons {

/// How a partner wants to be answered, where that is not the usual way.
struct Dialect {
  bool parked_is_aa = false;           // under `ack: stored`, and for partners that stop on AE
  bool is_silent = false;              // `ack: none`: no acknowledgement at all
  bool original_only = false;          // `ack_mode: original`: MSH-15 and MSH-16 are not listened to
  bool application_elsewhere = false;  // `application_ack_to:`: what MSH-16 asks for goes over a connection of ours
};

/// The acknowledgements for a receipt, in the order in which they go out. Nothing for bytes that are no message: there
/// is no control id to answer to.
///
/// Original mode (HL7 v2.5.1 2.9.2): one, AA when it took effect or keeps its place, AE with ERR when it was refused or
/// parked, AR for what only MSH-9, 11 and 12 rule out. An acknowledgement is not acknowledged.
/// Enhanced mode (2.9.3), where MSH-15 or MSH-16 asks: up to two, CA and the application's. CE or CR alone where the
/// application's would not tell of the refusal, and for what MSH-9, 11 and 12 rule out.
/// `has_said_stored`: what accept_ack() gives was said before.
std::optional<std::vector<std::string>> answers(const std::string& received, const Receipt& receipt,
                                                const Dialect& dialect, const std::string& control_id, Instant now,
                                                bool has_said_stored = false);

/// What MSH-16 asks for, where it goes over a connection of ours: a message of its own, which asks for CA. Nothing
/// where it does not ask, or everything was said at once.
std::optional<std::string> later_answer(const std::string& received, const Receipt& receipt, const Dialect& dialect,
                                        const std::string& control_id, Instant now);

/// CA, for what is stored and has yet to be delivered; nothing where MSH-15 does not ask for it.
std::optional<std::string> accept_ack(const std::string& received, const Receipt& receipt, const Dialect& dialect,
                                      const std::string& control_id, Instant now);

/// In a batch also what is no message has its answer: AR, naming nobody.
std::string answer_to_nobody(const std::string& control_id, Instant now);

}  // namespace pons
