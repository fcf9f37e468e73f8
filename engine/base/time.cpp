#include "engine/base/time.h"

#include <fmt/format.h>
#include <time.h>

#include <array>
#include <charconv>

namespace pons {

namespace {

struct Unit {
  std::string_view name;
  Duration length;
};

using namespace std::chrono_literals;
// Longest first, so that to_text finds the largest unit; "ms" before "m" and "s" when reading.
constexpr std::array<Unit, 5> kUnits{{{"d", 24h}, {"h", 1h}, {"m", 1min}, {"s", 1s}, {"ms", 1ms}}};

struct Parts {
  std::chrono::year_month_day day;
  std::chrono::hh_mm_ss<Duration> time;
};

Parts split(Instant instant) {
  const auto day = std::chrono::floor<std::chrono::days>(instant);
  return {std::chrono::year_month_day{day}, std::chrono::hh_mm_ss<Duration>{instant - day}};
}

bool digits(std::string_view text, int& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

Duration SystemClock::steady() const {
  timespec time{};
  clock_gettime(CLOCK_BOOTTIME, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::floor<Duration>(std::chrono::nanoseconds(time.tv_nsec));
}

std::string to_rfc3339(Instant instant) {
  const auto [day, time] = split(instant);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", int(day.year()), unsigned(day.month()),
                     unsigned(day.day()), time.hours().count(), time.minutes().count(), time.seconds().count(),
                     time.subseconds().count());
}

std::optional<Instant> from_rfc3339(std::string_view text) {
  int year, month, day, hour, minute, second;
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != ' ') ||
      !digits(text.substr(0, 4), year) || !digits(text.substr(5, 2), month) || !digits(text.substr(8, 2), day) ||
      !digits(text.substr(11, 2), hour) || !digits(text.substr(14, 2), minute) || !digits(text.substr(17, 2), second))
    return {};
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month(unsigned(month)),
                                         std::chrono::day(unsigned(day))};
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return {};
  Instant instant = std::chrono::sys_days{date} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
                    std::chrono::seconds{second};
  auto rest = text.substr(19);
  if (!rest.empty() && rest.front() == '.') {
    std::size_t end = 1;
    Duration unit = 100ms;
    while (end < rest.size() && rest[end] >= '0' && rest[end] <= '9') {
      instant += unit * (rest[end++] - '0');
      unit /= 10;
    }
    rest = rest.substr(end);
  }
  if (rest == "Z" || rest == "z") return instant;
  int offset_hour, offset_minute;
  if (rest.size() != 6 || (rest[0] != '+' && rest[0] != '-') || rest[3] != ':' ||
      !digits(rest.substr(1, 2), offset_hour) || !digits(rest.substr(4, 2), offset_minute))
    return {};
  const auto offset = std::chrono::hours{offset_hour} + std::chrono::minutes{offset_minute};
  return rest[0] == '+' ? instant - offset : instant + offset;
}

std::string to_hl7(Instant instant) {
  const auto [day, time] = split(instant);
  return fmt::format("{:04}{:02}{:02}{:02}{:02}{:02}+0000", int(day.year()), unsigned(day.month()), unsigned(day.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count());
}

std::optional<Duration> parse_duration(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
  int amount;
  if (end == 0 || !digits(text.substr(0, end), amount)) return {};
  for (const Unit& unit : kUnits)
    if (text.substr(end) == unit.name || (unit.name == "m" && text.substr(end) == "min")) return unit.length * amount;
  return {};
}

std::string to_text(Duration duration) {
  for (const Unit& unit : kUnits)
    if (duration >= unit.length && duration % unit.length == Duration::zero())
      return fmt::format("{}{}", duration / unit.length, unit.name);
  return fmt::format("{}ms", duration / 1ms);
}

}  // namespace pons
