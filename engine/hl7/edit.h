#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "engine/base/result.h"
#include "engine/hl7/charset.h"
#include "engine/hl7/message.h"
#include "engine/hl7/path.h"
#include "engine/hl7/read.h"

namespace pons::hl7 {

/// Writes one value. `absent` empties the place, `null` writes `""`, `value` writes the text with every delimiter and
/// control character escaped, so it stays one value. Missing fields, repetitions and components are created; so is a
/// missing segment, at the end (structure order is the caller's work), and a repetition or segment for `[5 = MR]`, with
/// its component 5. `PID-5` replaces the whole field with its repetitions, `PID-5[1]` one repetition, `[*]` each
/// existing one. Emptying what does not exist changes nothing. MSH-1 and MSH-2 cannot be set.
/// `text` is in the message's character set already (ASCII always is).
Result<void> set(Message& message, const Path& path, State state, std::string_view text = {});
/// The same for UTF-8 text; refuses what the character set cannot hold.
Result<void> set(Message& message, const Path& path, State state, std::string_view utf8, const Charset& charset);

/// Writes structured content as it stood in a message with the delimiters `from`, in this message's delimiters. Refuses
/// structure above the place: no `~` into one repetition, no `^` into a component.
Result<void> set_raw(Message& message, const Path& path, std::string_view raw, const Delimiters& from);
Result<void> set_raw(Message& message, const Path& path, std::string_view raw);

/// Inserts an empty segment before index `at`; refuses a bad name, MSH, and index 0.
Result<void> add_segment(Message& message, std::size_t at, std::string_view name);
/// Inserts a whole segment that stood in a message with the delimiters `from`.
Result<void> add_raw_segment(Message& message, std::size_t at, std::string_view raw, const Delimiters& from);
/// Refuses the MSH.
Result<void> remove_segment(Message& message, std::size_t at);

/// The same place counted in the whole message, for edits inside a group: `OBR-24` of the second order is `OBR[2]-24`.
/// Nothing when the group holds no such segment.
std::optional<Path> anchored(const Message& message, const Path& path, const Group& group);

}  // namespace pons::hl7
