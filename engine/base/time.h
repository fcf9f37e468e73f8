#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace pons {

using Duration = std::chrono::microseconds;
/// A point in time, UTC, to the microsecond.
using Instant = std::chrono::sys_time<Duration>;

/// Where the time comes from: everything that waits or stamps takes a Clock, so that tests own the time.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Wall-clock time, for stamps.
  virtual Instant now() const = 0;
  /// For measuring: never jumps, and goes on while the machine sleeps. A test's clock may be its wall clock.
  virtual Duration steady() const { return now().time_since_epoch(); }
};

class SystemClock final : public Clock {
 public:
  Instant now() const override { return std::chrono::floor<Duration>(std::chrono::system_clock::now()); }
  Duration steady() const override;
};

/// "2026-11-24T10:00:00.123456Z" (RFC 3339, always UTC).
std::string to_rfc3339(Instant instant);
/// Reads RFC 3339 with any offset; nothing when the text is not one.
std::optional<Instant> from_rfc3339(std::string_view text);

/// "20261124100000" in UTC, with "+0000": an HL7 DTM for MSH-7.
std::string to_hl7(Instant instant);

/// Reads "15m", "30s", "3d", "2h", "500ms"; nothing when the text is not one.
std::optional<Duration> parse_duration(std::string_view text);
/// "15m", "30s", "3d": the largest unit that divides it.
std::string to_text(Duration duration);

}  // namespace pons
