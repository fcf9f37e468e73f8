#include <algorithm>
#include <array>
#include <initializer_list>

#include "engine/base/text.h"
#include "engine/expr/function.h"

namespace pons {

namespace {

using Parameter = Function::Parameter;
constexpr std::size_t kFamily = 0, kGiven = 1, kMiddle = 2, kSuffix = 3, kPrefix = 4;

/// family, given, middle, suffix, prefix, in the order of HL7.
using Parts = std::array<std::string, 5>;

std::string joined(std::initializer_list<std::string> parts, std::string_view separator) {
  std::string out;
  for (const std::string& part : parts) {
    const auto text = trim(part);
    if (text.empty()) continue;
    if (!out.empty()) out += separator;
    out += text;
  }
  return out;
}

std::string display(const Parts& name) {
  return joined({name[kPrefix], name[kGiven], name[kMiddle], name[kFamily], name[kSuffix]}, " ");
}

/// XPN and PN begin with the family name, XCN, CN, CNN and PPN with an identifier.
bool begins_with_family(std::string_view datatype) {
  return datatype == "XPN" || datatype == "PN" || datatype == "FN";
}

Parts of_components(const Field& field) {
  const std::size_t family = begins_with_family(field.datatype) ? 1 : 2;
  Parts name;
  for (std::size_t i = 0; i < name.size(); ++i) name[i] = field.part(family + i);
  if (field.level == Field::Level::field) name[kFamily] = field.part(family, 1);
  return name;
}

/// NDL (OBR-32 to 35): the name is the first component, its parts are subcomponents.
bool has_name_in_first_component(const Field& field) {
  if (field.level != Field::Level::field) return false;
  return field.datatype == "NDL" || (field.datatype == "CM" && !field.part(1, 2).empty());
}

Parts of_subcomponents(const Field& field) {
  Parts name;
  for (std::size_t i = 0; i < name.size(); ++i) name[i] = field.part(1, 2 + i);
  return name;
}

/// DICOM PN (PS3.5 6.2.1): family^given^middle^prefix^suffix, the first of its three groups.
Parts of_dicom(std::string_view text) {
  Parts name;
  const auto parts = split(text.substr(0, text.find('=')), '^');
  constexpr std::array kOrder{kFamily, kGiven, kMiddle, kPrefix, kSuffix};
  for (std::size_t i = 0; i < std::min(parts.size(), kOrder.size()); ++i) name[kOrder[i]] = parts[i];
  return name;
}

Result<Value> person_name(const FunctionCall& call) {
  const Value& value = call.argument(0);
  if (value.kind() != Value::Kind::field) return call.made(display(of_dicom(value.as_text())));
  const Field& field = value.as_field();
  if (has_name_in_first_component(field)) return call.made(display(of_subcomponents(field)));
  const std::string name = display(of_components(field));
  return call.made(name.empty() ? value.as_text() : name);
}

/// XAD: street, other designation, city, state, zip, country.
Result<Value> address(const FunctionCall& call) {
  const Value& value = call.argument(0);
  if (value.kind() != Value::Kind::field) return call.made(value.as_text());
  const Field& field = value.as_field();
  const std::string place = joined({field.part(4), field.part(5)}, " ");
  return call.made(joined({field.part(1, 1), field.part(2), field.part(3), place, field.part(6)}, ", "));
}

}  // namespace

const std::vector<Function>& person_functions() {
  using Nothing = Function::Nothing;
  static const std::vector<Function> kFunctions{
      {"person_name", "OBR-16 | person_name", {Parameter::value}, 1, Nothing::passes, true, person_name},
      {"address", "PID-11 | address", {Parameter::value}, 1, Nothing::passes, true, address},
  };
  return kFunctions;
}

}  // namespace pons
