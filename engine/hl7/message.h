#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/hl7/delimiters.h"

namespace pons::hl7 {

/// One HL7 v2 message: the received bytes and an index of their segments. A value: a copy shares the bytes. Reading
/// copies nothing; a changed segment owns its new text, the received bytes stay as they came.
///
/// Views returned by a Message live as long as the Message, or a copy of it that has not changed that segment.
class Message {
 public:
  /// Reads one message. Segments may end in CR, LF or CRLF, mixed as found; the last may lack its terminator. A lone LF
  /// in a message whose segments end in CR is part of the value, unless a segment begins after it.
  /// Refuses, naming the byte offset: no readable MSH, a NUL byte, a second MSH, delimiters that are not distinct.
  static Result<Message> parse(std::shared_ptr<const std::string> bytes);
  static Result<Message> parse(std::string bytes) {
    return parse(std::make_shared<const std::string>(std::move(bytes)));
  }
  /// Holds one segment, an MSH with MSH-1 and MSH-2.
  static Message empty(Delimiters delimiters = {});

  /// An unchanged message gives exactly the received bytes. Unchanged segments keep the terminator they came with; new
  /// ones take the message's own, CR for a message that was built.
  std::string write() const;
  /// As received, whatever was edited since.
  const std::string& bytes() const { return *bytes_; }
  bool is_changed() const { return changed_; }

  const Delimiters& delimiters() const { return delimiters_; }
  /// Number of segments.
  std::size_t size() const { return segments_.size(); }
  /// "PID": what stands before the first field separator, even when it is no good name.
  std::string_view name(std::size_t segment) const;
  bool is(std::size_t segment, std::string_view name) const {
    const std::uint32_t code = code_of(name);
    return code != 0 ? segments_[segment].code == code : has_odd_name(segment, name);
  }
  /// The name as a number, where it has three letters; 0 for any other name.
  std::uint32_t code(std::size_t segment) const { return segments_[segment].code; }
  static constexpr std::uint32_t code_of(std::string_view name) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(name[i])); };
    return name.size() == 3 ? byte(0) << 16 | byte(1) << 8 | byte(2) : 0;
  }
  /// The segment's text without its terminator.
  std::string_view raw(std::size_t segment) const;
  /// The field with its repetitions, numbered as the standard does (MSH-1 is the separator itself). Nothing when the
  /// segment ends before it; field 0 is the segment's name.
  std::optional<std::string_view> raw_field(std::size_t segment, std::size_t field) const;
  /// Number of the last field the segment holds, empty ones counted.
  std::size_t field_count(std::size_t segment) const;

  /// Where the text lies in bytes(), for a view into a segment that was received and not changed.
  std::optional<std::size_t> offset_of(std::string_view part) const;
  /// Index of the nth (1-based) segment of that name.
  std::optional<std::size_t> locate(std::string_view name, std::size_t occurrence = 1) const;
  /// 2 for the second OBX of the message.
  std::size_t occurrence(std::size_t segment) const;

  /// For edit.h, which checks names and escapes values. `text` holds neither a terminator nor a second segment.
  void replace_segment(std::size_t segment, std::string text);
  void insert_segment(std::size_t at, std::string text);
  void erase_segment(std::size_t segment);

 private:
  struct Segment {
    static constexpr std::uint32_t kNotReceived = 0xffffffff;

    std::uint32_t offset = kNotReceived;  // in bytes_
    std::uint32_t length = 0;
    std::uint32_t terminator = 0;               // length of the terminator that follows, 0: none, or not received
    std::uint32_t code = 0;                     // code_of its name
    std::shared_ptr<const std::string> edited;  // replaces the received text

    bool is_received() const { return offset != kNotReceived; }
  };

  Message() = default;
  Result<void> read_header(std::size_t start);
  Result<void> index_segments(std::size_t start);
  std::size_t end_of_segment(std::size_t from, std::size_t cr, bool cr_ends) const;
  bool looks_like_segment(std::string_view text) const;
  bool ends_as_received(std::size_t segment) const;
  bool has_odd_name(std::size_t segment, std::string_view name) const;
  std::uint32_t code_of_segment(std::string_view text) const;

  std::shared_ptr<const std::string> bytes_;
  std::vector<Segment> segments_;
  std::string_view terminator_ = "\r";
  Delimiters delimiters_;
  bool changed_ = false;
};

inline std::string_view Message::raw(std::size_t segment) const {
  const Segment& s = segments_[segment];
  if (s.edited) return *s.edited;
  return std::string_view(*bytes_).substr(s.offset, s.length);
}

inline std::optional<std::size_t> Message::offset_of(std::string_view part) const {
  const std::less_equal<const char*> not_after;
  const char* begin = bytes_->data();
  const char* end = begin + bytes_->size();
  if (!not_after(begin, part.data()) || !not_after(part.data(), end)) return std::nullopt;
  return static_cast<std::size_t>(part.data() - begin);
}

}  // namespace pons::hl7
