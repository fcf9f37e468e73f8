#include "engine/mapping/convert_dicom.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include "engine/base/text.h"
#include "engine/mapping/convert_code.h"
#include "engine/mapping/convert_name.h"
#include "engine/mapping/convert_time.h"

namespace pons {
namespace {

using Text = std::optional<std::string>;

constexpr std::size_t kDay = 8;

Fault unfit(std::string text) {
  return refused(std::move(text), {}, 102);
}

std::size_t characters(std::string_view utf8) {
  return static_cast<std::size_t>(
      std::count_if(utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

bool is_long_text(std::string_view vr) {
  return vr == "LT" || vr == "ST" || vr == "UT";
}

/// PS3.5 6.1.3: of control characters, only long texts hold TAB, LF, FF and CR.
bool holds_control(std::string_view text, bool is_long) {
  return std::any_of(text.begin(), text.end(), [&](char c) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte == 0x7f) return true;
    return byte < 0x20 && !(is_long && (c == '\t' || c == '\n' || c == '\f' || c == '\r'));
  });
}

bool only(std::string_view text, bool (*fits)(char)) {
  return !text.empty() && std::all_of(text.begin(), text.end(), fits);
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

Result<Text> checked_length(const dicom::Attribute& attribute, std::string text) {
  const auto limit = dicom::max_length(attribute.vr);
  if (!limit || text.size() <= *limit) return Text(std::move(text));  // no character is shorter than a byte
  for (const std::string_view part : attribute.vr == "PN" ? split(text, '=') : std::vector<std::string_view>{text})
    if (characters(part) > *limit)
      return unfit(fmt::format("\"{}\" has {} characters, and {} takes {} at most; write  | left({})  to cut it", part,
                               characters(part), attribute.vr, *limit, *limit));
  return Text(std::move(text));
}

Result<Text> checked_text(const dicom::Attribute& attribute, std::string text) {
  const bool is_long = is_long_text(attribute.vr);
  if (!is_utf8(text)) return unfit("the text is not UTF-8");
  if (holds_control(text, is_long))
    return unfit("the text holds a control character, which " + attribute.vr + " cannot");
  if (!is_long && attribute.vr != "UR" && text.find('\\') != std::string::npos)
    return unfit("\"" + text + "\" holds a \\, which separates values in DICOM; write  | replace(\"\\\\\", \"/\")");
  return checked_length(attribute, std::move(text));
}

// Names.

bool is_pn(std::string_view text) {
  const auto groups = split(text, '=');
  return groups.size() <= 3 && std::all_of(groups.begin(), groups.end(), [](std::string_view group) {
           return std::count(group.begin(), group.end(), '^') <= 4;
         });
}

Result<Text> person_name(const dicom::Attribute& attribute, const Value& value) {
  const bool is_pn_already = value.kind() == Value::Kind::text && !value.is_in_message();
  if (is_pn_already) {
    if (!is_pn(value.as_text()))
      return unfit("\"" + value.as_text() + "\" is no DICOM name; write family^given^middle^prefix^suffix");
    return checked_text(attribute, value.as_text());
  }
  const PersonName name = PersonName::of(value);
  if (name.empty()) return Text();
  auto text = name.pn();
  if (!text) return text.fault();
  return checked_text(attribute, *std::move(text));
}

// Days and times.

bool is_birth_date(const dicom::Attribute& attribute) {
  return attribute.keyword.ends_with("BirthDate");
}

Result<Text> day(const dicom::Attribute& attribute, const Value& value, const Zone& zone) {
  auto time = time_of(value);
  if (!time) return time.fault();
  if (time->digits.size() < kDay) return unfit("\"" + time->digits + "\" names no day, and a DA is YYYYMMDD");
  // A birthday is the same day everywhere.
  const HL7Time wall = is_birth_date(attribute) ? *time : on_wall(*time, zone);
  return Text(wall.digits.substr(0, kDay));
}

Text time_text(const std::string& digits, const std::string& fraction) {
  std::string text = digits;
  text.resize(6, '0');
  return fraction.empty() ? text : text + '.' + fraction.substr(0, 6);
}

/// HL7 TM, and a TM of our own records: HH[MM[SS[.FFFFFF]]].
bool is_time_of_day(const Value& value, std::string_view text) {
  const bool is_tm = value.kind() == Value::Kind::field && value.as_field().datatype == "TM";
  const std::string_view digits = text.substr(0, text.find('.'));
  const bool fits = only(digits, is_digit) && digits.size() % 2 == 0 && digits.size() <= 6;
  return fits && (is_tm || value.kind() == Value::Kind::text);
}

Result<Text> time_of_day(const Value& value, const Zone& zone) {
  const std::string text(trim(value.as_text()));
  if (is_time_of_day(value, text)) {
    // A day before it makes a date of it, so that one reader checks both.
    auto read = HL7Time::parse("20000101" + time_text(text.substr(0, text.find('.')), {}).value());
    if (!read) return unfit("\"" + text + "\" is no time; write HHMMSS");
    const auto point = text.find('.');
    return time_text(read->digits.substr(kDay), point == std::string::npos ? "" : text.substr(point + 1));
  }
  auto time = time_of(value);
  if (!time) return time.fault();
  if (time->digits.size() <= kDay) return Text();
  const HL7Time wall = on_wall(*time, zone);
  return time_text(wall.digits.substr(kDay), wall.fraction);
}

// Numbers, codes, identifiers.

template <class Number>
bool is_number(std::string_view text) {
  Number number{};
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return false;
  if constexpr (std::is_floating_point_v<Number>) return std::isfinite(number);
  return true;
}

bool is_number_of(std::string_view vr, std::string_view text) {
  if (vr == "IS" || vr == "SL") return is_number<std::int32_t>(text);
  if (vr == "US") return is_number<std::uint16_t>(text);
  if (vr == "SS") return is_number<std::int16_t>(text);
  if (vr == "UL") return is_number<std::uint32_t>(text);
  return is_number<double>(text);
}

bool is_numeric(std::string_view vr) {
  return vr == "IS" || vr == "DS" || vr == "US" || vr == "SS" || vr == "UL" || vr == "SL" || vr == "FL" || vr == "FD";
}

bool is_uid(std::string_view text) {
  const auto parts = split(text, '.');
  return std::all_of(parts.begin(), parts.end(), [](std::string_view part) {
    return only(part, is_digit) && (part.size() == 1 || part.front() != '0');
  });
}

bool is_age(std::string_view text) {
  return text.size() == 4 && only(text.substr(0, 3), is_digit) && std::string_view("DWMY").find(text[3]) < 4;
}

bool is_code_character(char c) {
  return (c >= 'A' && c <= 'Z') || is_digit(c) || c == ' ' || c == '_';
}

Result<Text> checked_kind(const dicom::Attribute& attribute, std::string text) {
  const std::string& vr = attribute.vr;
  if (is_numeric(vr) && !is_number_of(vr, text)) return unfit("\"" + text + "\" is no number of " + vr);
  if (vr == "UI" && !is_uid(text)) return unfit("\"" + text + "\" is no UID: numbers with points between them");
  if (vr == "AS" && !is_age(text)) return unfit("\"" + text + "\" is no age; write 045Y, 006M, 002W or 010D");
  if (vr == "CS" && !only(text, is_code_character))
    return unfit("\"" + text + "\" is no code: a CS has capitals, digits, space and _");
  return checked_text(attribute, std::move(text));
}

std::string address(const Field& field) {
  std::string text;
  for (std::size_t number = 1; number <= 6; ++number)
    if (const std::string part(trim(field.part(number, 1))); !part.empty()) text += (text.empty() ? "" : ", ") + part;
  return text;
}

std::string plain_text(const dicom::Attribute& attribute, const Value& value) {
  if (value.kind() == Value::Kind::field && attribute.keyword.ends_with("Address") &&
      value.as_field().level == Field::Level::field)
    return address(value.as_field());
  std::string text = value.as_text();
  if (!is_long_text(attribute.vr)) text = trim(text);
  return attribute.vr == "CS" ? upper_ascii(text) : text;
}

Result<Text> one(const dicom::Attribute& attribute, const Value& value, const Zone& zone) {
  if (!value.has_value()) return Text();
  if (attribute.vr == "PN") return person_name(attribute, value);
  std::string text = plain_text(attribute, value);
  if (text.empty()) {
    if (value.kind() == Value::Kind::object) return unfit("an object is no value of " + attribute.vr);
    return Text();
  }
  if (attribute.vr == "DA") return day(attribute, value, zone);
  if (attribute.vr == "TM") return time_of_day(value, zone);
  if (attribute.vr == "DT") {
    const auto time = time_of(value);
    return time ? Result<Text>(hl7_time(*time)) : Result<Text>(time.fault());
  }
  return checked_kind(attribute, std::move(text));
}

Result<void> check_term(const dicom::Attribute& attribute, const std::string& text) {
  const auto& terms = dicom::terms(attribute.keyword);
  if (terms.empty() || !dicom::terms_are_enumerated(attribute.keyword)) return {};
  if (std::find(terms.begin(), terms.end(), text) != terms.end()) return {};
  return refused(fmt::format("\"{}\" is not a {}; it takes {}", text, attribute.keyword, fmt::join(terms, ", ")), {},
                 103);
}

Result<void> append(std::vector<std::string>& values, const dicom::Attribute& attribute, const Value& value,
                    const Zone& zone) {
  if (value.kind() == Value::Kind::list) {
    for (const Value& item : value.items())
      if (auto added = append(values, attribute, item, zone); !added) return added;
    return {};
  }
  auto text = one(attribute, value, zone);
  if (!text) return text.fault();
  if (!*text) return {};
  if (auto term = check_term(attribute, **text); !term) return term;
  values.push_back(**std::move(text));
  return {};
}

Result<json::Value> checked_item(json::Value item) {
  for (const auto& [keyword, value] : item.members()) {
    const auto attribute = dicom::find_attribute(keyword);
    if (!attribute || attribute->vr == "SQ" || value.is_null()) continue;
    if (auto fits = checked_text(*attribute, value.text()); !fits) {
      Fault fault = fits.fault();
      fault.text = keyword + ": " + fault.text;
      return fault;
    }
  }
  return item;
}

}  // namespace

Result<std::vector<std::string>> dicom_values(const dicom::Attribute& attribute, const Value& value, const Zone& zone) {
  std::vector<std::string> values;
  if (auto added = append(values, attribute, value, zone); !added) return added.fault();
  if (attribute.vm_max && values.size() > static_cast<std::size_t>(*attribute.vm_max))
    return unfit(fmt::format("{} values, and it takes {}; write  | join(\", \")  or choose one of them", values.size(),
                             *attribute.vm_max));
  return values;
}

Result<std::vector<json::Value>> code_items(const Value& value) {
  std::vector<json::Value> items;
  const auto values = value.kind() == Value::Kind::list ? value.items() : std::vector<Value>{value};
  for (const Value& each : values) {
    const auto coded = Coded::of(each);
    auto item = coded ? coded->code_item() : std::nullopt;
    if (!item) continue;
    auto checked = checked_item(*std::move(item));
    if (!checked) return checked.fault();
    items.push_back(*std::move(checked));
  }
  return items;
}

std::string described(const dicom::Attribute& attribute) {
  return fmt::format("{} ({:04X},{:04X})", attribute.keyword, attribute.tag.group, attribute.tag.element);
}

}  // namespace pons
