#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/records/book.h"

namespace pons {

/// What the sequence number protocol (HL7 v2.5.1 2.10.1) says about one message.
struct SequenceVerdict {
  std::int64_t expected = -1;      // MSA-4: the message's own number when it may be taken; -1: any number will do
  std::optional<Fault> refusal;    // a gap, a repetition, no number
  bool is_about_the_link = false;  // 0 or -1: nothing but the number is meant
  /// What must be put in the book, whatever becomes of the message.
  std::optional<SequenceLink> link;
};

/// `link`: SequenceLink::id of the sender; `number`: MSH-13 as it came, not empty.
/// 0 asks for the number that is expected. -1 forgets the numbers, and so does a link that is new: the next number is
/// taken as it is. After that, the number after the last one; or the last one again, when the message that bore it was
/// refused and comes mended.
SequenceVerdict follow_sequence(const Book& book, std::int64_t link, std::string_view number);

}  // namespace pons
