#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "engine/json/fhir.h"

/// The patterns of hl7.org/fhir/R4/datatypes.html#primitive.
namespace pons::json {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v';
}

/// Reads a text from its start.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  bool is_done() const { return rest_.empty(); }
  bool skip(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool skip(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  /// A number of exactly so many digits, from `least` to `most`.
  bool number(std::size_t digits, int least, int most, int& value) {
    if (rest_.size() < digits) return false;
    const char* end = rest_.data() + digits;
    if (!std::all_of(rest_.data(), end, is_digit)) return false;
    std::from_chars(rest_.data(), end, value);
    rest_.remove_prefix(digits);
    return value >= least && value <= most;
  }
  /// How many digits were there.
  std::size_t digits() {
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_digit);
    const auto count = static_cast<std::size_t>(end - rest_.begin());
    rest_.remove_prefix(count);
    return count;
  }

 private:
  std::string_view rest_;
};

// ---- Words
// -----------------------------------------------------------------------------------------------------------

bool fits_boolean(std::string_view text) {
  return text == "true" || text == "false";
}

/// Tab, line feed and carriage return are the only control characters (string, markdown).
bool fits_string(std::string_view text) {
  const auto is_control = [](char c) {
    return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\r' && c != '\n';
  };
  return !text.empty() && std::none_of(text.begin(), text.end(), is_control);
}

bool fits_code(std::string_view text) {
  if (text.empty() || is_blank(text.front()) || is_blank(text.back())) return false;
  return std::adjacent_find(text.begin(), text.end(), [](char a, char b) { return is_blank(a) && is_blank(b); }) ==
         text.end();
}

bool fits_id(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return is_digit(c) || is_letter(c) || c == '-' || c == '.';
  });
}

bool fits_uri(std::string_view text) {
  return !text.empty() && std::none_of(text.begin(), text.end(), is_blank);
}

bool fits_oid(std::string_view text) {
  Cursor cursor(text);
  int root = 0;
  if (!cursor.skip("urn:oid:") || !cursor.number(1, 0, 2, root) || cursor.is_done()) return false;
  while (cursor.skip('.')) {
    const bool is_zero = cursor.skip('0');
    const std::size_t more = cursor.digits();
    if (is_zero ? more > 0 : more == 0) return false;
  }
  return cursor.is_done();
}

bool fits_uuid(std::string_view text) {
  constexpr std::string_view kShape = "urn:uuid:********-****-****-****-************";
  const auto fits = [](char c, char shape) {
    return shape == '*' ? is_digit(c) || (c >= 'a' && c <= 'f') : c == shape;
  };
  return text.size() == kShape.size() && std::equal(text.begin(), text.end(), kShape.begin(), fits);
}

/// Four characters at a time, blanks between them; one or two '=' at the very end.
bool fits_base64(std::string_view text) {
  std::size_t count = 0;
  std::size_t padding = 0;
  for (char c : text) {
    if (is_blank(c)) continue;
    ++count;
    if (c == '=')
      ++padding;
    else if (padding || !(is_digit(c) || is_letter(c) || c == '+' || c == '/'))
      return false;
  }
  return count > 0 && count % 4 == 0 && padding <= 2;
}

bool fits_xhtml(std::string_view text) {
  return text.starts_with("<div") && text.ends_with(">");
}

// ---- Numbers
// ---------------------------------------------------------------------------------------------------------

bool fits_decimal(std::string_view text) {
  Cursor cursor(text);
  cursor.skip('-');
  if (!cursor.skip('0') && cursor.digits() == 0) return false;
  if (cursor.skip('.') && cursor.digits() == 0) return false;
  if (cursor.skip('e') || cursor.skip('E')) {
    if (!cursor.skip('+')) cursor.skip('-');
    if (cursor.digits() == 0) return false;
  }
  return cursor.is_done();
}

/// 32 bits, without a plus sign (JSON has none) or leading zeros.
bool fits_integer_from(std::string_view text, std::int32_t least) {
  std::int32_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || stop != text.data() + text.size() || value < least) return false;
  return text == std::to_string(value);
}

bool fits_integer(std::string_view text) {
  return fits_integer_from(text, std::numeric_limits<std::int32_t>::min());
}

bool fits_unsigned(std::string_view text) {
  return fits_integer_from(text, 0);
}

bool fits_positive(std::string_view text) {
  return fits_integer_from(text, 1);
}

// ---- Days and times
// --------------------------------------------------------------------------------------------------

enum class Precision { none, year, month, day };

bool is_in_calendar(int year, int month, int day) {
  return std::chrono::year_month_day(std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                     std::chrono::day(static_cast<unsigned>(day)))
      .ok();
}

/// How much of a date is there; none: it is no date.
Precision read_date(Cursor& cursor) {
  int year = 0;
  int month = 0;
  int day = 0;
  if (!cursor.number(4, 1, 9999, year)) return Precision::none;
  if (!cursor.skip('-')) return Precision::year;
  if (!cursor.number(2, 1, 12, month)) return Precision::none;
  if (!cursor.skip('-')) return Precision::month;
  if (!cursor.number(2, 1, 31, day)) return Precision::none;
  return is_in_calendar(year, month, day) ? Precision::day : Precision::none;
}

/// With seconds; the 60th is a leap second.
bool read_time(Cursor& cursor) {
  int part = 0;
  if (!cursor.number(2, 0, 23, part) || !cursor.skip(':')) return false;
  if (!cursor.number(2, 0, 59, part) || !cursor.skip(':')) return false;
  if (!cursor.number(2, 0, 60, part)) return false;
  return !cursor.skip('.') || cursor.digits() > 0;
}

/// "Z", or "+01:00" up to 14 hours.
bool read_zone(Cursor& cursor) {
  if (cursor.skip('Z')) return true;
  if (!cursor.skip('+') && !cursor.skip('-')) return false;
  int hours = 0;
  int minutes = 0;
  if (!cursor.number(2, 0, 14, hours) || !cursor.skip(':')) return false;
  return cursor.number(2, 0, hours == 14 ? 0 : 59, minutes);
}

bool fits_date(std::string_view text) {
  Cursor cursor(text);
  return read_date(cursor) != Precision::none && cursor.is_done();
}

bool fits_instant(std::string_view text) {
  Cursor cursor(text);
  return read_date(cursor) == Precision::day && cursor.skip('T') && read_time(cursor) && read_zone(cursor) &&
         cursor.is_done();
}

bool fits_date_time(std::string_view text) {
  return fits_date(text) || fits_instant(text);
}

bool fits_time(std::string_view text) {
  Cursor cursor(text);
  return read_time(cursor) && cursor.is_done();
}

// ----------------------------------------------------------------------------------------------------------------------

struct Primitive {
  std::string_view type;
  bool (*fits)(std::string_view);
  std::string_view advice;
};

constexpr Primitive kPrimitives[] = {
    {"base64Binary", fits_base64, "base64Binary is base64 in groups of four characters: write base64(…) of the bytes"},
    {"boolean", fits_boolean, "a boolean is true or false: write one of them, in lower case"},
    {"canonical", fits_uri,
     "a canonical is not empty and has no blanks: write an address such as http://example.org/x|1.0"},
    {"code", fits_code,
     "a code has no blank at either end and no two together: trim it, and write one blank between words"},
    {"date", fits_date, "a date is a day of the calendar, a month or a year: write 2026-11-24, 2026-11 or 2026"},
    {"dateTime", fits_date_time,
     "a dateTime is a day of the calendar, a month, a year, or a day with seconds and a zone: write "
     "2026-11-24T10:00:00+01:00, or 2026-11-24 when there is no zone"},
    {"decimal", fits_decimal, "a decimal has a point and no leading zeros: write it as 1.50"},
    {"id", fits_id, "an id has 1 to 64 letters, digits, '-' and '.': write it without other characters"},
    {"instant", fits_instant,
     "an instant is a day of the calendar with seconds and a zone: write 2026-11-24T10:00:00.000+01:00"},
    {"integer", fits_integer, "an integer is a whole number of 32 bits without '+' or leading zeros: write it as -7"},
    {"markdown", fits_string, "markdown is not empty and has no control characters: leave it out, or remove them"},
    {"oid", fits_oid, "an oid is a urn with numbers without leading zeros: write it as urn:oid:1.2.840.10008"},
    {"positiveInt", fits_positive, "a positiveInt is a whole number from 1 to 2147483647: write it as 1"},
    {"string", fits_string, "a string is not empty and has no control characters: leave it out, or remove them"},
    {"time", fits_time, "a time has hours, minutes and seconds and no zone: write it as 10:00:00"},
    {"unsignedInt", fits_unsigned, "an unsignedInt is a whole number from 0 to 2147483647: write it as 0"},
    {"uri", fits_uri, "a uri is not empty and has no blanks: write it as urn:oid:1.2.3 or http://example.org/x"},
    {"url", fits_uri, "a url is not empty and has no blanks: write it as http://example.org/x"},
    {"uuid", fits_uuid, "a uuid is a urn in lower case: write it as urn:uuid:c757873d-ec9a-4326-a141-556f43239520"},
    {"xhtml", fits_xhtml, "xhtml is one div: write <div xmlns=\"http://www.w3.org/1999/xhtml\">…</div>"},
};

}  // namespace

std::string fhir_primitive_fault(std::string_view type, std::string_view text) {
  for (const Primitive& each : kPrimitives)
    if (each.type == type) return each.fits(text) ? std::string() : std::string(each.advice);
  return std::string(type) + " is no primitive type of FHIR R4: write its members one by one";
}

}  // namespace pons::json
