#include "engine/expr/numbered.h"

#include <algorithm>

namespace pons {

namespace {

bool is_oid(std::string_view text) {
  return text.find('.') != std::string_view::npos && text.front() >= '0' && text.front() <= '2' &&
         std::all_of(text.begin(), text.end(), [](char c) { return c == '.' || (c >= '0' && c <= '9'); });
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_uri(std::string_view text) {
  const auto colon = text.find(':');
  return colon != std::string_view::npos && colon > 1 && colon + 1 < text.size() &&
         std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(colon), is_letter) &&
         text.find(' ') == std::string_view::npos;
}

/// A universal ID with its type (HL7 table 0301).
std::string system_of(const std::string& universal, const std::string& type) {
  if (universal.empty()) return {};
  if (type == "ISO" || is_oid(universal)) return "urn:oid:" + universal;
  if (type == "UUID" || type == "GUID") return "urn:uuid:" + universal;
  return type == "URI" || is_uri(universal) ? universal : std::string();
}

Numbered of_entity(const Field& field, std::size_t authority) {
  Numbered out;
  out.identifier.value = field.part(1);
  const bool is_cx = authority == 4;
  out.identifier.authority = is_cx ? field.part(4, 1) : field.part(2);
  out.universal = is_cx ? field.part(4, 2) : field.part(3);
  out.system = system_of(out.universal, is_cx ? field.part(4, 3) : field.part(4));
  if (is_cx) out.identifier.type = field.part(5);
  return out;
}

Numbered of_field(const Field& field) {
  if (field.level != Field::Level::field) return {{field.text(), {}, {}}, {}, {}};
  return of_entity(field, field.datatype == "EI" ? 2 : 4);
}

Numbered of_object(const json::Value& object) {
  if (object.find("PatientID") != nullptr)
    return {{object.text_of("PatientID"), object.text_of("IssuerOfPatientID"), "MR"}, {}, {}};
  return {{object.text_of("value"), object.text_of("authority"), object.text_of("type")}, {}, {}};
}

/// RFC 3986 2.3, and what may stand in a query as it is.
bool stands_in_query(char c) {
  constexpr std::string_view kOthers = "-._~:/";
  return is_letter(c) || (c >= '0' && c <= '9') || kOthers.find(c) != std::string_view::npos;
}

/// `\`, `|`, `,` and `$` have a meaning in a token parameter (FHIR R4 3.1.1.4.0.1).
std::string escaped(std::string_view token) {
  constexpr std::string_view kHex = "0123456789ABCDEF", kMeaning = "\\|,$";
  std::string out;
  for (const char c : token) {
    if (kMeaning.find(c) != std::string_view::npos) out += "%5C";
    if (stands_in_query(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out.append({'%', kHex[byte >> 4], kHex[byte & 15]});
  }
  return out;
}

}  // namespace

Numbered Numbered::of(const Value& value, const Value& authority) {
  Numbered out;
  if (value.kind() == Value::Kind::list) return value.items().empty() ? out : of(value.items().front(), authority);
  if (value.kind() == Value::Kind::field)
    out = of_field(value.as_field());
  else if (value.kind() == Value::Kind::object)
    out = of_object(value.object());
  else
    out.identifier.value = value.as_text();
  if (out.identifier.authority.empty()) out.identifier.authority = authority.as_text();
  return out;
}

std::string fhir_system(std::string_view authority) {
  if (authority.empty()) return {};
  if (is_oid(authority)) return "urn:oid:" + std::string(authority);
  return is_uri(authority) ? std::string(authority) : "urn:id:" + std::string(authority);
}

std::string conditional_reference(std::string_view type, std::string_view system, std::string_view number) {
  return std::string(type) + "?identifier=" + escaped(system) + "|" + escaped(number);
}

}  // namespace pons
