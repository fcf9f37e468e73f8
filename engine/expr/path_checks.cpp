#include "engine/expr/path_checks.h"

#include <algorithm>
#include <string>

#include "engine/expr/datatype.h"

namespace pons {

namespace {

std::string counted(std::size_t number, const char* noun) {
  return std::to_string(number) + " " + noun + (number == 1 ? "" : "s");
}

const std::string* declared_type(const Vocabulary& vocabulary, const std::string& segment, int field) {
  if (vocabulary.z_segments == nullptr) return nullptr;
  const auto fields = vocabulary.z_segments->find(segment);
  if (fields == vocabulary.z_segments->end()) return nullptr;
  const auto type = fields->second.find(field);
  return type == fields->second.end() ? nullptr : &type->second;
}

/// Checks one path and the paths in its selectors, all of one segment.
class PathCheck {
 public:
  PathCheck(Extract& extract, std::size_t begin, std::size_t end, Compilation& compilation)
      : extract_(extract), path_(extract.path), begin_(begin), end_(end), compilation_(compilation) {}

  bool run() {
    if (!compilation_.vocabulary.hl7) return fail_no_message();
    if (path_.occurrence.kind == hl7::Selector::Kind::next || path_.repetition.kind == hl7::Selector::Kind::next)
      return fail("E0210", "[+] adds to a target; here something is read", "write [last] or [*]");
    version_ = hl7::nearest_version(compilation_.vocabulary.version);
    segment_version_ = version_with_segment(version_, path_.segment);
    if (segment_version_.empty() && path_.segment[0] != 'Z' && !is_declared()) return fail_no_segment();
    extract_.version = compilation_.vocabulary.version;
    extract_.is_delimiters = path_.segment == "MSH" && (path_.field == 1 || path_.field == 2);
    extract_.level = level();
    if (!check_occurrence() || !check_field()) return false;
    for (const std::string_view version : hl7::versions())
      if (const auto datatype = datatype_of(version, path_); !datatype.empty() && datatype != extract_.datatype)
        extract_.datatypes.emplace_back(version, datatype);
    return true;
  }

 private:
  bool fail(const char* code, std::string message, std::string label = {}, std::string help = {}) {
    compilation_.error(code, begin_, end_, std::move(message), std::move(label), std::move(help));
    return false;
  }
  bool fail_no_message() {
    return fail("E0232", "the source here is no HL7 message, so there is no " + path_.to_text(),
                "write a name, such as study.PatientID", "for the word write  text(\"" + path_.to_text() + "\")");
  }
  bool fail_no_segment() {
    return fail("E0231", "HL7 " + std::string(version_) + " has no segment " + path_.segment,
                "write text(\"" + path_.to_text() + "\") for the word",
                "segments that only your partner knows begin with Z");
  }

  bool is_declared() const {
    const auto* z = compilation_.vocabulary.z_segments;
    return z != nullptr && z->count(path_.segment) != 0;
  }

  Field::Level level() const {
    if (path_.field == 0) return Field::Level::segment;
    if (path_.component == 0) return Field::Level::field;
    return path_.subcomponent == 0 ? Field::Level::component : Field::Level::subcomponent;
  }

  bool check_occurrence() {
    const auto& selector = path_.occurrence;
    if (selector.kind != hl7::Selector::Kind::where) return true;
    const auto& where = selector.where;
    std::string_view datatype;
    return find_field(where.first, datatype) && check_parts(where.first, datatype, where.second, where.third, datatype);
  }

  bool check_field() {
    if (path_.field == 0) return true;
    std::string_view datatype;
    if (!find_field(path_.field, datatype)) return false;
    const auto& where = path_.repetition.where;
    if (path_.repetition.kind == hl7::Selector::Kind::where) {
      std::string_view ignored;
      if (!where.datatype.empty() && !is_open(datatype) && where.datatype != datatype) return fail_prefix(datatype);
      if (!check_parts(path_.field, datatype, where.first, where.second, ignored)) return false;
    }
    if (extract_.is_delimiters) return true;
    return check_parts(path_.field, datatype, path_.component, path_.subcomponent, extract_.datatype);
  }

  bool fail_prefix(std::string_view datatype) {
    return fail("E0233",
                name(path_.field) + " is " + std::string(datatype) + " in HL7 " + std::string(version_) + ", not " +
                    path_.repetition.where.datatype,
                "write [" + std::to_string(path_.repetition.where.first) + " = …] without it");
  }

  /// The field's data type, empty where it is not known; false with a finding when there is no such field.
  bool find_field(int number, std::string_view& datatype) {
    if (const std::string* declared = declared_type(compilation_.vocabulary, path_.segment, number)) {
      datatype = *declared;
      return true;
    }
    if (segment_version_.empty()) return true;
    const auto& fields = *hl7::segment(segment_version_, path_.segment);
    if (static_cast<std::size_t>(number) > fields.size())
      return fail("E0230",
                  path_.segment + " has " + counted(fields.size(), "field") + " in HL7 " +
                      std::string(segment_version_) + "; there is no " + name(number),
                  {}, "if your partner sends extra fields, declare them in its file of mappings/formats/");
    datatype = fields[static_cast<std::size_t>(number) - 1].datatype;
    return true;
  }

  /// Follows component and subcomponent (0: none) into `datatype`.
  bool check_parts(int field, std::string_view datatype, int component, int subcomponent, std::string_view& found) {
    found = datatype;
    std::string at = name(field);
    for (const int number : {component, subcomponent}) {
      if (number == 0) break;
      if (is_open(found)) {
        found = {};
        return true;
      }
      const std::size_t count = parts_of(found);
      if (static_cast<std::size_t>(number) > std::max<std::size_t>(count, 1))
        return is_in_older_version(field, component, subcomponent, found) || fail_part(at, number, found, count);
      if (count != 0) found = (*components_of(version_, found))[static_cast<std::size_t>(number) - 1].datatype;
      at += "." + std::to_string(number);
    }
    return true;
  }

  std::size_t parts_of(std::string_view datatype) const {
    const auto* components = components_of(version_, datatype);
    return components == nullptr ? 0 : components->size();
  }

  /// A field that a later version withdrew has no components left there, and its older senders still have them.
  bool is_in_older_version(int field, int component, int subcomponent, std::string_view& datatype) const {
    hl7::Path part;
    part.segment = path_.segment;
    part.field = field;
    part.component = component;
    part.subcomponent = subcomponent;
    for (const std::string_view version : hl7::versions()) {
      if (version == version_) break;
      const auto found = datatype_of(version, part);
      if (found.empty()) continue;
      datatype = found;
      return true;
    }
    return false;
  }

  bool fail_part(const std::string& whole, int number, std::string_view datatype, std::size_t count) {
    const std::string said = whole + " is " + std::string(datatype) + ", which has " +
                             (count == 0 ? std::string("no components") : counted(count, "component"));
    return fail("E0230",
                said + " in HL7 " + std::string(version_) + "; there is no " + whole + "." + std::to_string(number));
  }

  std::string name(int field) const { return path_.segment + "-" + std::to_string(field); }

  Extract& extract_;
  const hl7::Path& path_;
  const std::size_t begin_, end_;
  Compilation& compilation_;
  std::string_view version_, segment_version_;
};

}  // namespace

bool is_segment(std::string_view name, const Vocabulary& vocabulary) {
  if (name[0] == 'Z') return true;
  if (vocabulary.z_segments != nullptr && vocabulary.z_segments->count(std::string(name)) != 0) return true;
  return !version_with_segment(vocabulary.version, name).empty();
}

bool check_path(Extract& extract, std::size_t begin, std::size_t end, Compilation& compilation) {
  return PathCheck(extract, begin, end, compilation).run();
}

}  // namespace pons
