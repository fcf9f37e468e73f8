#include "engine/mapping/extends.h"

#include <algorithm>

#include "engine/base/text.h"
#include "engine/dicom/dictionary.h"
#include "engine/hl7/path.h"

namespace pons {
namespace {

/// One name for a target: "00100010" is PatientName, "PID.3" is PID-3.
std::string canonical(const std::string& name) {
  if (const auto attribute = dicom::find_attribute(name)) return attribute->keyword;
  const auto path = hl7::Path::parse(name);
  return path ? path->to_text() : name;
}

bool is_block(const Node& node) {
  return node.is_map() && node.find("$each") == nullptr;
}

Node laid_over(const Node& base, const Node& own) {
  Node out = own;
  out.entries = base.entries;
  for (const auto& [key, value] : own.entries) {
    const auto found =
        std::find_if(out.entries.begin(), out.entries.end(),
                     [name = canonical(key.text)](const auto& entry) { return canonical(entry.key.text) == name; });
    if (found == out.entries.end())
      out.entries.push_back({key, value});
    else if (is_block(found->value) && is_block(value))
      *found = {key, laid_over(found->value, value)};
    else
      *found = {key, value};
  }
  return out;
}

const Node* base_of(const Node& extends, const Map::Files& others, Findings& findings) {
  const auto found = others.find(extends.text);
  if (found == others.end() || !extends.is_scalar()) {
    std::vector<std::string> names;
    for (const auto& other : others) names.push_back(other.first);
    const std::string near = nearest(extends.text, names);
    findings.error("E0209", extends.span, "there is no map " + extends.text + " to extend",
                   near.empty() ? "" : "did you mean " + near + "?", "write the name of a map of mappings/");
    return nullptr;
  }
  if (found->second->find("extends") == nullptr) return found->second;
  findings.error("E0209", extends.span, extends.text + " extends another map itself", "one level is the limit",
                 "write:  extends: " + found->second->find("extends")->text);
  return nullptr;
}

}  // namespace

std::optional<Node> extended(const Node& file, const Map::Files& others, Findings& findings) {
  const Node* extends = file.find("extends");
  if (extends == nullptr) return file;
  const Node* base = base_of(*extends, others, findings);
  if (base == nullptr) return {};
  Node out = file;
  for (const auto& [key, value] : base->entries) {
    if (key.text == "map" || key.text == "tests" || key.text == "about") continue;
    if (file.find(key.text) == nullptr) out.entries.push_back({key, value});
  }
  const Node *own = file.find("fields"), *inherited = base->find("fields");
  if (own == nullptr || inherited == nullptr || !own->is_map() || !inherited->is_map()) return out;
  for (auto& [key, value] : out.entries)
    if (key.text == "fields") value = laid_over(*inherited, *own);
  return out;
}

}  // namespace pons
