#include "app/site.h"

#include <fmt/core.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "adapters/file/site_folder.h"
#include "engine/base/text.h"
#include "engine/route/site_tests.h"

namespace pons {

namespace {

namespace fs = std::filesystem;

/// A secret is a name, not a path.
bool is_secret_name(std::string_view name) {
  return !name.empty() && name.find('/') == std::string_view::npos && name.front() != '.';
}

std::optional<std::string> read_secret(std::string_view name) {
  const char* folder = std::getenv("PONS_SECRETS");
  if (!folder || !is_secret_name(name)) return {};
  const fs::path path = fs::path(folder) / name;
  if (!fs::is_regular_file(path)) return {};
  if ((fs::status(path).permissions() & (fs::perms::group_all | fs::perms::others_all)) != fs::perms::none)
    throw std::runtime_error(path.string() + " may be read by others; write: chmod 600 " + path.string());
  std::ifstream file(path);
  return std::string(trim(std::string{std::istreambuf_iterator<char>(file), {}}));
}

/// Without W0150: what is off stands in the list of connections.
std::string news(const Findings& findings) {
  std::string text;
  for (const Finding& each : findings.all())
    if (each.code != "W0150") text += to_text(each) + '\n';
  return text;
}

}  // namespace

std::optional<std::string> look_up_variable(std::string_view kind, std::string_view name) {
  if (kind == "secret") return read_secret(name);
  const char* value = kind == "env" ? std::getenv(std::string(name).c_str()) : nullptr;
  return value && *value ? std::optional<std::string>(value) : std::nullopt;
}

TestReport report_tests(const Site& site, const SiteFiles& files) {
  TestReport report;
  int passed = 0, failed = 0;
  for (const TestOutcome& each : run_tests(site, files)) {
    ++(each.failures.empty() ? passed : failed);
    if (each.failures.empty()) continue;
    report.text += fmt::format("FAIL  {}  {}\n", each.span.where(), each.name);
    for (const std::string& line : each.failures) report.text += fmt::format("      {}\n", line);
  }
  report.text += fmt::format("{} passed, {} failed\n", passed, failed);
  report.passed = failed == 0;
  return report;
}

Examined examine_site(const fs::path& folder) {
  Findings findings;
  const SiteFiles files = read_site(folder);
  auto site = Site::load(files, look_up_variable, findings);
  if (site) refuse_unservable(site->endpoints(), findings);
  Examined examined{nullptr, news(findings)};
  if (!site || findings.has_errors()) return examined;
  const TestReport tests = report_tests(*site, files);
  examined.report += tests.text;
  if (tests.passed) examined.site = std::move(site);
  return examined;
}

std::shared_ptr<const Site> load_site(const fs::path& folder) {
  Findings findings;
  auto site = Site::load(read_site(folder), look_up_variable, findings);
  if (site) refuse_unservable(site->endpoints(), findings);
  fmt::print(stderr, "{}", news(findings));
  if (!site || findings.has_errors()) throw std::runtime_error("the site in " + folder.string() + " has errors");
  return site;
}

}  // namespace pons
