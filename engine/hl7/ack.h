#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/hl7/message.h"

namespace pons::hl7 {

/// What an acknowledgement shall say. Texts are ASCII or in the character set of the received message.
struct AckSpec {
  struct Err {
    std::string field;       // path text: "ORC[2]-1", "PID-3[2].1"; empty: the whole message
    int code = 207;          // table 0357
    std::string text;        // of the code; empty: the table's own
    std::string diagnostic;  // what a person shall fix: ERR-7 and ERR-8
    char severity = 'E';     // table 0516
  };

  std::string code;  // table 0008: AA AE AR CA CE CR
  std::string text;  // MSA-3
  std::vector<Err> errors;
  std::optional<std::int64_t> expected_number = {};  // MSA-4
  bool wants_none = false;    // MSH-15 and MSH-16 say NE: an application acknowledgement in enhanced mode
  bool wants_accept = false;  // MSH-15 says AL, MSH-16 NE: one that goes over a connection of ours
};

/// When a sender wants an acknowledgement, table 0155.
enum class Wish { never, always, on_error, on_success };

/// What MSH-15 and MSH-16 ask for. One of them alone leaves the other at `never`.
struct Wishes {
  Wish accept = Wish::never, application = Wish::never;

  bool asks_for_any() const { return accept != Wish::never || application != Wish::never; }
};

/// Nothing: both are empty, which is original mode (HL7 v2.5.1 2.9.2). A word that table 0155 lacks reads as AL: one
/// acknowledgement too many disturbs less than one that never comes.
std::optional<Wishes> wishes_of(const Message& message);

/// Sender and receiver change places; delimiters, MSH-11, MSH-12 and MSH-18 are those of the received
/// message (2.5.1 when it names no version). MSH-9 is `ACK` below v2.2, `ACK^A01` from v2.2, `ACK^A01^ACK` from v2.3.1.
/// ERR is ERR-1 below v2.5, from v2.5 ERR-2, 3, 4, 7 and 8, a segment for each error.
std::string build_ack(const Message& received, const AckSpec& spec, std::string_view control_id,
                      std::string_view timestamp);
/// For bytes that are no message: names nobody, control id empty.
std::string build_ack(const AckSpec& spec, std::string_view control_id, std::string_view timestamp);

/// The table's own text for a code of table 0357 (100 to 207); "Application internal error" for any other.
std::string_view error_text(int code);

struct Ack {
  std::string code;                                  // MSA-1
  std::string control_id;                            // MSA-2
  std::string text;                                  // MSA-3, else the first ERR's text
  std::optional<std::int64_t> expected_number = {};  // MSA-4, where it is a number from 1 on
};

Result<Ack> read_ack(std::string_view bytes);

}  // namespace pons::hl7
