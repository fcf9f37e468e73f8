#include <algorithm>
#include <chrono>

#include "engine/base/text.h"
#include "engine/expr/expr.h"

namespace pons {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMicrosecondDigits = 6;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

int number(std::string_view digits) {
  int value = 0;
  for (const char c : digits) value = value * 10 + (c - '0');
  return value;
}

/// The part of `digits` that begins there; `otherwise` when the precision ends before it.
int part(std::string_view digits, std::size_t at, int otherwise) {
  return at < digits.size() ? number(digits.substr(at, 2)) : otherwise;
}

std::string_view take_digits(std::string_view& rest) {
  const auto end = std::find_if_not(rest.begin(), rest.end(), is_digit);
  const auto digits = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
  rest.remove_prefix(digits.size());
  return digits;
}

std::chrono::year_month_day day_of(std::string_view digits) {
  return {std::chrono::year{number(digits.substr(0, 4))}, std::chrono::month(unsigned(part(digits, 4, 1))),
          std::chrono::day(unsigned(part(digits, 6, 1)))};
}

bool is_possible(std::string_view digits) {
  if (digits.size() < 4 || digits.size() > 14 || digits.size() % 2 != 0) return false;
  return number(digits.substr(0, 4)) >= 1000 && day_of(digits).ok() && part(digits, 8, 0) < 24 &&
         part(digits, 10, 0) < 60 && part(digits, 12, 0) < 60;
}

/// `.1234`: one to four digits by the standard; some senders give six or more.
bool read_fraction(std::string_view& rest, HL7Time& time) {
  if (!rest.starts_with('.')) return true;
  rest.remove_prefix(1);
  time.fraction = take_digits(rest);
  return !time.fraction.empty() && time.digits.size() == 14;
}

bool read_offset(std::string_view& rest, HL7Time& time) {
  if (rest.empty()) return true;
  const char sign = rest[0];
  if (sign != '+' && sign != '-') return false;
  rest.remove_prefix(1);
  const auto digits = take_digits(rest);
  if (digits.size() != 4 || !rest.empty()) return false;
  const int hours = number(digits.substr(0, 2)), minutes = number(digits.substr(2));
  if (hours > 14 || minutes > 59) return false;
  time.offset_minutes = (sign == '-' ? -1 : 1) * (hours * 60 + minutes);
  return true;
}

}  // namespace

Result<HL7Time> HL7Time::parse(std::string_view text) {
  auto rest = trim(text);
  HL7Time time;
  time.digits = take_digits(rest);
  if (is_possible(time.digits) && read_fraction(rest, time) && read_offset(rest, time)) return time;
  return refused("\"" + std::string(text) + "\" is not a date; write YYYYMMDD or YYYYMMDDHHMMSS", {}, 102);
}

Instant HL7Time::instant(const Zone& zone) const {
  Instant wall = std::chrono::sys_days{day_of(digits)} + 1h * part(digits, 8, 0) + 1min * part(digits, 10, 0) +
                 1s * part(digits, 12, 0);
  std::string micros = fraction.substr(0, kMicrosecondDigits);
  micros.resize(kMicrosecondDigits, '0');
  wall += 1us * number(micros);
  return offset_minutes ? wall - 1min * *offset_minutes : zone.from_wall(wall);
}

}  // namespace pons
