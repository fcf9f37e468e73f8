#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/engine/expr/desk.h"

using namespace pons;
using pons::test::Desk;

namespace {

std::string read(const std::filesystem::path& path) {
  std::ostringstream out;
  out << std::ifstream(path).rdbuf();
  return out.str();
}

/// What an analyst is told of the file: an expression under `expr:` or `each:`, or a table.
std::string findings_in(const std::string& text, const std::string& path = "mappings/input.yaml") {
  Desk desk;
  desk.table("table: sex\nkey: HL7 0001\nrows: {M: M}\n");
  desk.table("table: modality-codes\nkey: [facility, section]\nrows:\n  - [ \"*\", CT, CT ]\n");
  const Node& file = desk.node(text, path);
  if (const Node* source = file.find("in")) desk.vocabulary.hl7 = source->text != "study";
  if (const Node* expr = file.find("expr")) Expr::compile(*expr, desk.vocabulary, desk.findings);
  if (const Node* each = file.find("each")) Each::compile(*each, desk.vocabulary, desk.findings);
  if (file.find("table") != nullptr || file.find("rows") != nullptr) CodeTable::load(file, desk.findings);
  return to_text(desk.findings);
}

std::string findings_of(const std::filesystem::path& path) {
  return findings_in(read(path), "mappings/" + path.filename().string());
}

std::vector<std::filesystem::path> golden_files() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(PONS_SOURCE_DIR) + "/tests/findings")) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".yaml") && (name.starts_with("e02") || name.starts_with("e03"))) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

TEST_CASE("every mistake in an expression or a table is told with its place and what to write", "[findings]") {
  const auto files = golden_files();
  REQUIRE(files.size() > 30);
  for (auto path : files) {
    INFO(path.filename().string());
    const std::string told = findings_of(path);
    CHECK(told == read(path.replace_extension(".txt")));
  }
}

TEST_CASE("a mistake inside text() is shown at its very characters", "[findings]") {
  Desk desk;
  CHECK_FALSE(Expr::compile(desk.scalar("text(\"it''s \\\"{ordr.placer}\\\"\")"), desk.vocabulary, desk.findings));
  REQUIRE(desk.findings.all().size() == 1);
  CHECK(desk.findings.all()[0].labels[0].span.text() == "ordr");
}

TEST_CASE("two mistakes in one expression are two findings", "[findings]") {
  Desk desk;
  CHECK_FALSE(Expr::compile(desk.scalar("OBR_18 else order.Acession"), desk.vocabulary, desk.findings));
  CHECK(desk.findings.all().size() == 2);
}

TEST_CASE("a partner's Z-segments and extra fields are known when its format declares them", "[findings]") {
  Desk desk("MSH|^~\\&|RIS|NORTH|||20261124100000||ORM^O01|M1|P|2.5.1\nZDS|1.2.3^^Application^DICOM\nPID|||M1\n");
  const std::map<std::string, std::map<int, std::string>> declared{{"ZDS", {{1, "RP"}}}, {"PID", {{45, "CX"}}}};
  CHECK(desk.result("ZDS-1.1") == "1.2.3");
  CHECK(desk.value("ZDS-1")->as_field().datatype == "");
  desk.vocabulary.z_segments = &declared;
  CHECK(desk.value("ZDS-1")->as_field().datatype == "RP");
  CHECK(desk.result("PID-45.4") == "(absent)");
  CHECK_THROWS(desk.compile("PID-45.40"));
  CHECK_THROWS(desk.compile("ZDS-1.9"));
  CHECK(desk.result("ZDS-7") == "(absent)");
}

TEST_CASE("a map may read segments that only other partners' versions have", "[findings]") {
  for (const char* version : {"2.3.1", "2.5.1", "2.8"}) {
    INFO(version);
    Desk desk;
    desk.vocabulary.version = version;
    for (const char* path : {"IPC-6.2", "TQ1-7", "ORC-7.4", "OBR-27.4", "OBR-34.1", "PID-5[7 = L]", "ZDS-1.1"})
      CHECK_NOTHROW(desk.compile(path));
    CHECK_THROWS(desk.compile("PID-45"));
    CHECK_THROWS(desk.compile("PID-3.44"));
  }
}

TEST_CASE("an expression that is too long is told where it becomes so, and what to write instead", "[findings]") {
  std::string codes = "A1";
  while (codes.size() < 17'000) codes += ", A1";
  const std::string found = findings_in("expr: 'PID-8 in (" + codes + ")'\n");
  CHECK_THAT(found, Catch::Contains("this expression is longer than 8000 bytes"));
  CHECK_THAT(found, Catch::Contains("write many codes as a table, long rules as a script"));
  CHECK(findings_in("expr: 'PID-8 in (" + codes.substr(0, 7'898) + ")'\n").empty());
}

TEST_CASE("an expression, a table or a map of keys that is wrong all over shows twenty mistakes", "[findings]") {
  const auto times = [](const std::string& part, int count) {
    std::string out;
    for (int i = 0; i < count; ++i) out += part;
    return out;
  };
  const auto errors = [](const std::string& text) {
    std::size_t count = 0;
    for (auto at = text.find("error["); at != std::string::npos; at = text.find("error[", at + 1)) ++count;
    return count;
  };
  CHECK(errors(findings_in("expr: '(" + times("ordr.x, ", 500) + "ordr.x)'\n")) == 20);
  CHECK(errors(findings_in("table: t\nrows:\n" + times("  - [a, b, c, d]\n", 500))) == 20);
  std::string keys = "table: t\nrows: {A: B}\n";
  for (int i = 0; i < 500; ++i) keys += "k" + std::to_string(i) + ": x\n";
  CHECK(errors(findings_in(keys)) == 20);
}
