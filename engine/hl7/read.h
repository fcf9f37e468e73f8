#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/hl7/charset.h"
#include "engine/hl7/message.h"
#include "engine/hl7/path.h"
#include "engine/hl7/structure.h"

namespace pons::hl7 {

/// HL7 v2.5.1 ch. 2.5.3: empty leaves the receiver's value alone, `""` deletes it.
enum class State { absent, null, value };

/// Where in the received bytes a value came from.
struct Place {
  static constexpr std::size_t kNotReceived = static_cast<std::size_t>(-1);

  std::size_t offset = kNotReceived;  // in Message::bytes(); kNotReceived: written by an edit
  std::size_t length = 0;
  std::array<char, 3> segment{};  // "OBR"; zeros: from no message
  std::size_t occurrence = 0;     // of the segment in the whole message, also inside a group, from 1
  int field = 0;                  // 0: the whole segment; so below
  std::size_t repetition = 0;
  int component = 0, subcomponent = 0;

  bool is_in_message() const { return segment[0] != 0; }
  /// "OBR[2]-24"; empty when it is in no message.
  std::string path() const;
};

struct Found {
  State state = State::absent;
  std::string_view raw;  // into the Message: escapes, components and character set as received
  Place place;
  Delimiters delimiters;
  std::size_t segment = 0;  // its index in the Message; of no meaning when absent
};

/// Every match in the order of the message. Absent ones leave no entry; a path without [*] gives at most one.
/// A field, repetition or component that is exactly `""` makes everything inside it null.
/// `within`: the group's own segments hide shared ones of the same name, and a shared NTE or OBX is never read: a
/// note after the PID is not the order's.
std::vector<Found> find(const Message& message, const Path& path, const Group* within = nullptr);
/// The same, but a condition takes every segment or repetition that fits, not only the first: what `$each` walks.
std::vector<Found> find_each(const Message& message, const Path& path, const Group* within = nullptr);
/// The first match, or State::absent with the place's path as the question was asked.
Found find_first(const Message& message, const Path& path, const Group* within = nullptr);

/// The same without the question's own path: costs nothing where there is no match.
std::optional<Found> first_match(const Message& message, const Path& path, const Group* within = nullptr);

/// Escapes decoded, bytes in the message's character set. Empty unless the state is value.
std::string text(const Found& found);
/// Escapes decoded, in UTF-8.
std::string text(const Found& found, const Charset& charset);
/// text() of the first match of a path known to be good ("MSH-10"); empty when absent, null or no path.
std::string text_at(const Message& message, std::string_view path);

/// The fault of a value with a byte that its character set lacks (U+FFFD stands for it in text()): which byte of the
/// message, where that is known. Nothing: all of it can be read.
std::optional<Fault> unreadable(std::string_view raw, const Delimiters& delimiters, const Place& place,
                                const Charset& charset);

/// Repetitions of a field; 0 when it is absent or empty.
std::size_t repetitions(const Message& message, std::size_t segment, std::size_t field);

}  // namespace pons::hl7
