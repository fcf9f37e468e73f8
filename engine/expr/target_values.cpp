#include "engine/expr/target_values.h"

#include <algorithm>

#include "engine/base/text.h"
#include "engine/dicom/dictionary.h"
#include "engine/expr/compilation.h"
#include "engine/json/fhir.h"

namespace pons {

namespace {

constexpr std::string_view kHelp =
    "write:  value: dicom Modality,  value: fhir DiagnosticReport.status  or  value: hl7 0085";

bool contains(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

std::string_view article(std::string_view noun) {
  constexpr std::string_view kVowels = "AEIOaeio";
  return !noun.empty() && kVowels.find(noun[0]) != std::string_view::npos ? "an " : "a ";
}

/// "M, F or O"; long lists are cut.
std::string listed(const std::vector<std::string>& terms) {
  constexpr std::size_t kMost = 12;
  std::string out;
  for (std::size_t i = 0; i < std::min(terms.size(), kMost); ++i) {
    if (i > 0) out += i + 1 == terms.size() ? " or " : ", ";
    out += terms[i];
  }
  return terms.size() > kMost ? out + " …" : out;
}

std::size_t characters(std::string_view utf8) {
  return static_cast<std::size_t>(
      std::count_if(utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

bool is_vr(std::string_view name) {
  return name.size() == 2 && name[0] >= 'A' && name[0] <= 'Z' && name[1] >= 'A' && name[1] <= 'Z';
}

std::string tag_text(const dicom::Tag& tag) {
  const std::string digits = tag.text();
  return "(" + digits.substr(0, 4) + "," + digits.substr(4) + ")";
}

/// PS3.5 6.2: a backslash separates values; control characters are in none of these.
bool has_forbidden_character(std::string_view value) {
  return std::any_of(value.begin(), value.end(),
                     [](char c) { return c == '\\' || static_cast<unsigned char>(c) < ' '; });
}

}  // namespace

std::optional<TargetValues> TargetValues::load(const Node& table, Findings& findings) {
  TargetValues target;
  if (const Node* allow = table.find("allow"))
    for (const Node& value : allow->items) target.allowed_.push_back(value.text);
  const Node* node = table.find("value");
  if (node == nullptr) return target;
  const auto blank = std::min(node->text.find(' '), node->text.size());
  const std::string kind = node->text.substr(0, blank);
  const auto name = trim(std::string_view(node->text).substr(blank));
  bool good = kind == "hl7" && !name.empty();
  if (kind == "dicom" && !name.empty())
    good = target.load_dicom(*node, name, findings);
  else if (kind == "fhir" && !name.empty())
    good = target.load_fhir(*node, name, findings);
  else if (!good)
    findings.error("E0303", node->span, "\"" + node->text + "\" is no target of a table", {}, std::string(kHelp));
  return good ? std::optional(std::move(target)) : std::nullopt;
}

bool TargetValues::load_dicom(const Node& node, std::string_view name, Findings& findings) {
  name_ = place_ = name;
  if (is_vr(name)) {
    vr_ = name;
    return true;
  }
  const auto attribute = dicom::find_attribute(name);
  const auto begin = node.text.size() - name.size();
  if (!attribute) {
    findings.error("E0201", node.part(begin, node.text.size()), "there is no DICOM attribute \"" + name_ + "\"",
                   did_you_mean(name_, dicom::keywords()));
    return false;
  }
  vr_ = attribute->vr;
  place_ = attribute->keyword + " " + tag_text(attribute->tag);
  terms_ = dicom::terms(attribute->keyword);
  takes_others_ = !dicom::terms_are_enumerated(attribute->keyword);
  return true;
}

bool TargetValues::load_fhir(const Node& node, std::string_view name, Findings& findings) {
  name_ = place_ = name;
  const auto dot = name.rfind('.');
  const auto type = name.substr(0, dot);
  const auto* elements = dot == std::string_view::npos ? nullptr : json::fhir_type(type);
  const auto begin = node.text.size() - name.size();
  if (elements == nullptr) {
    findings.error("E0303", node.part(begin, node.text.size()), "\"" + name_ + "\" is no element of a FHIR R4 type", {},
                   std::string(kHelp));
    return false;
  }
  const auto* element = json::fhir_element(type, name.substr(dot + 1));
  if (element == nullptr) {
    std::vector<std::string> names;
    for (const auto& each : *elements) names.emplace_back(each.name);
    findings.error("E0303", node.part(begin + dot + 1, node.text.size()),
                   std::string(type) + " has no element \"" + std::string(name.substr(dot + 1)) + "\"",
                   did_you_mean(std::string(name.substr(dot + 1)), names));
    return false;
  }
  terms_.assign(element->codes.begin(), element->codes.end());
  return true;
}

bool TargetValues::fits(const std::string& value) const {
  return terms_.empty() || contains(terms_, value) || (takes_others_ && contains(allowed_, value));
}

std::string TargetValues::help(const std::string& value) const {
  if (takes_others_) return place_ + " takes a defined term; to allow a private one add:  allow: [" + value + "]";
  return place_ + " takes " + listed(terms_);
}

void TargetValues::check(const Node& at, Findings& findings) const {
  const std::string& value = at.text;
  if (!fits(value)) {
    findings.error("E0312", at.span, "\"" + value + "\" is not " + std::string(article(name_)) + name_,
                   did_you_mean(value, terms_), help(value));
    return;
  }
  const auto longest = vr_.empty() ? std::nullopt : dicom::max_length(vr_);
  if (longest && characters(value) > *longest)
    findings.error("E0313", at.span, "\"" + value + "\" is too long for " + place_,
                   std::to_string(characters(value)) + " characters; " + vr_ + " holds " + std::to_string(*longest));
  else if (!vr_.empty() && has_forbidden_character(value))
    findings.error("E0313", at.span, "\"" + value + "\" has a character that " + vr_ + " cannot hold",
                   "neither a backslash nor a control character");
}

}  // namespace pons
