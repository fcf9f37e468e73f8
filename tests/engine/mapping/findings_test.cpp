#include <algorithm>

#include "tests/engine/mapping/maps.h"

using namespace pons;
namespace fs = std::filesystem;

namespace {

std::vector<fs::path> golden_files() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(fs::path(PONS_SOURCE_DIR) / "tests/findings/mapping"))
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

std::string findings_of(const fs::path& file) {
  Maps maps;
  const YamlFile& yaml = maps.keep("mappings/" + file.filename().string(), text_of_file(file));
  Findings findings;
  if (yaml.node.find("format"))
    CHECK_FALSE(Format::load(yaml.node, findings));
  else
    CHECK_FALSE(Map::load(yaml.node, maps.vocabulary, findings));
  return to_text(findings);
}

}  // namespace

TEST_CASE("every finding of a map or a format reads as it was agreed") {
  const auto files = golden_files();
  CHECK(files.size() >= 20);
  for (const fs::path& file : files) {
    INFO(file.filename());
    fs::path expected = file;
    expected.replace_extension(".txt");
    CHECK(findings_of(file) == text_of_file(expected));
  }
}
