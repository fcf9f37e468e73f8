#include "adapters/dicom/worklist_zone.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "engine/base/text.h"

namespace pons {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view kOffset = "TimezoneOffsetFromUTC";
constexpr Duration kFarthest = 48h;  // more than any two zones are apart
constexpr std::size_t kDay = 8, kMinutes = 4, kSeconds = 6;

const std::string kStep = "ScheduledProcedureStepSequence.";
const std::string kStartDate = kStep + "ScheduledProcedureStepStartDate",
                  kStartTime = kStep + "ScheduledProcedureStepStartTime";

struct Pair {
  std::string date, time;
};
const std::array<Pair, 3> kPairs{Pair{kStartDate, kStartTime},
                                 Pair{kStep + "ScheduledProcedureStepEndDate", kStep + "ScheduledProcedureStepEndTime"},
                                 Pair{"StudyDate", "StudyTime"}};

/// The wall clock, as if it were UTC; nothing where these are no day and time.
std::optional<Instant> wall_of(std::string_view date, std::string_view time) {
  std::string digits(time.substr(0, kSeconds));
  if (date.size() != kDay || digits.size() < kMinutes || !all_digits(date) || !all_digits(digits)) return {};
  digits.resize(kSeconds, '0');
  return from_rfc3339(fmt::format("{}-{}-{}T{}:{}:{}Z", date.substr(0, 4), date.substr(4, 2), date.substr(6, 2),
                                  digits.substr(0, 2), digits.substr(2, 2), digits.substr(4, 2)));
}

/// "" where there is no such day: no limit.
std::string moved_day(const std::string& day, Duration by) {
  const auto wall = wall_of(day, "000000");
  return wall ? to_hl7(*wall + by).substr(0, kDay) : "";
}

void widen(std::string& first, std::string& last) {
  if (!first.empty()) first = moved_day(first, -kFarthest);
  if (!last.empty()) last = moved_day(last, kFarthest);
}

bool is_between(const std::string& text, const std::string& first, const std::string& last) {
  return (first.empty() || text >= first) && (last.empty() || text <= last);
}

/// "" stays: no time.
std::string to_the_second(std::string time) {
  if (!time.empty()) time.resize(kSeconds, '0');
  return time;
}

// As the store does: a step without time counts from the start of its day.
bool starts_within(const StartRange& range, const std::string& date, std::string time) {
  time.resize(kSeconds, '0');
  if (!is_between(date, range.first_date, range.last_date)) return false;
  if (range.each_day) return is_between(time, range.first_time, range.last_time);
  const bool has_first = !range.first_date.empty() && !range.first_time.empty(),
             has_last = !range.last_date.empty() && !range.last_time.empty();
  return is_between(date + time, has_first ? range.first_date + range.first_time : "",
                    has_last ? range.last_date + range.last_time : "");
}

}  // namespace

Result<std::optional<int>> query_offset(const dicom::Dataset& identifier) {
  const std::string text = identifier.text_or_empty(kOffset);
  if (text.empty()) return std::optional<int>();
  const bool has_form = text.size() == 5 && (text[0] == '+' || text[0] == '-') && all_digits(text.substr(1));
  const int hours = has_form ? std::stoi(text.substr(1, 2)) : 0, rest = has_form ? std::stoi(text.substr(3)) : 60;
  const int minutes = (text[0] == '-' ? -1 : 1) * (hours * 60 + rest);
  if (rest > 59 || minutes < -12 * 60 || minutes > 14 * 60)
    return refused("\"" + text + "\" is no offset; write +0100, from -1200 to +1400", std::string(kOffset));
  return std::optional(minutes);
}

WorklistQuery widened(WorklistQuery query) {
  widen(query.start.first_date, query.start.last_date);
  query.start.first_time = query.start.last_time = "";
  for (const Pair& each : kPairs) {
    query.keys.erase(each.time);
    if (const auto days = query.keys.find(each.date); days != query.keys.end())
      widen(days->second.front(), days->second.back());
  }
  query.limit = 0;
  return query;
}

void move_to_offset(dicom::Dataset& item, int minutes, const Zone& kept_in) {
  for (const Pair& each : kPairs) {
    const std::string time = item.text_or_empty(each.time);
    const auto wall = wall_of(item.text_or_empty(each.date), time);
    if (!wall) continue;
    const std::string moved = to_hl7(kept_in.from_wall(*wall) + minutes * 1min);
    const std::string fraction = time.size() > kSeconds ? time.substr(kSeconds) : "";
    static_cast<void>(item.put(each.date, moved.substr(0, kDay)));
    static_cast<void>(item.put(each.time, moved.substr(kDay, std::min(time.size(), kSeconds)) + fraction));
  }
  static_cast<void>(item.put(
      kOffset, fmt::format("{}{:02}{:02}", minutes < 0 ? '-' : '+', std::abs(minutes) / 60, std::abs(minutes) % 60)));
}

bool is_within(const WorklistQuery& query, const dicom::Dataset& item) {
  const auto is_asked_for = [&](const std::string& path, const std::string& value) {
    const auto sides = query.keys.find(path);
    return sides == query.keys.end() ||
           (!value.empty() && is_between(value, sides->second.front(), sides->second.back()));
  };
  for (const Pair& each : kPairs)
    if (!is_asked_for(each.date, item.text_or_empty(each.date)) ||
        !is_asked_for(each.time, to_the_second(item.text_or_empty(each.time))))
      return false;
  return starts_within(query.start, item.text_or_empty(kStartDate), item.text_or_empty(kStartTime));
}

}  // namespace pons
