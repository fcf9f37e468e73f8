// docs/conformance says what the code's tables say. What differs is printed as it should stand there.
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <sstream>

#include "engine/base/text.h"
#include "engine/dicom/dictionary.h"
#include "engine/hl7/charset.h"
#include "engine/ports/worklist_keys.h"
#include "engine/records/performed_iod.h"

using namespace pons;

namespace {

std::string page(const std::string& name) {
  std::ifstream file(PONS_SOURCE_DIR "/docs/conformance/" + name);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The rows of the table below a heading, without its head.
std::string table_below(const std::string& text, const std::string& heading) {
  const auto start = text.find(heading);
  REQUIRE(start != text.npos);
  std::istringstream lines(text.substr(start));
  std::string line, rows;
  bool is_inside = false;
  while (std::getline(lines, line)) {
    if (line.starts_with("|---"))
      is_inside = true;
    else if (is_inside && !line.starts_with("|"))
      break;
    else if (is_inside)
      rows += line + "\n";
  }
  return rows;
}

std::string tag_text(std::uint32_t tag) {
  char text[16];
  std::snprintf(text, sizeof text, "(%04X,%04X)", tag >> 16, tag & 0xffff);
  return text;
}

std::string matching(KeyMatching how) {
  switch (how) {
    case KeyMatching::text:
      return "single value, wildcard, list";
    case KeyMatching::code:
      return "single value, wildcard, list; in any case";
    case KeyMatching::uid:
      return "list of UID";
    case KeyMatching::name:
      return "name: wildcard; in any case, without accents, by component group";
    case KeyMatching::number:
      return "number by its value, list";
    case KeyMatching::time:
      return "time, range";
    case KeyMatching::date:
      return "date, range";
    case KeyMatching::start:
      return "date and time as one, range";
  }
  return "";
}

}  // namespace

TEST_CASE("the DICOM conformance statement lists the worklist's keys as the code has them") {
  std::string rows;
  for (const WorklistKey& key : worklist_keys())
    rows += "| " + replace_all(std::string(key.path), ".", " > ") + " | " + (key.is_required ? "R" : "O") + " | " +
            std::string(key.type) + " | " + matching(key.matching) + " |\n";
  CHECK(table_below(page("dicom.md"), "### Worklist keys") == rows);
}

TEST_CASE("the DICOM conformance statement lists the performed step's attributes as the code has them") {
  std::string rows;
  for (const PerformedAttribute& each : performed_attributes())
    rows += "| " + std::string(static_cast<std::size_t>(each.depth), '>') + (each.depth ? " " : "") +
            std::string(each.keyword) + " " + tag_text(each.tag) + " | " + std::string(each.create) + " | " +
            std::string(each.set) + " | " + std::string(each.final_state) + " |\n";
  CHECK(table_below(page("dicom.md"), "### Attributes of a performed step") == rows);
}

TEST_CASE("every character set of the HL7 conformance statement is read") {
  std::istringstream rows(table_below(page("hl7.md"), "## Character sets"));
  std::size_t count = 0;
  for (std::string row; std::getline(rows, row); ++count) {
    const auto cells = split(row, '|');
    REQUIRE(cells.size() >= 3);
    for (const auto name : split(cells[1], ',')) {
      CAPTURE(name);
      const auto charset = hl7::charset_named(replace_all(std::string(trim(name)), "`", ""));
      REQUIRE(charset);
      CHECK(charset->name == replace_all(std::string(trim(name)), "`", ""));
    }
  }
  CHECK(count > 8);
}
