#pragma once

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "engine/route/site.h"

namespace pons {

inline std::string text_of_file(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// Every file below routes/ and mappings/ of the folder, by its path from there.
inline SiteFiles files_in(const std::filesystem::path& folder) {
  SiteFiles files;
  for (const char* part : {"routes", "mappings"})
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder / part))
      if (entry.is_regular_file())
        files[std::filesystem::relative(entry.path(), folder).string()] = text_of_file(entry.path());
  return files;
}

/// Nothing is set but what the test names.
using Environment = std::map<std::string, std::string>;
inline Lookup looks_in(Environment environment) {
  return [environment = std::move(environment)](std::string_view, std::string_view name) -> std::optional<std::string> {
    const auto found = environment.find(std::string(name));
    return found == environment.end() ? std::nullopt : std::optional(found->second);
  };
}

inline std::shared_ptr<const Site> load(const SiteFiles& files, const Environment& environment = {}) {
  Findings findings;
  auto site = Site::load(files, looks_in(environment), findings);
  INFO(to_text(findings));
  REQUIRE(site);
  return site;
}

}  // namespace pons
