#pragma once

#include <memory>
#include <stdexcept>

#include "adapters/file/site_folder.h"
#include "engine/route/site.h"

namespace pons::test {

/// A site of these files, with nothing set in the environment but what a test names.
inline std::shared_ptr<const Site> site_of(const SiteFiles& files,
                                           const std::map<std::string, std::string>& environment = {}) {
  Findings findings;
  const auto lookup = [&](std::string_view kind, std::string_view name) -> std::optional<std::string> {
    const auto found = environment.find(std::string(name));
    return kind == "env" && found != environment.end() ? std::optional(found->second) : std::nullopt;
  };
  auto site = Site::load(files, lookup, findings);
  if (!site) throw std::runtime_error(to_text(findings));
  return site;
}

/// The sample hospital of the repository.
inline std::shared_ptr<const Site> sample_site(const std::map<std::string, std::string>& environment = {}) {
  return site_of(read_site(PONS_SOURCE_DIR), environment);
}

}  // namespace pons::test
