#include <catch2/catch.hpp>

#include "tests/engine/expr/desk.h"

using namespace pons;
using pons::test::Desk;

namespace {

const std::string kModality =
    "table: modality-codes\n"
    "key: [facility, section]\n"
    "value: dicom Modality\n"
    "missing: error\n"
    "rows:\n"
    "  - [ \"*\",   CT,  CT ]\n"
    "  - [ \"*\",   XR,  DX ]\n"
    "  - [ \"*\",   RAD, DX ]\n"
    "  - [ SOUTH, XR,  CR ]\n"
    "  - [ SOUTH, \"*\", OT ]\n"
    "reverse:\n"
    "  DX: RAD\n";

const std::string kStatus =
    "table: order-status\n"
    "key: [control, status]\n"
    "value: dicom ScheduledProcedureStepStatus\n"
    "rows:\n"
    "  - [ NW, \"*\", SCHEDULED ]\n"
    "  - [ SC, IP,  STARTED ]\n"
    "  - [ SC, CM,  COMPLETED ]\n"
    "  - [ SC, \"\",  SCHEDULED ]\n"
    "  - [ \"*\", CA,  CANCELED ]\n";

const std::string kSex =
    "table: sex\n"
    "key: HL7 0001\n"
    "value: dicom PatientSex\n"
    "missing: empty\n"
    "rows: {M: M, F: F, A: O, NO: O}\n";

const std::string kMessage =
    "MSH|^~\\&|RIS|NORTH|||20261124100000||ORM^O01|M1|P|2.5.1\n"
    "PID|1||M1|||||\"\"\n"
    "ORC|SC|P1\n"
    "OBR|1|P1|F1|||||||||||||||||||||MG2\n";

CodeTable load(Desk& desk, const std::string& yaml) {
  desk.table(yaml);
  return desk.tables.begin()->second;
}

std::string find(const CodeTable& table, const std::vector<std::optional<std::string>>& keys) {
  const auto found = table.find(keys);
  if (!found) return "! " + found.fault().text;
  return *found ? **found : "(nothing)";
}

}  // namespace

TEST_CASE("the row with the most equal keys wins, of equal ones the later", "[table]") {
  Desk desk;
  const CodeTable table = load(desk, kModality);
  CHECK(table.name() == "modality-codes");
  CHECK(table.key_count() == 2);
  CHECK(find(table, {"NORTH", "CT"}) == "CT");
  CHECK(find(table, {"SOUTH", "XR"}) == "CR");
  CHECK(find(table, {"NORTH", "XR"}) == "DX");
  CHECK(find(table, {"SOUTH", "CT"}) == "OT");
  CHECK(find(table, {std::nullopt, "CT"}) == "CT");
  CHECK(find(table, {"SOUTH", std::nullopt}) == "OT");
}

TEST_CASE("an absent key fits only a star and the empty text", "[table]") {
  Desk desk;
  const CodeTable table = load(desk, kStatus);
  CHECK(find(table, {"SC", std::nullopt}) == "SCHEDULED");
  CHECK(find(table, {"NW", std::nullopt}) == "SCHEDULED");
  CHECK(find(table, {"SC", "CM"}) == "COMPLETED");
  CHECK(find(table, {"XX", std::nullopt}) == "! \"XX\", absent is not in table order-status (mappings/table.yaml)");
  CHECK(find(table, {std::nullopt, "CA"}) == "CANCELED");
}

TEST_CASE("a lookup whose keys are all absent is absent, unless a row is for that", "[table]") {
  Desk desk;
  const CodeTable table = load(desk, "table: t\nmissing: error\nrows: {\"*\": X}\n");
  CHECK(find(table, {std::nullopt}) == "(nothing)");
  CHECK(find(table, {"A"}) == "X");
  Desk other;
  const CodeTable with_row = load(other, "table: t\nrows: {\"\": NONE, A: B}\n");
  CHECK(find(with_row, {std::nullopt}) == "NONE");
}

TEST_CASE("a code that is missing is a fault, nothing, itself or a value", "[table]") {
  const auto with = [](const std::string& missing) {
    Desk desk;
    return find(load(desk, "table: t\nmissing: " + missing + "\nrows: {A: B}\n"), {"Q"});
  };
  CHECK(with("error") == "! \"Q\" is not in table t (mappings/table.yaml)");
  CHECK(with("empty") == "(nothing)");
  CHECK(with("keep") == "Q");
  CHECK(with("OT") == "OT");
}

TEST_CASE("codes are taken as written: NO, 001 and 1E5 are texts", "[table]") {
  Desk desk;
  const CodeTable table = load(desk, "table: t\nrows:\n  NO: a\n  001: b\n  1E5: c\n  Y: d\n");
  CHECK(find(table, {"NO"}) == "a");
  CHECK(find(table, {"001"}) == "b");
  CHECK(find(table, {"1E5"}) == "c");
  CHECK(find(table, {"Y"}) == "d");
}

TEST_CASE("reverse goes back to the first code that gives the value, or the one that reverse: names", "[table]") {
  Desk desk;
  const CodeTable table = load(desk, kModality);
  CHECK(table.reverse("CT", "section") == std::string("CT"));
  CHECK(table.reverse("DX", "section") == std::string("RAD"));
  CHECK(table.reverse("CR", "facility") == std::string("SOUTH"));
  CHECK_FALSE(table.reverse("CT", "facility"));
  CHECK_FALSE(table.reverse("MR", "section"));
  CHECK_FALSE(table.reverse("CT", "no such key"));
}

TEST_CASE("an expression looks codes up by one key or several", "[table]") {
  Desk desk(kMessage);
  for (const auto& table : {kModality, kStatus, kSex}) desk.table(table);
  desk.bind("study", R"({"Modality":"DX"})");
  CHECK(desk.result("(ORC-1, ORC-5) | lookup(order-status)") == "SCHEDULED");
  CHECK(desk.result("(XX, CA) | lookup(order-status)") == "CANCELED");
  CHECK(desk.result("lookup(MSH-4, RAD, modality-codes)") == "DX");
  CHECK(desk.result("study.Modality | reverse(modality-codes, section)") == "RAD");
  CHECK(desk.result("M | lookup(sex)") == "M");
  CHECK(desk.result("Q | lookup(sex)") == "(absent)");
  CHECK(desk.result("(ORC-5, ORC-6) | lookup(order-status)") == "(absent)");
}

TEST_CASE("HL7 null that no row knows still clears the target", "[table]") {
  Desk desk(kMessage);
  desk.table(kSex);
  CHECK(desk.result("PID-8 | lookup(sex)") == "(null)");
  CHECK(desk.result("PID-9 | lookup(sex)") == "(absent)");
}

TEST_CASE("a code that is in no row is refused with its field, its sender and the table", "[table]") {
  Desk desk(kMessage);
  desk.table(kModality);
  const auto missed = desk.value("(MSH-4, OBR-24) | lookup(modality-codes)");
  REQUIRE_FALSE(missed);
  CHECK(missed.fault().text == "OBR-24 \"MG2\" from NORTH is not in table modality-codes");
  CHECK(missed.fault().field == "OBR-24");
  CHECK(missed.fault().line == "mappings/test.yaml:1");
  CHECK(missed.fault().code == 103);
  CHECK(missed.fault().kind == Fault::Kind::refused);
}

TEST_CASE("what was looked up comes from the code, not from the sender's name", "[table]") {
  Desk desk(kMessage);
  desk.table(kModality);
  const auto value = desk.value("(MSH-4, X) | lookup(modality-codes)");
  CHECK_FALSE(value);
  const auto found = desk.value("(SOUTH, OBR-24) | lookup(modality-codes)");
  REQUIRE(found);
  CHECK(found->as_text() == "OT");
  CHECK(desk.value("(OBR-24, CA) | lookup(modality-codes) else X").fault().field == "OBR-24");
}

TEST_CASE("private terms are allowed where the table says so", "[table]") {
  Desk desk;
  const CodeTable table = load(desk, "table: t\nvalue: dicom Modality\nallow: [CTT]\nrows: {A: CTT, B: CT}\n");
  CHECK(find(table, {"A"}) == "CTT");
}
