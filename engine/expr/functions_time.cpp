#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "engine/expr/function.h"

namespace pons {

namespace {

using Parameter = Function::Parameter;
using namespace std::chrono_literals;

constexpr std::size_t kDay = 8, kMinute = 12, kSecond = 14;  // digits of YYYYMMDDHHMMSS

Result<HL7Time> time_of(const FunctionCall& call, std::size_t number) {
  auto time = HL7Time::parse(call.text(number));
  if (time) return time;
  const std::string path = call.argument(number).path();
  return call.evaluation.fault(call.term, (path.empty() ? "" : path + ": ") + time.fault().text, path, 102);
}

std::chrono::year_month_day day_of(Instant wall) {
  return std::chrono::floor<std::chrono::days>(wall);
}

/// YYYYMMDDHHMMSS of a wall clock, cut to the precision.
std::string digits_of(Instant wall, std::size_t precision) {
  const auto day = day_of(wall);
  const std::chrono::hh_mm_ss time{wall - std::chrono::floor<std::chrono::days>(wall)};
  return fmt::format("{:04}{:02}{:02}{:02}{:02}{:02}", int(day.year()), unsigned(day.month()), unsigned(day.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count())
      .substr(0, precision);
}

std::string text_of(const HL7Time& time) {
  std::string out = time.digits;
  if (!time.fraction.empty()) out += "." + time.fraction;
  if (!time.offset_minutes) return out;
  const int minutes = std::abs(*time.offset_minutes);
  return out + fmt::format("{}{:02}{:02}", *time.offset_minutes < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

HL7Time in_zone(Instant instant, const Zone& zone, std::size_t precision) {
  HL7Time time;
  time.digits = digits_of(zone.to_wall(instant), precision);
  time.offset_minutes = zone.offset_at(instant) / 60;
  return time;
}

Result<Value> date(const FunctionCall& call) {
  const auto time = time_of(call, 0);
  if (!time) return time.fault();
  return call.made(time->digits.substr(0, kDay));
}

Result<Value> time(const FunctionCall& call) {
  const auto whole = time_of(call, 0);
  if (!whole) return whole.fault();
  return whole->digits.size() <= kDay ? Value() : call.made(whole->digits.substr(kDay));
}

std::size_t precision_of(Duration duration) {
  if (duration % 24h == Duration::zero()) return kDay;
  return duration % 1min == Duration::zero() ? kMinute : kSecond;
}

/// Whole days move the calendar, so that ten o'clock stays ten o'clock over a change of clocks; anything shorter moves
/// the instant.
Result<Value> shift(const FunctionCall& call) {
  auto moved = time_of(call, 0);
  if (!moved) return moved.fault();
  const Duration by = call.given(1)->duration;
  const std::size_t precision = std::max(moved->digits.size(), precision_of(by));
  const Zone& zone = call.scope().zone;
  const Instant instant = moved->instant(zone);
  Instant wall;
  if (moved->offset_minutes)
    wall = instant + by + 1min * *moved->offset_minutes;
  else
    wall = precision_of(by) == kDay ? zone.to_wall(instant) + by : zone.to_wall(instant + by);
  moved->digits = digits_of(wall, precision);
  return call.made(text_of(*moved));
}

/// A day without a time is the same day everywhere.
Result<Value> zone(const FunctionCall& call) {
  const auto given = time_of(call, 0);
  if (!given) return given.fault();
  if (given->digits.size() <= kDay) return call.made(given->digits);
  HL7Time there = in_zone(given->instant(call.scope().zone), call.given(1)->zone, given->digits.size());
  there.fraction = given->fraction;
  return call.made(text_of(there));
}

Result<Value> age(const FunctionCall& call) {
  const auto birth = time_of(call, 0);
  if (!birth) return birth.fault();
  Instant at = call.scope().now;
  const Zone& home = call.scope().zone;
  if (call.argument(1).has_value()) {
    const auto given = time_of(call, 1);
    if (!given) return given.fault();
    at = given->instant(home);
  }
  const auto born = day_of(home.to_wall(birth->instant(home))), then = day_of(home.to_wall(at));
  const bool had_birthday = std::pair(then.month(), then.day()) >= std::pair(born.month(), born.day());
  const int years = int(then.year()) - int(born.year()) - (had_birthday ? 0 : 1);
  return years < 0 ? Value() : call.made(std::to_string(years));
}

Result<Value> now(const FunctionCall& call) {
  return Value::text(text_of(in_zone(call.scope().now, call.scope().zone, kSecond)));
}

Result<Value> today(const FunctionCall& call) {
  return Value::text(digits_of(call.scope().zone.to_wall(call.scope().now), kDay));
}

}  // namespace

const std::vector<Function>& time_functions() {
  using Nothing = Function::Nothing;
  static const std::vector<Function> kFunctions{
      {"date", "OBR-7 | date", {Parameter::value}, 1, Nothing::passes, true, date},
      {"time", "OBR-7 | time", {Parameter::value}, 1, Nothing::passes, true, time},
      {"shift",
       "TQ1-7 | shift(15min) or TQ1-7 | shift(-1d)",
       {Parameter::value, Parameter::duration},
       2,
       Nothing::passes,
       true,
       shift},
      {"zone", "OBR-7 | zone(Europe/London)", {Parameter::value, Parameter::zone}, 2, Nothing::passes, true, zone},
      {"age",
       "PID-7 | age or PID-7 | age(OBR-7)",
       {Parameter::value, Parameter::value},
       1,
       Nothing::is_absent,
       false,
       age},
      {"now", "now()", {}, 0, Nothing::is_taken, false, now},
      {"today", "today()", {}, 0, Nothing::is_taken, false, today},
  };
  return kFunctions;
}

}  // namespace pons
