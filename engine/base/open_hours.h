#pragma once

#include <string_view>

#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/base/zone.h"

namespace pons {

/// "mon-fri 06:00-22:00 Europe/London": when an endpoint may be used. A value.
class OpenHours {
 public:
  /// One day or a range of them ("sat", "fri-mon"), from and to, and a time zone unless it is the machine's own. Where
  /// `to` is not after `from`, the hours end on the next day.
  static Result<OpenHours> parse(std::string_view text);

  bool is_open(Instant instant) const { return opens(instant) == instant; }
  /// `instant` itself when it is open, else when it opens next.
  Instant opens(Instant instant) const;
  bool operator==(const OpenHours&) const = default;

 private:
  OpenHours(int first_day, int last_day, Duration from, Duration to, Zone zone)
      : first_day_(first_day), last_day_(last_day), from_(from), to_(to), zone_(std::move(zone)) {}
  bool opens_on(std::chrono::sys_days day) const;

  int first_day_, last_day_;  // 0: Monday; both included
  Duration from_, to_;        // since midnight on the wall; `to_` is not included and may be on the next day
  Zone zone_;
};

}  // namespace pons
