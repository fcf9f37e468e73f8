#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace pons {

/// The files of a site by their path from its folder: routes/*.yaml, routes/samples/*, mappings/*.yaml,
/// mappings/formats/*.yaml and mappings/scripts/*.lua. Throws std::runtime_error where there is no routes/.
std::map<std::string, std::string> read_site(const std::filesystem::path& folder);

}  // namespace pons
