#include "engine/mapping/convert_name.h"

#include <array>

#include "engine/base/text.h"

namespace pons {
namespace {

/// OBR-32 to OBR-35: component 1 is a CNN, when and where follow.
constexpr std::string_view kNameWithPlace = "NDL";

PersonName of_field(const Field& field) {
  const bool is_within = field.datatype == kNameWithPlace && field.level == Field::Level::field;
  const std::size_t family = is_within || has_leading_id(field.datatype) ? 2 : 1;
  const auto part = [&](std::size_t number) {
    return std::string(trim(is_within ? field.part(1, family + number) : field.part(family + number, 1)));
  };
  return {part(0), part(1), part(2), part(4), part(3)};
}

PersonName of_pn(std::string_view text) {
  const auto parts = split(text.substr(0, text.find('=')), '^');
  const auto part = [&](std::size_t at) { return at < parts.size() ? std::string(trim(parts[at])) : std::string(); };
  return {part(0), part(1), part(2), part(3), part(4)};
}

PersonName of_human_name(const json::Value& object) {
  const auto first_of = [&](std::string_view key, std::size_t at) {
    const json::Value* list = object.find(key);
    return list && at < list->items().size() ? list->items()[at].text() : std::string();
  };
  return {object.text_of("family"), first_of("given", 0), first_of("given", 1), first_of("prefix", 0),
          first_of("suffix", 0)};
}

}  // namespace

PersonName PersonName::of(const Value& value) {
  if (value.kind() == Value::Kind::list) return value.items().empty() ? PersonName() : of(value.items().front());
  if (value.kind() == Value::Kind::object) return of_human_name(value.object());
  if (value.kind() == Value::Kind::field) {
    const Field& field = value.as_field();
    if (holds_person(field.datatype) || field.datatype.empty()) return of_field(field);
    return {value.as_text(), {}, {}, {}, {}};
  }
  if (value.is_in_message()) return {value.as_text(), {}, {}, {}, {}};
  return of_pn(value.as_text());
}

Result<std::string> PersonName::pn() const {
  std::string text;
  for (const std::string* part : {&family, &given, &middle, &prefix, &suffix}) {
    if (part->find_first_of("^=\\") != std::string::npos)
      return refused("\"" + *part + "\" holds a ^, = or \\, which no part of a DICOM name can", {}, 102);
    text += *part + '^';
  }
  text.erase(text.find_last_not_of('^') + 1);
  return text;
}

std::string PersonName::display() const {
  std::string text;
  for (const std::string* part : {&prefix, &given, &middle, &family, &suffix})
    if (!part->empty()) text += (text.empty() ? "" : " ") + *part;
  return text;
}

bool holds_person(std::string_view datatype) {
  return is_person_type(datatype) || datatype == kNameWithPlace;
}

bool is_person_type(std::string_view datatype) {
  return datatype == "XPN" || datatype == "PN" || has_leading_id(datatype);
}

bool has_leading_id(std::string_view datatype) {
  return datatype == "XCN" || datatype == "CNN" || datatype == "CN";
}

}  // namespace pons
