#pragma once

#include <span>
#include <string_view>

namespace pons::hl7 {

/// What the standard says of each version, 2.1 to 2.8. Generated (tools/hl7/generate_dictionary.mjs); all views live
/// for the whole program. docs/decisions/0002-hl7-dictionary.md says what the source lacks.

struct Component {
  std::string_view name;  // "ID Number"
  std::string_view type;  // "ST"
  int table = 0;          // HL7 table, 0: none
  bool required = false;
};

struct DataType {
  std::string_view code;                  // "CX"
  std::string_view name;                  // "Extended Composite ID with Check Digit"
  std::span<const Component> components;  // empty: a primitive
};

struct Field {
  int number = 0;         // 3 of PID-3
  std::string_view name;  // "Patient Identifier List"
  std::string_view type;  // "CX"; empty: varies or withdrawn
  int table = 0;
  int length = 0;  // maximum in characters, 0: none given
  bool required = false;
  bool repeats = false;
};

struct SegmentType {
  std::string_view code;  // "PID"
  std::string_view name;  // "Patient Identification"
  std::span<const Field> fields;
};

/// A segment or a group of a message structure, in order.
struct StructurePart {
  std::string_view name;  // "PID", or the group's name
  int depth = 0;          // 0: outermost
  bool is_group = false;  // its parts follow, one deeper
  bool required = false;
  bool repeats = false;
};

struct Structure {
  std::string_view code;  // "ORM_O01"
  std::string_view name;
  std::span<const StructurePart> parts;
};

struct Code {
  std::string_view code;
  std::string_view meaning;
};

struct CodeTable {
  int number = 0;
  std::string_view name;
  std::span<const Code> codes;
};

class Dictionary {
 public:
  std::string_view version() const { return version_; }

  /// Nothing when this version has none of that name.
  const SegmentType* segment(std::string_view code) const;
  const Field* field(std::string_view segment, int number) const;
  const DataType* type(std::string_view code) const;
  const Structure* structure(std::string_view code) const;
  const CodeTable* table(int number) const;

  std::span<const SegmentType> segments() const { return segments_; }
  std::span<const DataType> types() const { return types_; }
  std::span<const Structure> structures() const { return structures_; }
  std::span<const CodeTable> tables() const { return tables_; }

 private:
  friend class DictionaryReader;

  std::string_view version_;
  std::span<const SegmentType> segments_;  // each sorted by code
  std::span<const DataType> types_;
  std::span<const Structure> structures_;
  std::span<const CodeTable> tables_;
};

/// The dictionary of that version (MSH-12.1). An unknown version gets the nearest known one at or below it, an empty or
/// unreadable one 2.5.1.
const Dictionary& dictionary(std::string_view version);
/// "2.1", "2.2" ... in ascending order.
std::span<const std::string_view> dictionary_versions();

}  // namespace pons::hl7
