#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace pons {

/// Finds MLLP frames (0x0B message 0x1C 0x0D) in a stream that comes in pieces. The CR after 0x1C may be missing: peers
/// leave it out. What stands between frames is skipped and counted. Holds no more than what came.
class Deframer {
 public:
  explicit Deframer(std::size_t limit) : limit_(limit) {}

  void feed(std::string_view bytes);
  /// The next whole frame's message, without the framing.
  std::optional<std::string> next();

  /// A frame has begun and not ended.
  bool is_inside() const { return inside_; }
  /// A frame is longer than the limit: the connection cannot go on.
  bool is_over_limit() const { return inside_ && pending_.size() - taken_ > limit_; }
  /// Bytes that it holds.
  std::size_t size() const { return pending_.size(); }
  std::size_t skipped() const { return skipped_; }

 private:
  /// Skips what stands before it; false: there is none.
  bool enter_frame();
  std::string take_off(std::size_t end);

  const std::size_t limit_;  // bytes
  std::string pending_;
  std::size_t taken_ = 0;     // of pending_: what went before
  std::size_t searched_ = 0;  // of pending_, in which no end was found
  std::size_t skipped_ = 0;
  bool inside_ = false;
  bool return_may_follow_ = false;  // a frame has just ended
};

/// Commit acknowledgements, the only content of their frames (MLLP release 2).
inline constexpr std::string_view kCommitted = "\x06", kNotCommitted = "\x15";

/// What stands before a message in its frame, and after it.
inline constexpr std::string_view kStartOfBlock = "\x0b", kEndOfBlock = "\x1c\r";

/// The message in its frame.
std::string frame(std::string_view message);

}  // namespace pons
