#include "engine/mapping/convert_fhir.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/base/text.h"
#include "engine/expr/numbered.h"
#include "engine/mapping/convert_code.h"
#include "engine/mapping/convert_name.h"
#include "engine/mapping/convert_time.h"

namespace pons {
namespace {

using Made = std::optional<json::Value>;

constexpr std::string_view kDicomCodes = "http://dicom.nema.org/resources/ontology/DCM";
constexpr std::string_view kIdentifierTypes = "http://terminology.hl7.org/CodeSystem/v2-0203";

Fault unfit(std::string text) {
  return refused(std::move(text), {}, 102);
}

bool is_field(const Value& value) {
  return value.kind() == Value::Kind::field;
}

// Primitives.

bool is_time(std::string_view type) {
  return type == "dateTime" || type == "instant" || type == "date";
}

bool is_number(std::string_view type) {
  return type == "integer" || type == "positiveInt" || type == "unsignedInt" || type == "decimal" ||
         type == "integer64";
}

Result<std::string> time_text(std::string_view type, const Value& value, const Zone& zone) {
  const std::string said(trim(value.as_text()));
  auto time = time_of(value);
  if (!time) return time.fault();
  if (type == "date") {
    time->digits.resize(std::min<std::size_t>(time->digits.size(), 8));
    return fhir_date_time(*time, zone);
  }
  if (type == "instant" && time->digits.size() <= 8)
    return unfit("\"" + said + "\" is a day, and an instant needs its time too");
  return fhir_date_time(*time, zone);
}

/// HL7 NM allows "+5", "007" and ".5"; JSON does not.
std::string json_number(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  while (text.size() > 1 && text[0] == '0' && text[1] != '.') text.remove_prefix(1);
  if (text.ends_with('.')) text.remove_suffix(1);
  return (negative ? "-" : "") + std::string(text.starts_with('.') ? "0" : "") + std::string(text);
}

bool is_json_number(std::string_view text) {
  const auto parsed = json::Value::parse(text);
  return parsed && parsed->kind() == json::Value::Kind::number;
}

Result<std::string> primitive_text(std::string_view type, const Value& value, const Zone& zone) {
  if (is_time(type)) return time_text(type, value, zone);
  std::string text = value.as_text();
  if (type != "string" && type != "markdown") text = trim(text);
  if (type == "boolean" && (text == "Y" || text == "N")) return std::string(text == "Y" ? "true" : "false");
  return is_number(type) ? json_number(text) : text;
}

Result<void> check_code(const json::FhirElement& element, const std::string& text) {
  const auto& codes = element.codes;
  if (codes.empty() || std::find(codes.begin(), codes.end(), text) != codes.end()) return {};
  return refused(fmt::format("\"{}\" is not a {}; it takes {}", text, element.name, fmt::join(codes, ", ")), {}, 103);
}

json::Value primitive_json(std::string_view type, std::string text) {
  if (type == "boolean") return json::Value::boolean(text == "true");
  if (is_number(type)) return json::Value::number(std::move(text));
  return json::Value(std::move(text));
}

// Data types.

Made identifier_of(std::string value, std::string system, const std::string& type) {
  if (value.empty()) return {};
  json::Value out = json::Value::object();
  if (!type.empty()) out["type"]["coding"].push(Coded{{{type, std::string(kIdentifierTypes), ""}}, ""}.coding());
  if (!system.empty()) out["system"] = std::move(system);
  out["value"] = std::move(value);
  return out;
}

/// With the system by which references name it.
Made identifier(const Value& value) {
  const Numbered said = Numbered::of(value, Value());
  const std::string system = said.system.empty() ? fhir_system(said.identifier.authority) : said.system;
  return identifier_of(said.identifier.value, system, said.identifier.type);
}

Made human_name(const Value& value) {
  const NameParts name = PersonName::of(value).first();
  if (name.empty()) return {};
  json::Value out = json::Value::object();
  if (!name.family.empty()) out["family"] = name.family;
  for (const std::string* given : {&name.given, &name.middle})
    if (!given->empty()) out["given"].push(*given);
  if (!name.prefix.empty()) out["prefix"].push(name.prefix);
  if (!name.suffix.empty()) out["suffix"].push(name.suffix);
  return out;
}

Made address(const Value& value) {
  json::Value out = json::Value::object();
  if (!is_field(value)) {
    if (const std::string text = value.as_text(); !text.empty()) out["text"] = text;
  } else {
    const Field& f = value.as_field();
    for (const std::size_t line : {std::size_t{1}, std::size_t{2}})
      if (const std::string text = f.part(line, 1); !text.empty()) out["line"].push(text);
    const std::pair<const char*, std::size_t> members[] = {
        {"city", 3}, {"state", 4}, {"postalCode", 5}, {"country", 6}};
    for (const auto& [name, number] : members)
      if (const std::string text = f.part(number, 1); !text.empty()) out[name] = text;
  }
  return out.members().empty() ? Made() : Made(out);
}

/// XTN: component 4 is an e-mail address, 1 the number as text (12 since v2.7).
Made contact_point(const Value& value) {
  std::string number = value.as_text(), email;
  if (is_field(value)) {
    email = value.as_field().part(4, 1);
    if (number.empty()) number = value.as_field().part(12, 1);
  }
  const std::string& said = email.empty() ? number : email;
  if (said.empty()) return {};
  json::Value out = json::Value::object();
  out["system"] = email.empty() ? "phone" : "email";
  out["value"] = said;
  return out;
}

Made reference(const Value& value) {
  json::Value out = json::Value::object();
  if (is_field(value)) {
    const Field& field = value.as_field();
    const std::string name = holds_person(field.datatype) ? PersonName::of(value).display() : value.as_text();
    if (!name.empty()) out["display"] = name;
  } else if (const std::string text = value.as_text(); !text.empty()) {
    out["reference"] = text;
  }
  return out.members().empty() ? Made() : Made(out);
}

bool is_modality(std::string_view parent, const json::FhirElement& element) {
  return element.name == "modality" && (parent == "ImagingStudy" || parent == "ImagingStudy.series");
}

Made coding(std::string_view parent, const json::FhirElement& element, const Value& value) {
  auto coded = Coded::of(value);
  if (!coded) return {};
  if (is_modality(parent, element) && !coded->codes.empty() && coded->codes.front().system.empty())
    coded->codes.front().system = kDicomCodes;
  return coded->coding();
}

Made concept_(const Value& value) {
  // A bare text is what a person said, not a code of nobody's system.
  if (value.kind() == Value::Kind::text) return Coded{{}, value.as_text()}.codeable_concept();
  const auto coded = Coded::of(value);
  return coded ? Made(coded->codeable_concept()) : Made();
}

bool is_other_shape(std::string_view type, const json::Value& object) {
  if (type == "CodeableConcept") return object.find("coding") == nullptr && object.find("text") == nullptr;
  if (type == "Coding") return object.find("CodeValue") != nullptr || object.find("coding") != nullptr;
  if (type == "Identifier") return object.find("authority") != nullptr;
  return false;
}

Result<Made> complex(const json::FhirElement& element, std::string_view parent, const Value& value) {
  const std::string_view type = element.type;
  if (value.kind() == Value::Kind::object && !is_other_shape(type, value.object())) {
    const std::string fault = fhir_object_fault(type, value.object());
    return fault.empty() ? Result<Made>(Made(value.object())) : Result<Made>(unfit(fault));
  }
  if (type == "CodeableConcept") return concept_(value);
  if (type == "Coding") return coding(parent, element, value);
  if (type == "Identifier") return identifier(value);
  if (type == "HumanName") return human_name(value);
  if (type == "Address") return address(value);
  if (type == "ContactPoint") return contact_point(value);
  if (type == "Reference") return reference(value);
  if (type == "Annotation" || type == "Quantity") {
    if (value.as_text().empty()) return Made();
    json::Value out = json::Value::object();
    if (type == "Annotation") {
      out["text"] = value.as_text();
    } else {
      const std::string number = json_number(trim(value.as_text()));
      if (!is_json_number(number)) return unfit("\"" + value.as_text() + "\" is no number");
      out["value"] = json::Value::number(number);
    }
    return Made(std::move(out));
  }
  return unfit("one value is no " + std::string(type) + "; write a block with its elements");
}

Result<void> append(std::vector<json::Value>& out, const json::FhirElement& element, std::string_view parent,
                    const Value& value, const Zone& zone) {
  if (!value.has_value()) return {};
  if (value.kind() == Value::Kind::list) {
    for (const Value& item : value.items())
      if (auto added = append(out, element, parent, item, zone); !added) return added;
    return {};
  }
  if (!json::is_fhir_primitive(element.type)) {
    auto made = complex(element, parent, value);
    if (!made) return made.fault();
    if (*made) out.push_back(**std::move(made));
    return {};
  }
  if (value.as_text().empty() && value.kind() != Value::Kind::object) return {};
  auto made = fhir_primitive(element, value, zone);
  if (!made) return made.fault();
  out.push_back(*std::move(made));
  return {};
}

}  // namespace

Result<json::Value> fhir_primitive(const json::FhirElement& element, const Value& value, const Zone& zone) {
  if (value.kind() == Value::Kind::object && value.as_text().empty())
    return unfit("an object is no " + std::string(element.type));
  auto text = primitive_text(element.type, value, zone);
  if (!text) return text.fault();
  if (!is_utf8(*text)) return unfit("the text is not UTF-8");
  if (const std::string fault = json::fhir_primitive_fault(element.type, *text); !fault.empty()) return unfit(fault);
  if (is_number(element.type) && !is_json_number(*text)) return unfit("\"" + *text + "\" is no number");
  if (auto code = check_code(element, *text); !code) return code.fault();
  return primitive_json(element.type, *std::move(text));
}

std::string fhir_object_fault(std::string_view type, const json::Value& object) {
  if (json::fhir_type(type) == nullptr) return "";
  for (const auto& [name, value] : object.members()) {
    const json::FhirElement* element = json::fhir_element(type, name);
    if (element == nullptr && name == "resourceType" && json::is_fhir_resource(type)) continue;
    if (element == nullptr) return "a " + std::string(type) + " has no " + name;
    if (element->is_list != value.is_array()) return name + (element->is_list ? " is a list" : " is no list");
    const auto items = value.is_array() ? value.items() : std::vector<json::Value>{value};
    for (const json::Value& item : items) {
      if (item.is_object() == json::is_fhir_primitive(element->type))
        return name + " is a " + std::string(element->type);
      if (!item.is_object()) continue;
      if (std::string fault = fhir_object_fault(element->type, item); !fault.empty()) return fault;
    }
  }
  return "";
}

Result<std::vector<json::Value>> fhir_values(const json::FhirElement& element, std::string_view parent,
                                             const Value& value, const Zone& zone) {
  std::vector<json::Value> out;
  if (auto added = append(out, element, parent, value, zone); !added) return added.fault();
  return out;
}

}  // namespace pons
