#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "engine/base/text.h"
#include "engine/config/node.h"

using namespace pons;

// tests/findings holds pairs: a YAML file, and beside it (.txt) what Pons says of it, to the letter. A first line
// "# path: …" gives the path to show, "# keys: …" the keys that the file may have at its top.

namespace {

namespace fs = std::filesystem;

std::string content(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

std::vector<fs::path> files_of(const std::string& prefix) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(fs::path(PONS_SOURCE_DIR) / "tests/findings"))
    if (entry.path().extension() == ".yaml" && entry.path().filename().string().rfind(prefix, 0) == 0)
      files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

/// What the first line says behind `name`; empty when it says something else.
std::string note(const Source& source, const std::string& name) {
  const std::string start = "# " + name + ": ";
  const std::string line = source.text.substr(0, source.text.find('\n'));
  return line.rfind(start, 0) == 0 ? line.substr(start.size()) : std::string{};
}

Source source_of(const fs::path& file) {
  Source source{file.filename().string(), content(file)};
  const std::string path = note(source, "path");
  if (!path.empty()) source.path = path;
  return source;
}

std::vector<std::string> known_keys(const Source& source) {
  std::vector<std::string> keys;
  const std::string line = note(source, "keys");
  for (const std::string_view key : split(line, ' ')) keys.emplace_back(key);
  return keys;
}

std::string findings_of(const fs::path& file) {
  const Source source = source_of(file);
  Findings findings;
  const auto node = parse_yaml(source, findings);
  if (node && !note(source, "keys").empty()) refuse_unknown_keys(*node, known_keys(source), findings);
  return to_text(findings);
}

}  // namespace

TEST_CASE("every mistake that YAML itself makes of a file is told as the golden text tells it") {
  const auto files = files_of("e01");
  CHECK(files.size() >= 30);
  for (const fs::path& file : files) {
    INFO(file);
    CHECK(findings_of(file) == content(fs::path(file).replace_extension(".txt")));
  }
}

TEST_CASE("every code of a YAML mistake has a golden text") {
  for (const char* code :
       {"e0101", "e0102", "e0103", "e0104", "e0105", "e0106", "e0107", "e0108", "e0109", "e0110", "e0111", "e0113"}) {
    INFO(code);
    CHECK(!files_of(code).empty());
  }
}
