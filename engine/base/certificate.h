#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/time.h"

namespace pons {

/// When the first certificate of a PEM text ends; nothing when there is none that can be read.
std::optional<Instant> certificate_end(std::string_view pem);

/// What a person should know of one that has ended, or will within 30 days; else empty.
std::string certificate_warning(Instant end, Instant now);

}  // namespace pons
