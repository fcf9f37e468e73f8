#include <algorithm>

#include "tests/engine/route/sites.h"

using namespace pons;
namespace fs = std::filesystem;

namespace {

const fs::path kGolden = fs::path(PONS_SOURCE_DIR) / "tests/findings/route";

std::vector<fs::path> golden_files() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(kGolden))
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

/// What a small, faultless site says when the file is put into it, and what the engine then says when it is to serve.
std::string findings_of(const fs::path& file) {
  SiteFiles files = files_in(kGolden / "site");
  const std::string text = text_of_file(file);
  files[text.starts_with("endpoints:") ? "routes/endpoints.yaml" : "routes/" + file.filename().string()] = text;
  Findings findings;
  const auto site = Site::load(files, looks_in({{"known", "a-secret"}}), findings);
  if (site) refuse_unservable(site->endpoints(), findings);
  return to_text(findings);
}

std::string findings_of(SiteFiles files) {
  Findings findings;
  CHECK_FALSE(Site::load(files, looks_in({}), findings));
  return to_text(findings);
}

}  // namespace

TEST_CASE("every finding of a route or an endpoint reads as it was agreed") {
  const auto files = golden_files();
  CHECK(files.size() >= 100);
  for (const fs::path& file : files) {
    INFO(file.filename());
    fs::path expected = file;
    expected.replace_extension(".txt");
    CHECK(findings_of(file) == text_of_file(expected));
  }
}

TEST_CASE("the site in which the findings are tried has none of its own") {
  load(files_in(kGolden / "site"));
}

TEST_CASE("a site without endpoints says which file is missing") {
  CHECK(findings_of(SiteFiles{}).starts_with("error[E0401]: the site has no routes/endpoints.yaml"));
}

TEST_CASE("a secret is named nowhere in a finding's own words") {
  const std::string text = findings_of(kGolden / "e0404-secret-by-default.yaml");
  CHECK(text.substr(0, text.find("-->")).find("hunter2") == std::string::npos);
}

TEST_CASE("an endpoint whose variable is not set is off and hinders nobody from starting") {
  Findings findings;
  SiteFiles files = files_in(kGolden / "site");
  files["routes/endpoints.yaml"] = "endpoints:\n  drop:\n    send: sftp://reports@${env:DROP}/in\n";
  const auto site = Site::load(files, looks_in({}), findings);
  REQUIRE(site);
  CHECK(site->endpoints().at("drop").is_off);
  Findings at_start;
  refuse_unservable(site->endpoints(), at_start);
  CHECK(at_start.empty());
}
