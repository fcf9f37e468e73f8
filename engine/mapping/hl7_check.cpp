#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "engine/base/text.h"
#include "engine/hl7/charset.h"
#include "engine/hl7/dictionary.h"
#include "engine/mapping/hl7_place.h"
#include "engine/mapping/hl7_target.h"

namespace pons {
namespace {

using hl7::Path;
using Kind = hl7::Selector::Kind;

/// "3.1" as {3, 1, 0}; nothing when it is no place in a segment or a repetition.
std::optional<std::array<int, 3>> numbers_of(std::string_view text) {
  std::array<int, 3> numbers{};
  const auto parts = split(text, '.');
  if (parts.size() > numbers.size()) return {};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto [end, error] = std::from_chars(parts[i].data(), parts[i].data() + parts[i].size(), numbers[i]);
    if (error != std::errc() || end != parts[i].data() + parts[i].size() || numbers[i] < 1) return {};
  }
  return numbers;
}

class Checker {
 public:
  Checker(const Target& target, const ZSegments* z_segments, Findings& findings)
      : version_(hl7::nearest_version(target.version)), z_segments_(z_segments), findings_(findings) {
    const auto caret = target.type.find('^');
    structure_name_ = hl7::structure_of(version_, target.type.substr(0, caret), target.type.substr(caret + 1));
    structure_ = structure_name_.empty() ? nullptr : hl7::structure(version_, structure_name_);
  }

  void check(std::vector<TargetField>& fields) {
    for (TargetField& field : fields) top(field);
    refuse_same(fields);
  }

 private:
  void top(TargetField& field) {
    auto path = Path::parse(field.name);
    if (!path) return wrong(field, "\"" + field.name + "\" is no place in a message", path.fault().text);
    if (!is_place(field, *path)) return;
    field.path = *path;
    if (path->field == 0) return segment(field);
    for (TargetItem& item : field.items)
      if (item.value)
        constant(*path, item);
      else
        repetition(field, item);
  }

  bool is_place(const TargetField& field, const Path& path) {
    if (path.segment == "MSH" && (path.field == 1 || path.field == 2)) {
      wrong(field, "the delimiters cannot be set", "leave MSH-1 and MSH-2 out: they are filled");
      return false;
    }
    return is_segment(field, path) && (path.field == 0 || has_field(field, path.segment, path.field)) &&
           (path.component == 0 || has_component(field, path.segment, path.field, path.component));
  }

  bool is_segment(const TargetField& field, const Path& path) {
    if (path.segment.starts_with('Z') || (z_segments_ && z_segments_->contains(path.segment))) return true;
    if (hl7::segment(version_, path.segment) == nullptr) {
      wrong(field, "HL7 " + version() + " has no segment " + path.segment, "a segment of your own begins with Z");
      return false;
    }
    if (structure_ == nullptr || has_segment(*structure_, path.segment)) return true;
    wrong(field, "there is no " + path.segment + " in " + std::string(structure_name_),
          "write to a segment that " + std::string(structure_name_) + " has, or change  out:");
    return false;
  }

  bool has_field(const TargetField& field, const std::string& segment, int number) {
    const auto* fields = hl7::segment(version_, segment);
    if (fields == nullptr || static_cast<std::size_t>(number) <= fields->size()) return true;
    if (z_segments_ && z_segments_->contains(segment) && z_segments_->at(segment).contains(number)) return true;
    findings_.error("E0230", field.span,
                    segment + " has " + std::to_string(fields->size()) + " fields in HL7 " + version() +
                        "; there is no " + segment + "-" + std::to_string(number),
                    {}, "if your partner wants further fields, declare them in a format");
    return false;
  }

  bool has_component(const TargetField& field, const std::string& segment, int number, int component) {
    const auto* element = hl7::field(version_, segment, static_cast<std::size_t>(number));
    if (element == nullptr || element->datatype == "varies") return true;
    const auto* components = hl7::datatype(version_, element->datatype);
    const auto count = components == nullptr ? 0 : std::max<std::size_t>(components->size(), 1);
    if (components == nullptr || static_cast<std::size_t>(component) <= count) return true;
    findings_.error("E0230", field.span,
                    std::string(element->datatype) + " has " + std::to_string(count) + " components in HL7 " +
                        version() + "; there is no " + segment + "-" + std::to_string(number) + "." +
                        std::to_string(component));
    return false;
  }

  std::string version() const { return std::string(version_); }

  /// `OBX[+]:` with blocks of fields, or `ZDS: absent`.
  void segment(TargetField& field) {
    if (field.removes) return;
    const Path& path = *field.path;
    if (path.occurrence.kind != Kind::next || path.segment == "MSH")
      return wrong(field, field.name + " is a whole segment",
                   "write:  " + path.segment + "[+]:  for one more, or  " + path.segment + "-1:  for a field");
    for (TargetItem& item : field.items) {
      if (item.value) {
        wrong(field, field.name + " is a segment, which has fields of its own", "write its fields on lines below it");
        return;
      }
      for (TargetField& member : item.members) in_segment(path.segment, member);
      refuse_same(item.members);
    }
  }

  void in_segment(const std::string& segment, TargetField& member) {
    const auto numbers = numbers_of(member.name);
    if (!numbers)
      return wrong(member, "\"" + member.name + "\" is no field of " + segment, "write its number:  5:  or  3.1:");
    Path path;
    path.segment = segment;
    path.field = (*numbers)[0];
    path.component = (*numbers)[1];
    path.subcomponent = (*numbers)[2];
    if (!is_place(member, path)) return;
    member.path = path;
    for (TargetItem& item : member.items)
      if (item.value)
        constant(path, item);
      else
        repetition(member, item);
  }

  /// `PID-3:` with blocks of components.
  void repetition(const TargetField& field, TargetItem& item) {
    const Path& path = *field.path;
    if (path.component != 0)
      return wrong(field, field.name + " has one value, and no block", "write:  PID-5.1: study.X");
    for (TargetField& member : item.members) {
      const auto numbers = numbers_of(member.name);
      if (!numbers || (*numbers)[2] != 0) {
        wrong(member, "\"" + member.name + "\" is no component", "write its number:  1:  or  4.1:");
        continue;
      }
      Path place = path;
      place.component = (*numbers)[0];
      place.subcomponent = (*numbers)[1];
      if (!has_component(member, path.segment, path.field, place.component)) continue;
      member.path = place;
      for (const TargetItem& inner : member.items)
        if (!inner.value) wrong(member, "a component has one value", "write:  4.1: HOSP");
    }
    refuse_same(item.members);
  }

  void constant(const Path& path, const TargetItem& item) {
    if (path.segment != "MSH" || path.field != 18 || !item.value->constant_text()) return;
    const std::string name = *item.value->constant_text();
    if (hl7::charset_named(name)) return;
    findings_.error("E0246", item.span, "\"" + name + "\" is no character set of HL7 table 0211", {},
                    "write:  UNICODE UTF-8  or  8859/1");
  }

  void refuse_same(const std::vector<TargetField>& fields) {
    refuse_duplicates(
        fields,
        [](const TargetField& a, const TargetField& b) {
          return a.path && b.path && *a.path == *b.path && a.path->occurrence.kind != Kind::next;
        },
        findings_);
  }

  void wrong(const TargetField& field, std::string message, std::string help) {
    findings_.error("E0246", field.span, std::move(message), {}, std::move(help));
  }

  std::string_view version_;
  const ZSegments* z_segments_;
  Findings& findings_;
  std::string_view structure_name_;
  const hl7::StructureNode* structure_ = nullptr;
};

}  // namespace

void check_hl7(std::vector<TargetField>& fields, const Target& target, const ZSegments* z_segments,
               Findings& findings) {
  Checker(target, z_segments, findings).check(fields);
}

}  // namespace pons
