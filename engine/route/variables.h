#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "engine/config/node.h"

namespace pons {

/// What `${env:NAME}` and `${secret:NAME}` stand for; nothing when it is not set. `kind` is "env" or "secret".
using Lookup = std::function<std::optional<std::string>(std::string_view kind, std::string_view name)>;

/// A scalar with its variables filled in. `unset`: the first that is not set and has no default.
struct Filled {
  std::string text;
  std::string unset;
};
Filled fill(std::string_view text, const Lookup& lookup);
/// A secret is named, and kept elsewhere; also a default is written in the file.
bool holds_text_of_its_own(const Node& secret);

}  // namespace pons
