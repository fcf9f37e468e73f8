#pragma once

#include <filesystem>
#include <string>

#include "engine/route/site.h"

namespace pons {

/// `${env:NAME}` from the environment; `${secret:NAME}` from the file NAME in $PONS_SECRETS, which only its owner may
/// read. Empty counts as not set.
std::optional<std::string> look_up_variable(std::string_view kind, std::string_view name);

/// How the site's own tests went, for a person: what failed and why, then the count.
struct TestReport {
  bool passed = false;
  std::string text;
};
TestReport report_tests(const Site& site, const SiteFiles& files);

/// A site that was checked, and whose tests were run, before it may take another's place (P7).
struct Examined {
  std::shared_ptr<const Site> site;  // null: it may not
  std::string report;                // the findings, and the tests that failed
};
Examined examine_site(const std::filesystem::path& folder);

/// Loads the site and prints every finding to stderr. Throws std::runtime_error where there are errors.
std::shared_ptr<const Site> load_site(const std::filesystem::path& folder);

}  // namespace pons
