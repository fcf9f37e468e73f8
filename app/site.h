#pragma once

#include <filesystem>

#include "engine/route/site.h"

namespace pons {

/// `${env:NAME}` from the environment; `${secret:NAME}` from the file NAME in $PONS_SECRETS, which only its owner may
/// read. Empty counts as not set.
std::optional<std::string> look_up_variable(std::string_view kind, std::string_view name);

/// Loads the site and prints every finding to stderr. Throws std::runtime_error where there are errors.
std::shared_ptr<const Site> load_site(const std::filesystem::path& folder);

}  // namespace pons
