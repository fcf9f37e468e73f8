#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/time.h"

namespace pons {

/// A time zone of the IANA database ("Europe/London"); the machine's own unless named. A value.
class Zone {
 public:
  Zone() = default;
  /// Nothing when there is no such zone.
  static std::optional<Zone> named(std::string_view name);

  /// Empty: the machine's own.
  const std::string& name() const { return name_; }
  bool operator==(const Zone& other) const { return name_ == other.name_; }
  /// Seconds east of UTC at that instant.
  int offset_at(Instant instant) const;
  /// The instant of a wall-clock time of this zone, given as if it were UTC; the earlier one where clocks go back.
  Instant from_wall(Instant wall_clock) const;
  Instant to_wall(Instant instant) const;

 private:
  struct Rules;

  const Rules& rules() const;

  std::string name_;
  std::shared_ptr<const Rules> rules_;  // null: the machine's own
};

}  // namespace pons
