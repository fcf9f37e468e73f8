#include "engine/mapping/convert_time.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>

#include "engine/base/text.h"

namespace pons {
namespace {

constexpr std::size_t kDay = 8, kSecond = 14;

/// "2026-11-24T10:00:00.5+01:00" as "20261124100000.5+0100".
std::string without_punctuation(std::string_view text) {
  const auto t = text.find('T');
  std::string out = replace_all(text.substr(0, t), "-", "");
  if (t == std::string_view::npos) return out;
  std::string time = replace_all(text.substr(t + 1), ":", "");
  if (time.ends_with('Z')) time.replace(time.size() - 1, 1, "+0000");
  return out + time;
}

std::string full_seconds(const HL7Time& time) {
  std::string digits = time.digits;
  digits.resize(kSecond, '0');
  return digits;
}

std::string offset_text(int minutes, std::string_view colon) {
  return fmt::format("{}{:02}{}{:02}", minutes < 0 ? '-' : '+', std::abs(minutes) / 60, colon, std::abs(minutes) % 60);
}

}  // namespace

Result<HL7Time> time_of(const Value& value) {
  const std::string text(trim(value.as_text()));
  if (text.size() > 4 && text[4] == '-' && (text.size() == 7 || text.find('-', 5) == 7))
    return HL7Time::parse(without_punctuation(text));
  return HL7Time::parse(text);
}

HL7Time on_wall(const HL7Time& time, const Zone& zone) {
  if (!time.offset_minutes || time.digits.size() <= kDay) return time;
  const Instant wall = zone.to_wall(time.instant(zone));
  HL7Time out = time;
  // to_hl7 writes UTC, and what to_wall gives is the wall clock as if it were UTC.
  out.digits = to_hl7(wall).substr(0, time.digits.size());
  out.offset_minutes.reset();
  return out;
}

std::string fhir_date_time(const HL7Time& time, const Zone& zone) {
  const std::string& d = time.digits;
  std::string out = d.substr(0, 4);
  if (d.size() >= 6) out += '-' + d.substr(4, 2);
  if (d.size() >= kDay) out += '-' + d.substr(6, 2);
  if (d.size() <= kDay) return out;
  const std::string full = full_seconds(time);
  out += 'T' + full.substr(8, 2) + ':' + full.substr(10, 2) + ':' + full.substr(12, 2);
  if (!time.fraction.empty()) out += '.' + time.fraction;
  const int minutes = time.offset_minutes.value_or(zone.offset_at(time.instant(zone)) / 60);
  return out + (minutes == 0 ? std::string("Z") : offset_text(minutes, ":"));
}

std::string hl7_time(const HL7Time& time) {
  std::string out = time.digits;
  if (!time.fraction.empty()) out += '.' + time.fraction.substr(0, 4);
  if (time.offset_minutes) out += offset_text(*time.offset_minutes, "");
  return out;
}

}  // namespace pons
