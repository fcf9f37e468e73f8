#include "engine/expr/value.h"

#include <algorithm>
#include <utility>

#include "engine/hl7/dictionary.h"
#include "engine/hl7/escape.h"
#include "engine/hl7/parts.h"

namespace pons {

namespace {

using Level = Field::Level;
constexpr std::string_view kNull = "\"\"";
// Part types hardly differ between versions; CE, XPN and what replaced them are all in this one.
constexpr std::string_view kReferenceVersion = "2.5.1";

constexpr char kEscape = 0x1b;  // ISO 2022 shifts sets with it, in bytes that look like ASCII

bool is_plain(std::string_view raw, char escape) {
  return std::all_of(raw.begin(), raw.end(),
                     [escape](char c) { return static_cast<unsigned char>(c) < 0x80 && c != escape && c != kEscape; });
}

std::string decoded(const Field& field, std::string_view raw) {
  if (raw == kNull) return {};
  if (is_plain(raw, field.delimiters.escape)) return std::string(raw);
  std::string bytes = hl7::unescape(raw, field.delimiters);
  return field.charset == nullptr ? bytes : hl7::to_utf8(bytes, *field.charset);
}

std::string_view part_of(std::string_view raw, char separator, std::size_t number) {
  return raw == kNull ? std::string_view() : hl7::part(raw, separator, number).value_or(std::string_view());
}

bool is_long_text(std::string_view datatype) {
  return datatype == "TX" || datatype == "FT";
}
bool is_text(std::string_view datatype) {
  return datatype == "ST" || is_long_text(datatype);
}

std::string_view part_type(std::string_view datatype, std::size_t number) {
  if (datatype.empty()) return {};
  const hl7::Element* component = hl7::component(kReferenceVersion, datatype, number);
  return component == nullptr ? std::string_view() : component->datatype;
}

/// The first subcomponent, and the whole of a text type: asked for only where there is more than one.
template <class Datatype>
std::string component_text(const Field& field, std::string_view component, Datatype&& datatype) {
  const auto end = hl7::find_byte(component, field.delimiters.subcomponent);
  const bool is_whole = end == std::string_view::npos || is_text(datatype());
  return decoded(field, is_whole ? component : component.substr(0, end));
}

}  // namespace

std::string Field::text() const {
  switch (level) {
    case Level::segment:
    case Level::subcomponent:
      return decoded(*this, raw);
    case Level::component:
      return component_text(*this, raw, [&] { return datatype; });
    case Level::field:
      if (is_long_text(datatype)) return decoded(*this, raw);
      return part(1);
  }
  return {};
}

std::string Field::part(std::size_t number) const {
  switch (level) {
    case Level::segment:
      return {};
    case Level::field:
      return component_text(*this, part_of(raw, delimiters.component, number),
                            [&] { return part_type(datatype, number); });
    case Level::component:
      return decoded(*this, part_of(raw, delimiters.subcomponent, number));
    case Level::subcomponent:
      return number == 1 ? decoded(*this, raw) : std::string();
  }
  return {};
}

std::string Field::part(std::size_t number, std::size_t inner) const {
  if (level == Level::field)
    return decoded(*this, part_of(part_of(raw, delimiters.component, number), delimiters.subcomponent, inner));
  return inner == 1 ? part(number) : std::string();
}

std::string Field::raw_text() const {
  return charset == nullptr ? std::string(raw) : hl7::to_utf8(raw, *charset);
}

Value Value::null() {
  Value value;
  value.kind_ = Kind::null;
  return value;
}

Value Value::text(std::string utf8) {
  Value value;
  value.kind_ = Kind::text;
  value.text_ = std::move(utf8);
  return value;
}

Value Value::field(Field field) {
  Value value;
  value.kind_ = Kind::field;
  value.field_ = std::move(field);
  return value;
}

Value Value::list(std::vector<Value> items) {
  Value value;
  if (items.empty()) return value;
  value.kind_ = Kind::list;
  value.items_ = std::move(items);
  return value;
}

Value Value::truth(bool outcome) {
  Value value = text(outcome ? "true" : "false");
  value.is_false_ = !outcome;
  return value;
}

Value Value::of(std::shared_ptr<const json::Value> owner, const json::Value& at) {
  switch (at.kind()) {
    case json::Value::Kind::null:
      return null();
    case json::Value::Kind::boolean:
      return truth(at.text() == "true");
    case json::Value::Kind::number:
    case json::Value::Kind::string:
      return text(at.text());
    case json::Value::Kind::array: {
      std::vector<Value> items;
      for (const json::Value& item : at.items()) items.push_back(of(owner, item));
      return list(std::move(items));
    }
    case json::Value::Kind::object:
      break;
  }
  Value value;
  value.kind_ = Kind::object;
  value.object_ = std::shared_ptr<const json::Value>(std::move(owner), &at);
  return value;
}

Value Value::of(json::Value owned) {
  auto owner = std::make_shared<const json::Value>(std::move(owned));
  const json::Value& at = *owner;
  return of(std::move(owner), at);
}

std::string Value::as_text() const {
  switch (kind_) {
    case Kind::absent:
    case Kind::null:
      return {};
    case Kind::text:
      return text_;
    case Kind::field:
      return field_.text();
    case Kind::list:
      return items_.front().as_text();
    case Kind::object:
      return object_->text_of("value");
  }
  return {};
}

const hl7::Place* Value::origin() const {
  if (kind_ == Kind::list && !field_.place.is_in_message()) return items_.front().origin();
  return field_.place.offset == hl7::Place::kNotReceived ? nullptr : &field_.place;
}

Value Value::with_origin(const Value& source) && {
  field_.place = source.kind_ == Kind::list ? source.items_.front().field_.place : source.field_.place;
  return std::move(*this);
}

}  // namespace pons
