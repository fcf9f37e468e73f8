#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace pons {

/// What became of an envelope. Whoever holds a Receipt may tell the sender: it is given only after the commit.
struct Receipt {
  enum class Outcome {
    done,      // every effect is committed
    held,      // keeps its place in its lane until somebody or something releases it
    waiting,   // keeps its place until a time, or until what it waits for arrives
    dropped,   // not taken, on purpose; counted
    refused,   // breaks a rule; nothing of it took effect
    parked,    // set aside as a dead letter
    unrouted,  // no route takes it
  };

  std::int64_t message = 0;  // number in the journal
  Outcome outcome = Outcome::done;
  std::string text;                             // one line for MSA-3
  std::vector<Fault> faults;                    // for ERR segments: where, what, and the line of the configuration
  bool unacceptable = false;                    // MSH-9, 11 or 12 rule it out: AR rather than AE
  bool duplicate = false;                       // the stored answer to the same bytes, given again
  std::optional<std::int64_t> expected_number;  // MSA-4, where the listener follows sequence numbers
  std::uint16_t dicom_status = 0;               // PS3.7 annex C; 0 is success
  std::uint16_t dicom_error_id = 0;             // (0000,0903) beside a status that has one; 0: none
  std::vector<std::uint32_t> dicom_attributes;  // tags that the status is about, 0x00100020

  /// The message took effect or keeps its place: the same bytes get this answer again (P3).
  bool took_effect() const {
    return outcome == Outcome::done || outcome == Outcome::held || outcome == Outcome::waiting ||
           outcome == Outcome::dropped;
  }
};

/// It did not take effect, and why not.
Receipt refusal(Receipt::Outcome outcome, Fault fault, bool unacceptable = false);
/// Set aside as a dead letter: "parked 17".
Receipt parked(std::int64_t message, const std::string& reason);

std::string to_text(Receipt::Outcome outcome);
Receipt::Outcome outcome_from(std::string_view text);

}  // namespace pons
