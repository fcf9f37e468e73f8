#include "engine/base/open_hours.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "engine/base/text.h"

namespace pons {

namespace {

using namespace std::chrono_literals;

constexpr std::array<std::string_view, 7> kDays{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

Fault unreadable(std::string_view text, std::string_view why) {
  return refused(fmt::format(R"("{}": {}; write them as "mon-fri 06:00-22:00 Europe/London")", text, why));
}

std::optional<int> day_from(std::string_view text) {
  const auto found = std::find(kDays.begin(), kDays.end(), lower_ascii(text));
  if (found == kDays.end()) return {};
  return static_cast<int>(found - kDays.begin());
}

std::optional<int> two_digits(std::string_view text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.size() != 2 || !is_digit(text[0]) || !is_digit(text[1])) return {};
  return (text[0] - '0') * 10 + (text[1] - '0');
}

/// "00:00" to "24:00".
std::optional<Duration> time_from(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return {};
  const auto hour = two_digits(text.substr(0, 2)), minute = two_digits(text.substr(3));
  if (!hour || !minute || *minute > 59 || *hour > 24 || (*hour == 24 && *minute > 0)) return {};
  return std::chrono::hours(*hour) + std::chrono::minutes(*minute);
}

template <class Read>
auto range_from(std::string_view text, Read read) {
  const auto ends = split(text, '-');
  using End = decltype(read(text));
  if (ends.size() > 2) return std::pair<End, End>{};
  return std::pair<End, End>{read(ends.front()), read(ends.back())};
}

}  // namespace

Result<OpenHours> OpenHours::parse(std::string_view text) {
  std::vector<std::string_view> words;
  for (const auto word : split(text, ' '))
    if (!word.empty()) words.push_back(word);
  if (words.size() < 2 || words.size() > 3) return unreadable(text, "these are no open hours");
  const auto [first, last] = range_from(words[0], day_from);
  if (!first || !last) return unreadable(text, fmt::format("{} is neither a day nor a range of days", words[0]));
  auto [from, to] = range_from(words[1], time_from);
  if (!from || !to || *from == *to || *from == 24h)
    return unreadable(text, fmt::format("{} is no range of times", words[1]));
  if (*to < *from) *to += 24h;
  const auto zone = words.size() == 3 ? Zone::named(words[2]) : Zone();
  if (!zone) return unreadable(text, fmt::format("there is no time zone {}", words[2]));
  return OpenHours(*first, *last, *from, *to, *zone);
}

bool OpenHours::opens_on(std::chrono::sys_days day) const {
  const int weekday = static_cast<int>(std::chrono::weekday(day).iso_encoding()) - 1;
  return first_day_ <= last_day_ ? weekday >= first_day_ && weekday <= last_day_
                                 : weekday >= first_day_ || weekday <= last_day_;
}

Instant OpenHours::opens(Instant instant) const {
  const auto today = std::chrono::floor<std::chrono::days>(zone_.to_wall(instant));
  // From yesterday, whose hours may end today, to the same day of next week.
  for (auto day = today - std::chrono::days(1); day <= today + std::chrono::days(7); day += std::chrono::days(1)) {
    if (!opens_on(day) || zone_.from_wall(day + to_) <= instant) continue;
    return std::max(instant, zone_.from_wall(day + from_));
  }
  return instant;  // not reached: every week has a day that opens
}

}  // namespace pons
