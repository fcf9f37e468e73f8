#include "engine/mapping/convert_name.h"

#include <algorithm>
#include <utility>

#include "engine/base/text.h"
#include "engine/hl7/parts.h"

namespace pons {
namespace {

/// OBR-32 to OBR-35: component 1 is a CNN, when and where follow.
constexpr std::string_view kNameWithPlace = "NDL";

constexpr std::size_t kType = 7, kRepresentation = 8;  // of XPN

NameParts parts_of(const Field& field) {
  const bool is_within = field.datatype == kNameWithPlace && field.level == Field::Level::field;
  const std::size_t family = is_within || has_leading_id(field.datatype) ? 2 : 1;
  const auto part = [&](std::size_t number) {
    return std::string(trim(is_within ? field.part(1, family + number) : field.part(family + number, 1)));
  };
  return {part(0), part(1), part(2), part(4), part(3)};
}

/// XPN-8; what it does not say is alphabetic.
std::size_t script_of(const Field& field) {
  const auto at = PersonName::kRepresentations.find(field.part(kRepresentation));
  return at == std::string_view::npos ? 0 : at;
}

/// The field's other repetitions with the same name in other scripts.
void add_other_scripts(PersonName& name, const Field& field) {
  const auto whole = field.message->raw_field(field.segment, static_cast<std::size_t>(field.place.field)).value_or("");
  const std::size_t count = hl7::count_parts(whole, field.delimiters.repetition);
  for (std::size_t number = 1; number <= count; ++number) {
    Field other = field;
    other.raw = hl7::part(whole, field.delimiters.repetition, number).value_or("");
    NameParts& parts = name.scripts[script_of(other)];
    if (parts.empty() && !other.part(kRepresentation).empty() && other.part(kType) == field.part(kType))
      parts = parts_of(other);
  }
}

PersonName of_field(const Field& field) {
  PersonName name;
  if (field.datatype != "XPN" || field.level != Field::Level::field || field.message == nullptr) {
    name.scripts[0] = parts_of(field);
    return name;
  }
  name.scripts[script_of(field)] = parts_of(field);
  if (!name.empty()) add_other_scripts(name, field);
  return name;
}

PersonName of_pn(std::string_view text) {
  PersonName name;
  const auto groups = split(text, '=');
  for (std::size_t i = 0; i < std::min(groups.size(), name.scripts.size()); ++i) {
    const auto parts = split(groups[i], '^');
    const auto part = [&](std::size_t at) { return at < parts.size() ? std::string(trim(parts[at])) : std::string(); };
    name.scripts[i] = {part(0), part(1), part(2), part(3), part(4)};
  }
  return name;
}

PersonName of_family(std::string family) {
  PersonName name;
  name.scripts[0].family = std::move(family);
  return name;
}

PersonName of_human_name(const json::Value& object) {
  const auto first_of = [&](std::string_view key, std::size_t at) {
    const json::Value* list = object.find(key);
    return list && at < list->items().size() ? list->items()[at].text() : std::string();
  };
  PersonName name;
  name.scripts[0] = {object.text_of("family"), first_of("given", 0), first_of("given", 1), first_of("prefix", 0),
                     first_of("suffix", 0)};
  return name;
}

}  // namespace

bool PersonName::empty() const {
  return std::all_of(scripts.begin(), scripts.end(), [](const NameParts& each) { return each.empty(); });
}

bool PersonName::has_several() const {
  return std::count_if(scripts.begin(), scripts.end(), [](const NameParts& each) { return !each.empty(); }) > 1;
}

const NameParts& PersonName::first() const {
  const auto found = std::find_if(scripts.begin(), scripts.end(), [](const NameParts& each) { return !each.empty(); });
  return found == scripts.end() ? scripts[0] : *found;
}

PersonName PersonName::of(const Value& value) {
  if (value.kind() == Value::Kind::list) return value.items().empty() ? PersonName() : of(value.items().front());
  if (value.kind() == Value::Kind::object) return of_human_name(value.object());
  if (value.kind() == Value::Kind::field) {
    const Field& field = value.as_field();
    if (holds_person(field.datatype) || field.datatype.empty()) return of_field(field);
    return of_family(value.as_text());
  }
  if (value.is_in_message()) return of_family(value.as_text());
  return of_pn(value.as_text());
}

Result<std::string> PersonName::pn() const {
  std::string text;
  for (const NameParts& script : scripts) {
    for (const std::string* part : {&script.family, &script.given, &script.middle, &script.prefix, &script.suffix}) {
      if (part->find_first_of("^=\\") != std::string::npos)
        return refused("\"" + *part + "\" holds a ^, = or \\, which no part of a DICOM name can", {}, 102);
      text += *part + '^';
    }
    text.erase(text.find_last_not_of('^') + 1);
    text += '=';
  }
  text.erase(text.find_last_not_of('=') + 1);
  return text;
}

std::string PersonName::display() const {
  const NameParts& name = first();
  std::string text;
  for (const std::string* part : {&name.prefix, &name.given, &name.middle, &name.family, &name.suffix})
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
