#include "engine/mapping/convert_code.h"

#include <array>
#include <cctype>
#include <utility>

#include "engine/base/text.h"

namespace pons {
namespace {

constexpr std::string_view kLocal = "urn:id:";
constexpr std::string_view kHl7Table = "http://terminology.hl7.org/CodeSystem/v2-";
constexpr std::size_t kCodeValueLength = 16;

// HL7 table 0396 and PS3.16 chapter 8 against hl7.org/fhir/R4/terminologies-systems. The first of a URI is its name.
constexpr std::array<std::pair<std::string_view, std::string_view>, 16> kSystems{{
    {"LN", "http://loinc.org"},
    {"SCT", "http://snomed.info/sct"},
    {"SNM", "http://snomed.info/sct"},
    {"DCM", "http://dicom.nema.org/resources/ontology/DCM"},
    {"I10", "http://hl7.org/fhir/sid/icd-10"},
    {"I10C", "http://hl7.org/fhir/sid/icd-10-cm"},
    {"I9", "http://hl7.org/fhir/sid/icd-9"},
    {"I9C", "http://hl7.org/fhir/sid/icd-9-cm"},
    {"UCUM", "http://unitsofmeasure.org"},
    {"C4", "http://www.ama-assn.org/go/cpt"},
    {"CPT", "http://www.ama-assn.org/go/cpt"},
    {"RADLEX", "http://radlex.org"},
    {"RXNORM", "http://www.nlm.nih.gov/research/umls/rxnorm"},
    {"NDC", "http://hl7.org/fhir/sid/ndc"},
    {"CVX", "http://hl7.org/fhir/sid/cvx"},
    {"ISO3166_1", "urn:iso:std:iso:3166"},
}};

bool is_hl7_table(std::string_view name) {
  return name.size() == 7 && name.starts_with("HL7") && name.find_first_not_of("0123456789", 3) == std::string::npos;
}

bool is_unreserved(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.' || c == '_' || c == '~';
}

std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto is_hex = [&](std::size_t at) {
      return at < text.size() && std::isxdigit(static_cast<unsigned char>(text[at])) != 0;
    };
    if (text[i] != '%' || !is_hex(i + 1) || !is_hex(i + 2)) {
      out += text[i];
      continue;
    }
    out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
    i += 2;
  }
  return out;
}

std::optional<Coded> if_any(Coded coded) {
  if (coded.codes.empty() && coded.text.empty()) return {};
  return coded;
}

std::optional<Coded> of_field(const Field& field) {
  const auto part = [&](std::size_t number) { return std::string(trim(field.part(number, 1))); };
  Coded coded;
  for (const std::size_t first : {std::size_t{1}, std::size_t{4}})
    if (const std::string code = part(first); !code.empty())
      coded.codes.push_back({code, part(first + 2), part(first + 1)});
  coded.text = part(9);
  if (coded.text.empty() && coded.codes.empty()) coded.text = part(2);
  return if_any(std::move(coded));
}

Code of_coding(const json::Value& coding) {
  return {coding.text_of("code"), system_name(coding.text_of("system")), coding.text_of("display")};
}

Code of_code_item(const json::Value& item) {
  std::string code = item.text_of("CodeValue");
  if (code.empty()) code = item.text_of("LongCodeValue");
  return {code, item.text_of("CodingSchemeDesignator"), item.text_of("CodeMeaning")};
}

std::optional<Coded> of_object(const json::Value& object) {
  Coded coded;
  coded.text = object.text_of("text");
  if (const json::Value* codings = object.find("coding")) {
    for (const json::Value& coding : codings->items()) coded.codes.push_back(of_coding(coding));
  } else if (object.find("code")) {
    coded.codes.push_back(of_coding(object));
  } else if (object.find("CodeValue") || object.find("LongCodeValue")) {
    coded.codes.push_back(of_code_item(object));
  }
  return if_any(std::move(coded));
}

json::Value coding_of(const Code& code) {
  json::Value coding = json::Value::object();
  if (const std::string uri = system_uri(code.system); !uri.empty()) coding["system"] = uri;
  if (!code.code.empty()) coding["code"] = code.code;
  if (!code.display.empty()) coding["display"] = code.display;
  return coding;
}

}  // namespace

std::optional<Coded> Coded::of(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::absent:
    case Value::Kind::null:
      return {};
    case Value::Kind::field:
      return of_field(value.as_field());
    case Value::Kind::object:
      return of_object(value.object());
    case Value::Kind::list:
      return value.items().empty() ? std::nullopt : of(value.items().front());
    case Value::Kind::text:
      break;
  }
  const std::string text = value.as_text();
  if (text.empty()) return {};
  return Coded{{{text, {}, {}}}, {}};
}

std::optional<json::Value> Coded::code_item() const {
  if (codes.empty() || codes.front().code.empty()) return {};
  const Code& first = codes.front();
  json::Value item = json::Value::object();
  item[first.code.size() > kCodeValueLength ? "LongCodeValue" : "CodeValue"] = first.code;
  item["CodingSchemeDesignator"] = first.system.empty() ? std::string("L") : first.system;
  item["CodeMeaning"] = first.display.empty() ? first.code : first.display;
  return item;
}

json::Value Coded::coding() const {
  if (!codes.empty()) return coding_of(codes.front());
  json::Value coding = json::Value::object();
  coding["display"] = text;
  return coding;
}

json::Value Coded::codeable_concept() const {
  json::Value concept_ = json::Value::object();
  for (const Code& code : codes) concept_["coding"].push(coding_of(code));
  const std::string said = !text.empty() || codes.empty() ? text : codes.front().display;
  if (!said.empty()) concept_["text"] = said;
  return concept_;
}

std::string system_uri(std::string_view name) {
  if (name.empty() || name.find(':') != std::string_view::npos) return std::string(name);
  for (const auto& [known, uri] : kSystems)
    if (known == name) return std::string(uri);
  if (is_hl7_table(name)) return std::string(kHl7Table).append(name.substr(3));
  return std::string(kLocal) + uri_escaped(name);
}

std::string system_name(std::string_view uri) {
  for (const auto& [name, known] : kSystems)
    if (known == uri) return std::string(name);
  if (uri.starts_with(kHl7Table)) return "HL7" + std::string(uri.substr(kHl7Table.size()));
  if (uri.starts_with(kLocal)) return unescaped(uri.substr(kLocal.size()));
  return std::string(uri);
}

std::string uri_escaped(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (is_unreserved(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += {'%', kHex[byte >> 4], kHex[byte & 15]};
  }
  return out;
}

}  // namespace pons
