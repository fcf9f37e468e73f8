#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pons::hl7 {

/// What the standard says of segments, data types, message structures and tables, v2.1 to v2.8: generated tables, see
/// docs/decisions for their source and what it lacks. Views live for ever. What the source lacks is not there.

/// A field of a segment or a component of a data type.
struct Element {
  std::string_view name;      // "Patient Identifier List"
  std::string_view datatype;  // "CX"; "varies" for OBX-5
  bool required = false;
  bool repeats = false;  // fields only
  int table = 0;         // 0: none
  int length = 0;        // in characters; 0: not said
};

/// "2.1" … "2.8", lowest first.
const std::vector<std::string_view>& versions();
/// The dictionary's version for what MSH-12 says: itself, else the nearest lower one; the newest for what is unknown.
std::string_view nearest_version(std::string_view version);

/// The fields of a segment, the first is field 1; nothing when the version has no such segment.
const std::vector<Element>* segment(std::string_view version, std::string_view name);
/// "Patient Identification"; empty when unknown.
std::string_view segment_name(std::string_view version, std::string_view name);
/// The components of a data type, the first is component 1; a simple type ("ST") has none. Nothing when unknown.
const std::vector<Element>* datatype(std::string_view version, std::string_view name);
/// PID-3, CX-4: nothing when there is none.
const Element* field(std::string_view version, std::string_view segment, std::size_t number);
const Element* component(std::string_view version, std::string_view datatype, std::size_t number);

struct TableEntry {
  std::string_view code, meaning;
};
/// An HL7 or user-defined table with its suggested values; nothing when unknown.
const std::vector<TableEntry>* table(std::string_view version, int number);

/// A message structure ("ORM_O01") as a tree of segments and groups.
struct StructureNode {
  std::string_view name;  // of the segment or the group: "PID", "ORDER"
  bool required = false, repeats = false;
  std::vector<StructureNode> children;  // of a group; none: a segment
  bool is_choice = false;               // one of the children stands here; the name is then "OBR|RQD|RQ1"
};
const StructureNode* structure(std::string_view version, std::string_view name);
/// The structure of a message type: ("ADT", "A08") gives "ADT_A01"; empty when unknown.
std::string_view structure_of(std::string_view version, std::string_view code, std::string_view event);

/// How many of each the dictionary holds, for the test and the decision page.
struct Counts {
  std::size_t segments = 0, fields = 0, datatypes = 0, components = 0, structures = 0, tables = 0, table_entries = 0;
};
Counts counts(std::string_view version);

}  // namespace pons::hl7
