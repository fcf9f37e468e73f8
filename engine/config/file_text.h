#pragma once

#include "engine/config/finding.h"
#include "engine/config/source.h"

namespace pons {

/// Before any YAML: false, with a finding, for a file over 1 MB, that is not UTF-8, or with control characters.
bool is_readable(const Source& source, Findings& findings);

}  // namespace pons
