#include <algorithm>
#include <charconv>
#include <utility>

#include "engine/base/text.h"
#include "engine/hl7/dictionary.h"
#include "engine/mapping/map.h"

namespace pons {
namespace {

constexpr std::string_view kUntyped = "PID-3 without type";
constexpr std::string_view kNoTerminator = "no trailing carriage return";

bool is_segment_name(std::string_view name) {
  return name.size() == 3 && name[0] >= 'A' && name[0] <= 'Z' &&
         std::all_of(name.begin(), name.end(), [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); });
}

class FormatReader {
 public:
  FormatReader(const Node& file, Findings& findings) : file_(file), findings_(findings) {}

  std::optional<Format> read() {
    const auto before = findings_.all().size();
    if (!file_.is_map()) {
      error("E0208", file_, "this file is no format", "begin with  format: name");
      return {};
    }
    refuse_unknown_keys(file_, {"format", "about", "version", "segments", "allow"}, findings_);
    head();
    if (const Node* segments = file_.find("segments")) this->segments(*segments);
    if (const Node* allow = file_.find("allow")) allowed(*allow);
    if (findings_.all().size() != before) return {};
    return std::move(format_);
  }

 private:
  void head() {
    const Node* name = file_.find("format");
    if (name == nullptr || !name->is_scalar() || name->text.empty())
      return error("E0208", name ? *name : file_, "this format has no name", "begin with  format: name");
    format_.name = name->text;
    const Node* version = file_.find("version");
    if (version == nullptr) return;
    format_.version = version->text;
    if (!version->is_scalar() || hl7::nearest_version(version->text) != version->text)
      error("E0260", *version, "there is no HL7 version \"" + version->text + "\"", "write the one of MSH-12:  2.5.1");
  }

  void segments(const Node& node) {
    if (!node.is_map()) return error("E0261", node, "segments: has a block for each segment", "write:  ZDS:");
    for (const auto& [key, value] : node.entries) segment(key, value);
  }

  void segment(const Node& key, const Node& node) {
    if (!is_segment_name(key.text))
      return error("E0261", key, "\"" + key.text + "\" is no segment's name",
                   "three capitals or digits, such as  ZDS:");
    if (!node.is_map()) return error("E0261", node, key.text + " has a block", "write:  in: order  and  fields:");
    refuse_unknown_keys(node, {"in", "fields", "about"}, findings_);
    if (const Node* group = node.find("in")) this->group(key.text, *group);
    auto& fields = format_.z_segments[key.text];
    if (const Node* list = node.find("fields")) this->fields(*list, fields);
  }

  void group(const std::string& segment, const Node& node) {
    static const std::vector<std::string> groups = {"message", "patient", "visit", "order", "observation"};
    if (std::find(groups.begin(), groups.end(), node.text) == groups.end()) {
      const std::string near = nearest(node.text, groups);
      findings_.error("E0261", node.span, "\"" + node.text + "\" is no part of a message",
                      near.empty() ? "" : "did you mean " + near + "?",
                      "write:  in: message, patient, visit, order or observation");
      return;
    }
    format_.segment_group[segment] = node.text;
  }

  void fields(const Node& node, std::map<int, std::string>& fields) {
    if (!node.is_map()) return error("E0261", node, "fields: has a line for each field", "write:  1: {type: RP}");
    for (const auto& [key, value] : node.entries) {
      int number = 0;
      const auto [end, bad] = std::from_chars(key.text.data(), key.text.data() + key.text.size(), number);
      if (bad != std::errc() || end != key.text.data() + key.text.size() || number < 1) {
        error("E0261", key, "\"" + key.text + "\" is no field's number", "write:  1: {type: RP}");
        continue;
      }
      field(value, fields[number]);
    }
  }

  void field(const Node& node, std::string& type) {
    const Node* written = node.is_map() ? node.find("type") : &node;
    if (node.is_map()) refuse_unknown_keys(node, {"type", "name", "about"}, findings_);
    if (written == nullptr || !written->is_scalar())
      return error("E0261", node, "a field has a data type", "write:  {type: ST, name: what it is}");
    type = written->text;
    const std::string version = format_.version.empty() ? "2.5.1" : format_.version;
    if (hl7::datatype(hl7::nearest_version(version), type) || hl7::datatype("2.5.1", type)) return;
    error("E0261", *written, "there is no data type \"" + type + "\" in HL7 " + version,
          "write:  ST  for a plain text");
  }

  /// `- PID-3 without type: MR` is a map of one entry to YAML.
  void allowed(const Node& node) {
    if (!node.is_list()) return error("E0262", node, "allow: is a list", "write:  - " + std::string(kNoTerminator));
    for (const Node& item : node.items) {
      if (item.is_scalar() && item.text == kNoTerminator)
        format_.without_last_terminator = true;
      else if (const Node* type = item.is_map() && item.entries.size() == 1 ? item.find(kUntyped) : nullptr;
               type && type->is_scalar() && !type->text.empty())
        format_.untyped_identifier_type = type->text;
      else
        error("E0262", item, "this is nothing that can be allowed",
              "write:  " + std::string(kNoTerminator) + "  or  " + std::string(kUntyped) + ": MR");
    }
  }

  void error(const char* code, const Node& node, std::string message, std::string help) {
    findings_.error(code, node.span, std::move(message), {}, std::move(help));
  }

  const Node& file_;
  Findings& findings_;
  Format format_;
};

}  // namespace

std::optional<Format> Format::load(const Node& file, Findings& findings) {
  return FormatReader(file, findings).read();
}

}  // namespace pons
