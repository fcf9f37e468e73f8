#include "engine/hl7/dictionary.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <string>

using namespace pons::hl7;

namespace {

/// Segments, fields, data types, components, structures, tables, codes: as docs/decisions/0003-hl7-dictionary.md says.
const std::map<std::string, std::array<std::size_t, 7>> kCounts = {
    {"2.1", {38, 440, 19, 32, 39, 41, 318}},         {"2.2", {62, 767, 62, 188, 69, 82, 741}},
    {"2.3", {112, 1489, 86, 347, 240, 179, 1859}},   {"2.3.1", {111, 1505, 89, 388, 178, 198, 2467}},
    {"2.4", {138, 1811, 91, 408, 220, 281, 3422}},   {"2.5", {149, 2070, 90, 437, 248, 328, 4518}},
    {"2.5.1", {149, 2078, 90, 437, 248, 335, 4531}}, {"2.6", {174, 2459, 90, 452, 371, 390, 5079}},
    {"2.7", {171, 2517, 86, 504, 355, 386, 5113}},   {"2.7.1", {171, 2517, 86, 504, 355, 387, 5119}},
    {"2.8", {171, 2517, 86, 504, 355, 401, 5240}},
};

std::array<std::size_t, 7> numbers(const Counts& counts) {
  return {counts.segments,   counts.fields, counts.datatypes,    counts.components,
          counts.structures, counts.tables, counts.table_entries};
}

std::string type_of(const Element* element) {
  return element ? std::string(element->datatype) : "nothing";
}

/// ">ORDER>ORC": where a segment stands in a structure, the first time.
std::string place_of(const StructureNode& node, std::string_view segment) {
  for (const StructureNode& child : node.children) {
    if (child.name == segment && child.children.empty()) return ">" + std::string(segment);
    if (const std::string below = place_of(child, segment); !below.empty())
      return ">" + std::string(child.name) + below;
  }
  return "";
}

std::size_t times(const StructureNode& node, std::string_view segment) {
  return static_cast<std::size_t>(std::count_if(node.children.begin(), node.children.end(),
                                                [&](const StructureNode& each) { return each.name == segment; }));
}

std::string meaning(std::string_view version, int number, std::string_view code) {
  const auto* entries = table(version, number);
  if (!entries) return "no table";
  for (const TableEntry& entry : *entries)
    if (entry.code == code) return std::string(entry.meaning);
  return "no code";
}

}  // namespace

TEST_CASE("the dictionary holds eleven versions of HL7 and what the decision page counts", "[hl7]") {
  REQUIRE(versions().size() == kCounts.size());
  for (std::string_view version : versions()) {
    CAPTURE(version);
    CHECK(numbers(counts(version)) == kCounts.at(std::string(version)));
  }
  CHECK(versions().front() == "2.1");
  CHECK(versions().back() == "2.8");
}

TEST_CASE("a version without a dictionary is read by the nearest lower one", "[hl7]") {
  CHECK(nearest_version("2.5.1") == "2.5.1");
  CHECK(nearest_version(" 2.3 ") == "2.3");
  CHECK(nearest_version("2.3.2") == "2.3.1");
  CHECK(nearest_version("2.10") == "2.8");
  CHECK(nearest_version("2.8.2") == "2.8");
  CHECK(nearest_version("") == "2.8");
  CHECK(nearest_version("1.0") == "2.8");
  CHECK(nearest_version("2.5.1.4") == "2.8");
  CHECK(nearest_version("two") == "2.8");
}

TEST_CASE("PID-3 is a list of CX that must be there, and its fourth component is an HD", "[hl7]") {
  const Element* list = field("2.5.1", "PID", 3);
  REQUIRE(list);
  CHECK(list->name == "Patient Identifier List");
  CHECK(list->datatype == "CX");
  CHECK(list->required);
  CHECK(list->repeats);
  CHECK(list->length == 250);
  REQUIRE(component("2.5.1", "CX", 4));
  CHECK(component("2.5.1", "CX", 4)->name == "Assigning Authority");
  CHECK(component("2.5.1", "CX", 4)->datatype == "HD");
  CHECK(component("2.5.1", "CX", 5)->table == 203);
  CHECK(segment_name("2.5.1", "PID") == "Patient Identification");
}

TEST_CASE("a field has the type that its version gives it", "[hl7]") {
  CHECK(type_of(field("2.5.1", "TQ1", 7)) == "TS");
  CHECK(type_of(field("2.6", "TQ1", 7)) == "DTM");
  CHECK(type_of(field("2.3.1", "TQ1", 7)) == "nothing");
  CHECK(type_of(field("2.3", "PID", 3)) == "CX");
  CHECK(type_of(field("2.2", "PID", 3)) == "CM_PAT_ID");
  CHECK(type_of(field("2.5.1", "PID", 10)) == "CE");
  CHECK(type_of(field("2.6", "PID", 10)) == "CWE");
  CHECK(segment("2.3.1", "PID")->size() == 30);
  CHECK(segment("2.5.1", "PID")->size() == 39);
}

TEST_CASE("OBR-24 takes its section from table 74", "[hl7]") {
  const Element* section = field("2.5.1", "OBR", 24);
  REQUIRE(section);
  CHECK(section->datatype == "ID");
  CHECK(section->table == 74);
  CHECK_FALSE(section->required);
  CHECK_FALSE(section->repeats);
  CHECK(meaning("2.5.1", 74, "RAD") == "Radiology");
}

TEST_CASE("an imaging order has IPC from 2.5 on, with nine fields", "[hl7]") {
  CHECK(segment("2.4", "IPC") == nullptr);
  for (std::string_view version : {"2.5", "2.5.1", "2.6", "2.7", "2.7.1", "2.8"}) {
    CAPTURE(version);
    REQUIRE(segment(version, "IPC"));
    CHECK(segment(version, "IPC")->size() == 9);
    CHECK(field(version, "IPC", 1)->name == "Accession Identifier");
    CHECK(type_of(field(version, "IPC", 3)) == "EI");
    CHECK(field(version, "IPC", 3)->required);
    CHECK(field(version, "IPC", 9)->name.find("AE Title") != std::string_view::npos);
  }
  CHECK(type_of(field("2.5.1", "IPC", 5)) == "CE");
}

TEST_CASE("what OBX-5 holds depends on OBX-2 in every version", "[hl7]") {
  for (std::string_view version : versions()) {
    CAPTURE(version);
    CHECK(type_of(field(version, "OBX", 5)) == "varies");
    REQUIRE(datatype(version, "varies"));
    CHECK(datatype(version, "varies")->empty());
  }
}

TEST_CASE("every data type that a field or component names is there", "[hl7]") {
  for (std::string_view version : versions())
    for (std::string_view name : {"MSH", "PID", "PV1", "ORC", "OBR", "OBX", "NTE", "MRG", "SCH", "AIS", "TXA"})
      if (const auto* fields = segment(version, name))
        for (const Element& each : *fields) {
          CAPTURE(version, name, each.name, each.datatype);
          REQUIRE(datatype(version, each.datatype));
          for (const Element& part : *datatype(version, each.datatype)) CHECK(datatype(version, part.datatype));
        }
}

TEST_CASE("a trigger event names the structure that its message has", "[hl7]") {
  CHECK(structure_of("2.5.1", "ADT", "A08") == "ADT_A01");
  CHECK(structure_of("2.5.1", "ADT", "A28") == "ADT_A05");
  CHECK(structure_of("2.5.1", "ADT", "A40") == "ADT_A39");
  CHECK(structure_of("2.5.1", "ADT", "A02") == "ADT_A02");
  CHECK(structure_of("2.5.1", "ORM", "O01") == "ORM_O01");
  CHECK(structure_of("2.5.1", "OMI", "O23") == "OMI_O23");
  CHECK(structure_of("2.5.1", "ACK", "A01") == "ACK");
  CHECK(structure_of("2.5.1", "SIU", "S15") == "SIU_S12");
  CHECK(structure_of("2.3.1", "OMI", "O23").empty());
  CHECK(structure_of("2.5.1", "ZZZ", "Z01").empty());
  CHECK(structure_of("2.4.4", "ADT", "A08").empty());
  // 2.1 has no structures to share yet, and its A13 is not its A01.
  CHECK(structure_of("2.1", "ADT", "A13") == "ADT_A13");
  CHECK(structure_of("2.2", "ADT", "A13") == "ADT_A01");
}

TEST_CASE("a structure is a tree of groups with what must be there and what repeats", "[hl7]") {
  const StructureNode* order = structure("2.5.1", "OMI_O23");
  REQUIRE(order);
  CHECK(order->name == "OMI_O23");
  CHECK(order->children.front().name == "MSH");
  CHECK(order->children.front().required);
  CHECK_FALSE(order->children.front().repeats);
  CHECK(place_of(*order, "IPC") == ">ORDER>IPC");
  CHECK(place_of(*order, "TQ1") == ">ORDER>TIMING>TQ1");
  CHECK(place_of(*order, "PV1") == ">PATIENT>PATIENT_VISIT>PV1");
  const StructureNode& group = order->children.back();
  CHECK(group.name == "ORDER");
  CHECK(group.required);
  CHECK(group.repeats);
  CHECK_FALSE(group.is_choice);
  CHECK(structure("2.4", "OMI_O23") == nullptr);
}

TEST_CASE("a segment that stands twice in a structure is kept twice", "[hl7]") {
  CHECK(times(*structure("2.5.1", "ADT_A01"), "ROL") == 2);
  CHECK(times(*structure("2.5.1", "ADT_A17"), "PID") == 2);
}

TEST_CASE("an order's detail is one of several segments", "[hl7]") {
  const StructureNode& detail = structure("2.5.1", "ORM_O01")->children.back().children.at(1);
  REQUIRE(detail.name == "ORDER_DETAIL");
  const StructureNode& choice = detail.children.front();
  CHECK(choice.is_choice);
  CHECK(choice.name == "OBR|RQD|RQ1|RXO|ODS|ODT");
  REQUIRE(choice.children.size() == 6);
  CHECK(choice.children.front().name == "OBR");
  CHECK(choice.repeats);
  CHECK_FALSE(choice.required);
}

TEST_CASE("a table has the codes of its version", "[hl7]") {
  CHECK(meaning("2.5.1", 1, "F") == "Female");
  CHECK(meaning("2.3", 1, "F") == "Female");
  CHECK(meaning("2.3", 1, "A") == "no code");  // ambiguous: since 2.4
  CHECK(meaning("2.4", 1, "A") == "Ambiguous");
  CHECK(meaning("2.5.1", 78, "<") == "Off scale low");
  CHECK(meaning("2.5.1", 203, "MR") == "Medical record number");
  CHECK(table("2.1", 203) == nullptr);
}

TEST_CASE("what the dictionary does not have is nothing, not a guess", "[hl7]") {
  CHECK(segment("2.5.1", "ZDS") == nullptr);
  CHECK(segment("2.5.1", "PI") == nullptr);
  CHECK(segment("2.5.1", "") == nullptr);
  CHECK(segment("2.9", "PID") == nullptr);
  CHECK(segment_name("2.5.1", "ZDS").empty());
  CHECK(field("2.5.1", "PID", 0) == nullptr);
  CHECK(field("2.5.1", "PID", 40) == nullptr);
  CHECK(field("2.5.1", "ZDS", 1) == nullptr);
  CHECK(datatype("2.5.1", "XYZ") == nullptr);
  CHECK(component("2.5.1", "ST", 1) == nullptr);
  REQUIRE(datatype("2.5.1", "ST"));
  CHECK(datatype("2.5.1", "ST")->empty());
  CHECK(structure("2.5.1", "ZZZ_Z01") == nullptr);
  CHECK(table("2.5.1", 9999) == nullptr);
  CHECK(table("2.9", 1) == nullptr);
  CHECK(counts("2.9").segments == 0);
}
